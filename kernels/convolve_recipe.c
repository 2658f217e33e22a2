/* kernels/convolve_recipe.c - what of a kernel's octant counts, and in which order. */
#include "kernels/convolve_recipe.h"

#include "core/mem.h"

enum { GROUP = OT_CONVOLVE_GROUP, SHIFTS = OT_CONVOLVE_SHIFTS };

static const double LEFT_OUT = 1e-8;

/* Fractions up to this are left out: of powers of ten, the largest that keeps to LEFT_OUT. */
static double least_fraction(const struct ot_voxel_s *kernel)
{
    const size_t *r = kernel->radius;
    const size_t count = (r[0] + 1) * (r[1] + 1) * (r[2] + 1);
    const double most = LEFT_OUT * kernel->octant[0];
    double limit = most;
    double sum = 2.0 * most;
    while (limit > 0.0 && sum > most) {
        limit /= 10.0;
        sum = 0.0;
        for (size_t x = 0; x < count; x++) {
            sum += kernel->octant[x] <= limit ? 8.0 * kernel->octant[x] : 0.0;
        }
    }
    return limit;
}

/* How many di the pair needs. */
static size_t shifts_of(const struct ot_voxel_s *kernel, size_t pair, double limit)
{
    const double *row = kernel->octant + (kernel->radius[0] + 1) * pair;
    size_t shifts = kernel->radius[0] + 1;
    while (shifts > 0 && !(row[shifts - 1] > limit)) {
        shifts--;
    }
    return shifts;
}

/* Puts pair dj + (rj + 1) dk at row `place`. */
static void place_pair(const struct ot_voxel_s *kernel, size_t pair, size_t shifts, size_t place,
                       struct ot_convolve_recipe *recipe)
{
    const size_t *r = kernel->radius;
    const size_t dj = pair % (r[1] + 1);
    const size_t dk = pair / (r[1] + 1);
    struct ot_convolve_group *group = &recipe->group[place / GROUP];
    float *weight = recipe->weight + GROUP * recipe->pitch * (place / GROUP) + place % GROUP;
    group->dk[place % GROUP] = dk;
    group->below[place % GROUP] = r[1] - dj;
    group->above[place % GROUP] = r[1] + dj;
    group->shifts = shifts; /* pairs come in ascending order of need */
    for (size_t di = 0; di <= r[0]; di++) {
        /* row j itself comes as j - 0 and j + 0 */
        weight[GROUP * di] = (float)(kernel->octant[di + (r[0] + 1) * pair] * (dj > 0 ? 1.0 : 0.5));
    }
}

enum ot_rc ot_convolve_recipe_init(const struct ot_voxel_s *kernel,
                                   struct ot_convolve_recipe *recipe, struct ot_err *err)
{
    const size_t *r = kernel->radius;
    const size_t pairs = (r[1] + 1) * (r[2] + 1);
    const double limit = least_fraction(kernel);
    size_t needed = 0;
    for (size_t pair = 0; pair < pairs; pair++) {
        needed += shifts_of(kernel, pair, limit) > 0 ? 1 : 0;
    }
    recipe->groups = (needed + GROUP - 1) / GROUP;
    recipe->shifts = r[0] + 1;
    recipe->pitch = (r[0] + 1 + SHIFTS - 1) / SHIFTS * SHIFTS;
    recipe->group = OT_NEW(struct ot_convolve_group, recipe->groups, err);
    recipe->weight = OT_NEW(float, recipe->groups * recipe->pitch * GROUP, err);
    if (recipe->group == NULL || recipe->weight == NULL) {
        return OT_ERR_NOMEM;
    }
    /* The first group, of least need, may not be full: its first rows have weight 0. */
    size_t place = GROUP * recipe->groups - needed;
    for (size_t shifts = 1; shifts <= r[0] + 1; shifts++) {
        for (size_t pair = pairs; pair-- > 0;) {
            if (shifts_of(kernel, pair, limit) == shifts) {
                place_pair(kernel, pair, shifts, place++, recipe);
            }
        }
    }
    return OT_OK;
}

void ot_convolve_recipe_release(struct ot_convolve_recipe *recipe)
{
    ot_free(recipe->group);
    ot_free(recipe->weight);
    *recipe = (struct ot_convolve_recipe){0};
}

void ot_convolve_recipe_work(const struct ot_voxel_s *kernel, size_t *products, size_t *rows)
{
    const size_t *r = kernel->radius;
    const double limit = least_fraction(kernel);
    *products = 0;
    *rows = 2 * r[0];
    for (size_t pair = 0; pair < (r[1] + 1) * (r[2] + 1); pair++) {
        const size_t shifts = shifts_of(kernel, pair, limit);
        *products += shifts;
        *rows += shifts > 0 ? 1 : 0;
    }
}
