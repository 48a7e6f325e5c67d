#include "watch.h"

#include "text_grid.h"
#include "app_memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const char *pensel_watch_choice(size_t index)
{
    static const char *const names[] = {"auto", "always", "never"};
    return index < 3 ? names[index] : NULL;
}

/* Does the terminal know how to go back in a line? */
static bool is_dumb(void)
{
    const char *kind = g_getenv("TERM");
    return !kind || !*kind || !strcmp(kind, "dumb");
}

void pensel_watch_begin(pensel_watch *watch, bool quiet)
{
    bool terminal = isatty(STDERR_FILENO);
    watch->terminal = terminal && !is_dumb();
    watch->shows = watch->when == PENSEL_WATCH_ALWAYS ||
                   (watch->when == PENSEL_WATCH_AUTO && terminal && !quiet);
    watch->rows = g_array_new(FALSE, FALSE, sizeof(pensel_watch_row));
    watch->last = -INFINITY;
}

static double seconds_left(const pensel_watch *watch, const pensel_progress *p)
{
    double left = INFINITY;
    if (p->epochs < 1000000000)
        left = p->seconds / (double)p->epoch * (double)(p->epochs - p->epoch);
    if (watch->max_seconds > 0) left = fmin(left, fmax(0, watch->max_seconds - p->seconds));
    return left;
}

/* Takes the text. */
static void put_line(const pensel_watch *watch, GString *text)
{
    struct winsize size = {0}; /* a line that wraps could not be written over */
    if (watch->terminal && !ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col > 1)
        g_string_truncate(text, MIN(text->len, size.ws_col - 1u));
    if (watch->terminal)
        fprintf(stderr, "\r%s\033[K", text->str);
    else
        fprintf(stderr, "%s\n", text->str);
    fflush(stderr);
    g_string_free(text, TRUE);
}

/* Ten lines a second are enough for an eye, one for a log. */
static bool is_due(pensel_watch *watch)
{
    double now = (double)g_get_monotonic_time() / 1e6;
    if (!watch->shows || now - watch->last < (watch->terminal ? 0.1 : 1)) return false;
    watch->last = now;
    return true;
}

void pensel_watch_share(pensel_watch *watch, const char *what, double share, double seconds)
{
    pensel_follow_share(watch->follow, share, seconds);
    if (!is_due(watch)) return;
    char *left = pensel_text_seconds(share > 0 ? seconds / share - seconds : 0);
    GString *text = g_string_new(NULL);
    pensel_append(text, "%s %.1f %%", what, 100 * share);
    if (share > 0) pensel_append(text, "  %s left", left);
    put_line(watch, text);
    g_free(left);
}

static void show(const pensel_watch *watch, const pensel_progress *p, const pensel_watch_row *row)
{
    char *rate = pensel_text_count(round((double)p->samples / fmax(p->seconds, 1e-9)));
    double left = seconds_left(watch, p);
    char *time = isfinite(left) ? pensel_text_seconds(left) : NULL;
    GString *text = g_string_new(NULL);
    pensel_append(text, p->epochs < 1000000000 ? "epoch %*zu/%zu" : "epoch %*zu",
                  p->epochs < 1000000000 ? snprintf(NULL, 0, "%zu", p->epochs) : 1, p->epoch,
                  p->epochs);
    pensel_append(text, "  loss %-9.4g", row->loss);
    if (isfinite(row->psnr)) pensel_append(text, "  PSNR %5.2f dB", row->psnr);
    if (!isnan(row->validation_score))
        pensel_append(text, "  validation %.4f", row->validation_score);
    pensel_append(text, "  %s samples/s", rate);
    if (time) pensel_append(text, "  %s left", time);
    put_line(watch, text);
    g_free(rate);
    g_free(time);
}

pensel_verdict pensel_watch_see(pensel_watch *watch, const pensel_progress *p, double psnr)
{
    pensel_watch_row row = {p->epoch,         p->samples, p->loss, psnr, p->validation_score,
                            p->learning_rate, p->seconds};
    g_array_append_val(watch->rows, row);
    pensel_follow_row(watch->follow, &row, p->epochs);
    if (is_due(watch) || (watch->shows && p->epoch == p->epochs)) show(watch, p, &row);
    return PENSEL_CONTINUE;
}

pensel_verdict pensel_watch_epoch(const pensel_progress *p, void *data)
{
    return pensel_watch_see(data, p, NAN);
}

void pensel_watch_clear(pensel_watch *watch)
{
    pensel_follow_finishing(watch->follow);
    if (watch->shows && watch->terminal) fputs("\r\033[K", stderr);
    watch->shows = false;
}

void pensel_watch_free(pensel_watch *watch)
{
    pensel_follow_end(&watch->follow, true, NULL); /* unless it has ended well before */
    if (watch->rows) g_array_free(watch->rows, TRUE);
    watch->rows = NULL;
}
