/* io/criteria_json.h - tables of criteria in and checks out, as JSON. */
#ifndef OT_IO_CRITERIA_JSON_H
#define OT_IO_CRITERIA_JSON_H

#include <jansson.h>

#include "core/criterion.h"
#include "core/err.h"
#include "core/facts.h"

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
/* One element of `checks` of result.json; a new reference, NULL without memory. */
json_t *ot_check_to_json(const struct ot_check *check);
/* The array `checks`. */
json_t *ot_checks_to_json(const struct ot_checks *checks);

/* Facts from one flat object: numbers, words, true/false (yes/no), lists of words, as the
 * table's inputs say; null is unknown.
 * Errors: OT_ERR_ARG naming an unknown name with the nearest one, a value of another type, a
 * word that the name does not have. OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_facts_from_json(const struct ot_criteria *criteria,
                                            const json_t *object, struct ot_facts *facts,
                                            struct ot_err *err);

#endif /* OT_IO_CRITERIA_JSON_H */
