/* io/kernel_table.c - reads dose point kernel tables, strictly. */
#include "io/kernel_table.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "io/builtin.h"
#include "io/file.h"
#include "io/hash.h"
#include "io/json.h"

static const char INDEX_NAME[] = "kernels/index.json";
static const char HEADER[] = "r_lo_mm,r_hi_mm,energy_mev_per_decay,sigma";
/* Radii have four decimals: two that differ by less are the same number. */
static const double RADIUS_ROUNDING_MM = 1e-9;

enum { COLUMNS = 4, LINE_SIZE = 128, TABLE_LIMIT_BYTES = 16 * 1024 * 1024 };
enum column { R_LO, R_HI, ENERGY, SIGMA };

/* One line of the text without its end, and where the next begins; NULL after the last. */
static const char *next_line(const char *at, const char *end, char line[LINE_SIZE], bool *fits)
{
    const char *stop = (const char *)memchr(at, '\n', (size_t)(end - at));
    const char *next = stop != NULL ? stop + 1 : end;
    size_t length = (size_t)((stop != NULL ? stop : end) - at);
    if (length > 0 && at[length - 1] == '\r') {
        length--;
    }
    *fits = length < LINE_SIZE;
    if (*fits) {
        memcpy(line, at, length);
        line[length] = '\0';
        *fits = strlen(line) == length;
    }
    return next;
}

/* Splits a line in place; false unless it has exactly COLUMNS finite numbers. */
static bool split_numbers(char *line, double value[COLUMNS])
{
    for (size_t column = 0; column < COLUMNS; column++) {
        char *comma = strchr(line, ',');
        if ((comma == NULL) != (column == COLUMNS - 1)) {
            return false;
        }
        if (comma != NULL) {
            *comma = '\0';
        }
        if (!ot_text_to_double(line, &value[column])) {
            return false;
        }
        line = comma != NULL ? comma + 1 : line;
    }
    return true;
}

static enum ot_rc add_shell(struct ot_radial_kernel *kernel, const double value[COLUMNS],
                            const char *name, size_t line, struct ot_err *err)
{
    const size_t n = kernel->count;
    const double expected_mm = n == 0 ? 0.0 : kernel->edge_mm[n];
    if (!(fabs(value[R_LO] - expected_mm) <= RADIUS_ROUNDING_MM)) {
        return ot_fail(err, OT_ERR_RANGE, "%s: line %zu starts at %g mm where %g mm is needed",
                       name, line, value[R_LO], expected_mm);
    }
    if (!(value[R_HI] > value[R_LO])) {
        return ot_fail(err, OT_ERR_RANGE, "%s: line %zu ends at %g mm, not beyond its start", name,
                       line, value[R_HI]);
    }
    if (!(value[ENERGY] >= 0.0 && value[SIGMA] >= 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "%s: line %zu has a negative energy or sigma", name,
                       line);
    }
    kernel->edge_mm[n + 1] = value[R_HI];
    kernel->energy_mev[n] = value[ENERGY];
    kernel->count = n + 1;
    return OT_OK;
}

