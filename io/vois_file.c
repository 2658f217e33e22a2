/* io/vois_file.c - vois.nii.gz and vois.json of a result folder.
 *
 * The reader takes what ot_nifti_encode_stack() writes and nothing else: one byte per voxel,
 * little-endian, 4-D. A general 4-D reader would have to guess what its fourth axis means.
 */
#include "io/vois_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>
#include <nifti2_io.h>

#include "core/mem.h"
#include "io/file.h"
#include "io/gzip.h"
#include "io/json.h"
#include "io/nifti.h"

#define STACK_NAME "vois.nii.gz"
#define LIST_NAME "vois.json"

enum { VOXEL_OFFSET = 352, MAX_VOIS = 4096, FRACTION_STEPS = 255 };
static const size_t FILE_LIMIT_BYTES = (size_t)1 << 31;

static enum ot_rc encode_list(const struct ot_voi *vois, size_t count, struct ot_buffer *json,
                              struct ot_err *err)
{
    json_t *list = json_array();
    for (size_t n = 0; n < count; n++) {
        json_t *item = json_pack("{s:s, s:s, s:I}", "name", vois[n].name, "role",
                                 ot_role_name(vois[n].role), "index", (json_int_t)n);
        if (vois[n].is_union) {
            (void)json_object_set_new(item, "union", json_true());
        }
        if (json_array_append_new(list, item) != 0) {
            json_decref(list);
            return ot_fail(err, OT_ERR_NOMEM,
                           LIST_NAME ": no memory, or VOI %zu has a name that "
                                     "is not UTF-8",
                           n + 1);
        }
    }
    const enum ot_rc rc = ot_json_write(list, json, err);
    json_decref(list);
    return rc;
}

enum ot_rc ot_vois_encode(const struct ot_voi *vois, size_t count, struct ot_buffer *nifti,
                          struct ot_buffer *json, struct ot_err *err)
{
    if (count == 0) {
        return ot_fail(err, OT_ERR_ARG, STACK_NAME ": there is no VOI to write");
    }
    const struct ot_volume **volumes = OT_NEW(const struct ot_volume *, count, err);
    if (volumes == NULL) {
        return OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < count; n++) {
        volumes[n] = vois[n].fraction;
    }
    enum ot_rc rc =
        ot_nifti_encode_stack(volumes, count, "VOI fractions, see vois.json", true, nifti, err);
    ot_free((void *)volumes);
    if (rc == OT_OK) {
        rc = encode_list(vois, count, json, err);
    }
    return rc;
}

void ot_vois_destroy(struct ot_voi *vois, size_t count)
{
    for (size_t n = 0; vois != NULL && n < count; n++) {
        ot_voi_release(&vois[n]);
    }
    ot_free(vois);
}

static bool role_from_name(const char *text, enum ot_role *role)
{
    for (int n = 0; n < OT_ROLE_COUNT; n++) {
        if (strcmp(ot_role_name((enum ot_role)n), text) == 0) {
            *role = (enum ot_role)n;
            return true;
        }
    }
    return false;
}

/* RAS rows of the sform to an LPS grid. */
static enum ot_rc grid_of(const nifti_1_header *h, struct ot_grid *grid, struct ot_err *err)
{
    const float *rows[3] = {h->srow_x, h->srow_y, h->srow_z};
    *grid = (struct ot_grid){.n = {(size_t)h->dim[1], (size_t)h->dim[2], (size_t)h->dim[3]}};
    for (size_t c = 0; c < 3; c++) {
        grid->spacing_mm[c] =
            sqrt((double)rows[0][c] * (double)rows[0][c] + (double)rows[1][c] * (double)rows[1][c] +
                 (double)rows[2][c] * (double)rows[2][c]);
    }
    for (size_t r = 0; r < 3; r++) {
        const double sign = r < 2 ? -1.0 : 1.0;
        grid->origin_mm[r] = sign * (double)rows[r][3];
        for (size_t c = 0; c < 3; c++) {
            grid->dir[r][c] = sign * (double)rows[r][c] / grid->spacing_mm[c];
        }
    }
    return ot_grid_validate(grid, err);
}

/* The header, if it is one that the encoder writes for `count` VOIs. */
static enum ot_rc check_header(const nifti_1_header *h, size_t count, struct ot_grid *grid,
                               struct ot_err *err)
{
    const bool ours = h->sizeof_hdr == (int)sizeof *h && memcmp(h->magic, "n+1", 4) == 0 &&
                      h->datatype == DT_UINT8 && h->dim[0] == 4 && h->dim[1] > 0 && h->dim[2] > 0 &&
                      h->dim[3] > 0 && h->sform_code > 0 &&
                      fabs((double)h->vox_offset - VOXEL_OFFSET) < 0.5 &&
                      fabs((double)h->scl_slope * FRACTION_STEPS - 1.0) < 1e-5;
    if (!ours) {
        return ot_fail(err, OT_ERR_FORMAT,
                       STACK_NAME ": it is no stack of VOIs as a result folder has it; run the "
                                  "case again");
    }
    if (h->dim[4] < 0 || (size_t)h->dim[4] != count) {
        return ot_fail(err, OT_ERR_FORMAT, STACK_NAME ": it holds %d VOIs, " LIST_NAME " %zu",
                       (int)h->dim[4], count);
    }
    const enum ot_rc rc = grid_of(h, grid, err);
    if (rc != OT_OK) {
        ot_err_context(err, STACK_NAME);
    }
    return rc;
}

