/* io/dicom_frames.c - functional groups are gathered, frame by frame. */
#include "io/dicom_frames.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

/* Functional groups whose attributes a classic slice has in its data set. The sequence of real
 * world values stays one: a frame may have several of its items. */
static const uint32_t groups[] = {
    TAG_PIXEL_MEASURES_SEQUENCE,   TAG_PLANE_POSITION_SEQUENCE,  TAG_PLANE_ORIENTATION_SEQUENCE,
    TAG_FRAME_CONTENT_SEQUENCE,    TAG_CT_FRAME_TYPE_SEQUENCE,   TAG_PET_FRAME_TYPE_SEQUENCE,
    TAG_SHARED_CONVERTED_SEQUENCE, TAG_FRAME_CONVERTED_SEQUENCE, TAG_PIXEL_TRANSFORMATION_SEQUENCE,
};
/* Without these there is no geometry, whatever the data set says besides. */
static const uint32_t needed[] = {TAG_PIXEL_MEASURES_SEQUENCE, TAG_PLANE_POSITION_SEQUENCE,
                                  TAG_PLANE_ORIENTATION_SEQUENCE};

enum { GROUP_COUNT = sizeof groups / sizeof groups[0], ID_SIZE = 32 };

/* Which volume a frame belongs to. */
struct place {
    size_t stack; /* n-th of the Stack IDs, from 1 */
    long time;    /* Temporal Position Index; 1 where it is not said */
    char id[ID_SIZE];
};

/* A group stands with all frames or with each frame; in both places they may contradict. */
static enum ot_rc check_group(const struct otx_item *shared, const struct otx_item *frame,
                              uint32_t group, struct ot_err *err)
{
    if (shared == NULL || otx_item_first(shared, group) == NULL ||
        otx_item_first(frame, group) == NULL) {
        return OT_OK;
    }
    return ot_fail(err, OT_ERR_FORMAT,
                   "the group (%04x,%04x) stands both in the shared (5200,9229) and in the "
                   "per-frame groups (5200,9230)",
                   (unsigned)(group >> 16U), (unsigned)(group & 0xffffU));
}

static enum ot_rc check_groups(const struct otx_item *shared, const struct otx_item *frame,
                               struct ot_err *err)
{
    enum ot_rc rc = check_group(shared, frame, TAG_REAL_WORLD_SEQUENCE, err);
    for (size_t n = 0; rc == OT_OK && n < GROUP_COUNT; n++) {
        rc = check_group(shared, frame, groups[n], err);
    }
    if (rc != OT_OK) {
        return rc;
    }
    for (size_t n = 0; n < sizeof needed / sizeof needed[0]; n++) {
        if ((shared == NULL || otx_item_first(shared, needed[n]) == NULL) &&
            otx_item_first(frame, needed[n]) == NULL) {
            return ot_dicom_missing(needed[n], err);
        }
    }
    return OT_OK;
}

static enum ot_rc gather(const struct otx_item *root, const struct otx_item *shared,
                         const struct otx_item *frame, struct otx_dicom **out, struct ot_err *err)
{
    const struct otx_item *parts[3 + 2 * GROUP_COUNT] = {root};
    const struct otx_item *const both[] = {shared, frame};
    size_t count = 1;
    for (size_t b = 0; b < 2; b++) {
        if (both[b] == NULL) {
            continue;
        }
        parts[count++] = both[b];
        for (size_t n = 0; n < GROUP_COUNT; n++) {
            const struct otx_item *group = otx_item_first(both[b], groups[n]);
            if (group != NULL) {
                parts[count++] = group;
            }
        }
    }
    return otx_dicom_merge(parts, count, TAG_SHARED_GROUPS, out, err);
}

static enum ot_rc add_frame(const struct ot_dicom_file *file, const struct otx_item *shared,
                            const struct otx_item *frame, size_t n, struct ot_dicom_frames *frames,
                            struct ot_err *err)
{
    struct ot_dicom_file *to = &frames->files[n];
    enum ot_rc rc = check_groups(shared, frame, err);
    if (rc == OT_OK) {
        rc = gather(file->root, shared, frame, &to->dicom, err);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s (frame %zu)", file->name, n + 1);
        return rc;
    }
    struct otx_dicom *own = to->dicom;
    *to = *file;
    to->dicom = own;
    to->root = otx_dicom_root(own);
    to->bytes = (struct ot_buffer){0}; /* they stay with the file */
    to->layout.inflated = (struct ot_buffer){0};
    to->name = ot_texts_add(&frames->names, "%s (frame %zu)", file->name, n + 1);
    return to->name != NULL ? OT_OK : ot_fail(err, OT_ERR_NOMEM, "no memory for a name");
}

static enum ot_rc read_place(const struct ot_dicom_file *frame, const struct place *places,
                             size_t n, struct place *place, struct ot_err *err)
{
    bool found = false;
    size_t most = 0;
    *place = (struct place){.time = 1};
    (void)ot_dicom_text(frame->root, TAG_STACK_ID, place->id, sizeof place->id);
    for (size_t m = 0; m < n && place->stack == 0; m++) {
        place->stack = strcmp(places[m].id, place->id) == 0 ? places[m].stack : 0;
        most = places[m].stack > most ? places[m].stack : most;
    }
    place->stack = place->stack == 0 ? most + 1 : place->stack;
    const enum ot_rc rc = ot_dicom_integer(frame->root, TAG_TEMPORAL_POSITION, 1, 2147483647L,
                                           &place->time, &found, err);
    if (rc != OT_OK) {
        ot_err_context(err, "%s", frame->name);
    }
    return rc;
}

