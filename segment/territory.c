/* segment/territory.c - volumes and distances of perfused territories. */
#include "segment/territory.h"

#include <math.h>

#include "core/stats.h"
#include "segment/surface.h"
#include "segment/voi_algebra.h"

static const double SAME_GRID_MM = 1e-3; /* as in segment/voi_algebra.c */

/* The unions that everything is measured against; owned. */
struct unions {
    const struct ot_voi *vois;
    size_t count;
    int threads;
    const struct ot_volume *liver;    /* borrowed; NULL without */
    const struct ot_volume *perfused; /* the only territory or `united`; NULL without */
    struct ot_volume *united;         /* several territories */
    struct ot_volume *lesions;        /* tumors and thrombus */
    struct ot_volume *nonperfused;    /* liver - perfused; NULL without either */
    struct ot_surface perfused_edge, nonperfused_edge; /* without points: of none of them */
};

static double volume_ml(const struct ot_volume *f)
{
    return ot_sum(f->data, ot_grid_voxel_count(&f->grid)) * ot_grid_voxel_volume_ml(&f->grid);
}

static struct ot_span filled(const struct ot_volume *f)
{
    return ot_span_filled(f->data, ot_grid_voxel_count(&f->grid));
}

/* sum min(f_a, f_b) in ml. */
static double both_ml(const struct ot_volume *a, const struct ot_volume *b)
{
    const struct ot_span span = filled(a);
    double sum = 0.0;
    for (size_t x = span.first; x < span.end; x++) {
        sum += (double)(a->data[x] < b->data[x] ? a->data[x] : b->data[x]);
    }
    return sum * ot_grid_voxel_volume_ml(&a->grid);
}

/* sum max(0, f_a + f_b - 1) in ml. */
static double overlap_ml(const struct ot_volume *a, const struct ot_volume *b)
{
    const struct ot_span span = filled(a);
    double sum = 0.0;
    for (size_t x = span.first; x < span.end; x++) {
        const double over = (double)a->data[x] + (double)b->data[x] - 1.0;
        sum += over > 0.0 ? over : 0.0;
    }
    return sum * ot_grid_voxel_volume_ml(&a->grid);
}

/* sum max(0, f_a - f_b) in ml. */
static double without_ml(const struct ot_volume *a, const struct ot_volume *b)
{
    const struct ot_span span = filled(a);
    double sum = 0.0;
    for (size_t x = span.first; x < span.end; x++) {
        const double left = (double)a->data[x] - (double)b->data[x];
        sum += left > 0.0 ? left : 0.0;
    }
    return sum * ot_grid_voxel_volume_ml(&a->grid);
}

static size_t count_role(const struct unions *u, enum ot_role role)
{
    size_t count = 0;
    for (size_t n = 0; n < u->count; n++) {
        count += u->vois[n].role == role;
    }
    return count;
}

static void release(struct unions *u)
{
    ot_volume_destroy(u->united);
    ot_volume_destroy(u->lesions);
    ot_volume_destroy(u->nonperfused);
    ot_surface_release(&u->perfused_edge);
    ot_surface_release(&u->nonperfused_edge);
}

/* liver - perfused. */
static enum ot_rc make_nonperfused(struct unions *u, struct ot_err *err)
{
    const enum ot_rc rc = ot_volume_create(&u->liver->grid, OT_UNIT_NONE, &u->nonperfused, err);
    const struct ot_span span = filled(u->liver);
    for (size_t x = span.first; rc == OT_OK && x < span.end; x++) {
        const float left = u->liver->data[x] - u->perfused->data[x];
        u->nonperfused->data[x] = left > 0.0F ? left : 0.0F;
    }
    return rc;
}

