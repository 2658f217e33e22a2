// io/shim/dcmtk_file.cc - DICOM files in memory, parsed and decoded by DCMTK.
#include "io/shim/dcmtk_file.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrledec.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>

#include "core/shim_guard.hh"

struct otx_dicom {
    DcmFileFormat file;
};

namespace
{

DcmTagKey key_of(uint32_t tag)
{
    return {static_cast<Uint16>(tag >> 16U), static_cast<Uint16>(tag & 0xFFFFU)};
}

// An otx_item is the address of a DcmItem under another name; DCMTK's searches are not const.
DcmItem *item_of(const otx_item *item)
{
    return reinterpret_cast<DcmItem *>(const_cast<otx_item *>(item));
}

const otx_item *name_of(DcmObject *object)
{
    return reinterpret_cast<const otx_item *>(static_cast<DcmItem *>(object));
}

DcmElement *find(const otx_item *item, uint32_t tag)
{
    DcmElement *element = nullptr;
    return item_of(item)->findAndGetElement(key_of(tag), element).good() ? element : nullptr;
}

DcmSequenceOfItems *find_sequence(const otx_item *item, uint32_t tag)
{
    DcmElement *element = find(item, tag);
    return element != nullptr && element->ident() == EVR_SQ
               ? static_cast<DcmSequenceOfItems *>(element)
               : nullptr;
}

bool is_number(DcmEVR vr)
{
    return vr == EVR_US || vr == EVR_SS || vr == EVR_UL || vr == EVR_SL || vr == EVR_FL ||
           vr == EVR_FD || vr == EVR_AT;
}

// Bytes that may be text in an element whose kind is not known: private ones, mostly.
bool text_of_bytes(DcmElement &element, std::string &out)
{
    Uint8 *bytes = nullptr;
    if (element.getUint8Array(bytes).bad() || bytes == nullptr) {
        return false;
    }
    out.assign(reinterpret_cast<const char *>(bytes), element.getLength());
    while (!out.empty() && out.back() == '\0') {
        out.pop_back();
    }
    return std::all_of(out.begin(), out.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= 0x20U; });
}

bool text_of(DcmElement &element, std::string &out)
{
    const DcmEVR vr = element.ident();
    if (vr == EVR_SQ) {
        return false;
    }
    if (element.getLength() == 0) {
        return true;
    }
    if (is_number(vr)) {
        OFString one;
        const unsigned long count = element.getVM();
        for (unsigned long n = 0; n < count; n++) {
            if (element.getOFString(one, n).bad()) {
                return false;
            }
            out += n > 0 ? "\\" : "";
            out.append(one.c_str(), one.size());
        }
        return true;
    }
    char *text = nullptr;
    Uint32 length = 0;
    if (element.isaString() && element.getString(text, length).good()) {
        out.assign(text != nullptr ? text : "", text != nullptr ? length : 0);
        while (!out.empty() && out.back() == '\0') {
            out.pop_back();
        }
        return true;
    }
    return text_of_bytes(element, out);
}

OFCondition parse(DcmFileFormat &file, const void *bytes, size_t size, bool with_pixels)
{
    DcmInputBufferStream stream;
    stream.setBuffer(bytes, static_cast<offile_off_t>(size));
    stream.setEos();
    file.transferInit();
    const OFCondition got = with_pixels ? file.read(stream)
                                        : file.readUntilTag(stream, EXS_Unknown, EGL_noChange,
                                                            DCM_MaxReadLength, DCM_PixelData);
    file.transferEnd();
    return got;
}

constexpr Uint32 longest_copy = 65536;

bool add_part(DcmDataset &set, DcmItem *part, DcmTagKey end)
{
    DcmObject *at = nullptr;
    while ((at = part->nextInContainer(at)) != nullptr) {
        if (at->getTag() >= end || (at->ident() != EVR_SQ && at->getLength() > longest_copy)) {
            continue;
        }
        std::unique_ptr<DcmElement> copy(static_cast<DcmElement *>(at->clone()));
        if (!copy || set.insert(copy.get(), OFTrue).bad()) {
            return false;
        }
        (void)copy.release();
    }
    return true;
}

