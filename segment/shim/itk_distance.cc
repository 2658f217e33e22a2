/* segment/shim/itk_distance.cc - ITK's signed Maurer distance map on plain buffers. */
#include "segment/shim/itk_distance.h"

#include <itkSignedMaurerDistanceMapImageFilter.h>

#include "core/shim_guard.hh"
#include "segment/shim/itk_image.hh"

extern "C" ot_rc otx_itk_distance(const unsigned char *inside, const ot_grid *grid, int threads,
                                  float *distance_mm, ot_err *err)
{
    return ot_guard(err, "distance map", [&]() -> ot_rc {
        using Mask = itk::Image<unsigned char, 3>;
        using Distance = itk::Image<float, 3>;
        using Filter = itk::SignedMaurerDistanceMapImageFilter<Mask, Distance>;
        Filter::Pointer filter = Filter::New();
        filter->SetInput(otx_itk_image<Mask>(inside, *grid));
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
