/* Threads on Windows 8 and later, which can wait for a word in memory. */
#include "platform/thread.h"

#include <windows.h>

#include <process.h>
#include <stdlib.h>

struct pensel_thread {
    HANDLE handle;
    void (*work)(void *data);
    void *data;
};

static unsigned __stdcall run(void *data)
{
    pensel_thread *thread = data;
    thread->work(thread->data);
    return 0;
}

pensel_thread *pensel_thread_start(void (*work)(void *data), void *data)
{
    pensel_thread *thread = malloc(sizeof *thread);
    if (!thread) return NULL;
    thread->work = work;
    thread->data = data;
    thread->handle = (HANDLE)_beginthreadex(NULL, 0, run, thread, 0, NULL);
    if (thread->handle) return thread;
    free(thread);
    return NULL;
}

void pensel_thread_join(pensel_thread *thread)
{
    WaitForSingleObject(thread->handle, INFINITE);
    CloseHandle(thread->handle);
    free(thread);
}

void pensel_word_wait(_Atomic uint32_t *word, uint32_t value)
{
    WaitOnAddress((volatile void *)word, &value, sizeof value, INFINITE);
}

void pensel_word_wake(_Atomic uint32_t *word)
{
    WakeByAddressAll((void *)word);
}

void pensel_thread_yield(void)
{
    SwitchToThread();
}

/* The system's index of the pointer, the same for all threads: what one thread is given while
 * another asks too is given back. */
static DWORD slot(void)
{
    static _Atomic uint32_t kept; /* the index and 1; 0: none has been asked for */
    uint32_t index = atomic_load(&kept), mine = 0;
    if (index > 0) return index - 1;
    if ((mine = TlsAlloc() + 1) == 0) return TLS_OUT_OF_INDEXES;
    if (atomic_compare_exchange_strong(&kept, &index, mine)) return mine - 1;
    TlsFree(mine - 1);
    return index - 1;
}

void *pensel_thread_pointer(void)
{
    DWORD error = GetLastError(); /* which TlsGetValue sets, also to success */
    void *pointer = TlsGetValue(slot());
    SetLastError(error);
    return pointer;
}

void pensel_thread_set_pointer(void *pointer)
{
    TlsSetValue(slot(), pointer);
}

uint32_t pensel_process(void)
{
    return GetCurrentProcessId();
}

/* ------------------------------------------------------------------ cores */

/* The share of all cores' time that the job of this process, which may be a container, grants it; 1
 * if there is no limit. */
static double job_share(void)
{
    JOBOBJECT_CPU_RATE_CONTROL_INFORMATION rate = {0};
    const DWORD hard = JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP;
    if (!QueryInformationJobObject(NULL, JobObjectCpuRateControlInformation, &rate, sizeof rate,
                                   NULL))
        return 1;
    return (rate.ControlFlags & hard) == hard ? rate.CpuRate / 10000.0 : 1;
}

/* A mask has the 64 cores of one group. A process that was given no mask of its own may use those
 * of all groups. */
size_t pensel_cores(void)
{
    DWORD_PTR own = 0, system = 0;
    DWORD all = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
    double granted = all * job_share();
    GetProcessAffinityMask(GetCurrentProcess(), &own, &system);
    double allowed = own && own != system ? (double)__builtin_popcountll(own) : (double)all;
    double cores = granted < allowed ? granted : allowed;
    return cores > 1 ? (size_t)cores : 1;
}
