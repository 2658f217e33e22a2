/* io/checks_json.h - named values in, judged criteria out, as JSON. */
#ifndef OT_IO_CHECKS_JSON_H
#define OT_IO_CHECKS_JSON_H

#include <jansson.h>

#include "core/criterion.h"
#include "core/err.h"
#include "core/facts.h"

/* One element of `checks` of result.json; a new reference, NULL without memory. */
json_t *ot_check_to_json(const struct ot_check *check);
/* The array `checks`. */
json_t *ot_checks_to_json(const struct ot_checks *checks);

/* Facts from one flat object: numbers, words, true/false (yes/no), lists of words, as the
 * table's inputs say; null is unknown. `object` is not changed.
 * Errors: OT_ERR_ARG naming an unknown name with the nearest one, a value of another type, a
 * word that the name does not have. OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_facts_from_json(const struct ot_criteria *criteria, json_t *object,
                                            struct ot_facts *facts, struct ot_err *err);

/* The same for one value as on a command line; of a list, one word (call again for the next).
 * Errors: as ot_facts_from_json(). */
OT_MUST_CHECK enum ot_rc ot_facts_add_text(const struct ot_criteria *criteria, const char *name,
                                           const char *text, struct ot_facts *facts,
                                           struct ot_err *err);

#endif /* OT_IO_CHECKS_JSON_H */
