/* io/saturation.h - counts that were cut off at the largest number that a file can store. */
#ifndef OT_IO_SATURATION_H
#define OT_IO_SATURATION_H

#include <stdbool.h>
#include <stddef.h>

/* The greatest of many stored values, and how many are equal to it; {-INFINITY, 0} at first. */
struct ot_peak {
    double most;
    size_t count;
};

/* Values are whole numbers. */
void ot_peak_add(struct ot_peak *peak, const double *stored, size_t count);
void ot_peak_merge(struct ot_peak *peak, const struct ot_peak *other);

/* How many values hold the largest number of `bits` bits, or of 15 bits, which many programs take
 * for the end of 16; 0 where they are 3 or fewer, as scaling to the maximum leaves behind, or where
 * the file has 8 bits or fewer. Meaningful for values of one scale only: where each slice has its
 * own, that is made of the slice's own maximum. */
size_t ot_peak_saturated(const struct ot_peak *peak, size_t bits, bool is_signed);

#endif /* OT_IO_SATURATION_H */
