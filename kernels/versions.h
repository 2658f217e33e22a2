/* kernels/versions.h - one function for several kinds of processors. */
#ifndef OT_KERNELS_VERSIONS_H
#define OT_KERNELS_VERSIONS_H

/* The hot loops are compiled for wider vectors too and chosen when the program starts. Sums keep
 * their order, and nothing is contracted but the products of convolve_rows.c, whose last bits may
 * so differ from one kind of processor to another. OT_INLINE is for what must become part of such
 * a version. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define OT_VERSIONS __attribute__((target_clones("avx512f", "arch=x86-64-v3", "default")))
#define OT_INLINE static inline __attribute__((always_inline))
#else
#define OT_VERSIONS
#define OT_INLINE static inline
#endif

#endif /* OT_KERNELS_VERSIONS_H */
