/* cli/dosimetry_territories.c - what the territories cover, on a grid fine enough for lengths. */
#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "core/mem.h"
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
