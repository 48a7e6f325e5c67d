/* What a page that follows a training asks, and what it gets. The page holds a request open until
 * there is something new (a "long poll"), so that nothing is sent that nobody waits for. An answer
 * is a line of JSON, then the bytes of the original if the page has it not yet, and of the picture
 * if there is a newer one.
 *
 * The training's thread puts figures here, the server's threads take them: all under one mutex. The
 * address has a token, without which neither other users of the machine nor other pages in the same
 * browser get an answer. */
#include "follow.h"

#include "app_memory.h"
#include "interrupt.h"
#include "message.h"
#include "page_server.h"
#include "studio_page.h"
#include "watch.h"

#include <gio/gio.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define HOLD 4             /* seconds that a request is held open */
#define PATIENCE 10        /* seconds that the end waits for the page to come and see it */
#define LOADING 60         /* and for one that the browser has got, and that does not ask yet */
#define ROWS_MOST 2048     /* that are kept; then every other one goes */
#define ENDLESS 1000000000 /* more epochs than this are no aim */

enum { TRAINING, FINISHING, DONE, INTERRUPTED, FAILED };
static const char *const state_names[] = {"training", "finishing", "done", "interrupted", "failed"};

typedef struct image {
    uint8_t *bytes;               /* (height, width, 3), or NULL */
    size_t width, height, number; /* number: how many there have been */
} image;

struct pensel_follow {
    pensel_page_server *server;
    char *title, *text; /* text: of the end */
    char token[33];
    GMutex mutex;
    GCond news;
    int state;
    bool opened;  /* has a browser got the page? */
    bool came;    /* has a page ever asked? */
    bool stopped; /* by the page */
    bool wanted;  /* a page has the newest picture and waits for the next */
    GArray *rows; /* pensel_watch_row, each `stride` epochs apart; a page that has those of */
    size_t stride, generation; /* another generation gets all of them anew */
    pensel_watch_row latest;   /* epoch 0: none yet */
    size_t epochs;
    double share, seconds;
    image original, picture;
    size_t asking, seen; /* requests that are held open; answers that brought the end */
};

/* ------------------------------------------------------------------ requests */

/* A number behind "name=" in the path's query; 0: it is not there. */
static size_t query_number(const char *path, const char *name)
{
    const char *at = strchr(path, '?');
    size_t length = strlen(name);
    for (; at && *at; at = strchr(at + 1, '&'))
        if (!strncmp(at + 1, name, length) && at[1 + length] == '=')
            return (size_t)g_ascii_strtoull(at + 2 + length, NULL, 10);
    return 0;
}

static bool has_token(const pensel_follow *f, const char *path)
{
    const char *at = strstr(path, "token=");
    return at && !strncmp(at + 6, f->token, 32) && (!at[38] || at[38] == '&');
}

static void put_number(GString *json, double number)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(json, isfinite(number) ? g_ascii_dtostr(text, sizeof text, number) : "null");
}

static void put_text(GString *json, const char *key, const char *text)
{
    pensel_append(json, ",\"%s\":\"", key);
    for (const char *at = text; *at; at++) {
        if (*at == '"' || *at == '\\')
            pensel_append(json, "\\%c", *at);
        else if ((unsigned char)*at < 32)
            pensel_append(json, "\\u%04x", (unsigned)*at);
        else
            g_string_append_c(json, *at);
    }
    g_string_append_c(json, '"');
}

/* [epoch, samples, loss, PSNR, validation, rate, seconds] */
static void put_row(GString *json, const pensel_watch_row *r)
{
    const double numbers[] = {(double)r->epoch,    (double)r->samples, r->loss,   r->psnr,
                              r->validation_score, r->learning_rate,   r->seconds};
    g_string_append_c(json, '[');
    for (size_t k = 0; k < G_N_ELEMENTS(numbers); k++) {
        if (k) g_string_append_c(json, ',');
        put_number(json, numbers[k]);
    }
    g_string_append_c(json, ']');
}

