/* io/dicom_stack.c - the geometry of a stack of planes. */
#include "io/dicom_stack.h"

#include <math.h>
#include <stdlib.h>

#include "core/mem.h"

static const double unit_tolerance = 1e-3;
static const double same_direction = 1e-4; /* written with 6 digits by most, with 4 by some */
static const double same_spacing = 1e-4;   /* relative */
static const double same_place_mm = 0.01;
static const double sideways_mm = 0.1; /* a fraction of any voxel used here */
/* How far a step may be off the usual one, and a plane off its place in the even stack. Positions
 * are often written with 2 decimals: 0.01 mm, and a little for arithmetic. */
static const double step_tolerance = 1e-3; /* relative */
static const double step_rounding_mm = 0.0101;
static const double multiple_tolerance = 0.05;
static const double degrees_per_radian = 57.29577951308232;

static double dot(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

enum ot_rc ot_dicom_face_axes(const struct ot_dicom_face *face, double dir[3][3],
                              struct ot_err *err)
{
    const double *row = &face->orientation[0];
    const double *column = &face->orientation[3];
    const double row_length = sqrt(dot(row, row));
    const double column_length = sqrt(dot(column, column));
    if (!(fabs(row_length - 1.0) <= unit_tolerance) ||
        !(fabs(column_length - 1.0) <= unit_tolerance) ||
        !(fabs(dot(row, column)) <= unit_tolerance)) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "ImageOrientationPatient (0020,0037) is not two perpendicular unit vectors: "
                       "%g\\%g\\%g\\%g\\%g\\%g",
                       row[0], row[1], row[2], column[0], column[1], column[2]);
    }
    /* The column is made exactly perpendicular: rounding to 4 or 6 digits is common. */
    double j[3];
    const double along = dot(row, column) / (row_length * row_length);
    for (size_t r = 0; r < 3; r++) {
        j[r] = column[r] - along * row[r];
    }
    const double j_length = sqrt(dot(j, j));
    for (size_t r = 0; r < 3; r++) {
        dir[r][0] = row[r] / row_length;
        dir[r][1] = j[r] / j_length;
    }
    for (size_t r = 0; r < 3; r++) {
        const size_t s = (r + 1) % 3;
        const size_t t = (r + 2) % 3;
        dir[r][2] = dir[s][0] * dir[t][1] - dir[t][0] * dir[s][1];
    }
    return OT_OK;
}

const char *ot_dicom_face_difference(const struct ot_dicom_face *a, const struct ot_dicom_face *b)
{
    if (a->columns != b->columns || a->rows != b->rows) {
        return "matrix (0028,0010/0011)";
    }
    for (size_t n = 0; n < 2; n++) {
        if (!(fabs(a->spacing_mm[n] - b->spacing_mm[n]) <= same_spacing * a->spacing_mm[n])) {
            return "pixel spacing (0028,0030)";
        }
    }
    for (size_t n = 0; n < 6; n++) {
        if (!(fabs(a->orientation[n] - b->orientation[n]) <= same_direction)) {
            return "orientation (0020,0037)";
        }
    }
    return NULL;
}

static int by_place(const void *left, const void *right)
{
    const struct ot_dicom_plane *a = (const struct ot_dicom_plane *)left;
    const struct ot_dicom_plane *b = (const struct ot_dicom_plane *)right;
    if (a->along_mm < b->along_mm || a->along_mm > b->along_mm) {
        return a->along_mm < b->along_mm ? -1 : 1;
    }
    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }
    return a->frame < b->frame ? -1 : (a->frame > b->frame ? 1 : 0);
}

static int by_value(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return a < b ? -1 : (a > b ? 1 : 0);
}

static enum ot_rc check_tilt(const struct ot_dicom_plane *planes, size_t count,
                             const double normal[3], struct ot_err *err)
{
    for (size_t n = 1; n < count; n++) {
        const double along_mm = planes[n].along_mm - planes[0].along_mm;
        double off_mm = 0.0;
        for (size_t r = 0; r < 3; r++) {
            const double shift_mm =
                planes[n].position_mm[r] - planes[0].position_mm[r] - along_mm * normal[r];
            off_mm = hypot(off_mm, shift_mm);
        }
        if (!(off_mm <= sideways_mm)) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "slices shift sideways by %.2f mm in %.2f mm along their normal "
                           "(gantry tilt %.1f degrees); resample the series to a straight stack "
                           "first",
                           off_mm, along_mm, atan2(off_mm, along_mm) * degrees_per_radian);
        }
    }
    return OT_OK;
}

/* The usual distance: the median of all steps. steps[count - 1] is work space. */
static double usual_step(const struct ot_dicom_plane *planes, size_t count, double *steps)
{
    for (size_t n = 1; n < count; n++) {
        steps[n - 1] = planes[n].along_mm - planes[n - 1].along_mm;
    }
    qsort(steps, count - 1, sizeof steps[0], by_value);
    return steps[(count - 2) / 2];
}

