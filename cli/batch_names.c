/* cli/batch_names.c - takes names of files out of what a batch stores. */
#include "cli/batch_names.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/case.h"
#include "cli/opt_parts.h"
#include "io/file.h"
#include "io/json.h"

enum { SHORT_NAME = 4, LONGEST_PATH = 4096, LONGEST_REASON = 1024 };
/* A search for images ends sooner. */
enum { DEEPEST_FOLDER = 17, ENTRIES_MOST = 200000 };
/* A case file may name a site file, which names files. */
enum { DEEPEST_FILE = 2 };

struct hiding {
    char *reason;
    size_t size;
    size_t entries; /* of folders, looked at so far */
};

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

static void hide(struct hiding *hiding, const char *name, const char *role)
{
    char *reason = hiding->reason;
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
        (void)ot_text_copy(reason, hiding->size, changed);
        if ((size_t)done >= strlen(reason)) {
            return;
        }
        from = reason + done;
    }
}

/* The folders that lead to where a search is: links can lead back. */
struct above {
    const struct above *up;
    int depth;
    dev_t device;
    ino_t inode;
};

static bool is_above(const struct above *up, const struct stat *status)
{
    for (; up != NULL; up = up->up) {
        if (up->device == status->st_dev && up->inode == status->st_ino) {
            return true;
        }
    }
    return false;
}

/* All names of a folder before those of the folders in it. */
static void hide_folder(struct hiding *hiding, const char *path, const char *role,
                        const struct above *up)
{
    struct stat status;
    struct ot_texts inner = {0};
    if ((up != NULL && up->depth >= DEEPEST_FOLDER) || stat(path, &status) != 0 ||
        !S_ISDIR(status.st_mode) || is_above(up, &status)) {
        return;
    }
    const struct above here = {.up = up,
                               .depth = up != NULL ? up->depth + 1 : 1,
                               .device = status.st_dev,
                               .inode = status.st_ino};
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return; /* what cannot be read had no part in the message */
    }
    for (const struct dirent *entry = readdir(folder);
         entry != NULL && hiding->entries < ENTRIES_MOST; entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            hiding->entries++;
            hide(hiding, entry->d_name, role);
            (void)ot_texts_add(&inner, "%s/%s", path, entry->d_name);
        }
    }
    (void)closedir(folder);
    for (size_t n = 0; n < inner.count; n++) {
        hide_folder(hiding, inner.text[n], role, &here);
    }
    ot_texts_release(&inner);
}

/* PATH or PATH#SELECTOR; a '#' may also be part of the name. */
static void hide_path(struct hiding *hiding, const char *path, const char *role)
{
    char file[LONGEST_PATH];
    const char *hash = strrchr(path, '#');
    hide(hiding, ot_text_base_name(path), role);
    hide_folder(hiding, path, role, NULL);
    if (hash != NULL &&
        snprintf(file, sizeof file, "%.*s", (int)(hash - path), path) < (int)sizeof file) {
        hide(hiding, ot_text_base_name(file), role);
        hide_folder(hiding, file, role, NULL);
    }
}

static void hide_value(struct hiding *hiding, const struct ot_opt *opt, const char *value,
                       const char *folder, int depth);

static const struct ot_opt *option_of(const char *name, size_t length)
{
    const struct ot_opts opts = {.table = ot_case_opts, .count = OT_CASE_OPT_COUNT};
    return ot_opt_find(&opts, name, length);
}

/* A case file, its injections, or a list in them. opt: whose value it is; NULL: of none. */
static void hide_in_json(struct hiding *hiding, json_t *value, const struct ot_opt *opt,
                         const char *folder, int depth)
{
    const char *name = NULL;
    json_t *member = NULL;
    for (size_t n = 0; n < json_array_size(value); n++) {
        json_t *element = json_array_get(value, n);
        if (!json_is_array(element)) {
            hide_in_json(hiding, element, opt, folder, depth);
        }
    }
    json_object_foreach(value, name, member)
    {
        if (opt == NULL) {
            hide_in_json(hiding, member, option_of(name, strlen(name)), folder, depth);
        }
    }
    if (json_is_string(value) && opt != NULL) {
        hide_value(hiding, opt, json_string_value(value), folder, depth);
    }
}

/* Paths in a case file are below its folder, those in a site file are as they are. */
static void hide_in_file(struct hiding *hiding, const struct ot_opt *opt, const char *path,
                         int depth)
{
    char folder[LONGEST_PATH];
    struct ot_err ignored = {0};
    json_t *file = NULL;
    const bool is_case = opt->positional;
    const size_t length = (size_t)(ot_text_base_name(path) - path);
    (void)snprintf(folder, sizeof folder, "%.*s", (int)length, path);
    if (depth > 0 && (is_case || strcmp(opt->name, "site") == 0) &&
        ot_json_read(path, &file, &ignored) == OT_OK) {
        hide_in_json(hiding, file, NULL, is_case ? folder : "", depth - 1);
    }
    json_decref(file);
}

static void hide_value(struct hiding *hiding, const struct ot_opt *opt, const char *value,
                       const char *folder, int depth)
{
    char path[LONGEST_PATH];
    const char *equals = opt->path == OT_PATH_AFTER_EQUALS ? strchr(value, '=') : NULL;
    value = equals != NULL ? equals + 1 : value;
    /* The folder of results is the batch's own, named by case_id. */
    if (opt->path == OT_NO_PATH || strcmp(opt->name, "out") == 0 ||
        snprintf(path, sizeof path, "%s%s", value[0] == '/' ? "" : folder, value) >=
            (int)sizeof path) {
        return;
    }
    hide_path(hiding, path, opt->name);
    hide_in_file(hiding, opt, path, depth);
}

void ot_batch_hide_names(const struct ot_texts *words, char *reason, size_t size)
{
    struct hiding hiding = {.size = size};
    hiding.reason = reason;
    for (size_t n = 0; n < words->count; n++) {
        const char *word = words->text[n]; /* --name=value, or a bare flag */
        const char *equals = strchr(word, '=');
        const struct ot_opt *opt =
            equals != NULL ? option_of(word + 2, (size_t)(equals - word) - 2) : NULL;
        if (opt != NULL) {
            hide_value(&hiding, opt, equals + 1, "", DEEPEST_FILE);
        }
    }
}
