/* cli/voi_folder.h - VOIs of a folder with one file for each structure. */
#ifndef OT_CLI_VOI_FOLDER_H
#define OT_CLI_VOI_FOLDER_H

#include "core/err.h"
#include "core/text.h"

/* Copies the values of --voi, and puts files for folders in which structures stand under the names
 * that TotalSegmentator gives them:
 *   liver=F, body=F         liver=F/liver.nii.gz, body=F/body.nii.gz
 *   lungs=F                 the five lobes of both lungs, a `lungs` VOI each
 *   ROLE[:NAME]=F#STEM      ROLE[:NAME]=F/STEM.nii.gz
 * What is none of these, such as a folder of DICOM files, stays as it is.
 * out: released by the caller, also after a failure.
 * Errors: OT_ERR_ARG (some lobes without the others, one name for the lobes), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_voi_folders_open(const struct ot_texts *given, struct ot_texts *out,
                                             struct ot_err *err);

#endif /* OT_CLI_VOI_FOLDER_H */
