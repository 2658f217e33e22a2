/* io/dicom_stack.h - image planes in any order become one grid, or it is said why they cannot. */
#ifndef OT_IO_DICOM_STACK_H
#define OT_IO_DICOM_STACK_H

#include <stddef.h>

#include "core/err.h"
#include "core/grid.h"

/* One plane of a volume, wherever it is stored. */
struct ot_dicom_plane {
    double position_mm[3]; /* centre of its first pixel, LPS (0020,0032) */
    double along_mm;       /* its projection on the normal; set by ot_dicom_stack() */
    size_t file;           /* of the series */
    size_t frame;          /* within the file */
    double slope;          /* value = slope * stored + intercept */
    double intercept;
    double after_s; /* acquired after the volume's mean time; 0 unless slices differ */
    double least_stored, most_stored; /* what is stored outside has no meaning (0040,9216/9211) */
};

/* What all planes of a volume have in common. */
struct ot_dicom_face {
    size_t columns; /* i */
    size_t rows;    /* j */
    /* Direction cosines of a row, then of a column (0020,0037). */
    double orientation[6];
    /* Between rows (along j), then between columns (0028,0030), as DICOM lists them. */
    double spacing_mm[2];
};

/* The name of what differs between two faces (matrix, spacing, orientation), or NULL; static. */
const char *ot_dicom_face_difference(const struct ot_dicom_face *a, const struct ot_dicom_face *b);

/* Unit vectors of the face and their cross product.
 * Errors: OT_ERR_GEOMETRY (not of unit length, not perpendicular: tolerance 1e-3). */
OT_MUST_CHECK enum ot_rc ot_dicom_face_axes(const struct ot_dicom_face *face, double dir[3][3],
                                            struct ot_err *err);

/* Sorts planes[count] along the normal (row x column), so that the grid is right-handed, and
 * describes the grid they form.
 *
 * Errors, all OT_ERR_GEOMETRY with the numbers: fewer than two planes; two planes at one
 * position (closer than 0.01 mm); planes that shift sideways by more than 0.1 mm over the
 * stack (gantry tilt); a step that is a multiple of the others (a plane is missing); steps
 * that differ by more than 1 % and 0.01 mm; a plane that is off the even stack by more than 2 %
 * of a step and 0.01 mm; orientation or spacing not valid.
 * Source: DICOM PS3.3 C.7.6.2 (Image Plane): the position decides, not the slice's number,
 * thickness or spacing. */
OT_MUST_CHECK enum ot_rc ot_dicom_stack(struct ot_dicom_plane *planes, size_t count,
                                        const struct ot_dicom_face *face, struct ot_grid *grid,
                                        struct ot_err *err);

#endif /* OT_IO_DICOM_STACK_H */
