/* kernels/convolve.h - spreads a source volume with voxel S fractions.
 *
 *     value[x] = sum over offsets d of f(d) * source[x - d]
 * The sum reaches as far beyond the source's nonzero voxels as the kernel does, also beyond the
 * source's grid: what leaves the grid is kept, so that it can be counted.
 */
#ifndef OT_KERNELS_CONVOLVE_H
#define OT_KERNELS_CONVOLVE_H

#include <stddef.h>

#include "core/err.h"
#include "core/volume.h"
#include "kernels/voxel_s.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ot_convolution {
    OT_CONVOLUTION_AUTO = 0, /* whichever is expected to be faster */
    OT_CONVOLUTION_DIRECT,   /* symmetric sum over rows that hold activity */
    OT_CONVOLUTION_FFT,      /* padded planes are transformed, a sum along k */
};

/* "auto", "direct", "fft"; static, never NULL. */
const char *ot_convolution_name(enum ot_convolution how);

/* A box of values on the source's lattice. */
struct ot_spread {
    size_t n[3];        /* voxels of the box; all 0 where the source is 0 everywhere */
    ptrdiff_t first[3]; /* source-grid index of the box's voxel (0,0,0); may be negative */
    float *value;       /* owned; i fastest */
    enum ot_convolution used;
};

/* source  any unit; its spacing is the kernel's (to 1e-5). Negative voxels are spread like
 *         others. kernel: as made by ot_voxel_s_create().
 * out     owned by the caller (ot_spread_destroy), in the source's unit; NULL on failure. The box
 *         is the bounding box of the nonzero voxels, grown by kernel->radius.
 * Accuracy: against the plain sum in double, 1e-6 of the maximum (direct about 1.5e-7); with
 *         negative source voxels, of the maximum that their magnitudes would give. Without
 *         negative source voxels no value is negative.
 * Memory: besides source and result both engines need a few planes for each thread.
 * Errors: OT_ERR_GEOMETRY (spacing), OT_ERR_RANGE (a source voxel is not finite),
 * OT_ERR_UNSUPPORTED (more than this machine's memory is needed), OT_ERR_NOMEM, OT_ERR_EXTERNAL
 * (FFTW has no plan). Threads: bits are equal for any number. */
OT_MUST_CHECK enum ot_rc ot_convolve(const struct ot_volume *source,
                                     const struct ot_voxel_s *kernel, enum ot_convolution how,
                                     int threads, struct ot_spread **out, struct ot_err *err);
void ot_spread_destroy(struct ot_spread *spread); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_CONVOLVE_H */