/* From the row on. */
static void put_rows(GString *json, const pensel_follow *f, size_t from)
{
    g_string_append(json, ",\"rows\":[");
    for (size_t i = from; i < f->rows->len; i++) {
        if (i > from) g_string_append_c(json, ',');
        put_row(json, &g_array_index(f->rows, pensel_watch_row, i));
    }
    g_string_append_c(json, ']');
}

/* ,"painted":[width,height] of an image whose bytes follow, or null */
static void put_size(GString *json, const char *key, const image *one)
{
    if (one)
        pensel_append(json, ",\"%s\":[%zu,%zu]", key, one->width, one->height);
    else
        pensel_append(json, ",\"%s\":null", key);
}

static void put_image(GString *body, const image *one)
{
    g_string_append_len(body, (const char *)one->bytes, (gssize)(one->width * one->height * 3));
}

/* Waits, at most for a while, until there is more than the page has. The mutex is held. */
static void wait_for_news(pensel_follow *f, size_t epoch, size_t picture, size_t state)
{
    gint64 until = g_get_monotonic_time() + HOLD * (gint64)G_USEC_PER_SEC;
    double share = f->share;
    f->came = true;
    f->asking++;
    if (picture >= f->picture.number) f->wanted = true;
    while (f->latest.epoch <= epoch && f->picture.number <= picture && (size_t)f->state == state &&
           !(f->share > share))
        if (!g_cond_wait_until(&f->news, &f->mutex, until)) break;
    f->asking--;
}

static GString *news(const pensel_follow *f, const char *path, size_t picture)
{
    bool same = query_number(path, "generation") == f->generation;
    size_t from = same ? query_number(path, "row") : 0;
    GString *body = g_string_new("{\"state\":");
    bool newer = f->picture.bytes && f->picture.number > picture;
    bool first = f->original.bytes && !query_number(path, "original");
    pensel_append(body, "%d,\"name\":\"%s\"", f->state, state_names[f->state]);
    put_text(body, "title", f->title);
    if (f->text) put_text(body, "text", f->text);
    g_string_append(body, ",\"epochs\":");
    put_number(body, f->epochs && f->epochs < ENDLESS ? (double)f->epochs : NAN);
    g_string_append(body, ",\"share\":");
    put_number(body, f->share);
    g_string_append(body, ",\"seconds\":");
    put_number(body, f->seconds);
    pensel_append(body, ",\"picture\":%zu", newer ? f->picture.number : picture);
    put_size(body, "original", first ? &f->original : NULL);
    put_size(body, "painted", newer ? &f->picture : NULL);
    pensel_append(body, ",\"generation\":%zu,\"from\":%zu", f->generation, from);
    put_rows(body, f, from);
    g_string_append(body, ",\"latest\":");
    if (f->latest.epoch)
        put_row(body, &f->latest);
    else
        g_string_append(body, "null");
    g_string_append(body, "}\n");
    if (first) put_image(body, &f->original);
    if (newer) put_image(body, &f->picture);
    return body;
}

/* As Ctrl-C, once: a second one would end the program without its files. */
static void stop(pensel_follow *f)
{
    bool may = f->state == TRAINING && !f->stopped && !pensel_interrupt_number();
    f->stopped = true;
    if (may) kill(getpid(), SIGINT);
}

static bool is_path(const char *path, const char *name)
{
    size_t length = strlen(name);
    return !strncmp(path, name, length) && (path[length] == '?' || !path[length]);
}

