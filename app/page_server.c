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
    GMainContext *context; /* in which connections are accepted */
    GSocketService *service;
    GMainLoop *loop;
    GThread *thread; /* of start, or NULL */
    GMutex mutex;    /* of: */
    GPtrArray *open; /* sockets that are being answered on */
    GCond closed;    /* one of them is no longer */
    const void *page;
    size_t size;
    pensel_page_handler more; /* answer NULL: there is nothing more */
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

/* Whether it has been sent: a browser that has gone away is no error of ours. */
static bool answer(GOutputStream *out, const char *status, const char *type, const void *body,
                   size_t size, bool head_only)
{
    char head[1024];
    int length = g_snprintf(head, sizeof head,
                            "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s\r\n",
                            status, type, size, common);
    return g_output_stream_write_all(out, head, (gsize)length, NULL, NULL, NULL) &&
           (head_only || g_output_stream_write_all(out, body, size, NULL, NULL, NULL));
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

/* What is not the page; false: there is no such thing either. */
static bool answer_more(const pensel_page_server *server, GOutputStream *out, const char *method,
                        const char *path)
{
    const pensel_page_handler *more = &server->more;
    pensel_page_answer a = {"200 OK", "application/octet-stream", NULL, false};
    if (!more->answer || !more->answer(&a, method, path, more->data)) return false;
    bool taken =
        answer(out, a.status, a.type, a.body ? a.body->str : "", a.body ? a.body->len : 0, false);
    if (a.body) g_string_free(a.body, TRUE);
    if (a.counts) more->sent(taken, more->data);
    return true;
}

static void answer_request(const pensel_page_server *server, GOutputStream *out, const char *method,
                           const char *path)
{
    bool head_only = !strcmp(method, "HEAD");
    size_t length = strcspn(path, "?"); /* what stands behind it is the page's own affair */
    bool page = length == 1 || !strncmp(path, "/studio.html", length);
    if (!page && answer_more(server, out, method, path)) return;
    if (!head_only && strcmp(method, "GET") != 0)
        refuse(out, "405 Method Not Allowed", "GET or HEAD is needed\n");
    else if (page) {
        answer(out, "200 OK", "text/html; charset=utf-8", server->page, server->size, head_only);
        if (server->more.opened && !head_only) server->more.opened(server->more.data);
    } else
        refuse(out, "404 Not Found", "there is one page here: /\n");
}

static gboolean on_connection(GThreadedSocketService *service, GSocketConnection *connection,
                              GObject *source, void *data)
{
    (void)service;
    (void)source;
    pensel_page_server *server = data;
    GSocket *socket = g_socket_connection_get_socket(connection);
    g_socket_set_timeout(socket, PATIENCE);
    g_mutex_lock(&server->mutex);
    g_ptr_array_add(server->open, socket);
    g_mutex_unlock(&server->mutex);
    GDataInputStream *in =
        g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
    GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
    char **words = request_line(in);
    if (words) {
        skip_head(in);
        answer_request(server, out, words[0], words[1]);
        g_strfreev(words);
    }
    g_object_unref(in);
    g_mutex_lock(&server->mutex);
    g_ptr_array_remove_fast(server->open, socket);
    g_cond_signal(&server->closed);
    g_mutex_unlock(&server->mutex);
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
                                     size_t size, const pensel_page_handler *more,
                                     pensel_error *error)
{
    GError *trouble = NULL;
    pensel_page_server *s = g_new0(pensel_page_server, 1);
    *s = (pensel_page_server){.page = page, .size = size};
    if (more) s->more = *more;
    g_mutex_init(&s->mutex);
    g_cond_init(&s->closed);
    s->open = g_ptr_array_new();
    s->context = g_main_context_new();
    s->loop = g_main_loop_new(s->context, FALSE);
    /* it accepts in the context that is the thread's own when it begins to listen */
    g_main_context_push_thread_default(s->context);
    s->service = g_threaded_socket_service_new(CONNECTIONS);
    uint16_t wish = *port;
    *port = listen_on(s->service, wish, &trouble);
    g_main_context_pop_thread_default(s->context);
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
    g_main_context_push_thread_default(server->context); /* for the next one that is accepted */
    g_main_loop_run(server->loop);
    g_main_context_pop_thread_default(server->context);
}

static void *run_beside(void *server)
{
    pensel_page_server_run(server);
    return NULL;
}

void pensel_page_server_start(pensel_page_server *server)
{
    server->thread = g_thread_new("page", run_beside, server);
}

/* Whoever still talks is cut off: their threads use the server. */
static void end_connections(pensel_page_server *server)
{
    g_mutex_lock(&server->mutex);
    for (guint i = 0; i < server->open->len; i++)
        g_socket_shutdown(server->open->pdata[i], TRUE, TRUE, NULL);
    while (server->open->len)
        g_cond_wait(&server->closed, &server->mutex);
    g_mutex_unlock(&server->mutex);
}

static gboolean quit(void *loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

void pensel_page_server_free(pensel_page_server **server)
{
    pensel_page_server *s = *server;
    *server = NULL;
    if (!s) return;
    if (s->thread) { /* as an event, so that it cannot come before the loop runs */
        GSource *source = g_idle_source_new();
        g_source_set_callback(source, quit, s->loop, NULL);
        g_source_attach(source, s->context);
        g_source_unref(source);
        g_thread_join(s->thread);
    }
    g_socket_listener_close(G_SOCKET_LISTENER(s->service));
    end_connections(s);
    g_object_unref(s->service);
    g_ptr_array_free(s->open, TRUE);
    g_mutex_clear(&s->mutex);
    g_cond_clear(&s->closed);
    g_main_loop_unref(s->loop);
    g_main_context_unref(s->context);
    g_free(s);
}
