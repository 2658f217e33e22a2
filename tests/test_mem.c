/* tests/test_mem.c - blocks are zeroed, aligned, refused when they overflow, and given back. */
#include "core/mem.h"

#include "core/volume.h"
#include "tests/support/ot_test.h"

enum { LINE = 64, MEGABYTE = 1024 * 1024, LARGE = 40 * MEGABYTE };

static const size_t sizes[] = {1, 7, 64, 100, 4096, MEGABYTE - 1, MEGABYTE, LARGE};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static void blocks_are_zero_and_aligned_also_where_others_were_before(void **state)
{
    (void)state;
    struct ot_err err = {0};
    for (size_t round = 0; round < 3; round++) {
        unsigned char *block[SIZES];
        for (size_t n = 0; n < SIZES; n++) {
            block[n] = OT_NEW(unsigned char, sizes[n], &err);
            assert_non_null(block[n]);
            assert_int_equal((uintptr_t)block[n] % LINE, 0);
            size_t set = 0;
            for (size_t byte = 0; byte < sizes[n]; byte++) {
                set += block[n][byte] != 0;
            }
            assert_int_equal(set, 0);
            memset(block[n], 0xA5, sizes[n]);
        }
        for (size_t n = 0; n < SIZES; n++) {
            ot_free(block[n]);
        }
    }
}

static void what_this_machine_cannot_hold_is_refused_with_its_need(void **state)
{
    (void)state;
    const struct ot_grid grid = ot_test_grid(1000000, 999999, 1000001, 2.0, 2.5, 3.0);
    struct ot_volume *volume = NULL;
    struct ot_err fits = {0};
    struct ot_err err = {0};
    struct ot_err image = {0};
    assert_ok(ot_mem_require(1.0, "a byte", "try it", &fits), fits);
    assert_refused(ot_mem_require(1048576e9, "a pebibyte", "halve it", &err), err,
                   OT_ERR_UNSUPPORTED, "a pebibyte needs 1000000000 MiB, this machine has ");
    assert_non_null(strstr(err.text, " MiB: halve it"));
    assert_refused(ot_volume_create(&grid, OT_UNIT_NONE, &volume, &image), image,
                   OT_ERR_UNSUPPORTED,
                   "an image of 1000000 x 999999 x 1000001 voxels needs 3814697");
    assert_null(volume);
}

static void a_block_of_nothing_is_a_block_and_null_is_free(void **state)
{
    (void)state;
    struct ot_err err = {0};
    void *block = ot_calloc(0, sizeof(double), &err);
    assert_non_null(block);
    ot_free(block);
    ot_free(NULL);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct ot_err err = {0};
    assert_null(ot_calloc(SIZE_MAX / 4, 8, &err));
    assert_int_equal(err.code, OT_ERR_NOMEM);
    assert_non_null(strstr(err.text, "overflow"));
    err = (struct ot_err){0};
    assert_null(ot_calloc(PTRDIFF_MAX - 8, 1, &err));
    assert_int_equal(err.code, OT_ERR_NOMEM);
}

static void the_nth_allocation_fails_once_when_told_to(void **state)
{
    (void)state;
    struct ot_err err = {0};
    ot_mem_fail_at(2);
    void *first = ot_calloc(1, 8, &err);
    assert_non_null(first);
    assert_null(ot_calloc(1, 8, &err));
    assert_int_equal(err.code, OT_ERR_NOMEM);
    void *third = ot_calloc(1, 8, &err);
    assert_non_null(third);
    ot_free(first);
    ot_free(third);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zero_and_aligned_also_where_others_were_before),
        cmocka_unit_test(what_this_machine_cannot_hold_is_refused_with_its_need),
        cmocka_unit_test(a_block_of_nothing_is_a_block_and_null_is_free),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(the_nth_allocation_fails_once_when_told_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
