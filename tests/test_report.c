/* tests/test_report.c - the report is whole, safe and shows what the result says. */
/* timeout: 240 */
#include <ctype.h>

#include "core/mem.h"
#include "io/json.h"
#include "io/report.h"
#include "io/report_page.h"
#include "tests/support/ot_test.h"

static const char RESULT[] =
    "{\"schema\": \"opentare.result/1\", \"case_id\": \"<script>alert(1)</script>\","
    " \"stage\": \"plan\", \"scenario\": \"unilobar\","
    " \"activity\": {\"injected_gbq\": 2.178, \"net_liver_gbq\": 2.0691, \"dose_is_for_gbq\": 2.2,"
    "  \"lung_shunt_fraction\": 0.05, \"lung_shunt_source\": \"assumed\","
    "  \"residual_fraction\": 0.01, \"residual_source\": \"case\"},"
    " \"vois\": [{\"name\": \"\\\"><img src=x onerror=1>\", \"role\": \"tumor\", \"mean_gy\": "
    "190.0,"
    "   \"bed_gy\": null, \"v_percent\": {\"100\": 88.1}},"
    "  {\"name\": \"liver\", \"role\": \"liver\", \"mean_gy\": 70.0}],"
    " \"single_compartment\": [{\"voi\": \"liver\", \"mass_kg\": 1.5, \"mean_gy\": 68.5148,"
    "   \"mean_image_gy\": 66.1, \"gy_kg_per_gbq\": 49.67}],"
    " \"partition\": {\"tn_ratio\": 5.0, \"tumor_gy\": 254.3, \"normal_gy\": 50.86,"
    "   \"tumor_mass_kg\": 0.066, \"normal_mass_kg\": 0.8265},"
    " \"lungs\": {\"mass_kg\": 1.0, \"dose_gy\": null},"
    " \"prescription\": {\"prescribed_gbq\": null, \"a_aim_gbq\": 2.91, \"a_max_gbq\": 2.2},"
    " \"checks\": [{\"id\": \"S3-04\", \"quantity\": \"TAD\", \"voi\": \"tumor\", \"value\": 190.0,"
    "   \"comparator\": \">=\", \"limit\": 205, \"unit\": \"Gy\", \"verdict\": \"fail\","
    "   \"reason\": \"below <b>\", \"source\": \"Salem 2023, Table 5\", \"conflict\": [\"C12\"]},"
    "  {\"id\": \"S3-01\", \"quantity\": \"child_pugh\", \"value\": null, \"verdict\":"
    "   \"not_evaluated\", \"reason\": \"child_pugh is not given\", \"source\": \"Salem 2023\"},"
    "  {\"id\": \"S3-90\", \"verdict\": \"info\", \"source\": \"Salem 2023\"}],"
    " \"conflicts\": {\"C12\": \"one place says <i>this</i>\"},"
    " \"warnings\": [\"liver & lungs hold 0.87 of the counts\"]}";

static json_t *result_of(const char *text)
{
    json_t *result = NULL;
    struct ot_err err = {0};
    assert_ok(ot_json_parse(text, strlen(text), "test", &result, &err), err);
    return result;
}

/* A box of liver with a hot tumor, anisotropic. */
struct scene {
    struct ot_volume *dose;
    struct ot_voi vois[2];
};

static struct scene make_scene(void)
{
    const struct ot_grid grid = ot_test_grid(24, 20, 14, 4.0, 4.5, 5.0);
    struct scene scene = {.dose = ot_test_volume(&grid, OT_UNIT_GY),
                          .vois = {{.name = "<script>x</script>", .role = OT_ROLE_TUMOR},
                                   {.name = "liver", .role = OT_ROLE_LIVER}}};
    scene.vois[0].fraction = ot_test_volume(&grid, OT_UNIT_NONE);
    scene.vois[1].fraction = ot_test_volume(&grid, OT_UNIT_NONE);
    for (size_t x = 0; x < ot_grid_voxel_count(&grid); x++) {
        const double r = hypot(hypot((double)(x % 24) - 8.0, (double)(x / 24 % 20) - 9.0),
                               (double)(x / 480) - 6.0);
        scene.dose->data[x] = (float)(300.0 * exp(-r / 4.0));
        scene.vois[0].fraction->data[x] = r < 3.0 ? 1.0F : 0.0F;
        scene.vois[1].fraction->data[x] = r < 6.0 ? 1.0F : 0.0F;
    }
    return scene;
}

