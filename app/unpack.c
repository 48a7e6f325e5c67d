/* One stream for each kind of packing. It begins at byte `start` of the file and can go back there.
 */
#include "unpack.h"

#include "message.h"
#include "zip_entry.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { PIECE = 1 << 16, GZIP_OR_ZLIB = 15 + 32, BARE = -15 };

typedef enum packing { STORED, DEFLATED, GZIP, ZSTD } packing;

struct pensel_unpacked {
    pensel_stream stream;
    FILE *file;
    char *path;
    packing how;
    int64_t start, size, left; /* packed bytes: where they begin, how many, how many are unread */
    unsigned char in[PIECE];
    size_t at, end; /* of `in` */
    z_stream deflate;
    ZSTD_DStream *zstd;
    bool begun, ended; /* the deflate stream */
    bool summed;       /* of an archive, which says what the sum must be */
    uint32_t sum, crc;
};

static pensel_status broken(const pensel_unpacked *u, pensel_error *error)
{
    return pensel_wrong(error, PENSEL_BAD_FILE,
                        "%.200s is damaged or cut off: it cannot be unpacked to its end", u->path);
}

/* More packed bytes into `in`, if there are any. */
static pensel_status more(pensel_unpacked *u, pensel_error *error)
{
    if (u->at < u->end) return PENSEL_OK;
    size_t wanted = u->left < PIECE ? (size_t)u->left : PIECE;
    u->at = 0;
    u->end = fread(u->in, 1, wanted, u->file);
    u->left -= (int64_t)u->end;
    if (ferror(u->file))
        return pensel_wrong(error, PENSEL_IO_FAILED, "cannot read %.200s: %s", u->path,
                            g_strerror(errno));
    return PENSEL_OK;
}

static pensel_status copy(pensel_unpacked *u, void *bytes, size_t size, size_t *got)
{
    *got = u->end - u->at < size ? u->end - u->at : size;
    memcpy(bytes, u->in + u->at, *got);
    u->at += *got;
    return PENSEL_OK;
}

/* A gzip file may be several, one behind another. */
static pensel_status inflate_some(pensel_unpacked *u, void *bytes, size_t size, size_t *got,
                                  pensel_error *error)
{
    if (u->ended && u->how == GZIP && u->at < u->end) {
        inflateReset(&u->deflate);
        u->ended = false;
    }
    if (u->ended) return PENSEL_OK;
    if (u->at == u->end) return broken(u, error);
    u->deflate.next_in = u->in + u->at;
    u->deflate.avail_in = (uInt)(u->end - u->at);
    u->deflate.next_out = bytes;
    u->deflate.avail_out = (uInt)(size < PIECE ? size : PIECE);
    uInt room = u->deflate.avail_out;
    int status = inflate(&u->deflate, Z_NO_FLUSH);
    u->at = u->end - u->deflate.avail_in;
    *got = room - u->deflate.avail_out;
    u->ended = status == Z_STREAM_END;
    return status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR ? PENSEL_OK
                                                                             : broken(u, error);
}

static pensel_status zstd_some(pensel_unpacked *u, void *bytes, size_t size, size_t *got,
                               pensel_error *error)
{
    ZSTD_inBuffer in = {u->in, u->end, u->at};
    ZSTD_outBuffer out = {bytes, size, 0};
    bool nothing_left = u->at == u->end;
    size_t status = ZSTD_decompressStream(u->zstd, &out, &in);
    u->at = in.pos;
    *got = out.pos;
    if (ZSTD_isError(status)) return broken(u, error);
    if (nothing_left && *got == 0 && !u->ended) return broken(u, error);
    u->ended = status == 0;
    return PENSEL_OK;
}

static pensel_status read_some(pensel_unpacked *u, void *bytes, size_t size, size_t *got,
                               pensel_error *error)
{
    for (*got = 0; *got == 0;) {
        pensel_status status = more(u, error);
        if (!status && u->at == u->end && (u->how == STORED || u->ended)) return PENSEL_OK;
        if (!status && u->how == STORED) status = copy(u, bytes, size, got);
        if (!status && u->how == ZSTD) status = zstd_some(u, bytes, size, got, error);
        if (!status && (u->how == GZIP || u->how == DEFLATED))
            status = inflate_some(u, bytes, size, got, error);
        if (status) return status;
        if (u->ended && u->how == DEFLATED && *got == 0) return PENSEL_OK;
    }
    return PENSEL_OK;
}

