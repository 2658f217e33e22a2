/* io/nifti_header.c - raw header bytes become a checked description, or a refusal.
 *
 * niftilib never sees bytes that have not passed here: it overruns its stack on a wild dim[0]
 * and quietly repairs what it does not understand. Of it are used the structs, the byte swap and
 * the quaternion mathematics. */
#include "io/nifti_header.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <nifti2_io.h>

#include "io/nifti_form.h"

enum {
    AXES_MAX = 7,
    EXTENDER_BYTES = 4, /* follow the header in a single file */
    UNIT_MASK = 7,      /* xyzt_units: the spatial part */
};

/* Without a unit of length, voxels of other sizes are certainly not meant in mm. */
static const double LEAST_VOXEL_MM = 0.2, MOST_VOXEL_MM = 50.0;

int ot_nifti_version(const void *bytes, size_t size, bool *swap)
{
    int32_t stated = 0;
    if (size < sizeof stated) {
        return 0;
    }
    memcpy(&stated, bytes, sizeof stated);
    *swap = false;
    for (int turn = 0; turn < 2; turn++) {
        if (stated == OT_NIFTI1_BYTES || stated == OT_NIFTI2_BYTES) {
            return stated == OT_NIFTI1_BYTES ? 1 : 2;
        }
        stated = (int32_t)__builtin_bswap32((uint32_t)stated);
        *swap = !*swap;
    }
    return 0;
}

/* The single file's magic begins "n+", the pair's "ni". */
static enum ot_rc read_magic(const char *magic, char digit, bool *pair, struct ot_err *err)
{
    const char single[] = {'n', '+', digit, '\0'};
    const char apart[] = {'n', 'i', digit, '\0'};
    *pair = memcmp(magic, apart, sizeof apart) == 0;
    if (!*pair && memcmp(magic, single, sizeof single) != 0) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "the header has no NIfTI magic; an Analyze file does not state how the "
                       "patient lies, convert it to NIfTI");
    }
    return OT_OK;
}

/* NIfTI-1 fields under NIfTI-2's types; only those that are used. */
static enum ot_rc widen(const nifti_1_header *h, nifti_2_header *wide, struct ot_err *err)
{
    const double largest_offset = 9e15; /* whole numbers are exact below */
    if (!(h->vox_offset >= 0.0F && (double)h->vox_offset <= largest_offset &&
          floorf(h->vox_offset) >= h->vox_offset)) {
        return ot_fail(err, OT_ERR_FORMAT, "vox_offset %g is no possible place of voxels",
                       (double)h->vox_offset);
    }
    wide->datatype = h->datatype;
    wide->bitpix = h->bitpix;
    for (size_t n = 0; n < 8; n++) {
        wide->dim[n] = h->dim[n];
        wide->pixdim[n] = (double)h->pixdim[n];
    }
    wide->vox_offset = (int64_t)h->vox_offset;
    wide->scl_slope = (double)h->scl_slope;
    wide->scl_inter = (double)h->scl_inter;
    wide->qform_code = h->qform_code;
    wide->sform_code = h->sform_code;
    wide->quatern_b = (double)h->quatern_b;
    wide->quatern_c = (double)h->quatern_c;
    wide->quatern_d = (double)h->quatern_d;
    wide->qoffset_x = (double)h->qoffset_x;
    wide->qoffset_y = (double)h->qoffset_y;
    wide->qoffset_z = (double)h->qoffset_z;
    for (size_t n = 0; n < 4; n++) {
        wide->srow_x[n] = (double)h->srow_x[n];
        wide->srow_y[n] = (double)h->srow_y[n];
        wide->srow_z[n] = (double)h->srow_z[n];
    }
    wide->xyzt_units = (unsigned char)h->xyzt_units;
    return OT_OK;
}