static bool answer(pensel_page_answer *a, const char *method, const char *path, void *data)
{
    pensel_follow *f = data;
    bool stops = is_path(path, "/stop"), follows = is_path(path, "/follow");
    if (!stops && !follows) return false;
    const char *needed = stops ? "POST" : "GET";
    if (strcmp(method, needed) != 0) {
        a->status = "405 Method Not Allowed";
        a->type = "text/plain; charset=utf-8";
        a->body = g_string_new(stops ? "POST is needed\n" : "GET is needed\n");
    } else if (!has_token(f, path)) {
        a->status = "403 Forbidden";
        a->type = "text/plain; charset=utf-8";
        a->body = g_string_new("the token of the address that the program printed is needed\n");
    } else {
        g_mutex_lock(&f->mutex);
        size_t picture = query_number(path, "picture");
        if (stops) stop(f);
        if (follows) {
            wait_for_news(f, query_number(path, "epoch"), picture, query_number(path, "state"));
            a->counts = f->state >= DONE;
        }
        a->body = follows ? news(f, path, picture) : g_string_new("{}\n");
        g_mutex_unlock(&f->mutex);
    }
    return true;
}

static void sent(bool taken, void *data)
{
    pensel_follow *f = data;
    g_mutex_lock(&f->mutex);
    f->seen += taken;
    g_cond_broadcast(&f->news);
    g_mutex_unlock(&f->mutex);
}

static void opened(void *data)
{
    pensel_follow *f = data;
    g_mutex_lock(&f->mutex);
    f->opened = true;
    g_cond_broadcast(&f->news);
    g_mutex_unlock(&f->mutex);
}

/* ------------------------------------------------------------------ from start to end */

static void release(pensel_follow *f)
{
    pensel_page_server_free(&f->server);
    g_mutex_clear(&f->mutex);
    g_cond_clear(&f->news);
    g_array_free(f->rows, TRUE);
    g_free(f->original.bytes);
    g_free(f->picture.bytes);
    g_free(f->title);
    g_free(f->text);
    g_free(f);
}

static pensel_status make_token(char token[33], pensel_error *error)
{
    uint8_t bytes[16];
    if (getentropy(bytes, sizeof bytes))
        return pensel_wrong(error, PENSEL_IO_FAILED,
                            "--watch: the system gives no random numbers for the address");
    for (size_t i = 0; i < sizeof bytes; i++)
        g_snprintf(token + 2 * i, 3, "%02x", bytes[i]);
    return PENSEL_OK;
}

static pensel_follow *make(const char *command, const char *input)
{
    pensel_follow *f = g_new0(pensel_follow, 1);
    char *name = g_path_get_basename(input);
    char *clean = g_utf8_make_valid(name, -1);
    f->title = pensel_format("%s %s", command, strcmp(input, "-") ? clean : "standard input");
    g_free(clean);
    g_free(name);
    g_mutex_init(&f->mutex);
    g_cond_init(&f->news);
    f->rows = g_array_new(FALSE, FALSE, sizeof(pensel_watch_row));
    f->stride = 1;
    f->share = NAN;
    return f;
}

pensel_status pensel_follow_start(pensel_follow **follow, const pensel_follow_ask *ask,
                                  const char *command, const char *input, bool quiet,
                                  pensel_error *error)
{
    uint16_t port = 0;
    *follow = NULL;
    if (ask->no_browser && !ask->watch)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--no-browser has no effect without --watch, which opens one");
    if (!ask->watch) return PENSEL_OK;
    if (!pensel_studio_page_size)
        return pensel_wrong(error, PENSEL_UNSUPPORTED,
                            "--watch: this program was built without the page: make studio, in "
                            "its source folder, builds both (it needs Node.js and npm)");
    pensel_follow *f = make(command, input);
    const pensel_page_handler handler = {answer, sent, opened, f};
    pensel_status status = make_token(f->token, error);
    if (!status)
        status = pensel_page_server_new(&f->server, &port, pensel_studio_page,
                                        pensel_studio_page_size, &handler, error);
    if (status) {
        release(f);
        return status;
    }
    pensel_page_server_start(f->server);
    char *address = pensel_format("http://127.0.0.1:%u/#watch?token=%s", (unsigned)port, f->token);
    if (!quiet || ask->no_browser) pensel_message_note("watch it at %s", address);
    /* no browser here is no error: the address stands above */
    if (!ask->no_browser) g_app_info_launch_default_for_uri(address, NULL, NULL);
    g_free(address);
    *follow = f;
    return PENSEL_OK;
}

