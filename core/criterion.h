/* core/criterion.h - criteria as rows of a table, and what a judged row looks like.
 *
 * Plain structs: io reads the table, kernels/criteria.h judges, the report shows. No number of
 * any guideline stands in code; all come from data/criteria/.
 */
#ifndef OT_CORE_CRITERION_H
#define OT_CORE_CRITERION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/text.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ot_criterion_role {
    OT_CRITERION_DEFINITION = 0, /* from here on: only shown */
    OT_CRITERION_CONSTANT,
    OT_CRITERION_EXAMPLE,
    OT_CRITERION_CONTEXT,
    OT_CRITERION_INFORMATION,
    OT_CRITERION_SUMMARY,
    OT_CRITERION_INTENT,
    OT_CRITERION_PRACTICE,
    OT_CRITERION_FALLBACK,
    OT_CRITERION_TARGET,
    OT_CRITERION_FOLLOWUP,
    OT_CRITERION_SELECTION, /* from here on: judged */
    OT_CRITERION_EXCEPTION,
    OT_CRITERION_GOAL,
    OT_CRITERION_STRETCH_GOAL,
    OT_CRITERION_BAND,
    OT_CRITERION_LIMIT,
    OT_CRITERION_REPORTED_LIMIT,
    OT_CRITERION_WARNING,
    OT_CRITERION_MODEL,
    OT_CRITERION_TIMING,
    OT_CRITERION_OPTION,
    OT_CRITERION_PRELIMINARY,
};

enum ot_comparator {
    OT_CMP_NONE = 0,
    OT_CMP_GE,
    OT_CMP_GT,
    OT_CMP_LE,
    OT_CMP_LT,
    OT_CMP_EQ,
    OT_CMP_IN,
    OT_CMP_BETWEEN, /* both ends included */
    OT_CMP_TARGET,  /* the last three are never judged */
    OT_CMP_EVERY,
    OT_CMP_AT,
};

enum ot_verdict {
    OT_VERDICT_INFO = 0,
    OT_VERDICT_PASS,
    OT_VERDICT_CAUTION,
    OT_VERDICT_FAIL,
    OT_VERDICT_NOT_EVALUATED,
};

enum ot_truth { OT_UNKNOWN = 0, OT_FALSE, OT_TRUE };

/* One row of the table. Texts are never NULL, "" when the column is empty, and are owned by
 * the table. `value` is a number, a word, or a list "a|b". */
struct ot_criterion {
    const char *id, *scenario_name, *seed_table, *section, *quantity, *voi, *value, *value_hi,
        *unit, *model, *conditions, *timing, *grade, *consensus, *note, *source, *strength, *input,
        *when, *alternative, *conflict;
    int scenario; /* 0 general, 1 to 5 */
    enum ot_criterion_role role;
    enum ot_comparator comparator;
    enum ot_verdict if_true;
    enum ot_verdict if_below; /* the comparison is false; of a band: the value is below it */
    enum ot_verdict if_above; /* of a band: the value is above it; else the same */
};

/* A place where the source contradicts itself, and what is done here. */
struct ot_conflict {
    const char *id, *one, *other, *here;
};

struct ot_scenario {
    int number;
    const char *name, *title;
};

/* A name that criteria read: its kind and, for words, what it may be. */
struct ot_criterion_input {
    const char *name, *unit;
    bool is_number;
    double most;              /* greatest number that makes sense; infinite for none */
    bool is_list;             /* several words may be given */
    const char *const *words; /* NULL for a number; NULL-terminated */
};

/* Zero-initialise; release with ot_criteria_release(). */
struct ot_criteria {
    struct ot_criterion *row;
    size_t count;
    struct ot_conflict *conflict;
    size_t conflict_count;
    struct ot_scenario *scenario; /* numbers 1 to 5 */
    size_t scenario_count;
    struct ot_criterion_input *input;
    size_t input_count;
    const char **words;   /* owns the arrays that input[].words point into */
    struct ot_texts pool; /* owns every text */
    const char *title, *citation;
};

void ot_criteria_release(struct ot_criteria *criteria);

/* NULL when there is none. */
const struct ot_criterion *ot_criteria_find(const struct ot_criteria *criteria, const char *id);
/* Number of a scenario by its name, 0 for "none", -1 when there is no such scenario. */
int ot_criteria_scenario(const struct ot_criteria *criteria, const char *name);
const struct ot_criterion_input *ot_criteria_input(const struct ot_criteria *criteria,
                                                   const char *name);

const char *ot_criterion_role_name(enum ot_criterion_role role);
const char *ot_comparator_name(enum ot_comparator comparator);
const char *ot_verdict_name(enum ot_verdict verdict);
bool ot_criterion_role_from_name(const char *name, enum ot_criterion_role *role);
bool ot_comparator_from_name(const char *name, enum ot_comparator *comparator);
bool ot_verdict_from_name(const char *name, enum ot_verdict *verdict);

/* One comparison of a `when` column: "name op literal". */
struct ot_comparison {
    char name[64];
    enum ot_comparator op; /* EQ GE GT LE LT IN */
    char literal[96];
    bool ends_clause; /* the next one begins a new clause (';'), else an alternative (' or ') */
};

/* Takes the next comparison from *when and moves it on. *more is false at the end.
 * Errors: OT_ERR_FORMAT, quoting what is no comparison. */
OT_MUST_CHECK enum ot_rc ot_when_next(const char **when, struct ot_comparison *comparison,
                                      bool *more, struct ot_err *err);

/* Takes the next member of a list "a|b" into `part`; false at the end. `size` >= 2. */
bool ot_list_next(const char **list, char *part, size_t size);

/* Treatment day: "W1 Sun" is 0, the day of calibration; "W1 Wed" 3, "W2 Tue" 9; also "day 4".
 * false when the text is no day. */
bool ot_treatment_day_parse(const char *text, int *day);
/* "W1 Wed"; day 0..62; `size` >= 8. "" outside. */
void ot_treatment_day_text(int day, char *text, size_t size);

/* One judged row: an element of `checks` of result.json. Texts without a size are borrowed from
 * the table or static. */
struct ot_check {
    const char *id, *quantity, *unit, *source, *grade, *consensus, *conflict; /* "" when empty */
    const char *scenario;                                                     /* its name */
    char voi[64]; /* VOI or injection that the value belongs to, "" for none */
    bool is_number;
    double value;         /* NaN: unknown or a word */
    char value_word[128]; /* words joined by '|', "" for none */
    enum ot_comparator comparator;
    char limit[128]; /* "400", "140-150", "A|B7" */
    enum ot_verdict verdict;
    char reason[320]; /* empty only for pass */
    enum ot_criterion_role role;
    bool applies;        /* it was compared: its model, its `when` and its input are there */
    enum ot_truth holds; /* of the comparison itself; timing and alternatives aside */
    bool scales;         /* its value grows with the activity */
};

struct ot_checks {
    struct ot_check *check; /* owned */
    size_t count;
    size_t capacity;
};

void ot_checks_release(struct ot_checks *checks);
/* A new zeroed check at the end; NULL on failure. Errors: OT_ERR_NOMEM. */
struct ot_check *ot_checks_add(struct ot_checks *checks, struct ot_err *err);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_CRITERION_H */
