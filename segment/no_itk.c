/* segment/no_itk.c - what a program built without ITK says instead of using it. */
#include "segment/shim/itk_components.h"
#include "segment/shim/itk_distance.h"
#include "segment/shim/itk_smooth.h"

#ifndef OT_WITH_ITK

static enum ot_rc refuse(const char *what, struct ot_err *err)
{
    return ot_fail(err, OT_ERR_UNSUPPORTED, "%s need a program built with ITK", what);
}

enum ot_rc otx_label_components(const unsigned char *inside, const struct ot_grid *grid,
                                bool corners, uint32_t *label, size_t *count, struct ot_err *err)
{
    (void)inside;
    (void)grid;
    (void)corners;
    (void)label;
    *count = 0;
    return refuse("connected parts of a VOI", err);
}

enum ot_rc otx_itk_distance(const unsigned char *inside, const struct ot_grid *grid, int threads,
                            float *distance_mm, struct ot_err *err)
{
    (void)inside;
    (void)grid;
    (void)threads;
    (void)distance_mm;
    return refuse("margins and distances", err);
}

enum ot_rc otx_smooth_gaussian(const float *values, const struct ot_grid *grid, double sigma_mm,
                               float *smooth, struct ot_err *err)
{
    (void)values;
    (void)grid;
    (void)sigma_mm;
    (void)smooth;
    return refuse("smooth VOIs", err);
}

enum ot_rc otx_gradient_magnitude(const float *values, const struct ot_grid *grid, double sigma_mm,
                                  float *gradient, struct ot_err *err)
{
    (void)values;
    (void)grid;
    (void)sigma_mm;
    (void)gradient;
    return refuse("gradients", err);
}

enum ot_rc otx_watershed(const float *relief, const unsigned char *marker,
                         const struct ot_grid *grid, unsigned char *basin, struct ot_err *err)
{
    (void)relief;
    (void)marker;
    (void)grid;
    (void)basin;
    return refuse("watersheds", err);
}

#endif
