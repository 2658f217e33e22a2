/* core/mem_limit.h - how much memory the system's control groups leave to this process. */
#ifndef OT_CORE_MEM_LIMIT_H
#define OT_CORE_MEM_LIMIT_H

/* The least limit, in bytes, of the groups that `groups` lists for this process and of those above
 * them; INFINITY where there is none, or where nothing of it can be read.
 *
 * groups  "/proc/self/cgroup"
 * root    "/sys/fs/cgroup": memory.max of version 2, memory/.../memory.limit_in_bytes of version 1,
 *         also where memory shares its tree with other controllers ("cpu,memory")
 * Source: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst. */
double ot_mem_limit_bytes(const char *groups, const char *root);

#endif /* OT_CORE_MEM_LIMIT_H */
