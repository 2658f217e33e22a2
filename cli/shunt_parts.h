/* cli/shunt_parts.h - private to cli/flow_shunt*.c: a shunt fraction while it is found. */
#ifndef OT_CLI_SHUNT_PARTS_H
#define OT_CLI_SHUNT_PARTS_H

#include "cli/case.h"
#include "cli/dosimetry.h"
#include "cli/flow_shunt.h"
#include "kernels/shunt.h"

struct ot_shunt_work {
    const struct ot_shunt_params *params;
    struct ot_case given; /* its texts are borrowed from params */
    struct ot_injection injection;
    struct ot_dosimetry d; /* its readers, inputs and warnings serve both methods */
    bool planar;
    struct ot_shunt shunt;
    double ct_mass_g; /* of the lungs; NAN without a CT */
    json_t *measured; /* owned; what F comes from, by the method's own names */
};

/* Fill shunt, ct_mass_g and measured. Errors: as ot_flow_shunt(). */
OT_MUST_CHECK enum ot_rc ot_shunt_from_planar(struct ot_shunt_work *w, struct ot_err *err);
OT_MUST_CHECK enum ot_rc ot_shunt_from_spect(struct ot_shunt_work *w, struct ot_err *err);

#endif /* OT_CLI_SHUNT_PARTS_H */
