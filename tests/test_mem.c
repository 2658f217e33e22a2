/* tests/test_mem.c - blocks are zeroed, aligned, refused when they overflow, and given back. */
#include "core/mem.h"

#include <sys/stat.h>

#include "core/mem_limit.h"
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

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void control_groups_limit_memory(void **state)
{
    (void)state;
    static const struct {
        const char *groups, *top, *job, *task, *old; /* what the files say */
        double bytes;
    } cases[] = {
        {"0::/job/task\n", "max\n", "max\n", "max\n", "", INFINITY},
        {"0::/job/task\n", "max\n", "max\n", "1048576\n", "", 1048576},
        {"0::/job/task\n", "max\n", "4096\n", "1048576\n", "", 4096}, /* the job's, too */
        {"0::/job\n", "max\n", "8192\n", "1\n", "", 8192},            /* not a part of it */
        {"0::/\n", "65536\n", "1\n", "1\n", "", 65536},
        {"0::/../elsewhere\n", "65536\n", "1\n", "1\n", "", 65536}, /* in a container */
        {"4:cpu,cpuacct:/job\n3:memory:/old\n", "1\n", "1\n", "1\n", "2097152\n", 2097152},
        {"3:memory:/old\n", "1\n", "1\n", "1\n", "9223372036854771712\n", 9223372036854771712.0},
        /* Memory with others in one tree, wherever it stands in the list; and what only looks so.
         */
        {"3:cpu,memory:/old\n", "1\n", "1\n", "1\n", "4194304\n", 5000},
        {"3:memory,cpu:/old\n", "1\n", "1\n", "1\n", "4194304\n", 4194304}, /* linked */
        {"3:cpu,memory,pids:/old\n", "1\n", "1\n", "1\n", "1000\n", 1000},
        {"3:cpu,memoryx:/old\n4:xmemory:/old\n", "1\n", "1\n", "1\n", "1\n", INFINITY},
        {"nonsense\n0:\n", "1\n", "1\n", "1\n", "1\n", INFINITY},
        {"0::/job/task\n", "max\n", "", "four\n", "", INFINITY},
    };
    char made[300];
    char groups[300];
    const char *root = ot_test_folder();
    static const char *const folders[] = {"job",        "job/task",   "memory",
                                          "memory/old", "cpu,memory", "cpu,memory/old"};
    for (size_t n = 0; n < sizeof folders / sizeof folders[0]; n++) {
        (void)snprintf(made, sizeof made, "%s/%s", root, folders[n]);
        assert_int_equal(mkdir(made, 0700), 0);
    }
    (void)snprintf(groups, sizeof groups, "%s/groups", root);
    write_text(root, "cpu,memory/old/memory.limit_in_bytes", "5000\n");
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        write_text(root, "groups", cases[n].groups);
        write_text(root, "memory.max", cases[n].top);
        write_text(root, "job/memory.max", cases[n].job);
        write_text(root, "job/task/memory.max", cases[n].task);
        write_text(root, "memory/old/memory.limit_in_bytes", cases[n].old);
        const double bytes = ot_mem_limit_bytes(groups, root);
        assert_true(isinf(cases[n].bytes) ? isinf(bytes) : fabs(bytes - cases[n].bytes) < 0.5);
    }
    assert_true(isinf(ot_mem_limit_bytes("/nonexistent", root)));
    ot_test_remove_folder(root);
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
        cmocka_unit_test(control_groups_limit_memory),
        cmocka_unit_test(a_block_of_nothing_is_a_block_and_null_is_free),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(the_nth_allocation_fails_once_when_told_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
