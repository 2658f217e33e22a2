/* segment/shim/itk_components.cc - ITK's connected components on plain buffers. */
#include "segment/shim/itk_components.h"

#include <algorithm>

#include <itkConnectedComponentImageFilter.h>
#include <itkImage.h>

#include "core/shim_guard.hh"

namespace
{

using Mask = itk::Image<unsigned char, 3>;
using Labels = itk::Image<uint32_t, 3>;

Mask::Pointer make_mask(const unsigned char *inside, const ot_grid &grid)
{
    Mask::SizeType size;
    for (unsigned c = 0; c < 3; c++) {
        size[c] = grid.n[c];
    }
    Mask::Pointer mask = Mask::New();
    mask->SetRegions(Mask::RegionType(size));
    mask->Allocate();
    std::transform(inside, inside + ot_grid_voxel_count(&grid), mask->GetBufferPointer(),
                   [](unsigned char in) -> unsigned char { return in != 0 ? 1 : 0; });
    return mask;
}

} // namespace

extern "C" ot_rc otx_label_components(const unsigned char *inside, const ot_grid *grid,
                                      uint32_t *label, size_t *count, ot_err *err)
{
    return ot_guard(err, "connected components", [&]() -> ot_rc {
        using Filter = itk::ConnectedComponentImageFilter<Mask, Labels>;
        Filter::Pointer filter = Filter::New();
        filter->SetInput(make_mask(inside, *grid));
        filter->SetBackgroundValue(0);
        filter->FullyConnectedOn();
        filter->Update();
        std::copy_n(filter->GetOutput()->GetBufferPointer(), ot_grid_voxel_count(grid), label);
        *count = filter->GetObjectCount();
        return OT_OK;
    });
}
