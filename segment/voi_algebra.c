/* segment/voi_algebra.c - VOIs made of VOIs. */
#include "segment/voi_algebra.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/stats.h"

/* Grids of VOIs come from one struct; this allows for a round trip through a file. */
static const double GRID_TOL_MM = 1e-3;

static enum ot_rc require_grid(const struct ot_voi *voi, const struct ot_grid *grid,
                               struct ot_err *err)
{
    if (!ot_grid_same(&voi->fraction->grid, grid, GRID_TOL_MM)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "VOI '%s' is on another grid than the image",
                       voi->name);
    }
    return OT_OK;
}

/* Adds f of every VOI of the role to sum[]. */
static void add_role(const struct ot_voi *vois, size_t count, enum ot_role role, float *sum,
                     size_t voxels)
{
    for (size_t n = 0; n < count; n++) {
        if (vois[n].role == role) {
            const float *f = vois[n].fraction->data;
            const struct ot_span filled = ot_span_filled(f, voxels);
            for (size_t x = filled.first; x < filled.end; x++) {
                sum[x] += f[x];
            }
        }
    }
}

static void cap(float *sum, size_t voxels)
{
    const struct ot_span filled = ot_span_filled(sum, voxels);
    for (size_t x = filled.first; x < filled.end; x++) {
        sum[x] = sum[x] < 1.0F ? sum[x] : 1.0F;
    }
}

static size_t count_role(const struct ot_voi *vois, size_t count, enum ot_role role)
{
    size_t found = 0;
    for (size_t n = 0; n < count; n++) {
        found += vois[n].role == role;
    }
    return found;
}

enum ot_rc ot_vois_union(const struct ot_voi *vois, size_t count, enum ot_role role,
                         const struct ot_grid *grid, struct ot_volume **out, struct ot_err *err)
{
    struct ot_volume *made = NULL;
    *out = NULL;
    for (size_t n = 0; n < count; n++) {
        const enum ot_rc rc = vois[n].role == role ? require_grid(&vois[n], grid, err) : OT_OK;
        if (rc != OT_OK) {
            return rc;
        }
    }
    const enum ot_rc rc = ot_volume_create(grid, OT_UNIT_NONE, &made, err);
    if (rc != OT_OK) {
        return rc;
    }
    add_role(vois, count, role, made->data, ot_grid_voxel_count(grid));
    cap(made->data, ot_grid_voxel_count(grid));
    *out = made;
    return OT_OK;
}

/* The derived VOIs as they are made. */
struct derivation {
    const struct ot_voi *given;
    size_t given_count;
    const struct ot_grid *grid;
    struct ot_voi *made; /* room for all */
    size_t count;
    struct ot_volume *others; /* min(1, sum of tumors, thrombus, exclude) */
};

/* A derived VOI of zeros; `part` names one injection or is NULL. */
static enum ot_rc add(struct derivation *derivation, enum ot_role role, const char *part,
                      struct ot_err *err)
{
    struct ot_voi *voi = &derivation->made[derivation->count];
    *voi = (struct ot_voi){.role = role};
    const int length = snprintf(voi->name, sizeof voi->name, "%s%s%s", ot_role_name(role),
                                part != NULL ? ":" : "", part != NULL ? part : "");
    if (length < 0 || (size_t)length >= sizeof voi->name) {
        return ot_fail(err, OT_ERR_ARG, "the VOI name '%s' is too long", part != NULL ? part : "");
    }
    for (size_t n = 0; n < derivation->given_count; n++) {
        if (strcmp(derivation->given[n].name, voi->name) == 0) {
            return ot_fail(err, OT_ERR_ARG,
                           "the VOI name '%s' is that of a VOI made by the program; choose another",
                           voi->name);
        }
    }
    const enum ot_rc rc = ot_volume_create(derivation->grid, OT_UNIT_NONE, &voi->fraction, err);
    if (rc == OT_OK) {
        derivation->count++; /* from here on released with the others */
    }
    return rc;
}

