/* cli/case.c - puts a case together from flags, case file and site file. */
#include "cli/case.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "core/voi.h"
#include "io/json.h"

#define I struct ot_injection

static const struct ot_opt injection_opts[] = {
    OT_TEXT(I, perfused, "perfused", "NAME", "its perfused VOI"),
    OT_FILE(I, spect, "spect", "PATH", "SPECT"),
    OT_FILE(I, pet, "pet", "PATH", "PET"),
    OT_TEXT(I, calibration, "calibration", "HOW", "from counts to activity"),
    OT_TEXT(I, decay_reference, "decay-reference", "injection|TIME", "what values refer to"),
    OT_TEXT(I, injection_time, "injection-time", "TIME", "ISO 8601 with zone"),
    OT_TEXT(I, calibration_time, "calibration-time", "TIME", "ISO 8601 with zone"),
    OT_F64(I, activity_gbq, "activity-gbq", "GBq", 0.001, 50, "administered"),
    OT_F64(I, residual_fraction, "residual-fraction", "FRACTION", 0, 0.99, "not administered"),
    OT_F64(I, lung_shunt_fraction, "lung-shunt-fraction", "FRACTION", 0, 0.99, "to the lungs"),
    OT_F64(I, vial_gbq_at_calibration, "vial-gbq-at-calibration", "GBq", 0.1, 50, "vial"),
    OT_F64(I, bq_per_sphere_at_calibration, "bq-per-sphere-at-calibration", "Bq", 10, 10000,
           "one microsphere"),
};

enum { MAX_INJECTIONS = 8, FOLDER_MAX = 4096 };

/* "folder/" of a path, without the slash; "." without one. */
static bool folder_of(const char *path, char *folder, size_t size)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return ot_text_copy(folder, size, ".");
    }
    const size_t length = slash == path ? 1 : (size_t)(slash - path);
    if (length >= size) {
        return false;
    }
    memcpy(folder, path, length);
    folder[length] = '\0';
    return true;
}

/* The command line describes one injection: with several it cannot say which one is meant, and an
 * activity of the case would be given again with each of them. */
static enum ot_rc refuse_ambiguous(const struct ot_case *c, const struct ot_opts *opts,
                                   size_t count, struct ot_err *err)
{
    for (size_t n = 0; n < sizeof injection_opts / sizeof injection_opts[0]; n++) {
        const char *name = injection_opts[n].name;
        if (ot_opts_origin(opts, name) == OT_FROM_FLAG) {
            return ot_fail(err, OT_ERR_ARG,
                           "--%s describes one injection, but the case lists %zu: give it in "
                           "injections",
                           name, count);
        }
    }
    if (!isnan(c->top.activity_gbq)) {
        return ot_fail(err, OT_ERR_ARG,
                       "activity_gbq of the case does not say which of its %zu injections it is: "
                       "give activity_gbq in each of injections",
                       count);
    }
    return OT_OK;
}

static enum ot_rc read_injection(struct ot_case *c, const struct ot_opts *given,
                                 const json_t *object, const char *folder,
                                 struct ot_injection *injection, struct ot_err *err)
{
    /* What the case says as a whole is each injection's default. */
    *injection = c->top;
    struct ot_opts opts = {.table = injection_opts,
                           .count = sizeof injection_opts / sizeof injection_opts[0],
                           .params = injection};
    for (size_t n = 0; n < opts.count; n++) { /* a flag wins over the case */
        if (ot_opts_origin(given, injection_opts[n].name) == OT_FROM_FLAG) {
            opts.origin[n] = OT_FROM_FLAG;
        }
    }
    enum ot_rc rc = ot_opts_set_json(&opts, object, OT_FROM_CASE, folder, NULL, err);
    if (rc == OT_OK) {
        rc = ot_opts_check_links(&opts, c->follow, err);
    }
    if (!ot_texts_adopt(&c->pool, &opts.pool) && rc == OT_OK) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for the injections");
    }
    ot_opts_release(&opts);
    return rc;
}

static enum ot_rc read_injections(struct ot_case *c, const struct ot_opts *opts, const json_t *list,
                                  const char *folder, struct ot_err *err)
{
    const size_t count = list != NULL ? json_array_size(list) : 1;
    if (list != NULL && (!json_is_array(list) || count == 0 || count > MAX_INJECTIONS)) {
        return ot_fail(err, OT_ERR_ARG, "injections: expected a list of 1 to %d objects",
                       MAX_INJECTIONS);
    }
    const enum ot_rc clear = count > 1 ? refuse_ambiguous(c, opts, count, err) : OT_OK;
    if (clear != OT_OK) {
        return clear;
    }
    c->injections = OT_NEW(struct ot_injection, count, err);
    if (c->injections == NULL) {
        return OT_ERR_NOMEM;
    }
    c->injection_count = count;
    if (list == NULL) {
        c->injections[0] = c->top;
        return OT_OK;
    }
    for (size_t n = 0; n < count; n++) {
        const enum ot_rc rc =
            read_injection(c, opts, json_array_get(list, n), folder, &c->injections[n], err);
        if (rc != OT_OK) {
            ot_err_context(err, "injection %zu", n + 1);
            return rc;
        }
    }
    return OT_OK;
}

