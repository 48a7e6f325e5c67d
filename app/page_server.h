/* One page over HTTP, to this machine alone: what a browser needs to run it with threads. */
#ifndef PENSEL_APP_PAGE_SERVER_H
#define PENSEL_APP_PAGE_SERVER_H

#include "pensel.h"

typedef struct pensel_page_server pensel_page_server;

/* Listens on 127.0.0.1. port 0: any that is free; *port is the one it has. The page is borrowed. */
pensel_status pensel_page_server_new(pensel_page_server **server, uint16_t *port, const void *page,
                                     size_t size, pensel_error *error);
/* Answers until a signal ends the program. */
void pensel_page_server_run(pensel_page_server *server);
void pensel_page_server_free(pensel_page_server **server);

#endif
