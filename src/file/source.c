/* Bytes of a file or of memory, through one buffer. */
#include "file/table.h"

#include "base/error.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    struct stat status;
    char text[128];
    PENSEL_TRY(start(source, path, BUFFER, error));
    do
        source->file = open(path, O_RDONLY | O_CLOEXEC);
    while (source->file < 0 && errno == EINTR);
    pensel_status outcome = PENSEL_OK;
    if (source->file < 0 || fstat(source->file, &status) != 0)
        outcome = pensel_fail(error, PENSEL_IO_FAILED, "cannot read %s: %s", path,
                              strerror_r(errno, text, sizeof text));
    else if (S_ISDIR(status.st_mode))
        outcome = pensel_fail(error, PENSEL_BAD_FILE, "%s is a folder: a table is expected", path);
    if (outcome != PENSEL_OK) {
        pensel_source_close(source);
        return outcome;
    }
    source->size = S_ISREG(status.st_mode) ? (size_t)status.st_size : SIZE_MAX;
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
    if (source->file >= 0) close(source->file);
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
    char text[128];
    ssize_t got;
    PENSEL_TRY(make_room(source, error));
    size_t room = source->capacity - source->end;
    if (source->file < 0) {
        got = (ssize_t)(source->memory_left < room ? source->memory_left : room);
        if (got > 0) memcpy(source->buffer + source->end, source->memory, (size_t)got);
        source->memory += got;
        source->memory_left -= (size_t)got;
    } else {
        do
            got = read(source->file, source->buffer + source->end, room);
        while (got < 0 && errno == EINTR);
        if (got < 0)
            return pensel_fail(error, PENSEL_IO_FAILED, "cannot read %s: %s", source->name,
                               strerror_r(errno, text, sizeof text));
    }
    source->finished = got == 0;
    source->end += (size_t)got;
    return PENSEL_OK;
}
