/* segment/op_call.h - what the functions of the language share: arguments and the way to the
 * scene's grid. Internal to segment/op_*.c. */
#ifndef OT_SEGMENT_OP_CALL_H
#define OT_SEGMENT_OP_CALL_H

#include "segment/op_eval.h"

enum { OT_OP_ARGUMENTS = 4 };

/* One call on its way. */
struct ot_op_call {
    struct ot_op_scene *scene;
    const struct ot_op_node *node;
    const char *signature;
    const struct ot_op_node *argument[OT_OP_ARGUMENTS]; /* those without a key */
    size_t count;
};

/* An expression as a fraction on the scene's grid; owned by the caller. */
OT_MUST_CHECK enum ot_rc ot_op_region(struct ot_op_scene *scene, const struct ot_op_node *node,
                                      struct ot_volume **out, struct ot_err *err);

/* `a` becomes a | b, the operands of `node`; the rule is in the file. Errors: OT_ERR_GEOMETRY (thin
 * VOIs, of which one may hold the other, or not). */
OT_MUST_CHECK enum ot_rc ot_op_unite(struct ot_op_scene *scene, const struct ot_op_node *node,
                                     struct ot_volume *a, const struct ot_volume *b,
                                     struct ot_err *err);

/* The argument with that key; NULL without. */
const struct ot_op_node *ot_op_keyed(const struct ot_op_call *call, const char *key);

/* Errors of all: OT_ERR_ARG with the signature. */
OT_MUST_CHECK enum ot_rc ot_op_need_image(const struct ot_op_call *call, size_t n,
                                          const struct ot_volume **image, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_op_need_ct(const struct ot_op_call *call,
                                       const struct ot_volume **image, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_op_need_region(const struct ot_op_call *call, size_t n,
                                           struct ot_volume **out, struct ot_err *err);
/* seed=(x, y, z). */
OT_MUST_CHECK enum ot_rc ot_op_need_seed(const struct ot_op_call *call, double point_mm[3],
                                         struct ot_err *err);
/* A length of 0 or more, or three along the patient's axes; along the grid's axes on return. */
OT_MUST_CHECK enum ot_rc ot_op_need_margin(const struct ot_op_call *call, size_t n,
                                           double margin_mm[3], struct ot_err *err);

/* The VOI of a function's in= (or another key). */
struct ot_op_within {
    struct ot_volume *here;  /* owned; on the image's grid; NULL where none is given */
    struct ot_volume *scene; /* owned; on the scene's grid; NULL where that is the image's */
};

/* `within` can be released on failure too. */
OT_MUST_CHECK enum ot_rc ot_op_within_init(const struct ot_op_call *call, const char *key,
                                           const struct ot_volume *image,
                                           struct ot_op_within *within, struct ot_err *err);
void ot_op_within_release(struct ot_op_within *within);

/* `marks` (destroyed) on the scene's grid. */
OT_MUST_CHECK enum ot_rc ot_op_to_scene(struct ot_op_scene *scene, struct ot_volume *marks,
                                        struct ot_volume **out, struct ot_err *err);

/* The same for what was found in an image within the VOI of in=, of which it becomes a part. */
OT_MUST_CHECK enum ot_rc ot_op_found(struct ot_op_scene *scene, const struct ot_op_within *within,
                                     struct ot_volume *marks, struct ot_volume **out,
                                     struct ot_err *err);

/* Functions of images: segment/op_images.c. */
enum ot_rc ot_op_threshold(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_below(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_between(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_adaptive(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_otsu(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_grow(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_gradient(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_body(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_lungs(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_left_lung(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_right_lung(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
/* Functions of VOIs: segment/op_regions.c. */
enum ot_rc ot_op_largest(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_part(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_fill(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_smooth(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_expand(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);
enum ot_rc ot_op_shrink(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err);

#endif /* OT_SEGMENT_OP_CALL_H */
