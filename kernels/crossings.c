/* kernels/crossings.c - limits of rows, divided by what the facts grow by. */
#include "kernels/crossings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "kernels/criteria_compare.h"

/* Crossings closer than this (relative) are one: rounding of one and the same. */
static const double SAME = 1e-12;

void ot_crossings_release(struct ot_crossings *crossings)
{
    ot_free(crossings->gbq);
    *crossings = (struct ot_crossings){0};
}

static enum ot_rc add_crossing(struct ot_crossings *all, const struct ot_fact *fact,
                               const char *literal, struct ot_err *err)
{
    double limit = 0.0;
    if (fact == NULL || !(fact->per_gbq > 0.0) || !ot_text_to_double(literal, &limit)) {
        return OT_OK;
    }
    const double gbq = (limit - fact->number) / fact->per_gbq;
    if (!(gbq > 0.0) || !isfinite(gbq)) {
        return OT_OK;
    }
    if (all->count == all->capacity) {
        const size_t capacity = all->capacity != 0 ? 2 * all->capacity : 64;
        double *grown = OT_NEW(double, capacity, err);
        if (grown == NULL) {
            return OT_ERR_NOMEM;
        }
        if (all->count > 0) {
            memcpy(grown, all->gbq, all->count * sizeof grown[0]);
        }
        ot_free(all->gbq);
        all->gbq = grown;
        all->capacity = capacity;
    }
    all->gbq[all->count++] = gbq;
    return OT_OK;
}

/* The crossings of one row as one injection (or the whole case) sees it. */
static enum ot_rc add_row(struct ot_crossings *all, const struct ot_criteria_view *view,
                          const struct ot_criterion *row, struct ot_err *err)
{
    const struct ot_fact *fact = ot_criteria_look_up(view, row->input);
    enum ot_rc rc = add_crossing(all, fact, row->value, err);
    if (rc == OT_OK) {
        rc = add_crossing(all, fact, row->value_hi, err);
    }
    bool more = true;
    for (const char *when = row->when; rc == OT_OK && more;) {
        struct ot_comparison comparison;
        rc = ot_when_next(&when, &comparison, &more, err);
        if (rc == OT_OK && more) {
            rc = add_crossing(all, ot_criteria_look_up(view, comparison.name), comparison.literal,
                              err);
        }
    }
    return rc;
}

static enum ot_rc add_lungs(struct ot_crossings *all, const struct ot_lung_facts *lungs,
                            struct ot_err *err)
{
    if (lungs == NULL || !lungs->known) {
        return OT_OK;
    }
    const struct ot_fact now = {.is_number = true, .per_gbq = lungs->gy_per_gbq};
    const struct ot_fact with_earlier = {
        .is_number = true, .number = lungs->prior_gy, .per_gbq = lungs->gy_per_gbq};
    char text[32];
    (void)snprintf(text, sizeof text, "%.17g", lungs->limit_gy);
    enum ot_rc rc = add_crossing(all, &now, text, err);
    if (rc == OT_OK) {
        (void)snprintf(text, sizeof text, "%.17g", lungs->limit_cumulative_gy);
        rc = add_crossing(all, &with_earlier, text, err);
    }
    return rc;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Ascending, each once. */
static void sort(struct ot_crossings *all)
{
    qsort(all->gbq, all->count, sizeof all->gbq[0], ascending);
    size_t kept = 1;
    for (size_t n = 1; n < all->count; n++) {
        if (all->gbq[n] > all->gbq[kept - 1] * (1.0 + SAME)) {
            all->gbq[kept++] = all->gbq[n];
        }
    }
    all->count = kept;
}

enum ot_rc ot_crossings_find(const struct ot_criteria *criteria,
                             const struct ot_criteria_case *input, struct ot_crossings *out,
                             struct ot_err *err)
{
    *out = (struct ot_crossings){0};
    struct ot_criteria_view view = {
        .criteria = criteria, .input = input, .model = ot_criteria_model(input)};
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < criteria->count; n++) {
        if (criteria->row[n].scenario != input->scenario) {
            continue;
        }
        view.injection = NULL;
        rc = add_row(out, &view, &criteria->row[n], err);
        for (size_t i = 0; rc == OT_OK && i < input->injection_count; i++) {
            view.injection = &input->injections[i];
            rc = add_row(out, &view, &criteria->row[n], err);
        }
    }
    if (rc == OT_OK) {
        rc = add_lungs(out, input->lungs, err);
    }
    if (rc == OT_OK && out->count > 0) {
        sort(out);
    }
    return rc;
}

double ot_crossings_step_gbq(const struct ot_crossings *crossings, size_t step)
{
    const size_t n = step / 2;
    if (step % 2 == 1) {
        return crossings->gbq[n];
    }
    const double below = n > 0 ? crossings->gbq[n - 1] : 0.0;
    const double above = n < crossings->count ? crossings->gbq[n] : 2.0 * below + 1.0;
    return 0.5 * (below + above);
}
