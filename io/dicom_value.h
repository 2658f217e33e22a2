/* io/dicom_value.h - attributes of DICOM files as strict values.
 *
 * DCMTK reads "1.5mm" as 1.5, "12.7" as the integer 12 and 99999999999 as another number, all
 * with success: so the text is fetched and parsed here, whole or not at all. An attribute that
 * is absent or empty is not an error: `found` tells. Values are shown in messages only where
 * they should be numbers.
 */
#ifndef OT_IO_DICOM_VALUE_H
#define OT_IO_DICOM_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"
#include "io/shim/dcmtk_file.h"

/* The whole value without blanks around it. False, and text is "", when it is absent, empty or
 * does not fit. */
bool ot_dicom_text(const struct otx_item *item, uint32_t tag, char *text, size_t size);
/* True when the value is `want`, or one of several values separated by '\' is. */
bool ot_dicom_text_is(const struct otx_item *item, uint32_t tag, const char *want);
bool ot_dicom_text_has(const struct otx_item *item, uint32_t tag, const char *want);
/* Like ot_dicom_text(), as UTF-8: Latin-1 where the data set `root` says so, else bytes that
 * are not UTF-8 become '?', as do control characters. Cut to the size. */
bool ot_dicom_label(const struct otx_item *root, const struct otx_item *item, uint32_t tag,
                    char *text, size_t size);

/* An identifier of at most 64 characters, digits and dots (some that remove names also leave
 * letters); "" where it is absent. uid: OT_UID_SIZE bytes. Errors: OT_ERR_FORMAT. */
OT_MUST_CHECK enum ot_rc ot_dicom_uid_of(const struct otx_item *item, uint32_t tag, char *uid,
                                         struct ot_err *err);

/* Exactly `count` finite numbers. Errors: OT_ERR_FORMAT naming tag and value. */
OT_MUST_CHECK enum ot_rc ot_dicom_numbers(const struct otx_item *item, uint32_t tag, double *values,
                                          size_t count, bool *found, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_dicom_number(const struct otx_item *item, uint32_t tag, double *value,
                                         bool *found, struct ot_err *err);
/* However many numbers there are: *values is owned by the caller (ot_free); NULL and 0 when
 * absent or empty. */
OT_MUST_CHECK enum ot_rc ot_dicom_number_list(const struct otx_item *item, uint32_t tag,
                                              double **values, size_t *count, struct ot_err *err);
/* A whole number within limits. */
OT_MUST_CHECK enum ot_rc ot_dicom_integer(const struct otx_item *item, uint32_t tag, long lo,
                                          long hi, long *value, bool *found, struct ot_err *err);
/* The same, refused when it is absent. */
OT_MUST_CHECK enum ot_rc ot_dicom_need_integer(const struct otx_item *item, uint32_t tag, long lo,
                                               long hi, long *value, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_dicom_need_numbers(const struct otx_item *item, uint32_t tag,
                                               double *values, size_t count, struct ot_err *err);

/* The tag of `element` (00..ff) in the block of `creator`: makers reserve blocks of a private
 * group for themselves (PS3.5 7.8.1). 0 where the creator has none. group: gggg0000. */
uint32_t ot_dicom_private(const struct otx_item *item, uint32_t group, const char *creator,
                          uint32_t element);

/* OT_ERR_FORMAT "Rows (0028,0010) is missing". */
OT_MUST_CHECK enum ot_rc ot_dicom_missing(uint32_t tag, struct ot_err *err);

/* Date and time in two attributes, with the data set's zone (0008,0201) if it has one; not
 * known when either is absent or not valid. */
struct ot_time ot_dicom_time(const struct otx_item *root, uint32_t date, uint32_t time);
/* A DT attribute of `item`; a zone of its own goes before that of the data set. */
struct ot_time ot_dicom_date_time(const struct otx_item *root, const struct otx_item *item,
                                  uint32_t tag);

#endif /* OT_IO_DICOM_VALUE_H */
