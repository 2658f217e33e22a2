/* io/voi_codes.c - one row for each role. */
#include "io/voi_codes.h"

#define ANATOMY \
    { \
        "123037004", "Anatomical Structure" \
    }
#define ALTERED \
    { \
        "49755003", "Morphologically Altered Structure" \
    }
#define TISSUE \
    { \
        "85756007", "Tissue" \
    }

static const struct ot_voi_code codes[OT_ROLE_COUNT] = {
    [OT_ROLE_LIVER] =
        {ANATOMY, {"10200004", "Liver"}, {165, 80, 40}, {29223, 41587, 43067}, "ORGAN"},
    [OT_ROLE_PERFUSED] =
        {TISSUE, {"85756007", "Tissue"}, {230, 160, 0}, {46808, 37923, 52119}, "TREATED_VOLUME"},
    [OT_ROLE_TUMOR] =
        {ALTERED, {"108369006", "Neoplasm"}, {220, 40, 40}, {32096, 50190, 45210}, "GTV"},
    [OT_ROLE_THROMBUS] =
        {ALTERED, {"396339007", "Thrombus"}, {220, 90, 160}, {37649, 47510, 29981}, "GTV"},
    [OT_ROLE_LUNGS] =
        {ANATOMY, {"39607008", "Lung"}, {60, 140, 220}, {36851, 31768, 20354}, "ORGAN"},
    [OT_ROLE_BODY] =
        {ANATOMY, {"38266002", "Entire body"}, {150, 150, 150}, {40686, 32896, 32896}, "EXTERNAL"},
    [OT_ROLE_EXCLUDE] =
        {TISSUE, {"85756007", "Tissue"}, {160, 40, 200}, {27870, 49352, 17809}, "AVOIDANCE"},
    [OT_ROLE_NORMAL_PERFUSED] =
        {TISSUE, {"85756007", "Tissue"}, {200, 190, 60}, {49868, 31039, 49116}, "CONTROL"},
    [OT_ROLE_NORMAL_LIVER] =
        {TISSUE, {"85756007", "Tissue"}, {90, 160, 90}, {39304, 24106, 40418}, "CONTROL"},
    [OT_ROLE_NONPERFUSED_LIVER] =
        {TISSUE, {"85756007", "Tissue"}, {60, 170, 170}, {41652, 24691, 30404}, "CONTROL"},
    [OT_ROLE_OTHER] =
        {TISSUE, {"85756007", "Tissue"}, {190, 190, 190}, {50446, 32896, 32896}, "CONTROL"},
};

const struct ot_voi_code *ot_voi_code(enum ot_role role)
{
    return &codes[role];
}
