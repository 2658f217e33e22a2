/* io/dicom_fragments.c - fragments are joined to frames; the scan has checked that all are there.
 */
#include "io/dicom_fragments.h"

#include <stdbool.h>
#include <stdint.h>

enum { HEAD = 8 }; /* tag and length of an item; encapsulated data are little endian */

static uint32_t u32(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8U | (uint32_t)at[2] << 16U |
           (uint32_t)at[3] << 24U;
}

/* The fragments of a file, behind the offset table, and where the walk stands among them. */
struct fragments {
    const unsigned char *table;
    size_t table_count;
    const unsigned char *first;
    size_t size; /* of all, with their heads */
    size_t at;
};

static struct fragments fragments_of(const struct ot_dicom_layout *layout)
{
    const unsigned char *start = (const unsigned char *)layout->fragments;
    const size_t table_size = u32(start + 4);
    return (struct fragments){.table = start + HEAD,
                              .table_count = table_size / 4,
                              .first = start + HEAD + table_size,
                              .size = layout->fragments_size - HEAD - table_size};
}

static size_t count_fragments(const struct fragments *f)
{
    size_t count = 0;
    for (size_t at = 0; at < f->size; at += HEAD + u32(f->first + at + 4)) {
        count++;
    }
    return count;
}

/* Where frame n ends, as an offset: where the next one begins. */
static size_t end_of_frame(const struct fragments *f, size_t n, size_t frames)
{
    return n + 1 < frames ? (size_t)u32(f->table + 4 * (n + 1)) : f->size;
}

/* Joins the fragments up to the offset `end`. */
static enum ot_rc join(struct fragments *f, size_t end, struct ot_buffer *joined,
                       struct ot_err *err)
{
    joined->size = 0;
    while (f->at < end && f->at < f->size) {
        const size_t length = u32(f->first + f->at + 4);
        ot_buffer_append(joined, f->first + f->at + HEAD, length);
        f->at += HEAD + length;
    }
    if (f->at != end) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "the offset table of PixelData (7fe0,0010) points between fragments");
    }
    return ot_buffer_check(joined, err);
}

enum ot_rc ot_dicom_fragments_each(const struct ot_dicom_layout *layout, size_t frames,
                                   ot_fragments_fn *each, void *context, struct ot_err *err)
{
    struct fragments f = fragments_of(layout);
    struct ot_buffer joined = {0};
    const size_t count = count_fragments(&f);
    const bool by_table = count != frames && frames > 1;
    enum ot_rc rc = OT_OK;
    if (by_table && f.table_count != frames) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "PixelData (7fe0,0010) holds %zu fragments for %zu frames, and no table "
                       "says which are whose",
                       count, frames);
    }
    for (size_t n = 0; rc == OT_OK && n < frames; n++) {
        if (count == frames) {
            const size_t length = u32(f.first + f.at + 4);
            rc = each(n, f.first + f.at + HEAD, length, context, err);
            f.at += HEAD + length;
            continue;
        }
        rc = join(&f, end_of_frame(&f, n, frames), &joined, err);
        if (rc == OT_OK) {
            rc = each(n, joined.data, joined.size, context, err);
        }
    }
    ot_buffer_release(&joined);
    return rc;
}
