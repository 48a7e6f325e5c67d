/* Threads on Linux: POSIX threads, futexes, and the limits that the scheduler and control groups
 * set. */
#define _GNU_SOURCE
#include "platform/thread.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct pensel_thread {
    pthread_t id;
    void (*work)(void *data);
    void *data;
};

static void *run(void *data)
{
    pensel_thread *thread = data;
    thread->work(thread->data);
    return NULL;
}

pensel_thread *pensel_thread_start(void (*work)(void *data), void *data)
{
    pensel_thread *thread = malloc(sizeof *thread);
    if (!thread) return NULL;
    thread->work = work;
    thread->data = data;
    if (pthread_create(&thread->id, NULL, run, thread) == 0) return thread;
    free(thread);
    return NULL;
}

void pensel_thread_join(pensel_thread *thread)
{
    pthread_join(thread->id, NULL);
    free(thread);
}

void pensel_word_wait(_Atomic uint32_t *word, uint32_t value)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

void pensel_word_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void pensel_thread_yield(void)
{
    sched_yield();
}

uint32_t pensel_process(void)
{
    return (uint32_t)getpid();
}

/* ------------------------------------------------------------------ cores */

/* The first line of a file of the kernel's, without its end; false if there is none. */
static bool read_line(char *line, size_t size, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file) return false;
    bool read = fgets(line, (int)size, file) != NULL;
    fclose(file);
    if (read) line[strcspn(line, "\n")] = 0;
    return read;
}

/* Cores of "quota period" in microseconds; 0 if there is no limit. */
static double quota_of(const char *quota, const char *period)
{
    double q = strtod(quota, NULL), p = strtod(period, NULL);
    return q > 0 && p > 0 ? q / p : 0;
}

/* cpu.max of version 2 holds "quota period" or "max period"; version 1 has a file for each. */
static double quota_in(const char *folder)
{
    char path[PATH_MAX + 32], line[64], period[64];
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    if (read_line(line, sizeof line, path)) {
        char *space = strchr(line, ' ');
        return space ? quota_of(line, space + 1) : 0;
    }
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
    if (!read_line(line, sizeof line, path)) return 0;
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    return read_line(period, sizeof period, path) ? quota_of(line, period) : 0;
}

/* The least quota of the group `own` under `root` and of all groups around it. In a container the
 * group's name may be the host's, and only the root is visible. */
static double quota_under(const char *root, const char *own)
{
    char folder[PATH_MAX];
    double least = quota_in(root);
    if (snprintf(folder, sizeof folder, "%s%s", root, own) >= (int)sizeof folder) return least;
    while (strlen(folder) > strlen(root)) {
        double quota = quota_in(folder);
        if (quota > 0 && (least == 0 || quota < least)) least = quota;
        *strrchr(folder, '/') = 0;
    }
    return least;
}

static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += length)
        if ((at == list || at[-1] == ',') && (at[length] == 0 || at[length] == ',')) return true;
    return false;
}

/* /proc/self/cgroup: a line "number:controllers:/group" for each tree; version 2 has number 0 and
 * no controllers. */
static double quota_of_process(void)
{
    char line[PATH_MAX];
    double least = 0;
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *controllers = strchr(line, ':'),
             *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group) continue;
        *controllers++ = 0;
        *group++ = 0;
        double quota = 0;
        if (*controllers == 0)
            quota = quota_under("/sys/fs/cgroup", group);
        else if (has_word(controllers, "cpu"))
            quota = quota_under("/sys/fs/cgroup/cpu", group);
        if (quota > 0 && (least == 0 || quota < least)) least = quota;
    }
    if (file) fclose(file);
    return least;
}

/* The mask of a machine of more than 1,024 cores needs more room than a cpu_set_t. */
static size_t cores_allowed(void)
{
    for (int most = 1024; most <= 1 << 20; most *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)most);
        if (!set) return 1;
        size_t size = CPU_ALLOC_SIZE((size_t)most);
        int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (count > 0) return (size_t)count;
    }
    return 1;
}

size_t pensel_cores(void)
{
    size_t allowed = cores_allowed();
    double quota = quota_of_process();
    if (quota <= 0 || quota >= (double)allowed) return allowed;
    return quota > 1 ? (size_t)quota : 1;
}
