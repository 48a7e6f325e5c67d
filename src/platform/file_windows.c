/* Reading files on Windows. */
#include "platform/file.h"
#include "platform/wide_windows.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { MOST_AT_ONCE = 1 << 30 };

/* ------------------------------------------------------------------ names */

static wchar_t *wide(const char *text)
{
    int count = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    wchar_t *result = count > 0 ? malloc((size_t)count * sizeof *result) : NULL;
    if (!result) {
        if (count > 0) SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, result, count);
    return result;
}

/* Paths of MAX_PATH and more must be complete and begin with \\?\, which those of devices and
 * network shares must not in this form: they stay as they are. */
wchar_t *pensel_wide_path(const char *path)
{
    static const wchar_t prefix[] = L"\\\\?\\";
    wchar_t *own = wide(path);
    if (!own || own[0] == L'\\' || wcslen(own) < 200) return own;
    DWORD room = GetFullPathNameW(own, 0, NULL, NULL);
    wchar_t *full = malloc((room + 8) * sizeof *full);
    if (full && GetFullPathNameW(own, room + 1, full + 4, NULL) > 0 && full[4] != L'\\')
        memcpy(full, prefix, 4 * sizeof *full);
    else
        free(full), full = NULL;
    if (!full) return own;
    free(own);
    return full;
}

/* ------------------------------------------------------------------ troubles */

/* The system's sentence in UTF-8, without its full stop and end of line. */
static void reason_of(char *text, size_t size, DWORD code)
{
    wchar_t own[256];
    DWORD count = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                                 code, 0, own, (DWORD)(sizeof own / sizeof *own), NULL);
    while (count > 0 && wcschr(L"\r\n. ", own[count - 1]))
        count--;
    int bytes = count > 0 ? WideCharToMultiByte(CP_UTF8, 0, own, (int)count, text, (int)size - 1,
                                                NULL, NULL)
                          : 0;
    if (bytes > 0)
        text[bytes] = 0;
    else
        snprintf(text, size, "error %lu of the system", code);
}

bool pensel_in_trouble(pensel_trouble *trouble, pensel_trouble_kind kind, const char *what,
                       const char *path)
{
    DWORD code = GetLastError();
    trouble->kind = kind;
    if (kind == PENSEL_TROUBLE_SYSTEM &&
        (code == ERROR_NOT_ENOUGH_MEMORY || code == ERROR_OUTOFMEMORY))
        trouble->kind = PENSEL_TROUBLE_MEMORY;
    trouble->what = what;
    snprintf(trouble->path, sizeof trouble->path, "%s", path);
    reason_of(trouble->reason, sizeof trouble->reason, code);
    return false;
}

/* ------------------------------------------------------------------ reading */

static bool look_at(HANDLE handle, pensel_file_info *info)
{
    BY_HANDLE_FILE_INFORMATION status;
    *info = (pensel_file_info){0};
    if (GetFileType(handle) != FILE_TYPE_DISK) return true;
    if (!GetFileInformationByHandle(handle, &status)) return false;
    info->folder = (status.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    info->regular = !info->folder;
    info->size = (uint64_t)status.nFileSizeHigh << 32 | status.nFileSizeLow;
    return true;
}

/* Others may replace the file while it is read. Opening a pipe waits for nobody here. */
int pensel_system_open(const char *path, bool waits, pensel_file_info *info,
                       pensel_trouble *trouble)
{
    const DWORD shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    (void)waits;
    wchar_t *own = pensel_wide_path(path);
    HANDLE handle = own ? CreateFileW(own, GENERIC_READ, shared, NULL, OPEN_EXISTING,
                                      FILE_FLAG_BACKUP_SEMANTICS, NULL) /* folders too */
                        : INVALID_HANDLE_VALUE;
    int file = -1;
    if (handle != INVALID_HANDLE_VALUE && look_at(handle, info))
        file = _open_osfhandle((intptr_t)handle, _O_RDONLY | _O_BINARY | _O_NOINHERIT);
    if (file < 0) {
        pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "read", path);
        if (handle != INVALID_HANDLE_VALUE) CloseHandle(handle);
    }
    free(own);
    return file;
}

/* The end of a file, and of a pipe whose writer has gone. */
static bool is_end(DWORD code)
{
    return code == ERROR_HANDLE_EOF || code == ERROR_BROKEN_PIPE;
}

static ptrdiff_t read_some(int file, void *bytes, size_t size, OVERLAPPED *at,
                           pensel_trouble *trouble)
{
    DWORD got = 0;
    HANDLE handle = (HANDLE)_get_osfhandle(file);
    if (ReadFile(handle, bytes, (DWORD)(size < MOST_AT_ONCE ? size : MOST_AT_ONCE), &got, at) ||
        is_end(GetLastError()))
        return (ptrdiff_t)got;
    pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "read", "");
    return -1;
}

ptrdiff_t pensel_system_read(int file, void *bytes, size_t size, pensel_trouble *trouble)
{
    return read_some(file, bytes, size, NULL, trouble);
}

ptrdiff_t pensel_system_read_at(int file, void *bytes, size_t size, uint64_t at,
                                pensel_trouble *trouble)
{
    OVERLAPPED where = {.Offset = (DWORD)at, .OffsetHigh = (DWORD)(at >> 32)};
    return read_some(file, bytes, size, &where, trouble);
}

void pensel_system_close(int file)
{
    _close(file);
}
