/* io/load.c - looks at a file's first bytes and hands it to the reader that knows it. */
#include "io/load.h"

#include <string.h>

#include "core/mem.h"
#include "io/dicom.h"
#include "io/file.h"
#include "io/gzip.h"
#include "io/nifti.h"
#include "io/nrrd.h"
#include "io/selector.h"
#include "io/sidecar.h"
#include "io/vois_file.h"

enum { PEEK_BYTES = 4096, PREAMBLE_BYTES = 128, PATH_BYTES = 4096 };

static bool is_dicom(const unsigned char *bytes, size_t size)
{
    if (size >= PREAMBLE_BYTES + 4 && memcmp(bytes + PREAMBLE_BYTES, "DICM", 4) == 0) {
        return true;
    }
    /* Without preamble: a first element of group 0002 or 0008, little or big endian. */
    return size >= 8 && ((bytes[1] == 0 && (bytes[0] == 2 || bytes[0] == 8) && bytes[3] == 0) ||
                         (bytes[0] == 0 && bytes[1] == 8 && bytes[2] == 0));
}

static enum ot_format format_of(const unsigned char *bytes, size_t size)
{
    if (ot_nifti_is(bytes, size)) {
        return OT_FORMAT_NIFTI;
    }
    if (ot_nrrd_is(bytes, size)) {
        return OT_FORMAT_NRRD;
    }
    return is_dicom(bytes, size) ? OT_FORMAT_DICOM : OT_FORMAT_UNKNOWN;
}

enum ot_rc ot_format_detect(const char *path, enum ot_format *format, struct ot_err *err)
{
    unsigned char bytes[PEEK_BYTES];
    unsigned char inflated[PREAMBLE_BYTES];
    size_t size = 0;
    *format = OT_FORMAT_UNKNOWN;
    if (ot_file_is_folder(path)) {
        *format = OT_FORMAT_DICOM;
        return OT_OK;
    }
    enum ot_rc rc = ot_file_peek(path, bytes, sizeof bytes, &size, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (!ot_gzip_is(bytes, size)) {
        *format = format_of(bytes, size);
        return OT_OK;
    }
    size_t got = 0;
    rc = ot_gzip_peek(bytes, size, inflated, sizeof inflated, &got, NULL);
    if (rc == OT_ERR_NOMEM) {
        return ot_fail(err, OT_ERR_NOMEM, "%s: no memory to inflate it", ot_text_base_name(path));
    }
    if (rc == OT_OK && ot_nifti_is(inflated, got)) {
        *format = OT_FORMAT_NIFTI;
    }
    return OT_OK; /* damaged gzip data are of no known format */
}

static enum ot_rc fail_unknown(const char *path, struct ot_err *err)
{
    return ot_fail(err, OT_ERR_FORMAT, "%s: is neither DICOM, NIfTI nor NRRD",
                   ot_text_base_name(path));
}

/* The voxels below 0: how many, how low, and where. */
struct negatives {
    size_t count;
    double lowest;
    size_t first[3], last[3];
};

static void add_negative(struct negatives *all, const size_t at[3], double value)
{
    for (size_t axis = 0; axis < 3; axis++) {
        if (all->count == 0 || at[axis] < all->first[axis]) {
            all->first[axis] = at[axis];
        }
        if (all->count == 0 || at[axis] > all->last[axis]) {
            all->last[axis] = at[axis];
        }
    }
    all->lowest = value < all->lowest ? value : all->lowest;
    all->count++;
}

static enum ot_rc note_negatives(struct ot_image *image, struct ot_err *err)
{
    const size_t *n = image->volume->grid.n;
    const size_t voxels = ot_grid_voxel_count(&image->volume->grid);
    struct negatives all = {.count = 0};
    for (size_t x = 0; x < voxels; x++) {
        if (image->volume->data[x] < 0.0F) {
            const size_t at[3] = {x % n[0], x / n[0] % n[1], x / n[0] / n[1]};
            add_negative(&all, at, (double)image->volume->data[x]);
        }
    }
    image->facts.negative_count = all.count;
    if (all.count > 0 &&
        ot_texts_add(&image->facts.notes,
                     "%zu voxels are negative, the lowest is %.6g; they lie within i %zu-%zu, "
                     "j %zu-%zu, k %zu-%zu",
                     all.count, all.lowest, all.first[0], all.last[0], all.first[1], all.last[1],
                     all.first[2], all.last[2]) == NULL) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory for a note");
    }
    return OT_OK;
}

static enum ot_rc note_saturated(struct ot_image *image, struct ot_err *err)
{
    const size_t count = image->facts.saturated_count;
    if (count > 0 && ot_texts_add(&image->facts.notes,
                                  "%zu voxels hold the largest number that the file can store: "
                                  "what was more may be cut off there",
                                  count) == NULL) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory for a note");
    }
    return OT_OK;
}

