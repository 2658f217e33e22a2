/* core/resample.c - box means, and grids of another spacing. */
#include "core/resample.h"

#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <string.h>

#include "core/mem.h"

/* Edges nearer than this part of a source voxel to each other are one edge: grids that agree to
 * rounding give weights of exactly 1. */
static const double EDGE_TOL = 1e-6;

/* How the voxels of one target axis overlap the voxels of the source axis that runs along it. */
struct axis_overlap {
    size_t source;    /* source axis */
    size_t target;    /* target axis */
    size_t n;         /* target voxels */
    size_t *first;    /* [n]: first source voxel */
    size_t *count;    /* [n]: source voxels overlapped; 0 outside the source */
    double *weight;   /* [n * most]: overlap / length of a target voxel */
    size_t most;      /* room per target voxel */
    size_t low, high; /* source voxels that are used at all: low <= s < high */
};

static void overlap_release(struct axis_overlap *overlap)
{
    ot_free(overlap->first);
    ot_free(overlap->count);
    ot_free(overlap->weight);
}

static double snap(double edge)
{
    const double nearest = round(edge);
    return fabs(edge - nearest) <= EDGE_TOL ? nearest : edge;
}

/* center: source index at the middle of the target axis; step: source voxels (signed) from one
 * target voxel to the next. */
static enum ot_rc overlap_fill(struct axis_overlap *overlap, double center, double step,
                               size_t source_n, struct ot_err *err)
{
    const size_t n = overlap->n;
    const double width = fabs(step);
    overlap->most = (size_t)fmin(ceil(width) + 2.0, (double)source_n);
    overlap->first = OT_NEW(size_t, n, err);
    overlap->count = overlap->first != NULL ? OT_NEW(size_t, n, err) : NULL;
    overlap->weight = overlap->count != NULL ? OT_NEW(double, n * overlap->most, err) : NULL;
    if (overlap->weight == NULL) {
        return OT_ERR_NOMEM;
    }
    overlap->low = source_n;
    for (size_t t = 0; t < n; t++) {
        /* In units of source voxels, 0 at the low face of the first. */
        const double middle = center + 0.5 + step * ((double)t - 0.5 * (double)(n - 1));
        const double low = fmax(snap(middle - 0.5 * width), 0.0);
        const double high = fmin(snap(middle + 0.5 * width), (double)source_n);
        if (!(low < high)) {
            continue;
        }
        overlap->first[t] = (size_t)floor(low);
        for (size_t s = overlap->first[t]; (double)s < high; s++) {
            const double part = fmin(high, (double)s + 1.0) - fmax(low, (double)s);
            overlap->weight[t * overlap->most + overlap->count[t]++] = part / width;
        }
        const size_t end = overlap->first[t] + overlap->count[t];
        overlap->low = overlap->first[t] < overlap->low ? overlap->first[t] : overlap->low;
        overlap->high = end > overlap->high ? end : overlap->high;
    }
    return OT_OK;
}

/* The three overlaps in the order of the source's axes. */
static enum ot_rc overlaps_make(const struct ot_grid *from, const struct ot_grid *to,
                                const size_t axis[3], const int sign[3],
                                struct axis_overlap overlaps[3], struct ot_err *err)
{
    /* The middle of the target: parallel within 1e-4 is then off by least. */
    double middle[3];
    for (size_t c = 0; c < 3; c++) {
        middle[c] = 0.5 * (double)(to->n[c] - 1);
    }
    ot_grid_to_point(to, middle, middle);
    ot_grid_to_index(from, middle, middle);
    for (size_t c = 0; c < 3; c++) {
        const size_t a = axis[c];
        overlaps[a].source = a;
        overlaps[a].target = c;
        overlaps[a].n = to->n[c];
        const double step = sign[c] * to->spacing_mm[c] / from->spacing_mm[a];
        const enum ot_rc rc = overlap_fill(&overlaps[a], middle[a], step, from->n[a], err);
        if (rc != OT_OK) {
            return rc;
        }
    }
    return OT_OK;
}

/* What is resampled: values from `zero` on. */
struct source {
    const struct ot_volume *volume;
    float zero;
};

