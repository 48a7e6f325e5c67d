/* Bytes of a file or of memory, through one buffer. */
#include "file/table.h"

#include "base/error.h"
#include "base/memory.h"
#include "platform/file.h"

#include <string.h>

#define BUFFER ((size_t)1 << 20)
#define SMALL_BUFFER ((size_t)256) /* for memory; small, so that tests exercise refilling it */
#define LARGEST ((size_t)1 << 26)

static pensel_status start(pensel_source *source, const char *name, size_t capacity,
                           pensel_error *error)
{
    memset(source, 0, sizeof *source);
    source->name = name;
    source->file = -1;
    source->capacity = capacity;
    return PENSEL_NEW(source->buffer, capacity, error);
}

pensel_status pensel_source_open(pensel_source *source, const char *path, pensel_error *error)
{
    pensel_file_info info;
    pensel_trouble trouble;
    PENSEL_TRY(start(source, path, BUFFER, error));
    source->file = pensel_system_open(path, true, &info, &trouble);
    pensel_status status = PENSEL_OK;
    if (source->file < 0)
        status = pensel_fail(error, PENSEL_IO_FAILED, "cannot read %s: %s", path, trouble.reason);
    else if (info.folder)
        status = pensel_fail(error, PENSEL_BAD_FILE, "%s is a folder: a table is expected", path);
    if (status != PENSEL_OK) {
        pensel_source_close(source);
        return status;
    }
    source->size = info.regular ? (size_t)info.size : SIZE_MAX;
    return PENSEL_OK;
}

pensel_status pensel_source_of_memory(pensel_source *source, const void *bytes, size_t size,
                                      const char *name, pensel_error *error)
{
    PENSEL_TRY(start(source, name, SMALL_BUFFER, error));
    source->memory = bytes;
    source->memory_left = source->size = size;
    return PENSEL_OK;
}

void pensel_source_close(pensel_source *source)
{
    if (source->file >= 0) pensel_system_close(source->file);
    pensel_release(source->buffer);
    memset(source, 0, sizeof *source);
    source->file = -1;
}

static pensel_status make_room(pensel_source *source, pensel_error *error)
{
    char *larger;
    size_t kept = source->end - source->begin;
    if (source->begin > 0) {
        memmove(source->buffer, source->buffer + source->begin, kept);
    } else if (kept == source->capacity) {
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

pensel_status pensel_source_fill(pensel_source *source, pensel_error *error)
{
    pensel_trouble trouble;
    ptrdiff_t got;
    PENSEL_TRY(make_room(source, error));
    size_t room = source->capacity - source->end;
    if (source->file < 0) {
        got = (ptrdiff_t)(source->memory_left < room ? source->memory_left : room);
        if (got > 0) memcpy(source->buffer + source->end, source->memory, (size_t)got);
        source->memory += got;
        source->memory_left -= (size_t)got;
    } else {
        got = pensel_system_read(source->file, source->buffer + source->end, room, &trouble);
        if (got < 0)
            return pensel_fail(error, PENSEL_IO_FAILED, "cannot read %s: %s", source->name,
                               trouble.reason);
    }
    source->finished = got == 0;
    source->end += (size_t)got;
    return PENSEL_OK;
}
