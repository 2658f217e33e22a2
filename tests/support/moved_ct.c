/* tests/support/moved_ct.c - the synthetic patient's CT after a motion. */
#include "tests/support/moved_ct.h"

#include "core/mem.h"
#include "tests/support/ot_test.h"

static const double NOISE_HU = 20.0;
enum { THREADS = 2 };

struct ot_phantom ot_test_small_phantom(void)
{
    struct ot_phantom phantom;
    struct ot_err err = {0};
    assert_ok(ot_phantom_preset("small", &phantom, &err), err);
    return phantom;
}

struct ot_volume *ot_test_moved_ct(const struct ot_phantom *phantom, const struct ot_grid *grid,
                                   const struct ot_rigid *motion, uint64_t seed)
{
    const size_t all = ot_grid_voxel_count(grid);
    struct ot_grid place = *grid;
    struct ot_volume *hu = ot_test_volume(grid, OT_UNIT_HU);
    int16_t *values = OT_NEW(int16_t, all, NULL);
    uint8_t *parts = OT_NEW(uint8_t, all, NULL);
    assert_non_null(values);
    assert_non_null(parts);
    ot_rigid_move_grid(motion, &place);
    ot_phantom_render_ct(phantom, &place, NOISE_HU, seed, THREADS, values, parts);
    for (size_t x = 0; x < all; x++) {
        hu->data[x] = values[x];
    }
    ot_free(values);
    ot_free(parts);
    return hu;
}
