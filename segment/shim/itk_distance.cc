/* segment/shim/itk_distance.cc - ITK's signed Maurer distance map on plain buffers. */
#include "segment/shim/itk_distance.h"

#include <algorithm>

#include <itkImage.h>
#include <itkSignedMaurerDistanceMapImageFilter.h>

#include "core/shim_guard.hh"

namespace
{

using Mask = itk::Image<unsigned char, 3>;
using Distance = itk::Image<float, 3>;

Mask::Pointer make_mask(const unsigned char *inside, const ot_grid &grid)
{
    Mask::SizeType size;
    Mask::SpacingType spacing;
    for (unsigned c = 0; c < 3; c++) {
        size[c] = grid.n[c];
        spacing[c] = grid.spacing_mm[c];
    }
    /* Distances need neither origin nor direction. */
    Mask::Pointer mask = Mask::New();
    mask->SetRegions(Mask::RegionType(size));
    mask->SetSpacing(spacing);
    mask->Allocate();
    std::copy_n(inside, ot_grid_voxel_count(&grid), mask->GetBufferPointer());
    return mask;
}

} // namespace

extern "C" ot_rc otx_itk_distance(const unsigned char *inside, const ot_grid *grid, int threads,
                                  float *distance_mm, ot_err *err)
{
    return ot_guard(err, "distance map", [&]() -> ot_rc {
        using Filter = itk::SignedMaurerDistanceMapImageFilter<Mask, Distance>;
        Filter::Pointer filter = Filter::New();
        filter->SetInput(make_mask(inside, *grid));
        filter->SetBackgroundValue(0);
        filter->SquaredDistanceOff();
        filter->UseImageSpacingOn();
        filter->InsideIsPositiveOff();
        filter->SetNumberOfWorkUnits(static_cast<itk::ThreadIdType>(std::max(threads, 1)));
        filter->Update();
        std::copy_n(filter->GetOutput()->GetBufferPointer(), ot_grid_voxel_count(grid),
                    distance_mm);
        return OT_OK;
    });
}
