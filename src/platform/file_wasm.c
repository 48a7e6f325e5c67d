/* Files by WASI: those of the disk under Node, those of the page's memory in a browser. */
#include "platform/errno_wasm.h"
#include "platform/file.h"
#include "platform/trouble.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool pensel_in_trouble(pensel_trouble *trouble, pensel_trouble_kind kind, const char *what,
                       const char *path)
{
    int code = errno;
    trouble->kind = kind;
    if (code == ENOMEM && kind == PENSEL_TROUBLE_SYSTEM) trouble->kind = PENSEL_TROUBLE_MEMORY;
    trouble->what = what;
    snprintf(trouble->path, sizeof trouble->path, "%s", path);
    snprintf(trouble->reason, sizeof trouble->reason, "%s", strerror(code));
    return false;
}

int pensel_system_open(const char *path, bool waits, pensel_file_info *info,
                       pensel_trouble *trouble)
{
    struct stat status;
    (void)waits; /* WASI opens no pipes */
    int file = open(path, O_RDONLY);
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
    ssize_t got = read(file, bytes, size);
    if (got < 0) pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "read", "");
    return got;
}

ptrdiff_t pensel_system_read_at(int file, void *bytes, size_t size, uint64_t at,
                                pensel_trouble *trouble)
{
    ssize_t got = pread(file, bytes, size, (off_t)at);
    if (got < 0) pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "read", "");
    return got;
}

void pensel_system_close(int file)
{
    close(file);
}
