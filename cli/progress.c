/* cli/progress.c - a thread that wakes a few times a second and writes one line. */
#include "cli/progress.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

static const long TICK_NS = 250000000L;
static const double SHOWN_AFTER_S = 1.0;
static const char CLEAR[] = "\r\033[K";

static double seconds_since(const struct timespec *start)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static void show(struct ot_progress *p, double seconds)
{
    char line[160];
    const char *done = atomic_load(&p->done);
    const int size =
        snprintf(line, sizeof line, "%stare %s: %.0f s%s%s%s", CLEAR, p->command, seconds,
                 done != NULL ? ", " : "", done != NULL ? done : "", done != NULL ? " done" : "");
    /* write(2), not stdio: the batch forks, and a lock of stdio must not be held then. */
    if (size > 0 && (size_t)size < sizeof line && write(p->fd, line, (size_t)size) < 0) {
        return; /* a terminal that went away is no failure of the work */
    }
}

static void next_tick(struct timespec *at)
{
    (void)clock_gettime(CLOCK_REALTIME, at);
    at->tv_nsec += TICK_NS;
    if (at->tv_nsec >= 1000000000L) {
        at->tv_nsec -= 1000000000L;
        at->tv_sec++;
    }
}

static void *ticker(void *argument)
{
    struct ot_progress *p = (struct ot_progress *)argument;
    struct timespec start = {0};
    bool shown = false;
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    (void)pthread_mutex_lock(&p->lock);
    while (!p->stop) {
        struct timespec at;
        next_tick(&at);
        (void)pthread_cond_timedwait(&p->wake, &p->lock, &at);
        const double seconds = seconds_since(&start);
        if (!p->stop && seconds >= SHOWN_AFTER_S) {
            show(p, seconds);
            shown = true;
        }
    }
    (void)pthread_mutex_unlock(&p->lock);
    if (shown && write(p->fd, CLEAR, sizeof CLEAR - 1) < 0) {
        return NULL;
    }
    return NULL;
}

void ot_progress_begin(struct ot_progress *progress, const char *command, FILE *messages)
{
    progress->running = false;
    progress->stop = false;
    progress->command = command;
    progress->fd = messages != NULL ? fileno(messages) : -1;
    atomic_init(&progress->done, NULL);
    if (progress->fd < 0 || isatty(progress->fd) != 1) {
        return;
    }
    if (pthread_mutex_init(&progress->lock, NULL) != 0) {
        return;
    }
    if (pthread_cond_init(&progress->wake, NULL) != 0) {
        (void)pthread_mutex_destroy(&progress->lock);
        return;
    }
    progress->running = pthread_create(&progress->thread, NULL, ticker, progress) == 0;
    if (!progress->running) {
        (void)pthread_cond_destroy(&progress->wake);
        (void)pthread_mutex_destroy(&progress->lock);
    }
}

void ot_progress_step(struct ot_progress *progress, const char *step)
{
    if (progress != NULL) {
        atomic_store(&progress->done, step);
    }
}

void ot_progress_end(struct ot_progress *progress)
{
    if (!progress->running) {
        return;
    }
    (void)pthread_mutex_lock(&progress->lock);
    progress->stop = true;
    (void)pthread_cond_signal(&progress->wake);
    (void)pthread_mutex_unlock(&progress->lock);
    (void)pthread_join(progress->thread, NULL);
    (void)pthread_cond_destroy(&progress->wake);
    (void)pthread_mutex_destroy(&progress->lock);
    progress->running = false;
}
