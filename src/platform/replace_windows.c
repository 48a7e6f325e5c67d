/* Replacing a file on Windows. The data go into a file with a temporary name beside the old one,
 * are flushed to the disk, and MoveFileEx puts the new file where the old one was. A path that is
 * no file (a device, a pipe) is written to directly.
 *
 * The writer holds its temporary file open and lets nobody else write to it until it has been moved
 * or removed, so that the next writer of the same path knows a living one, for which it waits, from
 * a killed one, whose file it takes over. Permissions of the new file are those that its folder
 * gives to new files. */
#include "platform/file.h"
#include "platform/wide_windows.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* How long a reader that lets nobody replace the file is waited for: virus scanners do that. */
enum { TRIES = 50, PAUSE = 20 /* milliseconds */ };

struct pensel_replacement {
    int file;
    HANDLE handle;      /* what `file` stands for */
    bool direct;        /* no file: no moving */
    char *named;        /* as the caller calls it */
    wchar_t *path;      /* with links resolved, so that a link stays a link */
    wchar_t *temporary; /* a name beside path */
    char *temporary_name;
};

static void target_free(pensel_replacement *t)
{
    free(t->named);
    free(t->path);
    free(t->temporary);
    free(t->temporary_name);
    free(t);
}

static void *get(size_t size)
{
    void *block = malloc(size);
    if (!block) SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return block;
}

static const DWORD shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

static HANDLE open_old(const wchar_t *path)
{
    return CreateFileW(path, GENERIC_WRITE, shared, NULL, OPEN_EXISTING, 0, NULL);
}

/* Where links lead. */
static bool resolve(pensel_replacement *t, HANDLE old)
{
    DWORD room = GetFinalPathNameByHandleW(old, NULL, 0, FILE_NAME_NORMALIZED);
    wchar_t *real = room > 0 ? get((room + 1) * sizeof *real) : NULL;
    if (!real) return false;
    if (GetFinalPathNameByHandleW(old, real, room + 1, FILE_NAME_NORMALIZED) == 0) {
        free(real);
        return false;
    }
    free(t->path);
    t->path = real;
    return true;
}

/* FNV-1a */
static uint64_t hash(const wchar_t *text)
{
    uint64_t value = 0xcbf29ce484222325;
    for (; *text; text++)
        value = (value ^ *text) * 0x100000001b3;
    return value;
}

/* A name in the same folder that is unique to this path. The path's own may be as long as names can
 * be, so only its beginning is used. */
static bool name_temporary(pensel_replacement *t)
{
    const wchar_t *name = t->path;
    for (const wchar_t *at = t->path; *at; at++)
        if (*at == L'\\' || *at == L'/' || (*at == L':' && at == t->path + 1)) name = at + 1;
    size_t folder = (size_t)(name - t->path), room = folder + 160;
    t->temporary = get(room * sizeof *t->temporary);
    t->temporary_name = get(4 * room);
    if (!t->temporary || !t->temporary_name) return false;
    wmemcpy(t->temporary, t->path, folder);
    swprintf(t->temporary + folder, room - folder, L".%.100ls.%016llx.tmp", name,
             (unsigned long long)hash(name));
    return WideCharToMultiByte(CP_UTF8, 0, t->temporary, -1, t->temporary_name, (int)(4 * room),
                               NULL, NULL) > 0;
}

/* The old file, if there is one: whether it may be written, and what it really is. A device stays
 * open in t->handle. */
static bool target_find(pensel_replacement *t, pensel_trouble *trouble)
{
    DWORD attributes = GetFileAttributesW(t->path);
    bool there = attributes != INVALID_FILE_ATTRIBUTES;
    if (there && attributes & FILE_ATTRIBUTE_DIRECTORY)
        return pensel_in_trouble(trouble, PENSEL_TROUBLE_FOLDER, "write", t->named);
    if (there && attributes & FILE_ATTRIBUTE_READONLY)
        return pensel_in_trouble(trouble, PENSEL_TROUBLE_READ_ONLY, "write", t->named);
    HANDLE old = open_old(t->path);
    if (old == INVALID_HANDLE_VALUE) {
        if (GetLastError() == ERROR_FILE_NOT_FOUND) return true;
        return pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "write", t->named);
    }
    t->direct = GetFileType(old) != FILE_TYPE_DISK;
    if (t->direct) {
        t->handle = old;
        return true;
    }
    bool found = !(attributes & FILE_ATTRIBUTE_REPARSE_POINT) || resolve(t, old);
    if (!found) pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "find", t->named);
    CloseHandle(old);
    return found;
}

