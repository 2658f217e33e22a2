/* io/dicom_scan.c - an iterative walk over the elements of a DICOM file (PS3.5, 7). */
#include "io/dicom_scan.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define ZLIB_CONST /* its input is not changed, and its interface then says so */
#include <zlib.h>

#include "io/dicom_syntax.h"

enum {
    PREAMBLE = 128,
    META_START = PREAMBLE + 4,
    INFLATED_LIMIT = 1 << 29,
    TAG_META_CLASS = 0x00020002,
    TAG_META_INSTANCE = 0x00020003,
    TAG_TRANSFER_SYNTAX = 0x00020010,
    GROUP_PIXELS = 0x7fe0,
};
static const uint32_t TAG_ITEM = 0xfffee000U;
static const uint32_t TAG_ITEM_END = 0xfffee00dU;
static const uint32_t TAG_SEQUENCE_END = 0xfffee0ddU;
static const uint32_t TAG_PIXELS = 0x7fe00010U;
static const uint32_t TAG_FLOAT_PIXELS = 0x7fe00008U;
static const uint32_t TAG_DOUBLE_PIXELS = 0x7fe00009U;
static const uint32_t UNDEFINED_LENGTH = 0xffffffffU;

/* One open sequence or item. */
struct level {
    size_t end;    /* where it must end at the latest */
    bool open;     /* of undefined length: ends with a delimiter */
    bool sequence; /* holds items; otherwise elements */
    bool implicit; /* its elements carry no VR */
    uint32_t last; /* tag of its element before */
};

struct walk {
    const unsigned char *data;
    size_t at;
    size_t depth; /* levels in use; level[0] is the data set */
    struct level level[OT_DICOM_MAX_DEPTH + 1];
    bool big_endian;
};

/* One element's head. */
struct head {
    uint32_t tag;
    uint32_t length;
    size_t size; /* of the head */
    char vr[3];  /* "" where it is implicit */
};

bool ot_dicom_is_part10(const void *bytes, size_t size)
{
    return size >= META_START && memcmp((const char *)bytes + PREAMBLE, "DICM", 4) == 0;
}

static uint32_t u16(const struct walk *walk, size_t at)
{
    const unsigned char *b = walk->data + at;
    return walk->big_endian ? (uint32_t)b[0] << 8U | b[1] : (uint32_t)b[1] << 8U | b[0];
}

static uint32_t u32(const struct walk *walk, size_t at)
{
    const uint32_t first = u16(walk, at);
    const uint32_t second = u16(walk, at + 2);
    return walk->big_endian ? first << 16U | second : second << 16U | first;
}

static enum ot_rc truncated(uint32_t tag, struct ot_err *err)
{
    return ot_fail(err, OT_ERR_FORMAT, "is truncated or damaged at element (%04x,%04x)",
                   (unsigned)(tag >> 16U), (unsigned)(tag & 0xffffU));
}

static enum ot_rc malformed(uint32_t tag, const char *what, struct ot_err *err)
{
    return ot_fail(err, OT_ERR_FORMAT, "element (%04x,%04x) %s", (unsigned)(tag >> 16U),
                   (unsigned)(tag & 0xffffU), what);
}

static bool has_long_length(const char *vr)
{
    static const char names[] = "OB OW OF OD OL OV SQ UT UN UC UR SV UV ";
    for (const char *name = names; *name != '\0'; name += 3) {
        if (strncmp(name, vr, 2) == 0) {
            return true;
        }
    }
    return false;
}

/* Reads the head at walk->at; delimiters and items never carry a VR. */
static enum ot_rc read_head(const struct walk *walk, bool implicit, size_t end, struct head *head,
                            struct ot_err *err)
{
    *head = (struct head){.size = 8};
    if (end - walk->at < 8) {
        return truncated(walk->level[walk->depth - 1].last, err);
    }
    head->tag = u16(walk, walk->at) << 16U | u16(walk, walk->at + 2);
    if (implicit || head->tag >> 16U == 0xfffeU) {
        head->length = u32(walk, walk->at + 4);
        return OT_OK;
    }
    memcpy(head->vr, walk->data + walk->at + 4, 2);
    if (!isupper((unsigned char)head->vr[0]) || !isupper((unsigned char)head->vr[1])) {
        return malformed(head->tag, "has no valid value representation", err);
    }
    if (!has_long_length(head->vr)) {
        head->length = u16(walk, walk->at + 6);
        return OT_OK;
    }
    head->size = 12;
    if (end - walk->at < head->size) {
        return truncated(head->tag, err);
    }
    head->length = u32(walk, walk->at + 8);
    return OT_OK;
}