static enum ot_rc read_site(const struct ot_case *c, struct ot_opts *opts, struct ot_err *err)
{
    json_t *site = NULL;
    if (c->site == NULL) {
        return OT_OK;
    }
    enum ot_rc rc = ot_json_read(c->site, &site, err);
    if (rc == OT_OK) {
        rc = ot_opts_set_json(opts, site, OT_FROM_SITE, NULL, NULL, err);
        if (rc != OT_OK) {
            ot_err_context(err, "site file");
        }
    }
    json_decref(site);
    return rc;
}

bool ot_case_id_is_valid(const char *text)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const size_t length = strlen(text);
    return length > 0 && length <= 64 && strspn(text, allowed) == length && text[0] != '.';
}

enum ot_rc ot_case_id_check(const char *text, struct ot_err *err)
{
    return ot_case_id_is_valid(text)
               ? OT_OK
               : ot_fail(
                     err, OT_ERR_ARG,
                     "--case-id: use 1 to 64 letters, digits, '.', '_' or '-', no '.' first; it "
                     "becomes part of file names");
}

/* A role that a VOI can have, also one that the program makes. */
static bool is_role(const char *text)
{
    for (int role = 0; role < OT_ROLE_OTHER; role++) {
        if (strcmp(text, ot_role_name((enum ot_role)role)) == 0) {
            return true;
        }
    }
    return false;
}

/* ROLE=NUMBER each; what is not understood is not skipped. */
static enum ot_rc check_of_role(const struct ot_texts *list, const char *name, bool positive,
                                struct ot_err *err)
{
    for (size_t n = 0; n < list->count; n++) {
        const char *text = list->text[n];
        const char *equals = strchr(text, '=');
        char role[32] = "";
        double value = NAN;
        const size_t length = equals != NULL ? (size_t)(equals - text) : 0;
        if (length > 0 && length < sizeof role) {
            memcpy(role, text, length);
        }
        if (!is_role(role) || !ot_text_to_double(equals + 1, &value) || !isfinite(value) ||
            (positive && !(value > 0.0))) {
            return ot_fail(err, OT_ERR_ARG,
                           "--%s: '%.40s' is not ROLE=%s with a role as tumor or normal_liver",
                           name, text, positive ? "NUMBER above 0" : "NUMBER");
        }
    }
    return OT_OK;
}

static enum ot_rc check_biology(const struct ot_case *c, struct ot_err *err)
{
    enum ot_rc rc = check_of_role(&c->alpha_beta_gy, "alpha-beta-gy", true, err);
    if (rc == OT_OK) {
        rc = check_of_role(&c->repair_half_time_h, "repair-half-time-h", true, err);
    }
    if (rc == OT_OK) {
        rc = check_of_role(&c->geud_a, "geud-a", false, err);
    }
    return rc == OT_OK ? check_of_role(&c->alpha_per_gy, "alpha-per-gy", true, err) : rc;
}

enum ot_rc ot_case_complete(struct ot_case *c, struct ot_opts *opts, struct ot_err *err)
{
    static const char *const skip[] = {"injections", NULL};
    json_t *file = NULL;
    char folder[FOLDER_MAX] = ".";
    enum ot_rc rc = OT_OK;

    if (c->case_path != NULL) {
        rc = ot_json_read(c->case_path, &file, err);
        if (rc == OT_OK && !folder_of(c->case_path, folder, sizeof folder)) {
            rc = ot_fail(err, OT_ERR_ARG, "the path of the case file is too long");
        }
        if (rc == OT_OK) {
            rc = ot_opts_set_json(opts, file, OT_FROM_CASE, folder, skip, err);
            if (rc != OT_OK) {
                ot_err_context(err, "%s", ot_text_base_name(c->case_path));
            }
        }
    }
    if (rc == OT_OK) {
        rc = read_site(c, opts, err);
    }
    if (rc == OT_OK) {
        rc = read_injections(c, opts, json_object_get(file, "injections"), folder, err);
    }
    c->lung_mass_given = ot_opts_given(opts, "lung-mass-kg");
    if (rc == OT_OK) {
        rc = ot_case_id_check(c->case_id, err);
    }
    if (rc == OT_OK) {
        rc = check_biology(c, err);
    }
    if (rc == OT_OK) {
        rc = ot_opts_require(opts, err);
    }
    if (rc == OT_OK) {
        rc = ot_opts_check_links(opts, c->follow, err);
    }
    json_decref(file);
    return rc;
}

void ot_case_release(struct ot_case *c)
{
    if (c == NULL) {
        return;
    }
    ot_free(c->injections);
    c->injections = NULL;
    c->injection_count = 0;
    ot_texts_release(&c->pool);
}

enum ot_rc ot_case_refuse(const struct ot_opts *opts, const char *command, const char *const *names,
                          struct ot_err *err)
{
    for (; *names != NULL; names++) {
        if (ot_opts_given(opts, *names)) {
            return ot_fail(err, OT_ERR_ARG, "--%s has no meaning for tare %s", *names, command);
        }
    }
    return OT_OK;
}

double ot_case_of_role(const struct ot_texts *list, const char *role)
{
    const size_t length = strlen(role);
    for (size_t n = 0; n < list->count; n++) {
        const char *text = list->text[n];
        double value = NAN;
        if (strncmp(text, role, length) == 0 && text[length] == '=' &&
            ot_text_to_double(text + length + 1, &value)) {
            return value;
        }
    }
    return NAN;
}
