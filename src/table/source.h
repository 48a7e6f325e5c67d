/* Bytes of a table from a file, from memory or from a stream, piece by piece through one buffer.
 * They can be read twice: what cannot go back is kept in memory (pensel_source_keep). UTF-16
 * becomes UTF-8 on the way. */
#ifndef PENSEL_TABLE_SOURCE_H
#define PENSEL_TABLE_SOURCE_H

#include "pensel.h"

typedef enum pensel_text_encoding {
    PENSEL_TEXT_BYTES, /* as it is: UTF-8, Latin-1 or no text at all */
    PENSEL_TEXT_UTF16_LITTLE,
    PENSEL_TEXT_UTF16_BIG
} pensel_text_encoding;

typedef struct pensel_source {
    const char *name; /* for error sentences */
    int file;         /* -1: memory or a stream */
    const pensel_stream *stream;
    const char *memory; /* (memory_size), read up to memory_at */
    size_t memory_size, memory_at;
    char *kept;  /* the source's own memory */
    size_t size; /* of the whole; SIZE_MAX: unknown (a pipe, a stream) */
    char *buffer;
    size_t capacity, begin, end; /* bytes [begin, end) of the buffer are to be read */
    bool finished;               /* there is nothing after them */
    pensel_text_encoding encoding;
    uint64_t at;        /* of a file that can go back: bytes that were read */
    unsigned char *raw; /* (raw_end) bytes of UTF-16 that wait for the rest of a character */
    size_t raw_end;
} pensel_source;

/* A stream, or NULL for the file. */
pensel_status pensel_source_open(pensel_source *source, const char *path,
                                 const pensel_stream *stream, pensel_error *error);
pensel_status pensel_source_of_memory(pensel_source *source, const void *bytes, size_t size,
                                      const char *name, pensel_error *error);
void pensel_source_close(pensel_source *source);
/* Moves the unread bytes to the front of the buffer and reads more behind them. A full buffer
 * doubles in size; a record of more than 64 MiB is a BAD_FILE error. */
pensel_status pensel_source_fill(pensel_source *source, pensel_error *error);
/* Reads until `bytes` are in the buffer, or all there are. */
pensel_status pensel_source_need(pensel_source *source, size_t bytes, pensel_error *error);
/* Back to the first byte. */
pensel_status pensel_source_rewind(pensel_source *source, pensel_error *error);
/* Makes sure that the source can go back and that its size is known: a pipe and the like are read
 * to the end. Nothing may have been read but what is in the buffer. */
pensel_status pensel_source_keep(pensel_source *source, bool size_needed, pensel_error *error);
/* From the beginning on as text of this encoding. */
pensel_status pensel_source_decode(pensel_source *source, pensel_text_encoding encoding,
                                   pensel_error *error);

#endif
