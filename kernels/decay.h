/* kernels/decay.h - physical decay between the instants that a file and a case state. */
#ifndef OT_KERNELS_DECAY_H
#define OT_KERNELS_DECAY_H

#include <stdbool.h>

#include "core/err.h"
#include "core/image.h"

/* 2^(elapsed / half_life): what a value measured `elapsed` seconds later was worth before. */
double ot_decay_factor(double elapsed_s, double half_life_s);

/* Whether the scanner corrected decay with a half-life that is more than 0.5 % another one: then
 * the values are not right at any time before that correction is undone. */
bool ot_decay_is_foreign(const struct ot_image_facts *facts, double half_life_s);

/* The factor that takes the image's values to `injection`.
 *
 * Values refer to facts->value_time: 2^((value_time - injection) / half_life). Where the
 * scanner corrected decay from facts->acquired to value_time with another half-life, that
 * correction is undone first: 2^(-(acquired - value_time) / T_scanner) takes the values back
 * to the acquisition, 2^((acquired - injection) / half_life) from there to the injection.
 *
 * Errors: OT_ERR_RANGE when a needed time is not known, or one of two carries no zone, or the
 * elapsed time is impossible (values that refer to more than 60 days from the injection, an
 * injection more than 15 min after the acquisition), or when a foreign half-life cannot be undone
 * because the acquisition is not known.
 * Source: fact sheet 5.1; DICOM PS3.3 C.8.9.1. */
OT_MUST_CHECK enum ot_rc ot_decay_to_injection(const struct ot_image_facts *facts,
                                               const struct ot_time *injection, double half_life_s,
                                               double *factor, struct ot_err *err);

/* Where slices were acquired at different times (facts.plane_after_s) and the scanner corrected
 * their decay with a half-life of its own, one factor for the volume would leave steps between bed
 * positions: each slice is multiplied by 2^(after (1/T - 1/T_scanner)), so that the factor of
 * ot_decay_to_injection() is right for every one of them. */
void ot_decay_align_planes(struct ot_image *image, double half_life_s);

#endif /* OT_KERNELS_DECAY_H */