static enum ot_rc read_fields(const void *bytes, size_t size, nifti_2_header *h,
                              struct ot_nifti_header *header, struct ot_err *err)
{
    const int version = ot_nifti_version(bytes, size, &header->swap);
    header->header_bytes = version == 2 ? OT_NIFTI2_BYTES : OT_NIFTI1_BYTES;
    if (version == 0 || size < header->header_bytes) {
        return ot_fail(err, OT_ERR_FORMAT, "the NIfTI header is cut off after %zu bytes", size);
    }
    if (version == 2) {
        memcpy(h, bytes, sizeof *h);
        const enum ot_rc rc = read_magic(h->magic, '2', &header->pair, err);
        if (header->swap) {
            nifti_swap_as_nifti2(h);
        }
        return rc;
    }
    nifti_1_header narrow;
    memcpy(&narrow, bytes, sizeof narrow);
    enum ot_rc rc = read_magic(narrow.magic, '1', &header->pair, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (header->swap) {
        nifti_swap_as_nifti1(&narrow);
    }
    return widen(&narrow, h, err);
}

static enum ot_rc read_type(const nifti_2_header *h, struct ot_nifti_header *header,
                            struct ot_err *err)
{
    static const struct {
        int code;
        enum ot_scalar type;
    } types[] = {
        {DT_UINT8, OT_SCALAR_U8},    {DT_INT8, OT_SCALAR_I8},    {DT_UINT16, OT_SCALAR_U16},
        {DT_INT16, OT_SCALAR_I16},   {DT_UINT32, OT_SCALAR_U32}, {DT_INT32, OT_SCALAR_I32},
        {DT_UINT64, OT_SCALAR_U64},  {DT_INT64, OT_SCALAR_I64},  {DT_FLOAT32, OT_SCALAR_F32},
        {DT_FLOAT64, OT_SCALAR_F64},
    };
    for (size_t n = 0; n < sizeof types / sizeof types[0]; n++) {
        if (types[n].code != h->datatype) {
            continue;
        }
        header->type = types[n].type;
        if ((size_t)h->bitpix != 8 * ot_scalar_size(header->type)) {
            return ot_fail(err, OT_ERR_FORMAT, "datatype %d does not have %d bits", h->datatype,
                           h->bitpix);
        }
        return OT_OK;
    }
    return ot_fail(err, OT_ERR_UNSUPPORTED, "datatype %d is no real number type", h->datatype);
}

static enum ot_rc read_sizes(const nifti_2_header *h, struct ot_nifti_header *header, size_t n[3],
                             struct ot_err *err)
{
    if (h->dim[0] < 1 || h->dim[0] > AXES_MAX) {
        return ot_fail(err, OT_ERR_FORMAT, "dim[0] is %lld, it must be 1 to 7",
                       (long long)h->dim[0]);
    }
    if (h->dim[0] < 3) {
        return ot_fail(err, OT_ERR_UNSUPPORTED, "has %lld axes, a volume has 3",
                       (long long)h->dim[0]);
    }
    header->voxel_bytes = ot_scalar_size(header->type);
    header->volumes = 1;
    for (int64_t axis = 1; axis <= h->dim[0]; axis++) {
        const int64_t length = h->dim[axis];
        if (length < 1) {
            return ot_fail(err, OT_ERR_FORMAT, "dim[%d] is %lld", (int)axis, (long long)length);
        }
        if (axis <= 3) {
            n[axis - 1] = (size_t)length;
        } else {
            header->volumes *= (size_t)length; /* a factor of voxel_bytes: checked below */
        }
        if (__builtin_mul_overflow(header->voxel_bytes, (size_t)length, &header->voxel_bytes)) {
            return ot_fail(err, OT_ERR_FORMAT, "dim %lld x %lld x %lld is an impossible size",
                           (long long)h->dim[1], (long long)h->dim[2], (long long)h->dim[3]);
        }
        header->volume_bytes = axis <= 3 ? header->voxel_bytes : header->volume_bytes;
    }
    return OT_OK;
}

static enum ot_rc read_offset(const nifti_2_header *h, struct ot_nifti_header *header,
                              struct ot_err *err)
{
    const int64_t least = header->pair ? 0 : (int64_t)(header->header_bytes + EXTENDER_BYTES);
    if (h->vox_offset < least || h->vox_offset > INT64_MAX / 2 ||
        header->voxel_bytes > (size_t)INT64_MAX / 2) {
        return ot_fail(err, OT_ERR_FORMAT, "vox_offset %lld is no possible place of voxels",
                       (long long)h->vox_offset);
    }
    header->voxel_offset = (size_t)h->vox_offset;
    return OT_OK;
}

static enum ot_rc read_scaling(const nifti_2_header *h, struct ot_nifti_header *header,
                               struct ot_texts *notes, struct ot_err *err)
{
    header->slope = 1.0;
    header->intercept = 0.0;
    if (!isfinite(h->scl_slope) || !isfinite(h->scl_inter)) {
        return ot_fail(err, OT_ERR_FORMAT, "scl_slope %g and scl_inter %g are not finite",
                       h->scl_slope, h->scl_inter);
    }
    if (h->scl_slope < 0.0) {
        return ot_fail(err, OT_ERR_UNSUPPORTED, "scl_slope %g is negative", h->scl_slope);
    }
    if (h->scl_slope > 0.0) {
        header->slope = h->scl_slope;
        header->intercept = h->scl_inter;
    } else {
        (void)ot_texts_add(notes, "scl_slope is 0: values are taken as they are stored");
    }
    return OT_OK;
}

static enum ot_rc read_unit(const nifti_2_header *h, double *mm, bool *assumed, struct ot_err *err)
{
    static const double mm_per_unit[] = {[NIFTI_UNITS_UNKNOWN] = 1.0,
                                         [NIFTI_UNITS_METER] = 1000.0,
                                         [NIFTI_UNITS_MM] = 1.0,
                                         [NIFTI_UNITS_MICRON] = 1e-3};
    const size_t unit = (size_t)(h->xyzt_units & UNIT_MASK);
    if (unit >= sizeof mm_per_unit / sizeof mm_per_unit[0]) {
        return ot_fail(err, OT_ERR_FORMAT, "xyzt_units %d is no known unit of length",
                       h->xyzt_units);
    }
    *mm = mm_per_unit[unit];
    if (unit == NIFTI_UNITS_UNKNOWN) {
        for (size_t axis = 1; axis <= 3; axis++) {
            const double size = fabs(h->pixdim[axis]);
            if (!(size >= LEAST_VOXEL_MM && size <= MOST_VOXEL_MM)) {
                return ot_fail(err, OT_ERR_GEOMETRY,
                               "the header states no unit of length, and a voxel of %g is none of "
                               "millimetres; set xyzt_units",
                               size);
            }
        }
        *assumed = true;
    }
    return OT_OK;
}

static enum ot_rc read_grid(const nifti_2_header *h, const size_t n[3],
                            struct ot_nifti_header *header, struct ot_err *err)
{
    struct ot_nifti_form form = {.origin = {0.0}};
    double mm = 1.0;
    enum ot_rc rc = read_unit(h, &mm, &header->length_unit_assumed, err);
    if (rc == OT_OK) {
        rc = ot_nifti_form_choose(h, n, mm, &form, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t r = 0; r < 3; r++) {
        const double to_lps = r < 2 ? -mm : mm; /* RAS: x and y point the other way */
        for (size_t c = 0; c < 3; c++) {
            form.matrix[r][c] *= to_lps;
        }
        form.origin[r] *= to_lps;
    }
    return ot_raster_grid(n, (const double(*)[3])form.matrix, form.origin, &header->grid,
                          &header->slices_reversed, err);
}

enum ot_rc ot_nifti_header_parse(const void *bytes, size_t size, struct ot_nifti_header *header,
                                 struct ot_texts *notes, struct ot_err *err)
{
    nifti_2_header h = {0};
    size_t n[3] = {0};
    *header = (struct ot_nifti_header){.pair = false};
    enum ot_rc rc = read_fields(bytes, size, &h, header, err);
    if (rc == OT_OK) {
        rc = read_type(&h, header, err);
    }
    if (rc == OT_OK) {
        rc = read_sizes(&h, header, n, err);
    }
    if (rc == OT_OK) {
        rc = read_offset(&h, header, err);
    }
    if (rc == OT_OK) {
        rc = read_scaling(&h, header, notes, err);
    }
    return rc == OT_OK ? read_grid(&h, n, header, err) : rc;
}
