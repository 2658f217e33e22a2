/* cli/flow_shunt_spect.c - shunt fraction from SPECT/CT: rim at the dome, unseen lung, CT mass. */
#include <math.h>
#include <string.h>

#include "cli/dosimetry_parts.h"
#include "cli/shunt_parts.h"
#include "core/stats.h"
#include "io/json.h"
#include "segment/margin.h"
#include "segment/voi_algebra.h"

static const double SHELL_MM = 10.0;     /* beyond the rim: what the body holds */
static const double MOST_OVERLAP = 1.01; /* lungs one by one, over their union */
static const double CUBE_MM = 40.0;      /* some three resolutions of SPECT */

/* Everything on the SPECT's grid. */
struct regions {
    const struct ot_volume *counts; /* borrowed */
    /* owned, as all that follow: fractions */
    struct ot_volume *all_lungs, *exclude;
    struct ot_volume *lungs, *liver; /* exclude VOIs taken out; the liver wins over lungs */
    struct ot_volume *near_liver;    /* 1 within the rim of the liver */
    struct ot_volume *far_lungs;     /* the lung that is measured */
    struct ot_volume *work;
    double lung_ml; /* all of the lungs, seen or not */
};

/* What one width of the rim gives. */
struct finding {
    struct ot_counts lungs, liver;
    double measured_ml; /* lung whose concentration was measured */
    double mean_per_ml; /* its mean */
};

static void release(struct regions *r)
{
    ot_volume_destroy(r->all_lungs);
    ot_volume_destroy(r->exclude);
    ot_volume_destroy(r->lungs);
    ot_volume_destroy(r->liver);
    ot_volume_destroy(r->near_liver);
    ot_volume_destroy(r->far_lungs);
    ot_volume_destroy(r->work);
}

static void take_out(struct ot_volume *from, const struct ot_volume *what)
{
    for (size_t x = 0; x < ot_grid_voxel_count(&from->grid); x++) {
        from->data[x] = fmaxf(0.0F, from->data[x] - what->data[x]);
    }
}

static double lung_volume_ml(const struct ot_shunt_work *w, const struct ot_dosimetry *d)
{
    double ml = 0.0;
    for (size_t n = 0; n < d->given_voi_count; n++) {
        if (d->vois[n].role == OT_ROLE_LUNGS) {
            ml += ot_voi_volume_ml(&d->vois[n]) + d->vois[n].outside_ml;
        }
    }
    return isnan(w->params->lung_volume_ml) ? ml : w->params->lung_volume_ml;
}

static enum ot_rc create_all(struct regions *r, const struct ot_grid *grid, struct ot_err *err)
{
    struct ot_volume **const all[] = {&r->near_liver, &r->far_lungs, &r->work};
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < sizeof all / sizeof all[0]; n++) {
        rc = ot_volume_create(grid, OT_UNIT_NONE, all[n], err);
    }
    return rc;
}

/* Volumes of VOIs are added up, so that an overlap would count twice; seen_ml: their union's. */
static enum ot_rc check_lung_volume(const struct ot_dosimetry *d, double lung_ml, double seen_ml,
                                    struct ot_err *err)
{
    double drawn_ml = 0.0;
    for (size_t n = 0; n < d->given_voi_count; n++) {
        drawn_ml += d->vois[n].role == OT_ROLE_LUNGS ? ot_voi_volume_ml(&d->vois[n]) : 0.0;
    }
    if (drawn_ml > MOST_OVERLAP * seen_ml) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "lungs VOIs overlap: %.0f ml one by one, %.0f ml together; give both lungs "
                       "once, or the left and the right one",
                       drawn_ml, seen_ml);
    }
    if (lung_ml < 0.99 * seen_ml) {
        return ot_fail(err, OT_ERR_ARG,
                       "--lung-volume-ml: %.0f ml are less than the %.0f ml of lungs that the "
                       "SPECT shows",
                       lung_ml, seen_ml);
    }
    return OT_OK;
}

