/* tests/support/moved_ct.h - the synthetic patient's CT after a motion, for tests of registration.
 */
#ifndef OT_TESTS_SUPPORT_MOVED_CT_H
#define OT_TESTS_SUPPORT_MOVED_CT_H

#include <stdint.h>

#include "core/transform.h"
#include "core/volume.h"
#include "kernels/phantom.h"

struct ot_phantom ot_test_small_phantom(void);

/* What lies at x of the image lies at motion(x) of the patient, whose smooth shapes are drawn anew
 * with noise of 20 HU: no interpolation of ours makes the truth. The caller releases it. */
struct ot_volume *ot_test_moved_ct(const struct ot_phantom *phantom, const struct ot_grid *grid,
                                   const struct ot_rigid *motion, uint64_t seed);

#endif /* OT_TESTS_SUPPORT_MOVED_CT_H */
