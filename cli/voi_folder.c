/* cli/voi_folder.c - which file of a folder a VOI means. */
#include "cli/voi_folder.h"

#include <stdbool.h>
#include <string.h>

#include "io/file.h"

static const char *const lobes[] = {"lung_upper_lobe_left", "lung_lower_lobe_left",
                                    "lung_upper_lobe_right", "lung_middle_lobe_right",
                                    "lung_lower_lobe_right"};
enum { LOBES = sizeof lobes / sizeof lobes[0], MOST = 1024 };

/* ROLE[:NAME] and PATH[#SELECTOR] of one value. */
struct parts {
    char head[160];
    char folder[MOST];
    const char *selector; /* within the value; NULL without */
};

static bool take_apart(const char *value, struct parts *parts)
{
    const char *equals = strchr(value, '=');
    if (equals == NULL) {
        return false;
    }
    const char *path = equals + 1;
    const char *hash = strrchr(path, '#');
    const size_t head = (size_t)(equals - value);
    const size_t length = hash != NULL ? (size_t)(hash - path) : strlen(path);
    if (head >= sizeof parts->head || length >= sizeof parts->folder) {
        return false;
    }
    memcpy(parts->head, value, head);
    parts->head[head] = '\0';
    memcpy(parts->folder, path, length);
    parts->folder[length] = '\0';
    parts->selector = hash != NULL ? hash + 1 : NULL;
    return true;
}

/* The structure's file in the folder as another value, HEAD=FOLDER/STEM.nii.gz, put into `out`;
 * false where there is none. */
static bool add_file(const char *head, const char *folder, const char *stem, struct ot_texts *out)
{
    char byte = 0;
    size_t got = 0;
    struct ot_texts path = {0};
    const char *file = ot_texts_add(&path, "%s/%s.nii.gz", folder, stem);
    const bool is_there = file != NULL && ot_file_peek(file, &byte, 1, &got, NULL) == OT_OK;
    if (is_there) {
        (void)ot_texts_add(out, "%s=%s", head, file);
    }
    out->failed = out->failed || file == NULL;
    ot_texts_release(&path);
    return is_there;
}

/* All five lobes or none. */
static enum ot_rc add_lobes(const struct parts *parts, struct ot_texts *out, bool *done,
                            struct ot_err *err)
{
    size_t found = 0;
    const char *missing = NULL;
    for (size_t n = 0; n < LOBES; n++) {
        char head[64] = "lungs:";
        (void)ot_text_copy(head + strlen(head), sizeof head - strlen(head), lobes[n]);
        if (add_file(head, parts->folder, lobes[n], out)) {
            found++;
        } else {
            missing = lobes[n];
        }
    }
    *done = found > 0;
    if (found > 0 && missing != NULL) {
        return ot_fail(err, OT_ERR_ARG,
                       "--voi: the folder of the lungs holds %zu of their five lobes, "
                       "%s.nii.gz is missing",
                       found, missing);
    }
    if (found > 0 && strchr(parts->head, ':') != NULL) {
        return ot_fail(err, OT_ERR_ARG,
                       "--voi: the lobes of a folder keep their names, and lungs is their union: "
                       "leave the name out (lungs=FOLDER)");
    }
    return OT_OK;
}

static enum ot_rc open_one(const char *value, struct ot_texts *out, struct ot_err *err)
{
    struct parts parts;
    bool done = false;
    enum ot_rc rc = OT_OK;
    if (take_apart(value, &parts)) {
        char role[sizeof parts.head];
        (void)ot_text_copy(role, sizeof role, parts.head);
        role[strcspn(role, ":")] = '\0';
        if (parts.selector != NULL) {
            done = strchr(parts.selector, '/') == NULL &&
                   add_file(parts.head, parts.folder, parts.selector, out);
        } else if (strcmp(role, "lungs") == 0) {
            rc = add_lobes(&parts, out, &done, err);
        } else if (strcmp(role, "liver") == 0 || strcmp(role, "body") == 0) {
            done = add_file(parts.head, parts.folder, role, out);
        }
    }
    if (rc == OT_OK && !done) {
        (void)ot_texts_add(out, "%s", value);
    }
    return rc;
}

enum ot_rc ot_voi_folders_open(const struct ot_texts *given, struct ot_texts *out,
                               struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    *out = (struct ot_texts){0};
    for (size_t n = 0; rc == OT_OK && n < given->count; n++) {
        rc = open_one(given->text[n], out, err);
    }
    if (rc == OT_OK && out->failed) {
        rc = ot_fail(err, OT_ERR_NOMEM, "--voi: no memory");
    }
    return rc;
}
