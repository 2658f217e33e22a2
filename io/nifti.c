/* io/nifti.c - NIfTI files become images and regions. */
#include "io/nifti.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sys/stat.h>

#include "core/mem.h"
#include "io/file.h"
#include "io/gzip.h"
#include "io/hash.h"
#include "io/nifti_header.h"
#include "io/raster.h"

bool ot_nifti_is(const void *bytes, size_t size)
{
    bool swap = false;
    return ot_nifti_version(bytes, size, &swap) != 0;
}

/* A file's bytes as they are stored. */
struct stored {
    unsigned char *bytes; /* owned */
    size_t size;
};

/* What a NIfTI file, or a pair, holds. */
struct nifti {
    struct ot_nifti_header header;
    unsigned char *bytes; /* owned; the inflated file that holds the voxels */
    struct ot_texts digests;
    char sha256[OT_SHA256_SIZE];
    size_t file_count;
    size_t volume; /* which one is wanted, from 0 */
};

static void nifti_release(struct nifti *nifti)
{
    ot_free(nifti->bytes);
    nifti->bytes = NULL;
    ot_texts_release(&nifti->digests);
}

/* Adds the digest of the stored bytes to the file set. */
static enum ot_rc digest(const struct stored *stored, struct nifti *nifti, struct ot_err *err)
{
    char hex[OT_SHA256_SIZE];
    const enum ot_rc rc = ot_hash_bytes(stored->bytes, stored->size, hex, err);
    if (rc != OT_OK) {
        return rc;
    }
    nifti->file_count++;
    return ot_texts_add(&nifti->digests, "%s", hex) != NULL
               ? OT_OK
               : ot_fail(err, OT_ERR_NOMEM, "no memory for a digest");
}

static enum ot_rc parse_header(const struct stored *stored, struct nifti *nifti,
                               struct ot_texts *notes, struct ot_err *err)
{
    unsigned char start[OT_NIFTI2_BYTES] = {0};
    size_t got = stored->size < sizeof start ? stored->size : sizeof start;
    if (ot_gzip_is(stored->bytes, stored->size)) {
        const enum ot_rc rc =
            ot_gzip_peek(stored->bytes, stored->size, start, sizeof start, &got, err);
        if (rc != OT_OK) {
            return rc;
        }
    } else if (got > 0) {
        memcpy(start, stored->bytes, got);
    }
    return ot_nifti_header_parse(start, got, &nifti->header, notes, err);
}

/* Takes the voxels over, inflated; the size must be what the header promises, to the byte. */
static enum ot_rc take_voxels(struct stored *stored, struct nifti *nifti, struct ot_err *err)
{
    const size_t want = nifti->header.voxel_offset + nifti->header.voxel_bytes;
    if (!ot_gzip_is(stored->bytes, stored->size)) {
        if (stored->size != want) {
            return ot_fail(err, OT_ERR_FORMAT, "holds %zu bytes, its header promises %zu: it is %s",
                           stored->size, want,
                           stored->size < want ? "cut off" : "not what the header describes");
        }
        nifti->bytes = stored->bytes;
        stored->bytes = NULL;
        return OT_OK;
    }
    if (want / OT_GZIP_MAX_RATIO > stored->size) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "%zu bytes of gzip data cannot hold the %zu bytes that the header promises",
                       stored->size, want);
    }
    const enum ot_rc rc = ot_mem_require((double)want, "the inflated file", "crop the image", err);
    if (rc != OT_OK) {
        return rc;
    }
    nifti->bytes = OT_NEW(unsigned char, want, err);
    return nifti->bytes != NULL
               ? ot_gzip_inflate(stored->bytes, stored->size, nifti->bytes, want, err)
               : OT_ERR_NOMEM;
}

/* The .img or .img.gz beside a .hdr or .hdr.gz. */
static enum ot_rc find_image_file(const char *path, struct ot_buffer *name, struct ot_err *err)
{
    static const char *const ends[] = {".hdr", ".hdr.gz", ".HDR"};
    static const char *const images[] = {".img", ".img.gz", ".IMG"};
    struct stat status;
    for (size_t e = 0; e < sizeof ends / sizeof ends[0]; e++) {
        if (!ot_text_ends_with(path, ends[e])) {
            continue;
        }
        const size_t stem = strlen(path) - strlen(ends[e]);
        for (size_t m = 0; m < sizeof images / sizeof images[0]; m++) {
            name->size = 0;
            ot_buffer_append(name, path, stem);
            ot_buffer_text(name, images[m]);
            const enum ot_rc rc = ot_buffer_check(name, err);
            if (rc != OT_OK || stat(name->data, &status) == 0) {
                return rc;
            }
        }
    }
    return ot_fail(err, OT_ERR_FORMAT,
                   "is the header of a pair, and its .img file is not beside it");
}

static enum ot_rc take_image_file(const char *path, struct nifti *nifti, struct ot_err *err)
{
    struct ot_buffer name = {0};
    struct stored image = {0};
    enum ot_rc rc = find_image_file(path, &name, err);
    if (rc == OT_OK) {
        rc = ot_file_read_block(name.data, &image.bytes, &image.size, err);
    }
    if (rc == OT_OK) {
        rc = digest(&image, nifti, err);
    }
    if (rc == OT_OK) {
        rc = take_voxels(&image, nifti, err);
    }
    ot_free(image.bytes);
    ot_buffer_release(&name);
    return rc;
}

