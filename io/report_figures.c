/* io/report_figures.c - fused slices and DVH as figures of the page. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/figure.h"
#include "io/report_page.h"

enum { PLANE_PX = 640, MOSAIC_PX = 320, MOSAIC_COUNT = 12, MARKS = 8 };

/* Appends <img> with the bytes of a finished picture; `alt` is our own text. */
static void put_image(struct ot_buffer *html, const struct ot_buffer *image, const char *type,
                      const char *alt)
{
    ot_buffer_printf(html, "<img alt=\"%s\" src=\"data:image/%s;base64,", alt, type);
    ot_page_base64(html, image->data, image->size);
    ot_buffer_text(html, "\">");
}

/* Distance of slice w from the first slice of the view, as a caption. */
static double slice_mm(const struct ot_scene *scene, enum ot_plane plane, size_t w, size_t axis)
{
    const struct ot_grid *grid = &scene->dose->grid;
    const struct ot_view view = ot_view_of(grid, plane);
    double index[3] = {(double)scene->centre[0], (double)scene->centre[1],
                       (double)scene->centre[2]};
    index[view.axis[2]] = (double)(view.flip[2] ? view.n[2] - 1 - w : w);
    double point_mm[3];
    ot_grid_to_point(grid, index, point_mm);
    return point_mm[axis];
}

/* A slice to be drawn; pictures of one report are drawn side by side and put one after the other.
 */
struct picture {
    enum ot_plane plane;
    size_t w, width_px;
    struct ot_buffer png;
    struct ot_err err;
};

static enum ot_rc draw_pictures(const struct ot_scene *scene, struct picture *picture, size_t count,
                                struct ot_err *err)
{
#pragma omp parallel for schedule(dynamic)
    for (size_t n = 0; n < count; n++) {
        struct picture *p = &picture[n];
        p->err.code = ot_scene_draw(scene, p->plane, p->w, p->width_px, &p->png, &p->err);
    }
    for (size_t n = 0; n < count; n++) {
        if (picture[n].err.code != OT_OK) {
            if (err != NULL) {
                *err = picture[n].err;
            }
            return picture[n].err.code;
        }
    }
    return OT_OK;
}

static void put_slice(struct ot_page *page, const struct ot_scene *scene,
                      const struct picture *picture)
{
    static const struct {
        size_t axis;
        const char *name;
    } through[OT_PLANE_COUNT] = {{2, "S"}, {1, "P"}, {0, "L"}};
    const enum ot_plane plane = picture->plane;
    const double at_mm = slice_mm(scene, plane, picture->w, through[plane].axis);
    char alt[160];
    (void)snprintf(alt, sizeof alt,
                   "%s slice at %s %+.0f mm: dose in color over gray anatomy, isodose lines "
                   "and outlines of the VOIs",
                   ot_plane_name(plane), through[plane].name, at_mm);
    ot_buffer_text(page->html, "<figure>");
    put_image(page->html, &picture->png, "png", alt);
    ot_buffer_printf(page->html, "<figcaption>%s, %s %+.0f mm</figcaption></figure>\n",
                     ot_plane_name(plane), through[plane].name, at_mm);
}

static void put_legend(struct ot_page *page, const struct ot_scene *scene)
{
    struct ot_buffer *html = page->html;
    ot_buffer_text(html, "<ul class=\"legend\">");
    for (size_t n = 0; n < scene->voi_count; n++) {
        if (ot_figure_voi_outlined(&scene->vois[n])) {
            const struct ot_rgb color = ot_figure_voi_color(scene->vois, n);
            ot_buffer_printf(html, "<li><i style=\"background:rgb(%.0f,%.0f,%.0f)\"></i>",
                             255.0 * color.r, 255.0 * color.g, 255.0 * color.b);
            ot_buffer_html(html, scene->vois[n].name);
            ot_buffer_text(html, "</li>");
        }
    }
    ot_buffer_text(html, "<li><i class=\"isodose\"></i>isodose lines at ");
    for (size_t n = 0; n < scene->level_count; n++) {
        ot_buffer_printf(html, "%s%g", n != 0 ? ", " : "", scene->level_gy[n]);
    }
    ot_buffer_text(html, " Gy</li></ul>");
}