static struct ot_volume *newest(const struct derivation *derivation)
{
    return derivation->made[derivation->count - 1].fraction;
}

static enum ot_rc add_union(struct derivation *derivation, enum ot_role role, struct ot_err *err)
{
    const enum ot_rc rc = add(derivation, role, NULL, err);
    if (rc == OT_OK) {
        const size_t voxels = ot_grid_voxel_count(derivation->grid);
        derivation->made[derivation->count - 1].is_union = true;
        add_role(derivation->given, derivation->given_count, role, newest(derivation)->data,
                 voxels);
        cap(newest(derivation)->data, voxels);
    }
    return rc;
}

static enum ot_rc add_difference(struct derivation *derivation, enum ot_role role, const char *part,
                                 const struct ot_volume *from, const struct ot_volume *less,
                                 struct ot_err *err)
{
    const enum ot_rc rc = add(derivation, role, part, err);
    if (rc == OT_OK) {
        float *f = newest(derivation)->data;
        const struct ot_span filled =
            ot_span_filled(from->data, ot_grid_voxel_count(derivation->grid));
        for (size_t x = filled.first; x < filled.end; x++) {
            const float left = from->data[x] - less->data[x];
            f[x] = left > 0.0F ? left : 0.0F;
        }
    }
    return rc;
}

static const struct ot_voi *first_of(const struct ot_voi *vois, size_t count, enum ot_role role)
{
    for (size_t n = 0; n < count; n++) {
        if (vois[n].role == role) {
            return &vois[n];
        }
    }
    return NULL;
}

static enum ot_rc add_perfused(struct derivation *derivation, size_t perfused_count,
                               const struct ot_volume *perfused, struct ot_err *err)
{
    enum ot_rc rc = add_difference(derivation, OT_ROLE_NORMAL_PERFUSED, NULL, perfused,
                                   derivation->others, err);
    if (rc != OT_OK || perfused_count < 2) {
        return rc;
    }
    derivation->made[derivation->count - 1].is_union = true;
    for (size_t n = 0; rc == OT_OK && n < derivation->given_count; n++) {
        const struct ot_voi *voi = &derivation->given[n];
        if (voi->role == OT_ROLE_PERFUSED) {
            rc = add_difference(derivation, OT_ROLE_NORMAL_PERFUSED, voi->name, voi->fraction,
                                derivation->others, err);
        }
    }
    return rc;
}

static enum ot_rc derive(struct derivation *derivation, struct ot_err *err)
{
    const struct ot_voi *given = derivation->given;
    const size_t count = derivation->given_count;
    const size_t voxels = ot_grid_voxel_count(derivation->grid);
    const size_t perfused_count = count_role(given, count, OT_ROLE_PERFUSED);
    const struct ot_voi *liver = first_of(given, count, OT_ROLE_LIVER);
    const struct ot_volume *perfused = NULL;
    enum ot_rc rc = ot_volume_create(derivation->grid, OT_UNIT_NONE, &derivation->others, err);
    if (rc != OT_OK) {
        return rc;
    }
    add_role(given, count, OT_ROLE_TUMOR, derivation->others->data, voxels);
    add_role(given, count, OT_ROLE_THROMBUS, derivation->others->data, voxels);
    add_role(given, count, OT_ROLE_EXCLUDE, derivation->others->data, voxels);
    cap(derivation->others->data, voxels);

    if (count_role(given, count, OT_ROLE_TUMOR) > 1) {
        rc = add_union(derivation, OT_ROLE_TUMOR, err);
    }
    if (rc == OT_OK && count_role(given, count, OT_ROLE_LUNGS) > 1) { /* drawn left and right */
        rc = add_union(derivation, OT_ROLE_LUNGS, err);
    }
    if (rc == OT_OK && perfused_count > 1) {
        rc = add_union(derivation, OT_ROLE_PERFUSED, err);
        perfused = rc == OT_OK ? newest(derivation) : NULL;
    } else if (perfused_count == 1) {
        perfused = first_of(given, count, OT_ROLE_PERFUSED)->fraction;
    }
    if (rc == OT_OK && perfused != NULL) {
        rc = add_perfused(derivation, perfused_count, perfused, err);
    }
    if (rc == OT_OK && liver != NULL) {
        rc = add_difference(derivation, OT_ROLE_NORMAL_LIVER, NULL, liver->fraction,
                            derivation->others, err);
    }
    if (rc == OT_OK && liver != NULL && perfused != NULL) {
        rc = add_difference(derivation, OT_ROLE_NONPERFUSED_LIVER, NULL, liver->fraction, perfused,
                            err);
    }
    return rc;
}

