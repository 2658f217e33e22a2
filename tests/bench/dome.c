/* tests/bench/dome.c - dose across liver and lung: the tables and the figure of docs/validation.md.
 *
 *     dome SLAB.csv OUT.svg
 *
 * SLAB.csv is the Monte Carlo data of a plane interface. Tables go to
 * standard output as Markdown, the figure is an SVG file of lines and error bars.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/volume.h"
#include "io/kernel_table.h"
#include "kernels/convolve.h"
#include "kernels/voxel_s.h"
#include "tests/support/slab.h"
#include "tests/support/sphere.h"

static const double VOXEL_MM = 2.0;

static void need(enum ot_rc rc, const struct ot_err *err)
{
    if (rc != OT_OK) {
        (void)fprintf(stderr, "dome: %s\n", err->text);
        exit(1);
    }
}

struct slabs {
    struct ot_slab truth[2]; /* source in liver, in lung */
    struct ot_slab of[OT_SLAB_METHODS][2];
};

static void load(const char *path, struct slabs *slabs)
{
    struct ot_err err = {0};
    for (int lung = 0; lung < 2; lung++) {
        need(ot_slab_monte_carlo(path, lung == 1, VOXEL_MM, &slabs->truth[lung], &err), &err);
        for (int m = 0; m < OT_SLAB_METHODS; m++) {
            need(ot_slab_dose((enum ot_slab_method)m, lung == 1, VOXEL_MM, &slabs->of[m][lung],
                              &err),
                 &err);
        }
    }
}

/* Mean dose of the layers between two depths. */
static double mean_gy(const struct ot_slab *slab, double lo_mm, double hi_mm)
{
    double sum = 0.0;
    double count = 0.0;
    for (size_t n = 0; n < slab->count; n++) {
        if (slab->edge_mm[n] >= lo_mm - 0.1 && slab->edge_mm[n + 1] <= hi_mm + 0.1) {
            sum += slab->dose_gy[n];
            count += 1.0;
        }
    }
    return sum / count;
}

static void print_methods(const struct slabs *slabs)
{
    (void)printf("| method | liver within 20 mm | lung within 36 mm | liver within 20 mm | lung "
                 "within 36 mm | worst |\n|---|---|---|---|---|---|\n");
    for (int m = 0; m < OT_SLAB_METHODS; m++) {
        double worst = 0.0;
        (void)printf("| %s ", ot_slab_method_name((enum ot_slab_method)m));
        for (int lung = 0; lung < 2; lung++) {
            for (int side = 0; side < 2; side++) {
                const double lo_mm = side == 0 ? -20.0 : 0.0;
                const double hi_mm = side == 0 ? 0.0 : 36.0;
                const double off = 100.0 * (mean_gy(&slabs->of[m][lung], lo_mm, hi_mm) /
                                                mean_gy(&slabs->truth[lung], lo_mm, hi_mm) -
                                            1.0);
                worst = fmax(worst, fabs(off));
                (void)printf("| %+.1f %% ", off);
            }
        }
        (void)printf("| %.1f %% |\n", worst);
    }
}

static void print_layers(const struct slabs *slabs, int lung, double lo_mm, double hi_mm)
{
    (void)printf("\n| depth, mm | Monte Carlo, Gy |");
    for (int m = 0; m < OT_SLAB_METHODS; m++) {
        (void)printf(" %s |", ot_slab_method_name((enum ot_slab_method)m));
    }
    (void)printf("\n|---|---|---|---|---|---|---|\n");
    const struct ot_slab *truth = &slabs->truth[lung];
    for (size_t n = 0; n < truth->count; n++) {
        if (truth->edge_mm[n] < lo_mm - 0.1 || truth->edge_mm[n + 1] > hi_mm + 0.1) {
            continue;
        }
        (void)printf("| %g to %g | %.2f ± %.2f |", truth->edge_mm[n], truth->edge_mm[n + 1],
                     truth->dose_gy[n], truth->sigma_gy[n]);
        for (int m = 0; m < OT_SLAB_METHODS; m++) {
            (void)printf(" %+.1f %% |",
                         100.0 * (slabs->of[m][lung].dose_gy[n] / truth->dose_gy[n] - 1.0));
        }
        (void)printf("\n");
    }
}

