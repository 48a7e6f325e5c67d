/* What the system knows about memory. */
#ifndef PENSEL_PLATFORM_LARGE_PAGES_H
#define PENSEL_PLATFORM_LARGE_PAGES_H

#include <stddef.h>

/* `bytes` at an address that is a multiple of 64 and, where the system has large pages, of
 * `alignment`, a power of two that divides `bytes`; NULL: there are no more. */
void *pensel_system_block(size_t alignment, size_t bytes);
/* realloc for such a block, or NULL; the result need not be aligned. */
void *pensel_system_resize(void *block, size_t bytes);
/* NULL is fine. */
void pensel_system_release(void *block);

/* A hint: the block, whose address is a multiple of PENSEL_LARGE_PAGE, will be filled completely. A
 * page fault for every 4 KiB costs more than filling them, so it is given large pages where the
 * system has them. */
#define PENSEL_LARGE_PAGE ((size_t)2 << 20)
void pensel_system_large_pages(void *block, size_t bytes);

/* Bytes of memory in this machine; 0 if that is unknown. */
double pensel_system_memory(void);

#endif
