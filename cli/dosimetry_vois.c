/* cli/dosimetry_vois.c - the VOIs of a case: taken apart, read, put on the dose grid. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/dosimetry.h"
#include "cli/dosimetry_parts.h"
#include "cli/voi_folder.h"
#include "cli/waivers.h"
#include "core/mem.h"
#include "io/file.h"
#include "io/load.h"
#include "segment/contour_doubts.h"
#include "segment/contour_planes.h"
#include "segment/rasterize.h"
#include "segment/voi_algebra.h"

static const double INSIDE_LEAST = 0.90;

/* One --voi, taken apart. */
struct voi_request {
    enum ot_role role;
    char name[OT_VOI_NAME_SIZE];
    char path[1024];
    char selector[128]; /* "" without */
    bool done;
    bool skipped; /* it holds nothing of the image, and --skip-bad-voi is given */
};

static const char *nth_role(size_t n, const void *context)
{
    (void)context;
    return n < OT_ROLE_NORMAL_PERFUSED ? ot_role_name((enum ot_role)n) : NULL;
}

static enum ot_rc split_path(const char *text, const char *whole, struct voi_request *request,
                             struct ot_err *err)
{
    const char *hash = strrchr(text, '#');
    size_t length = strlen(text);
    /* A '#' may be part of a file's name: the selector begins at the last one, unless the whole
     * text is a file. */
    size_t got = 0;
    char byte = 0;
    if (hash != NULL && ot_file_peek(text, &byte, 1, &got, NULL) == OT_OK) {
        hash = NULL;
    }
    if (hash != NULL) {
        length = (size_t)(hash - text);
        if (hash[1] == '\0' ||
            !ot_text_copy(request->selector, sizeof request->selector, hash + 1)) {
            return ot_fail(err, OT_ERR_ARG, "--voi: '%.40s' has an empty or too long selector",
                           whole);
        }
    }
    if (length == 0 || length >= sizeof request->path) {
        return ot_fail(err, OT_ERR_ARG, "--voi: '%.40s' has no path, or one that is too long",
                       whole);
    }
    memcpy(request->path, text, length);
    request->path[length] = '\0';
    return OT_OK;
}

static enum ot_rc parse_voi(const char *text, struct voi_request *request, struct ot_err *err)
{
    char role[32];
    const char *equals = strchr(text, '=');
    const size_t head = equals != NULL ? (size_t)(equals - text) : 0;
    const char *colon = equals != NULL ? (const char *)memchr(text, ':', head) : NULL;
    const size_t role_length = colon != NULL ? (size_t)(colon - text) : head;
    *request = (struct voi_request){.role = OT_ROLE_COUNT};
    if (equals == NULL || role_length == 0 || role_length >= sizeof role) {
        return ot_fail(err, OT_ERR_ARG, "--voi: '%.60s' is not ROLE[:NAME]=PATH[#SELECTOR]",
                       ot_text_base_name(text));
    }
    memcpy(role, text, role_length);
    role[role_length] = '\0';
    if (!ot_role_from_name(role, &request->role)) {
        const char *nearest = ot_text_nearest(role, nth_role, NULL);
        return ot_fail(err, OT_ERR_ARG,
                       "--voi: unknown role '%s'%s%s; roles are liver, perfused, tumor, thrombus, "
                       "lungs, body, exclude",
                       role, nearest != NULL ? ", did you mean " : "",
                       nearest != NULL ? nearest : "");
    }
    const size_t name_length = colon != NULL ? head - role_length - 1 : role_length;
    if (name_length == 0 || name_length >= sizeof request->name) {
        return ot_fail(err, OT_ERR_ARG, "--voi: the name of %s is empty or over %d characters",
                       role, OT_VOI_NAME_SIZE - 1);
    }
    memcpy(request->name, colon != NULL ? colon + 1 : role, name_length);
    request->name[name_length] = '\0';
    return split_path(equals + 1, text, request, err);
}