/* How many different stacks and times there are among the places. */
static void count_volumes(const struct place *places, size_t count, size_t *stacks, size_t *times)
{
    *stacks = 0;
    *times = 0;
    for (size_t n = 0; n < count; n++) {
        bool seen = false;
        for (size_t m = 0; m < n && !seen; m++) {
            seen = places[m].time == places[n].time;
        }
        *times += seen ? 0 : 1;
        *stacks = places[n].stack > *stacks ? places[n].stack : *stacks;
    }
}

static bool is_wanted(const struct place *place, const struct ot_selector *part)
{
    const long stack = part->number[OT_SELECT_STACK];
    const long time = part->number[OT_SELECT_TIME];
    return (stack == 0 || (size_t)stack == place->stack) && (time == 0 || time == place->time);
}

/* Keeps the frames of the wanted volume, in front. */
static enum ot_rc choose(const struct ot_selector *part, const struct place *places,
                         struct ot_dicom_frames *frames, struct ot_err *err)
{
    size_t stacks = 0;
    size_t times = 0;
    count_volumes(places, frames->total, &stacks, &times);
    if ((stacks > 1 && part->number[OT_SELECT_STACK] == 0) ||
        (times > 1 && part->number[OT_SELECT_TIME] == 0)) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "its frames hold several volumes (%zu stack%s, %zu time%s); choose one as "
                       "in FILE#stack=1,time=1",
                       stacks, stacks == 1 ? "" : "s", times, times == 1 ? "" : "s");
    }
    for (size_t n = 0; n < frames->total; n++) {
        if (is_wanted(&places[n], part)) {
            frames->series.files[frames->series.count] = &frames->files[n];
            frames->numbers[frames->series.count++] = n;
        }
    }
    return frames->series.count > 0
               ? OT_OK
               : ot_fail(err, OT_ERR_FORMAT, "no frame has the stack and time that are selected");
}

enum ot_rc ot_dicom_frames_open(const struct ot_dicom_series *series,
                                struct ot_dicom_frames *frames, struct ot_err *err)
{
    const struct ot_dicom_file *file = series->files[0];
    struct ot_dicom_samples samples;
    struct place *places = NULL;
    const size_t described = otx_item_count(file->root, TAG_FRAME_GROUPS);
    *frames = (struct ot_dicom_frames){.series = {.use = series->use, .of_frames = true}};
    enum ot_rc rc = ot_selector_allow(
        &series->part, 1U << OT_SELECT_SERIES | 1U << OT_SELECT_STACK | 1U << OT_SELECT_TIME,
        "an enhanced multi-frame image", err);
    if (rc == OT_OK) {
        rc = ot_dicom_samples_describe(file, &samples, err);
    }
    if (rc == OT_OK && described != samples.frames) {
        rc = ot_fail(err, OT_ERR_FORMAT, "(5200,9230) describes %zu frames, there are %zu",
                     described, samples.frames);
    }
    if (rc != OT_OK) {
        ot_err_context(err, "%s", file->name);
        return rc;
    }
    frames->total = described;
    frames->files = OT_NEW(struct ot_dicom_file, described, err);
    frames->numbers = OT_NEW(size_t, described, err);
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
    frames->series.files = OT_NEW(struct ot_dicom_file *, described, err);
    places = OT_NEW(struct place, described, err);
    if (frames->files == NULL || frames->numbers == NULL || frames->series.files == NULL ||
        places == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    const struct otx_item *shared = otx_item_first(file->root, TAG_SHARED_GROUPS);
    const struct otx_item *frame = otx_item_first(file->root, TAG_FRAME_GROUPS);
    for (size_t n = 0; rc == OT_OK && n < described; n++) {
        rc = add_frame(file, shared, frame, n, frames, err);
        if (rc == OT_OK) {
            rc = read_place(&frames->files[n], places, n, &places[n], err);
        }
        frame = otx_item_next(file->root, TAG_FRAME_GROUPS, frame);
    }
    if (rc == OT_OK) {
        rc = choose(&series->part, places, frames, err);
        if (rc != OT_OK) {
            ot_err_context(err, "%s", file->name);
        }
    }

done:
    ot_free(places);
    return rc;
}

void ot_dicom_frames_release(struct ot_dicom_frames *frames)
{
    if (frames == NULL) {
        return;
    }
    for (size_t n = 0; frames->files != NULL && n < frames->total; n++) {
        otx_dicom_close(frames->files[n].dicom);
    }
    ot_free(frames->series.files);
    ot_free(frames->files);
    ot_free(frames->numbers);
    ot_texts_release(&frames->names);
    *frames = (struct ot_dicom_frames){0};
}

void ot_dicom_frames_settle(const struct ot_dicom_frames *frames, struct ot_dicom_plan *plan)
{
    for (size_t n = 0; n < plan->count; n++) {
        plan->planes[n].frame = frames->numbers[plan->planes[n].file];
        plan->planes[n].file = 0;
    }
}
