/* The floating-point environment of a call. A host may round upwards, flush subnormal numbers to
 * zero or trap exceptions; results must not depend on it, and kernels compute with lanes that hold
 * anything, so they need traps masked. So every public function that computes begins with
 *
 *     PENSEL_FLOAT_SCOPE;
 *
 * which sets what C starts a program with (round to nearest, traps masked, subnormals kept) and
 * gives the caller its own settings and flags back on every way out. Where they are as they should
 * be, and that is nearly always, this reads one register. Threads of the library stay in a scope
 * all their life. Callbacks run inside the scope of the call that calls them. */
#ifndef PENSEL_PLATFORM_FLOAT_H
#define PENSEL_PLATFORM_FLOAT_H

#include <fenv.h>
#include <stdbool.h>

typedef struct pensel_float_state {
    bool changed;
    fenv_t before; /* the caller's, if it was changed */
#ifdef _WIN32
    unsigned control; /* MXCSR, which is not in this system's fenv_t */
#endif
} pensel_float_state;

/* Whether the settings that arithmetic obeys are C's. The x87 unit's are not looked at: they are
 * changed together with these, by fesetround and its like, and nothing but the parser of numbers
 * uses it. */
static inline bool pensel_float_is_plain(void)
{
#if defined(__x86_64__)
    /* MXCSR but for its six flags: masks of six traps; rounding, flush-to-zero and
     * denormals-are-zero 0 */
    return (__builtin_ia32_stmxcsr() & 0xffc0) == 0x1f80;
#elif defined(__aarch64__)
    unsigned long control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    return control == 0;
#elif defined(__wasm__)
    return true; /* there is no other */
#else
    return false;
#endif
}

/* The slow way of both: elsewhere than on x86-64 and 64-bit ARM the only one. */
void pensel_float_set(pensel_float_state *state);
void pensel_float_restore(const pensel_float_state *state);

static inline void pensel_float_begin(pensel_float_state *state)
{
    state->changed = !pensel_float_is_plain();
    if (__builtin_expect(state->changed, false)) pensel_float_set(state);
}

static inline void pensel_float_end(pensel_float_state *state)
{
    if (__builtin_expect(state->changed, false)) pensel_float_restore(state);
}

#define PENSEL_FLOAT_SCOPE                                                          \
    __attribute__((cleanup(pensel_float_end))) pensel_float_state pensel_float_was; \
    pensel_float_begin(&pensel_float_was)

#endif
