/* cli/flow_shunt_planar.c - shunt fraction from anterior and posterior views. */
#include <math.h>

#include "cli/shunt_planar.h"
#include "core/stats.h"
#include "segment/planar_roi.h"

static void release(struct ot_planar_work *p)
{
    for (size_t s = 0; s < 2; s++) {
        for (size_t r = 0; r < OT_PLANAR_REGIONS; r++) {
            ot_volume_destroy(p->side[s].region[r]);
        }
    }
    ot_planar_release(&p->planar);
}

/* A region's counts on one side, less scatter and background. */
static struct ot_counts counts_of(const struct ot_planar_work *p, size_t s,
                                  const struct ot_volume *region)
{
    struct ot_counts in[OT_PLANAR_WINDOWS] = {{0}};
    struct ot_counts behind[OT_PLANAR_WINDOWS] = {{0}};
    const struct ot_planar_side *side = &p->side[s];
    const struct ot_volume *background = side->region[OT_PLANAR_BACKGROUND];
    for (size_t n = 0; n < OT_PLANAR_WINDOWS; n++) {
        if (side->window[n] != NULL) {
            in[n] = ot_counts_in(side->window[n]->counts, region);
            behind[n] = ot_counts_in(side->window[n]->counts, background);
        }
    }
    const struct ot_counts net = ot_counts_less_scatter(
        &in[OT_WINDOW_MAIN], &in[OT_WINDOW_LOWER], &in[OT_WINDOW_UPPER], p->scatter, &p->windows);
    if (!p->drawn[OT_PLANAR_BACKGROUND] || p->w->params->no_background) {
        return net;
    }
    const struct ot_counts level =
        ot_counts_less_scatter(&behind[OT_WINDOW_MAIN], &behind[OT_WINDOW_LOWER],
                               &behind[OT_WINDOW_UPPER], p->scatter, &p->windows);
    const size_t count = ot_grid_voxel_count(&region->grid);
    return ot_counts_less_background(&net, ot_sum(region->data, count), &level,
                                     ot_sum(background->data, count));
}

static enum ot_rc mean_of(const struct ot_planar_work *p, struct ot_volume *const region[2],
                          struct ot_counts side[2], struct ot_counts *mean, struct ot_err *err)
{
    for (size_t s = 0; s < 2; s++) {
        side[s] = counts_of(p, s, region[s]);
    }
    return ot_counts_geometric_mean(&side[0], &side[1], mean, err);
}

/* F with one region's border moved by a pixel; the other one as it is. */
static enum ot_rc moved(const struct ot_planar_work *p, enum ot_planar_region which, bool grow,
                        const struct ot_counts *other, double *fraction, struct ot_err *err)
{
    struct ot_volume *border[2] = {NULL, NULL};
    struct ot_counts mean = {0};
    struct ot_shunt shunt = {0};
    enum ot_rc rc = OT_OK;
    for (size_t s = 0; rc == OT_OK && s < 2; s++) {
        rc = ot_planar_move_border(
            p->side[s].region[which], grow,
            p->side[s].region[which == OT_PLANAR_LUNGS ? OT_PLANAR_LIVER : OT_PLANAR_LUNGS],
            &border[s], err);
    }
    if (rc == OT_OK) {
        struct ot_counts side[2];
        rc = mean_of(p, border, side, &mean, err);
    }
    if (rc == OT_OK) {
        rc = which == OT_PLANAR_LUNGS ? ot_shunt_fraction(&mean, other, &shunt, err)
                                      : ot_shunt_fraction(other, &mean, &shunt, err);
        *fraction = shunt.fraction;
    }
    ot_volume_destroy(border[0]);
    ot_volume_destroy(border[1]);
    return rc;
}

static json_t *counts_json(const struct ot_counts side[2], const struct ot_counts *mean)
{
    return json_pack("{s:f, s:f, s:f, s:f}", "anterior", side[0].sum, "posterior", side[1].sum,
                     "geometric_mean", mean->sum, "u_geometric_mean", sqrt(mean->variance));
}

static enum ot_rc find_fraction(struct ot_planar_work *p, struct ot_err *err)
{
    struct ot_shunt_work *w = p->w;
    struct ot_counts side[2][2];
    struct ot_counts mean[2];
    double u_region = 0.0;
    enum ot_rc rc = OT_OK;
    for (size_t r = OT_PLANAR_LUNGS; rc == OT_OK && r <= OT_PLANAR_LIVER; r++) {
        struct ot_volume *const region[2] = {p->side[0].region[r], p->side[1].region[r]};
        rc = mean_of(p, region, side[r], &mean[r], err);
        if (rc != OT_OK) {
            ot_err_context(err, "%s", ot_planar_region_names[r]);
        }
    }
    if (rc == OT_OK) {
        rc = ot_shunt_fraction(&mean[OT_PLANAR_LUNGS], &mean[OT_PLANAR_LIVER], &w->shunt, err);
    }
    for (size_t r = OT_PLANAR_LUNGS; rc == OT_OK && r <= OT_PLANAR_LIVER; r++) {
        double grown = 0.0;
        double shrunk = 0.0;
        struct ot_err none = {0};
        rc = moved(p, (enum ot_planar_region)r, true,
                   &mean[r == OT_PLANAR_LUNGS ? OT_PLANAR_LIVER : OT_PLANAR_LUNGS], &grown, err);
        if (rc == OT_OK && moved(p, (enum ot_planar_region)r, false,
                                 &mean[r == OT_PLANAR_LUNGS ? OT_PLANAR_LIVER : OT_PLANAR_LUNGS],
                                 &shrunk, &none) != OT_OK) {
            shrunk = 2.0 * w->shunt.fraction - grown; /* nothing is left of it: as far as grown */
        }
        u_region = hypot(u_region, ot_shunt_u_between(grown, shrunk));
    }
    if (rc == OT_OK) {
        const bool less = p->drawn[OT_PLANAR_BACKGROUND] && !w->params->no_background;
        w->shunt.u_region = u_region;
        ot_shunt_finish(&w->shunt, true);
        w->measured = json_pack("{s:s, s:b, s:s, s:o, s:o}", "scatter", w->params->scatter,
                                "background_subtracted", less ? 1 : 0, "posterior_view",
                                w->params->posterior_view, "lungs",
                                counts_json(side[OT_PLANAR_LUNGS], &mean[OT_PLANAR_LUNGS]), "liver",
                                counts_json(side[OT_PLANAR_LIVER], &mean[OT_PLANAR_LIVER]));
    }
    return rc;
}

enum ot_rc ot_shunt_from_planar(struct ot_shunt_work *w, struct ot_err *err)
{
    struct ot_planar_work p = {.w = w};
    w->d.inputs = json_array();
    if (w->d.inputs == NULL) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory for the inputs");
    }
    enum ot_rc rc = ot_planar_load_views(&p, err);
    if (rc == OT_OK) {
        rc = ot_planar_draw_regions(&p, err);
    }
    if (rc == OT_OK) {
        rc = find_fraction(&p, err);
    }
    if (rc == OT_OK) {
        (void)ot_texts_add(&w->d.warnings,
                           "planar fractions lie above those of SPECT/CT by 2.7 points in the "
                           "mean, and by up to 12 in single patients");
    }
    release(&p);
    return rc;
}
