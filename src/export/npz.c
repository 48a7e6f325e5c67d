/* NumPy's npz: a zip of arrays, stored as they are. `model` is the text of json.c as bytes, and the
 * constants of operation 3 are w3 and c3, as doubles; `saved` is the model file.
 * examples/predict.py runs a plain network, predict_any.py every model. */
#include "base/endian.h"
#include "base/memory.h"
#include "export/json_text.h"

#include <stdio.h>
#include <string.h>

enum { HEADER = 128, MOST_BYTES = 0x7fffffff };

/* CRC-32 (ISO 3309), a bit at a time */
static uint32_t add_crc(uint32_t crc, const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    return crc;
}

static void put_little(pensel_text *text, uint32_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)(value >> 8 * i);
        pensel_text_add(text, &byte, 1);
    }
}

typedef struct archive {
    pensel_text *text, directory;
    size_t files;
} archive;

/* Name, sizes and CRC of a member: what its local header and the directory have in common */
static void put_member(pensel_text *text, const char *name, uint32_t crc, size_t size)
{
    put_little(text, 20, 2);        /* version 2.0 reads it */
    put_little(text, 0, 4);         /* no flags; stored */
    put_little(text, 33u << 16, 4); /* the first day that zip knows */
    put_little(text, crc, 4);
    put_little(text, (uint32_t)size, 4);
    put_little(text, (uint32_t)size, 4);
    put_little(text, (uint32_t)strlen(name), 2);
    put_little(text, 0, 2);
}

/* A file in the archive, and its entry in the directory, which is written behind all files. head
 * and body are one file. */
static void add_file(archive *a, const char *name, const pensel_text *head, const pensel_text *body)
{
    size_t at = a->text->size;
    uint32_t crc = add_crc(add_crc(~0u, head->bytes, head->size), body->bytes, body->size);
    pensel_text_add(a->text, "PK\3\4", 4);
    put_member(a->text, name, ~crc, head->size + body->size);
    pensel_text_put(a->text, name);
    pensel_text_add(a->text, head->bytes, head->size);
    pensel_text_add(a->text, body->bytes, body->size);
    pensel_text_add(&a->directory, "PK\1\2", 4);
    put_little(&a->directory, 20, 2);
    put_member(&a->directory, name, ~crc, head->size + body->size);
    put_little(&a->directory, 0, 4); /* comment, disk */
    put_little(&a->directory, 0, 2);
    put_little(&a->directory, 0, 4);
    put_little(&a->directory, (uint32_t)at, 4);
    pensel_text_put(&a->directory, name);
    a->files++;
    a->text->failed = a->text->failed || head->failed || body->failed || a->directory.failed;
}

/* An array of one dimension: version 1.0 of the npy format */
static void add_array(archive *a, const char *name, const char *type, size_t count,
                      const pensel_text *body)
{
    pensel_text head = {0};
    char line[HEADER];
    int length =
        snprintf(line, sizeof line, "{'descr': '%s', 'fortran_order': False, 'shape': (%zu,), }",
                 type, count);
    pensel_text_add(&head, "\x93NUMPY\1", 8); /* the string's zero is the minor version */
    put_little(&head, HEADER - 10, 2);
    memset(line + length, ' ', sizeof line - (size_t)length);
    line[HEADER - 11] = '\n';
    pensel_text_add(&head, line, HEADER - 10);
    add_file(a, name, &head, body);
    pensel_release(head.bytes);
}

/* An operation's constants as w3.npy or c3.npy; none: no file. */
static void add_numbers(archive *a, char letter, size_t i, const double *values, size_t count)
{
    pensel_text body = {0};
    char name[40];
    if (!values) return;
    for (size_t k = 0; k < count; k++) {
        double number = values[k];
        pensel_swap_for_file(&number, 1, sizeof number);
        pensel_text_add(&body, &number, sizeof number);
    }
    snprintf(name, sizeof name, "%c%zu.npy", letter, i);
    add_array(a, name, "<f8", count, &body);
    pensel_release(body.bytes);
}

/* The model file, as bytes (saved.c) */
static pensel_status add_saved(archive *a, const pensel_exported *model, pensel_error *error)
{
    unsigned char *bytes;
    size_t size;
    PENSEL_TRY(pensel_saved_bytes(&bytes, &size, model, error));
    add_array(a, "saved.npy", "|u1", size, &(pensel_text){bytes, size, size, false});
    pensel_release(bytes);
    return PENSEL_OK;
}

/* The directory, and where it begins: what a reader looks for first, from the end. */
static void finish(archive *a)
{
    size_t at = a->text->size;
    pensel_text_add(a->text, a->directory.bytes, a->directory.size);
    pensel_text_add(a->text, "PK\5\6", 4);
    put_little(a->text, 0, 4);
    put_little(a->text, (uint32_t)a->files, 2);
    put_little(a->text, (uint32_t)a->files, 2);
    put_little(a->text, (uint32_t)a->directory.size, 4);
    put_little(a->text, (uint32_t)at, 4);
    put_little(a->text, 0, 2);
}

static pensel_status write(pensel_text *text, const pensel_leaving *leaving,
                           const pensel_export_options *options, pensel_error *error)
{
    archive a = {.text = text};
    pensel_json_writer w = {0};
    const pensel_graph *graph = &leaving->graph;
    pensel_status status = pensel_json_model(&w, leaving, options->name, false, error);
    if (status == PENSEL_OK) {
        const pensel_text model = {(unsigned char *)w.text, w.size, w.size, false};
        add_array(&a, "model.npy", "|u1", w.size, &model);
        for (size_t i = 0; i < graph->count; i++) {
            add_numbers(&a, 'w', i, graph->list[i].w, graph->list[i].weights);
            add_numbers(&a, 'c', i, graph->list[i].c, graph->list[i].constants);
        }
        status = add_saved(&a, leaving->model, error);
        finish(&a);
    }
    pensel_json_discard(&w);
    pensel_release(a.directory.bytes);
    if (status == PENSEL_OK && text->size > MOST_BYTES)
        status = pensel_fail(error, PENSEL_UNSUPPORTED,
                             "npz: %zu bytes are more than a zip of this kind holds, %d: json has "
                             "no limit",
                             text->size, MOST_BYTES);
    return status;
}

const pensel_target pensel_target_npz = {
    .name = "npz",
    .help = "the same with the numbers as NumPy's arrays",
    .write = write,
};
