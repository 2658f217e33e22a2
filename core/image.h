/* core/image.h - an image as a file holds it: voxels, and what the file says about them.
 *
 * Readers fill in what is stated and leave the rest unknown; they never guess. What the facts
 * mean for a dose is decided by kernels/calibrate and kernels/decay.
 */
#ifndef OT_CORE_IMAGE_H
#define OT_CORE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/text.h"
#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What an image can serve as; the names are those of `tare inspect`. */
enum ot_use {
    OT_USE_NONE = 0,
    OT_USE_SPECT,
    OT_USE_PET,
    OT_USE_CT,
    OT_USE_PLANAR,
    OT_USE_RTSTRUCT,
    OT_USE_SEG,
    OT_USE_RTDOSE,
    OT_USE_DOSE,  /* a dose map without DICOM */
    OT_USE_MASK,  /* labels or fractions without DICOM */
    OT_USE_MR,    /* where things lie: for registration only */
    OT_USE_IMAGE, /* a volume whose file does not say what it is (NIfTI, NRRD) */
};

/* "spect", "pet", ...; NULL for OT_USE_NONE; static. */
const char *ot_use_name(enum ot_use use);

enum { OT_UID_SIZE = 72, OT_SHA256_SIZE = 65, OT_NUCLIDE_SIZE = 16 };

/* Which inputs belong together. Never printed: a frame of reference is compared, and the
 * patient is present as a digest only. */
struct ot_identity {
    char frame_of_reference[OT_UID_SIZE]; /* "" when the file states none */
    char patient_sha256[OT_SHA256_SIZE];  /* of the Patient ID; "" when absent or empty */
    char study[OT_UID_SIZE];
};

struct ot_image_facts {
    enum ot_use use;
    bool quantity_stated; /* the file says what its values are: volume->unit can be believed */
    bool other_quantity; /* it says that they are something else than HU, Gy or Bq/ml (CNTS, GML) */
    char nuclide[OT_NUCLIDE_SIZE]; /* "Y-90", "Tc-99m", "F-18", ...; "" when not stated */

    /* Values refer to `value_time`. Where the scanner has corrected decay from `acquired` (the
     * instant the uncorrected values belong to) to value_time, it used
     * `corrected_half_life_s`; 0 means that no correction was made. */
    struct ot_time value_time;
    struct ot_time acquired;
    double corrected_half_life_s;
    double stated_half_life_s;   /* of the radionuclide, as the header has it; 0 when not stated */
    double positron_fraction;    /* per decay, as the scanner's calibration used it; likewise */
    struct ot_time administered; /* as the header states it */
    double administered_bq;      /* likewise; 0 when not stated */

    /* Where slices were acquired at different times: how long after `acquired` each one was, in
     * the order of the volume's k. Owned; NULL where one time serves all. */
    double *plane_after_s;

    struct ot_identity identity;
    char files_sha256[OT_SHA256_SIZE]; /* one file: its SHA-256; several: of the sorted list of
                                          their digests, one hexadecimal line each */
    size_t file_count;
    /* Bed positions that a SPECT was put together from, where the file neither says when each one
     * was acquired nor that decay between them was corrected; 0 otherwise. */
    size_t uncorrected_beds;
    size_t negative_count;  /* voxels below 0; not counted in HU */
    size_t saturated_count; /* voxels at the end of the file's number range, where a plateau lies
                               there; activity only */
    double intercept; /* what the file's own scaling adds to every voxel, also to air; 0: nothing */
    bool length_unit_assumed; /* the file states no unit of length: it was read as mm */
    struct ot_texts notes; /* what the user should know: duplicates dropped, times without zone */
};

struct ot_image {
    struct ot_volume *volume; /* owned */
    struct ot_image_facts facts;
};

void ot_image_destroy(struct ot_image *image); /* NULL is fine */

/* Sets facts.intercept, as a file's scaling has it and in the volume's unit, to 0 where it adds
 * nothing to air: where it is nothing beside the image's values, and, if one scale serves all
 * voxels, where the least voxel is 0 after it. Programs that use the whole range of 16 bits store
 * air as -32768; what rounding leaves below that 0 is taken away. Not for HU, where air is not 0.
 */
void ot_image_judge_intercept(struct ot_image *image, bool one_scale);

/* "Y-90" from what files write: "Y90", "90Y", "Yttrium-90", "^90^Yttrium", "Tc99m",
 * "99mTechnetium", ... False when the text names no nuclide known here; `name` has
 * OT_NUCLIDE_SIZE bytes. */
bool ot_nuclide_normalize(const char *text, char *name);

#ifdef __cplusplus
}
#endif
#endif /* OT_CORE_IMAGE_H */
