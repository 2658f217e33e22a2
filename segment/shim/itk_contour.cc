/* segment/shim/itk_contour.cc - ITK's contour extractor on a plain slice. */
#include "segment/shim/itk_contour.h"

#include <algorithm>
#include <memory>
#include <vector>

#include <itkContourExtractor2DImageFilter.h>
#include <itkImage.h>

#include "core/shim_guard.hh"

struct otx_lines {
    std::vector<std::vector<double>> uv;
};

extern "C" ot_rc otx_itk_lines(const float *values, size_t nu, size_t nv, double level,
                               otx_lines **out, ot_err *err)
{
    *out = nullptr;
    return ot_guard(err, "contours", [&]() -> ot_rc {
        using Slice = itk::Image<float, 2>;
        using Filter = itk::ContourExtractor2DImageFilter<Slice>;
        Slice::Pointer slice = Slice::New();
        slice->SetRegions(Slice::RegionType(Slice::SizeType{{nu, nv}}));
        slice->Allocate();
        std::copy_n(values, nu * nv, slice->GetBufferPointer());
        Filter::Pointer filter = Filter::New();
        filter->SetInput(slice);
        filter->SetContourValue(level);
        filter->Update();
        auto lines = std::make_unique<otx_lines>();
        for (unsigned n = 0; n < filter->GetNumberOfOutputs(); n++) {
            const auto *vertices = filter->GetOutput(n)->GetVertexList();
            std::vector<double> uv;
            for (size_t v = 0; v < vertices->Size(); v++) {
                const auto &at = vertices->ElementAt(v);
                uv.push_back(at[0]);
                uv.push_back(at[1]);
            }
            lines->uv.push_back(std::move(uv));
        }
        *out = lines.release();
        return OT_OK;
    });
}

extern "C" void otx_lines_destroy(otx_lines *lines)
{
    delete lines;
}

extern "C" size_t otx_lines_count(const otx_lines *lines)
{
    return lines->uv.size();
}

extern "C" size_t otx_lines_points(const otx_lines *lines, size_t n)
{
    return lines->uv[n].size() / 2;
}

extern "C" void otx_lines_copy(const otx_lines *lines, size_t n, double *uv)
{
    std::copy(lines->uv[n].begin(), lines->uv[n].end(), uv);
}
