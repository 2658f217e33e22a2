/* cli/cmd_kernel.c - `tare kernel`: voxel S values, printed or compared. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/flow_kernel.h"
#include "core/text.h"
#include "io/json.h"
#include "io/nifti.h"
#include "io/store.h"
#include "kernels/nuclide.h"

struct params {
    const char *nuclide;
    const char *medium;
    const char *voxel_mm;
    const char *check;
    const char *csv;
    const char *nifti;
    const char *spectrum;
    const char *kernel_table;
    double beta_range_mm;
    double density_g_cm3;
    double dose_constant_gy_kg_per_gbq;
    double half_life_h;
    bool json;
};

static const struct params defaults = {.nuclide = "Y-90",
                                       .medium = "liver",
                                       .beta_range_mm = (double)NAN,
                                       .density_g_cm3 = (double)NAN,
                                       .dose_constant_gy_kg_per_gbq = OT_Y90_GY_KG_PER_GBQ,
                                       .half_life_h = OT_Y90_HALF_LIFE_H};

static const char *const media[] = {"water", "liver", "lung", "bone", NULL};

static const struct ot_opt opts[] = {
    OT_TEXT(struct params, nuclide, "nuclide", "NAME", "radionuclide"),
    OT_CHOICE(struct params, medium, "medium", "water|liver|lung|bone", media,
              "medium whose Monte Carlo kernel is used"),
    OT_F64(struct params, density_g_cm3, "density-g-cm3", "g/cm3", 0.05, 5.0,
           "density; distances scale with it (default: the medium's own)"),
    {.name = "voxel-mm",
     .unit = "A,B,C",
     .help = "size of a voxel along i, j, k in mm, 0.2 to 50 each",
     .kind = OT_OPT_TEXT,
     .required = true,
     .offset = OT_FIELD(struct params, voxel_mm, const char *)},
    OT_F64(struct params, dose_constant_gy_kg_per_gbq, "dose-constant-gy-kg-per-gbq", "Gy kg/GBq",
           1.0, 200.0, "energy absorbed per activity that decays completely"),
    OT_F64(struct params, half_life_h, "half-life-h", "h", 0.1, 10000.0, "physical half-life"),
    OT_FILE(struct params, check, "check", "TABLE", "compare with a table of rows i, j, k, S"),
    OT_FILE(struct params, csv, "csv", "FILE", "write all values as rows i, j, k, S to a new file"),
    OT_FILE(struct params, nifti, "nifti", "FILE",
            "write the whole symmetric kernel, S in mGy/(MBq s), to a new .nii or .nii.gz file"),
    OT_FILE(struct params, spectrum, "spectrum", "FILE",
            "write the nuclide's beta spectrum as rows energy, electrons per MeV and decay"),
    OT_FILE(struct params, kernel_table, "kernel-table", "FILE",
            "a point kernel of your own: energy in shells, CSV as in data/kernels"),
    OT_F64(struct params, beta_range_mm, "beta-range-mm", "mm", 0.0, 1000.0,
           "shells of --kernel-table that are used end here (default: all of them)"),
    OT_FLAG(struct params, json, "json", "print all values as JSON"),
};

static json_t *json_check(const struct ot_kernel_check *check)
{
    static const char *const names[2] = {"above_1e-2", "above_1e-3"};
    json_t *object =
        json_pack("{s:o}", "table_energy_mev_per_decay", ot_json_number(check->table_energy_mev));
    for (size_t level = 0; level < 2; level++) {
        const int *at = check->worst_at[level];
        json_object_set_new(object, names[level],
                            json_pack("{s:I, s:o, s:[i,i,i]}", "values",
                                      (json_int_t)check->compared[level], "worst_percent",
                                      ot_json_number(check->worst_percent[level]), "worst_at",
                                      at[0], at[1], at[2]));
    }
    return object;
}

static enum ot_rc print_json(const struct ot_voxel_s *kernel, const struct ot_spectrum *spectrum,
                             const struct ot_kernel_check *check, FILE *out, struct ot_err *err)
{
    struct ot_buffer text = {0};
    json_t *root = ot_kernel_json(kernel);
    if (root != NULL) {
        json_object_set_new(root, "beta_mev_per_decay",
                            ot_json_number(spectrum->mean_mev_per_decay));
    }
    if (root != NULL && check != NULL) {
        json_object_set_new(root, "check", json_check(check));
    }
    enum ot_rc rc = OT_OK;
    if (root == NULL) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for the table as JSON");
    } else {
        rc = ot_json_write(root, &text, err);
    }
    if (rc == OT_OK) {
        (void)fwrite(text.data, 1, text.size, out);
    }
    json_decref(root);
    ot_buffer_release(&text);
    return rc;
}

static enum ot_rc write_csv(const struct ot_voxel_s *kernel, const char *path, struct ot_err *err)
{
    struct ot_buffer text = {0};
    ot_kernel_csv(kernel, &text);
    enum ot_rc rc = ot_buffer_check(&text, err);
    if (rc == OT_OK) {
        rc = ot_store_file(path, text.data, text.size, false, err);
    }
    ot_buffer_release(&text);
    return rc;
}

static enum ot_rc write_nifti(const struct ot_voxel_s *kernel, const char *path, struct ot_err *err)
{
    struct ot_buffer bytes = {0};
    struct ot_volume *volume = NULL;
    char what[80];
    (void)snprintf(what, sizeof what, "%s voxel S, mGy/(MBq s); %s, %g g/cm3", kernel->nuclide,
                   kernel->medium, kernel->density_g_per_cm3);
    enum ot_rc rc = ot_kernel_volume(kernel, &volume, err);
    if (rc == OT_OK) {
        rc = ot_nifti_encode(volume, what, ot_text_ends_with(path, ".gz"), &bytes, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_file(path, bytes.data, bytes.size, false, err);
    }
    ot_volume_destroy(volume);
    ot_buffer_release(&bytes);
    return rc;
}

static enum ot_rc write_spectrum(const struct ot_spectrum *spectrum, const char *path,
                                 struct ot_err *err)
{
    struct ot_buffer text = {0};
    ot_kernel_spectrum_csv(spectrum, &text);
    enum ot_rc rc = ot_buffer_check(&text, err);
    if (rc == OT_OK) {
        rc = ot_store_file(path, text.data, text.size, false, err);
    }
    ot_buffer_release(&text);
    return rc;
}

/* The files that were asked for. */
static enum ot_rc write_files(const struct params *p, const struct ot_voxel_s *kernel,
                              const struct ot_spectrum *spectrum, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    if (p->csv != NULL) {
        rc = write_csv(kernel, p->csv, err);
    }
    if (rc == OT_OK && p->nifti != NULL) {
        rc = write_nifti(kernel, p->nifti, err);
    }
    if (rc == OT_OK && p->spectrum != NULL) {
        rc = write_spectrum(spectrum, p->spectrum, err);
    }
    return rc;
}

