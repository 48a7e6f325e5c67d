/* Stripes of drawings, screenshots and logos, pixel by pixel and without loss: what a pixel is
 * likely to be is known from the neighbours that came before, and from what followed the same ones
 * the last time. It is integer arithmetic, so every machine reads the same. */
#ifndef PENSEL_CODEC_DRAWING_H
#define PENSEL_CODEC_DRAWING_H

#include "codec/range_coder.h"
#include "pensel.h"

typedef struct pensel_drawing pensel_drawing;

/* Room for the widest stripe, on one thread. */
pensel_status pensel_drawing_new(pensel_drawing **drawing, pensel_error *error);
void pensel_drawing_free(pensel_drawing **drawing);

/* pixels (height, width), a colour each: the bytes of its channels, the first one lowest. Returns
 * how many of them nothing foretold. */
size_t pensel_drawing_write(pensel_drawing *drawing, pensel_range_writer *writer, uint32_t *pixels,
                            size_t width, size_t height, size_t channels);
size_t pensel_drawing_read(pensel_drawing *drawing, pensel_range_reader *reader, uint32_t *pixels,
                           size_t width, size_t height, size_t channels);

#endif
