/* cli/dosimetry_territories.c - what the territories cover, on a grid fine enough for lengths. */
#include <math.h>
#include <string.h>

#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "core/mem.h"
#include "core/stats.h"
#include "segment/rasterize.h"
#include "segment/voi_algebra.h"

static bool counts(enum ot_role role)
{
    return role == OT_ROLE_LIVER || role == OT_ROLE_PERFUSED || role == OT_ROLE_TUMOR ||
           role == OT_ROLE_THROMBUS;
}

enum ot_rc ot_dosimetry_measure_territories(struct ot_dosimetry *d,
                                            struct ot_region *const *regions, struct ot_err *err)
{
    const size_t given = d->given_voi_count;
    const struct ot_region **chosen = OT_NEW(const struct ot_region *, given, err);
    struct ot_voi *vois = chosen != NULL ? OT_NEW(struct ot_voi, given, err) : NULL;
    struct ot_grid grid;
    size_t count = 0;
    size_t useful = 0;
    enum ot_rc rc = vois != NULL ? OT_OK : OT_ERR_NOMEM;
    for (size_t n = 0; rc == OT_OK && n < given; n++) {
        if (counts(d->vois[n].role)) {
            useful += d->vois[n].role == OT_ROLE_PERFUSED || d->vois[n].role == OT_ROLE_TUMOR;
            vois[count] = d->vois[n];
            vois[count].fraction = NULL; /* that one is on the dose grid */
            chosen[count++] = regions[n];
        }
    }
    if (rc == OT_OK && useful > 0) {
        rc = ot_regions_common_grid(chosen, count, &grid, err);
        for (size_t n = 0; rc == OT_OK && n < count; n++) {
            rc = ot_region_to_fraction(chosen[n], &grid, d->threads, &vois[n].fraction, NULL, err);
            if (rc != OT_OK) {
                ot_err_context(err, "VOI %s", vois[n].name);
            }
        }
        if (rc == OT_OK) {
            rc = ot_territories_measure(vois, count, d->threads, &d->territories, err);
            d->territories_known = rc == OT_OK;
        }
    }
    for (size_t n = 0; n < count; n++) {
        ot_voi_release(&vois[n]);
    }
    ot_free(vois);
    ot_free((void *)chosen);
    return rc;
}

/* Parts of one region, in ml: all of it, and what lies inside the perfused ones. */
struct inside {
    double total_ml;
    double inside_ml;
};

/* `all[0]` against the union of the others, on the finest of their grids about all[0]. */
static enum ot_rc add_inside(const struct ot_dosimetry *d, const struct ot_region *const *all,
                             size_t count, struct inside *sum, struct ot_err *err)
{
    struct ot_grid grid;
    struct ot_volume *target = NULL;
    struct ot_volume *perfused = NULL;
    struct ot_voi parts[OT_MAX_VOIS] = {{.role = OT_ROLE_PERFUSED}};
    size_t made = 0;
    double percent = 0.0;
    enum ot_rc rc = ot_region_finest_grid(all, count, &grid, err);
    if (rc == OT_OK) {
        rc = ot_region_to_fraction(all[0], &grid, d->threads, &target, NULL, err);
    }
    for (size_t n = 1; rc == OT_OK && n < count; n++) {
        struct ot_err elsewhere = {0};
        parts[made].role = OT_ROLE_PERFUSED;
        rc = ot_region_to_fraction(all[n], &grid, d->threads, &parts[made].fraction, NULL,
                                   &elsewhere);
        if (rc == OT_OK) {
            made++;
        } else if (rc == OT_ERR_GEOMETRY) { /* this territory does not reach the tumor's box */
            rc = OT_OK;
        } else {
            *err = elsewhere;
        }
    }
    if (rc == OT_OK) {
        rc = ot_vois_union(parts, made, OT_ROLE_PERFUSED, &grid, &perfused, err);
    }
    if (rc == OT_OK) {
        rc = ot_voi_inside_percent(target, perfused, &percent, err);
    }
    if (rc == OT_OK) {
        const double ml =
            ot_sum(target->data, ot_grid_voxel_count(&grid)) * ot_grid_voxel_volume_ml(&grid);
        sum->total_ml += ml;
        sum->inside_ml += ml * percent / 100.0;
    }
    for (size_t n = 0; n < made; n++) {
        ot_voi_release(&parts[n]);
    }
    ot_volume_destroy(perfused);
    ot_volume_destroy(target);
    return rc;
}

/* Percent of all VOIs of a role inside the perfused ones; NAN where either is not drawn. */
static enum ot_rc inside_percent(const struct ot_dosimetry *d, struct ot_region *const *regions,
                                 enum ot_role role, double *percent, struct ot_err *err)
{
    struct inside sum = {0};
    const struct ot_region *all[OT_MAX_VOIS + 1];
    size_t count = 1;
    *percent = NAN;
    for (size_t n = 0; n < d->given_voi_count; n++) {
        if (d->vois[n].role == OT_ROLE_PERFUSED) {
            all[count++] = regions[n];
        }
    }
    if (count == 1) {
        return OT_OK;
    }
    for (size_t n = 0; n < d->given_voi_count; n++) {
        if (d->vois[n].role == role) {
            all[0] = regions[n];
            const enum ot_rc rc = add_inside(d, all, count, &sum, err);
            if (rc != OT_OK) {
                ot_err_context(err, "VOI %s", d->vois[n].name);
                return rc;
            }
        }
    }
    if (sum.total_ml > 0.0) {
        *percent = 100.0 * sum.inside_ml / sum.total_ml;
    }
    return OT_OK;
}

enum ot_rc ot_dosimetry_measure_inside(struct ot_dosimetry *d, struct ot_region *const *regions,
                                       struct ot_err *err)
{
    enum ot_rc rc =
        inside_percent(d, regions, OT_ROLE_TUMOR, &d->tumor_inside_perfused_percent, err);
    if (rc == OT_OK) {
        rc =
            inside_percent(d, regions, OT_ROLE_THROMBUS, &d->thrombus_inside_perfused_percent, err);
    }
    return rc;
}
