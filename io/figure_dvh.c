/* io/figure_dvh.c - the DVH plot and the color scale. */
#include <math.h>
#include <stdio.h>

#include <cairo-svg.h>

#include "core/dvh.h"
#include "io/figure.h"
#include "io/figure_ink.h"

static const struct ot_rgb BLACK = {0.13, 0.15, 0.18};
static const struct ot_rgb GRID = {0.87, 0.88, 0.90};

/* The plot: where its frame is, in points, and what its axis spans. */
struct plot {
    cairo_t *ink;
    double left, top, width, height;
    double span_gy, step_gy;
};

/* A step of 1, 2 or 5 times a power of ten that cuts `span` into 5 to 10 parts or so. */
static double nice_step(double span)
{
    const double power = pow(10.0, floor(log10(span / 5.0)));
    const double part = span / 5.0 / power;
    return power * (part >= 5.0 ? 5.0 : part >= 2.0 ? 2.0 : 1.0);
}

static double to_x(const struct plot *plot, double dose_gy)
{
    return plot->left + plot->width * dose_gy / plot->span_gy;
}

static double to_y(const struct plot *plot, double percent)
{
    return plot->top + plot->height * (1.0 - percent / 100.0);
}

static void line(const struct plot *plot, double x0, double y0, double x1, double y1)
{
    cairo_move_to(plot->ink, x0, y0);
    cairo_line_to(plot->ink, x1, y1);
    cairo_stroke(plot->ink);
}

static void draw_axes(const struct plot *plot)
{
    char text[32];
    const double right = plot->left + plot->width;
    const double bottom = plot->top + plot->height;
    cairo_set_line_width(plot->ink, 0.8);
    cairo_set_font_size(plot->ink, 12.0);
    for (int percent = 0; percent <= 100; percent += 10) {
        const double y = to_y(plot, percent);
        ot_ink_color(plot->ink, GRID, 1.0);
        line(plot, plot->left, y, right, y);
        if (percent % 20 == 0) {
            (void)snprintf(text, sizeof text, "%d", percent);
            ot_ink_color(plot->ink, BLACK, 1.0);
            ot_ink_text(plot->ink, plot->left - 8.0, y + 4.0, 1.0, text);
        }
    }
    const long steps = lround(plot->span_gy / plot->step_gy);
    for (long n = 0; n <= steps; n++) {
        const double gy = (double)n * plot->step_gy;
        const double x = to_x(plot, gy);
        ot_ink_color(plot->ink, GRID, 1.0);
        line(plot, x, plot->top, x, bottom);
        (void)snprintf(text, sizeof text, "%g", gy);
        ot_ink_color(plot->ink, BLACK, 1.0);
        ot_ink_text(plot->ink, x, bottom + 17.0, 0.5, text);
    }
    ot_ink_text(plot->ink, plot->left + plot->width / 2.0, bottom + 36.0, 0.5, "Dose (Gy)");
    cairo_save(plot->ink);
    cairo_translate(plot->ink, plot->left - 42.0, plot->top + plot->height / 2.0);
    cairo_rotate(plot->ink, -1.5707963267948966);
    ot_ink_text(plot->ink, 0.0, 0.0, 0.5, "Volume that gets at least this dose (%)");
    cairo_restore(plot->ink);
    cairo_set_line_width(plot->ink, 1.0);
    ot_ink_color(plot->ink, BLACK, 1.0);
    line(plot, plot->left, bottom, right, bottom);
    line(plot, plot->left, plot->top, plot->left, bottom);
}

static void draw_curve(const struct plot *plot, const struct ot_dvh *dvh)
{
    enum { POINTS = 480 };
    for (int n = 0; n <= POINTS; n++) {
        const double gy = plot->span_gy * n / POINTS;
        cairo_line_to(plot->ink, to_x(plot, gy), to_y(plot, ot_dvh_percent_at_dose(dvh, gy)));
    }
    cairo_stroke(plot->ink);
}

/* Derived VOIs are dashed and unions thick, so that the curves differ without color too. */
static void choose_pen(cairo_t *ink, const struct ot_voi *voi, struct ot_rgb color)
{
    static const double long_dash[] = {7.0, 4.0};
    static const double dots[] = {2.0, 3.0};
    cairo_set_dash(ink, NULL, 0, 0.0);
    if (voi->role >= OT_ROLE_NORMAL_PERFUSED) {
        cairo_set_dash(ink, long_dash, 2, 0.0);
    } else if (voi->role == OT_ROLE_BODY || voi->role == OT_ROLE_LUNGS) {
        cairo_set_dash(ink, dots, 2, 0.0);
    }
    cairo_set_line_width(ink, voi->is_union ? 2.8 : 1.8);
    ot_ink_color(ink, color, 1.0);
}

static enum ot_rc draw_curves(const struct plot *plot, const struct ot_scene *scene,
                              struct ot_err *err)
{
    const double legend_x = plot->left + plot->width + 24.0;
    double legend_y = plot->top + 8.0;
    for (size_t n = 0; n < scene->voi_count; n++) {
        const struct ot_voi *voi = &scene->vois[n];
        struct ot_dvh *dvh = NULL;
        const enum ot_rc rc = ot_dvh_create(scene->dose, voi->fraction, &dvh, NULL);
        if (rc == OT_ERR_NOMEM) {
            return ot_fail(err, OT_ERR_NOMEM, "a DVH does not fit into memory");
        }
        if (rc != OT_OK) { /* an empty VOI has no curve; the tables say so */
            continue;
        }
        cairo_save(plot->ink);
        choose_pen(plot->ink, voi, ot_figure_voi_color(scene->vois, n));
        line(plot, legend_x, legend_y - 4.0, legend_x + 30.0, legend_y - 4.0);
        cairo_rectangle(plot->ink, plot->left, plot->top - 2.0, plot->width, plot->height + 4.0);
        cairo_clip(plot->ink);
        draw_curve(plot, dvh);
        cairo_restore(plot->ink);
        ot_ink_color(plot->ink, BLACK, 1.0);
        ot_ink_text(plot->ink, legend_x + 38.0, legend_y, 0.0, voi->name);
        legend_y += 19.0;
        ot_dvh_destroy(dvh);
    }
    return OT_OK;
}