static pensel_status read_stream(void *self, void *bytes, size_t size, size_t *got,
                                 pensel_error *error)
{
    pensel_unpacked *u = self;
    pensel_status status = read_some(u, bytes, size, got, error);
    if (status || !u->summed) return status;
    u->sum = (uint32_t)crc32_z(u->sum, bytes, *got);
    return *got == 0 && u->sum != u->crc ? broken(u, error) : PENSEL_OK;
}

static pensel_status rewind_stream(void *self, pensel_error *error)
{
    pensel_unpacked *u = self;
    u->left = u->size;
    u->at = u->end = 0;
    u->ended = false;
    u->sum = 0;
    if (u->how == GZIP || u->how == DEFLATED) {
        if (u->begun) inflateEnd(&u->deflate);
        u->deflate = (z_stream){0};
        u->begun = inflateInit2(&u->deflate, u->how == GZIP ? GZIP_OR_ZLIB : BARE) == Z_OK;
        if (!u->begun) return pensel_wrong(error, PENSEL_OUT_OF_MEMORY, "no memory to unpack");
    }
    if (u->how == ZSTD && !u->zstd) u->zstd = ZSTD_createDStream();
    if (u->how == ZSTD && (!u->zstd || ZSTD_isError(ZSTD_initDStream(u->zstd))))
        return pensel_wrong(error, PENSEL_OUT_OF_MEMORY, "no memory to unpack");
    if (fseeko(u->file, u->start, SEEK_SET))
        return pensel_wrong(error, PENSEL_IO_FAILED, "cannot read %.200s: %s", u->path,
                            g_strerror(errno));
    return PENSEL_OK;
}

/* ------------------------------------------------ opening */

/* "two.npz:x" becomes the path and the array's name; NULL: none is named. */
static char *split_name(char *path)
{
    char *colon = strrchr(path, ':');
    if (!colon || colon - path < 5 || strncmp(colon - 4, ".npz", 4) != 0) return NULL;
    *colon = 0;
    return colon + 1;
}

static bool begins_with(const unsigned char *head, size_t size, const char *magic, size_t length)
{
    return size >= length && !memcmp(head, magic, length);
}

/* What the file is; false: to be read as it is. */
static bool find_packing(pensel_unpacked *u, const char *array, pensel_status *status,
                         pensel_error *error)
{
    unsigned char head[4];
    size_t size = fread(head, 1, sizeof head, u->file);
    bool zip = begins_with(head, size, "PK\3\4", 4) && g_str_has_suffix(u->path, ".npz");
    u->size = INT64_MAX;
    if (zip) {
        pensel_zip_entry entry;
        *status = pensel_zip_find(&entry, u->file, u->path, array, error);
        u->how = entry.deflated ? DEFLATED : STORED;
        u->start = entry.start;
        u->size = entry.size;
        u->crc = entry.crc;
        u->summed = true;
        return true;
    }
    u->how = begins_with(head, size, "\x1f\x8b", 2) ? GZIP : ZSTD;
    return u->how == GZIP || begins_with(head, size, "\x28\xb5\x2f\xfd", 4);
}

pensel_status pensel_unpack_open(pensel_unpacked **unpacked, const char *path, pensel_error *error)
{
    pensel_status status = PENSEL_OK;
    *unpacked = NULL;
    char *copied = g_strdup(path), *array = split_name(copied);
    FILE *file = g_file_test(copied, G_FILE_TEST_IS_REGULAR) ? fopen(copied, "rb") : NULL;
    if (!file) { /* a pipe is read as it is, and what is not there is the library's to say */
        g_free(copied);
        return PENSEL_OK;
    }
    pensel_unpacked *u = g_new0(pensel_unpacked, 1);
    u->file = file;
    u->path = copied;
    u->stream = (pensel_stream){read_stream, rewind_stream, u};
    bool packed = find_packing(u, array, &status, error);
    if (packed && !status) status = rewind_stream(u, error);
    *unpacked = u;
    if (!packed || status) pensel_unpack_free(unpacked);
    return status;
}

const pensel_stream *pensel_unpack_stream(pensel_unpacked *unpacked)
{
    return unpacked ? &unpacked->stream : NULL;
}

void pensel_unpack_free(pensel_unpacked **unpacked)
{
    pensel_unpacked *u = *unpacked;
    if (!u) return;
    *unpacked = NULL;
    if (u->begun) inflateEnd(&u->deflate);
    ZSTD_freeDStream(u->zstd);
    fclose(u->file);
    g_free(u->path);
    g_free(u);
}
