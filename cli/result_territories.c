/* cli/result_territories.c - what territories cover and leave, as JSON. */
#include "cli/result.h"

#include <math.h>

#include "io/json.h"

static json_t *territory_json(const struct ot_territory *territory)
{
    return json_pack("{s:s, s:o, s:o, s:o}", "name", territory->name, "volume_ml",
                     ot_json_number(territory->volume_ml), "outside_liver_ml",
                     ot_json_number(territory->outside_liver_ml), "treated_liver_percent",
                     ot_json_number(territory->treated_liver_percent));
}

static json_t *tumor_json(const struct ot_tumor_cover *tumor)
{
    static const double wanted_mm = 10.0; /* Salem 2023, Table 3, target volume 3 */
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        {"volume_ml", tumor->volume_ml},
        {"diameter_mm", tumor->diameter_mm},
        {"outside_liver_percent", tumor->outside_liver_percent},
        {"uncovered_ml", tumor->uncovered_ml},
        {"uncovered_percent", tumor->uncovered_percent},
        {"margin_mm", tumor->margin_mm},
        {"untreated_margin_mm", tumor->untreated_margin_mm},
    };
    json_t *row = json_pack("{s:s}", "name", tumor->name);
    for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++) {
        (void)json_object_set_new(row, numbers[n].key, ot_json_number(numbers[n].value));
    }
    (void)json_object_set_new(
        row, "margin_of_1_cm",
        isnan(tumor->margin_mm) ? json_null() : json_boolean(tumor->margin_mm >= wanted_mm));
    return row;
}

static json_t *overlap_json(const struct ot_territories *of,
                            const struct ot_territory_overlap *overlap)
{
    return json_pack("{s:s, s:s, s:o}", "a", of->territory[overlap->a].name, "b",
                     of->territory[overlap->b].name, "volume_ml",
                     ot_json_number(overlap->volume_ml));
}

json_t *ot_result_territories(const struct ot_territories *of, struct ot_err *err)
{
    json_t *perfused = json_array();
    json_t *overlaps = json_array();
    json_t *tumors = json_array();
    for (size_t n = 0; n < of->territory_count; n++) {
        (void)json_array_append_new(perfused, territory_json(&of->territory[n]));
    }
    for (size_t n = 0; n < of->overlap_count; n++) {
        (void)json_array_append_new(overlaps, overlap_json(of, &of->overlap[n]));
    }
    for (size_t n = 0; n < of->tumor_count; n++) {
        (void)json_array_append_new(tumors, tumor_json(&of->tumor[n]));
    }
    json_t *object =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "liver_ml",
                  ot_json_number(of->liver_ml), "perfused_ml", ot_json_number(of->perfused_ml),
                  "perfused_liver_ml", ot_json_number(of->perfused_liver_ml),
                  "perfused_liver_percent", ot_json_number(of->perfused_liver_percent),
                  "nonperfused_liver_ml", ot_json_number(of->nonperfused_liver_ml),
                  "nonperfused_liver_percent", ot_json_number(of->nonperfused_liver_percent),
                  "future_liver_remnant_ml", ot_json_number(of->remnant_ml),
                  "future_liver_remnant_percent", ot_json_number(of->remnant_percent), "perfused",
                  perfused, "overlaps", overlaps, "tumors", tumors);
    if (object == NULL) {
        (void)ot_fail(err, OT_ERR_NOMEM, "no memory for the territories");
    }
    return object;
}
