/* segment/territory.h - what perfused territories leave and cover: liver, tumors, each other.
 *
 * All by fractions on one grid: the union of territories is min(1, sum f), their overlap
 * max(0, f_a + f_b - 1), so that of two territories union and overlap are the sum, to rounding, and
 * neighbors do not overlap. Perfused liver is min(f_liver, f_union), nonperfused liver
 * max(0, f_liver - f_union): both are the liver.
 */
#ifndef OT_SEGMENT_TERRITORY_H
#define OT_SEGMENT_TERRITORY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/voi.h"

enum { OT_MOST_TERRITORIES = 16, OT_MOST_TUMORS = 64 };

struct ot_territory {
    char name[OT_VOI_NAME_SIZE];
    double volume_ml;
    double outside_liver_ml;      /* NAN without a liver, as all below */
    double treated_liver_percent; /* 100 volume / liver's volume, tumors included */
};

struct ot_territory_overlap {
    size_t a, b; /* of the territories */
    double volume_ml;
};

struct ot_tumor_cover {
    char name[OT_VOI_NAME_SIZE];
    double volume_ml;
    double diameter_mm; /* largest, in any direction (segment/surface.h) */
    double outside_liver_percent;
    double uncovered_ml; /* in no territory; NAN without territories, as below */
    double uncovered_percent;
    double margin_mm; /* from the tumor's surface to the edge of the union of the territories; minus
                         how far it reaches beyond */
    double untreated_margin_mm; /* to the nearest nonperfused liver: the capsule is no edge */
};

struct ot_territories {
    struct ot_territory territory[OT_MOST_TERRITORIES];
    size_t territory_count;
    struct ot_territory_overlap overlap[OT_MOST_TERRITORIES * (OT_MOST_TERRITORIES - 1) / 2];
    size_t overlap_count;
    struct ot_tumor_cover tumor[OT_MOST_TUMORS];
    size_t tumor_count;
    double perfused_ml; /* of the union: overlaps count once */
    double liver_ml;
    double perfused_liver_ml, perfused_liver_percent;       /* of the liver, in the union */
    double nonperfused_liver_ml, nonperfused_liver_percent; /* of the liver, in none */
    double remnant_ml;        /* future liver remnant: nonperfused liver less tumors and thrombus */
    double remnant_percent;   /* of the liver less tumors and thrombus */
    double tumor_diameter_mm; /* of the tumor of greatest volume; NAN without */
    double least_margin_mm;   /* of all tumors */
};

/* vois: given ones, on one grid, unions not among them. Roles other than liver, perfused, tumor and
 * thrombus are ignored.
 * Errors: OT_ERR_ARG (too many), OT_ERR_GEOMETRY, OT_ERR_NOMEM. */
OT_MUST_CHECK enum ot_rc ot_territories_measure(const struct ot_voi *vois, size_t count,
                                                int threads, struct ot_territories *out,
                                                struct ot_err *err);

#endif /* OT_SEGMENT_TERRITORY_H */
