/* io/nuclide_table.c - reads nuclide data, strictly. */
#include "io/nuclide_table.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "io/builtin.h"
#include "io/hash.h"
#include "io/json.h"

static const char TABLE_NAME[] = "nuclides.json";
static const char SCHEMA[] = "opentare.nuclides/1";

static enum ot_rc read_beta(json_t *list, struct ot_radionuclide *nuclide, struct ot_err *err)
{
    json_error_t why;
    json_t *item = NULL;
    size_t n = 0;
    if (json_array_size(list) > OT_BETA_BRANCH_MAX) {
        return ot_fail(err, OT_ERR_FORMAT, "%s has more than %d beta branches", nuclide->name,
                       OT_BETA_BRANCH_MAX);
    }
    json_array_foreach(list, n, item)
    {
        struct ot_beta_branch *beta = &nuclide->beta[nuclide->beta_count];
        const char *shape = NULL;
        if (json_unpack_ex(item, &why, JSON_STRICT, "{s:F, s:F, s:F, s:s}", "end_point_mev",
                           &beta->end_point_mev, "per_decay", &beta->per_decay, "mean_mev",
                           &beta->mean_mev, "shape", &shape) != 0) {
            return ot_fail(err, OT_ERR_FORMAT, "%s: beta branch %zu: %s", nuclide->name, n + 1,
                           why.text);
        }
        const bool unique = strcmp(shape, "unique_first_forbidden") == 0;
        if (!unique && strcmp(shape, "allowed") != 0) {
            return ot_fail(err, OT_ERR_FORMAT, "%s: beta branch %zu has the unknown shape %.40s",
                           nuclide->name, n + 1, shape);
        }
        beta->shape = unique ? OT_BETA_UNIQUE_FIRST_FORBIDDEN : OT_BETA_ALLOWED;
        nuclide->beta_count++;
    }
    return OT_OK;
}

static enum ot_rc read_gamma(json_t *list, struct ot_radionuclide *nuclide, struct ot_err *err)
{
    json_error_t why;
    json_t *item = NULL;
    size_t n = 0;
    if (json_array_size(list) > OT_GAMMA_LINE_MAX) {
        return ot_fail(err, OT_ERR_FORMAT, "%s has more than %d gamma lines", nuclide->name,
                       OT_GAMMA_LINE_MAX);
    }
    json_array_foreach(list, n, item)
    {
        struct ot_gamma_line *gamma = &nuclide->gamma[nuclide->gamma_count];
        if (json_unpack_ex(item, &why, JSON_STRICT, "{s:F, s:F}", "mev", &gamma->mev, "per_decay",
                           &gamma->per_decay) != 0) {
            return ot_fail(err, OT_ERR_FORMAT, "%s: gamma line %zu: %s", nuclide->name, n + 1,
                           why.text);
        }
        nuclide->gamma_count++;
    }
    return OT_OK;
}

static enum ot_rc read_nuclide(json_t *item, const json_t *sources, struct ot_radionuclides *table,
                               struct ot_err *err)
{
    struct ot_radionuclide nuclide = {.electrons_mev_per_decay = (double)NAN};
    json_error_t why;
    const char *name = NULL;
    const char *source = NULL;
    json_t *beta = NULL;
    json_t *gamma = NULL;
    if (json_unpack_ex(item, &why, JSON_STRICT, "{s:s, s:i, s:i, s:F, s:s, s?F, s?o, s?o}", "name",
                       &name, "atomic_number", &nuclide.atomic_number, "mass_number",
                       &nuclide.mass_number, "half_life_s", &nuclide.half_life_s, "source", &source,
                       "electrons_mev_per_decay", &nuclide.electrons_mev_per_decay, "beta_minus",
                       &beta, "gamma", &gamma) != 0) {
        return ot_fail(err, OT_ERR_FORMAT, "nuclide %zu: %s", table->count + 1, why.text);
    }
    if (!ot_text_copy(nuclide.name, sizeof nuclide.name, name) ||
        !ot_text_copy(nuclide.source, sizeof nuclide.source, source)) {
        return ot_fail(err, OT_ERR_FORMAT, "nuclide %zu: name or source is too long",
                       table->count + 1);
    }
    if (ot_radionuclide_named(table, name) != NULL) {
        return ot_fail(err, OT_ERR_FORMAT, "%s stands twice", nuclide.name);
    }
    if (json_object_get(sources, source) == NULL) {
        return ot_fail(err, OT_ERR_FORMAT, "%s: its source %s is not among the sources",
                       nuclide.name, nuclide.source);
    }
    enum ot_rc rc = read_beta(beta, &nuclide, err);
    if (rc == OT_OK) {
        rc = read_gamma(gamma, &nuclide, err);
    }
    if (rc == OT_OK) {
        rc = ot_radionuclide_validate(&nuclide, err);
    }
    if (rc == OT_OK) {
        table->nuclide[table->count++] = nuclide;
    }
    return rc;
}

static enum ot_rc read_table(json_t *root, struct ot_radionuclides *table, struct ot_err *err)
{
    json_error_t why;
    const char *schema = NULL;
    json_t *sources = NULL;
    json_t *list = NULL;
    json_t *item = NULL;
    size_t n = 0;
    if (json_unpack_ex(root, &why, JSON_STRICT, "{s:s, s:o, s:o}", "schema", &schema, "sources",
                       &sources, "nuclides", &list) != 0) {
        return ot_fail(err, OT_ERR_FORMAT, "%s", why.text);
    }
    if (strcmp(schema, SCHEMA) != 0 || json_array_size(list) == 0) {
        return ot_fail(err, OT_ERR_FORMAT, "no nuclides of schema %s", SCHEMA);
    }
    table->nuclide = OT_NEW(struct ot_radionuclide, json_array_size(list), err);
    if (table->nuclide == NULL) {
        return OT_ERR_NOMEM;
    }
    enum ot_rc rc = OT_OK;
    json_array_foreach(list, n, item)
    {
        rc = read_nuclide(item, sources, table, err);
        if (rc != OT_OK) {
            break;
        }
    }
    return rc;
}

enum ot_rc ot_nuclide_table_parse(const char *text, size_t size, const char *name,
                                  struct ot_radionuclides **out, struct ot_err *err)
{
    json_t *root = NULL;
    *out = NULL;
    struct ot_radionuclides *table = OT_NEW(struct ot_radionuclides, 1, err);
    if (table == NULL) {
        return OT_ERR_NOMEM;
    }
    enum ot_rc rc = ot_json_parse(text, size, name, &root, err);
    if (rc == OT_OK) {
        rc = read_table(root, table, err);
        if (rc != OT_OK) {
            ot_err_context(err, "%s", name);
        }
    }
    if (rc == OT_OK) {
        rc = ot_hash_bytes(text, size, table->sha256, err);
    }
    if (rc == OT_OK) {
        *out = table;
        table = NULL; /* handed over */
    }
    json_decref(root);
    ot_radionuclides_destroy(table);
    return rc;
}

enum ot_rc ot_nuclide_table_load(struct ot_radionuclides **out, struct ot_err *err)
{
    size_t size = 0;
    *out = NULL;
    const char *text = ot_builtin_text(TABLE_NAME, &size);
    if (text == NULL) {
        return ot_fail(err, OT_ERR_FORMAT, "%s is missing from this program", TABLE_NAME);
    }
    return ot_nuclide_table_parse(text, size, TABLE_NAME, out, err);
}
