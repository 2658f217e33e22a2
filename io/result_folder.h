/* io/result_folder.h - the files that a result folder may hold. */
#ifndef OT_IO_RESULT_FOLDER_H
#define OT_IO_RESULT_FOLDER_H

enum { OT_RESULT_FILE_COUNT = 17 };

/* Every name that a run may write into its folder; a later run with --overwrite removes those
 * that it does not write itself. */
extern const char *const OT_RESULT_FILES[OT_RESULT_FILE_COUNT];

#endif /* OT_IO_RESULT_FOLDER_H */
