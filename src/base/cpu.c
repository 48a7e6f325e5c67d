/* CPU features, as reported by the compiler's run-time library. */
#include "base/cpu.h"

#include "platform/thread.h"

#include <stdlib.h>
#include <string.h>

static bool has_avx2(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

static bool has_avx512(void)
{
#if defined(__x86_64__)
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

static bool has_avx512_bf16(void)
{
#if defined(__x86_64__)
    return has_avx512() && __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

static bool has_neon(void)
{
#if defined(__aarch64__)
    return true; /* part of every 64-bit ARM */
#else
    return false;
#endif
}

static bool has_any_cpu(void)
{
    return true;
}

bool pensel_cpu_runs(const char *isa)
{
    static const struct {
        const char *name;
        bool (*runs)(void);
    } isas[] = {{"reference", has_any_cpu},
                {"avx2", has_avx2},
                {"avx512", has_avx512},
                {"avx512-bf16", has_avx512_bf16},
                {"neon", has_neon}};
    for (size_t i = 0; i < sizeof isas / sizeof *isas; i++) {
        if (strcmp(isas[i].name, isa) == 0) return isas[i].runs();
    }
    return false;
}

size_t pensel_machine_threads(void)
{
    const char *wanted = getenv("PENSEL_THREADS");
    if (wanted && *wanted) {
        char *end;
        long threads = strtol(wanted, &end, 10);
        if (*end == 0 && threads > 0 && threads <= 4096) return (size_t)threads;
    }
    return pensel_cores();
}
