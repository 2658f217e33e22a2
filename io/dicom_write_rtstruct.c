/* io/dicom_write_rtstruct.c - contours as an RT Structure Set. */
#include <math.h>

#include "io/dicom_build.h"

static const char *const CT_CLASS = "1.2.840.10008.5.1.4.1.1.2";

static void put_reference(struct ot_dicom_build *build, const struct ot_dicom_series_head *images,
                          size_t k)
{
    char uid[OT_UID_SIZE];
    if (build->rc == OT_OK) {
        build->rc = ot_dicom_instance_uid(images, k, uid, build->err);
    }
    if (build->rc == OT_OK) {
        ot_build_open(build, 0x30060016);
        ot_build_put(build, 0x00081150, "UI", CT_CLASS);
        ot_build_put(build, 0x00081155, "UI", uid);
        ot_build_close(build);
    }
}

static void put_referenced_frame(struct ot_dicom_build *build, const char *frame_uid,
                                 const struct ot_dicom_series_head *images, size_t slices)
{
    ot_build_open(build, 0x30060010);
    ot_build_put(build, 0x00200052, "UI", frame_uid);
    if (images == NULL) {
        ot_build_close(build);
        return;
    }
    ot_build_open(build, 0x30060012);
    ot_build_put(build, 0x00081150, "UI", "1.2.840.10008.3.1.2.3.1"); /* Detached Study, retired */
    ot_build_put(build, 0x00081155, "UI", images->study_uid);
    ot_build_open(build, 0x30060014);
    ot_build_put(build, 0x0020000e, "UI", images->series_uid);
    for (size_t k = 0; k < slices; k++) {
        put_reference(build, images, k);
    }
    ot_build_close(build);
    ot_build_close(build);
    ot_build_close(build);
}

static void put_contour(struct ot_dicom_build *build, const struct ot_dicom_series_head *images,
                        const struct ot_grid *grid, const struct ot_contour *contour)
{
    struct ot_buffer text = {0};
    for (size_t n = 0; n < 3 * contour->count; n++) {
        ot_buffer_printf(&text, "%s%.3f", n > 0 ? "\\" : "", contour->points_mm[n]);
    }
    if (build->rc == OT_OK) {
        build->rc = ot_buffer_check(&text, build->err);
    }
    ot_build_open(build, 0x30060040);
    if (images != NULL) {
        const double slice = (contour->points_mm[2] - grid->origin_mm[2]) / grid->spacing_mm[2];
        const long last = (long)grid->n[2] - 1;
        put_reference(build, images, (size_t)lround(fmin((double)last, fmax(0.0, slice))));
    }
    ot_build_put(build, 0x30060042, "CS", "CLOSED_PLANAR");
    ot_build_printf(build, 0x30060046, "IS", "%zu", contour->count);
    ot_build_put(build, 0x30060050, "DS", text.data);
    ot_build_close(build);
    ot_buffer_release(&text);
}

static void put_roi_names(struct ot_dicom_build *build, const struct ot_dicom_series_head *series,
                          const struct ot_dicom_roi *rois, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        ot_build_open(build, 0x30060020);
        ot_build_printf(build, 0x30060022, "IS", "%zu", n + 1);
        ot_build_put(build, 0x30060024, "UI", series->frame_uid);
        ot_build_name(build, 0x30060026, rois[n].name);
        ot_build_put(build, 0x30060036, "CS", "AUTOMATIC");
        ot_build_close(build);
    }
}

static void put_observations(struct ot_dicom_build *build, const struct ot_dicom_roi *rois,
                             size_t count)
{
    for (size_t n = 0; n < count; n++) {
        ot_build_open(build, 0x30060080);
        ot_build_printf(build, 0x30060082, "IS", "%zu", n + 1);
        ot_build_printf(build, 0x30060084, "IS", "%zu", n + 1);
        ot_build_put(build, 0x300600a4, "CS", rois[n].interpreted);
        ot_build_put(build, 0x300600a6, "PN", "");
        ot_build_close(build);
    }
}

enum ot_rc ot_dicom_rtstruct_encode(const struct ot_dicom_series_head *series,
                                    const struct ot_dicom_series_head *images,
                                    const struct ot_grid *grid, const struct ot_dicom_roi *rois,
                                    size_t count, struct ot_buffer *out, struct ot_err *err)
{
    static const char *const colors[] = {"165\\80\\40",  "230\\160\\0",  "220\\40\\40",
                                         "220\\90\\160", "160\\40\\200", "60\\140\\220",
                                         "90\\160\\90"};
    static const char *const rtstruct_class = "1.2.840.10008.5.1.4.1.1.481.3";
    struct ot_dicom_build build = {.err = err};
    ot_build_begin(&build, series, "RTSTRUCT", rtstruct_class, 0);
    ot_build_put(&build, 0x00081070, "PN", "");
    ot_build_put(&build, 0x30060002, "SH", "VOIS");
    ot_build_put(&build, 0x30060008, "DA", series->date);
    ot_build_put(&build, 0x30060009, "TM", series->time_of_day);
    put_referenced_frame(&build, series->frame_uid, images, images != NULL ? grid->n[2] : 0);
    put_roi_names(&build, series, rois, count);
    for (size_t n = 0; n < count; n++) {
        ot_build_open(&build, 0x30060039);
        ot_build_put(&build, 0x3006002a, "IS", colors[n % (sizeof colors / sizeof colors[0])]);
        for (size_t c = 0; c < rois[n].contours.count; c++) {
            put_contour(&build, images, grid, &rois[n].contours.contours[c]);
        }
        ot_build_printf(&build, 0x30060084, "IS", "%zu", n + 1);
        ot_build_close(&build);
    }
    put_observations(&build, rois, count);
    ot_build_put(&build, 0x300e0002, "CS", "UNAPPROVED");
    return ot_build_end(&build, out);
}
