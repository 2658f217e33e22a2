// io/shim/dcmtk_write.cc - data sets to bytes by DCMTK.
//
// To memory, never by DcmFileFormat::saveFile, which reports success on a full disk.
#include "io/shim/dcmtk_write.h"

#include <cstring>
#include <vector>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dcmetinf.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <dcmtk/dcmdata/dctag.h>
#include <dcmtk/dcmdata/dcvr.h>
#include <dcmtk/dcmdata/dcvrobow.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <dcmtk/oflog/oflog.h>

#include "core/shim_guard.hh"

struct otx_dataset {
    DcmFileFormat file;
    std::vector<DcmItem *> open; // the data set, then the open items
    std::vector<char> bytes;
};

namespace
{

const size_t DEEPEST = 9;

ot_rc failed(ot_err *err, unsigned group, unsigned element, const char *what)
{
    return ot_fail(err, OT_ERR_EXTERNAL, "DICOM element (%04x,%04x) cannot be made: %s", group,
                   element, what);
}

} // namespace

extern "C" ot_rc otx_dataset_create(otx_dataset **out, ot_err *err)
{
    *out = nullptr;
    return ot_guard(err, "making a DICOM object", [&] {
        OFLog::configure(OFLogger::OFF_LOG_LEVEL); // failures come back as errors
        otx_dataset *dicom = new otx_dataset;
        dicom->open.push_back(dicom->file.getDataset());
        *out = dicom;
        return OT_OK;
    });
}

extern "C" void otx_dataset_destroy(otx_dataset *dicom)
{
    delete dicom;
}

extern "C" ot_rc otx_dataset_put(otx_dataset *dicom, uint16_t group, uint16_t element,
                                 const char *vr, const char *text, ot_err *err)
{
    return ot_guard(err, "making a DICOM object", [&] {
        const DcmTag tag(group, element, DcmVR(vr));
        DcmElement *made = nullptr;
        OFCondition status = DcmItem::newDicomElement(made, tag);
        if (status.good()) {
            status = made->putString(text);
        }
        if (status.good()) {
            status = dicom->open.back()->insert(made, OFTrue);
        }
        if (status.bad()) {
            delete made;
            return failed(err, group, element, status.text());
        }
        return OT_OK;
    });
}

extern "C" ot_rc otx_dataset_open(otx_dataset *dicom, uint16_t group, uint16_t element, ot_err *err)
{
    return ot_guard(err, "making a DICOM object", [&] {
        if (dicom->open.size() >= DEEPEST) {
            return failed(err, group, element, "sequences are nested too deeply");
        }
        const DcmTag tag(group, element, DcmVR("SQ"));
        DcmItem *item = nullptr;
        const OFCondition status =
            dicom->open.back()->findOrCreateSequenceItem(tag, item, -2 /* append */);
        if (status.bad() || item == nullptr) {
            return failed(err, group, element, status.text());
        }
        dicom->open.push_back(item);
        return OT_OK;
    });
}

extern "C" ot_rc otx_dataset_close(otx_dataset *dicom, ot_err *err)
{
    return ot_guard(err, "making a DICOM object", [&] {
        if (dicom->open.size() < 2) {
            return ot_fail(err, OT_ERR_EXTERNAL, "no DICOM item is open");
        }
        dicom->open.pop_back();
        return OT_OK;
    });
}

extern "C" ot_rc otx_dataset_put_pixels(otx_dataset *dicom, const uint16_t *pixels, size_t count,
                                        ot_err *err)
{
    return ot_guard(err, "making a DICOM object", [&] {
        const OFCondition status = dicom->file.getDataset()->putAndInsertUint16Array(
            DcmTag(0x7fe0, 0x0010, DcmVR("OW")), pixels, count);
        return status.bad() ? failed(err, 0x7fe0, 0x0010, status.text()) : OT_OK;
    });
}

extern "C" ot_rc otx_dataset_put_bytes(otx_dataset *dicom, const unsigned char *bytes, size_t count,
                                       ot_err *err)
{
    return ot_guard(err, "making a DICOM object", [&] {
        const OFCondition status = dicom->file.getDataset()->putAndInsertUint8Array(
            DcmTag(0x7fe0, 0x0010, DcmVR("OB")), bytes, count);
        return status.bad() ? failed(err, 0x7fe0, 0x0010, status.text()) : OT_OK;
    });
}

extern "C" ot_rc otx_dataset_serialize(otx_dataset *dicom, size_t *size, ot_err *err)
{
    return ot_guard(err, "serializing a DICOM object", [&] {
        const E_TransferSyntax syntax = EXS_LittleEndianExplicit;
        const E_EncodingType lengths = EET_ExplicitLength;
        OFCondition status = dicom->file.validateMetaInfo(syntax);
        // Length of everything plus room for preamble and group lengths; the stream says what
        // it has used.
        const size_t room = dicom->file.calcElementLength(syntax, lengths) + 65536;
        dicom->bytes.assign(room, '\0');
        DcmOutputBufferStream stream(dicom->bytes.data(), static_cast<offile_off_t>(room));
        if (status.good()) {
            dicom->file.transferInit();
            status = dicom->file.write(stream, syntax, lengths, nullptr, EGL_recalcGL,
                                       EPD_withoutPadding);
            dicom->file.transferEnd();
        }
        if (status.bad()) {
            return ot_fail(err, OT_ERR_EXTERNAL, "a DICOM object cannot be serialized: %s",
                           status.text());
        }
        void *start = nullptr;
        offile_off_t used = 0;
        stream.flushBuffer(start, used);
        dicom->bytes.resize(static_cast<size_t>(used));
        *size = dicom->bytes.size();
        return OT_OK;
    });
}

extern "C" ot_rc otx_dataset_bytes(const otx_dataset *dicom, void *bytes, size_t size, ot_err *err)
{
    if (size != dicom->bytes.size()) {
        return ot_fail(err, OT_ERR_EXTERNAL, "a DICOM object has %zu bytes, not %zu",
                       dicom->bytes.size(), size);
    }
    std::memcpy(bytes, dicom->bytes.data(), size);
    return OT_OK;
}
