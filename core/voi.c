/* core/voi.c - roles, contours, regions. */
#include "core/voi.h"

#include <string.h>

#include "core/mem.h"
#include "core/stats.h"

static const char *const role_names[OT_ROLE_COUNT] = {
    [OT_ROLE_LIVER] = "liver",
    [OT_ROLE_PERFUSED] = "perfused",
    [OT_ROLE_TUMOR] = "tumor",
    [OT_ROLE_THROMBUS] = "thrombus",
    [OT_ROLE_LUNGS] = "lungs",
    [OT_ROLE_BODY] = "body",
    [OT_ROLE_EXCLUDE] = "exclude",
    [OT_ROLE_NORMAL_PERFUSED] = "normal_perfused",
    [OT_ROLE_NORMAL_LIVER] = "normal_liver",
    [OT_ROLE_NONPERFUSED_LIVER] = "nonperfused_liver",
    [OT_ROLE_OTHER] = "other",
};

const char *ot_role_name(enum ot_role role)
{
    return role_names[role];
}

bool ot_role_from_name(const char *text, enum ot_role *role)
{
    static const enum ot_role given[] = {OT_ROLE_LIVER,    OT_ROLE_PERFUSED, OT_ROLE_TUMOR,
                                         OT_ROLE_THROMBUS, OT_ROLE_LUNGS,    OT_ROLE_BODY,
                                         OT_ROLE_EXCLUDE};
    for (size_t n = 0; n < sizeof given / sizeof given[0]; n++) {
        if (strcmp(text, role_names[given[n]]) == 0) {
            *role = given[n];
            return true;
        }
    }
    return false;
}

void ot_contour_set_release(struct ot_contour_set *set)
{
    if (set == NULL) {
        return;
    }
    for (size_t n = 0; n < set->count; n++) {
        ot_free(set->contours[n].points_mm);
    }
    ot_free(set->contours);
    *set = (struct ot_contour_set){0};
}

void ot_region_destroy(struct ot_region *region)
{
    if (region == NULL) {
        return;
    }
    ot_volume_destroy(region->mask);
    ot_contour_set_release(&region->contours);
    ot_free(region);
}

void ot_voi_release(struct ot_voi *voi)
{
    if (voi != NULL) {
        ot_volume_destroy(voi->fraction);
        voi->fraction = NULL;
    }
}

double ot_voi_volume_ml(const struct ot_voi *voi)
{
    return ot_sum(voi->fraction->data, ot_grid_voxel_count(&voi->fraction->grid)) *
           ot_grid_voxel_volume_ml(&voi->fraction->grid);
}
