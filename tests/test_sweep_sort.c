/* tests/test_sweep_sort.c - order of ends against the C library's sort.
 * labels: numeric */
#include <stdlib.h>

#include "segment/sweep_sort.h"
#include "tests/support/ot_test.h"

enum { MOST = 300 };

static int in_order(const void *a, const void *b)
{
    const struct ot_sweep_end *x = (const struct ot_sweep_end *)a;
    const struct ot_sweep_end *y = (const struct ot_sweep_end *)b;
    if (x->v < y->v || x->v > y->v) {
        return x->v < y->v ? -1 : 1;
    }
    if (x->u < y->u || x->u > y->u) {
        return x->u < y->u ? -1 : 1;
    }
    return x->side < y->side ? -1 : 1;
}

/* Up and down like a contour, falling, rising, all equal, few different ones, and without order. */
static double height(size_t kind, size_t n, size_t count, uint64_t random)
{
    const double part = (double)n / (double)count;
    switch (kind) {
    case 0:
        return sin(6.28 * part);
    case 1:
        return -part;
    case 2:
        return part;
    case 3:
        return 7.0;
    case 4:
        return (double)(random >> 62);
    default:
        return (double)(random >> 11);
    }
}

static void ends_are_in_the_order_of_the_c_librarys_sort(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (size_t trial = 0; trial < 6 * MOST; trial++) {
        static struct ot_sweep_end got[MOST];
        static struct ot_sweep_end want[MOST];
        static struct ot_sweep_end room[MOST];
        const size_t count = 1 + trial / 6;
        for (size_t n = 0; n < count; n++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            got[n] = (struct ot_sweep_end){.v = height(trial % 6, n, count, random),
                                           .u = (double)(random >> 40 & 3U),
                                           .side = (uint32_t)n};
            want[n] = got[n];
        }
        qsort(want, count, sizeof want[0], in_order);
        ot_sweep_sort(got, room, count);
        for (size_t n = 0; n < count; n++) {
            assert_int_equal(got[n].side, want[n].side);
            assert_near(got[n].v, want[n].v, 0.0);
            assert_near(got[n].u, want[n].u, 0.0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_are_in_the_order_of_the_c_librarys_sort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
