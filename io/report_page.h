/* io/report_page.h - the report's vocabulary: JSON values as escaped HTML, numbers as people
 * write them, one place for labels and units. Every text passes through ot_buffer_html(). */
#ifndef OT_IO_REPORT_PAGE_H
#define OT_IO_REPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "core/text.h"
#include "io/report.h"

/* Digits in tables; the calculator section shows enough to repeat a computation. */
enum { OT_DIGITS_TABLE = 4, OT_DIGITS_FORMULA = 6, OT_NUMBER_SIZE = 40 };

/* What is being written, and from what. */
struct ot_page {
    const struct ot_report_input *input;
    const json_t *result;
    const json_t *criteria; /* the compiled-in table, or NULL */
    struct ot_buffer *html;
};

/* Member at a dotted path ("activity.injected_gbq"); NULL when missing or null.
 * Not const, for jansson's iterators take no const; nothing here changes it. */
json_t *ot_page_find(const json_t *value, const char *path);
/* Text of a member, or `otherwise`. */
const char *ot_page_text(const json_t *object, const char *path, const char *otherwise);
/* True and *value when the member is a finite number. */
bool ot_page_number(const json_t *object, const char *path, double *value);
/* What the lung dose of a result holds: that of the shunt, with earlier treatments' where there
 * were some. Static. */
const char *ot_page_lung_dose_title(const json_t *result);
/* The element of an array whose text member `key` is `name`; NULL for none. */
const json_t *ot_page_row(const json_t *array, const char *key, const char *name);

/* A number with so many significant digits, without exponent between 1e-4 and 1e7. */
void ot_number_format(double value, int digits, char text[OT_NUMBER_SIZE]);

/* One scalar, a list of scalars joined by commas, or an en dash for null and missing. Numbers
 * get the unit after a narrow space when `unit` is not "". */
void ot_page_value(struct ot_buffer *html, const json_t *value, const char *unit, int digits);

/* "a_max_gbq" -> label "a max" and unit "GBq": units are read off the key's end. */
struct ot_key_label {
    char text[80];
    const char *unit; /* static; "" for none */
};
struct ot_key_label ot_page_label(const char *key);

/* Any object as a list of terms: nested objects and tables of objects below their name.
 * Members named in `skip` (NULL-terminated, or NULL) are left out. */
void ot_page_object(struct ot_buffer *html, json_t *object, const char *const *skip);
/* An array of objects as a table; columns in the order of their first appearance. */
void ot_page_table(struct ot_buffer *html, const json_t *rows, const char *const *skip);

void ot_page_section(struct ot_page *page, const char *id, const char *title);
void ot_page_section_end(struct ot_page *page);

/* A verdict as people read it: "fail", "not evaluated", ...; its badge. */
void ot_page_badge(struct ot_buffer *html, const char *verdict);
/* value, comparator and limit of a check: "204.9 Gy", ">= 205 Gy". */
void ot_page_check_value(struct ot_buffer *html, const json_t *check);
void ot_page_check_limit(struct ot_buffer *html, const json_t *check);
/* The paper's contradictions that a check names, with their texts where they are known. */
void ot_page_conflicts(struct ot_page *page, const json_t *check);

/* Bytes as base64, for data: URIs. */
void ot_page_base64(struct ot_buffer *html, const void *bytes, size_t size);

/* The sections, in their order on the page. */
void ot_report_head(struct ot_page *page);         /* report_head.c */
void ot_report_glance(struct ot_page *page);       /* report_head.c */
void ot_report_verdicts(struct ot_page *page);     /* report_head.c */
void ot_report_prescription(struct ot_page *page); /* report_head.c */
void ot_report_doses(struct ot_page *page);        /* report_doses.c */
void ot_report_vois(struct ot_page *page);         /* report_vois.c */
void ot_report_formulas(struct ot_page *page);     /* report_formulas.c */
void ot_report_checks(struct ot_page *page);       /* report_checks.c */
void ot_report_method(struct ot_page *page);       /* report_checks.c */
/* Fused slices and DVH; report_figures.c. Errors: as ot_report_render(). */
OT_MUST_CHECK enum ot_rc ot_report_figures(struct ot_page *page, struct ot_err *err);

#endif /* OT_IO_REPORT_PAGE_H */
