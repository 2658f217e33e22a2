/* segment/consistency.c - VOIs against each other and against adults' sizes. */
#include "segment/consistency.h"

#include <math.h>

#include "segment/voi_algebra.h"

static const double OUTSIDE_WARN_PERCENT = 1.0;
static const double OUTSIDE_MOST_PERCENT = 20.0;
static const double TERRITORY_DOUBT_PERCENT = 10.0;
static const double SMALL_VOXELS = 27.0;
static const double SMALL_DIAMETER_MM = 20.0;
static const double MM3_PER_ML = 1000.0;
static const double PI = 3.14159265358979323846;

bool ot_voi_expected_ml(enum ot_role role, double *least_ml, double *most_ml)
{
    static const double liver_ml[] = {600.0, 5000.0};
    static const double lungs_ml[] = {1000.0, 9000.0};
    const double *range = role == OT_ROLE_LIVER ? liver_ml : lungs_ml;
    *least_ml = range[0];
    *most_ml = range[1];
    return role == OT_ROLE_LIVER || role == OT_ROLE_LUNGS;
}

static const struct ot_voi *liver_of(const struct ot_voi *vois, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        if (vois[n].role == OT_ROLE_LIVER) {
            return &vois[n];
        }
    }
    return NULL;
}

/* `percent` of one VOI where it should not be. */
static enum ot_rc judge_percent(double percent, const char *what, const char *where,
                                struct ot_texts *warnings, struct ot_err *err)
{
    if (percent > OUTSIDE_MOST_PERCENT) {
        return ot_fail(err, OT_ERR_RANGE,
                       "VOI %s: %.0f %% of it lies %s, over %g %%: these VOIs do not belong "
                       "together, correct one of them",
                       what, percent, where, OUTSIDE_MOST_PERCENT);
    }
    if (percent > OUTSIDE_WARN_PERCENT) {
        (void)ot_texts_add(warnings, "VOI %s: %.1f %% of it lies %s", what, percent, where);
    }
    return OT_OK;
}

static enum ot_rc check_tumors(const struct ot_voi *vois, size_t count, struct ot_texts *warnings,
                               struct ot_err *err)
{
    const struct ot_voi *liver = liver_of(vois, count);
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; liver != NULL && rc == OT_OK && n < count; n++) {
        double inside = 0.0;
        if (vois[n].role == OT_ROLE_TUMOR && !vois[n].is_union) {
            rc = ot_voi_overlap_percent(vois[n].fraction, liver->fraction, &inside, err);
            if (rc == OT_OK) {
                rc =
                    judge_percent(100.0 - inside, vois[n].name, "outside the liver", warnings, err);
            }
        }
    }
    return rc;
}

/* A territory's volume decides the activity. What of it is no liver is said: a level in an image
 * takes whole voxels at the liver's border, and contours of two sources differ. */
static enum ot_rc check_territories(const struct ot_voi *vois, size_t count,
                                    struct ot_texts *warnings, struct ot_err *err)
{
    const struct ot_voi *liver = liver_of(vois, count);
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; liver != NULL && rc == OT_OK && n < count; n++) {
        double inside = 0.0;
        if (vois[n].role != OT_ROLE_PERFUSED || vois[n].is_union) {
            continue;
        }
        rc = ot_voi_overlap_percent(vois[n].fraction, liver->fraction, &inside, err);
        if (rc == OT_OK && 100.0 - inside > OUTSIDE_WARN_PERCENT) {
            (void)ot_texts_add(warnings,
                               "VOI %s: %.1f %% of the territory lies outside the liver and "
                               "counts in its volume%s",
                               vois[n].name, 100.0 - inside,
                               100.0 - inside > TERRITORY_DOUBT_PERCENT
                                   ? "; its doses and the limits read from it are doubtful"
                                   : "");
        }
    }
    return rc;
}

static enum ot_rc check_lungs(const struct ot_voi *vois, size_t count, struct ot_texts *warnings,
                              struct ot_err *err)
{
    const struct ot_voi *liver = liver_of(vois, count);
    struct ot_volume *lungs = NULL;
    double inside = 0.0;
    if (liver == NULL) {
        return OT_OK;
    }
    enum ot_rc rc = ot_vois_union(vois, count, OT_ROLE_LUNGS, &liver->fraction->grid, &lungs, err);
    if (rc == OT_OK) {
        rc = ot_voi_overlap_percent(liver->fraction, lungs, &inside, err);
    }
    if (rc == OT_OK) {
        rc = judge_percent(inside, liver->name, "in the lungs", warnings, err);
    }
    ot_volume_destroy(lungs);
    return rc;
}