static enum ot_rc put_scale(struct ot_page *page, const struct ot_scene *scene, struct ot_err *err)
{
    struct ot_buffer png = {0};
    const enum ot_rc rc = ot_scene_draw_scale(scene, &png, err);
    if (rc == OT_OK) {
        char text[OT_NUMBER_SIZE];
        char alt[96];
        ot_number_format(scene->window_gy, OT_DIGITS_TABLE, text);
        (void)snprintf(alt, sizeof alt, "Color scale of the dose from 0 to %s Gy", text);
        ot_buffer_text(page->html, "<figure class=\"scale\">");
        put_image(page->html, &png, "png", alt);
        ot_buffer_printf(page->html, "<figcaption>Dose in Gy. The scale ends at the highest "
                                     "D<sub>2</sub> of the VOIs; higher doses have its last color."
                                     "</figcaption></figure>\n");
    }
    ot_buffer_release(&png);
    return rc;
}

/* Axial slices from one end of the liver to the other; returns how many. */
static size_t choose_mosaic(const struct ot_scene *scene, struct picture picture[MOSAIC_COUNT])
{
    const struct ot_view view = ot_view_of(&scene->dose->grid, OT_AXIAL);
    size_t a[3];
    size_t b[3];
    ot_view_locate(&view, scene->low, a);
    ot_view_locate(&view, scene->high, b);
    const size_t low = a[2] < b[2] ? a[2] : b[2];
    const size_t high = a[2] < b[2] ? b[2] : a[2];
    const size_t all = high - low + 1;
    const size_t count = all < MOSAIC_COUNT ? all : MOSAIC_COUNT;
    for (size_t n = 0; n < count; n++) {
        const size_t w = low + (size_t)(((double)n + 0.5) * (double)all / (double)count);
        picture[n] = (struct picture){.plane = OT_AXIAL, .w = w, .width_px = MOSAIC_PX};
    }
    return count;
}

static void choose_planes(const struct ot_scene *scene, struct picture picture[OT_PLANE_COUNT])
{
    for (int n = 0; n < OT_PLANE_COUNT; n++) {
        const struct ot_view view = ot_view_of(&scene->dose->grid, (enum ot_plane)n);
        size_t at[3];
        ot_view_locate(&view, scene->centre, at);
        picture[n] = (struct picture){.plane = (enum ot_plane)n, .w = at[2], .width_px = PLANE_PX};
    }
}

static enum ot_rc put_pictures(struct ot_page *page, const struct ot_scene *scene,
                               struct ot_err *err)
{
    struct picture picture[OT_PLANE_COUNT + MOSAIC_COUNT];
    choose_planes(scene, picture);
    const size_t count = OT_PLANE_COUNT + choose_mosaic(scene, picture + OT_PLANE_COUNT);
    enum ot_rc rc = draw_pictures(scene, picture, count, err);
    ot_buffer_text(page->html, "<div class=\"planes\">");
    for (size_t n = 0; rc == OT_OK && n < OT_PLANE_COUNT; n++) {
        put_slice(page, scene, &picture[n]);
    }
    ot_buffer_text(page->html, "</div>");
    put_legend(page, scene);
    if (rc == OT_OK) {
        rc = put_scale(page, scene, err);
    }
    ot_buffer_text(page->html, "<h3>Axial slices from below upwards</h3><div class=\"mosaic\">");
    for (size_t n = OT_PLANE_COUNT; rc == OT_OK && n < count; n++) {
        put_slice(page, scene, &picture[n]);
    }
    ot_buffer_text(page->html, "</div>");
    for (size_t n = 0; n < count; n++) {
        ot_buffer_release(&picture[n].png);
    }
    return rc;
}

static enum ot_rc put_slices(struct ot_page *page, const struct ot_scene *scene, struct ot_err *err)
{
    ot_page_section(page, "slices", "Where the dose is");
    ot_buffer_text(page->html, scene->centre_is_tumor
                                   ? "<p>Planes through the centroid of the largest tumor. "
                                   : "<p>Planes through the voxel with the highest dose. ");
    ot_buffer_text(page->html, "Radiological convention: the patient's right is on the left of "
                               "axial and coronal pictures. ");
    if (scene->background == NULL) {
        ot_buffer_text(page->html, "No anatomy was kept for the background. ");
    } else if (scene->background->unit == OT_UNIT_HU) {
        ot_buffer_text(page->html, "Background: CT on the dose grid, -160 to 240 HU. ");
    } else {
        ot_buffer_text(page->html, "Background: the activity image. ");
    }
    if (ot_view_of(&scene->dose->grid, OT_AXIAL).oblique) {
        ot_buffer_text(page->html, "<b>The grid is oblique to the patient: planes follow the "
                                   "grid's own axes, letters name the nearest direction, and "
                                   "positions are those of the plane's centre.</b>");
    }
    ot_buffer_text(page->html, "</p>");
    const enum ot_rc rc = put_pictures(page, scene, err);
    ot_page_section_end(page);
    return rc;
}