static enum ot_rc find_regions(struct ot_shunt_work *w, struct regions *r, struct ot_err *err)
{
    struct ot_dosimetry *d = &w->d;
    const struct {
        enum ot_role role;
        struct ot_volume **out;
    } unions[] = {{OT_ROLE_LUNGS, &r->all_lungs},
                  {OT_ROLE_LUNGS, &r->lungs},
                  {OT_ROLE_LIVER, &r->liver},
                  {OT_ROLE_EXCLUDE, &r->exclude}};
    if (ot_dosimetry_voi_of_role(d, OT_ROLE_LUNGS) == NULL ||
        ot_dosimetry_voi_of_role(d, OT_ROLE_LIVER) == NULL) {
        return ot_fail(err, OT_ERR_ARG,
                       "the shunt fraction from SPECT needs --voi lungs=... and --voi liver=...");
    }
    r->counts = d->injections[0].counts;
    r->lung_ml = lung_volume_ml(w, d);
    enum ot_rc rc = create_all(r, &d->grid, err);
    for (size_t n = 0; rc == OT_OK && n < sizeof unions / sizeof unions[0]; n++) {
        rc = ot_vois_union(d->vois, d->given_voi_count, unions[n].role, &d->grid, unions[n].out,
                           err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    const double seen_ml =
        ot_sum(r->lungs->data, ot_grid_voxel_count(&d->grid)) * ot_grid_voxel_volume_ml(&d->grid);
    take_out(r->lungs, r->liver);
    take_out(r->lungs, r->exclude);
    take_out(r->liver, r->exclude);
    return check_lung_volume(d, r->lung_ml, seen_ml, err);
}

/* 1 in every voxel within mm of the region, which may be nothing for 0 mm. */
static enum ot_rc mark(const struct ot_volume *region, double mm, struct ot_volume *weights,
                       struct ot_err *err)
{
    for (size_t x = 0; x < ot_grid_voxel_count(&weights->grid); x++) {
        weights->data[x] = 0.0F;
    }
    return mm > 0.0 ? ot_margin_mark_quickly(region, mm, weights, err) : OT_OK;
}

/* The lung that is measured: beyond the rim of the liver, and as far inside its own border as
 * blur takes counts away over it. */
static enum ot_rc mark_lungs(struct regions *r, double edge_mm, struct ot_err *err)
{
    for (size_t x = 0; x < ot_grid_voxel_count(&r->lungs->grid); x++) {
        r->work->data[x] = 1.0F - r->all_lungs->data[x];
    }
    const enum ot_rc rc = mark(r->work, edge_mm, r->far_lungs, err); /* 1: near a border */
    for (size_t x = 0; rc == OT_OK && x < ot_grid_voxel_count(&r->lungs->grid); x++) {
        r->far_lungs->data[x] =
            r->lungs->data[x] * (1.0F - r->near_liver->data[x]) * (1.0F - r->far_lungs->data[x]);
    }
    return rc;
}

/* The liver's counts: all within the rim of it, where blur and breathing put them, less what
 * lungs and body hold there by their own means. The body's is that of a shell beyond the rim. */
static double liver_counts(const struct regions *r, double lung_per_ml)
{
    const double voxel_ml = ot_grid_voxel_volume_ml(&r->counts->grid);
    double sum = 0.0;
    double lung_ml = 0.0;
    double body_ml = 0.0;
    double shell = 0.0;
    double shell_ml = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&r->counts->grid); x++) {
        const double liver = (double)r->liver->data[x];
        const double lung = (double)r->lungs->data[x];
        const double rest =
            fmax(0.0, 1.0 - liver - (double)r->all_lungs->data[x] - (double)r->exclude->data[x]);
        const double near = fmax((double)r->near_liver->data[x], liver);
        const double here = near * (1.0 - (double)r->exclude->data[x]);
        sum += (double)r->counts->data[x] * here;
        lung_ml += near * fmin(lung, 1.0 - liver) * voxel_ml;
        if (r->near_liver->data[x] > 0.0F) {
            body_ml += rest * voxel_ml;
        } else if (r->work->data[x] > 0.0F && rest > 0.99) {
            shell += (double)r->counts->data[x];
            shell_ml += voxel_ml;
        }
    }
    return sum - lung_per_ml * lung_ml - (shell_ml > 0.0 ? shell / shell_ml * body_ml : 0.0);
}