/* Waits for another writer of the same path. */
static bool open_temporary(pensel_replacement *t)
{
    for (;;) {
        t->handle = CreateFileW(t->temporary, GENERIC_READ | GENERIC_WRITE | DELETE,
                                FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, CREATE_ALWAYS,
                                FILE_ATTRIBUTE_NORMAL, NULL);
        if (t->handle != INVALID_HANDLE_VALUE) return true;
        if (GetLastError() != ERROR_SHARING_VIOLATION) return false;
        Sleep(PAUSE);
    }
}

static bool target_open(pensel_replacement *t, const char *path, pensel_trouble *trouble)
{
    size_t size = strlen(path) + 1;
    t->path = pensel_wide_path(path);
    t->named = t->path ? get(size) : NULL;
    if (!t->named) return pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "write", path);
    memcpy(t->named, path, size);
    if (!target_find(t, trouble)) return false;
    if (!t->direct && (!name_temporary(t) || !open_temporary(t)))
        return pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "write", path);
    t->file = _open_osfhandle((intptr_t)t->handle, _O_BINARY | _O_NOINHERIT);
    return t->file >= 0 || pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "write", path);
}

pensel_replacement *pensel_replacement_begin(const char *path, pensel_trouble *trouble)
{
    pensel_replacement *t = get(sizeof *t);
    if (!t) {
        pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "write", path);
        return NULL;
    }
    *t = (pensel_replacement){.file = -1, .handle = INVALID_HANDLE_VALUE};
    if (target_open(t, path, trouble)) return t;
    if (t->handle != INVALID_HANDLE_VALUE) {
        if (!t->direct) DeleteFileW(t->temporary);
        CloseHandle(t->handle);
    }
    target_free(t);
    return NULL;
}

int pensel_replacement_descriptor(const pensel_replacement *t)
{
    return t->file;
}

const char *pensel_replacement_name(const pensel_replacement *t)
{
    return t->temporary_name;
}

bool pensel_replacement_write(pensel_replacement *t, const void *bytes, size_t size,
                              pensel_trouble *trouble)
{
    const char *at = bytes;
    while (size > 0) {
        DWORD written = 0;
        DWORD some = size < (1 << 30) ? (DWORD)size : 1 << 30;
        if (!WriteFile(t->handle, at, some, &written, NULL) || written == 0)
            return pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "write", t->named);
        at += written;
        size -= written;
    }
    return true;
}

/* While the temporary file is still open and nobody else's. */
static bool move(const pensel_replacement *t)
{
    for (int i = 0; i < TRIES; i++) {
        if (MoveFileExW(t->temporary, t->path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
            return true;
        DWORD code = GetLastError();
        if (code != ERROR_SHARING_VIOLATION && code != ERROR_ACCESS_DENIED) return false;
        Sleep(PAUSE);
        SetLastError(code);
    }
    return false;
}

bool pensel_replacement_keep(pensel_replacement *t, pensel_trouble *trouble)
{
    const char *what = NULL;
    if (!t->direct && !FlushFileBuffers(t->handle))
        what = "sync";
    else if (!t->direct && !move(t))
        what = "replace";
    if (what) {
        pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, what, t->named);
        DeleteFileW(t->temporary); /* goes when it is closed */
    }
    _close(t->file); /* and t->handle with it */
    target_free(t);
    return !what;
}

void pensel_replacement_drop(pensel_replacement *t)
{
    if (!t->direct) DeleteFileW(t->temporary);
    _close(t->file);
    target_free(t);
}
