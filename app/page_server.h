/* One page over HTTP, to this machine alone: what a browser needs to run it with threads; and
 * whatever else the program answers the page. */
#ifndef PENSEL_APP_PAGE_SERVER_H
#define PENSEL_APP_PAGE_SERVER_H

#include "pensel.h"

#include <glib.h>

typedef struct pensel_page_server pensel_page_server;

/* What a request gets. */
typedef struct pensel_page_answer {
    const char *status, *type; /* "200 OK", "application/json" */
    GString *body;             /* freed once it is sent */
    bool counts;               /* `sent` is to hear of it */
} pensel_page_answer;

/* Requests for other paths than the page's. Each comes on a thread of its own. */
typedef struct pensel_page_handler {
    /* path: with what stands behind its question mark. false: there is no such thing. */
    bool (*answer)(pensel_page_answer *answer, const char *method, const char *path, void *data);
    /* After an answer that counts: whether the browser has taken it. */
    void (*sent)(bool taken, void *data);
    void (*opened)(void *data); /* the page itself has been sent */
    void *data;
} pensel_page_handler;

/* Listens on 127.0.0.1. port 0: any that is free; *port is the one it has. The page is borrowed;
 * more may be NULL. */
pensel_status pensel_page_server_new(pensel_page_server **server, uint16_t *port, const void *page,
                                     size_t size, const pensel_page_handler *more,
                                     pensel_error *error);
/* Answers until a signal ends the program. */
void pensel_page_server_run(pensel_page_server *server);
/* Answers on a thread of its own until the server is freed. */
void pensel_page_server_start(pensel_page_server *server);
void pensel_page_server_free(pensel_page_server **server);

#endif
