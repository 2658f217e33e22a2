/* core/mem.c - the allocator. */
#include "core/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { OT_ALIGN = 64 }; /* one cache line; enough for AVX-512 loads */

#ifdef OT_TEST_HOOKS
static size_t fail_countdown;

void ot_mem_fail_at(size_t nth)
{
    fail_countdown = nth;
}

static bool told_to_fail(void)
{
    return fail_countdown != 0 && --fail_countdown == 0;
}
#else
static bool told_to_fail(void)
{
    return false;
}
#endif

/* calloc() hands out pages of the system without touching them: a large volume of zeros costs
 * nothing until it is written, and its pages are shared out by the threads that write them. It
 * aligns to less than a cache line; so each block is placed within a larger one, with the
 * address to free right in front of it. */
enum { OVERHEAD = OT_ALIGN + sizeof(void *) };

void *ot_calloc(size_t count, size_t size, struct ot_err *err)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX - OVERHEAD) {
        (void)ot_fail(err, OT_ERR_NOMEM, "%zu elements of %zu bytes overflow size_t", count, size);
        return NULL;
    }
    char *base = told_to_fail() ? NULL : (char *)calloc(1, bytes + OVERHEAD);
    if (base == NULL) {
        (void)ot_fail(err, OT_ERR_NOMEM, "cannot allocate %zu bytes", bytes);
        return NULL;
    }
    const size_t past = (size_t)((uintptr_t)(base + sizeof(void *)) % OT_ALIGN);
    char *block = base + sizeof(void *) + (past != 0 ? OT_ALIGN - past : 0);
    memcpy(block - sizeof base, &base, sizeof base);
    return block;
}

void ot_free(void *block)
{
    char *base = NULL;
    if (block == NULL) {
        return;
    }
    memcpy(&base, (const char *)block - sizeof base, sizeof base);
    free(base);
}
