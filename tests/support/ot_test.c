/* tests/support/ot_test.c - checks and helpers of the unit tests. */
#include "tests/support/ot_test.h"

#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

void ot_assert_near(double got, double want, double tolerance, const char *text, const char *file,
                    int line)
{
    if (!(fabs(got - want) <= tolerance)) {
        print_error("%s is %.9g, expected %.9g within %.3g\n", text, got, want, tolerance);
        _fail(file, line);
    }
}

void ot_assert_ok(enum ot_rc rc, const struct ot_err *err, const char *text, const char *file,
                  int line)
{
    if (rc != OT_OK) {
        print_error("%s: %s error: %s\n", text, ot_rc_name(rc), err->text);
        _fail(file, line);
    }
}

void ot_assert_refused(enum ot_rc rc, const struct ot_err *err, enum ot_rc code, const char *part,
                       const char *text, const char *file, int line)
{
    if (rc != code || strstr(err->text, part) == NULL) {
        print_error("%s: got %s error \"%s\", expected %s error with \"%s\"\n", text,
                    ot_rc_name(rc), err->text, ot_rc_name(code), part);
        _fail(file, line);
    }
}

struct ot_grid ot_test_grid(size_t nx, size_t ny, size_t nz, double dx, double dy, double dz)
{
    return (struct ot_grid){
        .n = {nx, ny, nz}, .spacing_mm = {dx, dy, dz}, .dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

struct ot_volume *ot_test_volume(const struct ot_grid *grid, enum ot_unit unit)
{
    struct ot_volume *volume = NULL;
    struct ot_err err = {0};
    assert_ok(ot_volume_create(grid, unit, &volume, &err), err);
    return volume;
}

const char *ot_test_shared(const char *name)
{
    static char path[1024];
    const char *root = getenv("OT_SHARED");
    (void)snprintf(path, sizeof path, "%s/%s", root != NULL ? root : OT_SOURCE_DIR "/../shared",
                   name);
    if (access(path, R_OK) != 0) {
        print_message("skipped: the shared test data has no %s here\n", name);
        skip();
    }
    return path;
}

bool ot_test_full(void)
{
    const char *full = getenv("OT_FULL");
    return full != NULL && strcmp(full, "1") == 0;
}

size_t ot_test_step(size_t usual)
{
    return ot_test_full() ? 1 : usual;
}

const char *ot_test_folder(void)
{
    static char folder[64];
    (void)snprintf(folder, sizeof folder, "/tmp/ot-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status;
    (void)type;
    (void)at;
    return remove(path);
}

void ot_test_remove_folder(const char *folder)
{
    (void)nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
