/* segment/op_regions.c - functions that make a VOI of a VOI. */
#include "segment/components.h"
#include "segment/margin.h"
#include "segment/op_call.h"

/* A part that is one only by voxels that it hardly touches may be several things side by side. On
 * failure there is no part either. */
static enum ot_rc note_cores(struct ot_op_call *call, const char *function, struct ot_volume **part,
                             struct ot_err *err)
{
    size_t cores = 0;
    const enum ot_rc rc = ot_component_cores(*part, &cores, err);
    if (rc != OT_OK) {
        ot_volume_destroy(*part);
        *part = NULL;
    }
    if (rc == OT_OK && cores > 1) {
        (void)ot_texts_add(&call->scene->notes,
                           "%s kept what is one part only by voxels filled by less than half: "
                           "without them there are %zu; a finer grid tells them apart (--grid ct)",
                           function, cores);
    }
    return rc;
}

enum ot_rc ot_op_largest(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    struct ot_volume *region = NULL;
    size_t parts = 0;
    enum ot_rc rc = ot_op_need_region(call, 0, &region, err);
    if (rc == OT_OK) {
        rc = ot_component_largest(region, &parts, out, err);
    }
    if (rc == OT_OK && parts > 1) {
        (void)ot_texts_add(&call->scene->notes, "largest() of %zu parts", parts);
    }
    if (rc == OT_OK) {
        rc = note_cores(call, "largest()", out, err);
    }
    ot_volume_destroy(region);
    return rc;
}

enum ot_rc ot_op_part(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    struct ot_volume *region = NULL;
    double point_mm[3];
    enum ot_rc rc = ot_op_need_seed(call, point_mm, err);
    if (rc == OT_OK) {
        rc = ot_op_need_region(call, 0, &region, err);
    }
    if (rc == OT_OK) {
        rc = ot_component_at(region, point_mm, out, err);
    }
    if (rc == OT_OK) {
        rc = note_cores(call, "part()", out, err);
    }
    ot_volume_destroy(region);
    return rc;
}

enum ot_rc ot_op_fill(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    struct ot_volume *region = NULL;
    enum ot_rc rc = ot_op_need_region(call, 0, &region, err);
    if (rc == OT_OK) {
        rc = ot_region_fill(region, out, err);
    }
    ot_volume_destroy(region);
    return rc;
}

enum ot_rc ot_op_smooth(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    struct ot_volume *region = NULL;
    double sigma_mm[3];
    if (call->argument[1]->kind != OT_OP_NUMBER) {
        return ot_fail(err, OT_ERR_ARG, "one length is expected, such as 3 mm: %s",
                       call->signature);
    }
    enum ot_rc rc = ot_op_need_margin(call, 1, sigma_mm, err);
    if (rc == OT_OK) {
        rc = ot_op_need_region(call, 0, &region, err);
    }
    if (rc == OT_OK) {
        rc = ot_region_smooth(region, sigma_mm[0], out, err);
    }
    ot_volume_destroy(region);
    return rc;
}

enum ot_rc ot_op_expand(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    struct ot_volume *region = NULL;
    double margin_mm[3];
    enum ot_rc rc = ot_op_need_margin(call, 1, margin_mm, err);
    if (rc == OT_OK) {
        rc = ot_op_need_region(call, 0, &region, err);
    }
    if (rc == OT_OK) {
        rc = ot_region_expand(region, margin_mm, call->scene->threads, out, err);
    }
    ot_volume_destroy(region);
    return rc;
}

enum ot_rc ot_op_shrink(struct ot_op_call *call, struct ot_volume **out, struct ot_err *err)
{
    struct ot_volume *region = NULL;
    double margin_mm[3];
    enum ot_rc rc = ot_op_need_margin(call, 1, margin_mm, err);
    if (rc == OT_OK) {
        rc = ot_op_need_region(call, 0, &region, err);
    }
    if (rc == OT_OK) {
        rc = ot_region_shrink(region, margin_mm, call->scene->threads, out, err);
    }
    ot_volume_destroy(region);
    return rc;
}
