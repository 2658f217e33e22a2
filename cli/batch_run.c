/* cli/batch_run.c - starts the processes of a batch and waits for them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/batch.h"
#include "core/mem.h"

extern char **environ; /* NOLINT(readability-redundant-declaration): POSIX leaves it to us */

struct running {
    pid_t pid; /* 0: free */
    size_t index;
    int errors; /* read end of its standard error */
};

static bool is_done(const struct ot_batch_case *c)
{
    char path[4096];
    struct stat status;
    return snprintf(path, sizeof path, "%s/result.json", c->folder) < (int)sizeof path &&
           stat(path, &status) == 0;
}

static enum ot_rc start(const struct ot_batch_case *c, const char *program, struct running *slot,
                        struct ot_err *err)
{
    int ends[2] = {-1, -1};
    posix_spawn_file_actions_t actions;
    const char **words = OT_NEW(const char *, c->words.count + 3, err);
    if (words == NULL) {
        return OT_ERR_NOMEM;
    }
    words[0] = program;
    words[1] = c->stage;
    for (size_t n = 0; n < c->words.count; n++) {
        words[n + 2] = c->words.text[n];
    }
    enum ot_rc rc = OT_OK;
    if (pipe(ends) != 0) {
        ot_free(words);
        return ot_fail(err, OT_ERR_EXTERNAL, "no pipe for a case (%s)", strerror(errno));
    }
    /* A later child must not hold this child's pipe open. */
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    /* execve() does not change the words it is given; its type is older than const. */
    char *const *argv = (char *const *)(uintptr_t)words;
    const int failed = posix_spawn(&slot->pid, program, &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);
    if (failed != 0) {
        slot->pid = 0;
        (void)close(ends[0]);
        rc = ot_fail(err, OT_ERR_EXTERNAL, "%s cannot be started (%s)", ot_text_base_name(program),
                     strerror(failed));
    } else {
        slot->errors = ends[0];
    }
    ot_free(words);
    return rc;
}

/* The error of a case is its one line on standard error. */
static void read_reason(int fd, struct ot_batch_case *c)
{
    size_t used = 0;
    for (;;) {
        const ssize_t got = read(fd, c->reason + used, sizeof c->reason - 1 - used);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0 || used + (size_t)got >= sizeof c->reason - 1) {
            used += got > 0 ? (size_t)got : 0;
            break;
        }
        used += (size_t)got;
    }
    c->reason[used] = '\0';
    for (char *at = c->reason; *at != '\0'; at++) {
        if (*at == '\n') {
            *at = at[1] == '\0' ? '\0' : ' ';
        }
    }
}

static void finish(struct running *slot, int status, struct ot_batch *batch)
{
    struct ot_batch_case *c = &batch->cases[slot->index];
    read_reason(slot->errors, c);
    (void)close(slot->errors);
    slot->pid = 0;
    if (WIFEXITED(status)) {
        c->exit_code = WEXITSTATUS(status);
        c->status = c->exit_code == 0 || c->exit_code == 6 ? OT_BATCH_DONE : OT_BATCH_FAILED;
    } else {
        const int signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        c->exit_code = 128 + signal_number;
        c->status = OT_BATCH_FAILED;
        (void)snprintf(c->reason, sizeof c->reason, "the process was ended by signal %d",
                       signal_number);
    }
}

static struct running *free_slot(struct running *slots, int jobs)
{
    for (int n = 0; n < jobs; n++) {
        if (slots[n].pid == 0) {
            return &slots[n];
        }
    }
    return NULL;
}

/* Waits for one process; false when none is running. */
static bool wait_for_one(struct running *slots, int jobs, struct ot_batch *batch)
{
    int status = 0;
    pid_t pid = 0;
    do {
        pid = waitpid(-1, &status, 0);
    } while (pid < 0 && errno == EINTR);
    for (int n = 0; pid > 0 && n < jobs; n++) {
        if (slots[n].pid == pid) {
            finish(&slots[n], status, batch);
        }
    }
    return pid > 0;
}

enum ot_rc ot_batch_run(struct ot_batch *batch, const char *program, int jobs, struct ot_err *err)
{
    struct running *slots = OT_NEW(struct running, (size_t)jobs, err);
    enum ot_rc rc = slots != NULL ? OT_OK : OT_ERR_NOMEM;
    for (size_t n = 0; rc == OT_OK && n < batch->count; n++) {
        struct ot_batch_case *c = &batch->cases[n];
        if (c->status == OT_BATCH_PENDING && is_done(c)) {
            c->status = OT_BATCH_DONE;
        }
        if (c->status != OT_BATCH_PENDING) {
            continue;
        }
        struct running *slot = free_slot(slots, jobs);
        while (slot == NULL && wait_for_one(slots, jobs, batch)) {
            slot = free_slot(slots, jobs);
        }
        if (slot != NULL) {
            slot->index = n;
            rc = start(c, program, slot, err);
        }
    }
    while (slots != NULL && wait_for_one(slots, jobs, batch)) {
    }
    ot_free(slots);
    return rc;
}
