/* io/transform_itk.c - ITK's text form of a transform ("#Insight Transform File V1.0").
 *
 * Lines: "Transform: NAME_double_3_3", "Parameters: ...", "FixedParameters: ...". ITK itself reads
 * what is no number as 0 and does not mind shear in an affine transform; here each number is
 * parsed whole and the matrix is checked.
 */
#include <math.h>
#include <string.h>

#include "io/transform_file.h"

enum { MOST_NUMBERS = 16, MATRIX_NUMBERS = 12, ANGLE_NUMBERS = 6 };

static const char FIXED_FRAME[] = "# fixed frame of reference, SHA-256:";
static const char MOVING_FRAME[] = "# moving frame of reference, SHA-256:";

/* What the lines said. */
struct lines {
    char name[64];
    double parameters[MOST_NUMBERS];
    double fixed[MOST_NUMBERS];
    size_t parameter_count, fixed_count;
    size_t transforms;
    bool has_parameters, has_fixed;
    char fixed_sha256[OT_SHA256_SIZE];
    char moving_sha256[OT_SHA256_SIZE];
};

static enum ot_rc parse_numbers(const char *text, const char *what, double *values, size_t *count,
                                struct ot_err *err)
{
    *count = 0;
    for (const char *at = text + strspn(text, " \t"); *at != '\0';) {
        char word[48];
        const size_t length = strcspn(at, " \t");
        if (*count == MOST_NUMBERS) {
            return ot_fail(err, OT_ERR_UNSUPPORTED,
                           "has over %d %s: it is no rigid transform of three dimensions",
                           MOST_NUMBERS, what);
        }
        if (length < sizeof word) {
            memcpy(word, at, length);
        }
        word[length < sizeof word ? length : 0] = '\0';
        if (!ot_text_to_double(word, &values[*count])) {
            return ot_fail(err, OT_ERR_FORMAT, "%s: '%.30s' is not a finite number", what, word);
        }
        (*count)++;
        at += length;
        at += strspn(at, " \t");
    }
    return OT_OK;
}

/* The rest of a line that starts with `key`, or NULL. */
static const char *after(const char *line, const char *key)
{
    const size_t length = strlen(key);
    return strncmp(line, key, length) == 0 ? line + length : NULL;
}

/* A digest of 64 hexadecimal digits after blanks; anything else is another program's comment. */
static void read_digest(const char *text, char *sha256)
{
    const char *at = text + strspn(text, " \t");
    if (strlen(at) == OT_SHA256_SIZE - 1 && strspn(at, "0123456789abcdef") == OT_SHA256_SIZE - 1) {
        (void)ot_text_copy(sha256, OT_SHA256_SIZE, at);
    }
}

static enum ot_rc read_line(const char *line, struct lines *all, struct ot_err *err)
{
    const char *value = NULL;
    if ((value = after(line, "Transform:")) != NULL) {
        all->transforms++;
        if (!ot_text_copy(all->name, sizeof all->name, value + strspn(value, " \t"))) {
            return ot_fail(err, OT_ERR_FORMAT, "the name of the transform is too long");
        }
        return OT_OK;
    }
    if ((value = after(line, "Parameters:")) != NULL) {
        all->has_parameters = true;
        return parse_numbers(value, "Parameters", all->parameters, &all->parameter_count, err);
    }
    if ((value = after(line, "FixedParameters:")) != NULL) {
        all->has_fixed = true;
        return parse_numbers(value, "FixedParameters", all->fixed, &all->fixed_count, err);
    }
    if ((value = after(line, FIXED_FRAME)) != NULL) {
        read_digest(value, all->fixed_sha256);
    } else if ((value = after(line, MOVING_FRAME)) != NULL) {
        read_digest(value, all->moving_sha256);
    } else if (line[0] != '#' && line[strspn(line, " \t")] != '\0') {
        return ot_fail(err, OT_ERR_FORMAT, "holds a line that is none of an ITK transform");
    }
    return OT_OK;
}

