/* tests/bench/peer_itk.h - ITK's convolution by Fourier transforms. */
#ifndef OT_BENCH_PEER_ITK_H
#define OT_BENCH_PEER_ITK_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Convolves `runs` + 1 times in single precision, zero outside, and prints the seconds of each run
 * but the first, one a line. ITK plans its transforms and transforms the kernel within each run:
 * the filter cannot be asked to do so before. Returns 0, or 1 after a message. */
int peer_itk(const float *source, const size_t n[3], const float *kernel, const size_t kernel_n[3],
             int threads, int runs);

#ifdef __cplusplus
}
#endif
#endif /* OT_BENCH_PEER_ITK_H */
