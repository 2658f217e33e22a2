/* io/figure_slice.c - one fused slice: gray anatomy, dose wash, isodose lines, VOI outlines. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "io/figure.h"
#include "io/figure_ink.h"

/* A picture being drawn: where voxels are on the canvas. */
struct canvas {
    const struct ot_scene *scene;
    struct ot_view view;
    size_t w;
    size_t low[3], high[3]; /* voxels of the view that are shown, inclusive */
    double px_per_mm;
    int width, height;
    cairo_surface_t *surface;
    cairo_t *ink;
};

/* Centre of voxel u (axis 0) or v (axis 1) on the canvas. */
static double to_px(const struct canvas *canvas, int axis, double at)
{
    return (at - (double)canvas->low[axis] + 0.5) * canvas->view.spacing_mm[axis] *
           canvas->px_per_mm;
}

static double from_px(const struct canvas *canvas, int axis, double px)
{
    return px / (canvas->view.spacing_mm[axis] * canvas->px_per_mm) - 0.5 +
           (double)canvas->low[axis];
}

static double sample(const float *values, const struct ot_view *view, double u, double v)
{
    const double at_u = fmin(fmax(u, 0.0), (double)(view->n[0] - 1));
    const double at_v = fmin(fmax(v, 0.0), (double)(view->n[1] - 1));
    const size_t u0 = (size_t)at_u;
    const size_t v0 = (size_t)at_v;
    const size_t u1 = u0 + 1 < view->n[0] ? u0 + 1 : u0;
    const size_t v1 = v0 + 1 < view->n[1] ? v0 + 1 : v0;
    const double a = at_u - (double)u0;
    const double b = at_v - (double)v0;
    const float *top = values + view->n[0] * v0;
    const float *bottom = values + view->n[0] * v1;
    return (1.0 - b) * ((1.0 - a) * (double)top[u0] + a * (double)top[u1]) +
           b * ((1.0 - a) * (double)bottom[u0] + a * (double)bottom[u1]);
}

static uint32_t pixel(const struct ot_scene *scene, double dose_gy, double gray)
{
    static const double full = 0.72; /* opacity of a high dose; anatomy still shows */
    const double part = dose_gy / scene->window_gy;
    const double ramp = fmin(fmax((part - 0.03) / 0.25, 0.0), 1.0);
    const double alpha = full * ramp;
    const struct ot_rgb wash = ot_ink_dose_color(part);
    const double mixed[3] = {gray + alpha * (wash.r - gray), gray + alpha * (wash.g - gray),
                             gray + alpha * (wash.b - gray)};
    uint32_t packed = 0xFF;
    for (int n = 0; n < 3; n++) {
        packed = packed << 8 | (uint32_t)lround(255.0 * fmin(fmax(mixed[n], 0.0), 1.0));
    }
    return packed;
}

