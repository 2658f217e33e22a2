# The libraries OpenTARE stands on, each found once, here.

find_package(OpenMP REQUIRED COMPONENTS C)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto) # SHA-256 of inputs
find_package(DCMTK REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo)
pkg_check_modules(OPENJPEG REQUIRED IMPORTED_TARGET libopenjp2) # DCMTK has no JPEG 2000
pkg_check_modules(FFTW REQUIRED IMPORTED_TARGET fftw3)   # the oracle, double
pkg_check_modules(FFTWF REQUIRED IMPORTED_TARGET fftw3f) # the engine, single

# Debian 12's NIFTIConfig.cmake names files that do not exist; niftilib is taken by hand.
find_library(NIFTI2_LIBRARY nifti2 REQUIRED)
find_library(NIFTI_ZNZ_LIBRARY znz REQUIRED)
find_path(NIFTI2_INCLUDE_DIR nifti2_io.h PATH_SUFFIXES nifti REQUIRED)

if(OT_WITH_ITK)
    # Never ITKIONIFTI: its bundled niftilib exports the same symbols as the system's.
    find_package(ITK REQUIRED COMPONENTS ITKCommon ITKIOImageBase ITKIONRRD ITKDistanceMap
        ITKMathematicalMorphology ITKMetricsv4 ITKPath ITKRegionGrowing ITKConnectedComponents
        ITKSmoothing ITKImageGradient ITKWatersheds)
endif()
