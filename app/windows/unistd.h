/* What POSIX has in this header and mingw's has not. */
#ifndef PENSEL_APP_WINDOWS_UNISTD_H
#define PENSEL_APP_WINDOWS_UNISTD_H

#include_next <unistd.h>

#define _SC_PHYS_PAGES 1
#define _SC_PAGESIZE 2
/* Of these two alone. */
long pensel_windows_pages(int what);
#define sysconf pensel_windows_pages

#endif