static void print_text(const struct ot_voxel_s *kernel, const struct ot_spectrum *spectrum,
                       FILE *out)
{
    static const ptrdiff_t near[][3] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1},
                                        {1, 1, 0}, {1, 0, 1}, {0, 1, 1}, {1, 1, 1},
                                        {2, 0, 0}, {0, 2, 0}, {0, 0, 2}};
    (void)fprintf(out, "%s in %s of %g g/cm3, voxels of %g x %g x %g mm\n", kernel->nuclide,
                  kernel->medium, kernel->density_g_per_cm3, kernel->spacing_mm[0],
                  kernel->spacing_mm[1], kernel->spacing_mm[2]);
    (void)fprintf(out, "%.5f MeV per decay within %zu, %zu, %zu voxels; beta particles have %.5f\n",
                  kernel->energy_mev, kernel->radius[0], kernel->radius[1], kernel->radius[2],
                  spectrum->mean_mev_per_decay);
    (void)fprintf(out, "  i  j  k   S, mGy/(MBq s)   part of the energy\n");
    for (size_t n = 0; n < sizeof near / sizeof near[0]; n++) {
        const ptrdiff_t *d = near[n];
        (void)fprintf(out, "%3td%3td%3td   %14.6g   %18.6g\n", d[0], d[1], d[2],
                      ot_voxel_s_mgy_per_mbq_s(kernel, d[0], d[1], d[2]),
                      ot_voxel_s_fraction(kernel, d[0], d[1], d[2]));
    }
    (void)fprintf(out, "all values: --json, --csv FILE or --nifti FILE\n");
}

