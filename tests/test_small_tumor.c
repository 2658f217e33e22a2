/* tests/test_small_tumor.c - a tumor of 2 cm keeps its volume on the grid of a SPECT (row V14):
 * from contours, from a segmentation of fractions, from a mask as fine as a CT. labels: shim
 * numeric */
#include "core/mem.h"
#include "io/dicom.h"
#include "io/dicom_write.h"
#include "segment/rasterize.h"
#include "tests/support/image_case.h"
#include "tests/support/ot_test.h"

static const double R_MM = 10.0;
static const double PART = 0.01; /* what is promised */
static const double PI = 3.14159265358979323846;

enum { PLACES = 8 };
/* Of the ball's middle in the voxels of the SPECT, and against the planes that it is drawn on. */
static const double PLACE_MM[PLACES][3] = {{0, 0, 0},         {2.2, 0, 0},      {0, 2.2, 0},
                                           {0, 0, 2.2},       {2.2, 2.2, 2.2},  {1.1, -0.7, 1.9},
                                           {-1.6, 1.3, -0.4}, {0.35, 2.05, 0.8}};

static double ball_ml(void)
{
    return 4.0 / 3.0 * PI * R_MM * R_MM * R_MM / 1000.0;
}

/* A cube of n voxels each way about the origin, its middle voxel there. */
static struct ot_grid grid_of(size_t n, double spacing_mm, double slice_mm)
{
    const double half = 0.5 * (double)(n - 1);
    return (struct ot_grid){.n = {n, n, n},
                            .spacing_mm = {spacing_mm, spacing_mm, slice_mm},
                            .origin_mm = {-half * spacing_mm, -half * spacing_mm, -half * slice_mm},
                            .dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

static double ml_on_spect(const struct ot_region *region)
{
    const struct ot_grid grid = grid_of(11, 4.4, 4.4);
    struct ot_voi voi = {0};
    struct ot_err err = {0};
    assert_ok(ot_region_to_fraction(region, &grid, 1, &voi.fraction, NULL, &err), err);
    const double ml = ot_voi_volume_ml(&voi);
    ot_volume_destroy(voi.fraction);
    return ml;
}

static struct ot_region *through_file(struct ot_buffer *bytes)
{
    char path[200];
    const char *folder = ot_test_folder();
    const char *const only = NULL;
    struct ot_region *region = NULL;
    struct ot_err err = {0};
    (void)snprintf(path, sizeof path, "%s/voi.dcm", folder);
    FILE *file = fopen(path, "wb");
    assert_int_equal(fwrite(bytes->data, 1, bytes->size, file), bytes->size);
    assert_int_equal(fclose(file), 0);
    ot_buffer_release(bytes);
    assert_ok(ot_dicom_regions_load(path, &only, 1, &region, &err), err);
    ot_test_remove_folder(folder);
    return region;
}

/* Circles as a person draws them on a CT of 1.5 mm: 48 points on the ball's surface. */
static struct ot_region *drawn(const double middle[3])
{
    enum { POINTS = 48, PLANES = 40 };
    static const double step_mm = 1.5;
    struct ot_contour contours[PLANES];
    struct ot_dicom_roi roi = {.name = "T", .interpreted = "GTV", .contours = {contours, 0}};
    struct ot_buffer bytes = {0};
    struct ot_err err = {0};
    for (int k = -PLANES / 2; k < PLANES / 2; k++) {
        const double z = k * step_mm;
        const double r2 = R_MM * R_MM - (z - middle[2]) * (z - middle[2]);
        if (r2 > 0.0) {
            struct ot_contour *to = &contours[roi.contours.count++];
            *to = (struct ot_contour){OT_NEW(double, 3 * (size_t)POINTS, NULL), POINTS};
            for (size_t n = 0; n < POINTS; n++) {
                const double angle = 2.0 * PI * (double)n / POINTS;
                to->points_mm[3 * n] = middle[0] + sqrt(r2) * cos(angle);
                to->points_mm[3 * n + 1] = middle[1] + sqrt(r2) * sin(angle);
                to->points_mm[3 * n + 2] = z;
            }
        }
    }
    assert_ok(ot_dicom_rtstruct_encode(&ot_test_series, NULL, NULL, &roi, 1, &bytes, &err), err);
    for (size_t n = 0; n < roi.contours.count; n++) {
        ot_free(contours[n].points_mm);
    }
    return through_file(&bytes);
}

/* The ball by `parts` points a voxel along each axis; 1: whole voxels by their centers. */
static struct ot_volume *sampled(const struct ot_grid *grid, const double middle[3], int parts)
{
    struct ot_volume *volume = ot_test_volume(grid, OT_UNIT_NONE);
    const int all = parts * parts * parts;
    for (size_t x = 0; x < ot_grid_voxel_count(grid); x++) {
        int held = 0;
        for (int t = 0; t < all; t++) {
            const int part[3] = {t % parts, t / parts % parts, t / (parts * parts)};
            const size_t at[3] = {x % grid->n[0], x / grid->n[0] % grid->n[1],
                                  x / (grid->n[0] * grid->n[1])};
            double r2 = 0.0;
            for (size_t c = 0; c < 3; c++) {
                const double index = (double)at[c] + (part[c] + 0.5) / parts - 0.5;
                const double mm = grid->origin_mm[c] + index * grid->spacing_mm[c] - middle[c];
                r2 += mm * mm;
            }
            held += r2 < R_MM * R_MM;
        }
        volume->data[x] = (float)held / (float)all;
    }
    return volume;
}

/* Written and read as a DICOM segmentation. */
static struct ot_region *segmented(const struct ot_grid *grid, const double middle[3], bool binary)
{
    struct ot_voi voi = {.name = "T", .role = OT_ROLE_TUMOR};
    struct ot_buffer bytes = {0};
    struct ot_err err = {0};
    voi.fraction = sampled(grid, middle, binary ? 1 : 10);
    assert_ok(ot_dicom_seg_encode(&ot_test_series, &voi, 1, binary, &bytes, &err), err);
    ot_volume_destroy(voi.fraction);
    return through_file(&bytes);
}

static void has_its_volume(struct ot_region *region, const char *from, const double middle[3])
{
    const double ml = ml_on_spect(region);
    print_message("%s at (%g, %g, %g): %+.2f %%\n", from, middle[0], middle[1], middle[2],
                  100.0 * (ml / ball_ml() - 1.0));
    assert_near(ml, ball_ml(), PART * ball_ml());
    ot_region_destroy(region);
}

static void v14_contours_on_a_ct_keep_the_volume(void **state)
{
    (void)state;
    for (size_t p = 0; p < PLACES; p++) {
        has_its_volume(drawn(PLACE_MM[p]), "contours", PLACE_MM[p]);
    }
}

/* A segmentation of fractions on SPECT voxels of its own, aside of those of the dose. */
static void v14_a_segmentation_of_fractions_keeps_the_volume(void **state)
{
    (void)state;
    struct ot_grid grid = grid_of(9, 4.4, 4.4);
    grid.origin_mm[0] += 1.3;
    grid.origin_mm[1] -= 0.9;
    grid.origin_mm[2] += 2.1;
    for (size_t p = 0; p < PLACES; p++) {
        has_its_volume(segmented(&grid, PLACE_MM[p], false), "fractions", PLACE_MM[p]);
    }
}

static void v14_a_mask_as_fine_as_a_ct_keeps_the_volume(void **state)
{
    (void)state;
    const struct ot_grid grid = grid_of(34, 0.78, 1.25);
    for (size_t p = 0; p < PLACES; p++) {
        has_its_volume(segmented(&grid, PLACE_MM[p], true), "mask", PLACE_MM[p]);
    }
}

/* What the fractions are for: yes or no on the SPECT's own voxels misses the promise. */
static void v14_whole_voxels_of_the_spect_would_not(void **state)
{
    (void)state;
    const struct ot_grid grid = grid_of(11, 4.4, 4.4);
    double worst = 0.0;
    for (size_t p = 0; p < PLACES; p++) {
        struct ot_region *region = segmented(&grid, PLACE_MM[p], true);
        worst = fmax(worst, fabs(ml_on_spect(region) / ball_ml() - 1.0));
        ot_region_destroy(region);
    }
    assert_true(worst > 3.0 * PART);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v14_contours_on_a_ct_keep_the_volume),
        cmocka_unit_test(v14_a_segmentation_of_fractions_keeps_the_volume),
        cmocka_unit_test(v14_a_mask_as_fine_as_a_ct_keeps_the_volume),
        cmocka_unit_test(v14_whole_voxels_of_the_spect_would_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