static void print_sphere(double voxel_mm)
{
    struct ot_err err = {0};
    struct ot_sphere truth;
    need(ot_sphere_truth(&truth, &err), &err);
    (void)printf("\nSphere of 50 mm, voxels of %g mm\n\n| shell, mm | truth, Gy |", voxel_mm);
    struct ot_sphere got[OT_SPHERE_METHODS];
    for (int m = 0; m < OT_SPHERE_METHODS; m++) {
        need(ot_sphere_dose((enum ot_sphere_method)m, voxel_mm, &got[m], &err), &err);
        (void)printf(" %s |", ot_sphere_method_name((enum ot_sphere_method)m));
    }
    (void)printf("\n|---|---|---|---|---|\n");
    for (size_t shell = 0; shell < OT_SPHERE_SHELLS; shell++) {
        (void)printf("| %g to %g | %.2f |", OT_SPHERE_SHELL_MM[shell][0],
                     OT_SPHERE_SHELL_MM[shell][1], truth.mean_gy[shell]);
        for (int m = 0; m < OT_SPHERE_METHODS; m++) {
            (void)printf(" %+.1f %% |",
                         100.0 * (got[m].mean_gy[shell] / truth.mean_gy[shell] - 1.0));
        }
        (void)printf("\n");
    }
}

/* The 30 mm tumor at five times its background, of uniform density: all kernel methods are one. */
static void print_tumor(void)
{
    struct ot_err err = {0};
    const double radius_mm = 15.0;
    const double monte_carlo = 0.89510; /* of the dose at the tumor's concentration; its file */
    const size_t side = 31;
    const size_t sub = 8;
    const struct ot_grid grid = {.n = {side, side, side},
                                 .spacing_mm = {VOXEL_MM, VOXEL_MM, VOXEL_MM},
                                 .dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    struct ot_volume *source = NULL;
    struct ot_volume *inside = NULL;
    need(ot_volume_create(&grid, OT_UNIT_BQ_PER_ML, &source, &err), &err);
    need(ot_volume_create(&grid, OT_UNIT_NONE, &inside, &err), &err);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        const size_t at[3] = {x % side, x / side % side, x / (side * side)};
        double held = 0.0;
        for (size_t n = 0; n < sub * sub * sub; n++) {
            const size_t part[3] = {n % sub, n / sub % sub, n / (sub * sub)};
            double r2 = 0.0;
            for (size_t axis = 0; axis < 3; axis++) {
                const double mm = VOXEL_MM * ((double)at[axis] - (double)(side / 2) +
                                              ((double)part[axis] + 0.5) / (double)sub - 0.5);
                r2 += mm * mm;
            }
            held += r2 < radius_mm * radius_mm ? 1.0 : 0.0;
        }
        inside->data[x] = (float)(held / (double)(sub * sub * sub));
        source->data[x] = 0.2F + 0.8F * inside->data[x];
    }
    struct ot_radial_kernel *radial = NULL;
    struct ot_voxel_s *kernel = NULL;
    struct ot_spread *spread = NULL;
    need(ot_kernel_table_load("Y-90", "liver", &radial, &err), &err);
    need(ot_voxel_s_create(radial, grid.spacing_mm, 1.05, 1.0, 2, &kernel, &err), &err);
    need(ot_convolve(source, kernel, OT_CONVOLUTION_DIRECT, 2, &spread, &err), &err);
    double by_kernel = 0.0;
    double by_local = 0.0;
    double volume = 0.0;
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        const size_t i = (size_t)((ptrdiff_t)(x % side) - spread->first[0]);
        const size_t j = (size_t)((ptrdiff_t)(x / side % side) - spread->first[1]);
        const size_t k = (size_t)((ptrdiff_t)(x / (side * side)) - spread->first[2]);
        const double f = (double)inside->data[x];
        by_kernel += f * (double)spread->value[i + spread->n[0] * (j + spread->n[1] * k)];
        by_local += f * (double)source->data[x];
        volume += f;
    }
    (void)printf("\ntumor of 30 mm, mean: Monte Carlo %.4f; kernel methods %.4f (%+.2f %%); local "
                 "%.4f (%+.2f %%)\n",
                 monte_carlo, by_kernel / volume, 100.0 * (by_kernel / volume / monte_carlo - 1.0),
                 by_local / volume, 100.0 * (by_local / volume / monte_carlo - 1.0));
    ot_spread_destroy(spread);
    ot_voxel_s_destroy(kernel);
    ot_radial_kernel_destroy(radial);
    ot_volume_destroy(source);
    ot_volume_destroy(inside);
}

