/* segment/op_eval.h - what one step of `tare segment` makes of images and VOIs.
 *
 * A VOI is a fraction per voxel of the scene's grid. a & b: the smaller one; a - b:
 * max(0, f_a - f_b), so that the volumes of a - b and a & b add up to that of a. a | b: the sum, at
 * most 1, of VOIs that lie side by side (f_a + f_b <= 1 in every voxel); the greater one of VOIs
 * that overlap, so that a VOI and itself, or one that holds it, give the larger. A note tells
 * both volumes where they differ by over 0.1 %. Thin VOIs that leave each other room, and of which
 * one has the lesser fraction everywhere, are refused unless the expression says that the other
 * holds it (A | (A & B)).
 * Functions of images look at the image's own voxels and bring what they find to the
 * scene's grid by exact overlap.
 */
#ifndef OT_SEGMENT_OP_EVAL_H
#define OT_SEGMENT_OP_EVAL_H

#include <stddef.h>

#include "core/err.h"
#include "core/text.h"
#include "core/voi.h"
#include "core/volume.h"
#include "segment/lungs.h"
#include "segment/op.h"

enum { OT_OP_IMAGES = 3 };

struct ot_op_image {
    const char *name; /* "spect", "pet", "ct" */
    const struct ot_volume *volume;
};

/* What a step can name. All but `lungs` and `notes` is borrowed. */
struct ot_op_scene {
    const struct ot_grid *grid;
    struct ot_op_image image[OT_OP_IMAGES];
    size_t image_count;
    const struct ot_voi *voi; /* on the grid */
    size_t voi_count;
    int threads;
    struct ot_lungs lungs; /* made when they are first asked for */
    struct ot_texts notes; /* what a step found: a threshold, airways */
};

void ot_op_scene_release(struct ot_op_scene *scene);

/* fraction: on the scene's grid, owned by the caller; NULL on failure.
 * Errors: OT_ERR_ARG (unknown or ambiguous name, function, argument, unit), and those of the
 * functions, all "column N: ..."; OT_ERR_GEOMETRY (a | b of thin VOIs); OT_ERR_RANGE (nothing is
 * left). */
OT_MUST_CHECK enum ot_rc ot_op_evaluate(const struct ot_op *op, struct ot_op_scene *scene,
                                        struct ot_volume **fraction, struct ot_err *err);

/* "threshold(IMAGE, LEVEL [, in=VOI])", ... for the n-th function; NULL after the last. */
const char *ot_op_signature(size_t n);

#endif /* OT_SEGMENT_OP_EVAL_H */
