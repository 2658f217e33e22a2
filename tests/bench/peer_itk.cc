// tests/bench/peer_itk.cc - itk::FFTConvolutionImageFilter as a peer of bench_convolve.
#include "tests/bench/peer_itk.h"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>

#include <itkConstantBoundaryCondition.h>
#include <itkFFTConvolutionImageFilter.h>
#include <itkImage.h>
#include <itkMultiThreaderBase.h>

namespace
{

using Image = itk::Image<float, 3>;

Image::Pointer image_of(const float *values, const size_t n[3])
{
    Image::Pointer image = Image::New();
    const Image::SizeType size = {{n[0], n[1], n[2]}};
    image->SetRegions(Image::RegionType(size));
    image->Allocate();
    std::memcpy(image->GetBufferPointer(), values, n[0] * n[1] * n[2] * sizeof *values);
    return image;
}

} // namespace

extern "C" int peer_itk(const float *source, const size_t n[3], const float *kernel,
                        const size_t kernel_n[3], int threads, int runs)
{
    try {
        itk::MultiThreaderBase::SetGlobalMaximumNumberOfThreads(
            static_cast<itk::ThreadIdType>(threads));
        itk::MultiThreaderBase::SetGlobalDefaultNumberOfThreads(
            static_cast<itk::ThreadIdType>(threads));
        const Image::Pointer from = image_of(source, n);
        const Image::Pointer weights = image_of(kernel, kernel_n);
        itk::ConstantBoundaryCondition<Image> zero_outside;
        for (int run = -1; run < runs; run++) {
            using Filter = itk::FFTConvolutionImageFilter<Image>;
            const Filter::Pointer filter = Filter::New();
            filter->SetInput(from);
            filter->SetKernelImage(weights);
            filter->SetBoundaryCondition(&zero_outside);
            filter->SetNormalize(false);
            const auto start = std::chrono::steady_clock::now();
            filter->Update();
            const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
            if (run >= 0) {
                (void)std::printf("%.6f\n", spent.count());
            }
        }
        return 0;
    } catch (const std::exception &error) {
        (void)std::fprintf(stderr, "bench_convolve: %s\n", error.what());
        return 1;
    }
}
