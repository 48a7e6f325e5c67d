/* Reading files on POSIX systems. */
#define _GNU_SOURCE
#include "platform/file.h"
#include "platform/trouble.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_AT_ONCE = 1 << 30 }; /* some systems read no more than 2 GiB */

/* There are two strerror_r: glibc's returns the text, which may lie elsewhere than in the buffer,
 * and POSIX's (musl) a code, with the text in the buffer. */
static inline const char *text_of_gnu(char *result, const char *buffer)
{
    (void)buffer;
    return result;
}

static inline const char *text_of_posix(int result, const char *buffer)
{
    return result == 0 ? buffer : "unknown error";
}

#define ERROR_TEXT(code, buffer)                           \
    _Generic(strerror_r((code), (buffer), sizeof(buffer)), \
        char *: text_of_gnu,                               \
        default: text_of_posix)(strerror_r((code), (buffer), sizeof(buffer)), (buffer))

bool pensel_in_trouble(pensel_trouble *trouble, pensel_trouble_kind kind, const char *what,
                       const char *path)
{
    char text[128];
    int code = errno;
    trouble->kind = kind;
    if (code == ENOMEM && kind == PENSEL_TROUBLE_SYSTEM) trouble->kind = PENSEL_TROUBLE_MEMORY;
    trouble->what = what;
    snprintf(trouble->path, sizeof trouble->path, "%s", path);
    snprintf(trouble->reason, sizeof trouble->reason, "%s", ERROR_TEXT(code, text));
    return false;
}

int pensel_system_open(const char *path, bool waits, pensel_file_info *info,
                       pensel_trouble *trouble)
{
    struct stat status;
    int file;
    do
        file = open(path, O_RDONLY | O_CLOEXEC | (waits ? 0 : O_NONBLOCK));
    while (file < 0 && errno == EINTR);
    if (file >= 0 && fstat(file, &status) == 0) {
        info->regular = S_ISREG(status.st_mode);
        info->folder = S_ISDIR(status.st_mode);
        info->size = (uint64_t)status.st_size;
        return file;
    }
    pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "read", path);
    if (file >= 0) close(file);
    return -1;
}

ptrdiff_t pensel_system_read(int file, void *bytes, size_t size, pensel_trouble *trouble)
{
    ssize_t got;
    do
        got = read(file, bytes, size < MOST_AT_ONCE ? size : MOST_AT_ONCE);
    while (got < 0 && errno == EINTR);
    if (got < 0) pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "read", "");
    return got;
}

ptrdiff_t pensel_system_read_at(int file, void *bytes, size_t size, uint64_t at,
                                pensel_trouble *trouble)
{
    ssize_t got;
    do
        got = pread(file, bytes, size < MOST_AT_ONCE ? size : MOST_AT_ONCE, (off_t)at);
    while (got < 0 && errno == EINTR);
    if (got < 0) pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "read", "");
    return got;
}

void pensel_system_close(int file)
{
    close(file);
}
