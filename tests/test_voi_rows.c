/* tests/test_voi_rows.c - structure sets as they should not be, or are seldom: each test bears the
 * row of the threat model (2.3) that it answers. labels: shim */
#include <time.h>

#include "core/mem.h"
#include "io/dicom.h"
#include "io/dicom_write.h"
#include "segment/contour_doubts.h"
#include "segment/rasterize.h"
#include "tests/support/image_case.h"
#include "tests/support/ot_test.h"

enum { MOST = 40 };
static const double step_mm = 3.0;

/* An ROI under construction; points are freed with it. */
struct drawn {
    struct ot_contour contours[MOST];
    struct ot_dicom_roi roi;
};

static void start(struct drawn *drawn, const char *name)
{
    *drawn = (struct drawn){.roi = {.name = name, .interpreted = "ORGAN"}};
}

static void add(struct drawn *drawn, const double *xy, size_t count, double z_mm)
{
    struct ot_contour *to = &drawn->contours[drawn->roi.contours.count++];
    to->points_mm = OT_NEW(double, 3 * count, NULL);
    to->count = count;
    for (size_t n = 0; n < count; n++) {
        to->points_mm[3 * n] = xy[2 * n];
        to->points_mm[3 * n + 1] = xy[2 * n + 1];
        to->points_mm[3 * n + 2] = z_mm;
    }
    drawn->roi.contours.contours = drawn->contours;
}

/* A polygon whose area is that of the circle. */
static void add_circle(struct drawn *drawn, double radius_mm, size_t count, double z_mm)
{
    const double turn = 2.0 * acos(-1.0) / (double)count;
    const double out_mm = radius_mm * sqrt(turn / sin(turn));
    double *xy = OT_NEW(double, 2 * count, NULL);
    for (size_t n = 0; n < count; n++) {
        xy[2 * n] = out_mm * cos(turn * (double)n);
        xy[2 * n + 1] = out_mm * sin(turn * (double)n);
    }
    add(drawn, xy, count, z_mm);
    ot_free(xy);
}

static void release(struct drawn *drawn)
{
    for (size_t n = 0; n < drawn->roi.contours.count; n++) {
        ot_free(drawn->contours[n].points_mm);
    }
}

/* Writes a structure set and reads one of its ROIs. */
static enum ot_rc through_file(const struct ot_dicom_roi *rois, size_t count, const char *selector,
                               struct ot_region **out, struct ot_err *err)
{
    char path[200];
    struct ot_buffer bytes = {0};
    const char *folder = ot_test_folder();
    (void)snprintf(path, sizeof path, "%s/rtss.dcm", folder);
    assert_ok(ot_dicom_rtstruct_encode(&ot_test_series, NULL, NULL, rois, count, &bytes, err),
              *err);
    FILE *file = fopen(path, "wb");
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
    ot_buffer_release(&bytes);
    const enum ot_rc rc = ot_dicom_regions_load(path, &selector, 1, out, err);
    ot_test_remove_folder(folder);
    return rc;
}

