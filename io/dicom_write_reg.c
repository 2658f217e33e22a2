/* io/dicom_write_reg.c - a rigid transform as a Spatial Registration object. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/dicom_build.h"

enum { DS_SIZE = 17 }; /* 16 characters and a NUL */

/* As many digits as a decimal string has room for: 1e-13 of a cosine, 1e-12 of 100 mm. */
static void decimal(double value, char *text)
{
    char longer[40];
    for (int digits = 17; digits > 8; digits--) {
        (void)snprintf(longer, sizeof longer, "%.*g", digits, value);
        if (strlen(longer) < DS_SIZE) {
            break;
        }
    }
    (void)ot_text_copy(text, DS_SIZE, longer);
}

static void put_matrix(struct ot_dicom_build *build, const struct ot_rigid *motion)
{
    struct ot_buffer text = {0};
    for (size_t r = 0; r < 3; r++) {
        for (size_t c = 0; c < 4; c++) {
            char number[DS_SIZE];
            decimal(c < 3 ? motion->rotation[r][c] : motion->translation_mm[r], number);
            ot_buffer_printf(&text, "%s\\", number);
        }
    }
    ot_buffer_text(&text, "0\\0\\0\\1");
    if (build->rc == OT_OK) {
        build->rc = ot_buffer_check(&text, build->err);
    }
    ot_build_put(build, 0x300600c6, "DS", text.data != NULL ? text.data : "");
    ot_buffer_release(&text);
}

static void put_frame(struct ot_dicom_build *build, const char *frame,
                      const struct ot_rigid *to_registered)
{
    ot_build_open(build, 0x00700308);
    ot_build_put(build, 0x00200052, "UI", frame);
    ot_build_open(build, 0x00700309);
    ot_build_code(build, 0x0070030d, "125024", "DCM", "Image Content-based Alignment");
    ot_build_open(build, 0x0070030a);
    put_matrix(build, to_registered);
    ot_build_put(build, 0x0070030c, "CS", "RIGID");
    ot_build_close(build);
    ot_build_close(build);
    ot_build_close(build);
}

enum ot_rc ot_dicom_reg_encode(const struct ot_dicom_series_head *series, const char *moving_frame,
                               const struct ot_rigid *moving_to_fixed, struct ot_buffer *out,
                               struct ot_err *err)
{
    static const char *const reg_class = "1.2.840.10008.5.1.4.1.1.66.1";
    const struct ot_rigid still = ot_rigid_identity();
    struct ot_dicom_build build = {.err = err};
    ot_build_begin(&build, series, "REG", reg_class, 0);
    ot_build_put(&build, 0x00080023, "DA", series->date);
    ot_build_put(&build, 0x00080033, "TM", series->time_of_day);
    ot_build_put(&build, 0x00181000, "LO", "0"); /* enhanced equipment wants a serial number */
    ot_build_put(&build, 0x00200060, "CS", "");  /* laterality: not known, must be there */
    ot_build_put(&build, 0x00700080, "CS", "REGISTRATION");
    ot_build_put(&build, 0x00700081, "LO", "rigid registration");
    ot_build_put(&build, 0x00700084, "PN", "");
    put_frame(&build, series->frame_uid, &still);
    put_frame(&build, moving_frame, moving_to_fixed);
    return ot_build_end(&build, out);
}
