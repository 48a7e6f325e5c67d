/* Ctrl-C during training. Python's own handler only sets a flag that the interpreter reads later,
 * but no interpreter runs while the library trains. So during that time another handler is
 * installed in front of it: it sets the flag that the training polls, then calls Python's handler
 * as usual. */
#include "core.h"

#include <signal.h>

static volatile int raised;
static struct sigaction before;

/* Other packages put theirs in front of Python's as well; polars's asks for the long form. */
static void handle(int number, siginfo_t *info, void *context)
{
    raised = 1;
    if (before.sa_flags & SA_SIGINFO)
        before.sa_sigaction(number, info, context);
    else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
        before.sa_handler(number);
}

const volatile int *core_interrupt_begin(void)
{
    raised = 0;
    if (sigaction(SIGINT, NULL, &before)) return NULL;
    struct sigaction mine = before;
    mine.sa_flags |= SA_SIGINFO;
    mine.sa_sigaction = handle;
    return sigaction(SIGINT, &mine, NULL) ? NULL : &raised;
}

void core_interrupt_end(void)
{
    sigaction(SIGINT, &before, NULL);
}
