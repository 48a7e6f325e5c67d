/* Is a standard file open? That is all that fcntl is asked here. */
#ifndef PENSEL_APP_WINDOWS_FCNTL_H
#define PENSEL_APP_WINDOWS_FCNTL_H

#include_next <fcntl.h>
#include <io.h>

#define F_GETFD 1
#define fcntl(file, what) ((void)(what), _get_osfhandle(file) < 0 ? -1 : 0)

#endif
