/* cli/motion.c - the transforms that --transform names. */
#include "cli/motion.h"

#include <string.h>

#include "core/mem.h"

enum { MOST_MOTIONS = 65 }; /* the CT and each VOI */

void ot_motions_release(struct ot_motions *motions)
{
    ot_free(motions->list);
    json_decref(motions->told);
    *motions = (struct ot_motions){.count = 0};
}

enum ot_rc ot_motions_add(struct ot_motions *motions, const char *what,
                          const struct ot_transform_file *file, struct ot_err *err)
{
    if (motions->list == NULL) {
        motions->list = OT_NEW(struct ot_motion, MOST_MOTIONS, err);
        motions->told = json_array();
    }
    if (motions->list == NULL || motions->told == NULL) {
        return OT_ERR_NOMEM;
    }
    struct ot_motion *motion = &motions->list[motions->count++];
    *motion = (struct ot_motion){.file = *file};
    (void)ot_text_copy(motion->what, sizeof motion->what, what);
    return OT_OK;
}

static enum ot_rc read_one(const char *text, struct ot_motions *motions, struct ot_err *err)
{
    const char *equals = strchr(text, '=');
    const size_t length = equals != NULL ? (size_t)(equals - text) : 0;
    char what[OT_VOI_NAME_SIZE];
    if (length == 0 || length >= sizeof what || equals[1] == '\0') {
        return ot_fail(err, OT_ERR_ARG,
                       "--transform: '%.60s' is not WHAT=FILE with ct, vois or the name of a VOI",
                       ot_text_base_name(text));
    }
    memcpy(what, text, length);
    what[length] = '\0';
    for (size_t n = 0; n < motions->count; n++) {
        if (strcmp(motions->list[n].what, what) == 0) {
            return ot_fail(err, OT_ERR_ARG, "--transform: %s is given twice", what);
        }
    }
    struct ot_transform_file file;
    const enum ot_rc rc = ot_transform_load(equals + 1, &file, err);
    if (rc != OT_OK) {
        ot_err_context(err, "--transform %s", what);
        return rc;
    }
    return ot_motions_add(motions, what, &file, err);
}

enum ot_rc ot_motions_read(const struct ot_texts *given, struct ot_motions *motions,
                           struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    if (given->count > MOST_MOTIONS) {
        return ot_fail(err, OT_ERR_ARG, "--transform: %zu are more than the %d allowed",
                       given->count, MOST_MOTIONS);
    }
    for (size_t n = 0; rc == OT_OK && n < given->count; n++) {
        rc = read_one(given->text[n], motions, err);
    }
    return rc;
}

struct ot_motion *ot_motions_find(const struct ot_motions *motions, const char *name,
                                  const char *kind)
{
    struct ot_motion *of_kind = NULL;
    for (size_t n = 0; n < motions->count; n++) {
        if (strcmp(motions->list[n].what, name) == 0) {
            return &motions->list[n];
        }
        if (strcmp(motions->list[n].what, kind) == 0) {
            of_kind = &motions->list[n];
        }
    }
    return of_kind;
}

enum ot_rc ot_motions_all_used(const struct ot_motions *motions, struct ot_err *err)
{
    for (size_t n = 0; n < motions->count; n++) {
        if (!motions->list[n].used) {
            return ot_fail(err, OT_ERR_ARG,
                           "--transform %s: there is nothing of that name to move; name ct, vois "
                           "or a VOI of this case",
                           motions->list[n].what);
        }
    }
    return OT_OK;
}
