/* The page of `pensel studio`, which `make studio` builds and scripts/embed-page makes C of. A
 * build without it has a page of 0 bytes. */
#ifndef PENSEL_APP_STUDIO_PAGE_H
#define PENSEL_APP_STUDIO_PAGE_H

#include <stddef.h>

extern const unsigned char pensel_studio_page[];
extern const size_t pensel_studio_page_size;

#endif
