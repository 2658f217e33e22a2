/* io/dicom_region.c - regions of RTSTRUCT and SEG by name or number, and the front for both. */
#include "io/dicom_region.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "io/dicom.h"
#include "io/dicom_seg.h"
#include "io/dicom_series.h"
#include "io/dicom_value.h"
#include "io/rtstruct.h"

enum { LIST_SIZE = 200 };
static const long largest_number = 2147483647L;

static enum ot_rc read_entry(const struct otx_item *root, const struct otx_item *item,
                             const struct ot_dicom_catalog *catalog, struct ot_dicom_choice *entry,
                             struct ot_err *err)
{
    (void)ot_dicom_label(root, item, catalog->name, entry->label, sizeof entry->label);
    return ot_dicom_need_integer(item, catalog->number, -largest_number, largest_number,
                                 &entry->number, err);
}

/* Compares the whole name: a choice's label may be cut. */
static bool is_named(const struct otx_item *root, const struct otx_item *item,
                     const struct ot_dicom_catalog *catalog, const char *selector)
{
    char whole[4 * OT_VOI_NAME_SIZE + 1];
    (void)ot_dicom_label(root, item, catalog->name, whole, sizeof whole);
    return selector == NULL || strcmp(whole, selector) == 0;
}

static void list_names(const struct otx_item *root, const struct ot_dicom_catalog *catalog,
                       char *list)
{
    size_t used = 0;
    list[0] = '\0';
    for (const struct otx_item *at = otx_item_first(root, catalog->sequence); at != NULL;
         at = otx_item_next(root, catalog->sequence, at)) {
        struct ot_dicom_choice entry = {0};
        if (read_entry(root, at, catalog, &entry, NULL) != OT_OK || entry.number < catalog->least) {
            continue;
        }
        char one[OT_VOI_NAME_SIZE + 32];
        const int length = snprintf(one, sizeof one, "%s%ld '%s'", used > 0 ? ", " : "",
                                    entry.number, entry.label);
        if (length < 0 || used + (size_t)length + 5 > LIST_SIZE) {
            (void)snprintf(list + used, LIST_SIZE - used, ", ...");
            return;
        }
        memcpy(list + used, one, (size_t)length + 1);
        used += (size_t)length;
    }
}

enum ot_rc ot_dicom_choose(const struct otx_item *root, const struct ot_dicom_catalog *catalog,
                           const char *selector, struct ot_dicom_choice *choice, struct ot_err *err)
{
    char list[LIST_SIZE];
    size_t by_name = 0;
    size_t by_number = 0;
    struct ot_dicom_choice named = {0};
    struct ot_dicom_choice numbered = {0};
    long number = 0;
    const bool is_number = selector != NULL && ot_text_to_long(selector, &number);
    const size_t entries = otx_item_count(root, catalog->sequence);
    if (entries > OT_REGIONS_MOST) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "holds %zu %ss, over the limit of %d; export those that are needed", entries,
                       catalog->what, OT_REGIONS_MOST);
    }
    for (const struct otx_item *at = otx_item_first(root, catalog->sequence); at != NULL;
         at = otx_item_next(root, catalog->sequence, at)) {
        struct ot_dicom_choice entry = {0};
        enum ot_rc rc = read_entry(root, at, catalog, &entry, err);
        if (rc != OT_OK) {
            return rc;
        }
        if (entry.number < catalog->least) {
            continue;
        }
        if (is_named(root, at, catalog, selector)) {
            named = entry;
            by_name++;
        }
        if (is_number && entry.number == number) {
            numbered = entry;
            by_number++;
        }
    }
    if (by_name == 1 || (by_name == 0 && by_number == 1)) {
        *choice = by_name == 1 ? named : numbered;
        return OT_OK;
    }
    list_names(root, catalog, list);
    if (selector == NULL) {
        return by_name == 0 ? ot_fail(err, OT_ERR_FORMAT, "holds no %s", catalog->what)
                            : ot_fail(err, OT_ERR_FORMAT, "holds %zu %ss; name one of: %s", by_name,
                                      catalog->what, list);
    }
    return by_name + by_number == 0
               ? ot_fail(err, OT_ERR_FORMAT, "has no %s '%.60s'; it has: %s", catalog->what,
                         selector, list)
               : ot_fail(err, OT_ERR_FORMAT,
                         "has several %ss '%.60s'; select one by its number: %s", catalog->what,
                         selector, list);
}

/* The one RTSTRUCT or SEG of a file or folder. */
static enum ot_rc find_file(const struct ot_dicom_set *set, const char *path,
                            const struct ot_dicom_file **found, struct ot_err *err)
{
    size_t count = 0;
    *found = NULL;
    for (size_t n = 0; n < set->series_count; n++) {
        const struct ot_dicom_file *file = set->series[n].files[0];
        if (file->damage.code != OT_OK) {
            if (err != NULL) {
                *err = file->damage;
            }
            return file->damage.code;
        }
        if (file->use == OT_USE_RTSTRUCT || file->use == OT_USE_SEG) {
            *found = file;
            count++;
        }
    }
    if (count == 1) {
        return OT_OK;
    }
    *found = NULL;
    if (count > 1) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "the folder holds %zu files of contours or segments; give one file", count);
    }
    if (set->series_count == 0 && set->paths.count == 1) {
        ot_dicom_fail_foreign(set->files[0].name, err);
        return OT_ERR_FORMAT;
    }
    const struct ot_dicom_file *first = set->series_count > 0 ? set->series[0].files[0] : NULL;
    return ot_fail(err, OT_ERR_FORMAT, "%s: holds no contours (RTSTRUCT) or segments (SEG)%s%s",
                   ot_text_base_name(path), first != NULL && first->reason[0] != '\0' ? ": " : "",
                   first != NULL ? first->reason : "");
}

enum ot_rc ot_dicom_regions_load(const char *path, const char *const *selectors, size_t count,
                                 struct ot_region **out, struct ot_err *err)
{
    struct ot_dicom_set set = {0};
    const struct ot_dicom_file *file = NULL;
    for (size_t n = 0; n < count; n++) {
        out[n] = NULL;
    }
    enum ot_rc rc = ot_dicom_set_read(path, OT_USE_SEG, &set, err);
    if (rc == OT_OK) {
        rc = find_file(&set, path, &file, err);
    }
    if (rc == OT_OK) {
        rc = file->use == OT_USE_SEG ? ot_seg_regions(file, selectors, count, out, err)
                                     : ot_rtstruct_regions(file, selectors, count, out, err);
        if (rc != OT_OK) {
            ot_err_context(err, "%s", file->name);
        }
    }
    for (size_t n = 0; rc != OT_OK && n < count; n++) {
        ot_region_destroy(out[n]);
        out[n] = NULL;
    }
    ot_dicom_set_release(&set);
    return rc;
}
