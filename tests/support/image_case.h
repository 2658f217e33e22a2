/* tests/support/image_case.h - images that tests write, load and ask. */
#ifndef OT_TESTS_SUPPORT_IMAGE_CASE_H
#define OT_TESTS_SUPPORT_IMAGE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"
#include "io/dicom.h"
#include "io/dicom_write.h"

/* What objects that a test writes belong to. */
extern const struct ot_dicom_series_head ot_test_series;

/* A slice of make_dicom.h's 4 x 3 pixels at -10, -20, z mm; pixel n stores first + 10 n. Lines of
 * `kind` stand before its position and number, `changes` after them; both may be NULL. */
struct ot_test_slice {
    unsigned number;
    double z_mm;
    uint16_t first;
    size_t count; /* of pixels, 24 at most */
    const char *const *base, *const *kind, *const *changes;
};

/* Writes it as slice<number>.dcm. */
void ot_test_put_slice(const char *folder, const struct ot_test_slice *slice);

/* A CT slice of `count` pixels, HU = 2 * stored - 5; two of them, 3 mm apart, in a folder made for
 * them; one change to both of these must be refused. */
void ot_test_put_ct(const char *folder, unsigned number, double z_mm, size_t count,
                    const char *const *changes);
const char *ot_test_two_cts(const char *const *changes);
void ot_test_refuse_ct_change(const char *change, enum ot_rc code, const char *part);

/* Path of a file in a folder: static buffer. */
const char *ot_test_path_in(const char *folder, const char *name);
void ot_test_write_file(const char *folder, const char *name, const void *bytes, size_t size);

/* What a folder holds, which is removed then. The caller releases the image. */
struct ot_image *ot_test_load_folder(const char *folder, enum ot_use want);

/* It must be refused for a reason that has `part` in it, in one line without the patient of
 * MADE_PATIENT. The folder is removed then. */
void ot_test_refuse_path(const char *path, enum ot_use want, enum ot_rc code, const char *part);
void ot_test_refuse_folder(const char *folder, enum ot_use want, enum ot_rc code, const char *part);

/* Whether one of an image's notes has `part` in it. */
bool ot_test_noted(const struct ot_image *image, const char *part);

/* A time must be written so, in ISO 8601. */
void ot_test_assert_time(const struct ot_time *time, const char *want);

#endif /* OT_TESTS_SUPPORT_IMAGE_CASE_H */
