/* tests/support/ot_test.h - cmocka, and the few checks that numerics need besides. */
#ifndef OT_TESTS_SUPPORT_OT_TEST_H
#define OT_TESTS_SUPPORT_OT_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/err.h"
#include "core/volume.h"

/* |got - want| <= tolerance; a NaN anywhere fails. */
#define assert_near(got, want, tolerance) \
    ot_assert_near((double)(got), (double)(want), (tolerance), #got, __FILE__, __LINE__)
/* |got / want - 1| <= tolerance. */
#define assert_ratio(got, want, tolerance) \
    ot_assert_near((double)(got), (double)(want), (tolerance)*fabs((double)(want)), #got, \
                   __FILE__, __LINE__)
/* The call returns OT_OK; its error text is shown otherwise. `err` is a struct ot_err. */
#define assert_ok(call, err) ot_assert_ok((call), &(err), #call, __FILE__, __LINE__)
/* The call returns `code`, and the text of `err` contains `part`. */
#define assert_refused(call, err, code, part) \
    ot_assert_refused((call), &(err), (code), (part), #call, __FILE__, __LINE__)

void ot_assert_near(double got, double want, double tolerance, const char *text, const char *file,
                    int line);
void ot_assert_ok(enum ot_rc rc, const struct ot_err *err, const char *text, const char *file,
                  int line);
void ot_assert_refused(enum ot_rc rc, const struct ot_err *err, enum ot_rc code, const char *part,
                       const char *text, const char *file, int line);

/* A volume of zeros that must exist. */
struct ot_volume *ot_test_volume(const struct ot_grid *grid, enum ot_unit unit);
/* An axis-aligned grid. */
struct ot_grid ot_test_grid(size_t nx, size_t ny, size_t nz, double dx, double dy, double dz);

/* Path of a real image below the shared test data, or skips the running test with a message
 * where the data is absent. Static buffer. */
const char *ot_test_shared(const char *name);

/* Whether long counts are wanted (scripts/test --full sets OT_FULL=1); and the step of a loop over
 * many alike cases: 1 then, `usual` otherwise. */
bool ot_test_full(void);
size_t ot_test_step(size_t usual);

/* A new empty folder below the system's temporary one; removed with ot_test_remove_folder(). */
const char *ot_test_folder(void);
void ot_test_remove_folder(const char *folder);

#endif /* OT_TESTS_SUPPORT_OT_TEST_H */