/* What a dose is about: its mean means nothing when much of it is not seen. */
static bool is_target(enum ot_role role)
{
    return role == OT_ROLE_LIVER || role == OT_ROLE_PERFUSED || role == OT_ROLE_TUMOR ||
           role == OT_ROLE_THROMBUS;
}

/* Whether a VOI that holds nothing of the image may be left out: only where nothing else is made of
 * it. The models ask whether there are a liver, a territory, lungs and a body. */
static bool may_skip(const struct ot_dosimetry *d, enum ot_role role)
{
    return d->given->skip_bad_voi &&
           (role == OT_ROLE_TUMOR || role == OT_ROLE_THROMBUS || role == OT_ROLE_EXCLUDE);
}

/* Why, without the name of the file that the error bears: warnings are stored. */
static void skip(struct ot_dosimetry *d, struct voi_request *request, const char *why,
                 struct ot_err *err)
{
    request->skipped = true;
    ot_waivers_tell(d, "skip-bad-voi", "VOI %s is left out (--skip-bad-voi): %s", request->name,
                    why);
    *err = (struct ot_err){0};
}

/* Whether the region is sound, and lies elsewhere. */
static bool is_elsewhere(const struct ot_region *region)
{
    double ml = 0.0;
    struct ot_err unsound = {0};
    return ot_region_volume_ml(region, &ml, &unsound) == OT_OK && ml > 0.0;
}

/* The region's fractions on the dose grid. The planes of contours serve what is doubtful about them
 * too. */
static enum ot_rc to_dose_grid(struct ot_dosimetry *d, const char *name,
                               const struct ot_region *region, struct ot_volume **fraction,
                               double *inside, struct ot_err *err)
{
    const struct ot_contour_set *set = &region->contours;
    struct ot_contour_planes *planes = NULL;
    if (region->mask != NULL) {
        return ot_region_to_fraction(region, &d->grid, d->threads, fraction, inside, err);
    }
    enum ot_rc rc = ot_contour_planes_create(set, 0.0, &planes, err);
    if (rc == OT_OK) {
        rc = ot_planes_to_fraction(set, planes, &d->grid, d->threads, fraction, inside, err);
    }
    if (rc == OT_OK) {
        rc = ot_contour_doubts(set, planes, name, &d->warnings, err);
    }
    ot_contour_planes_destroy(planes);
    return rc;
}

/* Puts one region on the dose grid as a VOI. A transform that is used the wrong way round, or is
 * in voxels, takes what it moves out of the image. */
static enum ot_rc place(struct ot_dosimetry *d, const struct voi_request *request,
                        const struct ot_region *region, bool moved, struct ot_voi *voi,
                        struct ot_err *err)
{
    double inside = 1.0;
    *voi = (struct ot_voi){.role = request->role};
    (void)ot_text_copy(voi->name, sizeof voi->name, request->name);
    const char *file = ot_text_base_name(request->path);
    const enum ot_rc rc = to_dose_grid(d, request->name, region, &voi->fraction, &inside, err);
    if (rc != OT_OK) {
        if (moved && rc == OT_ERR_GEOMETRY) {
            ot_err_context(err, "moved by its transform (is its direction right, its unit mm?)");
        }
        ot_err_context(err, "%s: VOI %s", file, request->name);
        return rc;
    }
    if (moved && !(inside >= INSIDE_LEAST)) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "%s: VOI %s: moved by its transform, %.0f %% of it lies outside the dose "
                       "grid: look at the transform, its direction and its unit (mm)",
                       file, request->name, 100.0 * (1.0 - inside));
    }
    if (is_target(request->role) && !(inside >= INSIDE_LEAST)) {
        return ot_fail(err, OT_ERR_GEOMETRY,
                       "%s: VOI %s: only %.0f %% of it lies inside the image's grid, %.0f %% are "
                       "needed: choose another grid, or check that they belong together",
                       file, request->name, 100.0 * inside, 100.0 * INSIDE_LEAST);
    }
    if (inside > 0.0 && inside < 1.0) {
        voi->outside_ml = ot_voi_volume_ml(voi) * (1.0 - inside) / inside;
    }
    if (!(inside > 0.999)) {
        (void)ot_texts_add(&d->warnings,
                           "VOI %s: %.1f %% of its volume lies outside the dose grid and is not "
                           "counted",
                           request->name, 100.0 * (1.0 - inside));
    }
    return OT_OK;
}

