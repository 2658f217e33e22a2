/* core/mixed_dose.h - the dose in each part of a voxel that is partly lung. */
#ifndef OT_CORE_MIXED_DOSE_H
#define OT_CORE_MIXED_DOSE_H

#include <stddef.h>

struct ot_mixed_dose {
    size_t voxel;
    float soft_gy;
    float lung_gy;
};

#endif /* OT_CORE_MIXED_DOSE_H */