/* One source slice k, reduced along i, then j: plane[tj * ni + ti]. `rows` holds the slice
 * reduced along i. */
static void reduce_slice(const struct source *source, const struct axis_overlap *overlaps, size_t k,
                         double *rows, double *plane)
{
    const struct axis_overlap *along_i = &overlaps[0];
    const struct axis_overlap *along_j = &overlaps[1];
    const struct ot_volume *from = source->volume;
    const size_t ni = along_i->n;
    for (size_t j = along_j->low; j < along_j->high; j++) {
        const float *line = from->data + from->grid.n[0] * (j + from->grid.n[1] * k);
        double *row = rows + j * ni;
        for (size_t t = 0; t < ni; t++) {
            const float *value = line + along_i->first[t];
            const double *weight = along_i->weight + t * along_i->most;
            double sum = 0.0;
            for (size_t s = 0; s < along_i->count[t]; s++) {
                sum += weight[s] * (double)(value[s] - source->zero);
            }
            row[t] = sum;
        }
    }
    memset(plane, 0, along_j->n * ni * sizeof *plane);
    for (size_t t = 0; t < along_j->n; t++) {
        double *target = plane + t * ni;
        for (size_t s = 0; s < along_j->count[t]; s++) {
            const double weight = along_j->weight[t * along_j->most + s];
            const double *row = rows + (along_j->first[t] + s) * ni;
            for (size_t x = 0; x < ni; x++) {
                target[x] += weight * row[x];
            }
        }
    }
}

struct slab_scratch {
    double *rows;  /* [source nj * ni] */
    double *plane; /* the source slice `slice`, reduced */
    double *sum;   /* [nj * ni] */
    size_t slice;  /* SIZE_MAX: none */
};

static void scatter(const double *sum, const struct axis_overlap *overlaps, size_t k,
                    struct ot_volume *out)
{
    size_t stride[3] = {1, out->grid.n[0], out->grid.n[0] * out->grid.n[1]};
    float *base = out->data + k * stride[overlaps[2].target];
    const size_t step_i = stride[overlaps[0].target];
    const size_t step_j = stride[overlaps[1].target];
    for (size_t j = 0; j < overlaps[1].n; j++) {
        for (size_t i = 0; i < overlaps[0].n; i++) {
            base[i * step_i + j * step_j] = (float)sum[j * overlaps[0].n + i];
        }
    }
}

static void resample_slab(const struct source *from, const struct axis_overlap *overlaps, size_t k,
                          struct slab_scratch *scratch, struct ot_volume *out)
{
    const struct axis_overlap *along_k = &overlaps[2];
    const size_t size = overlaps[0].n * overlaps[1].n;
    if (along_k->count[k] == 0) {
        return;
    }
    memset(scratch->sum, 0, size * sizeof *scratch->sum);
    for (size_t s = 0; s < along_k->count[k]; s++) {
        const size_t slice = along_k->first[k] + s;
        if (slice != scratch->slice) {
            reduce_slice(from, overlaps, slice, scratch->rows, scratch->plane);
            scratch->slice = slice;
        }
        const double weight = along_k->weight[k * along_k->most + s];
        for (size_t x = 0; x < size; x++) {
            scratch->sum[x] += weight * scratch->plane[x];
        }
    }
    scatter(scratch->sum, overlaps, k, out);
}