static void release_scene(struct scene *scene)
{
    ot_volume_destroy(scene->dose);
    ot_voi_release(&scene->vois[0]);
    ot_voi_release(&scene->vois[1]);
}

static struct ot_buffer render(const char *text, const struct scene *scene)
{
    struct ot_buffer html = {0};
    struct ot_err err = {0};
    json_t *result = result_of(text);
    const struct ot_report_input input = {.result = result,
                                          .dose = scene != NULL ? scene->dose : NULL,
                                          .vois = scene != NULL ? scene->vois : NULL,
                                          .voi_count = scene != NULL ? 2 : 0};
    assert_ok(ot_report_render(&input, &html, &err), err);
    json_decref(result);
    return html;
}

static size_t count_text(const char *html, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(html, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

static void assert_has(const struct ot_buffer *html, const char *part)
{
    if (strstr(html->data, part) == NULL) {
        fail_msg("the page lacks: %s", part);
    }
}

static void texts_of_users_are_escaped(void **state)
{
    (void)state;
    struct scene scene = make_scene();
    struct ot_buffer html = render(RESULT, &scene);
    assert_int_equal(count_text(html.data, "<script"), 0);
    assert_int_equal(count_text(html.data, "<img src=x"), 0);
    assert_int_equal(count_text(html.data, "below <b>"), 0);
    assert_int_equal(count_text(html.data, "<i>this</i>"), 0);
    assert_has(&html, "&lt;script&gt;alert(1)&lt;/script&gt;");
    assert_has(&html, "&lt;script&gt;x&lt;/script&gt;"); /* the legend of outlines */
    assert_has(&html, "&quot;&gt;&lt;img src=x onerror=1&gt;");
    ot_buffer_release(&html);
    release_scene(&scene);
}

static void the_page_loads_nothing_from_outside(void **state)
{
    (void)state;
    struct scene scene = make_scene();
    struct ot_buffer html = render(RESULT, &scene);
    assert_has(&html, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "style-src 'unsafe-inline'; img-src data:\">");
    static const char *const LOADERS[] = {"<link", "<script", "<iframe",  "<object", "@import",
                                          "url(",  "http://", "https://", "srcset"};
    for (size_t n = 0; n < sizeof LOADERS / sizeof *LOADERS; n++) {
        if (count_text(html.data, LOADERS[n]) != 0) {
            fail_msg("the page has %s", LOADERS[n]);
        }
    }
    assert_true(count_text(html.data, " src=\"") > 5);
    assert_int_equal(count_text(html.data, " src=\""), count_text(html.data, " src=\"data:image/"));
    assert_int_equal(count_text(html.data, "<img "), count_text(html.data, "<img alt=\""));
    ot_buffer_release(&html);
    release_scene(&scene);
}

/* Every element that is opened is closed, in order; <meta>, <img> and <br> stand alone. */
static void tags_are_balanced(void **state)
{
    (void)state;
    enum { DEPTH = 64 };
    struct scene scene = make_scene();
    struct ot_buffer html = render(RESULT, &scene);
    char stack[DEPTH][16];
    size_t depth = 0;
    for (const char *at = strchr(html.data, '<'); at != NULL; at = strchr(at + 1, '<')) {
        const bool closes = at[1] == '/';
        const char *start = at + (closes ? 2 : 1);
        char name[16] = {0};
        for (size_t n = 0; n < sizeof name - 1 && isalnum((unsigned char)start[n]) != 0; n++) {
            name[n] = start[n];
        }
        if (at[1] == '!' || strcmp(name, "meta") == 0 || strcmp(name, "img") == 0 ||
            strcmp(name, "br") == 0) {
            continue;
        }
        assert_true(name[0] != '\0'); /* a bare '<' is escaped */
        if (closes) {
            assert_true(depth > 0);
            assert_string_equal(stack[--depth], name);
        } else {
            assert_true(depth < DEPTH);
            memcpy(stack[depth++], name, sizeof name);
        }
    }
    assert_int_equal(depth, 0);
    ot_buffer_release(&html);
    release_scene(&scene);
}

static void what_is_missing_is_a_dash_and_never_zero(void **state)
{
    (void)state;
    struct ot_buffer html = render(RESULT, NULL);
    assert_has(&html, "<span>Lungs, from the shunt</span><b><span class=\"none\"");
    assert_has(&html, "<span>Prescribed activity</span><b><span class=\"none\"");
    assert_has(&html, "<b aria-hidden=\"true\">?</b> not evaluated</span>");
    ot_buffer_release(&html);
    html = render("{\"lungs\": {}, \"vois\": [{}], \"single_compartment\": [{}], \"partition\": {"
                  "\"tn_ratio\": null}, \"checks\": [{}], \"prescription\": {}}",
                  NULL);
    assert_int_equal(count_text(html.data, ">0<"), count_text(html.data, "<div class=\"tile ") - 1);
    assert_int_equal(count_text(html.data, "= 0"), 0);
    assert_int_equal(count_text(html.data, "nan"), 0);
    assert_has(&html, "<div class=\"tile open\"><b>1</b>"); /* a check without a verdict */
    ot_buffer_release(&html);
}

static void what_was_assumed_stands_first(void **state)
{
    (void)state;
    struct ot_buffer html = render(RESULT, NULL);
    assert_has(&html, "<b>Lung shunt fraction 0 is assumed</b>");
    assert_null(strstr(html.data, "Residual fraction 0 is assumed"));
    assert_has(&html, "liver &amp; lungs hold 0.87 of the counts");
    assert_true(strstr(html.data, "is assumed") < strstr(html.data, "At a glance"));
    assert_has(&html, "Research software, no medical device: a qualified person decides.");
    ot_buffer_release(&html);
}

static void a_failing_criterion_is_spelled_out(void **state)
{
    (void)state;
    struct ot_buffer html = render(RESULT, NULL);
    assert_has(&html, "<div class=\"tile fail\"><b>1</b>");
    assert_has(&html, "<div class=\"tile pass zero\"><b>0</b>");
    assert_has(&html, "190.0\xE2\x80\xAFGy</b> <span>wanted \xE2\x89\xA5\xC2\xA0"
                      "205\xE2\x80\xAFGy</span>");
    assert_has(&html, "<b>C12</b> one place says &lt;i&gt;this");
    ot_buffer_release(&html);
}

/* The worked example of the fact sheet, section 6: 2.2 GBq, F 0.05, R 0.01, 1.5 kg. */
static void formulas_have_their_numbers_inserted(void **state)
{
    (void)state;
    struct ot_buffer html = render(RESULT, NULL);
    assert_has(&html, "49.67\xE2\x80\xAFGy\xC2\xB7kg/GBq \xC3\x97 2.0691\xE2\x80\xAFGBq / "
                      "1.5\xE2\x80\xAFkg</span><b class=\"is\">= 68.5148\xE2\x80\xAFGy</b>");
    assert_has(&html, "2.2\xE2\x80\xAFGBq \xC3\x97 (1 \xE2\x88\x92 0.01)");
    assert_has(&html, "(0.8265\xE2\x80\xAFkg + 5 \xC3\x97 0.066\xE2\x80\xAFkg)");
    assert_has(&html, "5 \xC3\x97 50.86\xE2\x80\xAFGy");
    ot_buffer_release(&html);
}

/* Partition 254.3 Gy beside 190 Gy: more than 20 %. Single 68.5 beside 70: said nowhere. */
static void models_that_differ_say_which_assumption_makes_it(void **state)
{
    (void)state;
    struct ot_buffer html = render(RESULT, NULL);
    assert_has(&html, "class=\"differs flagged\"");
    assert_has(&html, "Tumor, partition and voxel mean: 254.3\xE2\x80\xAFGy and 190\xE2\x80\xAFGy"
                      "</b> (+34 %)");
    assert_null(strstr(html.data, "Single compartment and voxel mean"));
    /* 66.1 beside 70: between 5 % and 20 % */
    assert_has(&html, "<p class=\"differs\"><b>By the image and voxel mean");
    ot_buffer_release(&html);
}

static void numbers_have_significant_digits(void **state)
{
    (void)state;
    static const struct {
        double value;
        int digits;
        const char *text;
    } CASES[] = {{204.94, 4, "204.9"},    {99.996, 4, "100.0"}, {0.0471, 4, "0.04710"},
                 {12345.6, 4, "12346"},   {0.0, 4, "0"},        {-7.2, 4, "-7.200"},
                 {2.5e-6, 4, "2.500e-06"}};
    for (size_t n = 0; n < sizeof CASES / sizeof *CASES; n++) {
        char text[OT_NUMBER_SIZE];
        ot_number_format(CASES[n].value, CASES[n].digits, text);
        assert_string_equal(text, CASES[n].text);
    }
}

static void units_are_read_off_the_names(void **state)
{
    (void)state;
    struct ot_key_label label = ot_page_label("dose_constant_gy_kg_per_gbq");
    assert_string_equal(label.text, "dose constant");
    assert_string_equal(label.unit, "Gy\xC2\xB7kg/GBq");
    label = ot_page_label("normal_perfused");
    assert_string_equal(label.text, "normal perfused");
    assert_string_equal(label.unit, "");
    label = ot_page_label("lung_mass_kg");
    assert_string_equal(label.unit, "kg");
}

static void bytes_become_base64(void **state)
{
    (void)state;
    struct ot_buffer text = {0};
    ot_page_base64(&text, "foobar", 6); /* RFC 4648, section 10 */
    ot_buffer_text(&text, " ");
    ot_page_base64(&text, "fooba", 5);
    ot_buffer_text(&text, " ");
    ot_page_base64(&text, "foob", 4);
    assert_string_equal(text.data, "Zm9vYmFy Zm9vYmE= Zm9vYg==");
    ot_buffer_release(&text);
}

static void another_grid_or_unit_is_refused(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_buffer html = {0};
    struct scene scene = make_scene();
    json_t *result = result_of("{}");
    const struct ot_grid grid = ot_test_grid(3, 4, 5, 1, 2, 3);
    struct ot_volume *other = ot_test_volume(&grid, OT_UNIT_HU);
    const struct ot_report_input wrong_grid = {
        .result = result, .dose = scene.dose, .background = other};
    assert_refused(ot_report_render(&wrong_grid, &html, &err), err, OT_ERR_GEOMETRY,
                   "background is not on the grid");
    err = (struct ot_err){0};
    const struct ot_report_input wrong_unit = {.result = result, .dose = other};
    assert_refused(ot_report_render(&wrong_unit, &html, &err), err, OT_ERR_UNIT, "dose");
    err = (struct ot_err){0};
    json_t *list = json_array();
    const struct ot_report_input no_object = {.result = list};
    assert_refused(ot_report_render(&no_object, &html, &err), err, OT_ERR_FORMAT, "object");
    json_decref(list);
    json_decref(result);
    ot_volume_destroy(other);
    ot_buffer_release(&html);
    release_scene(&scene);
}

/* A dose of zero everywhere, and VOIs without a voxel, still make a page. */
static void an_empty_dose_still_makes_a_page(void **state)
{
    (void)state;
    struct scene scene = make_scene();
    for (size_t x = 0; x < ot_grid_voxel_count(&scene.dose->grid); x++) {
        scene.dose->data[x] = 0.0F;
        scene.vois[0].fraction->data[x] = 0.0F;
        scene.vois[1].fraction->data[x] = 0.0F;
    }
    struct ot_buffer html = render(RESULT, &scene);
    assert_has(&html, "</html>");
    ot_buffer_release(&html);
    release_scene(&scene);
}

/* The first allocations, which prepare, and a sample of the thousands that draw and write. */
static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    struct scene scene = make_scene();
    json_t *result = result_of(RESULT);
    const struct ot_report_input input = {
        .result = result, .dose = scene.dose, .vois = scene.vois, .voi_count = 2};
    enum ot_rc rc = OT_ERR_NOMEM;
    size_t failed = 0;
    for (size_t n = 1; rc != OT_OK; n = n < 12 ? n + 1 : n * 3) {
        struct ot_err err = {0};
        struct ot_buffer html = {0};
        ot_mem_fail_at(n);
        rc = ot_report_render(&input, &html, &err);
        ot_mem_fail_at(0);
        assert_true(rc == OT_OK || rc == OT_ERR_NOMEM);
        failed += rc != OT_OK ? 1 : 0;
        ot_buffer_release(&html);
    }
    assert_true(failed > 10);
    json_decref(result);
    release_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_users_are_escaped),
        cmocka_unit_test(the_page_loads_nothing_from_outside),
        cmocka_unit_test(tags_are_balanced),
        cmocka_unit_test(what_is_missing_is_a_dash_and_never_zero),
        cmocka_unit_test(what_was_assumed_stands_first),
        cmocka_unit_test(a_failing_criterion_is_spelled_out),
        cmocka_unit_test(formulas_have_their_numbers_inserted),
        cmocka_unit_test(models_that_differ_say_which_assumption_makes_it),
        cmocka_unit_test(numbers_have_significant_digits),
        cmocka_unit_test(units_are_read_off_the_names),
        cmocka_unit_test(bytes_become_base64),
        cmocka_unit_test(another_grid_or_unit_is_refused),
        cmocka_unit_test(an_empty_dose_still_makes_a_page),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
