/* io/report.h - report.html: what result.json says, for people who decide.
 *
 * The page is one self-contained file: no script, no network (its Content-Security-Policy
 * begins default-src 'none'), figures as data: URIs. It computes no number: every figure that
 * stands in it is a value of `result`; the pictures and DVH curves are drawn from `dose` and
 * `vois`. Texts of the result (case_id, names of VOIs, reasons) are escaped.
 *
 * Keys read besides those of the result folder's contract, all optional:
 *   activity.injections[]  name (the perfused VOI), activity_gbq, residual_fraction,
 *                          lung_shunt_fraction, injected_gbq, net_liver_gbq
 *   partition              an object, or a list of them with `voi`, one per injection;
 *                          tumor_mass_kg, normal_mass_kg, net_gbq, dose_constant_gy_kg_per_gbq
 *   prescription           prescribed_gbq, a_aim_gbq, a_max_gbq, binds, aim_reached; the rest
 *                          is shown under its own name
 *   conflicts              id of a contradiction in the paper -> its text
 * A key that is missing or null is shown as a dash or "not evaluated", never as 0.
 */
#ifndef OT_IO_REPORT_H
#define OT_IO_REPORT_H

#include <stddef.h>

#include <jansson.h>

#include "core/err.h"
#include "core/text.h"
#include "core/voi.h"
#include "core/volume.h"

struct ot_report_input {
    const json_t *result;               /* the object of result.json */
    const struct ot_volume *dose;       /* Gy; NULL: a report without pictures */
    const struct ot_volume *background; /* CT (HU) or activity on the dose grid, or NULL */
    const struct ot_voi *vois;          /* on the dose grid; may be NULL when voi_count is 0 */
    size_t voi_count;
};

/* Appends the page to `html`, which the caller owns and releases.
 * Errors: OT_ERR_FORMAT (result is no object), OT_ERR_UNIT (dose not in Gy), OT_ERR_GEOMETRY
 * (grids differ), OT_ERR_EXTERNAL (cairo), OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_report_render(const struct ot_report_input *input,
                                          struct ot_buffer *html, struct ot_err *err);

#endif /* OT_IO_REPORT_H */