static enum ot_rc read_lines(const char *text, struct lines *all, struct ot_err *err)
{
    enum { LINE_SIZE = 2048 };
    char line[LINE_SIZE];
    while (*text != '\0') {
        size_t length = strcspn(text, "\r\n");
        if (length >= sizeof line) {
            return ot_fail(err, OT_ERR_UNSUPPORTED,
                           "holds a line of %zu characters: it is no rigid transform", length);
        }
        memcpy(line, text, length);
        line[length] = '\0';
        text += length;
        text += strspn(text, "\r\n");
        while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t')) {
            line[--length] = '\0';
        }
        const enum ot_rc rc = read_line(line, all, err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    if (all->transforms != 1) {
        return ot_fail(err, all->transforms == 0 ? OT_ERR_FORMAT : OT_ERR_UNSUPPORTED,
                       "holds %zu transforms, not one; combine them into one rigid transform",
                       all->transforms);
    }
    return all->has_parameters && all->has_fixed
               ? OT_OK
               : ot_fail(err, OT_ERR_FORMAT, "has no Parameters or no FixedParameters");
}

/* y = M (x - center) + center + shift; the matrix by rows. */
static enum ot_rc about_center(const double matrix[9], const double shift_mm[3],
                               const struct lines *all, struct ot_rigid *motion, struct ot_err *err)
{
    double translation_mm[3];
    for (size_t r = 0; r < 3; r++) {
        translation_mm[r] = shift_mm[r] + all->fixed[r];
        for (size_t c = 0; c < 3; c++) {
            translation_mm[r] -= matrix[3 * r + c] * all->fixed[c];
        }
    }
    return ot_rigid_from_matrix(matrix, translation_mm, motion, err);
}

static enum ot_rc from_matrix(const struct lines *all, struct ot_rigid *motion, struct ot_err *err)
{
    return about_center(all->parameters, all->parameters + 9, all, motion, err);
}

/* Rz Rx Ry, or Rz Ry Rx where the fourth fixed parameter says so. */
static enum ot_rc from_euler(const struct lines *all, struct ot_rigid *motion, struct ot_err *err)
{
    const double full_turn_rad = 6.2831853071795864769;
    const double *angles_rad = all->parameters;
    const bool zyx = all->fixed_count == 4 && fabs(all->fixed[3]) > 0.5;
    const double origin_mm[3] = {0.0, 0.0, 0.0};
    for (size_t c = 0; c < 3; c++) {
        if (!(fabs(angles_rad[c]) <= full_turn_rad)) {
            return ot_fail(err, OT_ERR_RANGE,
                           "has an angle of %.6g: angles are radians, not degrees", angles_rad[c]);
        }
    }
    if (!zyx) {
        *motion = ot_rigid_euler(angles_rad, all->fixed, all->parameters + 3);
        return OT_OK;
    }
    const double only_x_rad[3] = {angles_rad[0], 0.0, 0.0};
    const double rest_rad[3] = {0.0, angles_rad[1], angles_rad[2]};
    const struct ot_rigid first = ot_rigid_euler(only_x_rad, origin_mm, origin_mm);
    const struct ot_rigid then = ot_rigid_euler(rest_rad, origin_mm, origin_mm);
    const struct ot_rigid both = ot_rigid_compose(&first, &then);
    double matrix[9];
    memcpy(matrix, both.rotation, sizeof matrix);
    return about_center(matrix, all->parameters + 3, all, motion, err);
}

/* The vector part of a unit quaternion. */
static enum ot_rc from_versor(const struct lines *all, struct ot_rigid *motion, struct ot_err *err)
{
    const double x = all->parameters[0];
    const double y = all->parameters[1];
    const double z = all->parameters[2];
    const double square = x * x + y * y + z * z;
    if (!(square <= 1.0 + 1e-12)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "has a versor of the length %.9g, over 1",
                       sqrt(square));
    }
    const double w = sqrt(fmax(0.0, 1.0 - square));
    const double matrix[9] = {
        1 - 2 * (y * y + z * z), 2 * (x * y - z * w),     2 * (x * z + y * w),
        2 * (x * y + z * w),     1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
        2 * (x * z - y * w),     2 * (y * z + x * w),     1 - 2 * (x * x + y * y)};
    return about_center(matrix, all->parameters + 3, all, motion, err);
}

static enum ot_rc from_shift(const struct lines *all, struct ot_rigid *motion, struct ot_err *err)
{
    (void)err;
    *motion = ot_rigid_identity();
    memcpy(motion->translation_mm, all->parameters, sizeof motion->translation_mm);
    return OT_OK;
}