/* Lungs: the mean concentration of the measured part stands for all of them. */
static enum ot_rc measure(struct regions *r, double rim_mm, double edge_mm, struct finding *found,
                          struct ot_err *err)
{
    const size_t count = ot_grid_voxel_count(&r->counts->grid);
    enum ot_rc rc = mark(r->liver, rim_mm, r->near_liver, err);
    if (rc == OT_OK) {
        rc = mark_lungs(r, edge_mm, err);
    }
    if (rc == OT_OK) {
        rc = mark(r->liver, rim_mm > 0.0 ? rim_mm + SHELL_MM : 0.0, r->work, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "rim about the liver");
        return rc;
    }
    found->measured_ml =
        ot_sum(r->far_lungs->data, count) * ot_grid_voxel_volume_ml(&r->counts->grid);
    if (!(found->measured_ml > 0.0)) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "no lung is further than %g mm from the liver and %g mm from its border",
                       rim_mm, edge_mm);
    }
    found->mean_per_ml =
        ot_sum_product(r->counts->data, r->far_lungs->data, count) / found->measured_ml;
    if (!(fabs(found->mean_per_ml) > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "%.0f ml of lung beyond the rim hold no counts: check the lungs VOI",
                       found->measured_ml);
    }
    found->lungs.sum = found->mean_per_ml * r->lung_ml;
    found->liver.sum = liver_counts(r, found->mean_per_ml);
    return OT_OK;
}

/* A width of 0 asks for nothing, and stays. */
static double moved_by(double width_mm, double step_mm)
{
    return width_mm > 0.0 ? fmax(0.0, width_mm + step_mm) : 0.0;
}

/* F and its uncertainty; the region's part from a rim one voxel wider and narrower. */
static enum ot_rc find_fraction(struct ot_shunt_work *w, struct regions *r, struct finding *found,
                                struct ot_err *err)
{
    const double *mm = r->counts->grid.spacing_mm;
    const double step_mm = fmax(mm[0], fmax(mm[1], mm[2]));
    const double rim_mm = w->params->dome_rim_mm;
    const double edge_mm = w->params->lung_edge_mm;
    struct ot_shunt moved[2];
    double relative = 0.0;
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < 2; n++) {
        struct finding other = {0};
        rc = measure(r, moved_by(rim_mm, n == 0 ? -step_mm : step_mm),
                     moved_by(edge_mm, n == 0 ? -step_mm : step_mm), &other, err);
        if (rc == OT_OK) {
            rc = ot_shunt_fraction(&other.lungs, &other.liver, &moved[n], err);
        }
    }
    if (rc == OT_OK) {
        rc = measure(r, rim_mm, edge_mm, found, err); /* last: the regions stay those of this one */
    }
    if (rc == OT_OK) {
        rc = ot_shunt_u_of_mean(r->counts, r->far_lungs, CUBE_MM, &relative, err);
    }
    if (rc == OT_OK && isnan(relative)) {
        rc = ot_fail(err, OT_ERR_GEOMETRY, "%.0f ml of lung beyond the rim are too few to measure",
                     found->measured_ml);
    }
    if (rc == OT_OK) {
        found->lungs.variance = pow(relative * found->lungs.sum, 2.0);
        rc = ot_shunt_fraction(&found->lungs, &found->liver, &w->shunt, err);
    }
    if (rc == OT_OK) {
        w->shunt.u_region = ot_shunt_u_between(moved[1].fraction, moved[0].fraction);
        ot_shunt_finish(&w->shunt, false);
    }
    return rc;
}

