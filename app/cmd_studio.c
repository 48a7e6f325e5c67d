/* pensel studio: the page for learners, written to a file or shown in the browser. */
#include "command.h"
#include "command_line.h"
#include "message.h"
#include "output.h"
#include "page_server.h"
#include "result.h"
#include "studio_page.h"

#include <gio/gio.h>
#include <stdio.h>

/* The one that is tried if none is named: a browser keeps what was drawn under it. */
#define PORT 8877

typedef struct studio {
    const char *output;
    size_t port;
    bool no_browser, json, quiet;
} studio;

static pensel_status write_page(const char *path, pensel_error *error)
{
    pensel_status status = pensel_output_check(path, "--output", error);
    if (!status)
        status = pensel_file_write(path, pensel_studio_page, pensel_studio_page_size, error);
    return status;
}

static int save(const studio *s)
{
    pensel_error error = {0};
    if (write_page(s->output, &error)) return pensel_message_error(&error);
    pensel_result *result = pensel_result_new();
    pensel_result_line(result, "studio", "%s, %zu KB", s->output, pensel_studio_page_size / 1024);
    pensel_result_text(result, "studio", s->output);
    pensel_result_count(result, "bytes", pensel_studio_page_size);
    return pensel_result_finish(result, s->json, s->quiet);
}

/* A port that was asked for must be free; without one any will do. */
static pensel_status serve_on(pensel_page_server **server, uint16_t *port, const studio *s,
                              bool asked, pensel_error *error)
{
    *port = (uint16_t)s->port;
    pensel_status status = pensel_page_server_new(server, port, pensel_studio_page,
                                                  pensel_studio_page_size, NULL, error);
    if (!status || asked) return status;
    *port = 0;
    return pensel_page_server_new(server, port, pensel_studio_page, pensel_studio_page_size, NULL,
                                  error);
}

static int serve(const studio *s, bool asked)
{
    pensel_error error = {0};
    pensel_page_server *server = NULL;
    uint16_t port;
    if (serve_on(&server, &port, s, asked, &error)) return pensel_message_error(&error);
    char *address = g_strdup_printf("http://127.0.0.1:%u/", (unsigned)port);
    pensel_result *result = pensel_result_new();
    pensel_result_line(result, "studio", "%s (Ctrl-C ends it)", address);
    pensel_result_text(result, "address", address);
    int status = pensel_result_finish(result, s->json, s->quiet);
    fflush(stdout);
    /* no browser here is no error: the address stands above */
    if (!s->no_browser) g_app_info_launch_default_for_uri(address, NULL, NULL);
    if (!status) pensel_page_server_run(server);
    pensel_page_server_free(&server);
    g_free(address);
    return status;
}

static int run(const pensel_command *command, int argc, char **argv)
{
    studio s = {.port = PORT};
    const pensel_option own[] = {
        {"output", 'o', pensel_read_text, &s.output, "FILE.html",
         "write the page there; it works from there, without a network", 0, 0, NULL},
        {"port", 0, pensel_read_count, &s.port, "N",
         "serve it on this port; 0: any that is free (8877, or any if it is taken)", 0, 65535,
         NULL},
        {"no-browser", 0, NULL, &s.no_browser, NULL, "print the address and open nothing", 0, 0,
         NULL},
        {"json", 0, NULL, &s.json, NULL, "one JSON object on standard output", 0, 0, NULL},
        {"quiet", 'q', NULL, &s.quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0}};
    const pensel_option_group groups[] = {{"Options", own}, {0}};
    pensel_arguments arguments;
    int status = pensel_options_parse(&arguments, command, groups, argc, argv);
    if (status != PENSEL_OPTIONS_GO) return status;
    bool asked = pensel_options_given(&arguments, "port");
    if (arguments.count)
        status = pensel_message_usage("studio takes no argument: pensel studio [-o FILE.html]");
    else if (s.output && (asked || s.no_browser))
        status = pensel_message_usage("--output and --%s together: the page is either written or "
                                      "served",
                                      asked ? "port" : "no-browser");
    else if (!pensel_studio_page_size)
        status = pensel_message_error(&(pensel_error){
            PENSEL_UNSUPPORTED, "studio: this program was built without the page: make studio, in "
                                "its source folder, builds both (it needs Node.js and npm)"});
    else
        status = s.output ? save(&s) : serve(&s, asked);
    pensel_options_free(&arguments);
    return status;
}

const pensel_command pensel_command_studio = {"studio", "",
                                              "neural networks to play with, in the browser", run};
