/* tests/test_store.c - whole files or none, on good disks and bad ones. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/mem.h"
#include "io/file.h"
#include "io/store.h"
#include "tests/support/ot_test.h"

static const char *const KNOWN[] = {"result.json", "dvh.csv", "report.pdf"};
enum { KNOWN_COUNT = 3 };

/* Sorted names in a folder, hidden ones too, separated by blanks. */
static const char *names_in(const char *folder)
{
    static char text[1024];
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, NULL, alphasort);
    text[0] = '\0';
    for (int n = 0; n < count; n++) {
        if (strcmp(entries[n]->d_name, ".") != 0 && strcmp(entries[n]->d_name, "..") != 0) {
            (void)strncat(text, entries[n]->d_name, sizeof text - strlen(text) - 1);
            (void)strncat(text, " ", sizeof text - strlen(text) - 1);
        }
        free(entries[n]);
    }
    free(entries);
    return count < 0 ? "(none)" : text;
}

static const char *below(const char *folder, const char *name)
{
    static char path[4][256];
    static unsigned turn;
    char *to = path[turn++ % 4];
    (void)snprintf(to, sizeof path[0], "%s/%s", folder, name);
    return to;
}

static void assert_content(const char *path, const char *want)
{
    struct ot_buffer buffer = {0};
    struct ot_err err = {0};
    assert_ok(ot_file_read(path, 1000, &buffer, &err), err);
    assert_string_equal(buffer.data, want);
    ot_buffer_release(&buffer);
}

static struct ot_store *begin(const char *dir, bool overwrite)
{
    struct ot_store *store = NULL;
    struct ot_err err = {0};
    assert_ok(ot_store_begin(dir, overwrite, &store, &err), err);
    return store;
}

static void put(struct ot_store *store, const char *name, const char *text)
{
    struct ot_err err = {0};
    assert_ok(ot_store_put(store, name, text, strlen(text), &err), err);
}

static void run(const char *dir, const char *json, const char *pdf)
{
    struct ot_err err = {0};
    struct ot_store *store = begin(dir, true);
    put(store, "result.json", json);
    if (pdf != NULL) {
        put(store, "report.pdf", pdf);
    }
    assert_ok(ot_store_commit(store, KNOWN, KNOWN_COUNT, &err), err);
    ot_store_abort(store);
}

static void files_appear_only_with_commit(void **state)
{
    (void)state;
    const char *folder = ot_test_folder();
    const char *dir = below(folder, "a/b//c/");
    struct ot_store *store = begin(dir, false);
    struct ot_err err = {0};
    put(store, "result.json", "{}");
    put(store, "dvh.csv", "");
    assert_int_equal(access(below(folder, "a/b/c/result.json"), F_OK), -1);
    assert_ok(ot_store_commit(store, KNOWN, KNOWN_COUNT, &err), err);
    ot_store_abort(store);
    assert_string_equal(names_in(dir), "dvh.csv result.json ");
    assert_content(below(folder, "a/b/c/result.json"), "{}");
    ot_test_remove_folder(folder);
}

static void an_aborted_run_leaves_no_trace(void **state)
{
    (void)state;
    const char *folder = ot_test_folder();
    struct ot_store *store = begin(below(folder, "a/b/c"), false);
    put(store, "result.json", "{}");
    ot_store_abort(store);
    assert_string_equal(names_in(folder), "");
    ot_store_abort(NULL);
    /* a folder that was there stays */
    assert_int_equal(mkdir(below(folder, "old"), 0777), 0);
    store = begin(below(folder, "old/new"), false);
    put(store, "result.json", "{}");
    ot_store_abort(store);
    assert_string_equal(names_in(folder), "old ");
    assert_string_equal(names_in(below(folder, "old")), "");
    ot_test_remove_folder(folder);
}

static void a_full_folder_needs_overwrite_and_nothing_stale_survives(void **state)
{
    (void)state;
    const char *folder = ot_test_folder();
    struct ot_store *store = NULL;
    struct ot_err err = {0};
    run(folder, "first", "pages");
    FILE *other = fopen(below(folder, "notes.txt"), "w");
    assert_non_null(other);
    (void)fclose(other);
    assert_refused(ot_store_begin(folder, false, &store, &err), err, OT_ERR_ARG, "not empty");
    assert_null(store);
    run(folder, "second", NULL);
    /* the report of before is gone, a stranger's file is not */
    assert_string_equal(names_in(folder), "notes.txt result.json ");
    assert_content(below(folder, "result.json"), "second");
    ot_test_remove_folder(folder);
}