/* Of several volumes, which usually are times, one must be named. */
static enum ot_rc choose_volume(const struct ot_selector *part, struct nifti *nifti,
                                struct ot_texts *notes, struct ot_err *err)
{
    const size_t volumes = nifti->header.volumes;
    const long wanted = part != NULL ? part->number[OT_SELECT_VOLUME] : 0;
    enum ot_rc rc = ot_selector_allow(part, 1U << OT_SELECT_VOLUME, "a NIfTI file", err);
    if (rc == OT_OK && wanted == 0 && volumes > 1) {
        rc = ot_fail(err, OT_ERR_UNSUPPORTED,
                     "has %zu volumes, one is needed: choose it as in FILE#1", volumes);
    }
    if (rc == OT_OK && wanted > 0 && (size_t)wanted > volumes) {
        rc = ot_fail(err, OT_ERR_FORMAT, "has no volume %ld, there %s %zu", wanted,
                     volumes == 1 ? "is" : "are", volumes);
    }
    if (rc == OT_OK && wanted > 0) {
        nifti->volume = (size_t)wanted - 1;
        (void)ot_texts_add(notes, "of %zu volumes, number %ld is read", volumes, wanted);
    }
    return rc;
}

static enum ot_rc nifti_open(const char *path, const struct ot_selector *part, struct nifti *nifti,
                             struct ot_texts *notes, struct ot_err *err)
{
    struct stored stored = {0};
    enum ot_rc rc = ot_file_read_block(path, &stored.bytes, &stored.size, err);
    if (rc != OT_OK) {
        ot_free(stored.bytes);
        return rc; /* the name is in the text */
    }
    rc = digest(&stored, nifti, err);
    if (rc == OT_OK) {
        rc = parse_header(&stored, nifti, notes, err);
    }
    if (rc == OT_OK) {
        rc = choose_volume(part, nifti, notes, err);
    }
    if (rc == OT_OK) {
        rc = nifti->header.pair ? take_image_file(path, nifti, err)
                                : take_voxels(&stored, nifti, err);
    }
    if (rc == OT_OK) {
        rc = ot_hash_set(&nifti->digests, nifti->sha256, err);
    }
    ot_free(stored.bytes);
    if (rc != OT_OK) {
        ot_err_context(err, "%s", ot_text_base_name(path));
    }
    return rc;
}

static struct ot_raster raster_of(const struct nifti *nifti)
{
    const struct ot_nifti_header *h = &nifti->header;
    return (struct ot_raster){.grid = h->grid,
                              .slices_reversed = h->slices_reversed,
                              .type = h->type,
                              .swap = h->swap,
                              .components = 1,
                              .slope = h->slope,
                              .intercept = h->intercept,
                              .bytes =
                                  nifti->bytes + h->voxel_offset + nifti->volume * h->volume_bytes};
}

enum ot_rc ot_nifti_image_read(const char *path, enum ot_unit unit, struct ot_image **out,
                               struct ot_err *err)
{
    return ot_nifti_image_read_part(path, NULL, unit, out, err);
}

enum ot_rc ot_nifti_image_read_part(const char *path, const struct ot_selector *part,
                                    enum ot_unit unit, struct ot_image **out, struct ot_err *err)
{
    struct nifti nifti = {.file_count = 0};
    *out = NULL;
    struct ot_image *image = OT_NEW(struct ot_image, 1, err);
    if (image == NULL) {
        return OT_ERR_NOMEM;
    }
    enum ot_rc rc = nifti_open(path, part, &nifti, &image->facts.notes, err);
    if (rc != OT_OK) {
        goto done;
    }
    const struct ot_raster raster = raster_of(&nifti);
    rc = ot_raster_volume(&raster, unit, &image->volume, err);
    if (rc != OT_OK) {
        ot_err_context(err, "%s", ot_text_base_name(path));
        goto done;
    }
    if (image->facts.notes.failed) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for a note");
        goto done;
    }
    image->facts.use = OT_USE_IMAGE;
    image->facts.file_count = nifti.file_count;
    image->facts.intercept = nifti.header.intercept;
    ot_image_judge_intercept(image, true);
    if (fabs(image->facts.intercept) > 0.0 &&
        ot_texts_add(&image->facts.notes, "scl_inter adds %g to every voxel, also to air",
                     image->facts.intercept) == NULL) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for a note");
        goto done;
    }
    image->facts.saturated_count = ot_raster_saturated(&raster);
    image->facts.length_unit_assumed = nifti.header.length_unit_assumed;
    (void)ot_text_copy(image->facts.files_sha256, OT_SHA256_SIZE, nifti.sha256);
    *out = image;
    image = NULL;

done:
    nifti_release(&nifti);
    ot_image_destroy(image);
    return rc;
}

enum ot_rc ot_nifti_regions_read(const char *path, const char *const *selectors, size_t count,
                                 struct ot_region **out, struct ot_err *err)
{
    struct nifti nifti = {.file_count = 0};
    struct ot_texts notes = {0};
    for (size_t n = 0; n < count; n++) {
        out[n] = NULL;
    }
    enum ot_rc rc = nifti_open(path, NULL, &nifti, &notes, err);
    if (rc == OT_OK) {
        const struct ot_raster raster = raster_of(&nifti);
        rc = ot_raster_regions(&raster, selectors, count, out, err);
        if (rc != OT_OK) {
            ot_err_context(err, "%s", ot_text_base_name(path));
        }
    }
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        (void)ot_text_copy(out[n]->file_sha256, OT_SHA256_SIZE, nifti.sha256);
        out[n]->length_unit_assumed = nifti.header.length_unit_assumed;
    }
    nifti_release(&nifti);
    ot_texts_release(&notes);
    return rc;
}