static const struct kind {
    const char *name;
    size_t parameters, fixed_least, fixed_most;
    enum ot_rc (*read)(const struct lines *, struct ot_rigid *, struct ot_err *);
} kinds[] = {
    {"AffineTransform", MATRIX_NUMBERS, 3, 3, from_matrix},
    {"MatrixOffsetTransformBase", MATRIX_NUMBERS, 3, 3, from_matrix},
    {"Rigid3DTransform", MATRIX_NUMBERS, 3, 3, from_matrix},
    {"Euler3DTransform", ANGLE_NUMBERS, 3, 4, from_euler},
    {"VersorRigid3DTransform", ANGLE_NUMBERS, 3, 3, from_versor},
    {"TranslationTransform", 3, 0, 0, from_shift},
};

static enum ot_rc to_motion(const struct lines *all, struct ot_rigid *motion, struct ot_err *err)
{
    const size_t length = strcspn(all->name, "_");
    const char *suffix = all->name + length;
    if (strcmp(suffix, "_double_3_3") != 0 && strcmp(suffix, "_float_3_3") != 0) {
        return ot_fail(err, OT_ERR_UNSUPPORTED, "%.40s is not of three dimensions", all->name);
    }
    for (size_t n = 0; n < sizeof kinds / sizeof kinds[0]; n++) {
        const struct kind *kind = &kinds[n];
        if (strlen(kind->name) != length || strncmp(kind->name, all->name, length) != 0) {
            continue;
        }
        if (all->parameter_count != kind->parameters || all->fixed_count < kind->fixed_least ||
            all->fixed_count > kind->fixed_most) {
            return ot_fail(err, OT_ERR_FORMAT,
                           "%s has %zu Parameters and %zu FixedParameters, wanted are %zu and %zu",
                           kind->name, all->parameter_count, all->fixed_count, kind->parameters,
                           kind->fixed_least);
        }
        return kind->read(all, motion, err);
    }
    return ot_fail(err, OT_ERR_UNSUPPORTED, "%.40s is not read: only rigid transforms are",
                   all->name);
}

enum ot_rc ot_transform_itk_parse(const char *text, struct ot_transform_file *file,
                                  struct ot_err *err)
{
    struct lines all = {.name = ""};
    struct ot_rigid fixed_to_moving;
    enum ot_rc rc = read_lines(text, &all, err);
    if (rc == OT_OK) {
        rc = to_motion(&all, &fixed_to_moving, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    file->format = "itk";
    file->count = 2;
    file->frames[0].to_registered = ot_rigid_identity();
    file->frames[1].to_registered = ot_rigid_invert(&fixed_to_moving);
    (void)ot_text_copy(file->frames[0].frame_sha256, OT_SHA256_SIZE, all.fixed_sha256);
    (void)ot_text_copy(file->frames[1].frame_sha256, OT_SHA256_SIZE, all.moving_sha256);
    return OT_OK;
}

enum ot_rc ot_transform_itk_encode(const struct ot_rigid *moving_to_fixed, const char *fixed_sha256,
                                   const char *moving_sha256, struct ot_buffer *out,
                                   struct ot_err *err)
{
    const struct ot_rigid fixed_to_moving = ot_rigid_invert(moving_to_fixed);
    ot_buffer_text(out, "#Insight Transform File V1.0\n");
    if (fixed_sha256[0] != '\0' && moving_sha256[0] != '\0') {
        ot_buffer_printf(out, "%s %s\n%s %s\n", FIXED_FRAME, fixed_sha256, MOVING_FRAME,
                         moving_sha256);
    }
    ot_buffer_text(out, "#Transform 0\nTransform: AffineTransform_double_3_3\nParameters:");
    for (size_t n = 0; n < 9; n++) {
        ot_buffer_printf(out, " %.17g", fixed_to_moving.rotation[n / 3][n % 3]);
    }
    for (size_t n = 0; n < 3; n++) {
        ot_buffer_printf(out, " %.17g", fixed_to_moving.translation_mm[n]);
    }
    ot_buffer_text(out, "\nFixedParameters: 0 0 0\n");
    return ot_buffer_check(out, err);
}
