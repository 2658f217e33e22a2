// tests/support/make_dicom.cc - DICOM files from lines of attributes, through DCMTK's paths.
#include "tests/support/make_dicom.h"

#include <cstdio>
#include <cstring>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpath.h>
#include <dcmtk/dcmdata/dctk.h>

// "!0009,100d DT=value": a private attribute, whose kind no dictionary knows.
static bool apply_private(DcmDataset &set, const char *line)
{
    unsigned group = 0;
    unsigned element = 0;
    char kind[3] = "";
    if (std::sscanf(line, "!%4x,%4x %2s=", &group, &element, kind) != 3) {
        return false;
    }
    const DcmTag tag(static_cast<Uint16>(group), static_cast<Uint16>(element), DcmVR(kind));
    return set.putAndInsertString(tag, std::strchr(line, '=') + 1).good();
}

static bool apply(DcmDataset &set, const char *const *lines)
{
    for (; lines != nullptr && *lines != nullptr; lines++) {
        if (**lines == '!') {
            if (!apply_private(set, *lines)) {
                return false;
            }
            continue;
        }
        DcmPathProcessor processor;
        const bool leave_out = **lines == '-';
        Uint32 removed = 0;
        const OFCondition done = leave_out ? processor.findOrDeletePath(&set, *lines + 1, removed)
                                           : processor.applyPathWithValue(&set, *lines);
        if (done.bad()) {
            return false;
        }
    }
    return true;
}

extern "C" int make_dicom(const char *path, const char *syntax, const char *const *base,
                          const char *const *changes, const uint16_t *pixels, size_t count)
{
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DcmFileFormat file;
    DcmDataset &set = *file.getDataset();
    if (!apply(set, base) || !apply(set, changes)) {
        return -1;
    }
    if (count > 0) {
        set.putAndInsertUint16Array(DCM_PixelData, pixels, static_cast<unsigned long>(count));
    }
    const E_TransferSyntax xfer =
        syntax != nullptr ? DcmXfer(syntax).getXfer() : EXS_LittleEndianExplicit;
    if (set.chooseRepresentation(xfer, nullptr).bad()) {
        return -1;
    }
    return file.saveFile(path, xfer).good() ? 0 : -1;
}
