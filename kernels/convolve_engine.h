/* kernels/convolve_engine.h - what ot_convolve() asks of its engines. */
#ifndef OT_KERNELS_CONVOLVE_ENGINE_H
#define OT_KERNELS_CONVOLVE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "kernels/versions.h"
#include "kernels/voxel_s.h"

/* The voxels of a source row that are not 0: lo <= i < hi; lo = hi: none. */
struct ot_row_extent {
    size_t lo, hi;
};

/* The box of nonzero source voxels, inside a larger grid. */
struct ot_convolve_job {
    const struct ot_voxel_s *kernel;
    const float *source; /* the box's first voxel */
    size_t n[3];
    size_t row_stride, plane_stride;    /* in voxels of the source's grid */
    const struct ot_row_extent *extent; /* of row j of plane k: j + n[1] k; relative to the box */
    float *value;                       /* n + 2 radius, i fastest; unset at entry */
    size_t out_n[3];
    int threads;
    bool nonnegative; /* no source voxel is negative */
};

/* Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_convolve_direct(const struct ot_convolve_job *job, struct ot_err *err);
/* Errors: OT_ERR_NOMEM, OT_ERR_EXTERNAL. */
OT_MUST_CHECK enum ot_rc ot_convolve_fft(const struct ot_convolve_job *job, struct ot_err *err);

/* Bytes that an engine allocates besides source and value; expected seconds on one thread. */
double ot_convolve_direct_bytes(const struct ot_convolve_job *job);
double ot_convolve_fft_bytes(const struct ot_convolve_job *job);
double ot_convolve_direct_cost(const struct ot_convolve_job *job);
double ot_convolve_fft_cost(const struct ot_convolve_job *job);

#endif /* OT_KERNELS_CONVOLVE_ENGINE_H */
