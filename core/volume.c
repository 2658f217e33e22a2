/* core/volume.c - voxel images. */
#include "core/volume.h"

#include <stdio.h>

#include "core/mem.h"

/* Said with the need, not by the allocator with a number of bytes. */
static enum ot_rc require_memory(const struct ot_grid *grid, struct ot_err *err)
{
    const double bytes = (double)ot_grid_voxel_count(grid) * sizeof(float);
    char what[96];
    (void)snprintf(what, sizeof what, "an image of %zu x %zu x %zu voxels", grid->n[0], grid->n[1],
                   grid->n[2]);
    return ot_mem_require(bytes, what, "crop it or use larger voxels", err);
}

enum ot_rc ot_volume_create(const struct ot_grid *grid, enum ot_unit unit, struct ot_volume **out,
                            struct ot_err *err)
{
    struct ot_volume *volume = NULL;
    *out = NULL;

    enum ot_rc rc = ot_grid_validate(grid, err);
    if (rc == OT_OK) {
        rc = require_memory(grid, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    volume = OT_NEW(struct ot_volume, 1, err);
    if (volume == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    volume->grid = *grid;
    volume->unit = unit;
    volume->data = OT_NEW(float, ot_grid_voxel_count(grid), err);
    if (volume->data == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    *out = volume;
    volume = NULL; /* handed over */

done:
    ot_volume_destroy(volume);
    return rc;
}

void ot_volume_destroy(struct ot_volume *volume)
{
    if (volume == NULL) {
        return;
    }
    ot_free(volume->data);
    ot_free(volume);
}

enum ot_rc ot_volume_require_unit(const struct ot_volume *volume, enum ot_unit unit,
                                  const char *what, struct ot_err *err)
{
    if (volume->unit != unit) {
        return ot_fail(err, OT_ERR_UNIT, "%s is in %s, need %s", what, ot_unit_name(volume->unit),
                       ot_unit_name(unit));
    }
    return OT_OK;
}

const char *ot_unit_name(enum ot_unit unit)
{
    switch (unit) {
    case OT_UNIT_NONE:
        return "1";
    case OT_UNIT_HU:
        return "[hnsf'U]";
    case OT_UNIT_G_PER_CM3:
        return "g/cm3";
    case OT_UNIT_BQ_PER_ML:
        return "Bq/mL";
    case OT_UNIT_BQ_S:
        return "Bq.s";
    case OT_UNIT_GY:
        return "Gy";
    }
    return "?";
}
