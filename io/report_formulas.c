/* io/report_formulas.c - the models with their numbers inserted, line by line, for a calculator.
 *
 * All numbers, also the results, are those of result.json; nothing is computed here but the
 * ratio of two of them, which decides whether a sentence about the models' assumptions stands.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/report_page.h"

#define TIMES " \xC3\x97 "
#define MINUS " \xE2\x88\x92 "
#define DOT "\xC2\xB7"
#define GY_KG_PER_GBQ "Gy" DOT "kg/GBq"

/* Above the first a sentence says which assumption makes the difference; above the second it
 * is flagged. */
static const double WORTH_SAYING = 0.05;
static const double WORTH_FLAGGING = 0.20;

/* The administration that a model uses: of one injection, or of the whole case. */
struct given {
    const json_t *activity, *residual, *shunt, *injected, *net, *constant;
};

static const json_t *first_of(const json_t *a, const json_t *b)
{
    return a != NULL ? a : b;
}

static struct given given_for(const struct ot_page *page, const json_t *row, const char *voi)
{
    const json_t *all = ot_page_find(page->result, "activity");
    const json_t *list = ot_page_find(all, "injections");
    const json_t *own = ot_page_row(list, "name", voi);
    own = first_of(own, ot_page_row(list, "voi", voi));
    own = first_of(own, ot_page_row(list, "perfused", voi));
    struct given given = {
        .activity =
            first_of(ot_page_find(own, "activity_gbq"), ot_page_find(own, "dose_is_for_gbq")),
        .residual = ot_page_find(own, "residual_fraction"),
        .shunt = ot_page_find(own, "lung_shunt_fraction"),
        .injected = ot_page_find(own, "injected_gbq"),
        .net = first_of(ot_page_find(row, "net_gbq"), ot_page_find(own, "net_liver_gbq")),
        .constant = first_of(ot_page_find(row, "gy_kg_per_gbq"),
                             ot_page_find(row, "dose_constant_gy_kg_per_gbq")),
    };
    given.activity = first_of(given.activity, ot_page_find(all, "dose_is_for_gbq"));
    given.residual = first_of(given.residual, ot_page_find(all, "residual_fraction"));
    given.shunt = first_of(given.shunt, ot_page_find(all, "lung_shunt_fraction"));
    given.injected = first_of(given.injected, ot_page_find(all, "injected_gbq"));
    given.net = first_of(given.net, ot_page_find(all, "net_liver_gbq"));
    const json_t *rows = ot_page_find(page->result, "single_compartment");
    given.constant =
        first_of(given.constant, ot_page_find(json_array_get(rows, 0), "gy_kg_per_gbq"));
    return given;
}

static void put(struct ot_buffer *html, const json_t *value, const char *unit)
{
    ot_page_value(html, value, unit, OT_DIGITS_FORMULA);
}

/* One line: what it is, the formula, the numbers that follow, the result. */
static void line_begin(struct ot_buffer *html, const char *what, const char *formula)
{
    ot_buffer_printf(html,
                     "<li><span class=\"name\">%s</span><span class=\"formula\">%s</span>"
                     "<span class=\"sum\">",
                     what, formula);
}

static void line_end(struct ot_buffer *html, const json_t *value, const char *unit)
{
    ot_buffer_text(html, "</span><b class=\"is\">= ");
    put(html, value, unit);
    ot_buffer_text(html, "</b></li>");
}

static void put_administration(struct ot_buffer *html, const struct given *given)
{
    line_begin(html, "Administered", "<i>A</i>");
    line_end(html, given->activity, "GBq");
    line_begin(html, "Left the vial", "<i>A</i>" DOT "(1" MINUS "<i>R</i>)");
    put(html, given->activity, "GBq");
    ot_buffer_text(html, TIMES "(1" MINUS);
    put(html, given->residual, "");
    ot_buffer_text(html, ")");
    line_end(html, given->injected, "GBq");
    line_begin(html, "Net in the liver",
               "<i>A</i>" DOT "(1" MINUS "<i>R</i>)" DOT "(1" MINUS "<i>F</i>)");
    put(html, given->injected, "GBq");
    ot_buffer_text(html, TIMES "(1" MINUS);
    put(html, given->shunt, "");
    ot_buffer_text(html, ")");
    line_end(html, given->net, "GBq");
}

