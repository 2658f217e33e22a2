/* io/raster.c - stored voxels become rows of doubles, volumes and masks. */
#include "io/raster.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "io/saturation.h"

size_t ot_scalar_size(enum ot_scalar type)
{
    static const size_t size[] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8};
    return size[type];
}

/* The length of column c. */
static double norm(const double (*matrix)[3], size_t c)
{
    return sqrt(matrix[0][c] * matrix[0][c] + matrix[1][c] * matrix[1][c] +
                matrix[2][c] * matrix[2][c]);
}

static double determinant(const double (*m)[3])
{
    return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
           m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
           m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

enum ot_rc ot_raster_grid(const size_t n[3], const double (*matrix)[3], const double origin_mm[3],
                          struct ot_grid *grid, bool *slices_reversed, struct ot_err *err)
{
    *grid = (struct ot_grid){.n = {n[0], n[1], n[2]}};
    *slices_reversed = determinant(matrix) < 0.0;
    for (size_t c = 0; c < 3; c++) {
        grid->spacing_mm[c] = norm(matrix, c);
        if (!(grid->spacing_mm[c] > 0.0)) {
            return ot_fail(err, OT_ERR_GEOMETRY, "axis %zu has spacing %g mm", c,
                           grid->spacing_mm[c]);
        }
    }
    for (size_t r = 0; r < 3; r++) {
        for (size_t c = 0; c < 3; c++) {
            grid->dir[r][c] = matrix[r][c] / grid->spacing_mm[c];
        }
        grid->origin_mm[r] = origin_mm[r];
        if (*slices_reversed) {
            grid->origin_mm[r] += matrix[r][2] * ((double)n[2] - 1.0);
            grid->dir[r][2] = -grid->dir[r][2];
        }
    }
    enum ot_rc rc = ot_grid_validate(grid, err);
    if (rc != OT_OK) {
        ot_err_context(err, "impossible or sheared geometry");
    }
    return rc;
}

/* In place, `size` bytes each. */
static void swap_value(unsigned char *value, size_t size)
{
    for (size_t n = 0; n < size / 2; n++) {
        const unsigned char byte = value[n];
        value[n] = value[size - 1 - n];
        value[size - 1 - n] = byte;
    }
}

/* Values `stride` bytes apart, through a copy, since a file's bytes are not aligned. */
#define DEFINE_DECODE(name, type) \
    static void name(const unsigned char *from, size_t stride, bool swap, size_t count, \
                     double *to) \
    { \
        for (size_t n = 0; n < count; n++) { \
            unsigned char raw[sizeof(type)]; \
            type value; \
            memcpy(raw, from + n * stride, sizeof raw); \
            if (swap) { \
                swap_value(raw, sizeof raw); \
            } \
            memcpy(&value, raw, sizeof value); \
            to[n] = (double)value; \
        } \
    }

DEFINE_DECODE(decode_u8, uint8_t)
DEFINE_DECODE(decode_i8, int8_t)
DEFINE_DECODE(decode_u16, uint16_t)
DEFINE_DECODE(decode_i16, int16_t)
DEFINE_DECODE(decode_u32, uint32_t)
DEFINE_DECODE(decode_i32, int32_t)
DEFINE_DECODE(decode_u64, uint64_t)
DEFINE_DECODE(decode_i64, int64_t)
DEFINE_DECODE(decode_f32, float)
DEFINE_DECODE(decode_f64, double)

typedef void decode_fn(const unsigned char *from, size_t stride, bool swap, size_t count,
                       double *to);

static decode_fn *const decoders[] = {
    [OT_SCALAR_U8] = decode_u8,   [OT_SCALAR_I8] = decode_i8,   [OT_SCALAR_U16] = decode_u16,
    [OT_SCALAR_I16] = decode_i16, [OT_SCALAR_U32] = decode_u32, [OT_SCALAR_I32] = decode_i32,
    [OT_SCALAR_U64] = decode_u64, [OT_SCALAR_I64] = decode_i64, [OT_SCALAR_F32] = decode_f32,
    [OT_SCALAR_F64] = decode_f64,
};

void ot_raster_row(const struct ot_raster *raster, size_t component, size_t j, size_t k,
                   double *row)
{
    const size_t *n = raster->grid.n;
    const size_t stored_k = raster->slices_reversed ? n[2] - 1 - k : k;
    const size_t size = ot_scalar_size(raster->type);
    const size_t stride = size * raster->components;
    decoders[raster->type](raster->bytes + n[0] * (j + n[1] * stored_k) * stride + component * size,
                           stride, raster->swap, n[0], row);
    if (raster->slope < 1.0 || raster->slope > 1.0 || raster->intercept < 0.0 ||
        raster->intercept > 0.0) {
        for (size_t i = 0; i < n[0]; i++) {
            row[i] = row[i] * raster->slope + raster->intercept;
        }
    }
}

size_t ot_raster_saturated(const struct ot_raster *raster)
{
    enum { RUN = 1024 };
    struct ot_peak peak = {.most = -INFINITY};
    const size_t size = ot_scalar_size(raster->type);
    const size_t count = ot_grid_voxel_count(&raster->grid);
    double stored[RUN];
    if ((raster->type != OT_SCALAR_U16 && raster->type != OT_SCALAR_I16) ||
        raster->components != 1) {
        return 0;
    }
    for (size_t first = 0; first < count; first += RUN) {
        const size_t run = count - first < RUN ? count - first : RUN;
        decoders[raster->type](raster->bytes + first * size, size, raster->swap, run, stored);
        ot_peak_add(&peak, stored, run);
    }
    return ot_peak_saturated(&peak, 8 * size, raster->type == OT_SCALAR_I16);
}

/* Voxels that no float can hold. */
struct bad_voxels {
    size_t count;
    size_t first[3];
};

static void narrow_row(const double *row, size_t j, size_t k, size_t count, float *to,
                       struct bad_voxels *bad)
{
    for (size_t i = 0; i < count; i++) {
        if (fabs(row[i]) <= (double)FLT_MAX) { /* false for NaN */
            to[i] = (float)row[i];
            continue;
        }
        if (bad->count == 0) {
            bad->first[0] = i;
            bad->first[1] = j;
            bad->first[2] = k;
        }
        bad->count++;
    }
}

enum ot_rc ot_raster_volume(const struct ot_raster *raster, enum ot_unit unit,
                            struct ot_volume **out, struct ot_err *err)
{
    const size_t *n = raster->grid.n;
    struct ot_volume *volume = NULL;
    struct bad_voxels bad = {0};
    *out = NULL;
    if (raster->components != 1) {
        return ot_fail(err, OT_ERR_UNSUPPORTED, "holds %zu values per voxel, an image has one",
                       raster->components);
    }
    double *row = OT_NEW(double, n[0], err);
    enum ot_rc rc =
        row != NULL ? ot_volume_create(&raster->grid, unit, &volume, err) : OT_ERR_NOMEM;
    for (size_t k = 0; rc == OT_OK && k < n[2]; k++) {
        for (size_t j = 0; j < n[1]; j++) {
            ot_raster_row(raster, 0, j, k, row);
            narrow_row(row, j, k, n[0], volume->data + n[0] * (j + n[1] * k), &bad);
        }
    }
    if (rc == OT_OK && bad.count > 0) {
        rc = ot_fail(err, OT_ERR_RANGE,
                     "%zu voxels are not finite, the first one at index (%zu, %zu, %zu)", bad.count,
                     bad.first[0], bad.first[1], bad.first[2]);
    }
    ot_free(row);
    if (rc != OT_OK) {
        ot_volume_destroy(volume);
        return rc;
    }
    *out = volume;
    return OT_OK;
}