/* Mass of the lungs on the CT's own grid, where their border is sharp. */
static enum ot_rc find_ct_mass(struct ot_shunt_work *w, struct ot_err *err)
{
    struct ot_case given = w->given;
    struct ot_dosimetry d;
    /* What differs is told already, where the same VOIs were read for the SPECT. */
    struct ot_known_identity known = {.patient_override = given.patient_override,
                                      .study_override = given.study_override,
                                      .frame_override = given.frame_override,
                                      .run = &d};
    struct ot_volume *lungs = NULL;
    given.voi = (struct ot_texts){0};
    for (size_t n = 0; n < w->params->voi.count; n++) {
        const char *text = w->params->voi.text[n];
        if (strncmp(text, "lungs=", 6) == 0 || strncmp(text, "lungs:", 6) == 0) {
            (void)ot_texts_add(&given.voi, "%s", text);
        }
    }
    ot_dosimetry_init(&d, &given, OT_STAGE_DOSE);
    d.grid = w->d.ct->volume->grid;
    d.inputs = json_array();
    enum ot_rc rc = OT_OK;
    if (given.voi.failed || d.inputs == NULL) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for the lungs on the CT");
    } else {
        rc = ot_dosimetry_load_vois(&d, &known, err);
    }
    if (rc == OT_OK) {
        rc = ot_vois_union(d.vois, d.given_voi_count, OT_ROLE_LUNGS, &d.grid, &lungs, err);
    }
    if (rc == OT_OK) {
        const double seen_ml =
            ot_sum(lungs->data, ot_grid_voxel_count(&d.grid)) * ot_grid_voxel_volume_ml(&d.grid);
        const double all_ml = lung_volume_ml(w, &d);
        /* lung beyond the CT has the mean density of the rest */
        w->ct_mass_g = ot_lung_mass_g(w->d.ct->volume, lungs) * fmax(1.0, all_ml / seen_ml);
    }
    ot_volume_destroy(lungs);
    ot_dosimetry_release(&d);
    ot_texts_release(&given.voi);
    return rc;
}

static void describe(struct ot_shunt_work *w, const struct regions *r, const struct finding *found,
                     double plain)
{
    const size_t count = ot_grid_voxel_count(&r->counts->grid);
    const double seen_ml =
        ot_sum(r->lungs->data, count) * ot_grid_voxel_volume_ml(&r->counts->grid);
    if (found->measured_ml < 0.3 * r->lung_ml) {
        (void)ot_texts_add(&w->d.warnings,
                           "%.0f %% of the lungs are measured; the rest is taken to be like them",
                           100.0 * found->measured_ml / r->lung_ml);
    }
    w->measured = json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "dome_rim_mm",
                            w->params->dome_rim_mm, "lung_edge_mm", w->params->lung_edge_mm,
                            "lung_volume_ml", r->lung_ml, "lung_in_field_of_view_ml", seen_ml,
                            "lung_measured_ml", found->measured_ml, "lung_mean_per_ml",
                            found->mean_per_ml, "lungs_counts", found->lungs.sum, "liver_counts",
                            found->liver.sum, "share_of_counts_in_vois", plain);
}

enum ot_rc ot_shunt_from_spect(struct ot_shunt_work *w, struct ot_err *err)
{
    struct regions r = {0};
    struct finding found = {0};
    struct finding bare = {0};
    struct ot_shunt plain = {0};
    enum ot_rc rc = ot_dosimetry_load(&w->d, err);
    if (rc == OT_OK) {
        rc = find_regions(w, &r, err);
    }
    if (rc == OT_OK) {
        bare.lungs.sum =
            ot_sum_product(r.counts->data, r.lungs->data, ot_grid_voxel_count(&w->d.grid));
        bare.liver.sum =
            ot_sum_product(r.counts->data, r.liver->data, ot_grid_voxel_count(&w->d.grid));
        rc = ot_shunt_fraction(&bare.lungs, &bare.liver, &plain, err);
    }
    if (rc == OT_OK) {
        rc = find_fraction(w, &r, &found, err);
    }
    if (rc == OT_OK && w->d.ct != NULL) {
        rc = find_ct_mass(w, err);
    }
    if (rc == OT_OK) {
        describe(w, &r, &found, plain.fraction);
    }
    release(&r);
    return rc;
}
