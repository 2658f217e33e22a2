/* cli/dosimetry_dose.c - densities, kernels, and the dose map of every injection. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "cli/case_files.h"
#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "cli/flow_kernel.h"
#include "core/mem.h"
#include "core/resample.h"
#include "io/file.h"
#include "io/hu_table.h"
#include "io/kernel_table.h"
#include "segment/body.h"

static const double AIR_HU = -1000.0;
static const double OUTSIDE_MOST = 0.05; /* scatter about a patient is less */
/* Liver, tumor and thrombus: contrast medium raises HU, hardly mass (fact sheet 3). */
static const double LIVER_LO_G_PER_CM3 = 1.00;
static const double LIVER_HI_G_PER_CM3 = 1.10;

/* The mean HU of each voxel; where there is no CT, air. */
static enum ot_rc bring_ct(struct ot_dosimetry *d, struct ot_err *err)
{
    const enum ot_rc rc =
        ot_resample_box_in(d->ct->volume, &d->grid, (float)AIR_HU, d->threads, &d->hu, err);
    if (rc == OT_OK) {
        d->hu->unit = OT_UNIT_HU;
    }
    ot_image_destroy(d->ct); /* 200 MB that nothing needs any more */
    d->ct = NULL;
    return rc;
}

/* The body that bounds the dose: a VOI, or with density ct the CT's (made here, owned by
 * `made`). A role of OT_ROLE_COUNT says that nothing bounds it. */
static enum ot_rc find_body(struct ot_dosimetry *d, const struct ot_volume **inside,
                            struct ot_voi *made, struct ot_err *err)
{
    const struct ot_voi *body = ot_dosimetry_voi_of_role(d, OT_ROLE_BODY);
    *inside = NULL;
    *made = (struct ot_voi){.name = "body", .role = OT_ROLE_BODY};
    if (body != NULL) {
        *inside = body->fraction;
        d->body_source = "voi";
        return OT_OK;
    }
    if (strcmp(d->given->density, "ct") != 0) {
        return OT_OK;
    }
    const enum ot_rc rc = ot_body_from_hu(d->hu, &made->fraction, err);
    *inside = made->fraction;
    d->body_source = "ct";
    return rc;
}

