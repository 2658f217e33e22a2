/* io/inspect_names.c - takes names of files out of what `inspect` tells. */
#include "io/inspect_names.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_REASON = 2048, LABEL_SIZE = 40 };

static bool is_part_of_name(char c)
{
    return isalnum((unsigned char)c) != 0 || c == '_' || ((unsigned char)c & 0x80U) != 0;
}

/* "than IM1", "those of IM1", "the same as IM1": where errors name a second file. */
static bool follows_a_preposition(const char *text, const char *at)
{
    static const char *const words[] = {"than ", "of ", "as "};
    for (size_t n = 0; n < sizeof words / sizeof words[0]; n++) {
        const size_t length = strlen(words[n]);
        if ((size_t)(at - text) >= length && strncmp(at - length, words[n], length) == 0) {
            return true;
        }
    }
    return false;
}

/* A whole name only: IM1 is no part of IM10. */
static char *find_name(char *text, const char *name)
{
    const size_t length = strlen(name);
    const bool dotted = strchr(name, '.') != NULL;
    const bool number = strspn(name, "0123456789") == length;
    for (char *at = strstr(text, name); at != NULL; at = strstr(at + 1, name)) {
        const bool whole = (at == text || !is_part_of_name(at[-1])) && !is_part_of_name(at[length]);
        if (whole &&
            (dotted || at[length] == ':' || (!number && follows_a_preposition(text, at)))) {
            return at;
        }
    }
    return NULL;
}

static void hide(char *reason, const char *name, const char *label)
{
    char changed[LONGEST_REASON];
    char *from = reason;
    for (char *at = *name != '\0' ? find_name(from, name) : NULL; at != NULL;
         at = find_name(from, name)) {
        const size_t before = (size_t)(at - reason);
        const int length = snprintf(changed, sizeof changed, "%.*s%s%s", (int)before, reason, label,
                                    at + strlen(name));
        if (length < 0 || length >= (int)sizeof changed) {
            return;
        }
        memcpy(reason, changed, (size_t)length + 1);
        from = reason + before + strlen(label);
    }
}

/* STEM.json beside STEM.nii, which is not among the paths where one file is looked at. */
static void hide_beside(char *reason, const char *name)
{
    static const char end[] = ".json";
    char beside[LONGEST_REASON];
    const char *at = strstr(reason, end);
    if (at == NULL || strncmp(reason, name, (size_t)(at - reason)) != 0) {
        return;
    }
    (void)snprintf(beside, sizeof beside, "%.*s%s", (int)(at - reason), reason, end);
    hide(reason, beside, "<JSON file beside it>");
}

static void hide_all(char *reason, const struct ot_texts *paths)
{
    for (size_t n = 0; n < paths->count; n++) {
        char label[LABEL_SIZE] = "<file>";
        const char *name = ot_text_base_name(paths->text[n]);
        if (paths->count > 1) {
            (void)snprintf(label, sizeof label, "<file %zu>", n + 1);
        }
        hide(reason, name, label);
        if (paths->count == 1) {
            hide_beside(reason, name);
        }
    }
}

void ot_inspect_hide_names(json_t *list, const struct ot_texts *paths)
{
    size_t n = 0;
    json_t *entry = NULL;
    json_array_foreach(list, n, entry)
    {
        char reason[LONGEST_REASON];
        const char *text = json_string_value(json_object_get(entry, "reason"));
        if (text != NULL && ot_text_copy(reason, sizeof reason, text)) {
            hide_all(reason, paths);
            (void)json_object_set_new(entry, "reason", json_string(reason));
        }
    }
}