/* The rule about differences, in one place: `model` against what the voxels say. */
static void put_difference(struct ot_buffer *html, const char *names, const json_t *model,
                           const json_t *voxels, const char *assumption)
{
    if (!json_is_number(model) || !json_is_number(voxels)) {
        return;
    }
    const double a = json_number_value(model);
    const double b = json_number_value(voxels);
    const double difference = fabs(a / b - 1.0);
    if (!(b > 0.0) || !(difference > WORTH_SAYING)) {
        return;
    }
    const bool flagged = difference > WORTH_FLAGGING;
    ot_buffer_printf(html, "<p class=\"differs%s\">%s<b>%s: ", flagged ? " flagged" : "",
                     flagged ? "<span class=\"badge caution\"><b aria-hidden=\"true\">!</b> more "
                               "than 20 %</span> "
                             : "",
                     names);
    put(html, model, "Gy");
    ot_buffer_text(html, " and ");
    put(html, voxels, "Gy");
    ot_buffer_printf(html, "</b> (%+.0f %%). %s</p>", 100.0 * (a / b - 1.0), assumption);
}

static void put_single(struct ot_page *page, const json_t *row)
{
    struct ot_buffer *html = page->html;
    const char *voi = ot_page_text(row, "voi", "");
    const struct given given = given_for(page, row, voi);
    ot_buffer_text(html, "<article class=\"model\"><h3>Single compartment: ");
    ot_buffer_html(html, *voi != '\0' ? voi : "\xE2\x80\x93");
    ot_buffer_text(html, "</h3><ol class=\"calc\">");
    put_administration(html, &given);
    line_begin(html, "Mean dose",
               "<i>k</i>" DOT "<i>A</i>(1" MINUS "<i>R</i>)(1" MINUS "<i>F</i>)/<i>M</i>");
    put(html, given.constant, GY_KG_PER_GBQ);
    ot_buffer_text(html, TIMES);
    put(html, given.net, "GBq");
    ot_buffer_text(html, " / ");
    put(html, ot_page_find(row, "mass_kg"), "kg");
    line_end(html, ot_page_find(row, "mean_gy"), "Gy");
    line_begin(html, "By the image", "<i>k</i>" DOT "<i>A</i><sub>image</sub>/<i>M</i>");
    line_end(html, ot_page_find(row, "mean_image_gy"), "Gy");
    ot_buffer_text(html, "</ol>");
    const json_t *voxels =
        ot_page_find(ot_page_row(ot_page_find(page->result, "vois"), "name", voi), "mean_gy");
    put_difference(html, "Single compartment and voxel mean", ot_page_find(row, "mean_gy"), voxels,
                   "The single compartment assumes that all of the net activity stays in this "
                   "volume and is spread evenly over its mass; the voxels take the activity where "
                   "the image shows it, and energy crosses the border.");
    put_difference(html, "By the image and voxel mean", ot_page_find(row, "mean_image_gy"), voxels,
                   "The first assumes that energy stays where the activity is; the voxels let it "
                   "cross the border of the volume.");
    ot_buffer_text(html, "</article>");
}

/* m_T T:N of one tumor, or the sum over several. */
static void put_weighted_masses(struct ot_buffer *html, const json_t *partition)
{
    const json_t *tumors = ot_page_find(partition, "tumors");
    put(html,
        first_of(ot_page_find(partition, "normal_mass_kg"),
                 ot_page_find(partition, "mass_normal_kg")),
        "kg");
    if (json_array_size(tumors) == 0) {
        ot_buffer_text(html, " + ");
        put(html, ot_page_find(partition, "tn_ratio"), "");
        ot_buffer_text(html, TIMES);
        put(html,
            first_of(ot_page_find(partition, "tumor_mass_kg"),
                     ot_page_find(partition, "mass_tumor_kg")),
            "kg");
        return;
    }
    size_t n;
    json_t *tumor;
    json_array_foreach(tumors, n, tumor)
    {
        ot_buffer_text(html, " + ");
        put(html, ot_page_find(tumor, "tn_ratio"), "");
        ot_buffer_text(html, TIMES);
        put(html, ot_page_find(tumor, "mass_kg"), "kg");
    }
}

