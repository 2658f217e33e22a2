/* tests/bench/bench_read.c - reads an image into memory, as every command does before it computes.
 *
 *     bench_read THREADS PATH
 *
 * PATH is a CT. The time is the whole process's, as scripts/bench.d/read takes it. */
#include <stdio.h>

#include <omp.h>

#include "core/text.h"
#include "io/load.h"

int main(int argc, char **argv)
{
    struct ot_image *image = NULL;
    struct ot_err err = {0};
    double threads = 0.0;
    if (argc != 3 || !ot_text_to_double(argv[1], &threads) || !(threads >= 1.0)) {
        (void)fprintf(stderr, "usage: bench_read THREADS PATH\n");
        return 2;
    }
    omp_set_num_threads((int)threads);
    if (ot_image_load(argv[2], OT_USE_CT, &image, &err) != OT_OK) {
        (void)fprintf(stderr, "bench_read: %s\n", err.text);
        return 1;
    }
    const size_t count = ot_grid_voxel_count(&image->volume->grid);
    (void)printf("%zu voxels, in the middle %g HU\n", count,
                 (double)image->volume->data[count / 2]);
    ot_image_destroy(image);
    return 0;
}
