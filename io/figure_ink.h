/* io/figure_ink.h - cairo surfaces into buffers, and the few strokes that all figures share. */
#ifndef OT_IO_FIGURE_INK_H
#define OT_IO_FIGURE_INK_H

#include <cairo.h>

#include "core/err.h"
#include "core/text.h"
#include "io/figure.h"

/* For cairo's stream functions; `closure` is a struct ot_buffer. */
cairo_status_t ot_ink_append(void *closure, const unsigned char *bytes, unsigned length);

/* OT_ERR_NOMEM or OT_ERR_EXTERNAL with cairo's own words, or OT_OK. */
OT_MUST_CHECK enum ot_rc ot_ink_check(cairo_status_t status, const struct ot_buffer *buffer,
                                      struct ot_err *err);

void ot_ink_color(cairo_t *ink, struct ot_rgb color, double alpha);

/* A text with a dark rim, so that it is read on any picture. x, y: where its anchor is placed;
 * align: 0 the left end, 0.5 the middle, 1 the right end; y is the base line. */
void ot_ink_halo_text(cairo_t *ink, double x, double y, double align, const char *text);
void ot_ink_text(cairo_t *ink, double x, double y, double align, const char *text);

/* Color of a dose between 0 and 1 of the window (black, violet, red, orange, yellow). */
struct ot_rgb ot_ink_dose_color(double part);

#endif /* OT_IO_FIGURE_INK_H */