/* The limit of a check in Gy; false when it has none, or is not about a dose. */
static bool limit_gy(const json_t *check, double *gy)
{
    const char *verdict = ot_page_text(check, "verdict", "");
    const bool judged = strcmp(verdict, "pass") == 0 || strcmp(verdict, "fail") == 0 ||
                        strcmp(verdict, "caution") == 0;
    if (!judged || strcmp(ot_page_text(check, "unit", ""), "Gy") != 0) {
        return false;
    }
    const char *text = ot_page_text(check, "limit", NULL);
    return ot_page_number(check, "limit", gy) || (text != NULL && ot_text_to_double(text, gy));
}

/* The same line is drawn once, though several rows may name it. */
static bool marked(const struct ot_dvh_mark *marks, size_t count, const struct ot_dvh_mark *mark)
{
    for (size_t n = 0; n < count; n++) {
        const char *a = strchr(marks[n].label, ' ');
        const char *b = strchr(mark->label, ' ');
        if (a != NULL && b != NULL && strcmp(a, b) == 0) {
            return true;
        }
    }
    return false;
}

static const char *sign_of(const char *comparator)
{
    if (strcmp(comparator, ">=") == 0) {
        return "\xE2\x89\xA5";
    }
    return strcmp(comparator, "<=") == 0 ? "\xE2\x89\xA4" : comparator;
}

static size_t collect_marks(const struct ot_page *page, struct ot_dvh_mark *marks)
{
    static const struct ot_rgb colors[] = {
        {0.70, 0.11, 0.11}, {0.62, 0.40, 0.02}, {0.10, 0.42, 0.22}};
    size_t count = 0;
    size_t n;
    json_t *check;
    json_array_foreach(ot_page_find(page->result, "checks"), n, check)
    {
        struct ot_dvh_mark mark = {.dose_gy = 0.0};
        if (count == MARKS || !limit_gy(check, &mark.dose_gy)) {
            continue;
        }
        const char *verdict = ot_page_text(check, "verdict", "");
        mark.color = colors[verdict[0] == 'f' ? 0 : verdict[0] == 'c' ? 1 : 2];
        (void)snprintf(mark.label, sizeof mark.label, "%.8s %.24s %s %g",
                       ot_page_text(check, "id", ""), ot_page_text(check, "voi", ""),
                       sign_of(ot_page_text(check, "comparator", "")), mark.dose_gy);
        if (!marked(marks, count, &mark)) {
            marks[count++] = mark;
        }
    }
    return count;
}

static enum ot_rc put_dvh(struct ot_page *page, const struct ot_scene *scene, struct ot_err *err)
{
    struct ot_dvh_mark marks[MARKS];
    const size_t count = collect_marks(page, marks);
    struct ot_buffer svg = {0};
    const enum ot_rc rc = ot_figure_dvh(scene, marks, count, &svg, err);
    if (rc == OT_OK) {
        ot_page_section(page, "dvh", "Dose-volume histograms");
        ot_buffer_text(page->html, "<figure class=\"plot\">");
        put_image(page->html, &svg, "svg+xml",
                  "Cumulative dose-volume histograms of all VOIs; the same numbers stand in "
                  "dvh.csv and in the table of doses");
        ot_buffer_text(page->html,
                       "<figcaption>Cumulative. Dashed: derived VOIs. Vertical lines: limits on "
                       "mean doses of the criteria that were judged, with their id; red fail, "
                       "amber caution, green pass.</figcaption></figure>");
        ot_page_section_end(page);
    }
    ot_buffer_release(&svg);
    return rc;
}

enum ot_rc ot_report_figures(struct ot_page *page, struct ot_err *err)
{
    const struct ot_report_input *input = page->input;
    struct ot_scene scene;
    if (input->dose == NULL) {
        return OT_OK;
    }
    enum ot_rc rc = ot_scene_prepare(input->dose, input->background, input->vois, input->voi_count,
                                     &scene, err);
    if (rc == OT_OK) {
        rc = put_slices(page, &scene, err);
    }
    if (rc == OT_OK && input->voi_count != 0) {
        rc = put_dvh(page, &scene, err);
    }
    return rc;
}