static enum ot_rc resample_aligned(const struct source *from, const struct axis_overlap *overlaps,
                                   int threads, struct ot_volume *out, struct ot_err *err)
{
    const size_t size = overlaps[0].n * overlaps[1].n;
    const size_t rows = from->volume->grid.n[1] * overlaps[0].n;
    const size_t team = (size_t)threads;
    double *block = NULL;
    struct slab_scratch *scratch = OT_NEW(struct slab_scratch, team, err);
    enum ot_rc rc = scratch != NULL ? OT_OK : OT_ERR_NOMEM;
    if (rc == OT_OK) {
        block = OT_NEW(double, team *(rows + 2 * size), err);
        rc = block != NULL ? OT_OK : OT_ERR_NOMEM;
    }
    if (rc == OT_OK) {
        for (size_t t = 0; t < team; t++) {
            double *mine = block + t * (rows + 2 * size);
            scratch[t] = (struct slab_scratch){
                .rows = mine, .plane = mine + rows, .sum = mine + rows + size, .slice = SIZE_MAX};
        }
        const ptrdiff_t slabs = (ptrdiff_t)overlaps[2].n;
#pragma omp parallel for schedule(static) num_threads(threads)
        for (ptrdiff_t k = 0; k < slabs; k++) {
            resample_slab(from, overlaps, (size_t)k, &scratch[omp_get_thread_num()], out);
        }
    }
    ot_free(block);
    ot_free(scratch);
    return rc;
}

enum { SAMPLES_LEAST = 5, SAMPLES_MOST = 25 };

/* Where the samples of a target voxel lie, in source voxels. */
struct sampling {
    double origin[3];  /* source index of the center of target voxel 0 */
    double step[3][3]; /* step[c]: source index per target voxel along target axis c */
    size_t n[3];       /* samples per target axis */
    double width[3];   /* of a sample's box, source voxels, at most 1 */
};

static struct sampling sampling_make(const struct ot_grid *from, const struct ot_grid *to)
{
    struct sampling sampling;
    const double finest = fmin(from->spacing_mm[0], fmin(from->spacing_mm[1], from->spacing_mm[2]));
    ot_grid_to_index(from, to->origin_mm, sampling.origin);
    for (size_t c = 0; c < 3; c++) {
        const double wanted = ceil(2.0 * to->spacing_mm[c] / finest);
        sampling.n[c] = (size_t)fmin(fmax(wanted, SAMPLES_LEAST), SAMPLES_MOST);
        for (size_t a = 0; a < 3; a++) {
            double cosine = 0.0;
            for (size_t r = 0; r < 3; r++) {
                cosine += from->dir[r][a] * to->dir[r][c];
            }
            sampling.step[c][a] = cosine * to->spacing_mm[c] / from->spacing_mm[a];
        }
    }
    for (size_t a = 0; a < 3; a++) {
        double square = 0.0;
        for (size_t c = 0; c < 3; c++) {
            const double part = sampling.step[c][a] / (double)sampling.n[c];
            square += part * part;
        }
        sampling.width[a] = fmin(sqrt(square), 1.0);
    }
    return sampling;
}

/* Source voxels, two at most, that an interval of at most one voxel's width meets, with the
 * share of it in each; what lies outside the source has no share. */
static size_t shares(double middle, double width, size_t n, size_t at[2], double share[2])
{
    const double low = middle + 0.5 - 0.5 * width;
    const double high = low + width;
    const double border = floor(low) + 1.0;
    const double cut = border < high ? (border - low) / width : 1.0;
    const double part[2] = {cut, 1.0 - cut};
    size_t count = 0;
    for (size_t side = 0; side < 2; side++) {
        const double cell = border - 1.0 + (double)side;
        if (part[side] > 0.0 && cell >= 0.0 && cell < (double)n) {
            at[count] = (size_t)cell;
            share[count++] = part[side];
        }
    }
    return count;
}

/* Mean over a box about the index. Each sample stands for a small box along the source's axes:
 * where an axis is shared by both grids the boxes tile and the result is exact along it. */
static double value_about(const struct source *source, const double width[3], const double index[3])
{
    const struct ot_volume *from = source->volume;
    size_t at[3][2];
    double share[3][2];
    size_t count[3];
    for (size_t a = 0; a < 3; a++) {
        count[a] = shares(index[a], width[a], from->grid.n[a], at[a], share[a]);
        if (count[a] == 0) {
            return 0.0;
        }
    }
    double sum = 0.0;
    for (size_t z = 0; z < count[2]; z++) {
        for (size_t y = 0; y < count[1]; y++) {
            const float *line =
                from->data + from->grid.n[0] * (at[1][y] + from->grid.n[1] * at[2][z]);
            for (size_t x = 0; x < count[0]; x++) {
                sum += share[0][x] * share[1][y] * share[2][z] *
                       (double)(line[at[0][x]] - source->zero);
            }
        }
    }
    return sum;
}

