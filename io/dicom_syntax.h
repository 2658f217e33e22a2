/* io/dicom_syntax.h - transfer syntaxes (PS3.5, 10): how a data set is written. */
#ifndef OT_IO_DICOM_SYNTAX_H
#define OT_IO_DICOM_SYNTAX_H

#include <stdbool.h>

#include "core/err.h"

/* Makers have syntaxes of their own, with pixels in another order than elements: only those of the
 * standard are known.
 * compressed: pixels are encapsulated. Errors: OT_ERR_UNSUPPORTED with the identifier. */
OT_MUST_CHECK enum ot_rc ot_dicom_syntax_check(const char *uid, bool *compressed,
                                               struct ot_err *err);

#endif /* OT_IO_DICOM_SYNTAX_H */
