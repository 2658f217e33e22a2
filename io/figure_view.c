/* io/figure_view.c - planes of a volume in the radiological convention, and isolines. */
#include "io/figure_view.h"

#include <math.h>

#include "core/mem.h"

/* Patient axes are LPS: 0 left, 1 posterior, 2 superior. */
enum { LEFT = 0, POSTERIOR, SUPERIOR };

struct layout {
    const char *name;
    int axis[3];  /* patient axis of u, v, w */
    bool down[3]; /* the picture's direction is against the patient axis */
    const char *letter[4];
};

static const struct layout LAYOUTS[OT_PLANE_COUNT] = {
    {"Axial", {LEFT, POSTERIOR, SUPERIOR}, {false, false, false}, {"R", "L", "A", "P"}},
    {"Coronal", {LEFT, SUPERIOR, POSTERIOR}, {false, true, false}, {"R", "L", "S", "I"}},
    {"Sagittal", {POSTERIOR, SUPERIOR, LEFT}, {false, true, false}, {"A", "P", "S", "I"}},
};

const char *ot_plane_name(enum ot_plane plane)
{
    return LAYOUTS[plane].name;
}

/* The voxel axis nearest to each patient axis; the clearest pair is decided first, so that no
 * voxel axis serves twice. */
static bool match_axes(const struct ot_grid *grid, size_t axis[3], bool against[3])
{
    bool patient_taken[3] = {false, false, false};
    bool voxel_taken[3] = {false, false, false};
    bool oblique = false;
    for (int n = 0; n < 3; n++) {
        double best = -1.0;
        size_t r = 0;
        size_t c = 0;
        for (size_t x = 0; x < 9; x++) {
            const double cosine = fabs(grid->dir[x / 3][x % 3]);
            if (!patient_taken[x / 3] && !voxel_taken[x % 3] && cosine > best) {
                best = cosine;
                r = x / 3;
                c = x % 3;
            }
        }
        patient_taken[r] = true;
        voxel_taken[c] = true;
        axis[r] = c;
        against[r] = grid->dir[r][c] < 0.0;
        oblique = oblique || !(best >= 1.0 - 1e-4);
    }
    return oblique;
}

struct ot_view ot_view_of(const struct ot_grid *grid, enum ot_plane plane)
{
    const struct layout *layout = &LAYOUTS[plane];
    size_t axis[3] = {0, 1, 2};
    bool against[3] = {false, false, false};
    struct ot_view view = {.oblique = match_axes(grid, axis, against)};
    for (int n = 0; n < 3; n++) {
        const int patient = layout->axis[n];
        view.axis[n] = axis[patient];
        view.flip[n] = against[patient] != layout->down[n];
        view.n[n] = grid->n[axis[patient]];
        view.spacing_mm[n] = grid->spacing_mm[axis[patient]];
    }
    for (int n = 0; n < 4; n++) {
        view.letter[n] = layout->letter[n];
    }
    return view;
}

void ot_view_locate(const struct ot_view *view, const size_t voxel[3], size_t at[3])
{
    for (int n = 0; n < 3; n++) {
        const size_t x = voxel[view->axis[n]];
        at[n] = view->flip[n] ? view->n[n] - 1 - x : x;
    }
}

enum ot_rc ot_view_slice(const struct ot_view *view, const struct ot_volume *volume, size_t w,
                         float **values, struct ot_err *err)
{
    *values = OT_NEW(float, view->n[0] * view->n[1], err);
    if (*values == NULL) {
        return OT_ERR_NOMEM;
    }
    const struct ot_grid *grid = &volume->grid;
    const size_t stride[3] = {1, grid->n[0], grid->n[0] * grid->n[1]};
    const size_t through = view->flip[2] ? view->n[2] - 1 - w : w;
    for (size_t v = 0; v < view->n[1]; v++) {
        const size_t y = view->flip[1] ? view->n[1] - 1 - v : v;
        for (size_t u = 0; u < view->n[0]; u++) {
            const size_t x = view->flip[0] ? view->n[0] - 1 - u : u;
            (*values)[u + view->n[0] * v] =
                volume->data[x * stride[view->axis[0]] + y * stride[view->axis[1]] +
                             through * stride[view->axis[2]]];
        }
    }
    return OT_OK;
}

