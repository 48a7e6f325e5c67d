/* The same as interrupt.c on a system without sigaction. A signal that has come goes back to its
 * default there; Python's handler then puts itself in place again, and the flag stays raised. */
#include "core.h"

#include <signal.h>

typedef void (*handler)(int);

static volatile int raised;
static handler before;

static void handle(int number)
{
    raised = 1;
    if (before != SIG_DFL && before != SIG_IGN) before(number);
}

const volatile int *core_interrupt_begin(void)
{
    raised = 0;
    before = signal(SIGINT, handle);
    return before == SIG_ERR ? NULL : &raised;
}

void core_interrupt_end(void)
{
    signal(SIGINT, before);
}
