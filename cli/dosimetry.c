/* cli/dosimetry.c - the run itself: its beginning and end, dose maps, and their sum. */
#include "cli/dosimetry.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/stats.h"
#include "segment/voi_algebra.h"

static double now_s(void)
{
    struct timespec now;
    return clock_gettime(CLOCK_MONOTONIC, &now) == 0
               ? (double)now.tv_sec + 1e-9 * (double)now.tv_nsec
               : 0.0;
}

void ot_dosimetry_mark(struct ot_dosimetry *d, const char *name)
{
    const double now = now_s();
    ot_progress_step(d->progress, name);
    if (d->stage_time_count < OT_MAX_STAGES) {
        d->stage_times[d->stage_time_count++] = (struct ot_stage_time){name, now - d->marked_s};
    }
    d->marked_s = now;
}

void ot_dosimetry_init(struct ot_dosimetry *d, const struct ot_case *given, enum ot_stage stage)
{
    *d = (struct ot_dosimetry){
        .given = given,
        .stage = stage,
        .threads = given->threads,
        .constant = {.gy_kg_per_gbq = given->dose_constant_gy_kg_per_gbq,
                     .half_life_h = given->half_life_h},
        .tumor_inside_perfused_percent = NAN,
        .thrombus_inside_perfused_percent = NAN,
        .convolution_used = "none",
        .body_source = "none",
    };
    d->marked_s = now_s();
}

void ot_dosimetry_release(struct ot_dosimetry *d)
{
    for (size_t n = 0; d->injections != NULL && n < d->injection_count; n++) {
        struct ot_injection_run *run = &d->injections[n];
        ot_image_destroy(run->image);
        ot_volume_destroy(run->counts);
        ot_volume_destroy(run->activity);
        ot_dose_map_destroy(run->map);
        ot_tail_destroy(run->tail);
    }
    ot_free(d->injections);
    ot_image_destroy(d->ct);
    ot_motions_release(&d->motions);
    ot_vois_release(d->vois, d->voi_count);
    ot_volume_destroy(d->hu);
    ot_density_map_destroy(d->density_map);
    ot_volume_destroy(d->dose);
    ot_free(d->mixed);
    ot_tail_destroy(d->tail);
    ot_volume_destroy(d->total_activity);
    ot_texts_release(&d->warnings);
    ot_texts_release(&d->waived_by);
    json_decref(d->inputs);
    ot_free(d->recovery);
    json_decref(d->extrahepatic);
    json_decref(d->kernels);
}

const struct ot_voi *ot_dosimetry_voi_of_role(const struct ot_dosimetry *d, enum ot_role role)
{
    const struct ot_voi *found = NULL;
    for (size_t n = 0; n < d->voi_count; n++) {
        const struct ot_voi *voi = &d->vois[n];
        const bool part = role == OT_ROLE_NORMAL_PERFUSED && strchr(voi->name, ':') != NULL;
        if (voi->role == role && !part && (found == NULL || voi->is_union)) {
            found = voi;
        }
    }
    return found;
}

const struct ot_voi *ot_dosimetry_voi_named(const struct ot_dosimetry *d, const char *name)
{
    for (size_t n = 0; n < d->voi_count; n++) {
        if (strcmp(d->vois[n].name, name) == 0) {
            return &d->vois[n];
        }
    }
    return NULL;
}

static double role_density(const struct ot_dosimetry *d, enum ot_role role)
{
    const bool body_drawn = ot_dosimetry_voi_of_role(d, OT_ROLE_BODY) != NULL;
    switch (role) {
    case OT_ROLE_LUNGS:
        return d->given->lung_density_g_per_cm3;
    case OT_ROLE_EXCLUDE:
        return body_drawn ? d->given->body_density_g_per_cm3 : d->given->liver_density_g_per_cm3;
    case OT_ROLE_BODY: /* holds lungs and liver: only its voxels know */
        return NAN;
    case OT_ROLE_LIVER:
    case OT_ROLE_PERFUSED:
    case OT_ROLE_TUMOR:
    case OT_ROLE_THROMBUS:
    case OT_ROLE_NORMAL_PERFUSED:
    case OT_ROLE_NORMAL_LIVER:
    case OT_ROLE_NONPERFUSED_LIVER:
    case OT_ROLE_OTHER:
    case OT_ROLE_COUNT:
        break;
    }
    return d->given->liver_density_g_per_cm3;
}

double ot_dosimetry_mass_g(const struct ot_dosimetry *d, const struct ot_voi *voi)
{
    const double density = role_density(d, voi->role);
    if (d->density == NULL || (strcmp(d->given->density, "organ") == 0 && !isnan(density))) {
        return ot_voi_volume_ml(voi) * density;
    }
    return ot_sum_product(voi->fraction->data, d->density->data, ot_grid_voxel_count(&d->grid)) *
           ot_grid_voxel_volume_ml(&d->grid);
}
