/* kernels/phantom_path.c - lines through ellipsoids and a cylinder. */
#include "kernels/phantom_path.h"

#include <math.h>

/* Where a line is inside of a convex shape. */
struct span {
    double from_mm, to_mm; /* nowhere: from > to */
};

static const struct span NOWHERE = {1.0, 0.0};

/* |o + t d|^2 <= 1 over the first `axes` axes in units of the semi-axes, for t of 0 to most_mm. */
static struct span inside_round(const struct ot_shape *shape, size_t axes, const double from_mm[3],
                                const double direction[3], double most_mm)
{
    double dd = 0.0;
    double od = 0.0;
    double oo = 0.0;
    for (size_t r = 0; r < axes; r++) {
        const double o = (from_mm[r] - shape->center_mm[r]) / shape->semi_mm[r];
        const double d = direction[r] / shape->semi_mm[r];
        dd += d * d;
        od += o * d;
        oo += o * o;
    }
    if (oo > 1.0 && od >= 0.0) {
        return NOWHERE; /* outside and leaving */
    }
    const double square = od * od - dd * (oo - 1.0);
    if (!(dd > 0.0)) {
        return (struct span){0.0, most_mm}; /* along the cylinder's axis */
    }
    if (!(square > 0.0)) {
        return NOWHERE;
    }
    const double root = sqrt(square);
    return (struct span){fmax(0.0, (-od - root) / dd), fmin(most_mm, (-od + root) / dd)};
}

static struct span inside(const struct ot_shape *shape, const double from_mm[3],
                          const double direction[3], double most_mm)
{
    struct span span = inside_round(shape, shape->cylinder ? 2 : 3, from_mm, direction, most_mm);
    if (shape->cylinder) {
        const double z_mm = from_mm[2] - shape->center_mm[2];
        const double height_mm = shape->semi_mm[2];
        if (fabs(z_mm) > height_mm) {
            return NOWHERE;
        }
        if (fabs(direction[2]) > 0.0) {
            const double face_mm = direction[2] > 0.0 ? height_mm : -height_mm;
            span.to_mm = fmin(span.to_mm, (face_mm - z_mm) / direction[2]);
        }
    }
    return span;
}

static bool holds(const struct span *span, double t_mm)
{
    return t_mm >= span->from_mm && t_mm <= span->to_mm;
}

static void add_edge(double edge_mm[], size_t *count, double at_mm, double end_mm)
{
    if (!(at_mm > 0.0 && at_mm < end_mm)) {
        return;
    }
    size_t n = (*count)++;
    for (; n > 0 && edge_mm[n - 1] > at_mm; n--) {
        edge_mm[n] = edge_mm[n - 1];
    }
    edge_mm[n] = at_mm;
}

static double length_mm(double g_per_cm2, unsigned parts)
{
    const double mm_per_cm = 10.0;
    return mm_per_cm * g_per_cm2 / ot_phantom_density_g_per_ml(parts);
}

void ot_phantom_path(const struct ot_phantom *phantom, const double from_mm[3],
                     const double direction[3], double most_g_per_cm2, struct ot_path *path)
{
    const double most_mm = length_mm(most_g_per_cm2, OT_PART_BODY | OT_PART_LUNGS);
    const struct span liver = inside(&phantom->liver, from_mm, direction, most_mm);
    if (liver.from_mm <= 0.0 && liver.to_mm >= length_mm(most_g_per_cm2, OT_PART_LIVER)) {
        path->count = 1; /* most lines of most VOIs */
        path->stretch[0] = (struct ot_stretch){
            .end_mm = liver.to_mm, .g_per_ml = ot_phantom_density_g_per_ml(OT_PART_LIVER)};
        return;
    }
    path->count = 0;
    const struct span body = inside(&phantom->body, from_mm, direction, most_mm);
    if (!(body.from_mm <= 0.0 && body.to_mm > 0.0)) {
        return; /* the body is convex: who leaves it does not come back */
    }
    const double end_mm = body.to_mm;
    const struct span lung[2] = {inside(&phantom->lung[0], from_mm, direction, end_mm),
                                 inside(&phantom->lung[1], from_mm, direction, end_mm)};
    double edge_mm[OT_PATH_STRETCHES];
    size_t edges = 0;
    const struct span *const spans[3] = {&liver, &lung[0], &lung[1]};
    for (size_t n = 0; n < 3; n++) {
        if (spans[n]->from_mm < spans[n]->to_mm) {
            add_edge(edge_mm, &edges, spans[n]->from_mm, end_mm);
            add_edge(edge_mm, &edges, spans[n]->to_mm, end_mm);
        }
    }
    edge_mm[edges++] = end_mm;
    double start_mm = 0.0;
    for (size_t n = 0; n < edges; n++) {
        const double middle_mm = 0.5 * (start_mm + edge_mm[n]);
        const bool in_liver = holds(&liver, middle_mm);
        const bool in_lung = holds(&lung[0], middle_mm) || holds(&lung[1], middle_mm);
        unsigned parts = OT_PART_BODY;
        parts |= in_liver ? OT_PART_LIVER : 0U;
        parts |= in_lung && !in_liver ? OT_PART_LUNGS : 0U;
        path->stretch[path->count++] =
            (struct ot_stretch){.end_mm = edge_mm[n],
                                .g_per_ml = ot_phantom_density_g_per_ml(parts),
                                .lung = (parts & OT_PART_LUNGS) != 0};
        start_mm = edge_mm[n];
    }
}
