/* cli/progress.h - a line on the terminal while a command works for more than a second.
 *
 * "tare plan: 12 s, vois done"; nothing where standard error is no terminal. The line is taken
 * away again before results or errors are printed.
 */
#ifndef OT_CLI_PROGRESS_H
#define OT_CLI_PROGRESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

struct ot_progress {
    bool running;
    int fd;
    const char *command;        /* static */
    _Atomic(const char *) done; /* the last step that was finished; static text, or NULL */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop; /* under the lock */
};

/* Starts the line if `messages` is a terminal; no failure: a program without it works as well. */
void ot_progress_begin(struct ot_progress *progress, const char *command, FILE *messages);
/* Says that a step is done. `progress` may be NULL. Threads: any. */
void ot_progress_step(struct ot_progress *progress, const char *step);
/* Takes the line away. Pre: ot_progress_begin(). */
void ot_progress_end(struct ot_progress *progress);

#endif /* OT_CLI_PROGRESS_H */
