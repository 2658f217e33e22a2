/* io/criteria_json.h - the compiled-in table of criteria, read strictly. */
#ifndef OT_IO_CRITERIA_JSON_H
#define OT_IO_CRITERIA_JSON_H

#include <jansson.h>

#include "core/criterion.h"
#include "core/err.h"

/* The compiled-in table data/criteria/salem2023.json. `out`: zero-initialised; release with
 * ot_criteria_release(). Errors: OT_ERR_FORMAT, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_criteria_load(struct ot_criteria *out, struct ot_err *err);

/* The same from a parsed table; `out` copies what it needs. Everything must be known: role,
 * comparator, verdict, `when`, names that are read, alternatives, contradictions.
 * Errors: OT_ERR_FORMAT naming row and column, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_criteria_from_json(const json_t *table, struct ot_criteria *out,
                                               struct ot_err *err);

/* One row with all its columns under their names; a new reference, NULL without memory. */
json_t *ot_criterion_to_json(const struct ot_criterion *row);
json_t *ot_conflict_to_json(const struct ot_conflict *conflict);
#endif /* OT_IO_CRITERIA_JSON_H */