static enum ot_rc push(struct walk *walk, const struct head *head, bool sequence, bool implicit,
                       struct ot_err *err)
{
    const size_t end = walk->level[walk->depth - 1].end;
    if (walk->depth > OT_DICOM_MAX_DEPTH) {
        return ot_fail(err, OT_ERR_FORMAT, "sequences are nested deeper than %d levels",
                       (int)OT_DICOM_MAX_DEPTH);
    }
    const bool open = head->length == UNDEFINED_LENGTH;
    walk->at += head->size;
    if (!open && head->length > end - walk->at) {
        return truncated(head->tag, err);
    }
    walk->level[walk->depth++] = (struct level){.end = open ? end : walk->at + head->length,
                                                .open = open,
                                                .sequence = sequence,
                                                .implicit = implicit};
    return OT_OK;
}

/* Compressed pixels: items of stated length up to a delimiter. */
static enum ot_rc skip_fragments(struct walk *walk, size_t end, struct ot_dicom_layout *layout,
                                 struct ot_err *err)
{
    walk->at += 12;
    const size_t start = walk->at;
    for (;;) {
        struct head head;
        enum ot_rc rc = read_head(walk, true, end, &head, err);
        if (rc != OT_OK) {
            return truncated(TAG_PIXELS, err);
        }
        walk->at += head.size;
        if (head.tag == TAG_SEQUENCE_END && walk->at - head.size == start) {
            return malformed(TAG_PIXELS, "holds no fragment", err);
        }
        if (head.tag == TAG_SEQUENCE_END) {
            if (walk->depth == 1) {
                layout->fragments = (const char *)walk->data + start;
                layout->fragments_size = walk->at - head.size - start;
            }
            return OT_OK;
        }
        if (head.tag != TAG_ITEM || head.length > end - walk->at) {
            return truncated(TAG_PIXELS, err);
        }
        walk->at += head.length;
    }
}

static bool begins_with_item(const struct walk *walk, size_t at, uint32_t length)
{
    return length >= 8 && (u16(walk, at) << 16U | u16(walk, at + 2)) == TAG_ITEM;
}

static enum ot_rc step_element(struct walk *walk, const struct head *head,
                               struct ot_dicom_layout *layout, struct ot_err *err)
{
    struct level *top = &walk->level[walk->depth - 1];
    if (head->tag == top->last) {
        return malformed(head->tag, "appears twice", err);
    }
    if (head->tag < top->last) {
        return malformed(head->tag, "stands behind one of a higher number", err);
    }
    top->last = head->tag;
    const bool pixels = head->tag == TAG_PIXELS;
    if (head->length == UNDEFINED_LENGTH) {
        if (pixels && !top->implicit) {
            layout->has_pixels = layout->has_pixels || walk->depth == 1;
            layout->encapsulated = layout->encapsulated || walk->depth == 1;
            return skip_fragments(walk, top->end, layout, err);
        }
        const bool unknown = strcmp(head->vr, "UN") == 0;
        if (!top->implicit && !unknown && strcmp(head->vr, "SQ") != 0) {
            return malformed(head->tag, "has no length", err);
        }
        return push(walk, head, true, top->implicit || unknown, err);
    }
    if (head->length > top->end - walk->at - head->size) {
        return truncated(head->tag, err);
    }
    /* Without VR a sequence shows itself by its first item only. */
    if (strcmp(head->vr, "SQ") == 0 ||
        (top->implicit && head->tag >> 16U != GROUP_PIXELS &&
         begins_with_item(walk, walk->at + head->size, head->length))) {
        return push(walk, head, true, top->implicit, err);
    }
    if (walk->depth == 1 && (head->tag == TAG_FLOAT_PIXELS || head->tag == TAG_DOUBLE_PIXELS)) {
        layout->has_float_pixels = true;
    }
    if (pixels && walk->depth == 1) {
        layout->has_pixels = true;
        layout->pixel_size = head->length;
        layout->pixels = (const char *)walk->data + walk->at + head->size;
    }
    walk->at += head->size + head->length;
    return OT_OK;
}

static enum ot_rc step_sequence(struct walk *walk, const struct head *head, struct ot_err *err)
{
    const struct level *top = &walk->level[walk->depth - 1];
    if (head->tag == TAG_SEQUENCE_END && top->open) {
        walk->at += head->size;
        walk->depth--;
        return OT_OK;
    }
    if (head->tag != TAG_ITEM) {
        return malformed(head->tag, "stands in a sequence outside an item", err);
    }
    return push(walk, head, false, top->implicit, err);
}

/* Padding after the data set: some writers fill up with zeros. */
static bool only_zeros_left(const struct walk *walk)
{
    for (size_t at = walk->at; at < walk->level[0].end; at++) {
        if (walk->data[at] != 0) {
            return false;
        }
    }
    return true;
}

