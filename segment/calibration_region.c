/* segment/calibration_region.c - weights of voxels in the sum of counts over a region. */
#include "segment/calibration_region.h"

#include <string.h>

#include "core/text.h"
#include "segment/margin.h"
#include "segment/voi_algebra.h"

static const double MARGIN_MOST_MM = 200.0;

enum kind { FOV, BODY, LIVER, LIVER_AND_LUNGS, LIVER_AND_MARGIN, PERFUSED };

struct choice {
    enum kind kind;
    double margin_mm;
    const struct ot_voi *voi; /* the perfused VOI; NULL: all of them */
};

static bool has_role(const struct ot_voi *vois, size_t count, enum ot_role role)
{
    for (size_t n = 0; n < count; n++) {
        if (vois[n].role == role) {
            return true;
        }
    }
    return false;
}

static enum ot_rc need_role(const char *region, const struct ot_voi *vois, size_t count,
                            enum ot_role role, struct ot_err *err)
{
    if (!has_role(vois, count, role)) {
        return ot_fail(err, OT_ERR_ARG, "the calibration region '%s' needs a %s VOI", region,
                       ot_role_name(role));
    }
    return OT_OK;
}

static enum ot_rc choose_margin(const char *region, struct choice *choice, struct ot_err *err)
{
    choice->kind = LIVER_AND_MARGIN;
    if (!ot_text_to_double(region + strlen("liver+"), &choice->margin_mm) ||
        !(choice->margin_mm >= 0.0 && choice->margin_mm <= MARGIN_MOST_MM)) {
        return ot_fail(err, OT_ERR_ARG,
                       "the calibration region '%s' is not liver+lungs or liver+MM with 0 to %g mm",
                       region, MARGIN_MOST_MM);
    }
    return OT_OK;
}

static enum ot_rc choose_voi(const char *region, const struct ot_voi *vois, size_t count,
                             struct choice *choice, struct ot_err *err)
{
    choice->kind = PERFUSED;
    for (size_t n = 0; n < count; n++) {
        if (strcmp(vois[n].name, region) == 0) {
            choice->voi = &vois[n];
        }
    }
    if (choice->voi == NULL && strcmp(region, ot_role_name(OT_ROLE_PERFUSED)) == 0) {
        return need_role(region, vois, count, OT_ROLE_PERFUSED, err);
    }
    enum ot_role role = choice->voi != NULL ? choice->voi->role : OT_ROLE_COUNT;
    if (choice->voi == NULL && !ot_role_from_name(region, &role)) {
        return ot_fail(err, OT_ERR_ARG,
                       "the calibration region '%s' is neither fov, body, liver, liver+lungs, "
                       "liver+MM nor the name of a perfused VOI",
                       region);
    }
    if (role != OT_ROLE_PERFUSED) {
        return ot_fail(err, OT_ERR_ARG,
                       "the calibration region '%s' is a %s VOI; choose fov, body, liver, "
                       "liver+lungs, liver+MM or a perfused VOI",
                       region, ot_role_name(role));
    }
    return OT_OK;
}

static enum ot_rc choose(const char *region, const struct ot_voi *vois, size_t count,
                         struct choice *choice, struct ot_err *err)
{
    static const struct {
        const char *name;
        enum kind kind;
        enum ot_role needs[2];
        size_t need_count;
    } fixed[] = {
        {"fov", FOV, {OT_ROLE_BODY, OT_ROLE_BODY}, 0},
        {"body", BODY, {OT_ROLE_BODY, OT_ROLE_BODY}, 1},
        {"liver", LIVER, {OT_ROLE_LIVER, OT_ROLE_LIVER}, 1},
        {"liver+lungs", LIVER_AND_LUNGS, {OT_ROLE_LIVER, OT_ROLE_LUNGS}, 2},
    };
    for (size_t n = 0; n < sizeof fixed / sizeof fixed[0]; n++) {
        if (strcmp(region, fixed[n].name) == 0) {
            enum ot_rc rc = OT_OK;
            choice->kind = fixed[n].kind;
            for (size_t t = 0; rc == OT_OK && t < fixed[n].need_count; t++) {
                rc = need_role(region, vois, count, fixed[n].needs[t], err);
            }
            return rc;
        }
    }
    if (strncmp(region, "liver+", strlen("liver+")) == 0) {
        const enum ot_rc rc = choose_margin(region, choice, err);
        return rc == OT_OK ? need_role(region, vois, count, OT_ROLE_LIVER, err) : rc;
    }
    return choose_voi(region, vois, count, choice, err);
}