/* Sum of f and of f x over one role. */
static void add_moment(const struct ot_voi *voi, double *sum, double *moment_mm)
{
    const struct ot_grid *grid = &voi->fraction->grid;
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        const double f = (double)voi->fraction->data[x];
        if (f > 0.0) {
            const double index[3] = {(double)(x % grid->n[0]),
                                     (double)(x / grid->n[0] % grid->n[1]),
                                     (double)(x / (grid->n[0] * grid->n[1]))};
            double point[3];
            ot_grid_to_point(grid, index, point);
            *sum += f;
            *moment_mm += f * point[0];
        }
    }
}

/* The middle of all VOIs of a role along x, towards the patient's left; NAN without. */
static double middle_mm(const struct ot_voi *vois, size_t count, enum ot_role role)
{
    double sum = 0.0;
    double moment_mm = 0.0;
    for (size_t n = 0; n < count; n++) {
        if (vois[n].role == role && !vois[n].is_union) {
            add_moment(&vois[n], &sum, &moment_mm);
        }
    }
    return sum > 0.0 ? moment_mm / sum : (double)NAN;
}

static void check_sides(const struct ot_voi *vois, size_t count, struct ot_texts *warnings)
{
    const double liver_mm = middle_mm(vois, count, OT_ROLE_LIVER);
    double middle = middle_mm(vois, count, OT_ROLE_BODY);
    middle = isnan(middle) ? middle_mm(vois, count, OT_ROLE_LUNGS) : middle;
    if (liver_mm > middle) { /* false where either is not known */
        (void)ot_texts_add(warnings,
                           "the liver's middle lies %.0f mm to the left of the patient's: left and "
                           "right may be exchanged in an image or a VOI",
                           liver_mm - middle);
    }
}

static double sphere_mm(double ml)
{
    return cbrt(6.0 / PI * ml * MM3_PER_ML);
}

bool ot_voi_is_small(const struct ot_voi *voi)
{
    const double ml = ot_voi_volume_ml(voi);
    const double voxels = ml / ot_grid_voxel_volume_ml(&voi->fraction->grid);
    return !(voxels >= SMALL_VOXELS && sphere_mm(ml) >= SMALL_DIAMETER_MM);
}

static void check_sizes(const struct ot_voi *vois, size_t count, struct ot_texts *warnings)
{
    double lungs_ml = 0.0;
    for (size_t n = 0; n < count; n++) {
        const struct ot_voi *voi = &vois[n];
        const double ml = ot_voi_volume_ml(voi);
        double least_ml = 0.0;
        double most_ml = 0.0;
        if (voi->is_union) {
            continue;
        }
        lungs_ml += voi->role == OT_ROLE_LUNGS ? ml : 0.0;
        if (ot_voi_expected_ml(voi->role, &least_ml, &most_ml) && voi->role != OT_ROLE_LUNGS &&
            !(ml >= least_ml && ml <= most_ml)) {
            (void)ot_texts_add(warnings, "VOI %s: %.0f ml, adults have %g to %g ml", voi->name, ml,
                               least_ml, most_ml);
        }
        if ((voi->role == OT_ROLE_TUMOR || voi->role == OT_ROLE_THROMBUS) && ot_voi_is_small(voi)) {
            (void)ot_texts_add(warnings,
                               "VOI %s: %.3g ml, %.0f voxels, a sphere of %.0f mm: the image's "
                               "blur takes much of its dose; its extremes say little",
                               voi->name, ml, ml / ot_grid_voxel_volume_ml(&voi->fraction->grid),
                               sphere_mm(ml));
        }
    }
    double least_ml = 0.0;
    double most_ml = 0.0;
    if (lungs_ml > 0.0 && ot_voi_expected_ml(OT_ROLE_LUNGS, &least_ml, &most_ml) &&
        !(lungs_ml >= least_ml && lungs_ml <= most_ml)) {
        (void)ot_texts_add(warnings, "lungs: %.0f ml in all, adults have %g to %g ml", lungs_ml,
                           least_ml, most_ml);
    }
}

enum ot_rc ot_vois_check(const struct ot_voi *vois, size_t count, struct ot_texts *warnings,
                         struct ot_err *err)
{
    enum ot_rc rc = check_tumors(vois, count, warnings, err);
    if (rc == OT_OK) {
        rc = check_territories(vois, count, warnings, err);
    }
    if (rc == OT_OK) {
        rc = check_lungs(vois, count, warnings, err);
    }
    if (rc == OT_OK) {
        check_sides(vois, count, warnings);
        check_sizes(vois, count, warnings);
    }
    return rc;
}
