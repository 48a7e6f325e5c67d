/* Waiting on macOS, by the calls with which this system's own C++ library waits for a word in
 * memory to change, and its cores. */
#define _DARWIN_C_SOURCE
#include "platform/thread.h"

#include <unistd.h>

/* In no public header, but in the system since 10.12, and what std::atomic::wait calls. */
enum { COMPARE_AND_WAIT = 1, WAKE_ALL = 0x100, NO_ERRNO = 0x01000000 };
int __ulock_wait(uint32_t operation, void *address, uint64_t value, uint32_t microseconds);
int __ulock_wake(uint32_t operation, void *address, uint64_t value);

void pensel_word_wait(_Atomic uint32_t *word, uint32_t value)
{
    __ulock_wait(COMPARE_AND_WAIT | NO_ERRNO, (void *)word, value, 0);
}

void pensel_word_wake(_Atomic uint32_t *word)
{
    __ulock_wake(COMPARE_AND_WAIT | WAKE_ALL | NO_ERRNO, (void *)word, 0);
}

size_t pensel_cores(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 1 ? (size_t)cores : 1;
}
