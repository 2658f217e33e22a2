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

void *ot_calloc(size_t count, size_t size, struct ot_err *err)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX - OT_ALIGN) {
        (void)ot_fail(err, OT_ERR_NOMEM, "%zu elements of %zu bytes overflow size_t", count, size);
        return NULL;
    }
    const size_t padded = (bytes + OT_ALIGN - 1) / OT_ALIGN * OT_ALIGN;
    void *block = told_to_fail() ? NULL : aligned_alloc(OT_ALIGN, padded != 0 ? padded : OT_ALIGN);
    if (block == NULL) {
        (void)ot_fail(err, OT_ERR_NOMEM, "cannot allocate %zu bytes", bytes);
        return NULL;
    }
    memset(block, 0, padded != 0 ? padded : OT_ALIGN);
    return block;
}

void ot_free(void *block)
{
    free(block);
}