static void put_tumor_line(struct ot_buffer *html, const char *what, const json_t *ratio,
                           const json_t *normal_gy, const json_t *tumor_gy)
{
    ot_buffer_text(html, "<li><span class=\"name\">");
    ot_buffer_html(html, what);
    ot_buffer_text(html, "</span><span class=\"formula\"><i>r</i>" DOT "<i>D</i><sub>N</sub></span>"
                         "<span class=\"sum\">");
    put(html, ratio, "");
    ot_buffer_text(html, TIMES);
    put(html, normal_gy, "Gy");
    line_end(html, tumor_gy, "Gy");
}

static void put_partition_lines(struct ot_page *page, const json_t *partition,
                                const struct given *given)
{
    struct ot_buffer *html = page->html;
    const json_t *normal_gy = ot_page_find(partition, "normal_gy");
    put_administration(html, given);
    line_begin(html, "Normal tissue",
               "<i>k</i>" DOT "<i>A</i><sub>net</sub>/(<i>m</i><sub>N</sub> + \xCE\xA3 <i>r</i>" DOT
               "<i>m</i><sub>T</sub>)");
    put(html, given->constant, GY_KG_PER_GBQ);
    ot_buffer_text(html, TIMES);
    put(html, given->net, "GBq");
    ot_buffer_text(html, " / (");
    put_weighted_masses(html, partition);
    ot_buffer_text(html, ")");
    line_end(html, normal_gy, "Gy");
    const json_t *tumors = ot_page_find(partition, "tumors");
    size_t n;
    json_t *tumor;
    json_array_foreach(tumors, n, tumor)
    {
        put_tumor_line(
            html, ot_page_text(tumor, "name", ot_page_text(tumor, "voi", "Tumor")),
            ot_page_find(tumor, "tn_ratio"), normal_gy,
            first_of(ot_page_find(tumor, "tumor_gy"),
                     first_of(ot_page_find(tumor, "mean_gy"), ot_page_find(tumor, "dose_gy"))));
    }
    if (json_array_size(tumors) == 0) {
        put_tumor_line(html, "Tumor", ot_page_find(partition, "tn_ratio"), normal_gy,
                       ot_page_find(partition, "tumor_gy"));
    } else if (json_array_size(tumors) > 1) {
        line_begin(html, "All tumors", "mass-weighted mean");
        line_end(html, ot_page_find(partition, "tumor_gy"), "Gy");
    }
}

