/* io/dicom_build.c - what all written DICOM objects have in common. */
#include "io/dicom_build.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "io/hash.h"

void ot_build_put(struct ot_dicom_build *build, uint32_t tag, const char *vr, const char *text)
{
    if (build->rc == OT_OK) {
        build->rc = otx_dataset_put(build->dicom, (uint16_t)(tag >> 16), (uint16_t)(tag & 0xffffU),
                                    vr, text, build->err);
    }
}

void ot_build_printf(struct ot_dicom_build *build, uint32_t tag, const char *vr, const char *fmt,
                     ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, fmt);
    (void)vsnprintf(text, sizeof text, fmt, arguments);
    va_end(arguments);
    ot_build_put(build, tag, vr, text);
}

void ot_build_numbers(struct ot_dicom_build *build, uint32_t tag, const double *values,
                      size_t count)
{
    struct ot_buffer text = {0};
    for (size_t n = 0; n < count; n++) {
        ot_buffer_printf(&text, "%s%.9g", n > 0 ? "\\" : "", values[n]);
    }
    if (build->rc == OT_OK) {
        build->rc = ot_buffer_check(&text, build->err);
    }
    if (build->rc == OT_OK) {
        ot_build_put(build, tag, "DS", text.data != NULL ? text.data : "");
    }
    ot_buffer_release(&text);
}

void ot_build_name(struct ot_dicom_build *build, uint32_t tag, const char *name)
{
    char text[OT_VOI_NAME_SIZE];
    (void)ot_text_copy(text, sizeof text, name);
    for (char *at = strchr(text, '\\'); at != NULL; at = strchr(at, '\\')) {
        *at = '/';
    }
    ot_build_put(build, tag, "LO", text);
}

void ot_build_open(struct ot_dicom_build *build, uint32_t tag)
{
    if (build->rc == OT_OK) {
        build->rc = otx_dataset_open(build->dicom, (uint16_t)(tag >> 16), (uint16_t)(tag & 0xffffU),
                                     build->err);
    }
}

void ot_build_close(struct ot_dicom_build *build)
{
    if (build->rc == OT_OK) {
        build->rc = otx_dataset_close(build->dicom, build->err);
    }
}

void ot_build_code(struct ot_dicom_build *build, uint32_t tag, const char *value,
                   const char *scheme, const char *meaning)
{
    ot_build_open(build, tag);
    ot_build_put(build, 0x00080100, "SH", value);
    ot_build_put(build, 0x00080102, "SH", scheme);
    ot_build_put(build, 0x00080104, "LO", meaning);
    ot_build_close(build);
}

void ot_build_rows(struct ot_dicom_build *build, const struct ot_dicom_row *rows, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        ot_build_put(build, rows[n].tag, rows[n].vr, rows[n].text);
    }
}

enum ot_rc ot_dicom_uid(const char *text, char *uid, struct ot_err *err)
{
    enum { LIMBS = 4, HEX_PER_LIMB = 8, DIGITS = 39 };
    char hex[OT_SHA256_SIZE];
    enum ot_rc rc = ot_hash_bytes(text, strlen(text), hex, err);
    if (rc != OT_OK) {
        return rc;
    }
    uint32_t limb[LIMBS] = {0}; /* most significant first */
    for (size_t n = 0; n < (size_t)LIMBS * HEX_PER_LIMB; n++) {
        const char *digits = "0123456789abcdef";
        const char *at = strchr(digits, hex[n]);
        const uint32_t value = at != NULL ? (uint32_t)(at - digits) : 0U;
        limb[n / HEX_PER_LIMB] = limb[n / HEX_PER_LIMB] << 4 | value;
    }
    char decimal[DIGITS + 1] = "";
    size_t first = DIGITS;
    do { /* long division by ten */
        uint64_t rest = 0;
        uint32_t any = 0;
        for (size_t n = 0; n < LIMBS; n++) {
            rest = rest << 32 | limb[n];
            limb[n] = (uint32_t)(rest / 10);
            any |= limb[n];
            rest %= 10;
        }
        decimal[--first] = (char)('0' + (int)rest);
        if (any == 0) {
            break;
        }
    } while (first > 0);
    (void)snprintf(uid, OT_UID_SIZE, "2.25.%s", decimal + first);
    return OT_OK;
}

enum ot_rc ot_dicom_instance_uid(const struct ot_dicom_series_head *series, size_t n, char *uid,
                                 struct ot_err *err)
{
    char text[OT_UID_SIZE + 32];
    (void)snprintf(text, sizeof text, "%s/%zu", series->series_uid, n);
    return ot_dicom_uid(text, uid, err);
}

/* Study and series; images also have acquisition, content and the body part. */
static void put_times_and_part(struct ot_dicom_build *build,
                               const struct ot_dicom_series_head *series, bool image)
{
    static const uint32_t dates[] = {0x00080020, 0x00080021, 0x00080022, 0x00080023};
    static const uint32_t times[] = {0x00080030, 0x00080031, 0x00080032, 0x00080033};
    if (image) { /* a part that is not one of a pair, so Laterality need not be told */
        ot_build_put(build, 0x00180015, "CS", "ABDOMEN");
    }
    const size_t count = image ? sizeof dates / sizeof dates[0] : 2;
    for (size_t n = 0; n < count; n++) {
        ot_build_put(build, dates[n], "DA", series->date);
        ot_build_put(build, times[n], "TM", series->time_of_day);
    }
    ot_build_put(build, 0x00080201, "SH", series->zone);
}

