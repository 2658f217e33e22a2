/* cli/dosimetry_tail.c - the far photon dose of every injection, and their sum. */
#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "core/mem.h"
#include "core/radial_kernel.h"
#include "io/kernel_table.h"

enum ot_rc ot_dosimetry_add_tail(const struct ot_dosimetry *d, const struct ot_volume *inside,
                                 struct ot_injection_run *run, struct ot_err *err)
{
    struct ot_radial_kernel *radial = NULL;
    if (!d->given->bremsstrahlung_tail) {
        return OT_OK;
    }
    /* Photons cross organs: one table of soft tissue stands for all of them. */
    enum ot_rc rc = ot_kernel_table_load("Y-90", "liver", &radial, err);
    if (rc == OT_OK) {
        const struct ot_tail_request request = {.activity = run->activity,
                                                .radial = radial,
                                                .density = d->density,
                                                .inside = inside,
                                                .constant = d->constant,
                                                .threads = d->threads};
        rc = ot_tail_make(&request, &run->tail, err);
    }
    if (rc == OT_OK) {
        ot_dosimetry_add_weighted(run->map->dose, run->tail->dose, 1.0);
        for (size_t m = 0; m < run->map->mixed_count; m++) { /* per mass, both parts get the same */
            struct ot_mixed_dose *part = &run->map->mixed[m];
            part->soft_gy += run->tail->dose->data[part->voxel];
            part->lung_gy += run->tail->dose->data[part->voxel];
        }
    }
    ot_radial_kernel_destroy(radial);
    return rc;
}

enum ot_rc ot_dosimetry_combine_tails(struct ot_dosimetry *d, struct ot_err *err)
{
    ot_tail_destroy(d->tail);
    d->tail = NULL;
    for (size_t n = 0; n < d->injection_count; n++) {
        const struct ot_injection_run *run = &d->injections[n];
        if (run->tail == NULL) {
            continue;
        }
        if (d->tail == NULL) {
            struct ot_volume *dose = NULL;
            d->tail = OT_NEW(struct ot_tail, 1, err);
            if (d->tail == NULL || ot_volume_create(&d->grid, OT_UNIT_GY, &dose, err) != OT_OK) {
                return OT_ERR_NOMEM;
            }
            *d->tail = *run->tail; /* energy and reach are those of the nuclide */
            d->tail->dose = dose;
            d->tail->emitted_j = 0.0;
            d->tail->deposited_j = 0.0;
        }
        ot_dosimetry_add_weighted(d->tail->dose, run->tail->dose, run->weight);
        d->tail->emitted_j += run->weight * run->tail->emitted_j;
        d->tail->deposited_j += run->weight * run->tail->deposited_j;
    }
    return OT_OK;
}
