/* io/nifti_encode.c - volumes become NIfTI-1 files in memory. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <nifti2_io.h>

#include "core/mem.h"
#include "core/stats.h"
#include "io/gzip.h"
#include "io/nifti.h"

enum { VOXEL_OFFSET = 352, AXIS_MAX = 32767, FRACTION_STEPS = 255 };

/* Index to RAS mm: LPS with x and y turned around. */
static nifti_dmat44 ras_of(const struct ot_grid *grid)
{
    nifti_dmat44 ras = {{{0.0}}};
    for (size_t r = 0; r < 3; r++) {
        const double sign = r < 2 ? -1.0 : 1.0;
        for (size_t c = 0; c < 3; c++) {
            /* + 0.0: no negative zeros in the file */
            ras.m[r][c] = sign * grid->dir[r][c] * grid->spacing_mm[c] + 0.0;
        }
        ras.m[r][3] = sign * grid->origin_mm[r] + 0.0;
    }
    ras.m[3][3] = 1.0;
    return ras;
}

static void set_forms(const struct ot_grid *grid, nifti_1_header *h)
{
    const nifti_dmat44 ras = ras_of(grid);
    double b = 0.0;
    double c = 0.0;
    double d = 0.0;
    double x = 0.0;
    double y = 0.0;
    double z = 0.0;
    double dx = 0.0;
    double dy = 0.0;
    double dz = 0.0;
    double qfac = 1.0;
    nifti_dmat44_to_quatern(ras, &b, &c, &d, &x, &y, &z, &dx, &dy, &dz, &qfac);
    h->qform_code = NIFTI_XFORM_SCANNER_ANAT;
    h->sform_code = NIFTI_XFORM_SCANNER_ANAT;
    h->quatern_b = (float)b;
    h->quatern_c = (float)c;
    h->quatern_d = (float)d;
    h->qoffset_x = (float)x;
    h->qoffset_y = (float)y;
    h->qoffset_z = (float)z;
    h->pixdim[0] = (float)qfac;
    for (size_t axis = 0; axis < 3; axis++) {
        h->pixdim[axis + 1] = (float)grid->spacing_mm[axis];
    }
    for (size_t n = 0; n < 4; n++) {
        h->srow_x[n] = (float)ras.m[0][n];
        h->srow_y[n] = (float)ras.m[1][n];
        h->srow_z[n] = (float)ras.m[2][n];
    }
}

static enum ot_rc make_header(const struct ot_grid *grid, size_t volumes, const char *description,
                              nifti_1_header *h, struct ot_err *err)
{
    *h = (nifti_1_header){.sizeof_hdr = sizeof *h,
                          .regular = 'r',
                          .vox_offset = VOXEL_OFFSET,
                          .scl_slope = 1.0F,
                          .xyzt_units = NIFTI_UNITS_MM,
                          .magic = "n+1"};
    for (size_t axis = 0; axis < 8; axis++) {
        h->dim[axis] = 1;
        h->pixdim[axis] = 1.0F;
    }
    h->dim[0] = volumes > 1 ? 4 : 3;
    for (size_t axis = 0; axis < 4; axis++) {
        const size_t length = axis < 3 ? grid->n[axis] : volumes;
        if (length > AXIS_MAX) {
            return ot_fail(err, OT_ERR_UNSUPPORTED, "axis %zu of %zu is too long for NIfTI-1", axis,
                           length);
        }
        h->dim[axis + 1] = (short)length;
    }
    (void)ot_text_copy(h->descrip, sizeof h->descrip, description != NULL ? description : "");
    set_forms(grid, h);
    return OT_OK;
}

/* The whole file's bytes, header written, voxels still to come; NULL without memory. */
static unsigned char *make_file(const nifti_1_header *h, size_t voxel_bytes, struct ot_err *err)
{
    unsigned char *file = OT_NEW(unsigned char, VOXEL_OFFSET + voxel_bytes, err);
    if (file != NULL) {
        memcpy(file, h, sizeof *h); /* the four bytes behind it are 0: no extension */
    }
    return file;
}

static enum ot_rc hand_over(const unsigned char *file, size_t size, bool gz, struct ot_buffer *out,
                            struct ot_err *err)
{
    if (gz) {
        return ot_gzip_deflate(file, size, out, err);
    }
    ot_buffer_append(out, file, size);
    return ot_buffer_check(out, err);
}

enum ot_rc ot_nifti_encode(const struct ot_volume *volume, const char *description, bool gz,
                           struct ot_buffer *out, struct ot_err *err)
{
    nifti_1_header h;
    const size_t count = ot_grid_voxel_count(&volume->grid);
    enum ot_rc rc = make_header(&volume->grid, 1, description, &h, err);
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t x = 0; x < count; x++) {
        if (!isfinite(volume->data[x])) {
            return ot_fail(err, OT_ERR_RANGE, "voxel %zu is not finite and is not written", x);
        }
    }
    h.datatype = DT_FLOAT32;
    h.bitpix = 8 * sizeof(float);
    unsigned char *file = make_file(&h, count * sizeof(float), err);
    if (file == NULL) {
        return OT_ERR_NOMEM;
    }
    memcpy(file + VOXEL_OFFSET, volume->data, count * sizeof(float));
    rc = hand_over(file, VOXEL_OFFSET + count * sizeof(float), gz, out, err);
    ot_free(file);
    return rc;
}

static enum ot_rc encode_fractions(const struct ot_volume *volume, unsigned char *to,
                                   struct ot_err *err)
{
    const double tol = 1e-5; /* of single precision sums of overlaps */
    const size_t count = ot_grid_voxel_count(&volume->grid);
    for (size_t x = ot_skip_zeros(volume->data, 0, count); x < count;
         x = ot_skip_next(volume->data, x, count)) {
        const double fraction = (double)volume->data[x];
        if (!(fraction >= -tol && fraction <= 1.0 + tol)) {
            return ot_fail(err, OT_ERR_RANGE, "voxel %zu has fraction %g, it must be 0 to 1", x,
                           fraction);
        }
        /* Most voxels of a VOI are 0, which the file is already. */
        if (fraction > 0.0) {
            to[x] = (unsigned char)lround(fmin(1.0, fraction) * FRACTION_STEPS);
        }
    }
    return OT_OK;
}

enum ot_rc ot_nifti_encode_stack(const struct ot_volume *const *volumes, size_t count,
                                 const char *description, bool gz, struct ot_buffer *out,
                                 struct ot_err *err)
{
    const double same_mm = 1e-3;
    nifti_1_header h;
    if (count == 0) {
        return ot_fail(err, OT_ERR_ARG, "there is no volume to write");
    }
    const size_t voxels = ot_grid_voxel_count(&volumes[0]->grid);
    enum ot_rc rc = make_header(&volumes[0]->grid, count, description, &h, err);
    if (rc != OT_OK) {
        return rc;
    }
    h.datatype = DT_UINT8;
    h.bitpix = 8;
    h.scl_slope = (float)(1.0 / FRACTION_STEPS);
    unsigned char *file = make_file(&h, voxels * count, err);
    if (file == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        if (ot_grid_same(&volumes[0]->grid, &volumes[n]->grid, same_mm)) {
            rc = encode_fractions(volumes[n], file + VOXEL_OFFSET + n * voxels, err);
        } else {
            rc = ot_fail(err, OT_ERR_GEOMETRY, "volume %zu of the stack has another grid", n);
        }
    }
    if (rc == OT_OK) {
        rc = hand_over(file, VOXEL_OFFSET + voxels * count, gz, out, err);
    }
    ot_free(file);
    return rc;
}