/* What is no measurement has neither acquisition nor body part. */
static bool is_image(const char *modality)
{
    static const char *const others[] = {"RTSTRUCT", "RTDOSE", "REG", "SEG"};
    for (size_t n = 0; n < sizeof others / sizeof others[0]; n++) {
        if (strcmp(modality, others[n]) == 0) {
            return false;
        }
    }
    return true;
}

void ot_build_begin(struct ot_dicom_build *build, const struct ot_dicom_series_head *series,
                    const char *modality, const char *sop_class, size_t instance)
{
    static const struct ot_dicom_row rows[] = {
        {0x00080005, "CS", "ISO_IR 192"}, {0x00080050, "SH", ""},
        {0x00080070, "LO", "OpenTARE"},   {0x00080090, "PN", ""},
        {0x00100030, "DA", ""},           {0x00100040, "CS", "O"},
        {0x00120062, "CS", "YES"},        {0x00181020, "LO", OT_VERSION},
        {0x00200010, "SH", "1"},          {0x00201040, "LO", ""},
    };
    char uid[OT_UID_SIZE];
    build->rc = otx_dataset_create(&build->dicom, build->err);
    if (build->rc == OT_OK) {
        build->rc = ot_dicom_instance_uid(series, instance, uid, build->err);
    }
    if (build->rc != OT_OK) {
        return;
    }
    ot_build_rows(build, rows, sizeof rows / sizeof rows[0]);
    put_times_and_part(build, series, is_image(modality));
    ot_build_put(build, 0x00080016, "UI", sop_class);
    ot_build_put(build, 0x00080018, "UI", uid);
    ot_build_put(build, 0x00080060, "CS", modality);
    const bool synthetic = series->study_description == NULL;
    ot_build_put(build, 0x00081030, "LO",
                 synthetic ? "Synthetic patient" : series->study_description);
    ot_build_put(build, 0x00081090, "LO", synthetic ? "tare phantom" : series->model);
    ot_build_put(build, 0x00120063, "LO",
                 synthetic ? "Synthetic: there is no patient" : series->deidentified_by);
    ot_build_put(build, 0x0008103e, "LO", series->description);
    ot_build_printf(build, 0x00100010, "PN", "%.48s^Nobody", series->patient_id);
    ot_build_put(build, 0x00100020, "LO", series->patient_id);
    ot_build_put(build, 0x0020000d, "UI", series->study_uid);
    ot_build_put(build, 0x0020000e, "UI", series->series_uid);
    ot_build_put(build, 0x00200052, "UI", series->frame_uid);
    ot_build_printf(build, 0x00200011, "IS", "%d", series->number);
    ot_build_printf(build, 0x00200013, "IS", "%zu", instance + 1);
}

void ot_build_pixel_format(struct ot_dicom_build *build, const struct ot_grid *grid)
{
    static const struct ot_dicom_row rows[] = {
        {0x00280002, "US", "1"},  {0x00280004, "CS", "MONOCHROME2"}, {0x00280100, "US", "16"},
        {0x00280101, "US", "16"}, {0x00280102, "US", "15"},          {0x00280103, "US", "0"},
    };
    for (size_t r = 0; build->rc == OT_OK && r < 3; r++) {
        if (!(fabs(grid->dir[r][r] - 1.0) <= 1e-9)) {
            build->rc =
                ot_fail(build->err, OT_ERR_GEOMETRY, "only grids along x, y, z can be written");
        }
    }
    ot_build_rows(build, rows, sizeof rows / sizeof rows[0]);
    ot_build_printf(build, 0x00280010, "US", "%zu", grid->n[1]);
    ot_build_printf(build, 0x00280011, "US", "%zu", grid->n[0]);
    const double between_rows_first[2] = {grid->spacing_mm[1], grid->spacing_mm[0]};
    ot_build_numbers(build, 0x00280030, between_rows_first, 2);
    ot_build_numbers(build, 0x00180050, &grid->spacing_mm[2], 1);
}

void ot_build_plane(struct ot_dicom_build *build, const struct ot_grid *grid, size_t k)
{
    const double position_mm[3] = {grid->origin_mm[0], grid->origin_mm[1],
                                   grid->origin_mm[2] + (double)k * grid->spacing_mm[2]};
    ot_build_numbers(build, 0x00200032, position_mm, 3);
    ot_build_put(build, 0x00200037, "DS", "1\\0\\0\\0\\1\\0");
    ot_build_numbers(build, 0x00201041, &position_mm[2], 1);
}

void ot_build_pixels(struct ot_dicom_build *build, const uint16_t *pixels, size_t count)
{
    if (build->rc == OT_OK) {
        build->rc = otx_dataset_put_pixels(build->dicom, pixels, count, build->err);
    }
}

void ot_build_bytes(struct ot_dicom_build *build, const unsigned char *bytes, size_t count)
{
    if (build->rc == OT_OK) {
        build->rc = otx_dataset_put_bytes(build->dicom, bytes, count, build->err);
    }
}

enum ot_rc ot_build_end(struct ot_dicom_build *build, struct ot_buffer *out)
{
    size_t size = 0;
    char *bytes = NULL;
    enum ot_rc rc = build->rc;
    if (rc == OT_OK) {
        rc = otx_dataset_serialize(build->dicom, &size, build->err);
    }
    if (rc == OT_OK) {
        bytes = OT_NEW(char, size, build->err);
        rc =
            bytes != NULL ? otx_dataset_bytes(build->dicom, bytes, size, build->err) : OT_ERR_NOMEM;
    }
    if (rc == OT_OK) {
        ot_buffer_append(out, bytes, size);
        rc = ot_buffer_check(out, build->err);
    }
    ot_free(bytes);
    otx_dataset_destroy(build->dicom);
    build->dicom = NULL;
    return rc;
}
