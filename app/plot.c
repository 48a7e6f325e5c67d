#include "plot.h"

#include "app_memory.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 360, HEIGHT = 220, TICKS = 5 };

void pensel_html_put(GString *text, const char *raw)
{
    char *escaped = g_markup_escape_text(raw, -1);
    g_string_append(text, escaped);
    g_free(escaped);
}

void pensel_html_clip(GString *text, const char *raw, size_t most)
{
    if ((size_t)g_utf8_strlen(raw, -1) <= most) {
        pensel_html_put(text, raw);
        return;
    }
    char *part = g_utf8_substring(raw, 0, (glong)most - 1);
    pensel_html_put(text, part);
    g_string_append(text, "\xe2\x80\xa6");
    g_free(part);
}

double pensel_plot_x(const pensel_plot *p, double x)
{
    return p->left + (x - p->low[0]) / (p->high[0] - p->low[0]) * (p->right - p->left);
}

double pensel_plot_y(const pensel_plot *p, double y)
{
    return p->bottom - (y - p->low[1]) / (p->high[1] - p->low[1]) * (p->bottom - p->top);
}

/* 1, 2 or 5 times a power of ten, so that about TICKS of them fit */
static double step_of(double low, double high)
{
    double rough = (high - low) / TICKS, power = pow(10, floor(log10(rough)));
    double part = rough / power;
    return power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10);
}

/* "12k", "0.25" */
static void put_tick(GString *text, double value, double step)
{
    double size = fmax(fabs(value), step);
    if (fabs(value) < step * 1e-6) value = 0;
    if (size >= 1e6 || size < 1e-3)
        pensel_append(text, "%.3g", value);
    else if (size >= 1e4)
        pensel_append(text, "%gk", value / 1000);
    else
        pensel_append(text, "%g", round(value / step * 1e3) / 1e3 * step);
}

static void put_ticks(pensel_plot *p, int axis)
{
    double step = step_of(p->low[axis], p->high[axis]);
    double first = ceil(p->low[axis] / step - 1e-9), last = floor(p->high[axis] / step + 1e-9);
    for (int i = 0; i <= (int)(last - first); i++) {
        double t = (first + i) * step;
        double x = axis == 0 ? pensel_plot_x(p, t) : p->left;
        double y = axis == 0 ? p->bottom : pensel_plot_y(p, t);
        pensel_append(p->text, "<path class=grid d='M%.1f %.1f%c%.1f'/>", x, y,
                      axis == 0 ? 'V' : 'H', axis == 0 ? p->top : p->right);
        pensel_append(p->text, "<text class=tick x=%.1f y=%.1f text-anchor=%s>",
                      axis == 0 ? x : x - 6, axis == 0 ? y + 15 : y + 4,
                      axis == 0 ? "middle" : "end");
        put_tick(p->text, t, step);
        g_string_append(p->text, "</text>");
    }
}

static void put_labels(pensel_plot *p, const pensel_axes *axes)
{
    if (axes->label[0]) {
        pensel_append(p->text, "<text class=axis x=%.1f y=%.1f text-anchor=end>", p->right,
                      p->height - 4);
        pensel_html_clip(p->text, axes->label[0], 44);
        g_string_append(p->text, "</text>");
    }
    if (axes->label[1]) {
        pensel_append(p->text, "<text class=axis x=2 y=11>");
        pensel_html_clip(p->text, axes->label[1], 44);
        g_string_append(p->text, "</text>");
    }
}

void pensel_plot_begin(pensel_plot *p, GString *text, const pensel_axes *axes)
{
    *p = (pensel_plot){.text = text,
                       .width = WIDTH,
                       .height = axes->height > 0 ? axes->height : HEIGHT,
                       .left = axes->left > 0   ? axes->left
                               : axes->ticks[1] ? 44
                                                : 10,
                       .top = axes->label[1] ? 22 : 8,
                       .right = WIDTH - 12};
    p->bottom = p->height - (axes->ticks[0] ? 22 : 8) - (axes->label[0] ? 14 : 0);
    for (int a = 0; a < 2; a++) {
        p->low[a] = axes->low[a];
        p->high[a] = axes->high[a];
        if (!(p->high[a] - p->low[a] > 1e-12 * fmax(fabs(p->low[a]), 1e-12))) {
            p->low[a] -= fmax(fabs(axes->low[a]) * 0.1, 0.5);
            p->high[a] = p->low[a] + 2 * fmax(fabs(axes->low[a]) * 0.1, 0.5);
        }
    }
    pensel_append(text, "<svg viewBox='0 0 %d %.0f' role=img aria-label='", WIDTH, p->height);
    pensel_html_put(text, axes->title);
    g_string_append(text, "'>");
    for (int a = 0; a < 2; a++)
        if (axes->ticks[a]) put_ticks(p, a);
    put_labels(p, axes);
}

void pensel_plot_end(pensel_plot *p)
{
    g_string_append(p->text, "</svg>\n");
}

void pensel_plot_line(pensel_plot *p, const double *x, const double *y, size_t n, const char *style)
{
    pensel_append(p->text, "<path class='line %s' d='", style);
    for (size_t i = 0; i < n; i++)
        pensel_append(p->text, "%c%.1f %.1f", i ? 'L' : 'M', pensel_plot_x(p, x[i]),
                      pensel_plot_y(p, y[i]));
    g_string_append(p->text, "'/>");
}

void pensel_plot_dot(pensel_plot *p, double x, double y, double radius, const char *style)
{
    pensel_append(p->text, "<circle class='%s' cx=%.1f cy=%.1f r=%.1f />", style,
                  pensel_plot_x(p, x), pensel_plot_y(p, y), radius);
}

void pensel_plot_box(pensel_plot *p, double x0, double y0, double x1, double y1, const char *style,
                     double opacity)
{
    double left = pensel_plot_x(p, fmin(x0, x1)), right = pensel_plot_x(p, fmax(x0, x1));
    double top = pensel_plot_y(p, fmax(y0, y1)), bottom = pensel_plot_y(p, fmin(y0, y1));
    pensel_append(p->text, "<rect class='%s' x=%.1f y=%.1f width=%.1f height=%.1f", style, left,
                  top, right - left, bottom - top);
    if (opacity < 1) pensel_append(p->text, " fill-opacity=%.2f", opacity);
    g_string_append(p->text, " />");
}

void pensel_plot_text(pensel_plot *p, double x, double y, double dx, double dy, const char *anchor,
                      const char *style, const char *raw)
{
    pensel_append(p->text, "<text class='%s' x=%.1f y=%.1f text-anchor=%s>", style,
                  pensel_plot_x(p, x) + dx, pensel_plot_y(p, y) + dy, anchor);
    pensel_html_put(p->text, raw);
    g_string_append(p->text, "</text>");
}
