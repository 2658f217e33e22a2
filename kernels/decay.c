/* kernels/decay.c - decay correction over several days and with a scanner's own half-life. */
#include "kernels/decay.h"

#include <math.h>

static const double S_PER_H = 3600.0;
static const double CLOCKS_AGREE_S = 15.0 * 60.0; /* those of scanner and injection */
static const double SAME_HALF_LIFE = 0.005;       /* relative: 0.4 % of activity in three days */
static const double LONGEST_S = 60.0 * 86400.0;   /* over 20 half-lives: no image is left */

double ot_decay_factor(double elapsed_s, double half_life_s)
{
    return exp2(elapsed_s / half_life_s);
}

bool ot_decay_is_foreign(const struct ot_image_facts *facts, double half_life_s)
{
    return facts->corrected_half_life_s > 0.0 &&
           !(fabs(facts->corrected_half_life_s / half_life_s - 1.0) <= SAME_HALF_LIFE);
}

static enum ot_rc elapsed(const struct ot_time *later, const struct ot_time *earlier,
                          double *seconds, struct ot_err *err)
{
    const enum ot_rc rc = ot_time_difference(later, earlier, seconds, err);
    if (rc == OT_OK && !(fabs(*seconds) <= LONGEST_S)) {
        return ot_fail(err, OT_ERR_RANGE, "%.1f days lie between image and injection",
                       *seconds / 86400.0);
    }
    return rc;
}

enum ot_rc ot_decay_to_injection(const struct ot_image_facts *facts,
                                 const struct ot_time *injection, double half_life_s,
                                 double *factor, struct ot_err *err)
{
    double since_injection_s = 0.0;
    enum ot_rc rc = elapsed(&facts->value_time, injection, &since_injection_s, err);
    if (rc != OT_OK) {
        return rc;
    }
    *factor = ot_decay_factor(since_injection_s, half_life_s);
    if (facts->acquired.known) {
        double scan_after_s = 0.0;
        rc = elapsed(&facts->acquired, injection, &scan_after_s, err);
        if (rc == OT_OK && !(scan_after_s >= -CLOCKS_AGREE_S)) {
            rc = ot_fail(err, OT_ERR_RANGE,
                         "the injection is %.1f h after the image was acquired: correct "
                         "injection_time",
                         -scan_after_s / S_PER_H);
        }
        if (rc != OT_OK) {
            return rc;
        }
    }
    if (!facts->acquired.known && ot_decay_is_foreign(facts, half_life_s)) {
        return ot_fail(err, OT_ERR_RANGE,
                       "the scanner corrected decay with a half-life of %.6g s, and the image does "
                       "not say when it was acquired (0008,0022/0032): that cannot be undone; "
                       "calibrate with --calibration relative",
                       facts->corrected_half_life_s);
    }
    if (!(facts->corrected_half_life_s > 0.0) || !facts->acquired.known) {
        return OT_OK;
    }
    double corrected_over_s = 0.0;
    rc = elapsed(&facts->acquired, &facts->value_time, &corrected_over_s, err);
    if (rc != OT_OK) {
        return rc;
    }
    /* The scanner's 2^(t/T_scanner) is replaced by 2^(t/T). */
    *factor *= ot_decay_factor(corrected_over_s, half_life_s) /
               ot_decay_factor(corrected_over_s, facts->corrected_half_life_s);
    return OT_OK;
}

void ot_decay_align_planes(struct ot_image *image, double half_life_s)
{
    const struct ot_image_facts *facts = &image->facts;
    const size_t *n = image->volume->grid.n;
    if (facts->plane_after_s == NULL || !(facts->corrected_half_life_s > 0.0)) {
        return;
    }
    for (size_t k = 0; k < n[2]; k++) {
        const double factor =
            ot_decay_factor(facts->plane_after_s[k], half_life_s) /
            ot_decay_factor(facts->plane_after_s[k], facts->corrected_half_life_s);
        float *plane = image->volume->data + k * n[0] * n[1];
        for (size_t x = 0; x < n[0] * n[1]; x++) {
            plane[x] = (float)((double)plane[x] * factor);
        }
    }
}