/* The figure: depth from -12 to 28 mm, logarithmic dose. */
enum { WIDTH = 760, HEIGHT = 460, LEFT = 64, RIGHT = 20, TOP = 20, BOTTOM = 48 };
static const double LEFT_MM = -12.0;
static const double RIGHT_MM = 28.0;
static const double LOW_GY = 0.1;
static const double HIGH_GY = 100.0;

static double x_of(double mm)
{
    return LEFT + (mm - LEFT_MM) / (RIGHT_MM - LEFT_MM) * (WIDTH - LEFT - RIGHT);
}

static double y_of(double gy)
{
    const double part = log(fmax(gy, LOW_GY) / LOW_GY) / log(HIGH_GY / LOW_GY);
    return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM);
}

static void draw_axes(FILE *to)
{
    (void)fprintf(to,
                  "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#f7ead9\"/>\n"
                  "<text x=\"%.1f\" y=\"%d\">liver 1.05 g/cm³</text>\n"
                  "<text x=\"%.1f\" y=\"%d\">lung 0.26 g/cm³</text>\n",
                  x_of(LEFT_MM), TOP, x_of(0.0) - x_of(LEFT_MM), HEIGHT - TOP - BOTTOM, x_of(-11.5),
                  TOP + 18, x_of(0.5), TOP + 18);
    for (double mm = LEFT_MM + 2.0; mm <= RIGHT_MM; mm += 5.0) {
        (void)fprintf(to,
                      "<path d=\"M%.1f %d v5\" class=\"axis\"/><text x=\"%.1f\" y=\"%d\" "
                      "text-anchor=\"middle\">%g</text>\n",
                      x_of(mm), HEIGHT - BOTTOM, x_of(mm), HEIGHT - BOTTOM + 20, mm);
    }
    for (double gy = LOW_GY; gy <= HIGH_GY * 1.001; gy *= 10.0) {
        (void)fprintf(to,
                      "<path d=\"M%d %.1f H%d\" class=\"grid\"/><text x=\"%d\" y=\"%.1f\" "
                      "text-anchor=\"end\">%g</text>\n",
                      LEFT, y_of(gy), WIDTH - RIGHT, LEFT - 8, y_of(gy) + 4.0, gy);
    }
    (void)fprintf(to,
                  "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">depth from the interface, "
                  "mm</text>\n<text transform=\"translate(16 %d) rotate(-90)\" "
                  "text-anchor=\"middle\">dose, Gy (1 MBq/ml in the liver)</text>\n",
                  (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, (TOP + HEIGHT - BOTTOM) / 2);
}

/* A method as steps over its layers. */
static void draw_method(FILE *to, const struct ot_slab *slab, const char *color, const char *dash,
                        const char *name, int row)
{
    const double key_mm = 13.0;
    const double key_y = TOP + 24.0 + 20.0 * row;
    bool begun = false;
    (void)fprintf(to,
                  "<path fill=\"none\" stroke=\"%s\" stroke-width=\"2\" "
                  "stroke-dasharray=\"%s\" d=\"",
                  color, dash);
    for (size_t n = 0; n < slab->count; n++) {
        if (slab->edge_mm[n] >= LEFT_MM && slab->edge_mm[n + 1] <= RIGHT_MM) {
            (void)fprintf(to, "%s%.1f %.1f H%.1f ", begun ? "L" : "M", x_of(slab->edge_mm[n]),
                          y_of(slab->dose_gy[n]), x_of(slab->edge_mm[n + 1]));
            begun = true;
        }
    }
    (void)fprintf(to,
                  "\"/>\n<path stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\" d=\"M%.1f "
                  "%.1f h28\"/><text x=\"%.1f\" y=\"%.1f\">%s</text>\n",
                  color, dash, x_of(key_mm), key_y, x_of(key_mm) + 36.0, key_y + 4.0, name);
}

static void draw_truth(FILE *to, const struct ot_slab *slab, int row)
{
    const double key_y = TOP + 24.0 + 20.0 * row;
    for (size_t n = 0; n < slab->count; n++) {
        const double mm = 0.5 * (slab->edge_mm[n] + slab->edge_mm[n + 1]);
        if (mm < LEFT_MM || mm > RIGHT_MM) {
            continue;
        }
        (void)fprintf(to,
                      "<path d=\"M%.1f %.1f V%.1f\" stroke=\"#111\"/><circle cx=\"%.1f\" "
                      "cy=\"%.1f\" r=\"3\" fill=\"#111\"/>\n",
                      x_of(mm), y_of(slab->dose_gy[n] - 3.0 * slab->sigma_gy[n]),
                      y_of(slab->dose_gy[n] + 3.0 * slab->sigma_gy[n]), x_of(mm),
                      y_of(slab->dose_gy[n]));
    }
    (void)fprintf(to,
                  "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"#111\"/><text x=\"%.1f\" "
                  "y=\"%.1f\">Monte Carlo (PENELOPE), ± 3 σ</text>\n",
                  x_of(13.0) + 14.0, key_y, x_of(13.0) + 36.0, key_y + 4.0);
}

static void draw(const char *path, const struct slabs *slabs)
{
    FILE *to = fopen(path, "w");
    if (to == NULL) {
        (void)fprintf(stderr, "dome: cannot write the figure\n");
        exit(1);
    }
    (void)fprintf(to,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
                  "height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">\n"
                  "<style>.axis{stroke:#111}.grid{stroke:#ccc}</style>\n"
                  "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
                  WIDTH, HEIGHT, WIDTH, HEIGHT);
    draw_axes(to);
    draw_truth(to, &slabs->truth[0], 0);
    draw_method(to, &slabs->of[OT_SLAB_RAYS][0], "#c0272d", "none", "rays in mass depth", 1);
    draw_method(to, &slabs->of[OT_SLAB_SOURCE][0], "#2a6fbb", "7 4",
                "kernel of the source's medium", 2);
    draw_method(to, &slabs->of[OT_SLAB_LOCAL][0], "#5a8f3c", "2 4", "local deposition", 3);
    draw_method(to, &slabs->of[OT_SLAB_SOFT][0], "#8a63a8", "8 3 2 3",
                "soft tissue's kernel everywhere", 4);
    (void)fprintf(to, "</svg>\n");
    if (fclose(to) != 0) {
        (void)fprintf(stderr, "dome: cannot write the figure\n");
        exit(1);
    }
}

int main(int argc, char **argv)
{
    static struct slabs slabs;
    if (argc != 3) {
        (void)fprintf(stderr, "usage: dome SLAB.csv OUT.svg\n");
        return 2;
    }
    load(argv[1], &slabs);
    print_methods(&slabs);
    print_layers(&slabs, 0, -4.0, 20.0);
    print_layers(&slabs, 1, -8.0, 8.0);
    print_tumor();
    print_sphere(4.0);
    print_sphere(2.0);
    draw(argv[2], &slabs);
    return 0;
}
