/* kernels/phantom_truth_fields.c - the smooth patient and its image as fields of activity and
 * tissue. */
#include "kernels/phantom_truth.h"

#include <math.h>

struct shapes {
    const struct ot_phantom *phantom;
    const struct ot_phantom_voi *voi;
    struct ot_phantom_concentrations concentrations;
};

static double shapes_at(const void *context, const double point_mm[3], bool lung)
{
    const struct shapes *shapes = (const struct shapes *)context;
    (void)lung;
    return ot_phantom_concentration_of(&shapes->concentrations,
                                       ot_phantom_parts_at(shapes->phantom, point_mm));
}

static double shapes_weight(const void *context, size_t voxel, const double point_mm[3],
                            const struct ot_stretch *here)
{
    const struct shapes *shapes = (const struct shapes *)context;
    (void)voxel;
    (void)here;
    const bool holds =
        ot_phantom_voi_holds(shapes->voi, ot_phantom_parts_at(shapes->phantom, point_mm));
    return holds ? 1.0 : 0.0;
}

static void shapes_path(const void *context, const double from_mm[3], const double direction[3],
                        double most_g_per_cm2, struct ot_path *path)
{
    const struct shapes *shapes = (const struct shapes *)context;
    ot_phantom_path(shapes->phantom, from_mm, direction, most_g_per_cm2, path);
}

enum ot_rc ot_truth_of_shapes(const struct ot_phantom *phantom, const struct ot_phantom_voi *voi,
                              const struct ot_volume *fraction, const struct ot_volume *source,
                              const struct ot_truth_settings *settings, struct ot_truth *truth,
                              struct ot_err *err)
{
    const struct shapes shapes = {
        .phantom = phantom, .voi = voi, .concentrations = ot_phantom_concentrations(phantom)};
    const struct ot_truth_field field = {.at = shapes_at,
                                         .weight = shapes_weight,
                                         .path = shapes_path,
                                         .even = true,
                                         .context = &shapes};
    return ot_truth_of_field(&field, fraction, source, settings, truth, err);
}

struct image {
    const struct ot_truth_image *given;
    enum ot_role role;
    double per_mm[3];
    /* With a phantom only: what its tissues fill of each voxel. */
    const float *body, *lungs, *liver, *rha, *tumor[OT_PHANTOM_TUMORS];
    struct ot_phantom_concentrations concentrations;
};

/* The part of a voxel's concentration that lies in its lung, or else in the rest, per ml of that
 * part and of the voxel's mean: the sum over both parts is kept. */
static double concentrated(const struct image *image, size_t voxel, bool lung)
{
    const double lungs = (double)image->lungs[voxel];
    const double rest = 1.0 - lungs;
    if (!(lungs > 0.0 && rest > 0.0) || image->given->blurred) {
        return 1.0;
    }
    const struct ot_phantom_concentrations *c = &image->concentrations;
    double in_rest = c->normal * (double)image->rha[voxel];
    for (size_t t = 0; t < OT_PHANTOM_TUMORS; t++) {
        in_rest += (c->tumor[t] - c->normal) * (double)image->tumor[t][voxel];
    }
    const double mean = in_rest + c->lungs * lungs;
    return (lung ? c->lungs : in_rest / rest) / mean;
}

static double image_at(const void *context, const double point_mm[3], bool lung)
{
    const struct image *image = (const struct image *)context;
    const struct ot_volume *concentration = image->given->concentration;
    const struct ot_grid *grid = &concentration->grid;
    size_t at[3];
    for (size_t r = 0; r < 3; r++) {
        const double index = (point_mm[r] - grid->origin_mm[r]) * image->per_mm[r] + 0.5;
        if (!(index >= 0.0 && index < (double)grid->n[r])) {
            return 0.0;
        }
        at[r] = (size_t)index;
    }
    const size_t voxel = at[0] + grid->n[0] * (at[1] + grid->n[1] * at[2]);
    const double value = image->given->scale * (double)concentration->data[voxel];
    return image->lungs != NULL ? value * concentrated(image, voxel, lung) : value;
}

/* By mass within what the role counts of a voxel, so that voxels count by their fraction. */
static double image_weight(const void *context, size_t voxel, const double point_mm[3],
                           const struct ot_stretch *here)
{
    const struct image *image = (const struct image *)context;
    const bool counts_lung = image->role == OT_ROLE_LUNGS || image->role == OT_ROLE_BODY;
    const bool counts_rest = image->role != OT_ROLE_LUNGS;
    (void)point_mm;
    if (here->lung ? !counts_lung : !counts_rest) {
        return 0.0;
    }
    const double lungs = (double)image->lungs[voxel];
    const double liver = (double)image->liver[voxel];
    const double other = fmax(0.0, (double)image->body[voxel] - lungs - liver);
    double g_per_ml = 0.0; /* of the voxel */
    if (counts_lung) {
        g_per_ml += lungs * ot_phantom_density_g_per_ml(OT_PART_BODY | OT_PART_LUNGS);
    }
    if (counts_rest) {
        g_per_ml += liver * ot_phantom_density_g_per_ml(OT_PART_BODY | OT_PART_LIVER) +
                    other * ot_phantom_density_g_per_ml(OT_PART_BODY);
    }
    return g_per_ml > 0.0 ? here->g_per_ml / g_per_ml : 0.0;
}

static void image_path(const void *context, const double from_mm[3], const double direction[3],
                       double most_g_per_cm2, struct ot_path *path)
{
    const struct image *image = (const struct image *)context;
    ot_phantom_path(image->given->phantom, from_mm, direction, most_g_per_cm2, path);
}

/* The fractions of the VOI that is all of one part of the phantom. */
static const float *filled_by(struct ot_volume *const *fractions, unsigned part)
{
    size_t v = 0;
    while (v + 1 < ot_phantom_voi_count &&
           !(ot_phantom_vois[v].all == part && ot_phantom_vois[v].any == 0 &&
             ot_phantom_vois[v].none == 0)) {
        v++;
    }
    return fractions[v]->data;
}

enum ot_rc ot_truth_of_image(const struct ot_truth_image *given, enum ot_role role,
                             const struct ot_volume *fraction,
                             const struct ot_truth_settings *settings, struct ot_truth *truth,
                             struct ot_err *err)
{
    static const unsigned tumor_part[OT_PHANTOM_TUMORS] = {OT_PART_T1, OT_PART_T2, OT_PART_T3};
    struct image image = {.given = given, .role = role};
    for (size_t r = 0; r < 3; r++) {
        image.per_mm[r] = 1.0 / given->concentration->grid.spacing_mm[r];
    }
    struct ot_truth_field field = {.at = image_at, .context = &image};
    if (given->phantom == NULL) {
        return ot_truth_of_field(&field, fraction, given->concentration, settings, truth, err);
    }
    image.concentrations = ot_phantom_concentrations(given->phantom);
    image.body = filled_by(given->fractions, OT_PART_BODY);
    image.lungs = filled_by(given->fractions, OT_PART_LUNGS);
    image.liver = filled_by(given->fractions, OT_PART_LIVER);
    image.rha = filled_by(given->fractions, OT_PART_RHA);
    for (size_t t = 0; t < OT_PHANTOM_TUMORS; t++) {
        image.tumor[t] = filled_by(given->fractions, tumor_part[t]);
    }
    field.weight = image_weight;
    field.path = image_path;
    return ot_truth_of_field(&field, fraction, given->source, settings, truth, err);
}
