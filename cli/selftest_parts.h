/* cli/selftest_parts.h - the groups of cases, for flow_selftest.c. */
#ifndef OT_CLI_SELFTEST_PARTS_H
#define OT_CLI_SELFTEST_PARTS_H

#include "cli/flow_selftest.h"
#include "kernels/voxel_s.h"

/* Judges a case and adds it; `c` without verdict. Words are compared where they are given. */
void ot_selftest_add(struct ot_selftest *t, struct ot_selftest_case c);

/* Voxel S values of a medium at its own density. Owned by the caller (ot_voxel_s_destroy).
 * Errors: as ot_kernel_table_load() and ot_voxel_s_create(). */
OT_MUST_CHECK enum ot_rc ot_selftest_kernel(const char *medium, const double spacing_mm[3],
                                            int threads, struct ot_voxel_s **out,
                                            struct ot_err *err);

/* Each adds its cases. Errors: those of the modules under test. */
OT_MUST_CHECK enum ot_rc ot_selftest_models(struct ot_selftest *t, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_selftest_vials(struct ot_selftest *t, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_selftest_histograms(struct ot_selftest *t, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_selftest_criteria(struct ot_selftest *t, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_selftest_kernels(struct ot_selftest *t, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_selftest_media(struct ot_selftest *t, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_selftest_engines(struct ot_selftest *t, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_selftest_sphere(struct ot_selftest *t, struct ot_err *err);

/* Writes the phantom below `folder`, plans it and compares with its truth.json. */
OT_MUST_CHECK enum ot_rc ot_selftest_phantom(struct ot_selftest *t, const char *folder,
                                             const char *preset, struct ot_err *err);

#endif /* OT_CLI_SELFTEST_PARTS_H */
