// segment/shim/itk_image.hh - plain buffers as ITK images; what the shims of this folder share.
#ifndef OT_SEGMENT_SHIM_ITK_IMAGE_HH
#define OT_SEGMENT_SHIM_ITK_IMAGE_HH

#include <algorithm>

#include "core/grid.h"

// A copy of `values` with the grid's size and spacing. Components, distances and gradients need
// neither origin nor direction.
template <typename Image>
typename Image::Pointer otx_itk_image(const typename Image::PixelType *values, const ot_grid &grid)
{
    typename Image::SizeType size;
    typename Image::SpacingType spacing;
    for (unsigned c = 0; c < 3; c++) {
        size[c] = grid.n[c];
        spacing[c] = grid.spacing_mm[c];
    }
    typename Image::Pointer image = Image::New();
    image->SetRegions(typename Image::RegionType(size));
    image->SetSpacing(spacing);
    image->Allocate();
    std::copy_n(values, ot_grid_voxel_count(&grid), image->GetBufferPointer());
    return image;
}

#endif // OT_SEGMENT_SHIM_ITK_IMAGE_HH
