/* segment/shim/itk_smooth.cc - ITK's smoothing, gradient and watershed on plain buffers. */
#include "segment/shim/itk_smooth.h"

#include <itkDiscreteGaussianImageFilter.h>
#include <itkGradientMagnitudeImageFilter.h>
#include <itkMorphologicalWatershedFromMarkersImageFilter.h>

#include "core/shim_guard.hh"
#include "segment/shim/itk_image.hh"

namespace
{

using Values = itk::Image<float, 3>;
using Marks = itk::Image<unsigned char, 3>;
using Gaussian = itk::DiscreteGaussianImageFilter<Values, Values>;

Gaussian::Pointer make_gaussian(const float *values, const ot_grid &grid, double sigma_mm)
{
    constexpr unsigned widest = 256; // voxels
    constexpr double cut = 1e-3;     // of the kernel's sum
    Gaussian::Pointer gaussian = Gaussian::New();
    gaussian->SetInput(otx_itk_image<Values>(values, grid));
    gaussian->SetUseImageSpacingOn();
    gaussian->SetVariance(sigma_mm * sigma_mm);
    gaussian->SetMaximumError(cut);
    gaussian->SetMaximumKernelWidth(widest);
    gaussian->SetNumberOfWorkUnits(1);
    return gaussian;
}

} // namespace

extern "C" ot_rc otx_smooth_gaussian(const float *values, const ot_grid *grid, double sigma_mm,
                                     float *smooth, ot_err *err)
{
    return ot_guard(err, "Gaussian smoothing", [&]() -> ot_rc {
        Gaussian::Pointer gaussian = make_gaussian(values, *grid, sigma_mm);
        gaussian->Update();
        std::copy_n(gaussian->GetOutput()->GetBufferPointer(), ot_grid_voxel_count(grid), smooth);
        return OT_OK;
    });
}

extern "C" ot_rc otx_gradient_magnitude(const float *values, const ot_grid *grid, double sigma_mm,
                                        float *gradient, ot_err *err)
{
    return ot_guard(err, "gradient", [&]() -> ot_rc {
        using Gradient = itk::GradientMagnitudeImageFilter<Values, Values>;
        Gaussian::Pointer gaussian = make_gaussian(values, *grid, sigma_mm);
        Gradient::Pointer filter = Gradient::New();
        filter->SetInput(gaussian->GetOutput());
        filter->SetNumberOfWorkUnits(1);
        filter->Update();
        std::copy_n(filter->GetOutput()->GetBufferPointer(), ot_grid_voxel_count(grid), gradient);
        return OT_OK;
    });
}

extern "C" ot_rc otx_watershed(const float *relief, const unsigned char *marker,
                               const ot_grid *grid, unsigned char *basin, ot_err *err)
{
    return ot_guard(err, "watershed", [&]() -> ot_rc {
        using Filter = itk::MorphologicalWatershedFromMarkersImageFilter<Values, Marks>;
        Filter::Pointer filter = Filter::New();
        filter->SetInput1(otx_itk_image<Values>(relief, *grid));
        filter->SetInput2(otx_itk_image<Marks>(marker, *grid));
        filter->MarkWatershedLineOff();
        filter->FullyConnectedOff();
        filter->Update();
        std::copy_n(filter->GetOutput()->GetBufferPointer(), ot_grid_voxel_count(grid), basin);
        return OT_OK;
    });
}
