/* io/vois_regions.c - the VOIs of a result folder as regions, for other commands. */
#include <string.h>

#include "core/mem.h"
#include "io/file.h"
#include "io/hash.h"
#include "io/vois_file.h"

/* The folder of a path; "." without one. NULL: no memory. */
static const char *folder_of(const char *path, struct ot_texts *pool)
{
    const char *base = ot_text_base_name(path);
    const size_t length = (size_t)(base - path);
    return length == 0 ? ot_texts_add(pool, ".") : ot_texts_add(pool, "%.*s", (int)length, path);
}

bool ot_vois_is(const char *path)
{
    struct ot_texts pool = {0};
    size_t got = 0;
    char byte = 0;
    if (strcmp(ot_text_base_name(path), "vois.nii.gz") != 0) {
        return false;
    }
    const char *folder = folder_of(path, &pool);
    const char *list = folder != NULL ? ot_texts_add(&pool, "%s/vois.json", folder) : NULL;
    const bool found = list != NULL && ot_file_peek(list, &byte, 1, &got, NULL) == OT_OK;
    ot_texts_release(&pool);
    return found;
}

/* The VOI of a name; the only one where no name is given. */
static enum ot_rc find(const struct ot_voi *vois, size_t count, const char *selector, size_t *found,
                       struct ot_err *err)
{
    struct ot_buffer names = {0};
    *found = 0;
    if (selector == NULL && count == 1) {
        return OT_OK;
    }
    for (size_t n = 0; n < count; n++) {
        if (selector != NULL && strcmp(vois[n].name, selector) == 0) {
            *found = n;
            ot_buffer_release(&names);
            return OT_OK;
        }
        ot_buffer_printf(&names, "%s%s", n > 0 ? ", " : "", vois[n].name);
    }
    const enum ot_rc rc = ot_fail(err, OT_ERR_FORMAT, "vois.nii.gz: %s%.40s%s; it holds %.200s",
                                  selector != NULL ? "there is no VOI '" : "say which VOI is meant",
                                  selector != NULL ? selector : "", selector != NULL ? "'" : "",
                                  names.data != NULL ? names.data : "none");
    ot_buffer_release(&names);
    return rc;
}

/* The part of a fraction that is not 0. */
static enum ot_rc crop(const struct ot_volume *fraction, struct ot_volume **out, struct ot_err *err)
{
    const size_t *size = fraction->grid.n;
    size_t low[3] = {size[0], size[1], size[2]};
    size_t high[3] = {0, 0, 0};
    for (size_t x = 0; x < ot_grid_voxel_count(&fraction->grid); x++) {
        const size_t at[3] = {x % size[0], x / size[0] % size[1], x / (size[0] * size[1])};
        for (size_t c = 0; c < 3 && fraction->data[x] > 0.0F; c++) {
            low[c] = at[c] < low[c] ? at[c] : low[c];
            high[c] = at[c] + 1 > high[c] ? at[c] + 1 : high[c];
        }
    }
    if (high[0] == 0) {
        return ot_fail(err, OT_ERR_RANGE, "it holds no voxel");
    }
    const size_t n[3] = {high[0] - low[0], high[1] - low[1], high[2] - low[2]};
    const struct ot_grid part = ot_grid_part(&fraction->grid, low, n);
    const enum ot_rc rc = ot_volume_create(&part, OT_UNIT_NONE, out, err);
    for (size_t row = 0; rc == OT_OK && row < n[1] * n[2]; row++) {
        const size_t from =
            low[0] + size[0] * (low[1] + row % n[1] + size[1] * (low[2] + row / n[1]));
        memcpy(&(*out)->data[row * n[0]], &fraction->data[from], n[0] * sizeof *fraction->data);
    }
    return rc;
}

static enum ot_rc make_region(const struct ot_voi *voi, const char *sha256, struct ot_region **out,
                              struct ot_err *err)
{
    struct ot_region *region = OT_NEW(struct ot_region, 1, err);
    if (region == NULL) {
        return OT_ERR_NOMEM;
    }
    (void)ot_text_copy(region->label, sizeof region->label, voi->name);
    (void)ot_text_copy(region->file_sha256, sizeof region->file_sha256, sha256);
    const enum ot_rc rc = crop(voi->fraction, &region->mask, err);
    if (rc != OT_OK) {
        ot_err_context(err, "vois.nii.gz: VOI %s", voi->name);
        ot_region_destroy(region);
        return rc;
    }
    *out = region;
    return OT_OK;
}

enum ot_rc ot_vois_regions_read(const char *path, const char *const *selectors, size_t count,
                                struct ot_region **out, struct ot_err *err)
{
    struct ot_texts pool = {0};
    struct ot_voi *vois = NULL;
    size_t voi_count = 0;
    char sha256[OT_SHA256_SIZE];
    const char *folder = folder_of(path, &pool);
    enum ot_rc rc = OT_OK;
    if (folder == NULL) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for a path");
    } else {
        rc = ot_vois_load(folder, &vois, &voi_count, err);
    }
    if (rc == OT_OK) {
        rc = ot_hash_file(path, sha256, err);
    }
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        size_t found = 0;
        rc = find(vois, voi_count, selectors[n], &found, err);
        if (rc == OT_OK) {
            rc = make_region(&vois[found], sha256, &out[n], err);
        }
    }
    for (size_t n = 0; rc != OT_OK && n < count; n++) {
        ot_region_destroy(out[n]);
        out[n] = NULL;
    }
    ot_vois_destroy(vois, voi_count);
    ot_texts_release(&pool);
    return rc;
}
