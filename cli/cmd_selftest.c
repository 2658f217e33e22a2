/* cli/cmd_selftest.c - tare selftest: the installation against numbers known from elsewhere. */
#include <stdbool.h>

#include "cli/cmd.h"
#include "cli/flow_selftest.h"
#include "cli/threads.h"
#include "core/mem.h"
#include "io/json.h"

struct params {
    const char *out;
    int threads;
    bool full;
    bool overwrite;
    bool json;
};

static const struct params defaults = {.out = NULL};

static const struct ot_opt opts[] = {
    OT_FILE(struct params, out, "out", "DIR",
            "write selftest.json and selftest.html, a page to file"),
    OT_FLAG(struct params, full, "full", "also the phantom of clinical size; takes minutes"),
    OT_FLAG(struct params, overwrite, "overwrite", "write into a folder that is not empty"),
    OT_FLAG(struct params, json, "json", "print JSON"),
    OT_INT(struct params, threads, "threads", "N", 0, 1024, "threads; 0: as many as allowed"),
};

static void print_table(const struct ot_selftest *t, FILE *out)
{
    for (size_t n = 0; n < t->count; n++) {
        const struct ot_selftest_case *c = &t->cases[n];
        char cells[3][OT_SELFTEST_TEXT];
        ot_selftest_texts(c, cells[0], cells[1], cells[2]);
        (void)fprintf(out, "%-4s  %-53s %11s %11s  +- %-7s %s\n", c->passed ? "pass" : "FAIL",
                      c->name, cells[0], cells[1], cells[2], c->unit);
        if (c->note != NULL) {
            (void)fprintf(out, "      %s\n", c->note);
        }
    }
    (void)fprintf(out, "%zu cases, %zu failed; %.1f s, %d thread%s, tare %s\n", t->count, t->failed,
                  t->seconds, t->threads, t->threads == 1 ? "" : "s", OT_VERSION);
}

static enum ot_rc print_json(const struct ot_selftest *t, FILE *out, struct ot_err *err)
{
    struct ot_buffer text = {0};
    json_t *root = ot_selftest_json(t);
    enum ot_rc rc = OT_OK;
    if (root == NULL) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for the result");
    } else {
        rc = ot_json_write(root, &text, err);
    }
    if (rc == OT_OK) {
        (void)fwrite(text.data, 1, text.size, out);
    }
    json_decref(root);
    ot_buffer_release(&text);
    return rc;
}

/* One line: how many, and which is the first. */
static enum ot_rc judge(const struct ot_selftest *t, struct ot_err *err)
{
    for (size_t n = 0; n < t->count; n++) {
        if (!t->cases[n].passed) {
            return ot_fail(err, OT_ERR_EXTERNAL,
                           "%zu of %zu cases failed, the first is '%s': do not use this "
                           "installation for patients",
                           t->failed, t->count, t->cases[n].name);
        }
    }
    if (t->failed != 0) {
        return ot_fail(err, OT_ERR_EXTERNAL, "more cases than there is room for");
    }
    return OT_OK;
}

static enum ot_rc run(void *params, struct ot_run *run, struct ot_err *err)
{
    const struct params *p = (const struct params *)params;
    const struct ot_selftest_request request = {.out = p->out,
                                                .full = p->full,
                                                .overwrite = p->overwrite,
                                                .threads = ot_threads(p->threads)};
    struct ot_selftest *t = OT_NEW(struct ot_selftest, 1, err);
    if (t == NULL) {
        return OT_ERR_NOMEM;
    }
    struct ot_progress progress;
    ot_progress_begin(&progress, "selftest", run->messages);
    enum ot_rc rc = ot_flow_selftest(&request, t, err);
    ot_progress_end(&progress);
    if (rc == OT_OK && p->json) {
        rc = print_json(t, run->out, err);
    } else if (rc == OT_OK) {
        print_table(t, run->out);
    }
    if (rc == OT_OK) {
        rc = judge(t, err);
    }
    ot_selftest_release(t);
    ot_free(t);
    return rc;
}

extern const struct ot_cmd ot_cmd_selftest;
const struct ot_cmd ot_cmd_selftest = {
    .name = "selftest",
    .summary = "analytic cases and the phantom on the installed binary, for commissioning",
    .details =
        "Computes what is known from elsewhere, formulas, worked examples and a Monte Carlo\n"
        "calculation, then writes a synthetic patient, plans it as a clinic would, and compares\n"
        "every dose with its truth. Each line says what was expected, what was obtained and the\n"
        "tolerance. Exit status 1 when any case fails. Needs no network and no data; the "
        "synthetic\n"
        "patient is written below --out or TMPDIR and removed.",
    .example = "tare selftest --out selftest",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .defaults = &defaults,
    .params_size = sizeof defaults,
    .run = run,
};
