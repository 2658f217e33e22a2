/* tests/support/image_case.c - images that tests write, load and ask. */
#include "tests/support/image_case.h"

#include "tests/support/make_dicom.h"
#include "tests/support/ot_test.h"

enum { MOST_PIXELS = 24, MOST_LINES = 64, CT_PIXELS = 12 };

static const char *const ct[] = {
    MADE_CT,         MADE_PATIENT,     MADE_STRAIGHT,   "(0008,0008)=ORIGINAL\\PRIMARY\\AXIAL",
    "(0020,0011)=4", "(0028,1052)=-5", "(0028,1053)=2", NULL};

const struct ot_dicom_series_head ot_test_series = {.patient_id = "PHANTOM-1",
                                                    .study_uid = "2.25.1",
                                                    .series_uid = "2.25.2",
                                                    .frame_uid = "2.25.3",
                                                    .date = "20260901",
                                                    .time_of_day = "093000",
                                                    .zone = "-0400",
                                                    .description = "test",
                                                    .number = 1};

static size_t add_lines(const char **lines, size_t used, const char *const *more)
{
    for (; more != NULL && *more != NULL; more++) {
        assert_true(used + 1 < MOST_LINES);
        lines[used++] = *more;
    }
    return used;
}

void ot_test_put_slice(const char *folder, const struct ot_test_slice *slice)
{
    char path[160];
    char position[64];
    char instance[64];
    const char *lines[MOST_LINES];
    uint16_t pixels[MOST_PIXELS];
    for (size_t n = 0; n < MOST_PIXELS; n++) {
        pixels[n] = (uint16_t)(slice->first + 10 * n);
    }
    assert_true(slice->count <= MOST_PIXELS);
    (void)snprintf(path, sizeof path, "%s/slice%u.dcm", folder, slice->number);
    (void)snprintf(position, sizeof position, "(0020,0032)=-10\\-20\\%.6g", slice->z_mm);
    (void)snprintf(instance, sizeof instance, "(0008,0018)=2.25.9.%u", slice->number);
    size_t used = add_lines(lines, 0, slice->kind);
    used = add_lines(lines, used, (const char *const[]){position, instance, NULL});
    used = add_lines(lines, used, slice->changes);
    lines[used] = NULL;
    assert_int_equal(make_dicom(path, NULL, slice->base, lines, pixels, slice->count), 0);
}

void ot_test_put_ct(const char *folder, unsigned number, double z_mm, size_t count,
                    const char *const *changes)
{
    ot_test_put_slice(
        folder,
        &(struct ot_test_slice){
            .number = number, .z_mm = z_mm, .count = count, .base = ct, .changes = changes});
}

const char *ot_test_two_cts(const char *const *changes)
{
    const char *folder = ot_test_folder();
    ot_test_put_ct(folder, 1, 0, CT_PIXELS, changes);
    ot_test_put_ct(folder, 2, 3, CT_PIXELS, changes);
    return folder;
}

void ot_test_refuse_ct_change(const char *change, enum ot_rc code, const char *part)
{
    const char *const changes[] = {change, NULL};
    ot_test_refuse_folder(ot_test_two_cts(changes), OT_USE_CT, code, part);
}

const char *ot_test_path_in(const char *folder, const char *name)
{
    static char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

void ot_test_write_file(const char *folder, const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(ot_test_path_in(folder, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

struct ot_image *ot_test_load_folder(const char *folder, enum ot_use want)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    assert_ok(ot_dicom_image_load(folder, want, &image, &err), err);
    ot_test_remove_folder(folder);
    return image;
}

void ot_test_refuse_path(const char *path, enum ot_use want, enum ot_rc code, const char *part)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    assert_refused(ot_dicom_image_load(path, want, &image, &err), err, code, part);
    assert_null(image);
    assert_null(strstr(err.text, "SECRET"));
    assert_null(strstr(err.text, "Somebody"));
    assert_null(strstr(err.text, "ot-test")); /* the folder's name */
    assert_null(strchr(err.text, '\n'));
}

void ot_test_refuse_folder(const char *folder, enum ot_use want, enum ot_rc code, const char *part)
{
    ot_test_refuse_path(folder, want, code, part);
    ot_test_remove_folder(folder);
}

bool ot_test_noted(const struct ot_image *image, const char *part)
{
    for (size_t n = 0; n < image->facts.notes.count; n++) {
        if (strstr(image->facts.notes.text[n], part) != NULL) {
            return true;
        }
    }
    return false;
}

void ot_test_assert_time(const struct ot_time *time, const char *want)
{
    char text[40];
    ot_time_to_iso8601(time, text, sizeof text);
    assert_string_equal(text, want);
}
