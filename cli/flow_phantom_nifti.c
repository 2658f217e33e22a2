/* cli/flow_phantom_nifti.c - the same voxels as NIfTI, with BIDS-like facts beside them. */
#include <math.h>
#include <stdio.h>

#include "cli/phantom_case.h"
#include "core/text.h"
#include "io/json.h"
#include "io/nifti.h"

static const char *const DESCRIPTION = "OpenTARE synthetic patient";

static enum ot_rc put_volume(struct ot_phantom_case *patient, const char *name,
                             const struct ot_volume *volume, struct ot_err *err)
{
    struct ot_buffer bytes = {0};
    enum ot_rc rc = ot_nifti_encode(volume, DESCRIPTION, true, &bytes, err);
    if (rc == OT_OK) {
        rc = ot_phantom_put(patient, OT_FOLDER_NIFTI, name, bytes.data, bytes.size, err);
    }
    ot_buffer_release(&bytes);
    return rc;
}

static enum ot_rc put_ct(struct ot_phantom_case *patient, struct ot_err *err)
{
    struct ot_volume *ct = NULL;
    enum ot_rc rc = ot_volume_create(&patient->phantom.ct, OT_UNIT_HU, &ct, err);
    const size_t all = rc == OT_OK ? ot_grid_voxel_count(&ct->grid) : 0;
    for (size_t x = 0; x < all; x++) {
        ct->data[x] = patient->hu[x];
    }
    if (rc == OT_OK) {
        rc = put_volume(patient, "ct.nii.gz", ct, err);
    }
    ot_volume_destroy(ct);
    return rc;
}

/* The part of the CT grid that holds all contours, and one voxel more on each side. */
static struct ot_grid around(const struct ot_grid *grid, const struct ot_contour_set *contours,
                             size_t first[3])
{
    double lo[3] = {INFINITY, INFINITY, INFINITY};
    double hi[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (size_t c = 0; c < contours->count; c++) {
        for (size_t n = 0; n < contours->contours[c].count; n++) {
            double index[3];
            ot_grid_to_index(grid, contours->contours[c].points_mm + 3 * n, index);
            for (size_t r = 0; r < 3; r++) {
                lo[r] = fmin(lo[r], index[r]);
                hi[r] = fmax(hi[r], index[r]);
            }
        }
    }
    size_t n[3];
    for (size_t r = 0; r < 3; r++) {
        const double last = (double)grid->n[r] - 1.0;
        const double from = fmax(0.0, floor(lo[r]) - 1.0);
        const double to = fmin(last, ceil(hi[r]) + 1.0);
        first[r] = (size_t)from;
        n[r] = (size_t)(to - from) + 1;
    }
    return ot_grid_part(grid, first, n);
}

/* A mask of the CT voxels whose centers lie inside, cropped. */
static enum ot_rc put_mask(struct ot_phantom_case *patient, size_t v, struct ot_err *err)
{
    const struct ot_grid *ct = &patient->phantom.ct;
    size_t first[3];
    const struct ot_grid part = around(ct, &patient->contours[v], first);
    struct ot_volume *mask = NULL;
    enum ot_rc rc = ot_volume_create(&part, OT_UNIT_NONE, &mask, err);
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t row = 0; row < part.n[1] * part.n[2]; row++) {
        const size_t j = row % part.n[1] + first[1];
        const size_t k = row / part.n[1] + first[2];
        const uint8_t *parts = patient->ct_parts + first[0] + ct->n[0] * (j + ct->n[1] * k);
        for (size_t i = 0; i < part.n[0]; i++) {
            const bool inside = ot_phantom_voi_holds(&ot_phantom_vois[v], parts[i]);
            mask->data[i + part.n[0] * row] = inside ? 1.0F : 0.0F;
        }
    }
    char name[80];
    (void)snprintf(name, sizeof name, "voi_%s.nii.gz", ot_phantom_vois[v].name);
    rc = put_volume(patient, name, mask, err);
    ot_volume_destroy(mask);
    return rc;
}

static void iso8601(const char *date, const char *time_of_day, const char *zone, char *text,
                    size_t size)
{
    (void)snprintf(text, size, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s%.3s:%.2s", date, date + 4, date + 6,
                   time_of_day, time_of_day + 2, time_of_day + 4, zone, zone + 3);
}

enum ot_rc ot_phantom_write_nifti(struct ot_phantom_case *patient, struct ot_err *err)
{
    char scan[40];
    char injection[40];
    iso8601(patient->pet_series.date, patient->pet_series.time_of_day, patient->pet_series.zone,
            scan, sizeof scan);
    iso8601(patient->pet_facts.administered_date, patient->pet_facts.administered_time,
            patient->pet_series.zone, injection, sizeof injection);
    enum ot_rc rc = put_volume(patient, "spect.nii.gz", patient->spect, err);
    if (rc == OT_OK) {
        json_t *facts = json_pack("{s:s, s:s}", "Units", "counts", "TracerRadionuclide", "Tc99m");
        rc = ot_phantom_put_json(patient, OT_FOLDER_NIFTI, "spect.json", facts, err);
    }
    if (rc == OT_OK) {
        rc = put_ct(patient, err);
    }
    if (rc == OT_OK) {
        rc = put_volume(patient, "pet.nii.gz", patient->pet, err);
    }
    if (rc == OT_OK) {
        json_t *facts =
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s}", "Units", "Bq/mL", "TracerRadionuclide",
                      "Y90", "InjectionStart", injection, "ScanStart", scan, "TimeZero", scan,
                      "ImageDecayCorrected", 1, "ImageDecayCorrectionTime", scan);
        rc = ot_phantom_put_json(patient, OT_FOLDER_NIFTI, "pet.json", facts, err);
    }
    for (size_t v = 0; rc == OT_OK && v < ot_phantom_voi_count; v++) {
        rc = ot_phantom_vois[v].drawn ? put_mask(patient, v, err) : OT_OK;
    }
    return rc;
}