static void print_check(const struct ot_kernel_check *check, FILE *out)
{
    static const char *const floors[2] = {"1e-2", "1e-3"};
    (void)fprintf(out,
                  "table: %.5f MeV per decay at this voxel mass; energies made equal, ours "
                  "differs by\n",
                  check->table_energy_mev);
    for (size_t level = 0; level < 2; level++) {
        const int *at = check->worst_at[level];
        (void)fprintf(out,
                      "  %+.2f %% at most (at %d,%d,%d) among %zu values above %s of the peak\n",
                      check->worst_percent[level], at[0], at[1], at[2], check->compared[level],
                      floors[level]);
    }
}

/* What the options say only together. */
static enum ot_rc check_options(const struct params *p, const struct ot_run *run,
                                struct ot_err *err)
{
    if (p->nifti != NULL && !ot_text_ends_with(p->nifti, ".nii.gz") &&
        !ot_text_ends_with(p->nifti, ".nii")) {
        return ot_fail(err, OT_ERR_ARG, "--nifti %.60s: the name must end in .nii or .nii.gz",
                       ot_text_base_name(p->nifti));
    }
    if (p->kernel_table != NULL && strcmp(p->nuclide, defaults.nuclide) != 0 &&
        !(ot_opts_given(run->opts, "dose-constant-gy-kg-per-gbq") &&
          ot_opts_given(run->opts, "half-life-h"))) {
        return ot_fail(err, OT_ERR_ARG,
                       "the default dose constant is that of Y-90: give "
                       "--dose-constant-gy-kg-per-gbq and --half-life-h of %.20s",
                       p->nuclide);
    }
    return OT_OK;
}

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    const struct params *p = (const struct params *)params;
    struct ot_kernel_request request = {
        .nuclide = p->nuclide,
        .medium = p->medium,
        .table = p->kernel_table,
        .beta_range_mm = p->beta_range_mm,
        .density_g_per_cm3 = p->density_g_cm3,
        .constant = {.gy_kg_per_gbq = p->dose_constant_gy_kg_per_gbq,
                     .half_life_h = p->half_life_h},
        .threads = 1};
    struct ot_voxel_s *kernel = NULL;
    struct ot_spectrum spectrum;
    struct ot_kernel_check check;
    struct ot_progress progress;
    ot_progress_begin(&progress, "kernel", run->messages);
    enum ot_rc rc = check_options(p, run, err);
    if (rc == OT_OK) {
        rc = ot_flow_kernel_voxel(p->voxel_mm, request.spacing_mm, err);
    }
    if (rc == OT_OK) {
        rc = ot_flow_kernel(&request, &kernel, err);
    }
    if (rc == OT_OK) {
        rc = ot_flow_kernel_spectrum(p->nuclide, &spectrum, err);
    }
    if (rc == OT_OK && p->check != NULL) {
        rc = ot_flow_kernel_check(p->check, kernel, &check, err);
    }
    if (rc == OT_OK) {
        rc = write_files(p, kernel, &spectrum, err);
    }
    ot_progress_end(&progress);
    if (rc == OT_OK && p->json) {
        rc = print_json(kernel, &spectrum, p->check != NULL ? &check : NULL, run->out, err);
    } else if (rc == OT_OK) {
        print_text(kernel, &spectrum, run->out);
        if (p->check != NULL) {
            print_check(&check, run->out);
        }
    }
    ot_voxel_s_destroy(kernel);
    return rc;
}

extern const struct ot_cmd ot_cmd_kernel;
const struct ot_cmd ot_cmd_kernel = {
    .name = "kernel",
    .summary = "voxel S values for any voxel size, nuclide and medium; print or check",
    .details =
        "Integrates the Monte Carlo dose point kernel of the medium over two voxels, exactly, for "
        "any voxel size. At another density distances scale with it (good to 2 %; use the medium's "
        "own table where there is one). The energy is that of the dose constant: 0.93121 MeV per "
        "decay by default. With --check, a table of the same voxel size from anywhere is compared "
        "after both energies are made equal. An own point kernel (--kernel-table) has the line "
        "r_lo_mm,r_hi_mm,energy_mev_per_decay,sigma and shells from 0 without gaps, in a medium of "
        "--density-g-cm3. --spectrum writes the beta spectrum in closed form (unique first "
        "forbidden for Y-90).",
    .example = "tare kernel --nuclide Y-90 --medium liver --voxel-mm 4.42,4.42,4.42 --json",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run,
};
