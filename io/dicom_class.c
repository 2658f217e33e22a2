/* io/dicom_class.c - what a DICOM object can serve as. */
#include <stdio.h>
#include <string.h>

#include "io/dicom_series.h"
#include "io/dicom_tags.h"
#include "io/dicom_value.h"

static const struct {
    const char *uid;
    enum ot_use use;
    const char *reason; /* for OT_USE_NONE */
} classes[] = {
    {"1.2.840.10008.5.1.4.1.1.20", OT_USE_SPECT, NULL}, /* or planar: see below */
    {"1.2.840.10008.5.1.4.1.1.128", OT_USE_PET, NULL},
    {"1.2.840.10008.5.1.4.1.1.2", OT_USE_CT, NULL},
    {"1.2.840.10008.5.1.4.1.1.2.1", OT_USE_CT, NULL},    /* Enhanced */
    {"1.2.840.10008.5.1.4.1.1.2.2", OT_USE_CT, NULL},    /* Legacy Converted Enhanced */
    {"1.2.840.10008.5.1.4.1.1.130", OT_USE_PET, NULL},   /* Enhanced */
    {"1.2.840.10008.5.1.4.1.1.128.1", OT_USE_PET, NULL}, /* Legacy Converted Enhanced */
    {"1.2.840.10008.5.1.4.1.1.4", OT_USE_MR, NULL},
    {"1.2.840.10008.5.1.4.1.1.4.1", OT_USE_MR, NULL}, /* Enhanced */
    {"1.2.840.10008.5.1.4.1.1.4.4", OT_USE_MR, NULL}, /* Legacy Converted Enhanced */
    {"1.2.840.10008.5.1.4.1.1.481.3", OT_USE_RTSTRUCT, NULL},
    {"1.2.840.10008.5.1.4.1.1.481.2", OT_USE_RTDOSE, NULL},
    {"1.2.840.10008.5.1.4.1.1.66.4", OT_USE_SEG, NULL},
    {"1.2.840.10008.5.1.4.1.1.66.7", OT_USE_SEG, NULL}, /* Label Map Segmentation */
    {"1.2.840.10008.5.1.4.1.1.7", OT_USE_NONE,
     "Secondary Capture: a picture without the geometry and meaning of a measured image"},
    {"1.2.840.10008.5.1.4.1.1.66.1", OT_USE_NONE,
     "Spatial Registration: it moves other objects; give it as a transform"},
    {"1.2.840.10008.5.1.4.1.1.30", OT_USE_NONE,
     "Parametric Map is not read by this version; export it as NIfTI with its unit"},
};

bool ot_dicom_is_enhanced(const char *sop_class)
{
    static const char *const enhanced[] = {
        "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2",
        "1.2.840.10008.5.1.4.1.1.130", "1.2.840.10008.5.1.4.1.1.128.1",
        "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.4"};
    for (size_t n = 0; n < sizeof enhanced / sizeof enhanced[0]; n++) {
        if (strcmp(enhanced[n], sop_class) == 0) {
            return true;
        }
    }
    return false;
}

/* Value `n` (from 0) of Image Type (0008,0008). */
static void image_type(const struct otx_item *root, size_t n, char *value, size_t size)
{
    char text[256];
    const char *at = text;
    value[0] = '\0';
    if (!ot_dicom_text(root, TAG_IMAGE_TYPE, text, sizeof text)) {
        return;
    }
    for (; n > 0 && at != NULL; n--) {
        at = strchr(at, '\\');
        at = at != NULL ? at + 1 : NULL;
    }
    if (at == NULL) {
        return;
    }
    size_t length = strcspn(at, "\\");
    while (length > 0 && at[length - 1] == ' ') {
        length--;
    }
    if (length < size) {
        memcpy(value, at, length);
        value[length] = '\0';
    }
}

/* PS3.3 C.8.4.9: value 3 tells the kind of acquisition, value 4 emission or transmission. */
static enum ot_use classify_nm(const struct otx_item *root, char *reason, size_t size)
{
    char kind[64];
    char source[64];
    image_type(root, 2, kind, sizeof kind);
    image_type(root, 3, source, sizeof source);
    if (strcmp(source, "TRANSMISSION") == 0) {
        (void)snprintf(reason, size, "a transmission image (Image Type %s)", source);
        return OT_USE_NONE;
    }
    if (strcmp(kind, "RECON TOMO") == 0) {
        return OT_USE_SPECT;
    }
    if (strcmp(kind, "STATIC") == 0 || strcmp(kind, "WHOLE BODY") == 0) {
        return OT_USE_PLANAR;
    }
    if (strcmp(kind, "TOMO") == 0 || strcmp(kind, "GATED TOMO") == 0) {
        (void)snprintf(reason, size,
                       "unreconstructed projections (Image Type %s); give the reconstruction",
                       kind);
    } else if (kind[0] == '\0') {
        (void)snprintf(reason, size,
                       "Image Type (0008,0008) does not say whether it is a reconstruction");
    } else {
        (void)snprintf(reason, size, "Image Type %.40s is not a static SPECT reconstruction", kind);
    }
    return OT_USE_NONE;
}

enum ot_use ot_dicom_classify(const struct otx_item *root, const char *sop_class, char *reason,
                              size_t size)
{
    reason[0] = '\0';
    for (size_t n = 0; n < sizeof classes / sizeof classes[0]; n++) {
        if (strcmp(classes[n].uid, sop_class) != 0) {
            continue;
        }
        if (classes[n].use == OT_USE_SPECT) {
            return classify_nm(root, reason, size);
        }
        if (classes[n].use == OT_USE_CT && ot_dicom_text_has(root, TAG_IMAGE_TYPE, "LOCALIZER")) {
            (void)snprintf(reason, size, "a localizer (scout) image");
            return OT_USE_NONE;
        }
        if (classes[n].use == OT_USE_NONE) {
            (void)snprintf(reason, size, "%s", classes[n].reason);
        }
        return classes[n].use;
    }
    char name[80];
    otx_uid_name(sop_class, name, sizeof name);
    (void)snprintf(reason, size, "%s is not used for dosimetry",
                   sop_class[0] != '\0' ? name : "an object without SOP class (0008,0016)");
    return OT_USE_NONE;
}

void ot_dicom_fail_foreign(const char *name, struct ot_err *err)
{
    (void)ot_fail(
        err, OT_ERR_FORMAT,
        "%s: is no DICOM file (no DICM after a preamble of 128 bytes); a bare data set is "
        "made one by dcmconv",
        name);
}
