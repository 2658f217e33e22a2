/* io/hu_table.c - reads calibrations of CT numbers. */
#include "io/hu_table.h"

#include <stdbool.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "io/builtin.h"
#include "io/hash.h"

static const char TABLE_NAME[] = "hu_density.csv";
static const char HEADER[] = "hu,g_per_cm3";

enum { LINE_SIZE = 256 };

/* Copies the line at *at and moves on; false when it is too long or holds a NUL. */
static bool take_line(const char **at, const char *end, char line[LINE_SIZE])
{
    const char *stop = (const char *)memchr(*at, '\n', (size_t)(end - *at));
    size_t length = (size_t)((stop != NULL ? stop : end) - *at);
    const char *from = *at;
    *at = stop != NULL ? stop + 1 : end;
    if (length > 0 && from[length - 1] == '\r') {
        length--;
    }
    if (length >= LINE_SIZE || memchr(from, '\0', length) != NULL) {
        return false;
    }
    memcpy(line, from, length);
    line[length] = '\0';
    return true;
}

static bool read_point(char *line, double *hu, double *g_per_cm3)
{
    char *comma = strchr(line, ',');
    if (comma == NULL) {
        return false;
    }
    *comma = '\0';
    return ot_text_to_double(line, hu) && ot_text_to_double(comma + 1, g_per_cm3);
}

static enum ot_rc read_points(const char *text, size_t size, const char *name,
                              struct ot_hu_calibration *calibration, struct ot_err *err)
{
    const char *at = text;
    const char *const end = text + size;
    char line[LINE_SIZE];
    bool started = false;
    for (size_t number = 1; at < end; number++) {
        if (!take_line(&at, end, line)) {
            return ot_fail(err, OT_ERR_FORMAT, "%s: line %zu is too long", name, number);
        }
        if (!started && line[0] == '#') {
            continue;
        }
        const size_t n = calibration->count;
        if (!started && strcmp(line, HEADER) == 0) {
            started = true;
        } else if (started && read_point(line, &calibration->hu[n], &calibration->g_per_cm3[n])) {
            calibration->count++;
        } else {
            return ot_fail(err, OT_ERR_FORMAT, "%s: line %zu is not %s", name, number,
                           started ? "two numbers" : "\"hu,g_per_cm3\"");
        }
    }
    return OT_OK;
}

enum ot_rc ot_hu_table_parse(const char *text, size_t size, const char *name,
                             struct ot_hu_calibration **out, struct ot_err *err)
{
    enum ot_rc rc = OT_ERR_NOMEM;
    size_t lines = 1;
    *out = NULL;
    for (size_t n = 0; n < size; n++) {
        lines += text[n] == '\n' ? 1 : 0;
    }
    struct ot_hu_calibration *calibration = OT_NEW(struct ot_hu_calibration, 1, err);
    if (calibration == NULL) {
        goto done;
    }
    calibration->hu = OT_NEW(double, lines, err);
    calibration->g_per_cm3 = OT_NEW(double, lines, err);
    if (calibration->hu == NULL || calibration->g_per_cm3 == NULL) {
        goto done;
    }
    rc = read_points(text, size, name, calibration, err);
    if (rc == OT_OK) {
        rc = ot_hash_bytes(text, size, calibration->sha256, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    rc = ot_hu_calibration_validate(calibration, err);
    if (rc != OT_OK) {
        ot_err_context(err, "%s", name);
        goto done;
    }
    *out = calibration;
    calibration = NULL; /* handed over */

done:
    ot_hu_calibration_destroy(calibration);
    return rc;
}

enum ot_rc ot_hu_table_load(struct ot_hu_calibration **out, struct ot_err *err)
{
    size_t size = 0;
    *out = NULL;
    const char *text = ot_builtin_text(TABLE_NAME, &size);
    if (text == NULL) {
        return ot_fail(err, OT_ERR_FORMAT, "%s is missing from this program", TABLE_NAME);
    }
    return ot_hu_table_parse(text, size, TABLE_NAME, out, err);
}
