/* Windows has no pipe that says its reader is gone before it is written to. */
#ifndef PENSEL_APP_WINDOWS_POLL_H
#define PENSEL_APP_WINDOWS_POLL_H

#define POLLERR 8

struct pollfd {
    int fd;
    short events, revents;
};

static inline int poll(struct pollfd *files, unsigned count, int wait)
{
    (void)files, (void)count, (void)wait;
    return 0;
}

#endif
