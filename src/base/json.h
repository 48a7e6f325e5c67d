/* JSON (RFC 8259): a reader for text that is not trusted, and a writer.
 *
 * A document is read into one block of memory, whose size is known before a value is looked at:
 * a copy of the text, in which strings are unescaped in place, and a node for every value. Nesting
 * is limited and nothing calls itself. What RFC 8259 leaves open is refused: a key twice in an
 * object, text that is not UTF-8, a \u0000 or half a surrogate pair in a string, a whole number
 * beyond 64 bits, a number beyond double. */
#ifndef PENSEL_BASE_JSON_H
#define PENSEL_BASE_JSON_H

#include "pensel.h"

enum {
    PENSEL_JSON_DEPTH = 64,    /* objects and arrays within one another */
    PENSEL_JSON_MOST = 1 << 24 /* bytes of text; reading takes up to 37 times that */
};

typedef enum pensel_json_kind {
    PENSEL_JSON_NULL,
    PENSEL_JSON_FALSE,
    PENSEL_JSON_TRUE,
    PENSEL_JSON_WHOLE, /* written without point and exponent */
    PENSEL_JSON_REAL,
    PENSEL_JSON_STRING,
    PENSEL_JSON_ARRAY,
    PENSEL_JSON_OBJECT
} pensel_json_kind;

/* A value in a document. Everywhere below, NULL is a value that is not there: asking it for more
 * gives NULL, 0 or false again, so that a chain of questions needs one check at its end. */
typedef struct pensel_json {
    const char *key; /* in an object; else NULL */
    union {
        const char *string; /* ends with a zero */
        int64_t whole;
        double real;
    };
    pensel_json_kind kind;
    uint32_t count; /* members of an object, elements of an array */
    uint32_t next;  /* how many nodes further its next sibling stands; 0: it is the last */
} pensel_json;

/* *document is the outermost value; free it with pensel_json_free. The sentence of BAD_FILE begins
 * with `what` and says at which byte the text is wrong. */
pensel_status pensel_json_read(pensel_json **document, const char *text, size_t size,
                               const char *what, pensel_error *error);
void pensel_json_free(pensel_json **document);

/* The member of an object with this key. */
const pensel_json *pensel_json_member(const pensel_json *object, const char *key);
/* The same if it is an array, else NULL. */
const pensel_json *pensel_json_list(const pensel_json *object, const char *key);
/* The first member or element, and from each to the next. */
const pensel_json *pensel_json_first(const pensel_json *value);
const pensel_json *pensel_json_next(const pensel_json *value);
/* How many there are. */
size_t pensel_json_count(const pensel_json *value);
bool pensel_json_is(const pensel_json *value, pensel_json_kind kind);
/* NULL unless it is a string. */
const char *pensel_json_string(const pensel_json *value);
/* False unless it is a whole number; *whole is then 0. */
bool pensel_json_whole(int64_t *whole, const pensel_json *value);
/* False unless it is a number of either kind; *number is then 0. */
bool pensel_json_number(double *number, const pensel_json *value);

/* ---- writing
 *
 * Values are appended one after another; commas and colons come by themselves. A failed allocation
 * is remembered: what follows does nothing, and pensel_json_finish says so.
 *
 *     pensel_json_writer writer = {0};
 *     pensel_json_open(&writer, NULL, '{');
 *     pensel_json_put_whole(&writer, "width", 3);
 *     pensel_json_close(&writer, '}');
 *     PENSEL_TRY(pensel_json_finish(&writer, error));
 *     ... writer.text, writer.size ...
 *     pensel_json_discard(&writer); */
typedef struct pensel_json_writer {
    char *text;
    size_t size, room;
    bool follows; /* a value stands before the next one: a comma is due */
    bool failed;
} pensel_json_writer;

/* `key` is that of a member in an object, and NULL in an array or outermost. */
void pensel_json_open(pensel_json_writer *writer, const char *key, char bracket); /* '{' or '[' */
void pensel_json_close(pensel_json_writer *writer, char bracket);
void pensel_json_put_null(pensel_json_writer *writer, const char *key);
void pensel_json_put_truth(pensel_json_writer *writer, const char *key, bool value);
void pensel_json_put_whole(pensel_json_writer *writer, const char *key, int64_t value);
/* With 17 digits, which give the same double back; it must be finite. */
void pensel_json_put_real(pensel_json_writer *writer, const char *key, double value);
/* UTF-8 that ends with a zero; NULL is written as null. */
void pensel_json_put_string(pensel_json_writer *writer, const char *key, const char *value);
/* OUT_OF_MEMORY if anything failed. */
pensel_status pensel_json_finish(const pensel_json_writer *writer, pensel_error *error);
void pensel_json_discard(pensel_json_writer *writer);

#endif
