/* io/result_folder.c - names of the result folder. */
#include "io/result_folder.h"

const char *const OT_RESULT_FILES[OT_RESULT_FILE_COUNT] = {
    "result.json",    "dose.nii.gz",     "dose.dcm",          "vois.nii.gz",       "vois.json",
    "vois.dcm",       "vois_binary.dcm", "vois_rtstruct.dcm", "vois.seg.nrrd",     "dvh.csv",
    "report.html",    "report.pdf",      "activity.nii.gz",   "background.nii.gz", "kernel.json",
    "density.nii.gz", "dose_parts.csv",
};