ot_rc decode(DcmDataset &set, void *samples, size_t samples_size, ot_err *err)
{
    const DcmXfer syntax(set.getOriginalXfer());
    if (set.chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad() ||
        !set.canWriteXfer(EXS_LittleEndianExplicit)) {
        return ot_fail(err, OT_ERR_UNSUPPORTED,
                       "pixels in %s cannot be decompressed here; decompress the file first "
                       "(gdcmconv --raw)",
                       syntax.getXferName());
    }
    DcmElement *element = nullptr;
    Uint8 *bytes = nullptr;
    if (set.findAndGetElement(DCM_PixelData, element).bad() ||
        element->getUint8Array(bytes).bad() || bytes == nullptr) {
        return ot_fail(err, OT_ERR_FORMAT, "pixels in %s cannot be decompressed",
                       syntax.getXferName());
    }
    const size_t length = element->getLength();
    if (length < samples_size || length > samples_size + 1) {
        return ot_fail(err, OT_ERR_FORMAT,
                       "PixelData (7fe0,0010) decompresses to %zu bytes, the header says %zu",
                       length, samples_size);
    }
    std::memcpy(samples, bytes, samples_size);
    return OT_OK;
}

void copy_text(const char *from, char *to, size_t size)
{
    const size_t length = std::min(std::strlen(from), size - 1);
    std::memcpy(to, from, length);
    to[length] = '\0';
}

DcmPixelSequence *pixel_items(DcmDataset &dataset)
{
    DcmElement *element = nullptr;
    DcmPixelSequence *items = nullptr;
    E_TransferSyntax syntax = EXS_Unknown;
    const DcmRepresentationParameter *parameter = nullptr;
    if (dataset.findAndGetElement(DCM_PixelData, element).bad() ||
        element->ident() != EVR_PixelData) {
        return nullptr;
    }
    auto *pixels = static_cast<DcmPixelData *>(element);
    pixels->getOriginalRepresentationKey(syntax, parameter);
    return pixels->getEncapsulatedRepresentation(syntax, parameter, items).good() ? items : nullptr;
}

// One segment behind a header of 64 bytes: its number and the offsets, little-endian.
bool unpack_frame(Uint8 *data, size_t size, unsigned char *out, size_t frame_bytes)
{
    static const Uint8 one_segment_at_64[8] = {1, 0, 0, 0, 64, 0, 0, 0};
    const size_t header = 64;
    if (size <= header || std::memcmp(data, one_segment_at_64, sizeof one_segment_at_64) != 0) {
        return false;
    }
    // A byte of padding looks like the start of a run without data: no failure, but no end either.
    DcmRLEDecoder decoder(frame_bytes);
    const OFCondition done = decoder.decompress(data + header, size - header);
    if ((done.bad() && done != EC_StreamNotifyClient) || decoder.size() != frame_bytes) {
        return false;
    }
    std::memcpy(out, decoder.getOutputBuffer(), frame_bytes);
    return true;
}

} // namespace

extern "C" enum ot_rc otx_dicom_start(struct ot_err *err)
{
    return ot_guard(err, "DCMTK", [&]() -> ot_rc {
        // DCMTK's dictionary, decoders and log are its own globals: set once, never changed.
        static std::once_flag once;
        std::call_once(once, [] {
            OFLog::configure(OFLogger::OFF_LOG_LEVEL);
            (void)dcmDataDict.isDictionaryLoaded();
            DcmRLEDecoderRegistration::registerCodecs();
            DJDecoderRegistration::registerCodecs();
            DJLSDecoderRegistration::registerCodecs();
        });
        if (!dcmDataDict.isDictionaryLoaded()) {
            return ot_fail(err, OT_ERR_EXTERNAL,
                           "DCMTK has no data dictionary; check DCMDICTPATH and libdcmtk17");
        }
        return OT_OK;
    });
}

extern "C" enum ot_rc otx_dicom_open(const void *bytes, size_t size, struct otx_dicom **out,
                                     struct ot_err *err)
{
    *out = nullptr;
    return ot_guard(err, "DCMTK", [&]() -> ot_rc {
        auto file = std::make_unique<otx_dicom>();
        const OFCondition got = parse(file->file, bytes, size, false);
        if (got.bad()) {
            return ot_fail(err, OT_ERR_FORMAT, "is no readable DICOM file (DCMTK: %s)", got.text());
        }
        *out = file.release();
        return OT_OK;
    });
}

extern "C" void otx_dicom_close(struct otx_dicom *file)
{
    delete file;
}

extern "C" const struct otx_item *otx_dicom_root(const struct otx_dicom *file)
{
    return name_of(const_cast<otx_dicom *>(file)->file.getDataset());
}

