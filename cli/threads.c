/* cli/threads.c - the environment's word on threads. */
#include "cli/threads.h"

#include <stddef.h>
#include <stdlib.h>

#include <omp.h>

#include "core/text.h"

enum { MOST = 1024 };

static int from_environment(const char *name)
{
    long value = 0;
    const char *text = getenv(name); /* NOLINT(concurrency-mt-unsafe): before any thread starts */
    return text != NULL && ot_text_to_long(text, &value) && value > 0 && value <= MOST ? (int)value
                                                                                       : 0;
}

int ot_threads(int wanted)
{
    int threads = wanted > 0 ? wanted : from_environment("OMP_NUM_THREADS");
    if (threads <= 0) {
        threads = from_environment("SLURM_CPUS_PER_TASK");
    }
    if (threads <= 0) {
        threads = omp_get_num_procs();
    }
    threads = threads < 1 ? 1 : threads > MOST ? MOST : threads;
    omp_set_num_threads(threads);
    return threads;
}