static enum ot_rc paint(struct canvas *canvas, const float *dose, struct ot_err *err)
{
    const struct ot_scene *scene = canvas->scene;
    float *gray = NULL;
    if (scene->background != NULL) {
        const enum ot_rc rc =
            ot_view_slice(&canvas->view, scene->background, canvas->w, &gray, err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    cairo_surface_flush(canvas->surface);
    unsigned char *bytes = cairo_image_surface_get_data(canvas->surface);
    const int stride = cairo_image_surface_get_stride(canvas->surface);
#pragma omp parallel for schedule(static)
    for (int y = 0; y < canvas->height; y++) {
        for (int x = 0; x < canvas->width; x++) {
            const double u = from_px(canvas, 0, x + 0.5);
            const double v = from_px(canvas, 1, y + 0.5);
            double tone = 0.05;
            if (gray != NULL) {
                tone = (sample(gray, &canvas->view, u, v) - scene->gray_low) /
                       (scene->gray_high - scene->gray_low);
                tone = fmin(fmax(tone, 0.0), 1.0);
            }
            const uint32_t value = pixel(scene, sample(dose, &canvas->view, u, v), tone);
            memcpy(bytes + (ptrdiff_t)y * stride + (ptrdiff_t)x * 4, &value, sizeof value);
        }
    }
    cairo_surface_mark_dirty(canvas->surface);
    ot_free(gray);
    return OT_OK;
}

static void add_path(const struct canvas *canvas, const struct ot_isoline *line)
{
    cairo_new_path(canvas->ink);
    for (size_t n = 0; n < line->count; n++) {
        const double *s = line->segments + 4 * n;
        cairo_move_to(canvas->ink, to_px(canvas, 0, s[0]), to_px(canvas, 1, s[1]));
        cairo_line_to(canvas->ink, to_px(canvas, 0, s[2]), to_px(canvas, 1, s[3]));
    }
}

static void stroke(const struct canvas *canvas, const struct ot_isoline *line, struct ot_rgb color,
                   double width_px)
{
    cairo_set_line_cap(canvas->ink, CAIRO_LINE_CAP_ROUND);
    add_path(canvas, line);
    cairo_set_line_width(canvas->ink, width_px + 1.6);
    cairo_set_source_rgba(canvas->ink, 0.0, 0.0, 0.0, 0.55);
    cairo_stroke_preserve(canvas->ink);
    cairo_set_line_width(canvas->ink, width_px);
    ot_ink_color(canvas->ink, color, 1.0);
    cairo_stroke(canvas->ink);
}

/* Pictures are shown at about half their pixels and smaller ones larger than that. */
static double text_px(const struct canvas *canvas)
{
    return fmax(14.0, canvas->width / 32.0);
}

/* Where labels stand already. */
struct labels {
    double x[OT_FIGURE_MAX_LEVELS], y[OT_FIGURE_MAX_LEVELS];
    size_t count;
};

static bool is_free(const struct canvas *canvas, const struct labels *labels, double x, double y)
{
    const double rim = 1.5 * text_px(canvas);
    if (!(x > rim && x < canvas->width - rim && y > rim && y < canvas->height - rim)) {
        return false;
    }
    for (size_t n = 0; n < labels->count; n++) {
        if (fabs(x - labels->x[n]) < 2.4 * text_px(canvas) &&
            fabs(y - labels->y[n]) < 1.2 * text_px(canvas)) {
            return false;
        }
    }
    return true;
}

/* Each level is labelled at another angle about its line's middle, and apart from the labels
 * before it, so that those of nested lines do not stand on each other. */
static void label_level(const struct canvas *canvas, const struct ot_isoline *line, size_t n,
                        struct labels *labels)
{
    static const double turn_rad = 0.95;
    const double ahead[2] = {cos(-0.4 + turn_rad * (double)n), sin(-0.4 + turn_rad * (double)n)};
    double best = -HUGE_VAL;
    double at[2] = {0.0, 0.0};
    for (size_t m = 0; m < line->count; m++) {
        const double *s = line->segments + 4 * m;
        const double x = to_px(canvas, 0, s[0]);
        const double y = to_px(canvas, 1, s[1]);
        if (x * ahead[0] + y * ahead[1] > best && is_free(canvas, labels, x, y)) {
            best = x * ahead[0] + y * ahead[1];
            at[0] = x;
            at[1] = y;
        }
    }
    if (best > -HUGE_VAL) {
        char text[32];
        (void)snprintf(text, sizeof text, "%g", canvas->scene->level_gy[n]);
        ot_ink_halo_text(canvas->ink, at[0], at[1] + 0.35 * text_px(canvas), 0.5, text);
        labels->x[labels->count] = at[0];
        labels->y[labels->count] = at[1];
        labels->count++;
    }
}

static enum ot_rc draw_outlines(const struct canvas *canvas, struct ot_err *err)
{
    const struct ot_scene *scene = canvas->scene;
    for (size_t n = 0; n < scene->voi_count; n++) {
        if (!ot_figure_voi_outlined(&scene->vois[n])) {
            continue;
        }
        float *fraction = NULL;
        struct ot_isoline line = {0};
        enum ot_rc rc =
            ot_view_slice(&canvas->view, scene->vois[n].fraction, canvas->w, &fraction, err);
        if (rc == OT_OK) {
            rc = ot_isoline_trace(fraction, canvas->view.n[0], canvas->view.n[1], 0.5, &line, err);
        }
        if (rc == OT_OK) {
            stroke(canvas, &line, ot_figure_voi_color(scene->vois, n), 2.2);
        }
        ot_isoline_release(&line);
        ot_free(fraction);
        if (rc != OT_OK) {
            return rc;
        }
    }
    return OT_OK;
}

static enum ot_rc draw_levels(const struct canvas *canvas, const float *dose, struct ot_err *err)
{
    static const struct ot_rgb white = {1.0, 1.0, 1.0};
    struct ot_isoline lines[OT_FIGURE_MAX_LEVELS] = {{0}};
    struct labels labels = {.count = 0};
    enum ot_rc rc = OT_OK;
    for (size_t n = 0; n < canvas->scene->level_count && rc == OT_OK; n++) {
        rc = ot_isoline_trace(dose, canvas->view.n[0], canvas->view.n[1],
                              canvas->scene->level_gy[n], &lines[n], err);
        if (rc == OT_OK) {
            stroke(canvas, &lines[n], white, 1.0);
        }
    }
    cairo_set_font_size(canvas->ink, text_px(canvas));
    for (size_t n = 0; n < canvas->scene->level_count && rc == OT_OK; n++) {
        label_level(canvas, &lines[n], n, &labels);
    }
    for (size_t n = 0; n < OT_FIGURE_MAX_LEVELS; n++) {
        ot_isoline_release(&lines[n]);
    }
    return rc;
}

static void draw_letters(const struct canvas *canvas)
{
    cairo_t *ink = canvas->ink;
    const double w = canvas->width;
    const double h = canvas->height;
    cairo_select_font_face(ink, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
    const double size = 1.25 * text_px(canvas);
    cairo_set_font_size(ink, size);
    ot_ink_halo_text(ink, 7.0, h / 2.0 + 0.35 * size, 0.0, canvas->view.letter[0]);
    ot_ink_halo_text(ink, w - 7.0, h / 2.0 + 0.35 * size, 1.0, canvas->view.letter[1]);
    ot_ink_halo_text(ink, w / 2.0, size + 2.0, 0.5, canvas->view.letter[2]);
    ot_ink_halo_text(ink, w / 2.0, h - 8.0, 0.5, canvas->view.letter[3]);
    /* The scale bar: 5 cm, or 1 cm where the picture is small. */
    const double bar_mm = 50.0 * canvas->px_per_mm < 0.45 * w ? 50.0 : 10.0;
    const double length = bar_mm * canvas->px_per_mm;
    cairo_set_line_cap(ink, CAIRO_LINE_CAP_BUTT);
    cairo_set_source_rgba(ink, 0.0, 0.0, 0.0, 0.6);
    cairo_rectangle(ink, 11.0, h - 15.0, length + 2.0, 5.0);
    cairo_fill(ink);
    cairo_set_source_rgb(ink, 1.0, 1.0, 1.0);
    cairo_rectangle(ink, 12.0, h - 14.0, length, 3.0);
    cairo_fill(ink);
    cairo_select_font_face(ink, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(ink, text_px(canvas));
    ot_ink_halo_text(ink, 12.0, h - 21.0, 0.0, bar_mm > 20.0 ? "5 cm" : "1 cm");
}

static void lay_out(struct canvas *canvas, size_t width_px)
{
    size_t a[3];
    size_t b[3];
    ot_view_locate(&canvas->view, canvas->scene->first, a);
    ot_view_locate(&canvas->view, canvas->scene->last, b);
    double size_mm[2];
    for (int n = 0; n < 3; n++) {
        canvas->low[n] = a[n] < b[n] ? a[n] : b[n];
        canvas->high[n] = a[n] < b[n] ? b[n] : a[n];
        if (n < 2) {
            size_mm[n] =
                (double)(canvas->high[n] - canvas->low[n] + 1) * canvas->view.spacing_mm[n];
        }
    }
    canvas->width = (int)width_px;
    canvas->px_per_mm = (double)width_px / size_mm[0];
    /* A column of voxels must not make a picture of a mile. */
    const double height = fmin(size_mm[1] * canvas->px_per_mm, 4.0 * (double)width_px);
    canvas->height = (int)fmax(round(height), 1.0);
}

static enum ot_rc draw_slice(struct canvas *canvas, struct ot_err *err)
{
    float *dose = NULL;
    enum ot_rc rc = ot_view_slice(&canvas->view, canvas->scene->dose, canvas->w, &dose, err);
    if (rc == OT_OK) {
        rc = paint(canvas, dose, err);
    }
    if (rc == OT_OK) {
        rc = draw_levels(canvas, dose, err);
    }
    if (rc == OT_OK) {
        rc = draw_outlines(canvas, err);
    }
    if (rc == OT_OK) {
        draw_letters(canvas);
    }
    ot_free(dose);
    return rc;
}

enum ot_rc ot_scene_draw(const struct ot_scene *scene, enum ot_plane plane, size_t w,
                         size_t width_px, struct ot_buffer *png, struct ot_err *err)
{
    struct canvas canvas = {.scene = scene, .view = ot_view_of(&scene->dose->grid, plane), .w = w};
    lay_out(&canvas, width_px);
    canvas.surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, canvas.width, canvas.height);
    canvas.ink = cairo_create(canvas.surface);
    enum ot_rc rc = ot_ink_check(cairo_status(canvas.ink), png, err);
    if (rc == OT_OK) {
        rc = draw_slice(&canvas, err);
    }
    if (rc == OT_OK) {
        rc = ot_ink_check(cairo_status(canvas.ink), png, err);
    }
    if (rc == OT_OK) {
        rc = ot_ink_check(cairo_surface_write_to_png_stream(canvas.surface, ot_ink_append, png),
                          png, err);
    }
    cairo_destroy(canvas.ink);
    cairo_surface_destroy(canvas.surface);
    return rc;
}