static double volume_of(const struct drawn *drawn)
{
    struct ot_region *region = NULL;
    struct ot_volume *fraction = NULL;
    struct ot_err err = {0};
    const struct ot_grid grid = {.n = {24, 23, 26},
                                 .spacing_mm = {4.4, 4.6, 4.1},
                                 .origin_mm = {-51.3, -50.2, -47.9},
                                 .dir = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    assert_ok(through_file(&drawn->roi, 1, drawn->roi.name, &region, &err), err);
    assert_ok(ot_region_to_fraction(region, &grid, 1, &fraction, NULL, &err), err);
    struct ot_voi voi = {.fraction = fraction};
    const double ml = ot_voi_volume_ml(&voi);
    ot_volume_destroy(fraction);
    ot_region_destroy(region);
    return ml;
}

static void v01_an_empty_roi_and_one_beside_the_image_are_refused(void **state)
{
    (void)state;
    struct drawn empty;
    struct drawn aside;
    struct ot_region *region = NULL;
    struct ot_volume *fraction = NULL;
    struct ot_err err = {0};
    const struct ot_grid grid = ot_test_grid(4, 5, 6, 2.0, 2.5, 3.0);
    start(&empty, "nothing");
    assert_refused(through_file(&empty.roi, 1, NULL, &region, &err), err, OT_ERR_RANGE,
                   "ROI 'nothing' is empty");
    start(&aside, "aside");
    add_circle(&aside, 10.0, 40, 500.0);
    add_circle(&aside, 10.0, 40, 503.0);
    err = (struct ot_err){0};
    assert_ok(through_file(&aside.roi, 1, NULL, &region, &err), err);
    assert_refused(ot_region_to_fraction(region, &grid, 1, &fraction, NULL, &err), err,
                   OT_ERR_GEOMETRY, "lies outside the image");
    ot_region_destroy(region);
    release(&aside);
}

static void v02_contours_without_area_or_finite_points_are_refused(void **state)
{
    (void)state;
    static const double line[] = {0.0, 0.0, 10.0, 0.0};
    static const double holes[] = {0.0, 0.0, NAN, 0.0, 10.0, 10.0};
    struct drawn drawn;
    struct ot_region *region = NULL;
    struct ot_err err = {0};
    start(&drawn, "line");
    add_circle(&drawn, 10.0, 40, 0.0);
    add(&drawn, line, 2, step_mm);
    assert_refused(through_file(&drawn.roi, 1, NULL, &region, &err), err, OT_ERR_FORMAT,
                   "ROI 'line' has 2 points and encloses nothing");
    release(&drawn);
    err = (struct ot_err){0};
    start(&drawn, "holes");
    add(&drawn, holes, 3, 0.0);
    assert_refused(through_file(&drawn.roi, 1, NULL, &region, &err), err, OT_ERR_FORMAT,
                   "ContourData");
    release(&drawn);
}

static void v02_repeated_points_and_crossing_sides_follow_even_odd(void **state)
{
    (void)state;
    static const double closed[] = {-10, -10, 10, -10, 10, -10, 10, 10, -10, 10, -10, 10, -10, -10};
    static const double crossed[] = {-20, -10, 20, 10, 20, -10, -20, 10}; /* a bow tie */
    struct drawn drawn;
    start(&drawn, "square");
    for (int k = 0; k < 5; k++) {
        add(&drawn, closed, 7, k * step_mm);
    }
    assert_near(volume_of(&drawn), 20.0 * 20.0 * 15.0 / 1000.0, 1e-5);
    release(&drawn);
    start(&drawn, "bow tie");
    for (int k = 0; k < 5; k++) {
        add(&drawn, crossed, 4, k * step_mm);
    }
    assert_near(volume_of(&drawn), 2.0 * 0.5 * 20.0 * 20.0 * 15.0 / 1000.0, 1e-5);
    release(&drawn);
}

/* V02, V04: crossing sides and missing planes are told; a keyhole, a hole, repeated points and a
 * concave outline are none. */
static void look_for_doubts(const struct drawn *drawn, struct ot_texts *warnings)
{
    struct ot_contour_planes *planes = NULL;
    struct ot_err err = {0};
    assert_ok(ot_contour_planes_create(&drawn->roi.contours, 0.0, &planes, &err), err);
    assert_ok(ot_contour_doubts(&drawn->roi.contours, planes, "x", warnings, &err), err);
    ot_contour_planes_destroy(planes);
}

static void v02_only_contours_that_cross_themselves_are_told(void **state)
{
    (void)state;
    static const double bow_tie[] = {-20, -10, 20, 10, 20, -10, -20, 10};
    static const double twice_round[] = {-9, -9, 9, -9, 9, 9, -9, 9, -9, -9, 5, -5, 5, 5, -5, 5};
    static const double keyhole[] = {-20, -20, 20,  -20, 20,  20, 0,  20, 0,  10,  10,
                                     10,  10,  -10, 0,   -10, 0,  10, 0,  20, -20, 20};
    static const double concave[] = {-20, -20, 20, -20, 20, -20, 20, 20, 0, -15, -20, 20};
    static const struct {
        const double *xy;
        size_t count, crossing;
    } cases[] = {{bow_tie, 4, 4}, {twice_round, 8, 4}, {keyhole, 11, 0}, {concave, 6, 0}};
    for (size_t t = 0; t < 2 * sizeof cases / sizeof cases[0]; t++) {
        const size_t c = t / 2;
        const bool alone = t % 2 == 1;
        struct drawn drawn;
        struct ot_texts warnings = {0};
        start(&drawn, "x");
        for (int k = 0; k < 4; k++) {
            add(&drawn, cases[c].xy, cases[c].count, k * step_mm);
            if (!alone) { /* a hole, or an island: none of its own */
                add_circle(&drawn, 4.0, 30, k * step_mm);
            }
        }
        look_for_doubts(&drawn, &warnings);
        assert_int_equal(warnings.count, cases[c].crossing > 0 ? 1 : 0);
        if (cases[c].crossing > 0) {
            assert_non_null(strstr(warnings.text[0], alone
                                                         ? "4 of its 4 contours cross themselves"
                                                         : "4 of its 8 contours cross themselves"));
        }
        ot_texts_release(&warnings);
        release(&drawn);
    }
}

static void v04_planes_that_neighbors_fill_are_told(void **state)
{
    (void)state;
    static const double z_mm[] = {0.0, 3.0, 6.0, 12.0, 15.0};
    struct drawn drawn;
    struct ot_texts warnings = {0};
    start(&drawn, "x");
    for (size_t k = 0; k < 5; k++) {
        add_circle(&drawn, 10.0, 40, z_mm[k]);
    }
    look_for_doubts(&drawn, &warnings);
    assert_int_equal(warnings.count, 1);
    assert_string_equal(
        warnings.text[0],
        "VOI x: contours are missing in 1 places, 6.0 mm apart at most where 3.0 mm "
        "are usual; their neighbors fill them half way each");
    ot_texts_release(&warnings);
    release(&drawn);
}

/* Radii 12 and 30 mm, 45 mm high, as two contours and as one with a keyhole. */
static void v03_an_annulus_has_its_volume_with_a_hole_and_with_a_keyhole(void **state)
{
    (void)state;
    enum { AROUND = 120 };
    const double pi = acos(-1.0);
    const double want_ml = pi * (30.0 * 30.0 - 12.0 * 12.0) * 45.0 / 1000.0;
    struct drawn drawn;
    start(&drawn, "nested");
    for (int k = 0; k < 15; k++) {
        add_circle(&drawn, 30.0, AROUND, k * step_mm);
        add_circle(&drawn, 12.0, AROUND, k * step_mm);
    }
    assert_near(volume_of(&drawn), want_ml, 1e-4 * want_ml);
    release(&drawn);
    double xy[4 * (AROUND + 1)];
    for (int n = 0; n <= AROUND; n++) { /* out around, the bridge, in around, and back */
        const double angle = 2.0 * pi * n / AROUND;
        const double mend = sqrt(2.0 * pi / AROUND / sin(2.0 * pi / AROUND));
        double *back = xy + 2 * (AROUND + 1) + 2 * (AROUND - n);
        xy[2 * n] = 30.0 * mend * cos(angle);
        xy[2 * n + 1] = 30.0 * mend * sin(angle);
        back[0] = 12.0 * mend * cos(angle);
        back[1] = 12.0 * mend * sin(angle);
    }
    start(&drawn, "keyhole");
    for (int k = 0; k < 15; k++) {
        add(&drawn, xy, 2 * ((size_t)AROUND + 1), k * step_mm);
    }
    assert_near(volume_of(&drawn), want_ml, 1e-4 * want_ml);
    release(&drawn);
}

/* Planes that are no planes of the grid, unevenly far apart; then slices that are missing. */
static void v04_planes_between_slices_count_and_gaps_are_refused(void **state)
{
    (void)state;
    static const double z_mm[] = {0.7, 3.7, 6.7, 10.2, 13.2, 16.2};
    static const double torn_mm[] = {0.0, 3.0, 6.0, 30.0, 33.0};
    struct drawn drawn;
    struct ot_region *region = NULL;
    struct ot_volume *fraction = NULL;
    struct ot_err err = {0};
    const struct ot_grid grid = ot_test_grid(40, 40, 20, 2.0, 2.0, 2.0);
    start(&drawn, "uneven");
    for (size_t k = 0; k < 6; k++) {
        add_circle(&drawn, 20.0, 120, z_mm[k]);
    }
    /* From half a usual step below the first to half a step above the last. */
    assert_near(volume_of(&drawn), acos(-1.0) * 400.0 * (15.5 + 3.0) / 1000.0, 1e-3);
    release(&drawn);
    start(&drawn, "torn");
    for (size_t k = 0; k < 5; k++) {
        add_circle(&drawn, 20.0, 120, torn_mm[k]);
    }
    assert_ok(through_file(&drawn.roi, 1, NULL, &region, &err), err);
    assert_refused(ot_region_to_fraction(region, &grid, 1, &fraction, NULL, &err), err,
                   OT_ERR_GEOMETRY, "missing");
    ot_region_destroy(region);
    release(&drawn);
}

static void v06_names_that_are_alike_are_told_apart_or_refused(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Liver",        /* Latin */
        "L\xd1\x96ver", /* a Cyrillic i */
        "liver",
        "Liver ",
        "GTV",
        "GTV",
        "a name of more than sixty-four characters as some planning systems write, 1",
        "a name of more than sixty-four characters as some planning systems write, 2"};
    enum { COUNT = sizeof names / sizeof names[0] };
    struct drawn drawn[COUNT];
    struct ot_dicom_roi rois[COUNT];
    struct ot_region *region = NULL;
    struct ot_err err = {0};
    for (size_t n = 0; n < COUNT; n++) {
        start(&drawn[n], names[n]);
        add_circle(&drawn[n], 10.0 + (double)n, 24, 0.0);
        add_circle(&drawn[n], 10.0 + (double)n, 24, step_mm);
        rois[n] = drawn[n].roi;
    }
    static const struct {
        const char *selector;
        size_t is;
    } chosen[] = {{"L\xd1\x96ver", 1}, {"liver", 2}, {"5", 4}, {"6", 5}};
    for (size_t n = 0; n < sizeof chosen / sizeof chosen[0]; n++) {
        assert_ok(through_file(rois, COUNT, chosen[n].selector, &region, &err), err);
        assert_near(hypot(region->contours.contours[0].points_mm[0],
                          region->contours.contours[0].points_mm[1]),
                    10.0 + (double)chosen[n].is, 0.2);
        ot_region_destroy(region);
    }
    /* DICOM pads names with spaces: "Liver " is "Liver", and there are two. */
    assert_refused(through_file(rois, COUNT, "Liver", &region, &err), err, OT_ERR_FORMAT,
                   "several ROIs 'Liver'; select one by its number");
    err = (struct ot_err){0};
    assert_refused(through_file(rois, COUNT, "GTV", &region, &err), err, OT_ERR_FORMAT,
                   "several ROIs 'GTV'; select one by its number");
    err = (struct ot_err){0};
    assert_refused(through_file(rois, COUNT, "LIVER", &region, &err), err, OT_ERR_FORMAT,
                   "has no ROI 'LIVER'");
    for (size_t n = 0; n < COUNT; n++) {
        release(&drawn[n]);
    }
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Ten times the points in under thirty times the time: no square law. */
static void v13_a_contour_of_many_points_takes_linear_time(void **state)
{
    (void)state;
    static const size_t points[] = {20000, 200000};
    double spent_s[2];
    for (size_t n = 0; n < 2; n++) {
        struct drawn drawn;
        start(&drawn, "fine");
        add_circle(&drawn, 40.0, points[n], 0.0);
        add_circle(&drawn, 40.0, points[n], step_mm);
        const double since_s = seconds();
        assert_near(volume_of(&drawn), acos(-1.0) * 1600.0 * 6.0 / 1000.0, 1e-3);
        spent_s[n] = seconds() - since_s;
        release(&drawn);
    }
    print_message("%.3f s, %.3f s\n", spent_s[0], spent_s[1]);
    assert_true(spent_s[1] < 30.0 * spent_s[0]);
}

static void v13_the_last_of_many_rois_is_found(void **state)
{
    (void)state;
    enum { ROIS = 4000, NAME = 16 };
    char *names = OT_NEW(char, ROIS *NAME, NULL);
    struct ot_dicom_roi *rois = OT_NEW(struct ot_dicom_roi, ROIS, NULL);
    struct drawn drawn;
    struct ot_region *region = NULL;
    struct ot_err err = {0};
    start(&drawn, "one");
    add_circle(&drawn, 10.0, 8, 0.0);
    for (size_t n = 0; n < ROIS; n++) {
        (void)snprintf(names + NAME * n, NAME, "ROI %zu", n);
        rois[n] = drawn.roi;
        rois[n].name = names + NAME * n;
    }
    assert_ok(through_file(rois, ROIS, "ROI 3999", &region, &err), err);
    assert_string_equal(region->label, "ROI 3999");
    ot_region_destroy(region);
    release(&drawn);
    ot_free(rois);
    ot_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v01_an_empty_roi_and_one_beside_the_image_are_refused),
        cmocka_unit_test(v02_contours_without_area_or_finite_points_are_refused),
        cmocka_unit_test(v02_repeated_points_and_crossing_sides_follow_even_odd),
        cmocka_unit_test(v02_only_contours_that_cross_themselves_are_told),
        cmocka_unit_test(v04_planes_that_neighbors_fill_are_told),
        cmocka_unit_test(v03_an_annulus_has_its_volume_with_a_hole_and_with_a_keyhole),
        cmocka_unit_test(v04_planes_between_slices_count_and_gaps_are_refused),
        cmocka_unit_test(v06_names_that_are_alike_are_told_apart_or_refused),
        cmocka_unit_test(v13_a_contour_of_many_points_takes_linear_time),
        cmocka_unit_test(v13_the_last_of_many_rois_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