static void a_failed_commit_brings_everything_back(void **state)
{
    (void)state;
    const char *folder = ot_test_folder();
    struct ot_err err = {0};
    run(folder, "first", "pages");
    /* a folder stands where the last file shall go */
    assert_int_equal(mkdir(below(folder, "dvh.csv"), 0777), 0);
    struct ot_store *store = begin(folder, true);
    put(store, "result.json", "second");
    put(store, "extra.json", "new");
    put(store, "dvh.csv", "1,2");
    assert_refused(ot_store_commit(store, KNOWN, KNOWN_COUNT, &err), err, OT_ERR_WRITE, "dvh.csv");
    ot_store_abort(store);
    assert_string_equal(names_in(folder), "dvh.csv report.pdf result.json ");
    assert_content(below(folder, "result.json"), "first");
    assert_content(below(folder, "report.pdf"), "pages");
    ot_test_remove_folder(folder);
}

static void leftovers_of_a_killed_run_do_not_matter(void **state)
{
    (void)state;
    const char *folder = ot_test_folder();
    struct ot_err err = {0};
    const pid_t child = fork();
    if (child == 0) {
        struct ot_store *store = NULL;
        if (ot_store_begin(folder, false, &store, NULL) == OT_OK &&
            ot_store_put(store, "result.json", "half", 4, NULL) == OT_OK) {
            (void)raise(SIGKILL);
        }
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_string_equal(names_in(folder), ".opentare-new-result.json ");
    struct ot_store *store = begin(folder, false);
    put(store, "result.json", "whole");
    assert_ok(ot_store_commit(store, KNOWN, KNOWN_COUNT, &err), err);
    ot_store_abort(store);
    assert_string_equal(names_in(folder), "result.json ");
    ot_test_remove_folder(folder);
}

static void two_runs_cannot_write_to_one_folder(void **state)
{
    (void)state;
    const char *folder = ot_test_folder();
    struct ot_store *first = begin(folder, false);
    struct ot_store *second = NULL;
    struct ot_err err = {0};
    assert_refused(ot_store_begin(folder, true, &second, &err), err, OT_ERR_WRITE, "another run");
    ot_store_abort(first);
    second = begin(folder, false);
    ot_store_abort(second);
    ot_test_remove_folder(folder);
}

static void impossible_names_and_places_are_refused(void **state)
{
    (void)state;
    const char *folder = ot_test_folder();
    struct ot_store *store = begin(folder, false);
    static const char *const names[] = {"", ".hidden", "a/b", "../x", ".."};
    for (size_t n = 0; n < 5; n++) {
        struct ot_err err = {0};
        assert_refused(ot_store_put(store, names[n], "x", 1, &err), err, OT_ERR_ARG, "no name");
    }
    struct ot_err err = {0};
    put(store, "a", "x");
    assert_refused(ot_store_put(store, "a", "x", 1, &err), err, OT_ERR_ARG, "twice");
    err = (struct ot_err){0};
    ot_store_abort(store);
    assert_refused(ot_store_begin("/proc/nothing/here", false, &store, &err), err, OT_ERR_WRITE,
                   "cannot be made");
    err = (struct ot_err){0};
    assert_refused(ot_store_begin("", false, &store, &err), err, OT_ERR_ARG, "empty");
    err = (struct ot_err){0};
    assert_ok(ot_store_file(below(folder, "file"), "x", 1, false, &err), err);
    assert_refused(ot_store_begin(below(folder, "file"), true, &store, &err), err, OT_ERR_WRITE,
                   "file");
    assert_null(strchr(err.text, '/'));
    ot_test_remove_folder(folder);
}

static void a_single_file_is_whole_or_absent(void **state)
{
    (void)state;
    const char *folder = ot_test_folder();
    const char *path = below(folder, "page.html");
    struct ot_err err = {0};
    assert_ok(ot_store_file(path, "one", 3, false, &err), err);
    assert_refused(ot_store_file(path, "two", 3, false, &err), err, OT_ERR_ARG, "exists");
    assert_content(path, "one");
    err = (struct ot_err){0};
    assert_ok(ot_store_file(path, "two", 3, true, &err), err);
    assert_content(path, "two");
    assert_refused(ot_store_file(below(folder, "no/page"), "x", 1, true, &err), err, OT_ERR_WRITE,
                   "folder cannot be opened");
    err = (struct ot_err){0};
    assert_refused(ot_store_file(folder, "x", 1, true, &err), err, OT_ERR_ARG, "exists");
    assert_string_equal(names_in(folder), "page.html ");
    ot_test_remove_folder(folder);
}

/* One thread each: strerror() is safe. */
static void in_child(void (*body)(const char *), const char *folder)
{
    const pid_t child = fork();
    if (child == 0) {
        body(folder);
        _exit(9);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* 64 KiB at most per file; the second file does not fit. */
static void write_beyond_limit(const char *folder)
{
    static char big[200000];
    struct ot_store *store = NULL;
    struct ot_err err = {0};
    const struct rlimit limit = {65536, 65536};
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)setrlimit(RLIMIT_FSIZE, &limit);
    if (ot_store_begin(folder, true, &store, &err) != OT_OK ||
        ot_store_put(store, "result.json", "{}", 2, &err) != OT_OK) {
        _exit(1);
    }
    const enum ot_rc rc = ot_store_put(store, "dose.nii.gz", big, sizeof big, &err);
    ot_store_abort(store);
    _exit(rc == OT_ERR_WRITE && strstr(err.text, "dose.nii.gz") != NULL &&
                  strstr(err.text, strerror(EFBIG)) != NULL /* NOLINT */
              ? 0
              : 2);
}

static void a_limit_of_size_leaves_nothing(void **state)
{
    (void)state;
    const char *folder = ot_test_folder();
    in_child(write_beyond_limit, below(folder, "out"));
    assert_string_equal(names_in(folder), "");
    run(below(folder, "out"), "first", NULL);
    in_child(write_beyond_limit, below(folder, "out"));
    assert_string_equal(names_in(below(folder, "out")), "result.json ");
    assert_content(below(folder, "out/result.json"), "first");
    ot_test_remove_folder(folder);
}

static void a_full_disk_leaves_nothing(void **state)
{
    (void)state;
    static char big[100000];
    char command[200];
    const char *folder = ot_test_folder();
    (void)snprintf(command, sizeof command, "mount -t tmpfs -o size=64k ot %s 2>/dev/null", folder);
    if (geteuid() != 0 || system(command) != 0) { /* NOLINT: a test's mount */
        ot_test_remove_folder(folder);
        print_message("skipped: no right to mount a small disk\n");
        skip();
    }
    struct ot_store *store = begin(below(folder, "out"), false);
    struct ot_err err = {0};
    put(store, "result.json", "{}");
    const enum ot_rc rc = ot_store_put(store, "dose.nii.gz", big, sizeof big, &err);
    ot_store_abort(store);
    const bool clean = strcmp(names_in(folder), "") == 0;
    (void)snprintf(command, sizeof command, "umount %s", folder);
    const int gone = system(command); /* NOLINT: a test's mount */
    assert_int_equal(gone, 0);
    assert_int_equal(rc, OT_ERR_WRITE);
    assert_non_null(strstr(err.text, strerror(ENOSPC))); /* NOLINT */
    assert_true(clean);
    ot_test_remove_folder(folder);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    const char *folder = ot_test_folder();
    bool ok = false;
    for (size_t nth = 1; !ok && nth < 10; nth++) {
        struct ot_store *store = NULL;
        ot_mem_fail_at(nth);
        const enum ot_rc rc = ot_store_begin(below(folder, "x/y"), false, &store, NULL);
        ot_mem_fail_at(0);
        ok = rc == OT_OK;
        assert_true(ok || (rc == OT_ERR_NOMEM && store == NULL));
        ot_store_abort(store);
        assert_string_equal(names_in(folder), "");
    }
    assert_true(ok);
    ot_test_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_appear_only_with_commit),
        cmocka_unit_test(an_aborted_run_leaves_no_trace),
        cmocka_unit_test(a_full_folder_needs_overwrite_and_nothing_stale_survives),
        cmocka_unit_test(a_failed_commit_brings_everything_back),
        cmocka_unit_test(leftovers_of_a_killed_run_do_not_matter),
        cmocka_unit_test(two_runs_cannot_write_to_one_folder),
        cmocka_unit_test(impossible_names_and_places_are_refused),
        cmocka_unit_test(a_single_file_is_whole_or_absent),
        cmocka_unit_test(a_limit_of_size_leaves_nothing),
        cmocka_unit_test(a_full_disk_leaves_nothing),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
