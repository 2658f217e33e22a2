/* cli/dosimetry_uptake.c - activity outside liver and lungs: where, how much. */
#include <math.h>

#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "core/mem.h"
#include "core/stats.h"
#include "io/json.h"
#include "segment/margin.h"
#include "segment/uptake.h"
#include "segment/voi_algebra.h"

static const double LEAST_ML = 1.0;     /* smaller is noise, or below the resolution */
static const double LEAST_SHARE = 1e-3; /* of all activity */
enum { MOST_REGIONS = 20 };

/* 1 where uptake would be outside the liver with its margin, the lungs, and inside the body. */
static enum ot_rc allowed_region(const struct ot_dosimetry *d, const struct ot_voi *liver,
                                 struct ot_volume **out, struct ot_err *err)
{
    const struct ot_voi *body = ot_dosimetry_voi_of_role(d, OT_ROLE_BODY);
    struct ot_volume *near = NULL;
    struct ot_volume *lungs = NULL;
    enum ot_rc rc = ot_volume_create(&d->grid, OT_UNIT_NONE, out, err);
    if (rc == OT_OK) {
        rc = ot_volume_create(&d->grid, OT_UNIT_NONE, &near, err);
    }
    if (rc == OT_OK) {
        rc = ot_vois_union(d->vois, d->given_voi_count, OT_ROLE_LUNGS, &d->grid, &lungs, err);
    }
    if (rc == OT_OK) {
        rc = ot_margin_mark_quickly(liver->fraction, d->given->extrahepatic_margin_mm, near, err);
    }
    for (size_t x = 0; rc == OT_OK && x < ot_grid_voxel_count(&d->grid); x++) {
        const bool inside = body == NULL || body->fraction->data[x] > 0.5F;
        const bool known =
            near->data[x] > 0.0F || liver->fraction->data[x] > 0.0F || lungs->data[x] > 0.0F;
        (*out)->data[x] = inside && !known ? 1.0F : 0.0F;
    }
    ot_volume_destroy(near);
    ot_volume_destroy(lungs);
    return rc;
}

/* Mean concentration of the normal liver, or of all of it. */
static const struct ot_voi *background_voi(const struct ot_dosimetry *d)
{
    const struct ot_voi *normal = ot_dosimetry_voi_of_role(d, OT_ROLE_NORMAL_LIVER);
    return normal != NULL && ot_voi_volume_ml(normal) > 0.0
               ? normal
               : ot_dosimetry_voi_of_role(d, OT_ROLE_LIVER);
}

static json_t *region_json(const struct ot_uptake *region, double background)
{
    return json_pack("{s:[f,f,f], s:f, s:f, s:f, s:f}", "center_lps_mm", region->center_mm[0],
                     region->center_mm[1], region->center_mm[2], "volume_ml", region->volume_ml,
                     "activity_share", region->share, "mean_to_background",
                     region->mean / background, "max_to_background", region->max / background);
}

static json_t *list_regions(struct ot_dosimetry *d, const struct ot_uptake *regions, size_t count,
                            double background)
{
    json_t *list = json_array();
    double share = 0.0;
    size_t kept = 0;
    for (size_t n = 0; n < count && regions[n].share >= LEAST_SHARE; n++) {
        share += regions[n].share;
        kept++;
        if (n < MOST_REGIONS) {
            (void)json_array_append_new(list, region_json(&regions[n], background));
        }
    }
    if (kept > 0) {
        (void)ot_texts_add(&d->warnings,
                           "uptake outside liver and lungs: %zu region%s with %.1f %% of the "
                           "activity; the largest has %.1f ml at LPS %.0f, %.0f, %.0f mm, up to "
                           "%.1f times the normal liver",
                           kept, kept == 1 ? "" : "s", 100.0 * share, regions[0].volume_ml,
                           regions[0].center_mm[0], regions[0].center_mm[1],
                           regions[0].center_mm[2], regions[0].max / background);
    }
    return list;
}

enum ot_rc ot_dosimetry_uptake(struct ot_dosimetry *d, struct ot_err *err)
{
    const struct ot_voi *liver = ot_dosimetry_voi_of_role(d, OT_ROLE_LIVER);
    const struct ot_voi *normal = background_voi(d);
    struct ot_volume *allowed = NULL;
    struct ot_uptake *regions = NULL;
    size_t count = 0;
    if (liver == NULL) {
        d->extrahepatic = json_pack("{s:[], s:s}", "regions", "reason", "no liver VOI");
        return d->extrahepatic != NULL ? OT_OK : ot_fail(err, OT_ERR_NOMEM, "no memory");
    }
    const size_t voxels = ot_grid_voxel_count(&d->grid);
    const double background =
        ot_sum_product(d->total_activity->data, normal->fraction->data, voxels) /
        ot_sum(normal->fraction->data, voxels);
    if (!(background > 0.0)) {
        d->extrahepatic = json_pack("{s:[], s:s}", "regions", "reason",
                                    "the normal liver has no activity to compare with");
        return d->extrahepatic != NULL ? OT_OK : ot_fail(err, OT_ERR_NOMEM, "no memory");
    }
    enum ot_rc rc = allowed_region(d, liver, &allowed, err);
    if (rc == OT_OK) {
        rc =
            ot_uptake_find(d->total_activity, allowed, d->given->extrahepatic_multiple * background,
                           LEAST_ML, &regions, &count, err);
    }
    if (rc == OT_ERR_UNSUPPORTED) { /* a program without ITK tells why the list is empty */
        d->extrahepatic = json_pack("{s:[], s:s}", "regions", "reason", err->text);
        *err = (struct ot_err){0};
        rc = OT_OK;
    } else if (rc == OT_OK) {
        d->extrahepatic =
            json_pack("{s:f, s:f, s:s, s:o, s:o}", "multiple", d->given->extrahepatic_multiple,
                      "margin_mm", d->given->extrahepatic_margin_mm, "background_voi", normal->name,
                      "background_bq_per_ml", ot_json_number(background), "regions",
                      list_regions(d, regions, count, background));
    } else {
        ot_err_context(err, "uptake outside the liver");
    }
    ot_free(regions);
    ot_volume_destroy(allowed);
    ot_dosimetry_mark(d, "uptake");
    return rc;
}
