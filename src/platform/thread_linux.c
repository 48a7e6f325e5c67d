/* Waiting on Linux, by futexes, and on how many cores a process may run. */
#define _GNU_SOURCE
#include "platform/quota.h"
#include "platform/thread.h"

#include <limits.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As in <linux/futex.h>, which systems without glibc may lack. 128: within this process only. */
enum { WAIT = 0 | 128, WAKE = 1 | 128 };

void pensel_word_wait(_Atomic uint32_t *word, uint32_t value)
{
    syscall(SYS_futex, word, WAIT, value, NULL, NULL, 0);
}

void pensel_word_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, WAKE, INT_MAX, NULL, NULL, 0);
}

/* ------------------------------------------------------------------ cores */

/* By the scheduler's mask, which the kernel keeps within the control group's cpuset. The mask of a
 * machine of more than 1,024 cores needs more room than a cpu_set_t. */
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
    double quota = pensel_quota("");
    if (quota <= 0 || quota >= (double)allowed) return allowed;
    return quota > 1 ? (size_t)quota : 1;
}
