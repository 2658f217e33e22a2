/* kernels/criteria_compare.h - the comparisons beneath kernels/criteria.h. */
#ifndef OT_KERNELS_CRITERIA_COMPARE_H
#define OT_KERNELS_CRITERIA_COMPARE_H

#include "kernels/criteria.h"

/* What a row is judged with: the case, and the injection or tumor that its names are read from
 * first. */
struct ot_criteria_view {
    const struct ot_criteria *criteria;
    const struct ot_criteria_case *input;
    const struct ot_named_facts *injection; /* NULL: the whole case */
    const char *model;                      /* "single" or "multi" */
};

enum ot_truth ot_truth_of(bool holds);

/* NULL: unknown. */
const struct ot_fact *ot_criteria_look_up(const struct ot_criteria_view *view, const char *name);

/* A row's own comparison; unknown where its input is missing or of another kind, and for the
 * comparators that are never judged. *above tells on which side of a band a false one is. */
enum ot_truth ot_criteria_compare_row(const struct ot_criteria_view *view,
                                      const struct ot_criterion *row, bool *above);

/* All clauses of `when`; the names that are unknown are added to `missing`, separated by ", ".
 * Errors: OT_ERR_FORMAT (the table). */
OT_MUST_CHECK enum ot_rc ot_criteria_when(const struct ot_criteria_view *view,
                                          const struct ot_criterion *row, enum ot_truth *out,
                                          char *missing, size_t size, struct ot_err *err);

#endif /* OT_KERNELS_CRITERIA_COMPARE_H */
