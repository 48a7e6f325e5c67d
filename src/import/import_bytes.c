/* Bytes of a file, all or a part of them, as far as memory goes. The size is that of the open
 * file, asked once: a file that becomes shorter meanwhile is an error, of one that grows the
 * first part is read. */
#include "import/coming.h"

#include "base/memory.h"
#include "platform/file.h"
#include "platform/large_pages.h"

static pensel_status read_at(unsigned char *bytes, int file, size_t offset, size_t size,
                             const char *path, pensel_error *error)
{
    pensel_trouble trouble;
    for (size_t at = 0; at < size;) {
        ptrdiff_t got =
            pensel_system_read_at(file, bytes + at, size - at, (uint64_t)offset + at, &trouble);
        PENSEL_REQUIRE(got >= 0, IO_FAILED, "cannot read %s: %s", path, trouble.reason);
        PENSEL_REQUIRE(got > 0, BAD_FILE, "%s became shorter while it was read: try again", path);
        at += (size_t)got;
    }
    return PENSEL_OK;
}

static pensel_status check(const pensel_file_info *info, const char *path, pensel_error *error)
{
    double memory = pensel_system_memory();
    PENSEL_REQUIRE(info->regular, BAD_FILE, "%s is a folder or device: a file is expected", path);
    PENSEL_REQUIRE(info->size <= SIZE_MAX / 2 && !(memory > 0 && (double)info->size > memory / 4),
                   BAD_FILE, "%s has %.1f GB: a quarter of this machine's memory is read at most",
                   path, (double)info->size / 1e9);
    return PENSEL_OK;
}

/* SIZE_MAX: all that follow */
static pensel_status take(unsigned char **bytes, size_t *length, const char *path, size_t offset,
                          pensel_error *error)
{
    pensel_file_info info;
    pensel_trouble trouble;
    *bytes = NULL;
    int file = pensel_system_open(path, false, &info, &trouble);
    PENSEL_REQUIRE(file >= 0, IO_FAILED, "cannot read %s: %s", path, trouble.reason);
    pensel_status status = check(&info, path, error);
    size_t size = (size_t)info.size;
    if (status == PENSEL_OK && *length == SIZE_MAX) *length = size;
    if (status == PENSEL_OK && (offset > size || *length > size - offset))
        status =
            pensel_fail(error, PENSEL_BAD_FILE,
                        "%s has %zu bytes: the tensors that are to be in it need more", path, size);
    if (status == PENSEL_OK) status = PENSEL_ALLOCATE_BARE(*bytes, *length, 1, error);
    if (status == PENSEL_OK) status = read_at(*bytes, file, offset, *length, path, error);
    pensel_system_close(file);
    if (status != PENSEL_OK) {
        pensel_release(*bytes);
        *bytes = NULL;
    }
    return status;
}

pensel_status pensel_import_bytes(unsigned char **bytes, size_t *size, const char *path,
                                  pensel_error *error)
{
    *size = SIZE_MAX;
    return take(bytes, size, path, 0, error);
}

pensel_status pensel_import_part(unsigned char **bytes, const char *path, size_t offset,
                                 size_t length, pensel_error *error)
{
    return take(bytes, &length, path, offset, error);
}