static enum ot_rc make_unions(struct unions *u, const struct ot_voi *vois, size_t count,
                              struct ot_err *err)
{
    const struct ot_grid *grid = &vois[0].fraction->grid;
    struct ot_volume *thrombus = NULL;
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        const bool liver = vois[n].role == OT_ROLE_LIVER;
        const bool perfused = vois[n].role == OT_ROLE_PERFUSED;
        if ((liver || perfused) && !ot_grid_same(&vois[n].fraction->grid, grid, SAME_GRID_MM)) {
            rc = ot_fail(err, OT_ERR_GEOMETRY, "VOI '%s' is on another grid than '%s'",
                         vois[n].name, vois[0].name);
        }
        u->liver = liver ? vois[n].fraction : u->liver;
        u->perfused = perfused ? vois[n].fraction : u->perfused;
    }
    if (rc == OT_OK) {
        rc = ot_vois_union(vois, count, OT_ROLE_TUMOR, grid, &u->lesions, err);
    }
    if (rc == OT_OK) {
        rc = ot_vois_union(vois, count, OT_ROLE_THROMBUS, grid, &thrombus, err);
    }
    if (rc == OT_OK) {
        const struct ot_span span = filled(thrombus);
        for (size_t x = span.first; x < span.end; x++) {
            const float sum = u->lesions->data[x] + thrombus->data[x];
            u->lesions->data[x] = sum < 1.0F ? sum : 1.0F;
        }
    }
    if (rc == OT_OK && count_role(u, OT_ROLE_PERFUSED) > 1) {
        rc = ot_vois_union(vois, count, OT_ROLE_PERFUSED, grid, &u->united, err);
        u->perfused = u->united;
    }
    if (rc == OT_OK && u->perfused != NULL && u->liver != NULL) {
        rc = make_nonperfused(u, err);
    }
    ot_volume_destroy(thrombus);
    return rc;
}

static void measure_liver(const struct unions *u, struct ot_territories *out)
{
    out->liver_ml = u->liver != NULL ? volume_ml(u->liver) : (double)NAN;
    if (u->perfused != NULL) {
        out->perfused_ml = volume_ml(u->perfused);
    }
    if (u->liver == NULL || u->perfused == NULL || u->nonperfused == NULL) {
        return;
    }
    out->perfused_liver_ml = both_ml(u->liver, u->perfused);
    out->nonperfused_liver_ml = volume_ml(u->nonperfused);
    out->perfused_liver_percent = 100.0 * out->perfused_liver_ml / out->liver_ml;
    out->nonperfused_liver_percent = 100.0 * out->nonperfused_liver_ml / out->liver_ml;
    out->remnant_ml = without_ml(u->nonperfused, u->lesions);
    out->remnant_percent = 100.0 * out->remnant_ml / without_ml(u->liver, u->lesions);
}

static void measure_territories(const struct unions *u, struct ot_territories *out)
{
    const struct ot_volume *fraction[OT_MOST_TERRITORIES];
    for (size_t n = 0; n < u->count; n++) {
        const struct ot_voi *voi = &u->vois[n];
        if (voi->role != OT_ROLE_PERFUSED) {
            continue;
        }
        struct ot_territory *territory = &out->territory[out->territory_count];
        fraction[out->territory_count++] = voi->fraction;
        (void)ot_text_copy(territory->name, sizeof territory->name, voi->name);
        territory->volume_ml = volume_ml(voi->fraction);
        territory->outside_liver_ml =
            u->liver != NULL ? without_ml(voi->fraction, u->liver) : (double)NAN;
        territory->treated_liver_percent = 100.0 * territory->volume_ml / out->liver_ml;
        for (size_t t = 0; t + 1 < out->territory_count; t++) {
            out->overlap[out->overlap_count++] =
                (struct ot_territory_overlap){.a = t,
                                              .b = out->territory_count - 1,
                                              .volume_ml = overlap_ml(fraction[t], voi->fraction)};
        }
    }
}

/* What margins are measured to, once for all tumors. */
static enum ot_rc make_edges(struct unions *u, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    if (u->perfused != NULL) {
        rc = ot_surface_make(u->perfused, u->threads, &u->perfused_edge, err);
    }
    if (rc == OT_OK && u->nonperfused != NULL) {
        rc = ot_surface_make(u->nonperfused, u->threads, &u->nonperfused_edge, err);
    }
    return rc;
}

