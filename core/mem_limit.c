/* core/mem_limit.c - reads the limits of control groups, from the process's own upwards. */
#include "core/mem_limit.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

enum { PATH_SIZE = 4096, LINE_SIZE = 4200, NUMBER_SIZE = 64 };

/* "max" is no number, and version 1 writes a number beyond any machine. */
static double limit_in(const char *path)
{
    char text[NUMBER_SIZE];
    double bytes = 0.0;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return (double)INFINITY;
    }
    const char *got = fgets(text, sizeof text, file);
    (void)fclose(file);
    if (got == NULL) {
        return (double)INFINITY;
    }
    text[strcspn(text, "\n")] = '\0';
    return ot_text_to_double(text, &bytes) && bytes >= 0.0 ? bytes : (double)INFINITY;
}

/* A group's limit holds for all below it. In a container the group's own path may lie outside what
 * is seen of the tree; then only the root is left. */
static double least_upwards(const char *root, const char *group, const char *name)
{
    char folder[PATH_SIZE];
    char path[PATH_SIZE + NUMBER_SIZE];
    double least = (double)INFINITY;
    const size_t root_length = strlen(root);
    const int size = snprintf(folder, sizeof folder, "%s%s", root, group);
    if (size < 0 || (size_t)size >= sizeof folder) {
        return least;
    }
    while (strlen(folder) >= root_length) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, name);
        least = fmin(least, limit_in(path));
        char *slash = strrchr(folder, '/');
        if (slash == NULL) {
            break;
        }
        *slash = '\0';
    }
    return least;
}

/* Whether a list as "cpu,memory" names the controller of memory. */
static bool names_memory(const char *list)
{
    static const char name[] = "memory";
    const size_t length = sizeof name - 1;
    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',' ? 1 : 0;
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

/* Version 1: a tree for each list of controllers, in a folder of the list's name; where there are
 * several, most systems link each one's name to it, but not all do. */
static double least_of_old(const char *root, const char *list, const char *group)
{
    const char *const names[] = {"memory", list};
    double least = (double)INFINITY;
    for (size_t n = 0; n < 2; n++) {
        char tree[PATH_SIZE];
        const int size = snprintf(tree, sizeof tree, "%s/%s", root, names[n]);
        if (size > 0 && (size_t)size < sizeof tree) {
            least = fmin(least, least_upwards(tree, group, "memory.limit_in_bytes"));
        }
    }
    return least;
}

/* Lines "N:CONTROLLERS:/GROUP"; version 2 has no controllers. */
double ot_mem_limit_bytes(const char *groups, const char *root)
{
    char line[LINE_SIZE];
    double least = (double)INFINITY;
    FILE *file = fopen(groups, "re");
    if (file == NULL) {
        return least;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        if (group == NULL || group[1] != '/') {
            continue;
        }
        controllers++;
        *group++ = '\0';
        if (*controllers == '\0') {
            least = fmin(least, least_upwards(root, group, "memory.max"));
        } else if (names_memory(controllers)) {
            least = fmin(least, least_of_old(root, controllers, group));
        }
    }
    (void)fclose(file);
    return least;
}
