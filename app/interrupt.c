#include "interrupt.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A signal handler gets no argument of ours, so these must be global. */
static volatile sig_atomic_t raised;
static volatile int flag;
static volatile sig_atomic_t first; /* the signal that raised it */
static char doomed[4096];
static volatile sig_atomic_t has_doomed;
static volatile sig_atomic_t holding, held;

void pensel_interrupt_remove(void)
{
    if (has_doomed) unlink(doomed);
}

static void stop(int number)
{
    pensel_interrupt_remove();
    signal(number, SIG_DFL);
    raise(number);
}

static void on_signal(int number)
{
    if (!raised) {
        raised = 1;
        first = number;
        flag = 1;
    } else if (holding && !held) {
        held = number;
    } else {
        stop(number);
    }
}

static void handle(int number)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;
    sigemptyset(&action.sa_mask);
    sigaction(number, NULL, &before);
    if (before.sa_handler != SIG_IGN) sigaction(number, &action, NULL); /* nohup's wish is kept */
}

void pensel_interrupt_clean(void)
{
    raised = 1;
    handle(SIGINT);
    handle(SIGTERM);
    handle(SIGHUP);
}

const volatile int *pensel_interrupt_catch(void)
{
    pensel_interrupt_clean();
    raised = 0;
    return &flag;
}

int pensel_interrupt_number(void)
{
    return first;
}

void pensel_interrupt_hold(void)
{
    holding = 1;
}

bool pensel_interrupt_held(void)
{
    return held;
}

void pensel_interrupt_release(void)
{
    holding = 0;
    if (held) stop(held);
}

void pensel_interrupt_unlink(const char *path)
{
    has_doomed = 0;
    if (!path || strlen(path) >= sizeof doomed) return;
    strcpy(doomed, path);
    has_doomed = 1;
}
