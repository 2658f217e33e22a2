/* core/image.c - images and the names of nuclides. */
#include "core/image.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"

const char *ot_use_name(enum ot_use use)
{
    static const char *const names[] = {
        [OT_USE_NONE] = NULL,   [OT_USE_SPECT] = "spect",   [OT_USE_PET] = "pet",
        [OT_USE_CT] = "ct",     [OT_USE_PLANAR] = "planar", [OT_USE_RTSTRUCT] = "rtstruct",
        [OT_USE_SEG] = "seg",   [OT_USE_RTDOSE] = "rtdose", [OT_USE_DOSE] = "dose",
        [OT_USE_MASK] = "mask", [OT_USE_MR] = "mr",         [OT_USE_IMAGE] = "image",
    };
    return names[use];
}

void ot_image_judge_intercept(struct ot_image *image, bool one_scale)
{
    static const double nothing = 1e-6; /* of the greatest value */
    float *data = image->volume->data;
    const size_t voxels = ot_grid_voxel_count(&image->volume->grid);
    float least = INFINITY;
    float most = 0.0F;
    if (!(fabs(image->facts.intercept) > 0.0) || image->volume->unit == OT_UNIT_HU) {
        return;
    }
    for (size_t x = 0; x < voxels; x++) {
        least = data[x] < least ? data[x] : least;
        most = data[x] > most ? data[x] : most;
    }
    const double room = nothing * (double)most;
    const bool air_is_0 = one_scale && fabs((double)least) <= room;
    for (size_t x = 0; air_is_0 && x < voxels; x++) {
        data[x] = data[x] < 0.0F ? 0.0F : data[x];
    }
    if (air_is_0 || fabs(image->facts.intercept) <= room) {
        image->facts.intercept = 0.0;
    }
}

void ot_image_destroy(struct ot_image *image)
{
    if (image == NULL) {
        return;
    }
    ot_volume_destroy(image->volume);
    ot_texts_release(&image->facts.notes);
    ot_free(image->facts.plane_after_s);
    ot_free(image);
}

/* Element names in full as DICOM code meanings and BIDS files write them. */
static const struct {
    const char *symbol;
    const char *full;
} elements[] = {
    {"y", "yttrium"},    {"tc", "technetium"}, {"f", "fluorine"},   {"ga", "gallium"},
    {"ho", "holmium"},   {"re", "rhenium"},    {"lu", "lutetium"},  {"i", "iodine"},
    {"zr", "zirconium"}, {"na", "sodium"},     {"ge", "germanium"}, {"in", "indium"},
    {"c", "carbon"},     {"cu", "copper"},     {"n", "nitrogen"},   {"o", "oxygen"},
    {"rb", "rubidium"},  {"tl", "thallium"},   {"sr", "strontium"}, {"sm", "samarium"},
};

static const char *symbol_of(const char *letters)
{
    for (size_t n = 0; n < sizeof elements / sizeof elements[0]; n++) {
        if (strcmp(letters, elements[n].symbol) == 0 || strcmp(letters, elements[n].full) == 0) {
            return elements[n].symbol;
        }
    }
    return NULL;
}

/* "99m" before anything but a letter, or before an element: 99mTc, but not 99Mo. */
static bool m_follows(const char *digit)
{
    const unsigned char after = (unsigned char)digit[1];
    const unsigned char next = after != '\0' ? (unsigned char)digit[2] : '\0';
    return (after == 'm' && (isupper(next) || !isalpha(next))) || (after == 'M' && !isalpha(next));
}

/* Splits "^99m^Technetium" into mass 99, metastable, letters "technetium". */
static bool split_nuclide(const char *text, long *mass, bool *metastable, char letters[32])
{
    size_t used = 0;
    size_t digits = 0;
    *mass = 0;
    *metastable = false;
    for (const char *at = text; *at != '\0'; at++) {
        const unsigned char c = (unsigned char)*at;
        if (isdigit(c)) {
            if (digits > 0 && !isdigit((unsigned char)at[-1])) {
                return false;
            }
            *mass = 10 * *mass + (c - '0');
            if (++digits > 3) {
                return false;
            }
            if (m_follows(at)) {
                *metastable = true;
                at++;
            }
        } else if (isalpha(c)) {
            if (used + 1 >= 32) {
                return false;
            }
            letters[used++] = (char)tolower(c);
        } else if (strchr("^-_ []", c) == NULL) {
            return false;
        }
    }
    letters[used] = '\0';
    return digits > 0 && used > 0;
}

bool ot_nuclide_normalize(const char *text, char *name)
{
    long mass = 0;
    bool metastable = false;
    char letters[32];
    name[0] = '\0';
    if (!split_nuclide(text, &mass, &metastable, letters)) {
        return false;
    }
    const char *symbol = symbol_of(letters);
    if (symbol == NULL) {
        return false;
    }
    (void)snprintf(name, OT_NUCLIDE_SIZE, "%c%s-%ld%s", toupper((unsigned char)symbol[0]),
                   symbol + 1, mass, metastable ? "m" : "");
    return true;
}
