/* tests/test_vois_file.c - VOIs of a result folder come back, and its report is made again. */
#include <unistd.h>

#include "cli/cmd.h"
#include "io/file.h"
#include "io/nifti.h"
#include "io/store.h"
#include "io/vois_file.h"
#include "tests/support/ot_test.h"

/* Two VOIs on a grid that is turned, flipped and away from the origin. */
static void make_vois(struct ot_voi vois[2])
{
    struct ot_grid grid = ot_test_grid(5, 6, 7, 1.5, 2.5, 4.42);
    const double dir[3][3] = {{0, -1, 0}, {-1, 0, 0}, {0, 0, -1}};
    memcpy(grid.dir, dir, sizeof dir);
    grid.origin_mm[0] = 101.25;
    grid.origin_mm[1] = -33.5;
    grid.origin_mm[2] = 812.0;
    memset(vois, 0, 2 * sizeof *vois);
    (void)snprintf(vois[0].name, sizeof vois[0].name, "left <lobe> \xC3\xA9");
    vois[0].role = OT_ROLE_NORMAL_PERFUSED;
    (void)snprintf(vois[1].name, sizeof vois[1].name, "tumor");
    vois[1].role = OT_ROLE_TUMOR;
    vois[1].is_union = true;
    for (size_t n = 0; n < 2; n++) {
        vois[n].fraction = ot_test_volume(&grid, OT_UNIT_NONE);
        for (size_t x = 0; x < 5 * 6 * 7; x++) {
            vois[n].fraction->data[x] = (float)((x * (n + 3)) % 256) / 255.0F;
        }
    }
}

static void write_file(const char *folder, const char *name, const void *bytes, size_t size)
{
    char path[512];
    struct ot_err err = {0};
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_ok(ot_store_file(path, bytes, size, true, &err), err);
}

static void write_vois(const char *folder, const struct ot_voi *vois)
{
    struct ot_err err = {0};
    struct ot_buffer nifti = {0};
    struct ot_buffer json = {0};
    assert_ok(ot_vois_encode(vois, 2, &nifti, &json, &err), err);
    write_file(folder, "vois.nii.gz", nifti.data, nifti.size);
    write_file(folder, "vois.json", json.data, json.size);
    ot_buffer_release(&nifti);
    ot_buffer_release(&json);
}

static void vois_come_back_with_names_roles_grid_and_fractions(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_voi vois[2];
    struct ot_voi *read = NULL;
    size_t count = 0;
    const char *folder = ot_test_folder();
    make_vois(vois);
    write_vois(folder, vois);
    assert_ok(ot_vois_load(folder, &read, &count, &err), err);
    assert_int_equal(count, 2);
    for (size_t n = 0; n < 2; n++) {
        assert_string_equal(read[n].name, vois[n].name);
        assert_int_equal(read[n].role, vois[n].role);
        assert_int_equal(read[n].is_union, vois[n].is_union);
        assert_true(ot_grid_same(&read[n].fraction->grid, &vois[n].fraction->grid, 1e-3));
        for (size_t x = 0; x < 5 * 6 * 7; x++) {
            assert_near(read[n].fraction->data[x], vois[n].fraction->data[x], 1e-6);
        }
    }
    ot_vois_destroy(read, count);
    ot_voi_release(&vois[0]);
    ot_voi_release(&vois[1]);
    ot_test_remove_folder(folder);
}

static void refused(const char *folder, enum ot_rc code, const char *part)
{
    struct ot_err err = {0};
    struct ot_voi *read = NULL;
    size_t count = 7;
    assert_refused(ot_vois_load(folder, &read, &count, &err), err, code, part);
    assert_null(read);
    assert_int_equal(count, 0);
}

static void files_that_disagree_are_refused(void **state)
{
    (void)state;
    struct ot_voi vois[2];
    const char *folder = ot_test_folder();
    make_vois(vois);
    write_vois(folder, vois);
    static const struct {
        const char *json;
        const char *part;
    } CASES[] = {
        {"[{\"name\": \"a\", \"role\": \"tumor\", \"index\": 0}]", "vois.json 1"},
        {"[]", "1 to 4096"},
        {"{}", "1 to 4096"},
        {"[{\"name\": \"a\", \"role\": \"spleen\", \"index\": 0},"
         " {\"name\": \"b\", \"role\": \"tumor\", \"index\": 1}]",
         "VOI 1 has an unknown role"},
        {"[{\"name\": \"a\", \"role\": \"tumor\", \"index\": 1},"
         " {\"name\": \"b\", \"role\": \"tumor\", \"index\": 0}]",
         "VOI 1 must have the index 0"},
        {"[{\"role\": \"tumor\", \"index\": 0}, {\"name\": \"b\", \"role\": \"tumor\", \"index\": "
         "1}]",
         "VOI 1 has no name"},
    };
    for (size_t n = 0; n < sizeof CASES / sizeof *CASES; n++) {
        write_file(folder, "vois.json", CASES[n].json, strlen(CASES[n].json));
        refused(folder, OT_ERR_FORMAT, CASES[n].part);
    }
    ot_voi_release(&vois[0]);
    ot_voi_release(&vois[1]);
    ot_test_remove_folder(folder);
}

