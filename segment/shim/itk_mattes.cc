// segment/shim/itk_mattes.cc - mutual information of two images by ITK (Mattes), at a given pose.
#include "segment/shim/itk_mattes.h"

#include <algorithm>

#include <itkEuler3DTransform.h>
#include <itkImage.h>
#include <itkMattesMutualInformationImageToImageMetricv4.h>
#include <itkPointSet.h>

#include "core/shim_guard.hh"

namespace
{

using Image = itk::Image<float, 3>;
using Pose = itk::Euler3DTransform<double>;
using Mattes = itk::MattesMutualInformationImageToImageMetricv4<Image, Image>;

// One work unit: more would add up in the order in which they end. The metric's own
// SetMaximumNumberOfWorkUnits(1) limits threads only; the work is still split into one unit for
// each core, whose sums differ in the last digits from call to call.
class Metric : public Mattes
{
  public:
    using Self = Metric;
    using Pointer = itk::SmartPointer<Self>;
    itkNewMacro(Self) // the macro brings its own semicolon

        protected : Metric()
    {
        this->m_SparseGetValueAndDerivativeThreader->SetNumberOfWorkUnits(1);
        this->m_DenseGetValueAndDerivativeThreader->SetNumberOfWorkUnits(1);
    }
};

Image::Pointer make_image(const ot_volume &volume)
{
    Image::SizeType size;
    Image::SpacingType spacing;
    Image::PointType origin;
    Image::DirectionType direction;
    for (unsigned c = 0; c < 3; c++) {
        size[c] = volume.grid.n[c];
        spacing[c] = volume.grid.spacing_mm[c];
        origin[c] = volume.grid.origin_mm[c];
        for (unsigned r = 0; r < 3; r++) {
            direction[r][c] = volume.grid.dir[r][c];
        }
    }
    Image::Pointer image = Image::New();
    image->SetRegions(Image::RegionType(size));
    image->SetSpacing(spacing);
    image->SetOrigin(origin);
    image->SetDirection(direction);
    image->Allocate();
    std::copy_n(volume.data, ot_grid_voxel_count(&volume.grid), image->GetBufferPointer());
    return image;
}

Metric::FixedSampledPointSetType::Pointer make_points(const double *points_mm, size_t count)
{
    using Points = Metric::FixedSampledPointSetType;
    Points::Pointer points = Points::New();
    points->Initialize();
    for (size_t n = 0; n < count; n++) {
        Points::PointType point;
        std::copy_n(points_mm + 3 * n, 3, point.GetDataPointer());
        points->SetPoint(n, point);
    }
    return points;
}

} // namespace

struct otx_itk_mattes {
    Metric::Pointer metric;
    Pose::Pointer pose;
    size_t points;
};

extern "C" ot_rc otx_itk_mattes_create(const ot_volume *fixed, const ot_volume *moving,
                                       const double *points_mm, size_t count,
                                       const double center_mm[3], int bins, otx_itk_mattes **out,
                                       ot_err *err)
{
    *out = nullptr;
    return ot_guard(err, "mutual information", [&] {
        itk::Object::GlobalWarningDisplayOff(); // few valid points come back as 0
        Pose::InputPointType center;
        std::copy_n(center_mm, 3, center.GetDataPointer());
        Pose::Pointer pose = Pose::New();
        pose->SetCenter(center);
        Metric::Pointer metric = Metric::New();
        metric->SetFixedImage(make_image(*fixed));
        metric->SetMovingImage(make_image(*moving));
        metric->SetMovingTransform(pose);
        metric->SetNumberOfHistogramBins(static_cast<itk::SizeValueType>(bins));
        metric->SetFixedSampledPointSet(make_points(points_mm, count));
        metric->UseSampledPointSetOn();
        metric->UseFixedImageGradientFilterOff();
        metric->UseMovingImageGradientFilterOff();
        metric->Initialize();
        *out = new otx_itk_mattes{metric, pose, count};
        return OT_OK;
    });
}

extern "C" void otx_itk_mattes_destroy(otx_itk_mattes *metric)
{
    delete metric;
}

extern "C" ot_rc otx_itk_mattes_at(otx_itk_mattes *metric, const double angles_rad[3],
                                   const double shift_mm[3], double *information,
                                   double gradient[6], size_t *valid, ot_err *err)
{
    return ot_guard(err, "mutual information", [&] {
        Pose::ParametersType parameters(6);
        std::copy_n(angles_rad, 3, parameters.data_block());
        std::copy_n(shift_mm, 3, parameters.data_block() + 3);
        metric->pose->SetParameters(parameters);
        Metric::DerivativeType derivative(6);
        derivative.Fill(0.0);
        double value = 0.0;
        try {
            if (gradient != nullptr) {
                metric->metric->GetValueAndDerivative(value, derivative);
            } else {
                value = metric->metric->GetValue();
            }
        } catch (const itk::ExceptionObject &) {
            // Without a point that both images have ITK throws; here that is no information.
            if (metric->metric->GetNumberOfValidPoints() != 0) {
                throw;
            }
        }
        if (gradient != nullptr) {
            std::copy_n(derivative.data_block(), 6, gradient);
        }
        *valid = metric->metric->GetNumberOfValidPoints();
        *information = -value; // ITK minimizes; its derivative is already that of the negative
        if (*valid < metric->points / 100 || *valid == 0) {
            *information = 0.0;
            if (gradient != nullptr) {
                std::fill_n(gradient, 6, 0.0);
            }
        }
        return OT_OK;
    });
}
