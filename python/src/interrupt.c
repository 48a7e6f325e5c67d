/* Ctrl-C during training. Python's own handler only sets a flag that the interpreter reads later,
 * but no interpreter runs while the library trains. So during that time another handler is
 * installed in front of it: it sets the flag that the training polls, then calls Python's handler
 * as usual. */
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
