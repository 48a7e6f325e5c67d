/* Bytes of a file, of memory or of a stream, through one buffer. Bytes [begin, end) of it are
 * unread; who reads a record asks for more until it is whole, and then moves `begin` behind it. A
 * pointer into the buffer is good until the next fill, which moves and may reallocate it. */
#include "table/source.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "platform/file.h"

#include <string.h>

#define BUFFER ((size_t)1 << 20)
#define SMALL_BUFFER ((size_t)256) /* for memory; small, so that tests exercise refilling it */
#define LARGEST ((size_t)1 << 26)
#define RAW ((size_t)1 << 16) /* bytes of UTF-16 at a time */

/* A source with a buffer and nothing to read. -1 is no file; SIZE_MAX is a size that nobody knows.
 */
static pensel_status start(pensel_source *source, const char *name, size_t capacity,
                           pensel_error *error)
{
    memset(source, 0, sizeof *source);
    source->name = name;
    source->file = -1;
    source->size = SIZE_MAX;
    source->capacity = capacity;
    return PENSEL_NEW(source->buffer, capacity, error);
}

/* Only a regular file has a size, and can be read twice; others are kept (pensel_source_keep). */
static pensel_status open_file(pensel_source *source, const char *path, pensel_error *error)
{
    pensel_file_info info;
    pensel_trouble trouble;
    PENSEL_REQUIRE(path[0], BAD_ARGUMENT, "the table's name is empty: that of a file is needed");
    source->file = pensel_system_open(path, true, &info, &trouble);
    PENSEL_REQUIRE(source->file >= 0, IO_FAILED, "cannot read %s: %s", path, trouble.reason);
    PENSEL_REQUIRE(!info.folder, BAD_FILE, "%s is a folder: a table is expected", path);
    if (info.regular) source->size = (size_t)info.size;
    return PENSEL_OK;
}

pensel_status pensel_source_open(pensel_source *source, const char *path,
                                 const pensel_stream *stream, pensel_error *error)
{
    PENSEL_TRY(start(source, path, BUFFER, error));
    source->stream = stream;
    pensel_status status = stream ? PENSEL_OK : open_file(source, path, error);
    if (status != PENSEL_OK) pensel_source_close(source);
    return status;
}

/* The bytes are borrowed; the buffer is a copy of a piece of them, for readers change it in place.
 */
pensel_status pensel_source_of_memory(pensel_source *source, const void *bytes, size_t size,
                                      const char *name, pensel_error *error)
{
    PENSEL_TRY(start(source, name, SMALL_BUFFER, error));
    source->memory = bytes;
    source->memory_size = source->size = size;
    return PENSEL_OK;
}

void pensel_source_close(pensel_source *source)
{
    if (source->file >= 0) pensel_system_close(source->file);
    pensel_release(source->buffer);
    pensel_release(source->kept);
    pensel_release(source->raw);
    memset(source, 0, sizeof *source);
    source->file = -1;
}

/* ------------------------------------------------ bytes */

/* Up to `size` bytes; *got 0: there are no more. A regular file is read at a position of our own.
 */
static pensel_status read_bytes(pensel_source *s, void *bytes, size_t size, size_t *got,
                                pensel_error *error)
{
    pensel_trouble trouble;
    if (s->memory) {
        size_t left = s->memory_size - s->memory_at;
        *got = left < size ? left : size;
        if (*got > 0) memcpy(bytes, s->memory + s->memory_at, *got);
        s->memory_at += *got;
        return PENSEL_OK;
    }
    if (s->stream) return s->stream->read(s->stream->self, bytes, size, got, error);
    if (s->file < 0) {
        *got = 0; /* memory of no bytes */
        return PENSEL_OK;
    }
    ptrdiff_t count = s->size == SIZE_MAX
                          ? pensel_system_read(s->file, bytes, size, &trouble)
                          : pensel_system_read_at(s->file, bytes, size, s->at, &trouble);
    PENSEL_REQUIRE(count >= 0, IO_FAILED, "cannot read %s: %s", s->name, trouble.reason);
    *got = (size_t)count;
    s->at += (uint64_t)count;
    return PENSEL_OK;
}

/* Two bytes become up to three, and four bytes (a pair of surrogates) four. A lone surrogate
 * becomes the replacement character. */
static char *decode(pensel_source *s, char *to, bool last)
{
    size_t high = s->encoding == PENSEL_TEXT_UTF16_BIG ? 0 : 1, i = 0;
    while (i + 2 <= s->raw_end) {
        uint32_t code = (uint32_t)s->raw[i + high] << 8 | s->raw[i + 1 - high], low = 0;
        bool leads = code >= 0xd800 && code < 0xdc00;
        if (leads && i + 4 > s->raw_end && !last) break;
        if (leads && i + 4 <= s->raw_end)
            low = (uint32_t)s->raw[i + 2 + high] << 8 | s->raw[i + 3 - high];
        i += 2;
        if (leads && low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        } else if (code >= 0xd800 && code < 0xe000) {
            code = 0xfffd;
        }
        to = pensel_utf8_put(to, code);
    }
    memmove(s->raw, s->raw + i, s->raw_end - i);
    s->raw_end -= i;
    return to;
}

