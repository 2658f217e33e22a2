/* kernels/log_gamma.h - the gamma function of a complex argument. */
#ifndef OT_KERNELS_LOG_GAMMA_H
#define OT_KERNELS_LOG_GAMMA_H

#ifdef __cplusplus
extern "C" {
#endif

/* ln |Gamma(x + i y)| for x > 0; absolute error below 1e-13 + 1e-15 |y|.
 * Source: Stirling's series, NIST DLMF 5.11.1, after the recurrence 5.5.1 has carried the argument
 * to where the series is exact in double precision. */
double ot_log_gamma_modulus(double x, double y);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_LOG_GAMMA_H */