/* weights = max(0, weights - union of the role). */
static enum ot_rc take_away(const struct ot_voi *vois, size_t count, enum ot_role role,
                            struct ot_volume *weights, struct ot_err *err)
{
    struct ot_volume *less = NULL;
    if (!has_role(vois, count, role)) {
        return OT_OK;
    }
    const enum ot_rc rc = ot_vois_union(vois, count, role, &weights->grid, &less, err);
    if (rc == OT_OK) {
        const size_t voxels = ot_grid_voxel_count(&weights->grid);
        for (size_t x = 0; x < voxels; x++) {
            const float left = weights->data[x] - less->data[x];
            weights->data[x] = left > 0.0F ? left : 0.0F;
        }
    }
    ot_volume_destroy(less);
    return rc;
}

/* weights = min(1, weights + union of the role). */
static enum ot_rc put_in(const struct ot_voi *vois, size_t count, enum ot_role role,
                         struct ot_volume *weights, struct ot_err *err)
{
    struct ot_volume *more = NULL;
    const enum ot_rc rc = ot_vois_union(vois, count, role, &weights->grid, &more, err);
    if (rc == OT_OK) {
        const size_t voxels = ot_grid_voxel_count(&weights->grid);
        for (size_t x = 0; x < voxels; x++) {
            const float sum = weights->data[x] + more->data[x];
            weights->data[x] = sum < 1.0F ? sum : 1.0F;
        }
    }
    ot_volume_destroy(more);
    return rc;
}

static enum ot_rc fill(const struct choice *choice, const struct ot_voi *vois, size_t count,
                       struct ot_volume *weights, struct ot_err *err)
{
    struct ot_volume *liver = NULL;
    enum ot_rc rc = OT_OK;
    switch (choice->kind) {
    case FOV: {
        const size_t voxels = ot_grid_voxel_count(&weights->grid);
        for (size_t x = 0; x < voxels; x++) {
            weights->data[x] = 1.0F;
        }
        return OT_OK;
    }
    case BODY:
        return put_in(vois, count, OT_ROLE_BODY, weights, err);
    case LIVER:
        return put_in(vois, count, OT_ROLE_LIVER, weights, err);
    case LIVER_AND_LUNGS:
        rc = put_in(vois, count, OT_ROLE_LIVER, weights, err);
        return rc == OT_OK ? put_in(vois, count, OT_ROLE_LUNGS, weights, err) : rc;
    case LIVER_AND_MARGIN:
        rc = ot_vois_union(vois, count, OT_ROLE_LIVER, &weights->grid, &liver, err);
        if (rc == OT_OK) {
            rc = ot_margin_mark(liver, choice->margin_mm, weights, err);
        }
        ot_volume_destroy(liver);
        return rc == OT_OK ? take_away(vois, count, OT_ROLE_LUNGS, weights, err) : rc;
    case PERFUSED:
        break;
    }
    return choice->voi != NULL ? put_in(choice->voi, 1, OT_ROLE_PERFUSED, weights, err)
                               : put_in(vois, count, OT_ROLE_PERFUSED, weights, err);
}

enum ot_rc ot_region_weights(const char *region, const struct ot_voi *vois, size_t count,
                             const struct ot_grid *grid, struct ot_volume **weights,
                             bool *holds_lungs, struct ot_err *err)
{
    struct choice choice = {.kind = FOV};
    struct ot_volume *made = NULL;
    *weights = NULL;
    enum ot_rc rc = choose(region, vois, count, &choice, err);
    if (rc != OT_OK) {
        return rc;
    }
    *holds_lungs = choice.kind == FOV || choice.kind == BODY || choice.kind == LIVER_AND_LUNGS;
    rc = ot_volume_create(grid, OT_UNIT_NONE, &made, err);
    if (rc == OT_OK) {
        rc = fill(&choice, vois, count, made, err);
    }
    if (rc == OT_OK) {
        rc = take_away(vois, count, OT_ROLE_EXCLUDE, made, err);
    }
    if (rc == OT_OK) {
        *weights = made;
        made = NULL;
    }
    ot_volume_destroy(made);
    return rc;
}
