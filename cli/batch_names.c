/* cli/batch_names.c - takes names of files out of what a batch stores. */
#include "cli/batch_names.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { DEEPEST_FOLDER = 6, SHORT_NAME = 4, LONGEST_PATH = 4096, LONGEST_REASON = 1024 };

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* Where the name stands in the text as a word of its own; NULL where it does not. */
static char *find_name(char *text, const char *name)
{
    const size_t length = strlen(name);
    const bool distinct = length >= SHORT_NAME || strchr(name, '.') != NULL;
    for (char *at = strstr(text, name); at != NULL; at = strstr(at + 1, name)) {
        const bool begins = at == text || !in_word(at[-1]) || !in_word(name[0]);
        const bool ends = !in_word(at[length]) || !in_word(name[length - 1]);
        if (begins && ends && (distinct || at[length] == ':')) {
            return at;
        }
    }
    return NULL;
}

static void hide(const char *name, const char *role, char *reason, size_t size)
{
    if (name[0] == '\0') {
        return;
    }
    char changed[LONGEST_REASON];
    char *from = reason;
    for (char *at = find_name(from, name); at != NULL; at = find_name(from, name)) {
        const int done =
            snprintf(changed, sizeof changed, "%.*s<%s>", (int)(at - reason), reason, role);
        if (done < 0 || done >= (int)sizeof changed) {
            return;
        }
        (void)snprintf(changed + done, sizeof changed - (size_t)done, "%s", at + strlen(name));
        (void)ot_text_copy(reason, size, changed);
        if ((size_t)done >= strlen(reason)) {
            return;
        }
        from = reason + done;
    }
}

static void hide_folder(const char *path, const char *role, int depth, char *reason, size_t size)
{
    DIR *folder = depth > 0 ? opendir(path) : NULL;
    if (folder == NULL) {
        return; /* a file, or what cannot be read had no part in the message */
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char inner[LONGEST_PATH];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        hide(entry->d_name, role, reason, size);
        if (snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) < (int)sizeof inner) {
            hide_folder(inner, role, depth - 1, reason, size);
        }
    }
    (void)closedir(folder);
}

/* "--voi=tumor:T1=rt.dcm#GTV" -> "rt.dcm"; false for a word that names no file. */
static bool path_of(const char *word, char *role, size_t role_size, char *path, size_t size)
{
    static const char *const roles[] = {"spect", "pet", "ct", "voi", "dose", "plan", "site"};
    const char *value = strchr(word, '=');
    if (strncmp(word, "--", 2) != 0 || value == NULL) {
        return false;
    }
    (void)snprintf(role, role_size, "%.*s", (int)(value - word - 2), word + 2);
    bool known = false;
    for (size_t n = 0; n < sizeof roles / sizeof roles[0]; n++) {
        known = known || strcmp(role, roles[n]) == 0;
    }
    value++;
    if (strcmp(role, "voi") == 0) {
        const char *second = strchr(value, '=');
        value = second != NULL ? second + 1 : value;
    }
    const char *end = strcmp(role, "voi") == 0 ? strrchr(value, '#') : NULL;
    const size_t length = end != NULL ? (size_t)(end - value) : strlen(value);
    return known && snprintf(path, size, "%.*s", (int)length, value) < (int)size;
}

void ot_batch_hide_names(const struct ot_texts *words, char *reason, size_t size)
{
    for (size_t n = 0; n < words->count; n++) {
        char role[32];
        char path[LONGEST_PATH];
        if (path_of(words->text[n], role, sizeof role, path, sizeof path)) {
            hide(ot_text_base_name(path), role, reason, size);
            hide_folder(path, role, DEEPEST_FOLDER, reason, size);
        }
    }
}