static double most_off_mm(double step_mm)
{
    return fmax(step_rounding_mm, step_tolerance * step_mm);
}

static bool same_step(double step_mm, double usual_mm)
{
    return fabs(step_mm - usual_mm) <= most_off_mm(usual_mm);
}

static enum ot_rc check_steps(const struct ot_dicom_plane *planes, size_t count, double usual_mm,
                              double least_mm, double most_mm, struct ot_err *err)
{
    for (size_t n = 1; n < count; n++) {
        const double step_mm = planes[n].along_mm - planes[n - 1].along_mm;
        if (same_step(step_mm, usual_mm)) {
            continue;
        }
        const double times = step_mm / usual_mm;
        if (times > 1.5 && fabs(times - round(times)) <= multiple_tolerance) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "%.0f slice%s missing between %.2f and %.2f mm along the normal (step "
                           "%.3f mm there, %.3f mm elsewhere)",
                           round(times) - 1.0, round(times) > 2.5 ? "s are" : " is",
                           planes[n - 1].along_mm, planes[n].along_mm, step_mm, usual_mm);
        }
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "slices are unevenly spaced: steps from %.3f to %.3f mm; an even spacing is "
                       "needed",
                       least_mm, most_mm);
    }
    return OT_OK;
}

/* Steps may each be within tolerance and still add up to a drift: places count in the end. */
static enum ot_rc check_even(const struct ot_dicom_plane *planes, size_t count, double step_mm,
                             struct ot_err *err)
{
    for (size_t n = 1; n < count; n++) {
        const double off_mm = planes[n].along_mm - planes[0].along_mm - (double)n * step_mm;
        if (!(fabs(off_mm) <= most_off_mm(step_mm))) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "slices are unevenly spaced: slice %zu lies %.3f mm beside its place in "
                           "an even stack of %.3f mm",
                           n + 1, fabs(off_mm), step_mm);
        }
    }
    return OT_OK;
}

static enum ot_rc check_face(const struct ot_dicom_face *face, size_t count, struct ot_err *err)
{
    if (count < 2) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "holds %zu slice; a volume needs two or more of one series (give the folder "
                       "that holds them all)",
                       count);
    }
    if (!(face->spacing_mm[0] > 0.0) || !(face->spacing_mm[1] > 0.0)) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "PixelSpacing (0028,0030) is %g\\%g mm; it must be > 0", face->spacing_mm[0],
                       face->spacing_mm[1]);
    }
    return OT_OK;
}

enum ot_rc ot_dicom_stack(struct ot_dicom_plane *planes, size_t count,
                          const struct ot_dicom_face *face, struct ot_grid *grid,
                          struct ot_err *err)
{
    *grid = (struct ot_grid){0};
    enum ot_rc rc = check_face(face, count, err);
    if (rc == OT_OK) {
        rc = ot_dicom_face_axes(face, grid->dir, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    const double normal[3] = {grid->dir[0][2], grid->dir[1][2], grid->dir[2][2]};
    for (size_t n = 0; n < count; n++) {
        planes[n].along_mm = dot(planes[n].position_mm, normal);
    }
    qsort(planes, count, sizeof planes[0], by_place);
    double *steps = OT_NEW(double, count - 1, err);
    if (steps == NULL) {
        return OT_ERR_NOMEM;
    }
    const double usual_mm = usual_step(planes, count, steps);
    const double least_mm = steps[0];
    const double most_mm = steps[count - 2];
    ot_free(steps);
    if (!(least_mm >= same_place_mm)) {
        size_t pairs = 0;
        double where_mm = 0.0;
        for (size_t n = 1; n < count; n++) {
            if (!(planes[n].along_mm - planes[n - 1].along_mm >= same_place_mm)) {
                where_mm = pairs == 0 ? planes[n].along_mm : where_mm;
                pairs++;
            }
        }
        return ot_fail(
            err, OT_ERR_GEOMETRY,
            "two different slices lie at one position (%.2f mm along the normal; %zu such "
            "pair%s): give one phase or reconstruction only",
            where_mm, pairs, pairs == 1 ? "" : "s");
    }
    rc = check_tilt(planes, count, normal, err);
    if (rc == OT_OK) {
        rc = check_steps(planes, count, usual_mm, least_mm, most_mm, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    grid->n[0] = face->columns;
    grid->n[1] = face->rows;
    grid->n[2] = count;
    grid->spacing_mm[0] = face->spacing_mm[1];
    grid->spacing_mm[1] = face->spacing_mm[0];
    /* Over the whole stack, so that rounding of single positions does not add up. */
    grid->spacing_mm[2] = (planes[count - 1].along_mm - planes[0].along_mm) / (double)(count - 1);
    rc = check_even(planes, count, grid->spacing_mm[2], err);
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t r = 0; r < 3; r++) {
        grid->origin_mm[r] = planes[0].position_mm[r];
    }
    return ot_grid_validate(grid, err);
}