static enum ot_unit unit_wanted(enum ot_use want)
{
    if (want == OT_USE_CT) {
        return OT_UNIT_HU;
    }
    return want == OT_USE_DOSE ? OT_UNIT_GY : OT_UNIT_NONE;
}

static enum ot_rc load_without_dicom(const char *path, const struct ot_selector *part,
                                     enum ot_format format, enum ot_use want,
                                     struct ot_image **image, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    if (format == OT_FORMAT_NIFTI) {
        rc = ot_nifti_image_read_part(path, part, unit_wanted(want), image, err);
    } else {
        rc = ot_selector_allow(part, 0, "an NRRD file", err);
        rc = rc == OT_OK ? ot_nrrd_image_read(path, unit_wanted(want), image, err) : rc;
    }
    return rc == OT_OK ? ot_sidecar_apply(path, want, *image, err) : rc;
}

/* By their names in DICOM; what is no DICOM stands in no such file. */
static enum ot_rc load_dicom(const char *path, const struct ot_selector *part,
                             const enum ot_use *wants, size_t count, struct ot_image **image,
                             struct ot_err *err)
{
    enum ot_use uses[OT_USE_IMAGE];
    size_t used = 0;
    for (size_t n = 0; n < count && used < OT_USE_IMAGE; n++) {
        if (wants[n] != OT_USE_IMAGE) {
            uses[used++] = wants[n] == OT_USE_DOSE ? OT_USE_RTDOSE : wants[n];
        }
    }
    return ot_dicom_image_load_first(path, part, used > 0 ? uses : wants, used > 0 ? used : 1,
                                     image, err);
}

static enum ot_rc load(const char *path, const struct ot_selector *part, const enum ot_use *wants,
                       size_t count, struct ot_image **image, struct ot_err *err)
{
    enum ot_format format = OT_FORMAT_UNKNOWN;
    const enum ot_rc rc = ot_format_detect(path, &format, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (format == OT_FORMAT_UNKNOWN) {
        return fail_unknown(path, err);
    }
    return format == OT_FORMAT_DICOM ? load_dicom(path, part, wants, count, image, err)
                                     : load_without_dicom(path, part, format, wants[0], image, err);
}

static enum ot_rc check_wants(const enum ot_use *wants, size_t count, struct ot_err *err)
{
    for (size_t n = 0; n < count; n++) {
        if (wants[n] != OT_USE_SPECT && wants[n] != OT_USE_PET && wants[n] != OT_USE_CT &&
            wants[n] != OT_USE_DOSE && wants[n] != OT_USE_MR && wants[n] != OT_USE_IMAGE) {
            return ot_fail(err, OT_ERR_ARG, "an image cannot be wanted as %d", (int)wants[n]);
        }
    }
    return count > 0 ? OT_OK : ot_fail(err, OT_ERR_ARG, "an image is wanted as nothing");
}

enum ot_rc ot_image_load(const char *path, enum ot_use want, struct ot_image **out,
                         struct ot_err *err)
{
    return ot_image_load_first(path, &want, 1, out, err);
}

enum ot_rc ot_image_load_first(const char *path, const enum ot_use *wants, size_t count,
                               struct ot_image **out, struct ot_err *err)
{
    char file[PATH_BYTES];
    struct ot_selector part;
    struct ot_image *image = NULL;
    *out = NULL;
    enum ot_rc rc = check_wants(wants, count, err);
    if (rc == OT_OK) {
        rc = ot_selector_split(path, file, sizeof file, &part, err);
    }
    if (rc == OT_OK) {
        rc = load(file, &part, wants, count, &image, err);
    }
    /* A CT is negative by nature. */
    if (rc == OT_OK && image->volume->unit != OT_UNIT_HU) {
        rc = note_negatives(image, err);
        rc = rc == OT_OK ? note_saturated(image, err) : rc;
    }
    if (rc != OT_OK) {
        ot_image_destroy(image);
        return rc;
    }
    *out = image;
    return OT_OK;
}

enum ot_rc ot_regions_load(const char *path, const char *const *selectors, size_t count,
                           struct ot_region **out, struct ot_err *err)
{
    enum ot_format format = OT_FORMAT_UNKNOWN;
    for (size_t n = 0; n < count; n++) {
        out[n] = NULL;
    }
    const enum ot_rc rc = ot_format_detect(path, &format, err);
    if (rc != OT_OK) {
        return rc;
    }
    switch (format) {
    case OT_FORMAT_DICOM:
        return ot_dicom_regions_load(path, selectors, count, out, err);
    case OT_FORMAT_NIFTI:
        return ot_vois_is(path) ? ot_vois_regions_read(path, selectors, count, out, err)
                                : ot_nifti_regions_read(path, selectors, count, out, err);
    case OT_FORMAT_NRRD:
        return ot_nrrd_regions_read(path, selectors, count, out, err);
    case OT_FORMAT_UNKNOWN:
        break;
    }
    return fail_unknown(path, err);
}
