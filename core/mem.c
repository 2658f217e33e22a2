/* core/mem.c - the allocator. */
#define _DEFAULT_SOURCE /* NOLINT: the C library's name; for MADV_HUGEPAGE */
#include "core/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <sys/mman.h>
#include <unistd.h>

#include "core/mem_limit.h"

enum {
    OT_ALIGN = 64,      /* one cache line; enough for AVX-512 loads */
    HUGE_PAGES_FROM = 2 /* of them */
};

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

/* Volumes are written from end to end: with pages of 2 MiB the system is asked for memory 500
 * times less often. A wish only: what the system makes of it does not matter. */
static void want_huge_pages(char *begin, size_t bytes)
{
    const size_t page = (size_t)2 << 20;
    const size_t skip = (page - (uintptr_t)begin % page) % page;
    if (bytes >= HUGE_PAGES_FROM * page) {
        (void)madvise(begin + skip, (bytes - skip) / page * page, MADV_HUGEPAGE);
    }
}

void ot_mem_keep_freed(void)
{
#ifdef __GLIBC__
    static const int own_mapping_bytes = 32 << 20; /* the most that the library takes */
    static const int kept_bytes = 1 << 30;
    (void)mallopt(M_MMAP_THRESHOLD, own_mapping_bytes);
    (void)mallopt(M_TRIM_THRESHOLD, kept_bytes);
#endif
}

/* Bytes for the elements and for what stands before them; 0 and an error if there are too many. */
static size_t bytes_of(size_t count, size_t size, struct ot_err *err)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX - OT_ALIGN) {
        (void)ot_fail(err, OT_ERR_NOMEM, "%zu elements of %zu bytes overflow size_t", count, size);
        return 0;
    }
    return bytes + OT_ALIGN;
}

/* Aligns what the C library gave; where it begins stands before the block. */
static void *block_in(char *begin, size_t bytes, struct ot_err *err)
{
    if (begin == NULL) {
        (void)ot_fail(err, OT_ERR_NOMEM, "cannot allocate %zu bytes", bytes - OT_ALIGN);
        return NULL;
    }
    char *block = begin + (OT_ALIGN - (uintptr_t)begin % OT_ALIGN);
    memcpy(block - sizeof begin, &begin, sizeof begin);
    want_huge_pages(begin, bytes);
    return block;
}

void *ot_calloc(size_t count, size_t size, struct ot_err *err)
{
    const size_t bytes = bytes_of(count, size, err);
    /* calloc() knows which pages are fresh from the system and therefore zero already: clearing
     * them once more would cost a pass over every volume. */
    return bytes == 0 ? NULL
                      : block_in(told_to_fail() ? NULL : (char *)calloc(1, bytes), bytes, err);
}

void *ot_malloc(size_t count, size_t size, struct ot_err *err)
{
    const size_t bytes = bytes_of(count, size, err);
    return bytes == 0 ? NULL : block_in(told_to_fail() ? NULL : (char *)malloc(bytes), bytes, err);
}

void ot_free(void *block)
{
    if (block != NULL) {
        char *begin = NULL;
        memcpy(&begin, (char *)block - sizeof begin, sizeof begin);
        free(begin);
    }
}

enum ot_rc ot_mem_require(double bytes, const char *what, const char *advice, struct ot_err *err)
{
    static const double bytes_per_mib = 1024.0 * 1024.0;
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long page_bytes = sysconf(_SC_PAGESIZE);
    const double all = (double)pages * (double)page_bytes;
    if (pages > 0 && page_bytes > 0 && !(bytes <= all)) {
        return ot_fail(err, OT_ERR_UNSUPPORTED, "%s needs %.0f MiB, this machine has %.0f MiB: %s",
                       what, bytes / bytes_per_mib, all / bytes_per_mib, advice);
    }
    const double allowed = ot_mem_limit_bytes("/proc/self/cgroup", "/sys/fs/cgroup");
    if (!(bytes <= allowed)) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "%s needs %.0f MiB, this process may have %.0f MiB (control group): %s",
                       what, bytes / bytes_per_mib, allowed / bytes_per_mib, advice);
    }
    return OT_OK;
}
