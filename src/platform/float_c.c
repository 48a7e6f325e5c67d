/* The floating-point environment by C11's means, and what C11 has no name for. */
#include "platform/float.h"

void pensel_float_set(pensel_float_state *state)
{
#ifdef _WIN32
    state->control = __builtin_ia32_stmxcsr(); /* before the next call sets all masks */
#endif
    fegetenv(&state->before);
    fesetenv(FE_DFL_ENV);
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr(0x1f80); /* nor are subnormals flushed */
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(0ul) : "memory");
#endif
}

/* Flags that computing has raised are not the caller's, so this is not feupdateenv, which would
 * raise them again and spring its traps. */
void pensel_float_restore(const pensel_float_state *state)
{
    fesetenv(&state->before);
#ifdef _WIN32
    __builtin_ia32_ldmxcsr(state->control);
#endif
}
