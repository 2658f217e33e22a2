// tests/support/make_dicom.cc - DICOM files from lines of attributes, through DCMTK's paths.
#include "tests/support/make_dicom.h"

#include <cstring>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpath.h>
#include <dcmtk/dcmdata/dctk.h>

static bool apply(DcmDataset &set, const char *const *lines)
{
    for (; lines != nullptr && *lines != nullptr; lines++) {
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