extern "C" bool otx_item_text(const struct otx_item *item, uint32_t tag, char *text, size_t size,
                              size_t *length)
{
    bool found = false;
    const ot_rc rc = ot_guard(nullptr, "DCMTK", [&]() -> ot_rc {
        std::string value;
        DcmElement *element = find(item, tag);
        found = element != nullptr && text_of(*element, value);
        *length = value.size();
        if (found && value.size() < size) {
            std::memcpy(text, value.c_str(), value.size() + 1);
        }
        return OT_OK;
    });
    return rc == OT_OK && found;
}

extern "C" bool otx_item_has(const struct otx_item *item, uint32_t tag)
{
    return find(item, tag) != nullptr;
}

extern "C" size_t otx_item_count(const struct otx_item *item, uint32_t sequence)
{
    DcmSequenceOfItems *items = find_sequence(item, sequence);
    return items != nullptr ? items->card() : 0;
}

extern "C" const struct otx_item *otx_item_first(const struct otx_item *item, uint32_t sequence)
{
    return otx_item_next(item, sequence, nullptr);
}

extern "C" const struct otx_item *otx_item_next(const struct otx_item *item, uint32_t sequence,
                                                const struct otx_item *previous)
{
    DcmSequenceOfItems *items = find_sequence(item, sequence);
    if (items == nullptr) {
        return nullptr;
    }
    DcmObject *next = items->nextInContainer(previous != nullptr ? item_of(previous) : nullptr);
    return next != nullptr ? name_of(next) : nullptr;
}

extern "C" enum ot_rc otx_dicom_merge(const struct otx_item *const *parts, size_t count,
                                      uint32_t end, struct otx_dicom **out, struct ot_err *err)
{
    *out = nullptr;
    return ot_guard(err, "DCMTK", [&]() -> ot_rc {
        auto file = std::make_unique<otx_dicom>();
        for (size_t n = 0; n < count; n++) {
            if (!add_part(*file->file.getDataset(), item_of(parts[n]), key_of(end))) {
                return ot_fail(err, OT_ERR_EXTERNAL, "DCMTK cannot copy an element");
            }
        }
        *out = file.release();
        return OT_OK;
    });
}

extern "C" enum ot_rc otx_dicom_decode(const void *bytes, size_t size, void *samples,
                                       size_t samples_size, struct ot_err *err)
{
    return ot_guard(err, "DCMTK", [&]() -> ot_rc {
        DcmFileFormat file;
        const OFCondition got = parse(file, bytes, size, true);
        if (got.bad()) {
            return ot_fail(err, OT_ERR_FORMAT, "is no readable DICOM file (DCMTK: %s)", got.text());
        }
        return decode(*file.getDataset(), samples, samples_size, err);
    });
}

extern "C" enum ot_rc otx_dicom_unpack_rle(const void *bytes, size_t size, unsigned char *out,
                                           size_t frame_bytes, size_t frames, struct ot_err *err)
{
    return ot_guard(err, "DCMTK", [&]() -> ot_rc {
        DcmFileFormat file;
        const OFCondition got = parse(file, bytes, size, true);
        if (got.bad()) {
            return ot_fail(err, OT_ERR_FORMAT, "is no readable DICOM file (DCMTK: %s)", got.text());
        }
        DcmPixelSequence *items = pixel_items(*file.getDataset());
        if (items == nullptr || items->card() != frames + 1) { // the first item is a table
            return ot_fail(err, OT_ERR_FORMAT, "PixelData (7fe0,0010) holds no %zu RLE frames",
                           frames);
        }
        for (size_t n = 0; n < frames; n++) {
            DcmPixelItem *item = nullptr;
            Uint8 *data = nullptr;
            if (items->getItem(item, n + 1).bad() || item->getUint8Array(data).bad() ||
                !unpack_frame(data, item->getLength(), out + n * frame_bytes, frame_bytes)) {
                return ot_fail(err, OT_ERR_FORMAT, "RLE frame %zu does not unpack to %zu bytes",
                               n + 1, frame_bytes);
            }
        }
        return OT_OK;
    });
}

extern "C" void otx_tag_name(uint32_t tag, char *name, size_t size)
{
    const ot_rc rc = ot_guard(nullptr, "DCMTK", [&]() -> ot_rc {
        DcmTag known(key_of(tag));
        copy_text(known.getTagName(), name, size);
        return OT_OK;
    });
    if (rc != OT_OK) {
        copy_text("unknown", name, size);
    }
}

extern "C" void otx_uid_name(const char *uid, char *name, size_t size)
{
    const char *known = dcmFindNameOfUID(uid, nullptr);
    copy_text(known != nullptr ? known : uid, name, size);
}
