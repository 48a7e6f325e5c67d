/* Ink is mixed with what is there by how much of a pixel it covers. Lines and discs are drawn by
 * the distance of a pixel's centre from them, which is why their edges are soft. */
#include "paper.h"

#include "image.h"
#include "message.h"

#include <glib.h>
#include <math.h>
#include <string.h>

void pensel_paper_grow(pensel_paper *p, size_t height)
{
    size_t row = p->width * 3;
    if (height <= p->height) return;
    p->bytes = g_realloc_n(p->bytes, height, row);
    memset(p->bytes + p->height * row, p->white, (height - p->height) * row);
    p->height = height;
}

/* `much` of 255 of a pixel becomes this colour. */
static void mix(uint8_t *pixel, const uint8_t colour[3], int much)
{
    for (size_t c = 0; c < 3; c++)
        pixel[c] = (uint8_t)((pixel[c] * (255 - much) + colour[c] * much) / 255);
}

void pensel_paper_stamp(pensel_paper *p, const pensel_stamp *stamp, uint8_t ink, size_t left,
                        size_t top)
{
    const uint8_t colour[3] = {ink, ink, ink};
    if (!stamp->bytes) {
        p->failed = true;
        return;
    }
    for (size_t y = 0; y < stamp->height && top + y < p->height; y++)
        for (size_t x = 0; x < stamp->width && left + x < p->width; x++)
            mix(p->bytes + ((top + y) * p->width + left + x) * 3, colour,
                stamp->bytes[y * stamp->width + x]);
}

size_t pensel_paper_write(pensel_paper *p, const char *words, const char *font, uint8_t ink,
                          size_t left, size_t top, size_t room)
{
    pensel_stamp stamp = pensel_paper_words(words, font, room);
    pensel_paper_grow(p, top + stamp.height);
    pensel_paper_stamp(p, &stamp, ink, left, top);
    g_free(stamp.bytes);
    return stamp.height;
}

void pensel_paper_put(pensel_paper *p, const uint8_t *bytes, size_t left, size_t top, size_t width,
                      size_t height)
{
    pensel_paper_grow(p, top + height);
    if (left >= p->width) return;
    for (size_t y = 0; y < height; y++)
        memcpy(p->bytes + ((top + y) * p->width + left) * 3, bytes + y * width * 3,
               MIN(width, p->width - left) * 3);
}

void pensel_paper_fill(pensel_paper *p, const uint8_t colour[3], size_t left, size_t top,
                       size_t width, size_t height)
{
    pensel_paper_grow(p, top + height);
    for (size_t y = top; y < top + height; y++)
        for (size_t x = left; x < MIN(left + width, p->width); x++)
            memcpy(p->bytes + (y * p->width + x) * 3, colour, 3);
}

void pensel_paper_frame(pensel_paper *p, uint8_t ink, size_t left, size_t top, size_t width,
                        size_t height)
{
    const uint8_t colour[3] = {ink, ink, ink};
    pensel_paper_fill(p, colour, left, top, width, 1);
    pensel_paper_fill(p, colour, left, top + height - 1, width, 1);
    pensel_paper_fill(p, colour, left, top, 1, height);
    pensel_paper_fill(p, colour, left + width - 1, top, 1, height);
}

/* How far (x, y) is from the line between two points. */
static double distance(double x, double y, double x0, double y0, double x1, double y1)
{
    double dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
    double t = length > 0 ? ((x - x0) * dx + (y - y0) * dy) / length : 0;
    t = fmin(fmax(t, 0), 1);
    return hypot(x - x0 - t * dx, y - y0 - t * dy);
}

/* All pixels within `radius` of the line. */
static void draw(pensel_paper *p, const uint8_t colour[3], const double ends[4], double radius)
{
    double above = floor(fmin(ends[1], ends[3]) - radius - 1);
    double before = floor(fmin(ends[0], ends[2]) - radius - 1);
    double below = fmin((double)p->height, ceil(fmax(ends[1], ends[3]) + radius + 1));
    double behind = fmin((double)p->width, ceil(fmax(ends[0], ends[2]) + radius + 1));
    size_t bottom = (size_t)fmax(0, below), right = (size_t)fmax(0, behind);
    for (size_t y = (size_t)fmax(0, above); y < bottom; y++)
        for (size_t x = (size_t)fmax(0, before); x < right; x++) {
            double far =
                distance((double)x + 0.5, (double)y + 0.5, ends[0], ends[1], ends[2], ends[3]);
            double covered = fmin(fmax(radius + 0.5 - far, 0), 1);
            mix(p->bytes + (y * p->width + x) * 3, colour, (int)lrint(255 * covered));
        }
}

void pensel_paper_line(pensel_paper *p, const uint8_t colour[3], double x0, double y0, double x1,
                       double y1)
{
    draw(p, colour, (const double[4]){x0, y0, x1, y1}, 1);
}

void pensel_paper_disc(pensel_paper *p, const uint8_t colour[3], double x, double y, double radius)
{
    draw(p, colour, (const double[4]){x, y, x, y}, radius);
}

static pensel_status write_page(const pensel_paper *p, const char *path, const void *profile,
                                size_t profile_size, pensel_error *error)
{
    size_t n = p->height * p->width * 3;
    pensel_picture picture = {g_try_new(float, n), p->width, p->height, 3};
    if (!picture.pixels)
        return pensel_wrong(error, PENSEL_OUT_OF_MEMORY, "%.200s: no memory for %zu x %zu pixels",
                            path, p->width, p->height);
    for (size_t i = 0; i < n; i++)
        picture.pixels[i] = (float)p->bytes[i] / 255;
    pensel_image_source source = pensel_image_of(&picture);
    source.profile = profile;
    source.profile_size = profile_size;
    pensel_status status = pensel_image_write(path, &source, error);
    g_free(picture.pixels);
    return status;
}

pensel_status pensel_paper_save(pensel_paper *p, const char *what, const char *path,
                                const void *profile, size_t profile_size, pensel_error *error)
{
    pensel_status status;
    if (p->failed) {
        status = pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                              "cannot draw %s%s: sound fonts and more memory are needed", what,
                              pensel_image_reason());
    } else {
        status = write_page(p, path, profile, profile_size, error);
    }
    g_free(p->bytes);
    p->bytes = NULL;
    return status;
}
