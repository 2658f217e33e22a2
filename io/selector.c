/* io/selector.c - the part of a file that a path names behind its '#'. */
#include "io/selector.h"

#include <string.h>

#include <sys/stat.h>

#include "core/text.h"

enum { WORD_SIZE = 32, LARGEST = 2147483647 };

static const char *const names[OT_SELECT_COUNT] = {
    [OT_SELECT_SERIES] = "series",     [OT_SELECT_WINDOW] = "window",
    [OT_SELECT_DETECTOR] = "detector", [OT_SELECT_PHASE] = "phase",
    [OT_SELECT_ROTATION] = "rotation", [OT_SELECT_INTERVAL] = "interval",
    [OT_SELECT_SLOT] = "slot",         [OT_SELECT_STACK] = "stack",
    [OT_SELECT_TIME] = "time",         [OT_SELECT_VOLUME] = "volume",
};

const char *ot_select_name(enum ot_select key)
{
    return names[key];
}

/* The key of that name, OT_SELECT_COUNT for none. */
static enum ot_select key_of(const char *name)
{
    for (int key = 0; key < OT_SELECT_COUNT; key++) {
        if (strcmp(names[key], name) == 0) {
            return (enum ot_select)key;
        }
    }
    return OT_SELECT_COUNT;
}

/* One "KEY=NUMBER" of `length` characters. */
static enum ot_rc parse_one(const char *text, size_t length, struct ot_selector *selector,
                            struct ot_err *err)
{
    char word[WORD_SIZE];
    long number = 0;
    if (length == 0 || length >= sizeof word) {
        return ot_fail(err, OT_ERR_ARG, "the selector '#%.40s' has an empty or too long part",
                       text);
    }
    memcpy(word, text, length);
    word[length] = '\0';
    char *equals = strchr(word, '=');
    const char *value = equals != NULL ? equals + 1 : word;
    if (equals != NULL) {
        *equals = '\0';
    }
    const enum ot_select key = equals != NULL ? key_of(word) : OT_SELECT_VOLUME;
    if (key == OT_SELECT_COUNT) {
        return ot_fail(err, OT_ERR_ARG,
                       "'%s' is no selector of an image; there are series, window, detector, "
                       "phase, rotation, interval, slot, stack, time, volume",
                       word);
    }
    if (!ot_text_to_long(value, &number) || number < 1 || number > LARGEST) {
        return ot_fail(err, OT_ERR_ARG, "the selector %s is '%s', not a whole number from 1",
                       names[key], value);
    }
    if (selector->number[key] != 0) {
        return ot_fail(err, OT_ERR_ARG, "the selector %s is given twice", names[key]);
    }
    selector->number[key] = number;
    return OT_OK;
}

enum ot_rc ot_selector_parse(const char *text, struct ot_selector *selector, struct ot_err *err)
{
    *selector = (struct ot_selector){{0}};
    for (const char *at = text;;) {
        const size_t length = strcspn(at, ",");
        const enum ot_rc rc = parse_one(at, length, selector, err);
        if (rc != OT_OK || at[length] == '\0') {
            return rc;
        }
        at += length + 1;
    }
}

enum ot_rc ot_selector_split(const char *text, char *path, size_t size,
                             struct ot_selector *selector, struct ot_err *err)
{
    struct stat status;
    const char *hash = strrchr(text, '#');
    *selector = (struct ot_selector){{0}};
    if (hash != NULL && stat(text, &status) == 0) {
        hash = NULL; /* part of a file's name */
    }
    const size_t length = hash != NULL ? (size_t)(hash - text) : strlen(text);
    if (length == 0 || length >= size) {
        return ot_fail(err, OT_ERR_ARG, "'%.60s' has no path, or one that is too long",
                       ot_text_base_name(text));
    }
    memcpy(path, text, length);
    path[length] = '\0';
    return hash != NULL ? ot_selector_parse(hash + 1, selector, err) : OT_OK;
}

enum ot_rc ot_selector_allow(const struct ot_selector *selector, unsigned allowed, const char *kind,
                             struct ot_err *err)
{
    for (int key = 0; selector != NULL && key < OT_SELECT_COUNT; key++) {
        if (selector->number[key] != 0 && (allowed >> (unsigned)key & 1U) == 0) {
            return ot_fail(err, OT_ERR_ARG, "the selector %s does not apply to %s", names[key],
                           kind);
        }
    }
    return OT_OK;
}