/* The edges of a cell, clockwise from the top: corners 0 (u,v), 1 (u+1,v), 2 (u+1,v+1),
 * 3 (u,v+1); edge e joins corner e and e+1. */
static const int CORNER_U[4] = {0, 1, 1, 0};
static const int CORNER_V[4] = {0, 0, 1, 1};

/* Edges joined in each of the 16 cases (bit n: corner n is at or above the level); -1: none. */
static const signed char JOINS[16][4] = {
    {-1, -1, -1, -1}, {3, 0, -1, -1}, {0, 1, -1, -1}, {3, 1, -1, -1},
    {1, 2, -1, -1},   {3, 0, 1, 2},   {0, 2, -1, -1}, {3, 2, -1, -1},
    {2, 3, -1, -1},   {2, 0, -1, -1}, {0, 1, 2, 3},   {2, 1, -1, -1},
    {1, 3, -1, -1},   {1, 0, -1, -1}, {0, 3, -1, -1}, {-1, -1, -1, -1},
};
/* The two saddles when their middle is at or above the level. */
static const signed char SADDLE_5[4] = {0, 1, 2, 3};
static const signed char SADDLE_10[4] = {3, 0, 1, 2};

static void cross_edge(const double corner[4], int edge, double level, double at[2])
{
    const int a = edge;
    const int b = (edge + 1) % 4;
    const double t = (level - corner[a]) / (corner[b] - corner[a]);
    at[0] = CORNER_U[a] + t * (CORNER_U[b] - CORNER_U[a]);
    at[1] = CORNER_V[a] + t * (CORNER_V[b] - CORNER_V[a]);
}

/* Segments of one cell into out[8]; returns how many. */
static size_t trace_cell(const double corner[4], double level, double *out)
{
    unsigned kind = 0;
    for (unsigned n = 0; n < 4; n++) {
        kind |= corner[n] >= level ? 1U << n : 0U;
    }
    const signed char *joins = JOINS[kind];
    const bool high = (corner[0] + corner[1] + corner[2] + corner[3]) / 4.0 >= level;
    if (kind == 5 && high) {
        joins = SADDLE_5;
    } else if (kind == 10 && high) {
        joins = SADDLE_10;
    }
    size_t count = 0;
    for (int n = 0; n < 4 && joins[n] >= 0; n += 2) {
        cross_edge(corner, joins[n], level, out + 4 * count);
        cross_edge(corner, joins[n + 1], level, out + 4 * count + 2);
        count++;
    }
    return count;
}

/* Walks the cells; writes when `segments` is given, and counts anyway. */
static size_t trace(const float *values, size_t nu, size_t nv, double level, double *segments)
{
    size_t count = 0;
    for (size_t v = 0; v + 1 < nv; v++) {
        for (size_t u = 0; u + 1 < nu; u++) {
            const float *at = values + u + nu * v;
            const double corner[4] = {at[0], at[1], at[nu + 1], at[nu]};
            double cell[8];
            const size_t found = trace_cell(corner, level, cell);
            for (size_t n = 0; segments != NULL && n < 2 * found; n++) {
                segments[4 * count + 2 * n] = cell[2 * n] + (double)u;
                segments[4 * count + 2 * n + 1] = cell[2 * n + 1] + (double)v;
            }
            count += found;
        }
    }
    return count;
}

enum ot_rc ot_isoline_trace(const float *values, size_t nu, size_t nv, double level,
                            struct ot_isoline *line, struct ot_err *err)
{
    *line = (struct ot_isoline){0};
    const size_t count = trace(values, nu, nv, level, NULL);
    line->segments = OT_NEW(double, 4 * count + 1, err);
    if (line->segments == NULL) {
        return OT_ERR_NOMEM;
    }
    line->count = trace(values, nu, nv, level, line->segments);
    return OT_OK;
}

void ot_isoline_release(struct ot_isoline *line)
{
    if (line != NULL) {
        ot_free(line->segments);
        *line = (struct ot_isoline){0};
    }
}
