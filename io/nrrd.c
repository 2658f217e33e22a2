/* io/nrrd.c - NRRD files become images and regions.
 *
 * The header's text and the amount of data are checked here; ITK then reads the same file, and
 * what it found must be what was found here. */
#include "io/nrrd.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "io/file.h"
#include "io/gzip.h"
#include "io/hash.h"
#include "io/nrrd_header.h"
#include "io/nrrd_segments.h"
#include "io/raster.h"
#ifdef OT_WITH_ITK
#include "io/shim/itk_nrrd.h"
#endif

bool ot_nrrd_is(const void *bytes, size_t size)
{
    static const char magic[] = "NRRD000";
    return size > sizeof magic && memcmp(bytes, magic, sizeof magic - 1) == 0;
}

#ifdef OT_WITH_ITK

struct nrrd {
    struct ot_nrrd_header header;
    struct ot_raster raster;
    struct otx_nrrd *file;
    unsigned char *bytes; /* owned: all components of all voxels */
    char sha256[OT_SHA256_SIZE];
    size_t file_count;
};

static void nrrd_release(struct nrrd *nrrd)
{
    otx_nrrd_close(nrrd->file);
    nrrd->file = NULL;
    ot_free(nrrd->bytes);
    nrrd->bytes = NULL;
}

/* The data, as stored, must make exactly the voxels that the header promises. */
static enum ot_rc check_amount(const struct ot_nrrd_header *header, const unsigned char *data,
                               size_t size, struct ot_err *err)
{
    const size_t want = header->voxel_bytes;
    switch (header->encoding) {
    case OT_NRRD_RAW:
        return size == want
                   ? OT_OK
                   : ot_fail(err, OT_ERR_FORMAT,
                             "holds %zu bytes of voxels, its header promises %zu", size, want);
    case OT_NRRD_GZIP:
        if (want / OT_GZIP_MAX_RATIO > size) {
            return ot_fail(err, OT_ERR_FORMAT,
                           "%zu bytes of gzip data cannot hold the %zu bytes that the header "
                           "promises",
                           size, want);
        }
        return ot_gzip_inflate(data, size, NULL, want, err);
    case OT_NRRD_TEXT: /* a digit and a blank for each, at least; ITK counts them */
        return size / 2 + 1 >= want / ot_scalar_size(header->type)
                   ? OT_OK
                   : ot_fail(err, OT_ERR_FORMAT, "holds fewer numbers than its header promises");
    }
    return ot_fail(err, OT_ERR_UNSUPPORTED, "the NRRD encoding is not read");
}

static enum ot_rc add_digest(const unsigned char *bytes, size_t size, struct ot_texts *digests,
                             struct ot_err *err)
{
    char hex[OT_SHA256_SIZE];
    const enum ot_rc rc = ot_hash_bytes(bytes, size, hex, err);
    if (rc == OT_OK && ot_texts_add(digests, "%s", hex) == NULL) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory for a digest");
    }
    return rc;
}

/* The data file that a detached header names. */
static enum ot_rc check_data_file(const char *path, const struct ot_nrrd_header *header,
                                  struct ot_texts *digests, struct ot_err *err)
{
    struct ot_buffer name = {0};
    unsigned char *bytes = NULL;
    size_t size = 0;
    ot_buffer_append(&name, path, (size_t)(ot_text_base_name(path) - path));
    ot_buffer_text(&name, header->data_file);
    enum ot_rc rc = ot_buffer_check(&name, err);
    if (rc == OT_OK) {
        rc = ot_file_read_block(name.data, &bytes, &size, err);
    }
    if (rc == OT_OK) {
        rc = check_amount(header, bytes, size, err);
    }
    if (rc == OT_OK) {
        rc = add_digest(bytes, size, digests, err);
    }
    ot_free(bytes);
    ot_buffer_release(&name);
    return rc;
}

/* Reads the stored bytes once for header, amount of data and digest. */
static enum ot_rc check_files(const char *path, struct nrrd *nrrd, struct ot_err *err)
{
    struct ot_texts digests = {0};
    unsigned char *bytes = NULL;
    size_t size = 0;
    struct ot_nrrd_header *header = &nrrd->header;
    enum ot_rc rc = ot_file_read_block(path, &bytes, &size, err);
    if (rc == OT_OK) {
        rc = ot_nrrd_header_parse(bytes, size, header, err);
    }
    if (rc == OT_OK) {
        rc = add_digest(bytes, size, &digests, err);
    }
    if (rc == OT_OK) {
        rc = header->data_file[0] != '\0' ? check_data_file(path, header, &digests, err)
                                          : check_amount(header, bytes + header->data_offset,
                                                         size - header->data_offset, err);
    }
    if (rc == OT_OK) {
        nrrd->file_count = digests.count;
        rc = ot_hash_set(&digests, nrrd->sha256, err);
    }
    ot_texts_release(&digests);
    ot_free(bytes);
    return rc;
}