static void put_partition(struct ot_page *page, json_t *partition)
{
    static const char *const shown[] = {"tn_ratio", "tumor_gy", "normal_gy", "lung_gy",
                                        "voi",      "tumors",   NULL};
    struct ot_buffer *html = page->html;
    const char *voi = ot_page_text(partition, "voi", "");
    const struct given given = given_for(page, partition, voi);
    ot_buffer_text(html, "<article class=\"model\"><h3>Partition model");
    ot_buffer_text(html, *voi != '\0' ? ": " : "");
    ot_buffer_html(html, voi);
    ot_buffer_text(html, "</h3><p class=\"hint\"><i>r</i> is the tumor to normal ratio (T:N) of "
                         "activity per mass.</p><ol class=\"calc\">");
    put_partition_lines(page, partition, &given);
    ot_buffer_text(html, "</ol>");
    const json_t *vois = ot_page_find(page->result, "vois");
    const json_t *tumor =
        first_of(ot_page_row(vois, "name", ot_page_text(partition, "tumor_voi", "tumor")),
                 ot_page_row(vois, "role", "tumor"));
    const json_t *normal = first_of(
        ot_page_row(vois, "name", ot_page_text(partition, "normal_voi", "normal_perfused")),
        ot_page_row(vois, "role", "normal_perfused"));
    normal = first_of(normal, ot_page_row(vois, "role", "normal_liver"));
    put_difference(html, "Tumor, partition and voxel mean", ot_page_find(partition, "tumor_gy"),
                   ot_page_find(tumor, "mean_gy"),
                   "The partition model assumes that the net activity is in tumor and normal "
                   "perfused tissue only, and that no energy leaves the tumor; the voxels lose "
                   "energy across its border, the more the smaller the tumor, and take the "
                   "activity where the image shows it.");
    put_difference(html, "Normal tissue, partition and voxel mean",
                   ot_page_find(partition, "normal_gy"), ot_page_find(normal, "mean_gy"),
                   "The partition model assumes that normal tissue gets energy from its own "
                   "activity only and evenly; the voxels add what crosses the tumor's border and "
                   "take the activity where the image shows it.");
    ot_buffer_text(html, "<details><summary>Masses, activities and image-based "
                         "doses</summary></details><div class=\"fold\">");
    ot_page_object(html, partition, shown);
    ot_buffer_text(html, "</div></article>");
}

static void put_lungs(struct ot_page *page)
{
    static const char *const shown[] = {"dose_gy", "mass_kg", "lung_shunt_fraction", NULL};
    struct ot_buffer *html = page->html;
    json_t *lungs = ot_page_find(page->result, "lungs");
    const struct given given = given_for(page, NULL, "");
    ot_buffer_text(html, "<article class=\"model\"><h3>Lungs</h3><ol class=\"calc\">");
    line_begin(html, "Lung dose",
               "<i>k</i>" DOT "<i>A</i>(1" MINUS "<i>R</i>)" DOT "<i>F</i>/<i>m</i><sub>L</sub>");
    put(html, given.constant, GY_KG_PER_GBQ);
    ot_buffer_text(html, TIMES);
    put(html, given.injected, "GBq");
    ot_buffer_text(html, TIMES);
    put(html, first_of(ot_page_find(lungs, "lung_shunt_fraction"), given.shunt), "");
    ot_buffer_text(html, " / ");
    put(html, ot_page_find(lungs, "mass_kg"), "kg");
    line_end(html, ot_page_find(lungs, "dose_gy"), "Gy");
    ot_buffer_text(html, "</ol>");
    put_difference(html, "Lungs, shunt and voxel mean", ot_page_find(lungs, "dose_gy"),
                   ot_page_find(lungs, "voxel_mean_gy"),
                   "The shunt model assumes the stated fraction and lung mass; the voxels take "
                   "counts and volume from the image, where breathing, scatter and attenuation "
                   "blur the border of lungs and liver.");
    ot_page_object(html, lungs, shown);
    ot_buffer_text(html, "</article>");
}

void ot_report_formulas(struct ot_page *page)
{
    struct ot_buffer *html = page->html;
    const json_t *single = ot_page_find(page->result, "single_compartment");
    json_t *partition = ot_page_find(page->result, "partition");
    ot_page_section(page, "formulas", "To repeat on a calculator");
    ot_buffer_text(html, "<p class=\"hint\"><i>A</i> administered activity, <i>R</i> residual "
                         "fraction, <i>F</i> lung shunt fraction, <i>k</i> dose constant, "
                         "<i>M</i>, <i>m</i> masses. Inputs are printed with six digits.</p>");
    size_t n;
    json_t *row;
    json_array_foreach(single, n, row)
    {
        put_single(page, row);
    }
    if (json_is_object(partition) && json_object_size(partition) != 0) {
        put_partition(page, partition);
    }
    json_array_foreach(partition, n, row)
    {
        put_partition(page, row);
    }
    if (json_is_object(ot_page_find(page->result, "lungs"))) {
        put_lungs(page);
    }
    ot_page_section_end(page);
}