static enum ot_rc read_list(const char *folder, json_t **list, struct ot_err *err)
{
    struct ot_texts path = {0};
    const char *name = ot_texts_add(&path, "%s/" LIST_NAME, folder);
    enum ot_rc rc = OT_OK;
    if (name == NULL) {
        rc = ot_fail(err, OT_ERR_NOMEM, LIST_NAME ": no memory");
    } else {
        rc = ot_json_read(name, list, err);
    }
    ot_texts_release(&path);
    if (rc != OT_OK) {
        return rc;
    }
    const size_t count = json_array_size(*list);
    if (count == 0 || count > MAX_VOIS) {
        json_decref(*list);
        *list = NULL;
        return ot_fail(err, OT_ERR_FORMAT, LIST_NAME ": it must be a list of 1 to %d VOIs",
                       (int)MAX_VOIS);
    }
    return OT_OK;
}

/* Everything inflated; *bytes is owned by the caller. */
static enum ot_rc read_stack(const char *folder, size_t count, struct ot_grid *grid,
                             unsigned char **bytes, struct ot_err *err)
{
    struct ot_texts path = {0};
    struct ot_buffer file = {0};
    nifti_1_header h;
    size_t got = 0;
    const char *name = ot_texts_add(&path, "%s/" STACK_NAME, folder);
    enum ot_rc rc = OT_OK;
    if (name == NULL) {
        rc = ot_fail(err, OT_ERR_NOMEM, STACK_NAME ": no memory");
    } else {
        rc = ot_file_read(name, FILE_LIMIT_BYTES, &file, err);
    }
    if (rc == OT_OK) {
        rc = ot_gzip_peek(file.data, file.size, &h, sizeof h, &got, err);
    }
    if (rc == OT_OK && got != sizeof h) {
        rc = ot_fail(err, OT_ERR_FORMAT, STACK_NAME ": it ends within its header");
    }
    if (rc == OT_OK) {
        rc = check_header(&h, count, grid, err);
    }
    /* dim is int16 and count at most MAX_VOIS: the product fits 64 bits with 2^8 to spare. */
    const size_t size =
        rc == OT_OK ? VOXEL_OFFSET + ot_grid_voxel_count(grid) * count : VOXEL_OFFSET;
    if (rc == OT_OK && size / OT_GZIP_MAX_RATIO > file.size) {
        rc = ot_fail(err, OT_ERR_FORMAT, STACK_NAME ": it is shorter than its header promises");
    }
    if (rc == OT_OK) {
        *bytes = OT_NEW(unsigned char, size, err);
        rc = *bytes != NULL ? ot_gzip_inflate(file.data, file.size, *bytes, size, err)
                            : OT_ERR_NOMEM;
        if (rc != OT_OK) {
            ot_err_context(err, STACK_NAME);
        }
    }
    ot_buffer_release(&file);
    ot_texts_release(&path);
    return rc;
}

/* Item n of the list with its volume of the stack. */
static enum ot_rc make_voi(const json_t *list, size_t n, const struct ot_grid *grid,
                           const unsigned char *bytes, struct ot_voi *voi, struct ot_err *err)
{
    const json_t *item = json_array_get(list, n);
    const char *name = json_string_value(json_object_get(item, "name"));
    const char *role = json_string_value(json_object_get(item, "role"));
    const json_t *index = json_object_get(item, "index");
    if (name == NULL || !ot_text_copy(voi->name, sizeof voi->name, name)) {
        return ot_fail(err, OT_ERR_FORMAT, LIST_NAME ": VOI %zu has no name, or one too long",
                       n + 1);
    }
    if (role == NULL || !role_from_name(role, &voi->role)) {
        return ot_fail(err, OT_ERR_FORMAT, LIST_NAME ": VOI %zu has an unknown role", n + 1);
    }
    if (!json_is_integer(index) || json_integer_value(index) != (json_int_t)n) {
        return ot_fail(err, OT_ERR_FORMAT, LIST_NAME ": VOI %zu must have the index %zu", n + 1, n);
    }
    voi->is_union = json_is_true(json_object_get(item, "union"));
    const enum ot_rc rc = ot_volume_create(grid, OT_UNIT_NONE, &voi->fraction, err);
    if (rc != OT_OK) {
        return rc;
    }
    const size_t voxels = ot_grid_voxel_count(grid);
    const unsigned char *at = bytes + VOXEL_OFFSET + n * voxels;
    for (size_t x = 0; x < voxels; x++) {
        voi->fraction->data[x] = (float)at[x] / (float)FRACTION_STEPS;
    }
    return OT_OK;
}

enum ot_rc ot_vois_load(const char *folder, struct ot_voi **vois, size_t *count, struct ot_err *err)
{
    json_t *list = NULL;
    unsigned char *bytes = NULL;
    struct ot_grid grid;
    struct ot_voi *made = NULL;
    *vois = NULL;
    *count = 0;
    enum ot_rc rc = read_list(folder, &list, err);
    const size_t size = json_array_size(list);
    if (rc == OT_OK) {
        rc = read_stack(folder, size, &grid, &bytes, err);
    }
    if (rc == OT_OK) {
        made = OT_NEW(struct ot_voi, size, err);
        rc = made != NULL ? OT_OK : OT_ERR_NOMEM;
    }
    for (size_t n = 0; n < size && rc == OT_OK; n++) {
        rc = make_voi(list, n, &grid, bytes, &made[n], err);
    }
    if (rc == OT_OK) {
        *vois = made;
        *count = size;
        made = NULL;
    }
    ot_vois_destroy(made, size);
    ot_free(bytes);
    json_decref(list);
    return rc;
}
