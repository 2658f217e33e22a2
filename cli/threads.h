/* cli/threads.h - how many worker threads. */
#ifndef OT_CLI_THREADS_H
#define OT_CLI_THREADS_H

/* `wanted` where it is above 0; else OMP_NUM_THREADS, then SLURM_CPUS_PER_TASK, then the cores
 * this process may use. At least 1, at most 1024. It is also made the size of every team that is
 * not told another one (readers, gzip). */
int ot_threads(int wanted);

#endif /* OT_CLI_THREADS_H */
