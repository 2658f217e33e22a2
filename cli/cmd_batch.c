/* cli/cmd_batch.c - tare batch: a cohort, case by case, each in a process of its own. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/batch.h"
#include "cli/cmd.h"
#include "cli/threads.h"
#include "io/file.h"
#include "io/store.h"

enum { EXIT_SOME_FAILED = 5 };

struct params {
    const char *cohort;
    const char *out;
    int jobs;
    int threads;
    bool overwrite;
};

static const struct params defaults = {.jobs = 1};

static const struct ot_opt opts[] = {
    OT_WORD_POSITIONAL(struct params, cohort, "cohort", "COHORT.csv", true,
                       "one row a case, columns are names of a case; stage says what is done"),
    OT_FILE_NEEDED(struct params, out, "out", "DIR", "folder of the result folders"),
    OT_INT(struct params, jobs, "jobs", "N", 1, 256, "cases at a time"),
    OT_INT(struct params, threads, "threads", "N", 0, 1024, "threads of all cases together"),
    OT_FLAG(struct params, overwrite, "overwrite", "use DIR although it holds something else"),
};

/* Marks a folder as a batch's own, so that a second run may continue in it. */
static const char MARK[] = "batch.json";
static const char MARK_TEXT[] = "{\"schema\": \"opentare.batch/1\"}\n";

static enum ot_rc open_folder(const struct params *p, struct ot_texts *pool, struct ot_err *err)
{
    struct ot_texts found = {0};
    const char *mark = ot_texts_add(pool, "%s/%s", p->out, MARK);
    if (mark == NULL) {
        return ot_fail(err, OT_ERR_NOMEM, "no memory for a path");
    }
    if (mkdir(p->out, 0777) != 0 && errno != EEXIST) {
        return ot_fail(err, OT_ERR_WRITE, "--out: the folder cannot be made (%s)", strerror(errno));
    }
    if (access(mark, F_OK) == 0) {
        return OT_OK;
    }
    enum ot_rc rc = ot_file_list(p->out, 1000, &found, err);
    if (rc == OT_OK && found.count > 0 && !p->overwrite) {
        rc = ot_fail(err, OT_ERR_ARG,
                     "--out: the folder is not empty and no earlier batch of ours; use another, or "
                     "--overwrite");
    }
    ot_texts_release(&found);
    return rc == OT_OK ? ot_store_file(mark, MARK_TEXT, sizeof MARK_TEXT - 1, true, err) : rc;
}

static enum ot_rc write_table(const struct ot_batch *batch, const struct params *p,
                              struct ot_texts *pool, struct ot_err *err)
{
    struct ot_buffer csv = {0};
    const char *path = ot_texts_add(pool, "%s/cohort-result.csv", p->out);
    enum ot_rc rc = ot_batch_table(batch, &csv, err);
    if (rc == OT_OK && path != NULL) {
        rc = ot_store_file(path, csv.data, csv.size, true, err);
    }
    ot_buffer_release(&csv);
    return rc;
}

static size_t print(const struct ot_batch *batch, FILE *out)
{
    size_t failed = 0;
    for (size_t n = 0; n < batch->count; n++) {
        const struct ot_batch_case *c = &batch->cases[n];
        if (c->status != OT_BATCH_DONE) {
            failed++;
            (void)fprintf(out, "%s: failed (exit %d): %s\n", c->case_id, c->exit_code, c->reason);
        }
    }
    (void)fprintf(out, "%zu of %zu cases done; cohort-result.csv has one row a case\n",
                  batch->count - failed, batch->count);
    return failed;
}

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    const struct params *p = (const struct params *)params;
    struct ot_batch batch = {0};
    struct ot_texts pool = {0};
    struct ot_progress progress;
    enum ot_rc rc = ot_opts_require(run->opts, err);
    if (rc != OT_OK) {
        return rc;
    }
    const int threads = ot_threads(p->threads) / p->jobs;
    rc = ot_batch_read(p->cohort, p->out, threads > 1 ? threads : 1, &batch, err);
    if (rc == OT_OK) {
        rc = open_folder(p, &pool, err);
    }
    if (rc == OT_OK) {
        ot_progress_begin(&progress, "batch", run->messages);
        rc = ot_batch_run(&batch, "/proc/self/exe", p->jobs, err);
        ot_progress_end(&progress);
    }
    if (rc == OT_OK) {
        rc = write_table(&batch, p, &pool, err);
    }
    if (rc == OT_OK && print(&batch, run->out) > 0) {
        run->status = EXIT_SOME_FAILED;
    }
    ot_texts_release(&pool);
    ot_batch_release(&batch);
    return rc;
}

extern const struct ot_cmd ot_cmd_batch;
const struct ot_cmd ot_cmd_batch = {
    .name = "batch",
    .summary = "a cohort: many cases, resumable",
    .details = "Runs every row of COHORT.csv as a case in a process of its own: a bad case never\n"
               "stops the others. A second run does only what is missing. Exit status 5 when some\n"
               "cases failed; cohort-result.csv says which and why.",
    .example = "tare batch cohort.csv --out results --jobs 2",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run,
};
