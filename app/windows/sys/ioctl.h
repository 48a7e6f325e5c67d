/* The size of the terminal. */
#ifndef PENSEL_APP_WINDOWS_IOCTL_H
#define PENSEL_APP_WINDOWS_IOCTL_H

#define TIOCGWINSZ 1

struct winsize {
    unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel;
};

/* The console's, whatever the file; -1: there is none. */
int pensel_windows_size(struct winsize *size);
#define ioctl(file, what, size) ((void)(file), (void)(what), pensel_windows_size(size))

#endif
