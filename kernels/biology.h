/* kernels/biology.h - biologically effective dose of a decaying permanent implant.
 * Of volumes: core/dvh.h (mean of voxel BED, gEUD). */
#ifndef OT_KERNELS_BIOLOGY_H
#define OT_KERNELS_BIOLOGY_H

#ifdef __cplusplus
extern "C" {
#endif

/* D (1 + D T_rep / ((T_rep + T_phys) alpha/beta)). Gy; NaN unless D >= 0 and the others > 0.
 * Source: Dale, Phys Med Biol 1996;41:1871. */
double ot_biology_bed_gy(double dose_gy, double alpha_beta_gy, double repair_half_time_h,
                         double physical_half_life_h);
/* Dose in 2 Gy fractions with the same BED: BED / (1 + 2 / (alpha/beta)). Gy. */
double ot_biology_eqd2_gy(double bed_gy, double alpha_beta_gy);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_BIOLOGY_H */