static enum ot_rc walk_elements(struct walk *walk, struct ot_dicom_layout *layout,
                                struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    while (rc == OT_OK) {
        const struct level *top = &walk->level[walk->depth - 1];
        if (walk->depth == 1 && (walk->at == top->end || only_zeros_left(walk))) {
            return OT_OK;
        }
        if (walk->depth > 1 && walk->at == top->end) {
            if (top->open) {
                return truncated(top->last, err);
            }
            walk->depth--;
            continue;
        }
        struct head head;
        rc = read_head(walk, top->implicit || top->sequence, top->end, &head, err);
        if (rc != OT_OK) {
            return rc;
        }
        if (top->sequence) {
            rc = step_sequence(walk, &head, err);
        } else if (head.tag == TAG_ITEM_END && top->open && walk->depth > 1) {
            walk->at += head.size;
            walk->depth--;
        } else if (head.tag >> 16U == 0xfffeU) {
            rc = malformed(head.tag, "is out of place", err);
        } else {
            rc = step_element(walk, &head, layout, err);
        }
    }
    return rc;
}

/* The meta group is explicit little endian and ends where another group begins. */
static enum ot_rc read_meta(struct walk *walk, struct ot_dicom_layout *layout, struct ot_err *err)
{
    while (walk->level[0].end - walk->at >= 8 && u16(walk, walk->at) == 2) {
        struct head head;
        enum ot_rc rc = read_head(walk, false, walk->level[0].end, &head, err);
        if (rc != OT_OK) {
            return rc;
        }
        walk->at += head.size;
        if (head.length > walk->level[0].end - walk->at) {
            return truncated(head.tag, err);
        }
        char *uid = head.tag == TAG_TRANSFER_SYNTAX ? layout->transfer_syntax
                    : head.tag == TAG_META_CLASS    ? layout->meta_class
                    : head.tag == TAG_META_INSTANCE ? layout->meta_instance
                                                    : NULL;
        if (uid != NULL && head.length < OT_DICOM_UID_SIZE) {
            memcpy(uid, walk->data + walk->at, head.length);
            uid[head.length] = '\0';
            uid[strcspn(uid, " ")] = '\0';
        }
        walk->at += head.length;
    }
    if (layout->transfer_syntax[0] == '\0') {
        return ot_fail(err, OT_ERR_FORMAT, "states no transfer syntax (0002,0010)");
    }
    return OT_OK;
}

static enum ot_rc inflate_rest(const struct walk *walk, struct ot_buffer *out, struct ot_err *err)
{
    enum ot_rc rc = OT_OK;
    z_stream stream = {0};
    unsigned char block[65536];
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory to inflate a DICOM file");
    }
    const size_t rest = walk->level[0].end - walk->at;
    stream.next_in = walk->data + walk->at;
    stream.avail_in = (uInt)rest;
    int status = Z_OK;
    while (status == Z_OK) {
        stream.next_out = block;
        stream.avail_out = sizeof block;
        status = inflate(&stream, Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END) {
            rc = ot_fail(err, OT_ERR_FORMAT, "is deflated and truncated or damaged");
            break;
        }
        ot_buffer_append(out, block, sizeof block - stream.avail_out);
        if (out->size > INFLATED_LIMIT) {
            rc = ot_fail(err, OT_ERR_UNSUPPORTED,
                         "inflates to more than %d MiB; decompress it by dcmconv",
                         INFLATED_LIMIT >> 20);
            break;
        }
    }
    (void)inflateEnd(&stream);
    return rc != OT_OK ? rc : ot_buffer_check(out, err);
}

enum ot_rc ot_dicom_scan(const void *bytes, size_t size, struct ot_dicom_layout *layout,
                         struct ot_err *err)
{
    struct walk walk = {.data = (const unsigned char *)bytes,
                        .at = META_START,
                        .depth = 1,
                        .level = {{.end = size}}};
    *layout = (struct ot_dicom_layout){0};
    if (!ot_dicom_is_part10(bytes, size)) {
        return ot_fail(err, OT_ERR_FORMAT, "is no DICOM file (no DICM after the preamble)");
    }
    enum ot_rc rc = read_meta(&walk, layout, err);
    if (rc != OT_OK) {
        return rc;
    }
    rc = ot_dicom_syntax_check(layout->transfer_syntax, &layout->compressed, err);
    if (rc != OT_OK) {
        return rc;
    }
    if (strcmp(layout->transfer_syntax, "1.2.840.10008.1.2.1.99") == 0) {
        rc = inflate_rest(&walk, &layout->inflated, err);
        if (rc != OT_OK) {
            return rc;
        }
        walk.data = (const unsigned char *)layout->inflated.data;
        walk.at = 0;
        walk.level[0].end = layout->inflated.size;
    }
    layout->big_endian = strcmp(layout->transfer_syntax, "1.2.840.10008.1.2.2") == 0;
    walk.big_endian = layout->big_endian;
    walk.level[0].implicit = strcmp(layout->transfer_syntax, "1.2.840.10008.1.2") == 0;
    return walk_elements(&walk, layout, err);
}

void ot_dicom_layout_release(struct ot_dicom_layout *layout)
{
    if (layout != NULL) {
        ot_buffer_release(&layout->inflated);
        *layout = (struct ot_dicom_layout){0};
    }
}