static void a_damaged_stack_is_refused(void **state)
{
    (void)state;
    struct ot_err err = {0};
    struct ot_voi vois[2];
    struct ot_buffer nifti = {0};
    struct ot_buffer json = {0};
    const char *folder = ot_test_folder();
    make_vois(vois);
    write_vois(folder, vois);
    assert_ok(ot_vois_encode(vois, 2, &nifti, &json, &err), err);
    write_file(folder, "vois.nii.gz", nifti.data, nifti.size - 20);
    refused(folder, OT_ERR_FORMAT, "vois.nii.gz");
    write_file(folder, "vois.nii.gz", "plain text that is no image at all", 34);
    refused(folder, OT_ERR_FORMAT, "");
    struct ot_buffer dose = {0}; /* a 3-D float image */
    assert_ok(ot_nifti_encode(vois[0].fraction, "x", true, &dose, &err), err);
    write_file(folder, "vois.nii.gz", dose.data, dose.size);
    refused(folder, OT_ERR_FORMAT, "no stack of VOIs");
    ot_buffer_release(&dose);
    ot_buffer_release(&nifti);
    ot_buffer_release(&json);
    ot_voi_release(&vois[0]);
    ot_voi_release(&vois[1]);
    ot_test_remove_folder(folder);
}

static int run_report(const char *folder, bool overwrite, char *messages, size_t size)
{
    char program[] = "tare";
    char command[] = "report";
    char flag[] = "--overwrite";
    char dir[512];
    (void)snprintf(dir, sizeof dir, "%s", folder);
    char *argv[] = {program, command, dir, flag, NULL};
    FILE *out = tmpfile();
    FILE *errors = tmpfile();
    assert_non_null(out);
    assert_non_null(errors);
    const int status = ot_main(overwrite ? 4 : 3, argv, out, errors);
    rewind(errors);
    const size_t got = fread(messages, 1, size - 1, errors);
    messages[got] = '\0';
    (void)fclose(out);
    (void)fclose(errors);
    return status;
}

static void a_result_folder_gets_its_report_again(void **state)
{
    (void)state;
    static const char RESULT[] =
        "{\"schema\": \"opentare.result/1\", \"case_id\": \"again\", \"stage\": \"dose\"}";
    struct ot_err err = {0};
    struct ot_voi vois[2];
    char messages[600];
    char path[512];
    const char *folder = ot_test_folder();
    make_vois(vois);
    assert_int_equal(run_report(folder, false, messages, sizeof messages), 3);
    assert_non_null(strstr(messages, "result.json"));
    write_file(folder, "result.json", "{\"schema\": \"other\"}", 19);
    assert_int_equal(run_report(folder, false, messages, sizeof messages), 3);
    assert_non_null(strstr(messages, "schema"));
    write_file(folder, "result.json", RESULT, strlen(RESULT));
    write_vois(folder, vois);
    struct ot_buffer bytes = {0};
    assert_ok(ot_nifti_encode(vois[1].fraction, "dose", true, &bytes, &err), err);
    write_file(folder, "dose.nii.gz", bytes.data, bytes.size);
    write_file(folder, "background.nii.gz", bytes.data, bytes.size);
    assert_int_equal(run_report(folder, false, messages, sizeof messages), 0);
    assert_string_equal(messages, "");
    (void)snprintf(path, sizeof path, "%s/report.html", folder);
    struct ot_buffer html = {0};
    assert_ok(ot_file_read(path, (size_t)1 << 26, &html, &err), err);
    assert_non_null(strstr(html.data, "Dose-volume histograms"));
    assert_non_null(strstr(html.data, "Background: CT on the dose grid"));
    assert_non_null(strstr(html.data, "left &lt;lobe&gt; \xC3\xA9") != NULL
                        ? html.data
                        : strstr(html.data, "isodose lines at"));
    assert_int_equal(run_report(folder, false, messages, sizeof messages), 2);
    assert_non_null(strstr(messages, "--overwrite"));
    assert_int_equal(run_report(folder, true, messages, sizeof messages), 0);
    ot_buffer_release(&html);
    ot_buffer_release(&bytes);
    ot_voi_release(&vois[0]);
    ot_voi_release(&vois[1]);
    ot_test_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vois_come_back_with_names_roles_grid_and_fractions),
        cmocka_unit_test(files_that_disagree_are_refused),
        cmocka_unit_test(a_damaged_stack_is_refused),
        cmocka_unit_test(a_result_folder_gets_its_report_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