/* The built-in calibration of CT numbers, or the case's own, whose digest is noted. */
static enum ot_rc load_calibration(struct ot_dosimetry *d, struct ot_hu_calibration **out,
                                   struct ot_err *err)
{
    static const size_t bytes_most = 1 << 20;
    struct ot_buffer text = {0};
    const char *path = d->given->hu_table;
    if (path == NULL) {
        return ot_hu_table_load(out, err);
    }
    enum ot_rc rc = ot_file_read(path, bytes_most, &text, err);
    if (rc == OT_OK) {
        rc = ot_hu_table_parse(text.data, text.size, ot_text_base_name(path), out, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_note_input(d, "hu_table", (*out)->sha256, 1, err);
    } else {
        ot_err_context(err, "--hu-table");
    }
    ot_buffer_release(&text);
    return rc;
}

/* With the body that was made of the CT among the VOIs. */
static enum ot_rc density_from_ct(struct ot_dosimetry *d, const struct ot_voi *made,
                                  struct ot_err *err)
{
    struct ot_hu_calibration *calibration = NULL;
    struct ot_voi *vois = OT_NEW(struct ot_voi, d->given_voi_count + 1, err);
    if (vois == NULL) {
        return OT_ERR_NOMEM;
    }
    size_t count = d->given_voi_count;
    for (size_t n = 0; n < count; n++) {
        vois[n] = d->vois[n];
    }
    if (made->fraction != NULL) {
        vois[count++] = *made;
    }
    enum ot_rc rc = load_calibration(d, &calibration, err);
    if (rc == OT_OK) {
        const struct ot_density_ct how = {.calibration = calibration,
                                          .liver_lo_g_per_cm3 = LIVER_LO_G_PER_CM3,
                                          .liver_hi_g_per_cm3 = LIVER_HI_G_PER_CM3};
        rc = ot_density_from_hu(d->hu, vois, count, &how, &d->density_map, err);
    }
    ot_hu_calibration_destroy(calibration);
    ot_free(vois);
    return rc;
}

static enum ot_rc make_density(struct ot_dosimetry *d, const struct ot_voi *made_body,
                               struct ot_err *err)
{
    const struct ot_tissue_densities organs = {
        .liver_g_per_cm3 = d->given->liver_density_g_per_cm3,
        .lung_g_per_cm3 = d->given->lung_density_g_per_cm3,
        .body_g_per_cm3 = d->given->body_density_g_per_cm3,
    };
    const enum ot_rc rc = strcmp(d->given->density, "organ") == 0
                              ? ot_density_from_vois(d->vois, d->given_voi_count, &organs, &d->grid,
                                                     &d->density_map, err)
                              : density_from_ct(d, made_body, err);
    if (rc == OT_OK) {
        d->density = d->density_map->density;
    }
    return rc;
}

/* One kernel for each medium that occurs. */
struct kernels {
    struct ot_voxel_s *kernel[OT_MEDIUM_COUNT];
    struct ot_dose_medium media[OT_MEDIUM_COUNT];
    size_t count;
    struct ot_mass_depth *depth[OT_MEDIUM_COUNT];
};

static void release_kernels(struct kernels *kernels)
{
    for (size_t m = 0; m < OT_MEDIUM_COUNT; m++) {
        ot_voxel_s_destroy(kernels->kernel[m]);
        ot_mass_depth_destroy(kernels->depth[m]);
    }
}

static enum ot_rc make_kernels(const struct ot_dosimetry *d, struct kernels *kernels,
                               struct ot_err *err)
{
    const double density[OT_MEDIUM_COUNT] = {
        [OT_MEDIUM_LIVER] = d->given->liver_density_g_per_cm3,
        [OT_MEDIUM_LUNG] = d->given->lung_density_g_per_cm3,
        [OT_MEDIUM_BODY] = d->given->body_density_g_per_cm3,
    };
    for (size_t m = 0; m < OT_MEDIUM_COUNT; m++) {
        struct ot_radial_kernel *radial = NULL;
        if (d->density_map->share[m] == NULL) {
            continue;
        }
        enum ot_rc rc =
            ot_kernel_table_load("Y-90", ot_medium_kernel((enum ot_medium)m), &radial, err);
        if (rc == OT_OK) {
            rc = ot_voxel_s_create(radial, d->grid.spacing_mm, density[m],
                                   ot_dose_constant_mev_per_decay(&d->constant), d->threads,
                                   &kernels->kernel[m], err);
        }
        if (rc == OT_OK) {
            rc = ot_mass_depth_create(radial, &kernels->depth[m], err);
        }
        ot_radial_kernel_destroy(radial);
        if (rc != OT_OK) {
            return rc;
        }
        kernels->media[kernels->count++] =
            (struct ot_dose_medium){.kernel = kernels->kernel[m],
                                    .share = d->density_map->share[m],
                                    .depth = kernels->depth[m]};
    }
    return OT_OK;
}

static enum ot_rc note_kernels(struct ot_dosimetry *d, const struct kernels *kernels,
                               struct ot_err *err)
{
    if (!ot_case_keeps(d->given, "kernel")) {
        return OT_OK;
    }
    d->kernels = json_array();
    for (size_t n = 0; n < kernels->count; n++) {
        (void)json_array_append_new(d->kernels, ot_kernel_json(kernels->media[n].kernel));
    }
    if (json_array_size(d->kernels) != kernels->count) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory for the kernels as JSON");
    }
    return OT_OK;
}

static enum ot_convolution convolution_from(const char *text)
{
    if (strcmp(text, "direct") == 0) {
        return OT_CONVOLUTION_DIRECT;
    }
    return strcmp(text, "fft") == 0 ? OT_CONVOLUTION_FFT : OT_CONVOLUTION_AUTO;
}

/* With the engine that the case asks for. */
static enum ot_rc make_map(const struct ot_case *c, const struct ot_dose_request *request,
                           struct ot_dose_map **map, struct ot_err *err)
{
    if (strcmp(c->dose_engine, "local") == 0) {
        return ot_dose_local(request, map, err);
    }
    return strcmp(c->heterogeneity, "ray") == 0 ? ot_dose_rays(request, map, err)
                                                : ot_dose_voxel_s(request, map, err);
}