static void draw_marks(const struct plot *plot, const struct ot_dvh_mark *marks, size_t count)
{
    static const double dash[] = {3.0, 3.0};
    size_t shown = 0;
    for (size_t n = 0; n < count; n++) {
        if (!(marks[n].dose_gy > 0.0) || !(marks[n].dose_gy <= plot->span_gy)) {
            continue;
        }
        const double x = to_x(plot, marks[n].dose_gy);
        cairo_save(plot->ink);
        cairo_set_dash(plot->ink, dash, 2, 0.0);
        cairo_set_line_width(plot->ink, 1.2);
        ot_ink_color(plot->ink, marks[n].color, 1.0);
        line(plot, x, plot->top, x, plot->top + plot->height);
        cairo_restore(plot->ink);
        cairo_save(plot->ink);
        cairo_set_font_size(plot->ink, 10.5);
        const double y = plot->top + 14.0 + 15.0 * (double)(shown % 6);
        cairo_text_extents_t size;
        cairo_text_extents(plot->ink, marks[n].label, &size);
        const bool leftwards = x + 8.0 + size.x_advance > plot->left + plot->width;
        const double at = leftwards ? x - 5.0 - size.x_advance : x + 5.0;
        cairo_set_source_rgba(plot->ink, 1.0, 1.0, 1.0, 0.85);
        cairo_rectangle(plot->ink, at - 2.0, y - 10.0, size.x_advance + 4.0, 13.0);
        cairo_fill(plot->ink);
        ot_ink_color(plot->ink, marks[n].color, 1.0);
        ot_ink_text(plot->ink, at, y, 0.0, marks[n].label);
        cairo_restore(plot->ink);
        shown++;
    }
}

enum ot_rc ot_figure_dvh(const struct ot_scene *scene, const struct ot_dvh_mark *marks,
                         size_t mark_count, struct ot_buffer *svg, struct ot_err *err)
{
    const double legend = 19.0 * (double)scene->voi_count + 40.0;
    const double height = fmax(420.0, legend);
    struct plot plot = {.left = 62.0, .top = 14.0, .width = 610.0, .height = height - 66.0};
    plot.step_gy = nice_step(1.08 * scene->window_gy);
    plot.span_gy = plot.step_gy * ceil(1.08 * scene->window_gy / plot.step_gy);
    cairo_surface_t *surface =
        cairo_svg_surface_create_for_stream(ot_ink_append, svg, 900.0, height);
    plot.ink = cairo_create(surface);
    cairo_select_font_face(plot.ink, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_source_rgb(plot.ink, 1.0, 1.0, 1.0);
    cairo_paint(plot.ink);
    draw_axes(&plot);
    enum ot_rc rc = draw_curves(&plot, scene, err);
    draw_marks(&plot, marks, mark_count);
    const cairo_status_t drawn = cairo_status(plot.ink);
    cairo_destroy(plot.ink);
    cairo_surface_finish(surface);
    const cairo_status_t written = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (rc == OT_OK) {
        rc = ot_ink_check(drawn != CAIRO_STATUS_SUCCESS ? drawn : written, svg, err);
    }
    return rc;
}

enum ot_rc ot_scene_draw_scale(const struct ot_scene *scene, struct ot_buffer *png,
                               struct ot_err *err)
{
    enum { WIDTH = 640, HEIGHT = 74, BAR = 560, LEFT = 40, TOP = 8, THICK = 24 };
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
    cairo_t *ink = cairo_create(surface);
    cairo_set_source_rgb(ink, 1.0, 1.0, 1.0);
    cairo_paint(ink);
    for (int x = 0; x < BAR; x++) {
        ot_ink_color(ink, ot_ink_dose_color((x + 0.5) / BAR), 1.0);
        cairo_rectangle(ink, LEFT + x, TOP, 1.0, THICK);
        cairo_fill(ink);
    }
    cairo_select_font_face(ink, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(ink, 20.0);
    ot_ink_color(ink, BLACK, 1.0);
    const double step_gy = nice_step(scene->window_gy);
    const long steps = (long)floor(scene->window_gy / step_gy + 1e-9);
    for (long n = 0; n <= steps; n++) {
        const double gy = (double)n * step_gy;
        const double x = LEFT + BAR * gy / scene->window_gy;
        char text[32];
        cairo_rectangle(ink, x - 0.75, TOP + THICK, 1.5, 6.0);
        cairo_fill(ink);
        (void)snprintf(text, sizeof text, gy > 0.0 ? "%g" : "%g Gy", gy);
        ot_ink_text(ink, x, TOP + THICK + 28.0, 0.5, text);
    }
    enum ot_rc rc = ot_ink_check(cairo_status(ink), png, err);
    if (rc == OT_OK) {
        rc = ot_ink_check(cairo_surface_write_to_png_stream(surface, ot_ink_append, png), png, err);
    }
    cairo_destroy(ink);
    cairo_surface_destroy(surface);
    return rc;
}
