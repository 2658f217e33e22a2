/* core/facts.h - named values that criteria ask for: a number, a word, several words, or nothing.
 *
 * Names are those of the case ("child_pugh") and of the result ("vois.tumor.mean_gy"). A name
 * that is not there is unknown; unknown never satisfies and never violates a criterion.
 * A dose grows with the administered activity: value = number + per_gbq * activity_gbq.
 */
#ifndef OT_CORE_FACTS_H
#define OT_CORE_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/text.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ot_fact {
    char *name; /* owned */
    bool is_number;
    double number;         /* value at activity 0 (earlier treatments), or the value itself */
    double per_gbq;        /* growth per GBq administered; 0: does not depend on the activity */
    struct ot_texts words; /* at least one when is_number is false */
};

/* Zero-initialise; release. */
struct ot_facts {
    struct ot_fact *fact; /* owned */
    size_t count;
    size_t capacity;
};

void ot_facts_release(struct ot_facts *facts);

/* Sets or replaces; a number that is not finite removes the name: it is unknown.
 * Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_facts_set_number(struct ot_facts *facts, const char *name,
                                             double number, struct ot_err *err);
/* A dose that scales: offset_gy + gy_per_gbq * activity. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_facts_set_dose(struct ot_facts *facts, const char *name,
                                           double gy_per_gbq, double offset_gy, struct ot_err *err);
/* Sets or replaces by one word; NULL or "" removes the name. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_facts_set_word(struct ot_facts *facts, const char *name,
                                           const char *word, struct ot_err *err);
/* Adds one word to a list (prior_therapy). Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_facts_add_word(struct ot_facts *facts, const char *name,
                                           const char *word, struct ot_err *err);

/* NULL: unknown. Valid until the next change of `facts`. */
const struct ot_fact *ot_facts_find(const struct ot_facts *facts, const char *name);

/* number + per_gbq * activity_gbq; NaN for words, and for a scaling dose without activity. */
double ot_fact_value(const struct ot_fact *fact, double activity_gbq);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_FACTS_H */
