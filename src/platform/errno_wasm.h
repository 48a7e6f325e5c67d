/* <errno.h> of WASI's C library, which was compiled for one thread: its errno is one variable,
 * though its header says that each thread has one. Files are the first thread's alone
 * (thread_wasm.c). */
#ifndef PENSEL_PLATFORM_ERRNO_WASM_H
#define PENSEL_PLATFORM_ERRNO_WASM_H

#define __wasilibc___errno_h /* in the stead of this header of the library's */
extern int errno;
#define errno errno

#include <errno.h>

#endif
