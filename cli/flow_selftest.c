/* cli/flow_selftest.c - runs the groups of cases, the phantom in a folder of its own. */
#include "cli/flow_selftest.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/selftest_parts.h"
#include "io/json.h"
#include "io/store.h"

enum { DEEPEST = 8 };

static const char *const FILES[] = {"selftest.json", "selftest.html"};

void ot_selftest_add(struct ot_selftest *t, struct ot_selftest_case c)
{
    c.name = c.name != NULL ? c.name : "";
    if (c.note != NULL) {
        c.passed = false;
    } else if (c.expected_word != NULL) {
        c.passed = c.obtained_word != NULL && strcmp(c.expected_word, c.obtained_word) == 0;
    } else {
        const double allowed = c.relative ? c.tolerance * fabs(c.expected) : c.tolerance;
        c.passed = fabs(c.obtained - c.expected) <= allowed; /* false for NaN */
    }
    t->failed += c.passed ? 0 : 1;
    if (t->count < OT_SELFTEST_MAX) {
        t->cases[t->count++] = c;
    } else {
        t->failed += 1; /* a case without a place is none that passed */
    }
}

void ot_selftest_release(struct ot_selftest *t)
{
    ot_texts_release(&t->pool);
}

/* A step that could not be done is a case that fails; memory and outputs end the run. */
static enum ot_rc settle(struct ot_selftest *t, const char *group, enum ot_rc rc,
                         struct ot_err *err)
{
    if (rc == OT_OK || rc == OT_ERR_NOMEM || rc == OT_ERR_WRITE) {
        return rc;
    }
    ot_selftest_add(
        t, (struct ot_selftest_case){.group = group,
                                     .name = ot_texts_add(&t->pool, "%s, to the end", group),
                                     .truth = "every step of the group can be done",
                                     .unit = "",
                                     .expected = NAN,
                                     .obtained = NAN,
                                     .note = ot_texts_add(&t->pool, "%s", err->text)});
    *err = (struct ot_err){0};
    return OT_OK;
}

/* Removes what the phantom has written; only ever given a folder that was made here. */
static void remove_folder(const char *path, int depth)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return;
    }
    struct ot_texts names = {0};
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads this folder */
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            (void)ot_texts_add(&names, "%s/%s", path, entry->d_name);
        }
    }
    (void)closedir(dir);
    for (size_t n = 0; n < names.count; n++) {
        struct stat facts;
        if (lstat(names.text[n], &facts) == 0 && S_ISDIR(facts.st_mode)) {
            if (depth < DEEPEST) {
                remove_folder(names.text[n], depth + 1);
            }
        } else {
            (void)unlink(names.text[n]);
        }
    }
    ot_texts_release(&names);
    (void)rmdir(path);
}

static enum ot_rc phantom(struct ot_selftest *t, const char *below, const char *preset,
                          struct ot_err *err)
{
    struct ot_texts path = {0};
    const char *pattern = ot_texts_add(&path, "%s/.selftest-XXXXXX", below);
    if (pattern == NULL) {
        ot_texts_release(&path);
        return ot_fail(err, OT_ERR_NOMEM, "no memory for a path");
    }
    enum ot_rc rc = OT_OK;
    char *folder = path.text[0];
    if (mkdtemp(folder) == NULL) {
        rc = ot_fail(err, OT_ERR_WRITE,
                     "no folder can be made for the phantom: set TMPDIR or --out to where one can");
    } else {
        rc = ot_selftest_phantom(t, folder, preset, err);
        remove_folder(folder, 0);
    }
    ot_texts_release(&path);
    return rc;
}

static enum ot_rc run_all(const struct ot_selftest_request *request, struct ot_selftest *t,
                          struct ot_err *err)
{
    static const struct {
        const char *name;
        enum ot_rc (*run)(struct ot_selftest *t, struct ot_err *err);
    } groups[] = {
        {"models", ot_selftest_models},         {"vials", ot_selftest_vials},
        {"histograms", ot_selftest_histograms}, {"criteria", ot_selftest_criteria},
        {"kernels", ot_selftest_kernels},       {"dose", ot_selftest_media},
        {"engines", ot_selftest_engines},       {"sphere", ot_selftest_sphere},
    };
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; rc == OT_OK && n < sizeof groups / sizeof groups[0]; n++) {
        rc = settle(t, groups[n].name, groups[n].run(t, err), err);
    }
    const char *below = request->out;
    if (below == NULL) {
        below = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe): no other thread runs */
        below = below != NULL && below[0] != '\0' ? below : "/tmp";
    }
    if (rc == OT_OK) {
        rc = settle(t, "phantom", phantom(t, below, "small", err), err);
    }
    if (rc == OT_OK && request->full) {
        rc = settle(t, "phantom", phantom(t, below, "clinical", err), err);
    }
    if (rc == OT_OK && t->pool.failed) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for the names of the cases");
    }
    return rc;
}

static enum ot_rc write_files(const struct ot_selftest *t, struct ot_store *store,
                              struct ot_err *err)
{
    struct ot_buffer json = {0};
    struct ot_buffer html = {0};
    json_t *root = ot_selftest_json(t);
    enum ot_rc rc = OT_OK;
    if (root == NULL) {
        rc = ot_fail(err, OT_ERR_NOMEM, "no memory for the result");
    } else {
        rc = ot_json_write(root, &json, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(store, FILES[0], json.data, json.size, err);
    }
    if (rc == OT_OK) {
        ot_selftest_html(t, &html);
        rc = ot_buffer_check(&html, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_put(store, FILES[1], html.data, html.size, err);
    }
    if (rc == OT_OK) {
        rc = ot_store_commit(store, FILES, sizeof FILES / sizeof FILES[0], err);
    }
    json_decref(root);
    ot_buffer_release(&json);
    ot_buffer_release(&html);
    return rc;
}

static double now_s(clockid_t clock)
{
    struct timespec now = {0};
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

enum ot_rc ot_flow_selftest(const struct ot_selftest_request *request, struct ot_selftest *t,
                            struct ot_err *err)
{
    struct ot_store *store = NULL;
    enum ot_rc rc = OT_OK;
    t->threads = request->threads;
    t->start_utc_s = floor(now_s(CLOCK_REALTIME));
    const double start_s = now_s(CLOCK_MONOTONIC);
    if (request->out != NULL) {
        rc = ot_store_begin(request->out, request->overwrite, &store, err);
    }
    if (rc == OT_OK) {
        rc = run_all(request, t, err);
    }
    t->seconds = now_s(CLOCK_MONOTONIC) - start_s;
    if (rc == OT_OK && store != NULL) {
        rc = write_files(t, store, err);
    }
    ot_store_abort(store);
    return rc;
}
