/* io/saturation.c - a plateau at the end of the number range. */
#include "io/saturation.h"

#include <math.h>

enum { MOST_BY_CHANCE = 3, BITS_OF_PICTURES = 8, BITS_OF_WORDS = 16 };
static const double same_number = 0.5;

void ot_peak_add(struct ot_peak *peak, const double *stored, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        if (stored[n] > peak->most + same_number) {
            *peak = (struct ot_peak){.most = stored[n], .count = 1};
        } else if (stored[n] > peak->most - same_number) {
            peak->count++;
        }
    }
}

void ot_peak_merge(struct ot_peak *peak, const struct ot_peak *other)
{
    if (other->most > peak->most + same_number) {
        *peak = *other;
    } else if (other->most > peak->most - same_number) {
        peak->count += other->count;
    }
}

size_t ot_peak_saturated(const struct ot_peak *peak, size_t bits, bool is_signed)
{
    const double top = ldexp(1.0, (int)bits - (is_signed ? 1 : 0)) - 1.0;
    const double top_of_signed_words = ldexp(1.0, BITS_OF_WORDS - 1) - 1.0;
    if (peak->count <= MOST_BY_CHANCE || bits <= BITS_OF_PICTURES) {
        return 0;
    }
    const bool at_top =
        fabs(peak->most - top) < same_number ||
        (bits == BITS_OF_WORDS && fabs(peak->most - top_of_signed_words) < same_number);
    return at_top ? peak->count : 0;
}