/* Reads every VOI that lives in the file of requests[first], at once. */
static enum ot_rc load_file(struct ot_dosimetry *d, struct voi_request *requests, size_t count,
                            size_t first, struct ot_known_identity *known,
                            struct ot_region **regions, struct ot_err *err)
{
    const char *selectors[OT_MAX_VOIS];
    size_t which[OT_MAX_VOIS];
    struct ot_region *loaded[OT_MAX_VOIS] = {NULL};
    size_t wanted = 0;
    /* All at once, but one by one where an empty one need not be the end of it. */
    const bool alone = may_skip(d, requests[first].role);
    for (size_t n = first; n < (alone ? first + 1 : count); n++) {
        if (!requests[n].done && strcmp(requests[n].path, requests[first].path) == 0 &&
            (n == first || !may_skip(d, requests[n].role))) {
            selectors[wanted] = requests[n].selector[0] != '\0' ? requests[n].selector : NULL;
            which[wanted++] = n;
            requests[n].done = true;
        }
    }
    enum ot_rc rc = ot_regions_load(requests[first].path, selectors, wanted, loaded, err);
    if (alone && rc == OT_ERR_RANGE) {
        skip(d, &requests[first], "it is empty", err);
        return OT_OK;
    }
    for (size_t n = 0; rc == OT_OK && n < wanted; n++) {
        struct voi_request *request = &requests[which[n]];
        char role[32];
        (void)snprintf(role, sizeof role, "voi:%s", ot_role_name(request->role));
        regions[which[n]] = loaded[n];
        loaded[n] = NULL; /* handed over */
        bool moved = false;
        rc = ot_dosimetry_check_lengths(d, request->name, regions[which[n]]->length_unit_assumed,
                                        err);
        if (rc != OT_OK) {
            break;
        }
        rc = ot_dosimetry_move_region(d, known, request->name, regions[which[n]], &moved, err);
        if (rc == OT_OK) {
            rc = ot_dosimetry_same_patient(known, role, &regions[which[n]]->identity, err);
        }
        if (rc == OT_OK) {
            rc = ot_dosimetry_note_input(d, role, regions[which[n]]->file_sha256, 1, err);
        }
        if (rc == OT_OK) {
            rc = place(d, request, regions[which[n]], moved, &d->vois[which[n]], err);
            /* What is partly inside has a fraction, and is refused all the same. */
            const bool outside = rc == OT_ERR_GEOMETRY && d->vois[which[n]].fraction == NULL;
            if (alone && !moved && outside && is_elsewhere(regions[which[n]])) {
                skip(d, request, "it lies outside the image", err);
                rc = OT_OK;
            }
        }
    }
    for (size_t n = 0; n < wanted; n++) {
        ot_region_destroy(loaded[n]);
    }
    return rc;
}

enum ot_rc ot_dosimetry_derive_vois(struct ot_dosimetry *d, struct ot_err *err)
{
    struct ot_voi *derived = NULL;
    struct ot_voi *all = NULL;
    size_t count = 0;
    enum ot_rc rc = ot_vois_derive(d->vois, d->voi_count, &derived, &count, err);
    if (rc != OT_OK || count == 0) {
        return rc;
    }
    all = OT_NEW(struct ot_voi, d->voi_count + count, err);
    if (all == NULL) {
        ot_vois_release(derived, count);
        return OT_ERR_NOMEM;
    }
    memcpy(all, d->vois, d->voi_count * sizeof all[0]);
    memcpy(all + d->voi_count, derived, count * sizeof all[0]);
    ot_free(derived);
    ot_free(d->vois);
    d->vois = all;
    d->voi_count += count;
    return OT_OK;
}

