/* cli/batch.h - a cohort: rows of cohort.csv, each a process of its own. */
#ifndef OT_CLI_BATCH_H
#define OT_CLI_BATCH_H

#include <stddef.h>

#include "core/err.h"
#include "core/text.h"

enum ot_batch_status { OT_BATCH_PENDING = 0, OT_BATCH_DONE, OT_BATCH_FAILED, OT_BATCH_SKIPPED };

struct ot_batch_case {
    const char *case_id;   /* owned by the cohort's pool */
    const char *stage;     /* "plan", "verify" or "dose" */
    const char *folder;    /* its result folder */
    struct ot_texts words; /* command line after `tare STAGE` */
    enum ot_batch_status status;
    int exit_code;
    char reason[400];
};

struct ot_batch {
    struct ot_batch_case *cases; /* owned */
    size_t count;
    struct ot_texts pool;
};

/* Reads cohort.csv and checks every row: the columns are names of a case, case_id is unique. A
 * row with a bad value is a failed case (exit code 2), not an error.
 * Errors: OT_ERR_IO, OT_ERR_FORMAT (the table), OT_ERR_ARG (an unknown column). */
OT_MUST_CHECK enum ot_rc ot_batch_read(const char *cohort, const char *out, int threads,
                                       struct ot_batch *batch, struct ot_err *err);
void ot_batch_release(struct ot_batch *batch);

/* Runs what is pending, at most `jobs` processes of `program` at a time. A case whose folder
 * holds a result.json is done already.
 * Errors: OT_ERR_EXTERNAL (no process can be started). */
OT_MUST_CHECK enum ot_rc ot_batch_run(struct ot_batch *batch, const char *program, int jobs,
                                      struct ot_err *err);

/* cohort-result.csv: one row a case. Errors: OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_batch_table(const struct ot_batch *batch, struct ot_buffer *csv,
                                        struct ot_err *err);

#endif /* OT_CLI_BATCH_H */
