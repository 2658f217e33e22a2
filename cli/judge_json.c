/* cli/judge_json.c - the prescription and the paper's contradictions as JSON. */
#include "cli/judge.h"
#include "io/json.h"

static json_t *stretch_json(const struct ot_prescription *p)
{
    json_t *list = json_array();
    for (size_t n = 0; n < p->stretch_count; n++) {
        const struct ot_stretch_goal *goal = &p->stretch[n];
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:b, s:b}", "id", goal->id, "voi", goal->voi,
                            "activity_gbq", ot_json_number(goal->activity_gbq), "within_max",
                            goal->within_max, "reached", goal->reached));
    }
    return list;
}

json_t *ot_judge_prescription_json(const struct ot_judge *judge, const struct ot_dosimetry *d)
{
    const struct ot_prescription *p = &judge->prescription;
    if (!judge->prescribed) {
        return json_pack("{s:n, s:n, s:n, s:n, s:b, s:s, s:[], s:n, s:[]}", "prescribed_gbq",
                         "a_aim_gbq", "a_max_gbq", "binds", "aim_reached", 0, "reason",
                         "no scenario was named", "stretch_goals", "vial", "vial_options");
    }
    const double bq = d->injections[0].given->bq_per_sphere_at_calibration;
    json_t *options = json_array();
    for (size_t n = 0; n < judge->schedule.option_count; n++) {
        (void)json_array_append_new(
            options,
            ot_schedule_option_json(d->given, &judge->schedule, &judge->schedule.options[n], bq));
    }
    json_t *vial = judge->schedule.option_count > 0
                       ? json_incref(json_array_get(options, judge->proposed))
                       : json_null();
    return json_pack(
        "{s:o, s:o, s:o, s:s, s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}",
        "prescribed_gbq", ot_json_number(p->prescribed_gbq), "a_aim_gbq",
        ot_json_number(p->a_aim_gbq), "a_max_gbq", ot_json_number(p->a_max_gbq), "binds",
        p->binding_id, "aim_reached", p->outcome == OT_RX_AIM, "outcome",
        ot_prescription_outcome_name(p->outcome), "aim_id", p->aim_id, "aim_voi", p->aim_voi,
        "aim_reason", p->aim_reason, "max_id", p->max_id, "max_voi", p->max_voi, "max_reason",
        p->max_reason, "reason", p->reason, "stretch_goals", stretch_json(p), "vial", vial,
        "vial_options", options);
}

json_t *ot_judge_conflicts_json(const struct ot_judge *judge)
{
    json_t *texts = json_object();
    for (size_t n = 0; n < judge->criteria.conflict_count; n++) {
        const struct ot_conflict *c = &judge->criteria.conflict[n];
        (void)json_object_set_new(texts, c->id,
                                  json_sprintf("%s; but %s. Here: %s", c->one, c->other, c->here));
    }
    return texts;
}