/* Every other row goes: a curve has no use for more. */
static void thin(pensel_follow *f)
{
    for (size_t i = 0; 2 * i < f->rows->len; i++)
        g_array_index(f->rows, pensel_watch_row, i) =
            g_array_index(f->rows, pensel_watch_row, 2 * i);
    g_array_set_size(f->rows, (f->rows->len + 1) / 2);
    f->stride *= 2;
    f->generation++;
}

void pensel_follow_row(pensel_follow *f, const pensel_watch_row *row, size_t epochs)
{
    if (!f) return;
    g_mutex_lock(&f->mutex);
    if ((row->epoch - 1) % f->stride == 0) g_array_append_val(f->rows, *row);
    if (f->rows->len >= ROWS_MOST) thin(f);
    f->latest = *row;
    f->epochs = epochs;
    if (f->asking) g_cond_broadcast(&f->news);
    g_mutex_unlock(&f->mutex);
}

void pensel_follow_share(pensel_follow *f, double share, double seconds)
{
    if (!f) return;
    g_mutex_lock(&f->mutex);
    f->share = share;
    f->seconds = seconds;
    if (f->asking) g_cond_broadcast(&f->news);
    g_mutex_unlock(&f->mutex);
}

bool pensel_follow_wants(pensel_follow *f)
{
    if (!f) return false;
    g_mutex_lock(&f->mutex);
    bool wanted = f->wanted;
    g_mutex_unlock(&f->mutex);
    return wanted;
}

static void replace(pensel_follow *f, image *old, uint8_t *bytes, size_t width, size_t height)
{
    g_mutex_lock(&f->mutex);
    g_free(old->bytes);
    *old = (image){bytes, width, height, old->number + 1};
    if (old == &f->picture) f->wanted = false;
    g_cond_broadcast(&f->news);
    g_mutex_unlock(&f->mutex);
}

void pensel_follow_original(pensel_follow *f, uint8_t *bytes, size_t width, size_t height)
{
    if (f)
        replace(f, &f->original, bytes, width, height);
    else
        g_free(bytes);
}

void pensel_follow_picture(pensel_follow *f, uint8_t *bytes, size_t width, size_t height)
{
    if (f)
        replace(f, &f->picture, bytes, width, height);
    else
        g_free(bytes);
}

static void set_state(pensel_follow *f, int state, const char *text)
{
    g_mutex_lock(&f->mutex);
    f->state = state;
    if (text) f->text = g_utf8_make_valid(text, -1);
    g_cond_broadcast(&f->news);
    g_mutex_unlock(&f->mutex);
}

void pensel_follow_finishing(pensel_follow *f)
{
    if (f) set_state(f, FINISHING, NULL);
}

/* Until a page has seen the end. One that has asked before and asks no more is likely closed. */
static void wait_for_page(pensel_follow *f)
{
    gint64 now = g_get_monotonic_time();
    bool new = !f->came;
    if (new) pensel_message_note("waiting %d seconds for the page: Ctrl-C ends that", PATIENCE);
    while (!f->seen || f->asking) {
        gint64 seconds = new && f->opened ? LOADING : PATIENCE;
        gint64 until = now + seconds * G_USEC_PER_SEC;
        if (!g_cond_wait_until(&f->news, &f->mutex, until) && g_get_monotonic_time() >= until)
            break;
    }
}

void pensel_follow_end(pensel_follow **follow, bool failed, const char *text)
{
    pensel_follow *f = *follow;
    *follow = NULL;
    if (!f) return;
    set_state(f, failed ? FAILED : pensel_interrupt_number() ? INTERRUPTED : DONE, text);
    g_mutex_lock(&f->mutex);
    wait_for_page(f);
    g_mutex_unlock(&f->mutex);
    release(f);
}
