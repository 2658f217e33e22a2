/* io/figure_ink.c - cairo surfaces into buffers, and the few strokes that all figures share. */
#include "io/figure_ink.h"

#include <math.h>

cairo_status_t ot_ink_append(void *closure, const unsigned char *bytes, unsigned length)
{
    struct ot_buffer *buffer = (struct ot_buffer *)closure;
    ot_buffer_append(buffer, bytes, length);
    return buffer->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

enum ot_rc ot_ink_check(cairo_status_t status, const struct ot_buffer *buffer, struct ot_err *err)
{
    if (status == CAIRO_STATUS_NO_MEMORY || buffer->failed) {
        return ot_fail(err, OT_ERR_NOMEM, "a figure does not fit into memory");
    }
    if (status != CAIRO_STATUS_SUCCESS) {
        return ot_fail(err, OT_ERR_EXTERNAL, "cairo cannot draw a figure: %s",
                       cairo_status_to_string(status));
    }
    return OT_OK;
}

void ot_ink_color(cairo_t *ink, struct ot_rgb color, double alpha)
{
    cairo_set_source_rgba(ink, color.r, color.g, color.b, alpha);
}

static double text_start(cairo_t *ink, double x, double align, const char *text)
{
    cairo_text_extents_t size;
    cairo_text_extents(ink, text, &size);
    return x - align * size.x_advance;
}

void ot_ink_text(cairo_t *ink, double x, double y, double align, const char *text)
{
    cairo_move_to(ink, text_start(ink, x, align, text), y);
    cairo_show_text(ink, text);
}

void ot_ink_halo_text(cairo_t *ink, double x, double y, double align, const char *text)
{
    cairo_save(ink);
    cairo_new_path(ink);
    cairo_move_to(ink, text_start(ink, x, align, text), y);
    cairo_text_path(ink, text);
    cairo_set_line_width(ink, 3.0);
    cairo_set_line_join(ink, CAIRO_LINE_JOIN_ROUND);
    cairo_set_source_rgba(ink, 0.0, 0.0, 0.0, 0.75);
    cairo_stroke_preserve(ink);
    cairo_set_source_rgb(ink, 1.0, 1.0, 1.0);
    cairo_fill(ink);
    cairo_restore(ink);
}

struct ot_rgb ot_ink_dose_color(double part)
{
    /* Luminance rises all the way, so that the wash also reads in gray print. */
    static const struct ot_rgb stops[] = {
        {0.09, 0.05, 0.33}, {0.25, 0.10, 0.62}, {0.55, 0.12, 0.60}, {0.82, 0.20, 0.42},
        {0.95, 0.38, 0.22}, {0.99, 0.62, 0.13}, {0.99, 0.83, 0.22}, {1.00, 0.98, 0.62}};
    enum { LAST = (int)(sizeof stops / sizeof *stops) - 1 };
    const double at = fmin(fmax(part, 0.0), 1.0) * LAST;
    const int n = at >= LAST ? LAST - 1 : (int)at;
    const double t = at - n;
    const struct ot_rgb *a = &stops[n];
    const struct ot_rgb *b = &stops[n + 1];
    return (struct ot_rgb){a->r + t * (b->r - a->r), a->g + t * (b->g - a->g),
                           a->b + t * (b->b - a->b)};
}

/* fontconfig keeps the patterns that cairo's text asks for until the process ends, and leak
 * checkers of the sanitizer builds take them for lost. The runtime looks for this name. */
#if defined(__SANITIZE_ADDRESS__)
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}
/* Standard error is for our own messages only. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
__attribute__((visibility("default"))) const char *__lsan_default_options(void);
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
#endif