/* Both readers of the header must have seen the same. */
static enum ot_rc check_itk_agrees(const struct nrrd *nrrd, struct ot_err *err)
{
    const double tol_mm = 1e-6; /* of numbers read from the same text */
    struct otx_nrrd_header itk;
    const struct ot_nrrd_header *own = &nrrd->header;
    otx_nrrd_header_get(nrrd->file, &itk);
    bool same =
        itk.axes == 3 && itk.components == own->components &&
        itk.component_bytes == ot_scalar_size(own->type) &&
        itk.component_is_float == (own->type >= OT_SCALAR_F32) &&
        itk.component_is_signed == (own->type >= OT_SCALAR_F32 || own->type % 2 == OT_SCALAR_I8);
    for (size_t c = 0; c < 3; c++) {
        same =
            same && itk.n[c] == own->n[c] && fabs(itk.origin_mm[c] - own->origin_mm[c]) <= tol_mm;
        for (size_t r = 0; r < 3; r++) {
            same = same && fabs(itk.dir[r][c] * itk.spacing_mm[c] - own->matrix[r][c]) <= tol_mm;
        }
    }
    return same ? OT_OK
                : ot_fail(err, OT_ERR_EXTERNAL,
                          "ITK reads another size, type or geometry than the NRRD header states");
}

static enum ot_rc nrrd_read(const char *path, struct nrrd *nrrd, struct ot_err *err)
{
    const struct ot_nrrd_header *header = &nrrd->header;
    enum ot_rc rc = check_files(path, nrrd, err);
    if (rc == OT_OK) {
        rc = ot_raster_grid(header->n, (const double(*)[3])header->matrix, header->origin_mm,
                            &nrrd->raster.grid, &nrrd->raster.slices_reversed, err);
    }
    if (rc == OT_OK) {
        rc = otx_nrrd_open(path, &nrrd->file, err);
    }
    if (rc == OT_OK) {
        rc = check_itk_agrees(nrrd, err);
    }
    if (rc == OT_OK) {
        rc =
            ot_mem_require((double)header->voxel_bytes, "the inflated file", "crop the image", err);
    }
    if (rc == OT_OK) {
        nrrd->bytes = OT_NEW(unsigned char, header->voxel_bytes, err);
        rc = nrrd->bytes != NULL ? otx_nrrd_read(nrrd->file, nrrd->bytes, header->voxel_bytes, err)
                                 : OT_ERR_NOMEM;
    }
    if (rc == OT_OK) {
        nrrd->raster.type = header->type;
        nrrd->raster.components = header->components;
        nrrd->raster.slope = 1.0;
        nrrd->raster.bytes = nrrd->bytes;
    }
    return rc;
}

/* Every message starts with the base name, once. */
static void name_file(const char *path, struct ot_err *err)
{
    const char *name = ot_text_base_name(path);
    if (err != NULL && strncmp(err->text, name, strlen(name)) != 0) {
        ot_err_context(err, "%s", name);
    }
}

enum ot_rc ot_nrrd_image_read(const char *path, enum ot_unit unit, struct ot_image **out,
                              struct ot_err *err)
{
    struct nrrd nrrd = {.file_count = 0};
    *out = NULL;
    struct ot_image *image = OT_NEW(struct ot_image, 1, err);
    enum ot_rc rc = image != NULL ? nrrd_read(path, &nrrd, err) : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        rc = ot_raster_volume(&nrrd.raster, unit, &image->volume, err);
    }
    if (rc == OT_OK) {
        image->facts.use = OT_USE_IMAGE;
        image->facts.file_count = nrrd.file_count;
        image->facts.saturated_count = ot_raster_saturated(&nrrd.raster);
        (void)ot_text_copy(image->facts.files_sha256, OT_SHA256_SIZE, nrrd.sha256);
        *out = image;
        image = NULL;
    } else {
        name_file(path, err);
    }
    nrrd_release(&nrrd);
    ot_image_destroy(image);
    return rc;
}

static bool text_of(const void *context, const char *key, char *text, size_t size)
{
    return otx_nrrd_text((const struct otx_nrrd *)context, key, text, size);
}

enum ot_rc ot_nrrd_regions_read(const char *path, const char *const *selectors, size_t count,
                                struct ot_region **out, struct ot_err *err)
{
    struct nrrd nrrd = {.file_count = 0};
    for (size_t n = 0; n < count; n++) {
        out[n] = NULL;
    }
    enum ot_rc rc = nrrd_read(path, &nrrd, err);
    if (rc == OT_OK) {
        rc = ot_nrrd_has_segments(text_of, nrrd.file)
                 ? ot_nrrd_segment_regions(&nrrd.raster, text_of, nrrd.file, selectors, count, out,
                                           err)
                 : ot_raster_regions(&nrrd.raster, selectors, count, out, err);
    }
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        (void)ot_text_copy(out[n]->file_sha256, OT_SHA256_SIZE, nrrd.sha256);
    }
    if (rc != OT_OK) {
        name_file(path, err);
    }
    nrrd_release(&nrrd);
    return rc;
}

#else /* a build for the thread sanitizer: ITK does not accept its compiler */

enum ot_rc ot_nrrd_image_read(const char *path, enum ot_unit unit, struct ot_image **out,
                              struct ot_err *err)
{
    (void)unit;
    *out = NULL;
    return ot_fail(err, OT_ERR_UNSUPPORTED, "%s: this build cannot read NRRD",
                   ot_text_base_name(path));
}

enum ot_rc ot_nrrd_regions_read(const char *path, const char *const *selectors, size_t count,
                                struct ot_region **out, struct ot_err *err)
{
    (void)selectors;
    for (size_t n = 0; n < count; n++) {
        out[n] = NULL;
    }
    return ot_fail(err, OT_ERR_UNSUPPORTED, "%s: this build cannot read NRRD",
                   ot_text_base_name(path));
}

#endif