static enum ot_rc measure_tumor(const struct unions *u, const struct ot_voi *voi,
                                struct ot_tumor_cover *tumor, struct ot_err *err)
{
    struct ot_surface surface = {0};
    (void)ot_text_copy(tumor->name, sizeof tumor->name, voi->name);
    tumor->volume_ml = volume_ml(voi->fraction);
    tumor->outside_liver_percent =
        u->liver != NULL ? 100.0 * without_ml(voi->fraction, u->liver) / tumor->volume_ml
                         : (double)NAN;
    tumor->uncovered_ml =
        u->perfused != NULL ? without_ml(voi->fraction, u->perfused) : (double)NAN;
    tumor->uncovered_percent = 100.0 * tumor->uncovered_ml / tumor->volume_ml;
    enum ot_rc rc = ot_surface_make(voi->fraction, u->threads, &surface, err);
    if (rc == OT_OK) {
        tumor->diameter_mm =
            surface.points.count > 0 ? ot_surface_diameter_mm(&surface, u->threads) : (double)NAN;
        rc = ot_surface_margin_mm(&surface, &u->perfused_edge, true, &tumor->margin_mm, err);
    }
    if (rc == OT_OK) {
        rc = ot_surface_margin_mm(&surface, &u->nonperfused_edge, false,
                                  &tumor->untreated_margin_mm, err);
    }
    ot_surface_release(&surface);
    return rc;
}

static enum ot_rc measure_tumors(struct unions *u, struct ot_territories *out, struct ot_err *err)
{
    double largest_ml = 0.0;
    enum ot_rc rc = count_role(u, OT_ROLE_TUMOR) > 0 ? make_edges(u, err) : OT_OK;
    for (size_t n = 0; rc == OT_OK && n < u->count; n++) {
        if (u->vois[n].role != OT_ROLE_TUMOR) {
            continue;
        }
        struct ot_tumor_cover *tumor = &out->tumor[out->tumor_count++];
        rc = measure_tumor(u, &u->vois[n], tumor, err);
        if (tumor->volume_ml > largest_ml) {
            largest_ml = tumor->volume_ml;
            out->tumor_diameter_mm = tumor->diameter_mm;
        }
        const bool first = out->tumor_count == 1;
        if (first || !(tumor->margin_mm >= out->least_margin_mm)) { /* NAN stays: not known */
            out->least_margin_mm =
                isnan(out->least_margin_mm) && !first ? (double)NAN : tumor->margin_mm;
        }
    }
    return rc;
}

enum ot_rc ot_territories_measure(const struct ot_voi *vois, size_t count, int threads,
                                  struct ot_territories *out, struct ot_err *err)
{
    const double unknown = (double)NAN;
    struct unions u = {.vois = vois, .count = count, .threads = threads};
    *out = (struct ot_territories){.perfused_ml = unknown,
                                   .liver_ml = unknown,
                                   .perfused_liver_ml = unknown,
                                   .perfused_liver_percent = unknown,
                                   .nonperfused_liver_ml = unknown,
                                   .nonperfused_liver_percent = unknown,
                                   .remnant_ml = unknown,
                                   .remnant_percent = unknown,
                                   .tumor_diameter_mm = unknown,
                                   .least_margin_mm = unknown};
    if (count == 0) {
        return OT_OK;
    }
    if (count_role(&u, OT_ROLE_PERFUSED) > OT_MOST_TERRITORIES ||
        count_role(&u, OT_ROLE_TUMOR) > OT_MOST_TUMORS) {
        return ot_fail(err, OT_ERR_ARG, "there are more than %d perfused VOIs or %d tumors",
                       (int)OT_MOST_TERRITORIES, (int)OT_MOST_TUMORS);
    }
    enum ot_rc rc = make_unions(&u, vois, count, err);
    if (rc == OT_OK) {
        measure_liver(&u, out);
        measure_territories(&u, out);
        rc = measure_tumors(&u, out, err);
    }
    release(&u);
    return rc;
}
