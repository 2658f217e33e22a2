/* kernels/nuclide.h - the one dose constant and what follows from it. */
#ifndef OT_KERNELS_NUCLIDE_H
#define OT_KERNELS_NUCLIDE_H

#ifdef __cplusplus
extern "C" {
#endif

/* The pair every model, every kernel, decay and vials use. */
struct ot_dose_constant {
    double gy_kg_per_gbq; /* absorbed energy of 1 GBq that decays completely, J/GBq */
    double half_life_h;
};

/* Y-90: 49.67 Gy kg/GBq and 64.1 h, as in EANM practice (van Roekel; Chiesa 2021); published
 * values span 49.38 (DDEP) to 50.04 (package insert), 1.3 %. */
#define OT_Y90_GY_KG_PER_GBQ 49.67
#define OT_Y90_HALF_LIFE_H 64.1
extern const struct ot_dose_constant OT_Y90_DEFAULT; /* both */

/* T_half / ln 2 in seconds. */
double ot_dose_constant_tau_s(const struct ot_dose_constant *constant);
/* Locally absorbed energy per decay in MeV: k ln 2 / T_half; 0.93121 for the default. */
double ot_dose_constant_mev_per_decay(const struct ot_dose_constant *constant);

extern const double OT_J_PER_MEV; /* exact, SI 2019 */

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_NUCLIDE_H */
