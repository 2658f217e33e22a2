// io/shim/itk_nrrd.cc - NRRD through itk::NrrdImageIO itself, without ITK's factories.
#include "io/shim/itk_nrrd.h"

#include <cstring>
#include <memory>
#include <string>

#include <itkMetaDataObject.h>
#include <itkNrrdImageIO.h>

#include "core/shim_guard.hh"

struct otx_nrrd {
    itk::NrrdImageIO::Pointer io;
    otx_nrrd_header header{};
};

namespace
{

// ITK's description without its source location, as one line, and without any folder.
std::string one_line(const itk::ExceptionObject &e)
{
    std::string text = e.GetDescription();
    for (char &c : text) {
        if (c == '\n' || c == '\r' || c == '\t') {
            c = ' ';
        }
    }
    for (size_t at = text.find('/'); at != std::string::npos; at = text.find('/')) {
        const size_t from = text.find_last_of(" \"'(", at);
        const size_t first = from == std::string::npos ? 0 : from + 1;
        const size_t to = text.find_first_of(" \"')", at);
        text.replace(first, (to == std::string::npos ? text.size() : to) - first, "...");
    }
    return text;
}

template <typename Body> ot_rc as_format(ot_err *err, Body body)
{
    try {
        body();
        return OT_OK;
    } catch (const itk::MemoryAllocationError &) {
        return ot_fail(err, OT_ERR_NOMEM, "ITK is out of memory");
    } catch (const itk::ExceptionObject &e) {
        return ot_fail(err, OT_ERR_FORMAT, "ITK: %.200s", one_line(e).c_str());
    }
}

void transcribe(const itk::NrrdImageIO &io, otx_nrrd_header &header)
{
    using Base = itk::ImageIOBase;
    header.axes = io.GetNumberOfDimensions();
    for (unsigned c = 0; c < 3 && c < header.axes; c++) {
        header.n[c] = io.GetDimensions(c);
        header.spacing_mm[c] = io.GetSpacing(c);
        header.origin_mm[c] = io.GetOrigin(c);
        const std::vector<double> axis = io.GetDirection(c);
        for (unsigned r = 0; r < 3 && r < axis.size(); r++) {
            header.dir[r][c] = axis[r];
        }
    }
    const Base::IOComponentType type = io.GetComponentType();
    header.components = io.GetNumberOfComponents();
    header.component_bytes = io.GetComponentSize();
    header.component_is_float =
        type == Base::IOComponentType::FLOAT || type == Base::IOComponentType::DOUBLE;
    header.component_is_signed =
        header.component_is_float || type == Base::IOComponentType::CHAR ||
        type == Base::IOComponentType::SHORT || type == Base::IOComponentType::INT ||
        type == Base::IOComponentType::LONG || type == Base::IOComponentType::LONGLONG;
}

} // namespace

extern "C" enum ot_rc otx_nrrd_open(const char *path, struct otx_nrrd **out, struct ot_err *err)
{
    *out = nullptr;
    return ot_guard(err, "ITK", [&]() -> ot_rc {
        auto file = std::make_unique<otx_nrrd>();
        file->io = itk::NrrdImageIO::New();
        file->io->SetFileName(path);
        const ot_rc rc = as_format(err, [&] { file->io->ReadImageInformation(); });
        if (rc == OT_OK) {
            transcribe(*file->io, file->header);
            *out = file.release();
        }
        return rc;
    });
}

extern "C" void otx_nrrd_close(struct otx_nrrd *file)
{
    delete file;
}

extern "C" void otx_nrrd_header_get(const struct otx_nrrd *file, struct otx_nrrd_header *header)
{
    *header = file->header;
}

extern "C" bool otx_nrrd_text(const struct otx_nrrd *file, const char *key, char *text, size_t size)
{
    bool found = false;
    const ot_rc rc = ot_guard(nullptr, "ITK", [&]() -> ot_rc {
        std::string value;
        found = itk::ExposeMetaData<std::string>(file->io->GetMetaDataDictionary(), key, value);
        if (found) {
            const size_t length = value.size() < size ? value.size() : size - 1;
            std::memcpy(text, value.data(), length);
            text[length] = '\0';
        }
        return OT_OK;
    });
    return rc == OT_OK && found;
}

extern "C" enum ot_rc otx_nrrd_read(struct otx_nrrd *file, void *bytes, size_t size,
                                    struct ot_err *err)
{
    return ot_guard(err, "ITK", [&]() -> ot_rc {
        if (size != static_cast<size_t>(file->io->GetImageSizeInBytes())) {
            return ot_fail(err, OT_ERR_ARG, "the buffer does not have the image's size");
        }
        return as_format(err, [&] { file->io->Read(bytes); });
    });
}