enum ot_rc ot_dosimetry_dose(struct ot_dosimetry *d, struct ot_err *err)
{
    struct kernels kernels = {0};
    const struct ot_volume *inside = NULL;
    struct ot_voi made_body;
    const bool local = strcmp(d->given->dose_engine, "local") == 0;
    enum ot_rc rc = OT_OK;
    if (d->given->hu_table != NULL && strcmp(d->given->density, "ct") != 0) {
        rc = ot_fail(err, OT_ERR_ARG, "--hu-table: only --density ct looks at CT numbers");
    }
    if (rc == OT_OK && d->ct != NULL) {
        rc = bring_ct(d, err);
    }
    made_body = (struct ot_voi){0};
    if (rc == OT_OK) {
        rc = find_body(d, &inside, &made_body, err);
    }
    if (rc == OT_OK) {
        rc = make_density(d, &made_body, err);
    }
    ot_dosimetry_mark(d, "density");
    if (rc == OT_OK && !local) {
        rc = make_kernels(d, &kernels, err);
    }
    if (rc == OT_OK && !local) {
        rc = note_kernels(d, &kernels, err);
    }
    ot_dosimetry_mark(d, "kernel");
    for (size_t n = 0; rc == OT_OK && n < d->injection_count; n++) {
        struct ot_injection_run *run = &d->injections[n];
        const struct ot_dose_request request = {
            .activity = run->activity,
            .media = kernels.media,
            .media_count = kernels.count,
            .density = d->density,
            .mixed = d->density_map->mixed,
            .mixed_count = d->density_map->mixed_count,
            .inside = inside,
            .constant = d->constant,
            .convolution = convolution_from(d->given->convolution),
            .threads = d->threads,
        };
        rc = make_map(d->given, &request, &run->map, err);
        if (rc == OT_OK && !local) {
            d->convolution_used = ot_convolution_name(run->map->used);
            d->ray_voxels =
                run->map->ray_voxels > d->ray_voxels ? run->map->ray_voxels : d->ray_voxels;
        }
        if (rc == OT_OK) {
            rc = ot_dosimetry_add_tail(d, inside, run, err);
        }
    }
    ot_dosimetry_mark(d, "dose");
    ot_voi_release(&made_body);
    release_kernels(&kernels);
    return rc;
}

void ot_dosimetry_add_weighted(struct ot_volume *sum, const struct ot_volume *part, double weight)
{
    const size_t count = ot_grid_voxel_count(&sum->grid);
    for (size_t x = 0; x < count; x++) {
        sum->data[x] = (float)((double)sum->data[x] + weight * (double)part->data[x]);
    }
}

/* Adds the doses in the parts of voxels of two media; every map has the same ones. */
static enum ot_rc combine_mixed(struct ot_dosimetry *d, struct ot_err *err)
{
    const size_t count = d->injections[0].map->mixed_count;
    ot_free(d->mixed);
    d->mixed_count = 0;
    d->mixed = OT_NEW(struct ot_mixed_dose, count + 1, err);
    if (d->mixed == NULL) {
        return OT_ERR_NOMEM;
    }
    d->mixed_count = count;
    for (size_t n = 0; n < d->injection_count; n++) {
        const struct ot_injection_run *run = &d->injections[n];
        assert(run->map->mixed_count == count);
        for (size_t m = 0; m < count; m++) {
            const struct ot_mixed_dose *part = &run->map->mixed[m];
            struct ot_mixed_dose *sum = &d->mixed[m];
            sum->voxel = part->voxel;
            sum->soft_gy = (float)((double)sum->soft_gy + run->weight * (double)part->soft_gy);
            sum->lung_gy = (float)((double)sum->lung_gy + run->weight * (double)part->lung_gy);
        }
    }
    return OT_OK;
}

enum ot_rc ot_dosimetry_combine(struct ot_dosimetry *d, struct ot_err *err)
{
    ot_volume_destroy(d->dose);
    ot_volume_destroy(d->total_activity);
    d->total_activity = NULL;
    enum ot_rc rc = ot_volume_create(&d->grid, OT_UNIT_GY, &d->dose, err);
    if (rc == OT_OK) {
        rc = ot_volume_create(&d->grid, OT_UNIT_BQ_PER_ML, &d->total_activity, err);
    }
    if (rc == OT_OK) {
        rc = combine_mixed(d, err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    assert(d->dose != NULL && d->total_activity != NULL);
    d->emitted_j = 0.0;
    d->deposited_j = 0.0;
    d->outside_j = 0.0;
    for (size_t n = 0; n < d->injection_count; n++) {
        const struct ot_injection_run *run = &d->injections[n];
        ot_dosimetry_add_weighted(d->dose, run->map->dose, run->weight);
        ot_dosimetry_add_weighted(d->total_activity, run->activity, run->weight);
        d->emitted_j += run->weight * run->map->emitted_j;
        d->deposited_j += run->weight * run->map->deposited_j;
        d->outside_j += run->weight * run->map->outside_j;
    }
    rc = ot_dosimetry_combine_tails(d, err);
    if (d->outside_j > OUTSIDE_MOST * d->emitted_j) {
        (void)ot_texts_add(&d->warnings,
                           "%.1f %% of the energy is emitted or absorbed outside %s and gives no "
                           "dose: does it hold all VOIs?",
                           100.0 * d->outside_j / d->emitted_j,
                           strcmp(d->body_source, "none") == 0 ? "the dose grid" : "the body");
    }
    d->balance_fraction = fabs(d->deposited_j + d->outside_j - d->emitted_j) / d->emitted_j;
    return rc;
}
