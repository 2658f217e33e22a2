/* segment/shim/itk_components.cc - ITK's connected components on plain buffers. */
#include "segment/shim/itk_components.h"

#include <itkConnectedComponentImageFilter.h>
#include <itkRelabelComponentImageFilter.h>

#include "core/shim_guard.hh"
#include "segment/shim/itk_image.hh"

extern "C" ot_rc otx_label_components(const unsigned char *inside, const ot_grid *grid,
                                      bool corners, uint32_t *label, size_t *count, ot_err *err)
{
    return ot_guard(err, "connected components", [&]() -> ot_rc {
        using Mask = itk::Image<unsigned char, 3>;
        using Labels = itk::Image<uint32_t, 3>;
        using Connect = itk::ConnectedComponentImageFilter<Mask, Labels>;
        using Sort = itk::RelabelComponentImageFilter<Labels, Labels>;
        Connect::Pointer connect = Connect::New();
        connect->SetInput(otx_itk_image<Mask>(inside, *grid));
        connect->SetFullyConnected(corners);
        Sort::Pointer sort = Sort::New();
        sort->SetInput(connect->GetOutput());
        sort->Update();
        std::copy_n(sort->GetOutput()->GetBufferPointer(), ot_grid_voxel_count(grid), label);
        *count = sort->GetNumberOfObjects();
        return OT_OK;
    });
}
