/* PPM, PGM and PBM, as Netpbm's manual describes them: two letters, the width, the height and (but
 * for PBM) the number that is white, in words between which comments may stand; then the pixels, as
 * words or as bytes. */
#include "lite.h"

#include <glib.h>

typedef struct cursor {
    const unsigned char *at, *end;
} cursor;

static bool is_blank(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_blanks(cursor *c)
{
    for (; c->at < c->end && (is_blank(*c->at) || *c->at == '#'); c->at++)
        if (*c->at == '#')
            while (c->at + 1 < c->end && *c->at != '\n')
                c->at++;
}

/* The next word as a number of at most `digits` digits; false: there is none. */
static bool next_number(cursor *c, size_t *number, int digits)
{
    const unsigned char *first;
    skip_blanks(c);
    *number = 0;
    for (first = c->at; c->at < c->end && *c->at >= '0' && *c->at <= '9' && c->at - first < digits;)
        *number = 10 * *number + (size_t)(*c->at++ - '0');
    return c->at > first;
}

/* One number of `packed` pixels, which may be larger than white in a file that lies. */
static bool next_packed(cursor *c, size_t *number, bool deep)
{
    if (c->end - c->at < (deep ? 2 : 1)) return false;
    *number = *c->at++;
    if (deep) *number = *number << 8 | *c->at++;
    return true;
}

static void put(pensel_lite_pixels *p, size_t i, size_t number, size_t white)
{
    size_t most = p->bits == 16 ? 65535 : 255;
    number = (MIN(number, white) * most + white / 2) / white;
    if (p->bits == 16)
        ((uint16_t *)p->numbers)[i] = (uint16_t)number;
    else
        ((uint8_t *)p->numbers)[i] = (uint8_t)number;
}

/* A bit a pixel, and 1 is black; a row of bytes begins a new byte. */
static bool read_bits(pensel_lite_pixels *p, cursor *c)
{
    size_t stride = (p->width + 7) / 8;
    if ((size_t)(c->end - c->at) / stride < p->height) return false;
    for (size_t y = 0; y < p->height; y++)
        for (size_t x = 0; x < p->width; x++)
            put(p, y * p->width + x, !(c->at[y * stride + x / 8] >> (7 - x % 8) & 1), 1);
    return true;
}

static bool read_pixels(pensel_lite_pixels *p, cursor *c, char kind, size_t white)
{
    size_t count = p->width * p->height * p->channels, number = 0;
    if (kind == '4') return read_bits(p, c);
    for (size_t i = 0; i < count; i++) {
        bool there = kind >= '5' ? next_packed(c, &number, white > 255)
                                 : next_number(c, &number, kind == '1' ? 1 : 5);
        if (!there) return false;
        put(p, i, kind == '1' ? !number : number, white);
    }
    return true;
}

pensel_status pensel_lite_read_ppm(pensel_lite_pixels *p, const pensel_lite_file *file,
                                   pensel_error *error)
{
    cursor c = {file->bytes + 2, file->bytes + file->size};
    char kind = (char)file->bytes[1];
    bool bits = kind == '1' || kind == '4';
    size_t white = 1;
    if (!next_number(&c, &p->width, 9) || !next_number(&c, &p->height, 9) ||
        (!bits && !next_number(&c, &white, 5)) || !p->width || !p->height || !white ||
        white > 65535)
        return pensel_lite_damaged(file, "its width, height or white is missing", error);
    if (kind >= '4' && c.at < c.end) c.at++; /* one blank stands before bytes */
    p->channels = kind == '3' || kind == '6' ? 3 : 1;
    p->bits = white > 255 ? 16 : 8;
    pensel_status status = pensel_lite_room(p, file, error);
    if (status) return status;
    return read_pixels(p, &c, kind, white) ? PENSEL_OK
                                           : pensel_lite_damaged(file, "it ends early", error);
}