/* UTF-16 grows by half at most (two bytes to three), so two thirds of the room are read. Half a
 * character waits in `raw` for the next fill: then nothing may be written, though there is more. */
static pensel_status read_text(pensel_source *s, size_t *written, pensel_error *error)
{
    size_t room = (s->capacity - s->end) / 3 * 2, got, most = room < RAW ? room : RAW;
    if (most <= s->raw_end) most = s->raw_end + 2;
    PENSEL_TRY(read_bytes(s, s->raw + s->raw_end, most - s->raw_end, &got, error));
    s->raw_end += got;
    char *from = s->buffer + s->end;
    *written = (size_t)(decode(s, from, got == 0) - from);
    if (*written == 0 && got > 0) return read_text(s, written, error);
    return PENSEL_OK;
}

/* ------------------------------------------------ the buffer */

/* The unread bytes move to the front first; only a record that fills the whole buffer makes it
 * larger. 16 bytes are room for a few characters of UTF-16, so that every fill gets on. */
static pensel_status make_room(pensel_source *source, pensel_error *error)
{
    char *larger;
    size_t kept = source->end - source->begin;
    if (source->begin > 0) {
        memmove(source->buffer, source->buffer + source->begin, kept);
    } else if (source->capacity - kept < 16) {
        if (2 * source->capacity > LARGEST)
            return pensel_fail(error, PENSEL_BAD_FILE,
                               "%s has a line of more than %zu MiB: is a quote not closed?",
                               source->name, source->capacity >> 20);
        PENSEL_TRY(PENSEL_NEW(larger, 2 * source->capacity, error));
        memcpy(larger, source->buffer, kept);
        pensel_release(source->buffer);
        source->buffer = larger;
        source->capacity *= 2;
    }
    source->begin = 0;
    source->end = kept;
    return PENSEL_OK;
}

/* After it `finished` says whether anything came: a file's end is known only by reading nothing. */
pensel_status pensel_source_fill(pensel_source *source, pensel_error *error)
{
    size_t got;
    PENSEL_TRY(make_room(source, error));
    if (source->encoding == PENSEL_TEXT_BYTES)
        PENSEL_TRY(read_bytes(source, source->buffer + source->end, source->capacity - source->end,
                              &got, error));
    else
        PENSEL_TRY(read_text(source, &got, error));
    source->finished = got == 0;
    source->end += got;
    return PENSEL_OK;
}

pensel_status pensel_source_need(pensel_source *source, size_t bytes, pensel_error *error)
{
    while (source->end - source->begin < bytes && !source->finished)
        PENSEL_TRY(pensel_source_fill(source, error));
    return PENSEL_OK;
}

/* ------------------------------------------------ going back */

/* What was kept in memory is memory like any other. */
pensel_status pensel_source_rewind(pensel_source *source, pensel_error *error)
{
    source->begin = source->end = source->raw_end = source->memory_at = 0;
    source->at = 0;
    source->finished = false;
    if (source->memory || !source->stream) return PENSEL_OK;
    return source->stream->rewind(source->stream->self, error);
}

/* Memory, a regular file, or a stream that has a function for it. */
static bool goes_back(const pensel_source *s)
{
    if (s->memory || (s->file < 0 && !s->stream)) return true;
    return s->stream ? s->stream->rewind != NULL : s->size != SIZE_MAX;
}

/* What the buffer has already is the beginning of what is kept, and stays to be read; reading goes
 * on behind it. So nothing may have left the buffer yet: a pipe's first bytes would be lost. What
 * can go back is left where it is, unless its size is needed and unknown. */
pensel_status pensel_source_keep(pensel_source *s, bool size_needed, pensel_error *error)
{
    size_t size = s->end, room = s->capacity, got = 1;
    void *kept = NULL;
    if (goes_back(s) && (s->size != SIZE_MAX || !size_needed)) return PENSEL_OK;
    pensel_status status = pensel_resize(&kept, room, 1, error);
    if (status == PENSEL_OK) memcpy(kept, s->buffer, s->end);
    while (status == PENSEL_OK && got > 0) {
        if (size == room) {
            room += room / 2;
            status = pensel_resize(&kept, room, 1, error);
        }
        if (status == PENSEL_OK)
            status = read_bytes(s, (char *)kept + size, room - size, &got, error);
        if (status == PENSEL_OK) size += got;
    }
    if (status != PENSEL_OK) {
        pensel_release(kept);
        return status;
    }
    s->memory = s->kept = kept;
    s->memory_size = s->size = size;
    s->memory_at = s->end;
    return PENSEL_OK;
}

/* From the first byte again: what the buffer has was taken for bytes. 4 more for half a character.
 */
pensel_status pensel_source_decode(pensel_source *source, pensel_text_encoding encoding,
                                   pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(source->raw, RAW + 4, error));
    PENSEL_TRY(pensel_source_rewind(source, error));
    source->encoding = encoding;
    return PENSEL_OK;
}
