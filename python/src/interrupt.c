/* Ctrl-C inside a training. Python's own handler only takes a note that the interpreter reads
 * later, and while the library trains no interpreter runs; so for that time a handler stands before
 * it that raises the flag the training polls, and then calls Python's, which takes its note as
 * always. */
#include "core.h"

#include <signal.h>

static volatile int raised;
static struct sigaction before;

static void handle(int number)
{
    raised = 1;
    if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) before.sa_handler(number);
}

const volatile int *core_interrupt_begin(void)
{
    raised = 0;
    if (sigaction(SIGINT, NULL, &before) || (before.sa_flags & SA_SIGINFO)) return NULL;
    struct sigaction mine = before;
    mine.sa_handler = handle;
    return sigaction(SIGINT, &mine, NULL) ? NULL : &raised;
}

void core_interrupt_end(void)
{
    sigaction(SIGINT, &before, NULL);
}