/* VOIs and regions without the skipped ones; their number. */
static size_t close_ranks(struct ot_dosimetry *d, const struct voi_request *requests,
                          struct ot_region **regions, size_t count)
{
    size_t kept = 0;
    for (size_t n = 0; n < count; n++) {
        struct ot_region *region = regions[n];
        struct ot_voi voi = d->vois[n];
        regions[n] = NULL;
        d->vois[n] = (struct ot_voi){0};
        if (requests[n].skipped) {
            ot_region_destroy(region);
            ot_voi_release(&voi);
        } else {
            regions[kept] = region;
            d->vois[kept++] = voi;
        }
    }
    return kept;
}

enum ot_rc ot_dosimetry_load_vois(struct ot_dosimetry *d, struct ot_known_identity *known,
                                  struct ot_err *err)
{
    struct ot_texts values = {0};
    struct voi_request *requests = NULL;
    struct ot_region *regions[OT_MAX_VOIS] = {NULL};
    size_t count = 0;
    enum ot_rc rc = ot_voi_folders_open(&d->given->voi, &values, err);
    if (rc == OT_OK && values.count > OT_MAX_VOIS) {
        rc = ot_fail(err, OT_ERR_ARG, "--voi: %zu are more than the %d allowed", values.count,
                     OT_MAX_VOIS);
    }
    if (rc != OT_OK || values.count == 0) {
        goto done;
    }
    count = values.count;
    requests = OT_NEW(struct voi_request, count, err);
    d->vois = requests != NULL ? OT_NEW(struct ot_voi, count, err) : NULL;
    if (d->vois == NULL) {
        rc = OT_ERR_NOMEM;
        goto done;
    }
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        rc = parse_voi(values.text[n], &requests[n], err);
    }
    for (size_t n = 0; rc == OT_OK && n < count; n++) {
        if (!requests[n].done) {
            rc = load_file(d, requests, count, n, known, regions, err);
        }
    }
    if (rc != OT_OK) {
        goto done;
    }
    d->given_voi_count = close_ranks(d, requests, regions, count);
    d->voi_count = d->given_voi_count;
    rc = ot_dosimetry_measure_inside(d, regions, err);
    if (rc == OT_OK && d->wants_territories) {
        rc = ot_dosimetry_measure_territories(d, regions, err);
    }
    if (rc == OT_OK) {
        rc = ot_dosimetry_derive_vois(d, err);
    }

done:
    for (size_t n = 0; n < count; n++) {
        ot_region_destroy(regions[n]);
        if (rc != OT_OK && d->vois != NULL && d->voi_count == 0) {
            ot_voi_release(&d->vois[n]);
        }
    }
    ot_free(requests);
    ot_texts_release(&values);
    return rc;
}

enum ot_rc ot_dosimetry_match_perfused(struct ot_dosimetry *d, struct ot_err *err)
{
    for (size_t n = 0; n < d->injection_count; n++) {
        struct ot_injection_run *run = &d->injections[n];
        size_t candidates = 0;
        for (size_t v = 0; v < d->given_voi_count; v++) {
            const struct ot_voi *voi = &d->vois[v];
            if (voi->role != OT_ROLE_PERFUSED) {
                continue;
            }
            candidates++;
            if (run->given->perfused == NULL || strcmp(run->given->perfused, voi->name) == 0) {
                run->perfused = voi;
            }
        }
        if (run->given->perfused != NULL && run->perfused == NULL) {
            return ot_fail(err, OT_ERR_ARG, "--perfused: there is no perfused VOI '%s'",
                           run->given->perfused);
        }
        if (run->given->perfused == NULL && candidates > 1) {
            return ot_fail(err, OT_ERR_ARG,
                           "%zu perfused VOIs, but it is not said which one each injection "
                           "treats: name it with perfused",
                           candidates);
        }
    }
    return OT_OK;
}