static enum ot_rc check_given(const struct ot_voi *given, size_t count, struct ot_err *err)
{
    for (size_t n = 0; n < count; n++) {
        const enum ot_rc rc = require_grid(&given[n], &given[0].fraction->grid, err);
        if (rc != OT_OK) {
            return rc;
        }
        for (size_t t = 0; t < n; t++) {
            if (strcmp(given[n].name, given[t].name) == 0) {
                return ot_fail(err, OT_ERR_ARG, "two VOIs are named '%s'; give each a name",
                               given[n].name);
            }
        }
    }
    if (count_role(given, count, OT_ROLE_LIVER) > 1) {
        return ot_fail(err, OT_ERR_ARG, "more than one VOI has the role liver; give one");
    }
    return OT_OK;
}

enum ot_rc ot_vois_derive(const struct ot_voi *given, size_t given_count, struct ot_voi **out,
                          size_t *out_count, struct ot_err *err)
{
    enum { FIXED = 6 }; /* all but normal_perfused of each injection */
    *out = NULL;
    *out_count = 0;
    if (given_count == 0) {
        return OT_OK;
    }
    enum ot_rc rc = check_given(given, given_count, err);
    if (rc != OT_OK) {
        return rc;
    }
    struct derivation derivation = {
        .given = given, .given_count = given_count, .grid = &given[0].fraction->grid};
    derivation.made = OT_NEW(struct ot_voi, FIXED + given_count, err);
    rc = derivation.made != NULL ? derive(&derivation, err) : OT_ERR_NOMEM;
    ot_volume_destroy(derivation.others);
    if (rc == OT_OK && derivation.count > 0) {
        *out = derivation.made;
        *out_count = derivation.count;
    } else {
        ot_vois_release(derivation.made, derivation.count);
    }
    return rc;
}

void ot_vois_release(struct ot_voi *vois, size_t count)
{
    for (size_t n = 0; vois != NULL && n < count; n++) {
        ot_voi_release(&vois[n]);
    }
    ot_free(vois);
}

enum ot_rc ot_voi_overlap_percent(const struct ot_volume *a, const struct ot_volume *b,
                                  double *percent, struct ot_err *err)
{
    if (!ot_grid_same(&a->grid, &b->grid, GRID_TOL_MM)) {
        return ot_fail(err, OT_ERR_GEOMETRY, "the two VOIs are on different grids");
    }
    const size_t voxels = ot_grid_voxel_count(&a->grid);
    const double all = ot_sum(a->data, voxels);
    if (!(all > 0.0)) {
        return ot_fail(err, OT_ERR_RANGE, "the VOI is empty");
    }
    double both = 0.0;
    const struct ot_span filled = ot_span_filled(a->data, voxels);
    for (size_t x = filled.first; x < filled.end; x++) {
        both += (double)(a->data[x] < b->data[x] ? a->data[x] : b->data[x]);
    }
    *percent = 100.0 * both / all;
    return OT_OK;
}

enum ot_rc ot_voi_inside_percent(const struct ot_volume *inner, const struct ot_volume *outer,
                                 double *percent, struct ot_err *err)
{
    static const double counts_as_all_percent = 99.5;
    const enum ot_rc rc = ot_voi_overlap_percent(inner, outer, percent, err);
    if (rc == OT_OK && *percent >= counts_as_all_percent) {
        *percent = 100.0;
    }
    return rc;
}
