/* io/nifti_form.c - qform and sform: made, compared, and one of them chosen. */
#include "io/nifti_form.h"

#include <math.h>
#include <string.h>

/* Both forms must place every voxel alike; the second part is for single precision, in which
 * headers hold them: of the image's diagonal. */
static const double FORMS_TOL_MM = 0.01;
static const double FORMS_TOL = 1e-5;
static const double SPACING_TOL = 1e-3;    /* relative; pixdim against the sform's columns */
static const double QUATERNION_TOL = 1e-6; /* b^2 + c^2 + d^2 may exceed 1 by rounding */

static struct ot_nifti_form sform_of(const nifti_2_header *h)
{
    struct ot_nifti_form form = {.origin = {0.0}};
    const double *rows[3] = {h->srow_x, h->srow_y, h->srow_z};
    for (size_t r = 0; r < 3; r++) {
        memcpy(form.matrix[r], rows[r], sizeof form.matrix[r]);
        form.origin[r] = rows[r][3];
    }
    return form;
}

static enum ot_rc qform_of(const nifti_2_header *h, struct ot_nifti_form *form, struct ot_err *err)
{
    const double b = h->quatern_b;
    const double c = h->quatern_c;
    const double d = h->quatern_d;
    if (!(b * b + c * c + d * d <= 1.0 + QUATERNION_TOL)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "the qform's quaternion (%g, %g, %g) is no rotation",
                       b, c, d);
    }
    for (size_t axis = 1; axis <= 3; axis++) {
        if (!(h->pixdim[axis] > 0.0 && isfinite(h->pixdim[axis]))) {
            return ot_fail(err, OT_ERR_GEOMETRY, "pixdim[%zu] is %g, a spacing is above 0", axis,
                           h->pixdim[axis]);
        }
    }
    const double qfac = h->pixdim[0];
    if (!(fabs(fabs(qfac) - 1.0) <= QUATERNION_TOL || fabs(qfac) <= 0.0)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "pixdim[0] is %g, it must be -1 or 1", qfac);
    }
    const nifti_dmat44 m =
        nifti_quatern_to_dmat44(b, c, d, h->qoffset_x, h->qoffset_y, h->qoffset_z, h->pixdim[1],
                                h->pixdim[2], h->pixdim[3], qfac < 0.0 ? -1.0 : 1.0);
    for (size_t r = 0; r < 3; r++) {
        memcpy(form->matrix[r], m.m[r], sizeof form->matrix[r]);
        form->origin[r] = m.m[r][3];
    }
    return OT_OK;
}

static void place(const struct ot_nifti_form *form, const double index[3], double point[3])
{
    for (size_t r = 0; r < 3; r++) {
        point[r] = form->origin[r];
        for (size_t c = 0; c < 3; c++) {
            point[r] += form->matrix[r][c] * index[c];
        }
    }
}

static double distance(const double a[3], const double b[3])
{
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                (a[2] - b[2]) * (a[2] - b[2]));
}

/* Affine maps that agree at the eight corners agree everywhere. */
static enum ot_rc check_forms_agree(const struct ot_nifti_form *s, const struct ot_nifti_form *q,
                                    const size_t n[3], double mm, struct ot_err *err)
{
    double first[3];
    double last[3];
    const double zero[3] = {0.0, 0.0, 0.0};
    const double end[3] = {(double)n[0], (double)n[1], (double)n[2]};
    place(s, zero, first);
    place(s, end, last);
    const double extent = distance(first, last);
    for (unsigned corner = 0; corner < 8; corner++) {
        double index[3];
        double by_s[3];
        double by_q[3];
        for (size_t c = 0; c < 3; c++) {
            index[c] = (corner >> c & 1U) != 0U ? (double)(n[c] - 1) : 0.0;
        }
        place(s, index, by_s);
        place(q, index, by_q);
        if (!(mm * distance(by_s, by_q) <= FORMS_TOL_MM + FORMS_TOL * mm * extent)) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "sform and qform disagree by %.4g mm where voxel (%g, %g, %g) lies: "
                           "(%g, %g, %g) and (%g, %g, %g); remove the wrong one",
                           mm * distance(by_s, by_q), index[0], index[1], index[2], by_s[0],
                           by_s[1], by_s[2], by_q[0], by_q[1], by_q[2]);
        }
    }
    return OT_OK;
}

/* Without a qform, pixdim is the only witness for the sform's scale. */
static enum ot_rc check_spacing(const nifti_2_header *h, const struct ot_nifti_form *s,
                                struct ot_err *err)
{
    for (size_t c = 0; c < 3; c++) {
        const double column[3] = {s->matrix[0][c], s->matrix[1][c], s->matrix[2][c]};
        const double zero[3] = {0.0, 0.0, 0.0};
        const double spacing = distance(column, zero);
        if (!(fabs(spacing - h->pixdim[c + 1]) <= SPACING_TOL * spacing)) {
            return ot_fail(err, OT_ERR_GEOMETRY,
                           "the sform's spacing %g differs from pixdim[%zu] %g", spacing, c + 1,
                           h->pixdim[c + 1]);
        }
    }
    return OT_OK;
}

enum ot_rc ot_nifti_form_choose(const nifti_2_header *h, const size_t n[3], double mm,
                                struct ot_nifti_form *form, struct ot_err *err)
{
    struct ot_nifti_form q;
    if (h->sform_code <= 0 && h->qform_code <= 0) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "geometry is missing: the NIfTI header has neither qform nor sform");
    }
    if (h->qform_code > 0) {
        const enum ot_rc rc = qform_of(h, &q, err);
        if (rc != OT_OK || h->sform_code <= 0) {
            *form = q;
            return rc;
        }
    }
    *form = sform_of(h);
    return h->qform_code > 0 ? check_forms_agree(form, &q, n, mm, err)
                             : check_spacing(h, form, err);
}
