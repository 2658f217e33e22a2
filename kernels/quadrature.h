/* kernels/quadrature.h - Gauss-Legendre points. */
#ifndef OT_KERNELS_QUADRATURE_H
#define OT_KERNELS_QUADRATURE_H

#ifdef __cplusplus
extern "C" {
#endif

enum { OT_QUADRATURE_MAX = 64 };

/* Points and weights of the Gauss-Legendre rule of `order` (1..OT_QUADRATURE_MAX) on -1..1. */
void ot_gauss_legendre(int order, double point[OT_QUADRATURE_MAX],
                       double weight[OT_QUADRATURE_MAX]);

#ifdef __cplusplus
}
#endif
#endif /* OT_KERNELS_QUADRATURE_H */