static bool far_outside(const struct ot_grid *from, const struct sampling *sampling,
                        const double center[3])
{
    for (size_t a = 0; a < 3; a++) {
        const double reach = 0.5 + 0.5 * (fabs(sampling->step[0][a]) + fabs(sampling->step[1][a]) +
                                          fabs(sampling->step[2][a]));
        if (center[a] < -reach || center[a] > (double)(from->n[a] - 1) + reach) {
            return true;
        }
    }
    return false;
}

static double sample_mean(const struct source *from, const struct sampling *sampling,
                          const double center[3])
{
    double sum = 0.0;
    for (size_t z = 0; z < sampling->n[2]; z++) {
        const double w = ((double)z + 0.5) / (double)sampling->n[2] - 0.5;
        for (size_t y = 0; y < sampling->n[1]; y++) {
            const double v = ((double)y + 0.5) / (double)sampling->n[1] - 0.5;
            for (size_t x = 0; x < sampling->n[0]; x++) {
                const double u = ((double)x + 0.5) / (double)sampling->n[0] - 0.5;
                double index[3];
                for (size_t a = 0; a < 3; a++) {
                    index[a] = center[a] + u * sampling->step[0][a] + v * sampling->step[1][a] +
                               w * sampling->step[2][a];
                }
                sum += value_about(from, sampling->width, index);
            }
        }
    }
    return sum / (double)(sampling->n[0] * sampling->n[1] * sampling->n[2]);
}

static void resample_oblique(const struct source *from, int threads, struct ot_volume *out)
{
    const struct sampling sampling = sampling_make(&from->volume->grid, &out->grid);
    const size_t ni = out->grid.n[0];
    const size_t nj = out->grid.n[1];
    const ptrdiff_t rows = (ptrdiff_t)(nj * out->grid.n[2]);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (ptrdiff_t row = 0; row < rows; row++) {
        const size_t at_j = (size_t)row % nj;
        const size_t at_k = (size_t)row / nj;
        const double j = (double)at_j;
        const double k = (double)at_k;
        for (size_t i = 0; i < ni; i++) {
            double center[3];
            for (size_t a = 0; a < 3; a++) {
                center[a] = sampling.origin[a] + (double)i * sampling.step[0][a] +
                            j * sampling.step[1][a] + k * sampling.step[2][a];
            }
            if (!far_outside(&from->volume->grid, &sampling, center)) {
                out->data[(size_t)row * ni + i] = (float)sample_mean(from, &sampling, center);
            }
        }
    }
}

enum ot_rc ot_resample_box_in(const struct ot_volume *from, const struct ot_grid *to, float outside,
                              int threads, struct ot_volume **out, struct ot_err *err)
{
    const struct source source = {.volume = from, .zero = outside};
    struct ot_volume *made = NULL;
    struct axis_overlap overlaps[3] = {{0}};
    size_t axis[3];
    int sign[3];
    *out = NULL;
    enum ot_rc rc = ot_grid_validate(&from->grid, err);
    if (rc == OT_OK) {
        rc = ot_volume_create(to, from->unit, &made, err);
    }
    if (rc != OT_OK) {
        goto done;
    }
    if (ot_grid_axes_aligned(&from->grid, to, axis, sign)) {
        rc = overlaps_make(&from->grid, to, axis, sign, overlaps, err);
        if (rc == OT_OK) {
            rc = resample_aligned(&source, overlaps, threads, made, err);
        }
    } else {
        resample_oblique(&source, threads, made);
    }
    const size_t count = ot_grid_voxel_count(to);
    for (size_t x = 0; rc == OT_OK && fabsf(outside) > 0.0F && x < count; x++) {
        made->data[x] += outside;
    }
    if (rc == OT_OK) {
        *out = made;
        made = NULL;
    }

done:
    for (size_t a = 0; a < 3; a++) {
        overlap_release(&overlaps[a]);
    }
    ot_volume_destroy(made);
    return rc;
}
