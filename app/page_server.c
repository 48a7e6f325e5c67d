/* A web server of one page. GLib accepts connections and gives each a thread; here is what is said
 * on them. A browser may hold a connection open without asking anything, so each has a time limit,
 * and nothing waits for another. */
#include "page_server.h"
#include "message.h"

#include <gio/gio.h>
#include <string.h>

#define CONNECTIONS 16 /* at a time */
#define PATIENCE 10    /* seconds for a request */
#define LINE_MOST 8192 /* bytes of a request's head */

struct pensel_page_server {
    GSocketService *service;
    GMainLoop *loop;
    const void *page;
    size_t size;
};

/* The two policies isolate the page from other sites' windows, for which browsers let it use memory
 * that threads share. */
static const char common[] = "Cross-Origin-Opener-Policy: same-origin\r\n"
                             "Cross-Origin-Embedder-Policy: require-corp\r\n"
                             "Cross-Origin-Resource-Policy: same-origin\r\n"
                             "X-Content-Type-Options: nosniff\r\n"
                             "Referrer-Policy: no-referrer\r\n"
                             "Cache-Control: no-cache\r\n"
                             "Connection: close\r\n";

static void answer(GOutputStream *out, const char *status, const char *type, const void *body,
                   size_t size, bool head_only)
{
    char head[1024];
    int length = g_snprintf(head, sizeof head,
                            "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s\r\n",
                            status, type, size, common);
    /* a browser that has gone away is no error of ours */
    if (!g_output_stream_write_all(out, head, (gsize)length, NULL, NULL, NULL)) return;
    if (!head_only) g_output_stream_write_all(out, body, size, NULL, NULL, NULL);
}

static void refuse(GOutputStream *out, const char *status, const char *sentence)
{
    answer(out, status, "text/plain; charset=utf-8", sentence, strlen(sentence), false);
}

/* "GET / HTTP/1.1", cut into its words; NULL: it is no such line, or it does not come. */
static char **request_line(GDataInputStream *in)
{
    gsize length = 0;
    char *line = g_data_input_stream_read_line(in, &length, NULL, NULL);
    char **words = line && length < LINE_MOST ? g_strsplit(line, " ", 4) : NULL;
    g_free(line);
    if (words && g_strv_length(words) == 3 && g_str_has_prefix(words[2], "HTTP/1.")) return words;
    g_strfreev(words);
    return NULL;
}

/* The rest of the head is read, so that the browser is not cut off while it writes. */
static void skip_head(GDataInputStream *in)
{
    for (size_t total = 0; total < LINE_MOST;) {
        gsize length = 0;
        char *line = g_data_input_stream_read_line(in, &length, NULL, NULL);
        bool last = !line || length <= 1; /* "" or "\r" */
        total += length + 1;
        g_free(line);
        if (last) return;
    }
}

static gboolean on_connection(GThreadedSocketService *service, GSocketConnection *connection,
                              GObject *source, void *data)
{
    (void)service;
    (void)source;
    const pensel_page_server *server = (const pensel_page_server *)data;
    g_socket_set_timeout(g_socket_connection_get_socket(connection), PATIENCE);
    GDataInputStream *in =
        g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
    GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
    char **words = request_line(in);
    if (words) {
        skip_head(in);
        bool head_only = !strcmp(words[0], "HEAD");
        size_t path = strcspn(words[1], "?"); /* what stands behind it is the page's own affair */
        if (!head_only && strcmp(words[0], "GET") != 0)
            refuse(out, "405 Method Not Allowed", "GET or HEAD is needed\n");
        else if (path == 1 || !strncmp(words[1], "/studio.html", path))
            answer(out, "200 OK", "text/html; charset=utf-8", server->page, server->size,
                   head_only);
        else
            refuse(out, "404 Not Found", "there is one page here: /\n");
        g_strfreev(words);
    }
    g_object_unref(in);
    return TRUE;
}

/* Binds the port, and returns the one it has got. */
static uint16_t listen_on(GSocketService *service, uint16_t port, GError **trouble)
{
    GInetAddress *loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    GSocketAddress *wish = g_inet_socket_address_new(loopback, port), *got = NULL;
    g_object_unref(loopback);
    bool bound =
        g_socket_listener_add_address(G_SOCKET_LISTENER(service), wish, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_TCP, NULL, &got, trouble);
    g_object_unref(wish);
    if (!bound) return 0;
    uint16_t result = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(got));
    g_object_unref(got);
    return result;
}

pensel_status pensel_page_server_new(pensel_page_server **server, uint16_t *port, const void *page,
                                     size_t size, pensel_error *error)
{
    GError *trouble = NULL;
    pensel_page_server *s = g_new0(pensel_page_server, 1);
    *s = (pensel_page_server){.page = page, .size = size};
    s->service = g_threaded_socket_service_new(CONNECTIONS);
    uint16_t wish = *port;
    *port = listen_on(s->service, wish, &trouble);
    if (!*port) {
        pensel_status status =
            pensel_wrong(error, PENSEL_IO_FAILED,
                         "port %u: %s: another port is needed, or 0 for any that is free",
                         (unsigned)wish, trouble->message);
        g_error_free(trouble);
        pensel_page_server_free(&s);
        return status;
    }
    g_signal_connect(s->service, "run", G_CALLBACK(on_connection), s);
    *server = s;
    return PENSEL_OK;
}

void pensel_page_server_run(pensel_page_server *server)
{
    server->loop = g_main_loop_new(NULL, FALSE);
    g_socket_service_start(server->service);
    g_main_loop_run(server->loop);
}

void pensel_page_server_free(pensel_page_server **server)
{
    pensel_page_server *s = *server;
    *server = NULL;
    if (!s) return;
    g_socket_listener_close(G_SOCKET_LISTENER(s->service));
    g_object_unref(s->service);
    if (s->loop) g_main_loop_unref(s->loop);
    g_free(s);
}