static enum ot_rc read_shells(const char *text, size_t size, const char *name,
                              struct ot_radial_kernel *kernel, struct ot_err *err)
{
    const char *const end = text + size;
    char line[LINE_SIZE];
    size_t number = 1;
    bool fits = false;
    const char *at = next_line(text, end, line, &fits);
    if (!fits || strcmp(line, HEADER) != 0) {
        return ot_fail(err, OT_ERR_FORMAT, "%s: first line is not \"%s\"", name, HEADER);
    }
    while (at < end) {
        double value[COLUMNS];
        number++;
        at = next_line(at, end, line, &fits);
        if (!fits || !split_numbers(line, value)) {
            return ot_fail(err, OT_ERR_FORMAT, "%s: line %zu is not four numbers", name, number);
        }
        const enum ot_rc rc = add_shell(kernel, value, name, number, err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    if (kernel->count == 0) {
        return ot_fail(err, OT_ERR_FORMAT, "%s: no shells after the first line", name);
    }
    return OT_OK;
}

static bool is_edge(const struct ot_radial_kernel *kernel, double radius_mm)
{
    for (size_t n = 1; n <= kernel->count; n++) {
        if (fabs(kernel->edge_mm[n] - radius_mm) <= RADIUS_ROUNDING_MM) {
            return true;
        }
    }
    return false;
}

static size_t count_lines(const char *text, size_t size)
{
    size_t lines = 1;
    for (size_t n = 0; n < size; n++) {
        lines += text[n] == '\n' ? 1 : 0;
    }
    return lines;
}

static bool copy_facts(const struct ot_kernel_facts *facts, struct ot_radial_kernel *kernel)
{
    kernel->density_g_per_cm3 = facts->density_g_per_cm3;
    kernel->beta_range_mm = facts->beta_range_mm;
    return ot_text_copy(kernel->nuclide, sizeof kernel->nuclide, facts->nuclide) &&
           ot_text_copy(kernel->medium, sizeof kernel->medium, facts->medium) &&
           ot_text_copy(kernel->source, sizeof kernel->source, facts->source);
}

enum ot_rc ot_kernel_table_parse(const char *text, size_t size, const char *name,
                                 const struct ot_kernel_facts *facts, struct ot_radial_kernel **out,
                                 struct ot_err *err)
{
    *out = NULL;
    const size_t lines = count_lines(text, size);
    enum ot_rc rc = OT_ERR_NOMEM;
    struct ot_radial_kernel *kernel = OT_NEW(struct ot_radial_kernel, 1, err);
    if (kernel == NULL) {
        goto done;
    }
    kernel->edge_mm = OT_NEW(double, lines + 1, err);
    kernel->energy_mev = OT_NEW(double, lines, err);
    if (kernel->edge_mm == NULL || kernel->energy_mev == NULL) {
        goto done;
    }
    rc = ot_hash_bytes(text, size, kernel->sha256, err);
    if (rc != OT_OK) {
        goto done;
    }
    if (!copy_facts(facts, kernel)) {
        rc = ot_fail(err, OT_ERR_FORMAT, "%s: nuclide, medium or source is too long", name);
        goto done;
    }
    rc = read_shells(text, size, name, kernel, err);
    if (rc != OT_OK) {
        goto done;
    }
    if (isnan(kernel->beta_range_mm)) {
        kernel->beta_range_mm = kernel->edge_mm[kernel->count];
    }
    if (!is_edge(kernel, kernel->beta_range_mm)) {
        rc = ot_fail(err, OT_ERR_RANGE, "%s: no shell ends at the beta range of %g mm", name,
                     kernel->beta_range_mm);
        goto done;
    }
    rc = ot_radial_kernel_validate(kernel, err);
    if (rc != OT_OK) {
        ot_err_context(err, "%s", name);
        goto done;
    }
    *out = kernel;
    kernel = NULL; /* handed over */

done:
    ot_radial_kernel_destroy(kernel);
    return rc;
}

enum ot_rc ot_kernel_table_read(const char *path, const struct ot_kernel_facts *facts,
                                struct ot_radial_kernel **out, struct ot_err *err)
{
    struct ot_buffer text = {0};
    *out = NULL;
    enum ot_rc rc = ot_file_read(path, TABLE_LIMIT_BYTES, &text, err);
    if (rc == OT_OK) {
        rc = ot_kernel_table_parse(text.data != NULL ? text.data : "", text.size,
                                   ot_text_base_name(path), facts, out, err);
    }
    ot_buffer_release(&text);
    return rc;
}

struct entry {
    struct ot_kernel_facts facts;
    const char *file;
    const char *sha256;
};

static enum ot_rc read_entry(json_t *item, struct entry *entry, struct ot_err *err)
{
    json_error_t why;
    if (json_unpack_ex(item, &why, JSON_STRICT, "{s:s, s:s, s:s, s:F, s:F, s:s, s:s}", "nuclide",
                       &entry->facts.nuclide, "medium", &entry->facts.medium, "file", &entry->file,
                       "density_g_per_cm3", &entry->facts.density_g_per_cm3, "beta_range_mm",
                       &entry->facts.beta_range_mm, "source", &entry->facts.source, "sha256",
                       &entry->sha256) != 0) {
        return ot_fail(err, OT_ERR_FORMAT, "%s: %s", INDEX_NAME, why.text);
    }
    return OT_OK;
}

static enum ot_rc load_entry(const struct entry *entry, struct ot_radial_kernel **out,
                             struct ot_err *err)
{
    struct ot_radial_kernel *kernel = NULL;
    size_t size = 0;
    *out = NULL;
    const char *text = ot_builtin_text(entry->file, &size);
    if (text == NULL) {
        return ot_fail(err, OT_ERR_FORMAT, "%s: no table %s", INDEX_NAME, entry->file);
    }
    enum ot_rc rc = ot_kernel_table_parse(text, size, entry->file, &entry->facts, &kernel, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (strcmp(kernel->sha256, entry->sha256) != 0) {
        rc = ot_fail(err, OT_ERR_FORMAT, "%s: SHA-256 is not the one of the index", entry->file);
        ot_radial_kernel_destroy(kernel);
        return rc;
    }
    *out = kernel;
    return OT_OK;
}

enum ot_rc ot_kernel_table_load(const char *nuclide, const char *medium,
                                struct ot_radial_kernel **out, struct ot_err *err)
{
    struct ot_buffer names = {0};
    json_t *index = NULL;
    json_t *item = NULL;
    size_t n = 0;
    size_t size = 0;
    *out = NULL;
    const char *text = ot_builtin_text(INDEX_NAME, &size);
    if (text == NULL) {
        return ot_fail(err, OT_ERR_FORMAT, "%s is missing from this program", INDEX_NAME);
    }
    enum ot_rc rc = ot_json_parse(text, size, INDEX_NAME, &index, err);
    if (rc != OT_OK) {
        goto done;
    }
    json_array_foreach(json_object_get(index, "kernels"), n, item)
    {
        struct entry entry = {0};
        rc = read_entry(item, &entry, err);
        if (rc != OT_OK) {
            goto done;
        }
        if (strcmp(entry.facts.nuclide, nuclide) == 0 && strcmp(entry.facts.medium, medium) == 0) {
            rc = load_entry(&entry, out, err);
            goto done;
        }
        ot_buffer_printf(&names, "%s%s in %s", n == 0 ? "" : ", ", entry.facts.nuclide,
                         entry.facts.medium);
    }
    rc = ot_buffer_check(&names, err);
    if (rc == OT_OK) {
        rc = ot_fail(err, OT_ERR_ARG, "no kernel of %.20s in %.20s; there are %s", nuclide, medium,
                     names.data != NULL ? names.data : "none");
    }

done:
    ot_buffer_release(&names);
    json_decref(index);
    return rc;
}
