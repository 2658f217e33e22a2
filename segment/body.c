/* segment/body.c - flood of the air around the patient. */
#include "segment/body.h"

#include <stdbool.h>

#include "core/mem.h"
#include "core/stats.h"

static const float AIR_HU = -300.0F;

struct flood {
    const struct ot_volume *hu;
    float *body;     /* 1 until the flood arrives */
    size_t *pending; /* a stack; each voxel enters at most once */
    size_t count;
};

static void reach(struct flood *flood, size_t voxel)
{
    if (flood->body[voxel] > 0.0F && flood->hu->data[voxel] < AIR_HU) {
        flood->body[voxel] = 0.0F;
        flood->pending[flood->count++] = voxel;
    }
}

static void reach_sides(struct flood *flood)
{
    const size_t *n = flood->hu->grid.n;
    for (size_t k = 0; k < n[2]; k++) {
        for (size_t j = 0; j < n[1]; j++) {
            const size_t row = n[0] * (j + n[1] * k);
            const bool edge = j == 0 || j == n[1] - 1;
            for (size_t i = 0; i < n[0]; i += edge || n[0] == 1 ? 1 : n[0] - 1) {
                reach(flood, row + i);
            }
        }
    }
}

static void spread(struct flood *flood)
{
    const size_t *n = flood->hu->grid.n;
    const size_t plane = n[0] * n[1];
    while (flood->count > 0) {
        const size_t voxel = flood->pending[--flood->count];
        const size_t i = voxel % n[0];
        const size_t j = voxel / n[0] % n[1];
        const size_t k = voxel / plane;
        if (i > 0) {
            reach(flood, voxel - 1);
        }
        if (i + 1 < n[0]) {
            reach(flood, voxel + 1);
        }
        if (j > 0) {
            reach(flood, voxel - n[0]);
        }
        if (j + 1 < n[1]) {
            reach(flood, voxel + n[0]);
        }
        if (k > 0) {
            reach(flood, voxel - plane);
        }
        if (k + 1 < n[2]) {
            reach(flood, voxel + plane);
        }
    }
}

enum ot_rc ot_body_from_hu(const struct ot_volume *hu, struct ot_volume **body, struct ot_err *err)
{
    struct ot_volume *made = NULL;
    struct flood flood = {.hu = hu};
    const size_t count = ot_grid_voxel_count(&hu->grid);
    *body = NULL;

    enum ot_rc rc = ot_volume_require_unit(hu, OT_UNIT_HU, "CT", err);
    if (rc == OT_OK) {
        rc = ot_volume_create(&hu->grid, OT_UNIT_NONE, &made, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    for (size_t x = 0; x < count; x++) {
        made->data[x] = 1.0F;
    }
    flood.body = made->data;
    flood.pending = OT_NEW(size_t, count, err);
    if (flood.pending == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    reach_sides(&flood);
    spread(&flood);
    if (!(ot_sum(made->data, count) > 0.0)) {
        rc = ot_fail(err, OT_ERR_RANGE, "the CT shows no body: no voxel is above -300 HU");
        goto done;
    }
    *body = made;
    made = NULL; /* handed over */

done:
    ot_free(flood.pending);
    ot_volume_destroy(made);
    return rc;
}
