/* The bytes of a .pensel file, put together and taken apart. Nothing is trusted that comes from a
 * file: every size is checked against what is there before anything is allocated for it, and a
 * checksum over all of it says that nothing was lost on the way. docs/format.md has it in words. */
#include "codec/compact.h"

#include "base/error.h"
#include "base/memory.h"
#include "codec/profile.h"
#include "platform/float.h"
#include "platform/file.h"

#include <string.h>

static const uint8_t magic[5] = {0x9d, 'p', 'n', 's', 1}; /* the last one is the version */
enum { WIDEST = 1 << 24, SMALLEST = sizeof magic + 1 + 1 + 1 + 1 + 4 };
/* Bits of the byte of flags, above the number of channels less 1. */
enum { DEEP = 4, PROFILE = 8, DRAWN = 16, PACKED = 32, FLAGS = 63 };

/* Ethernet's CRC (reversed polynomial 0xedb88320), four bits at a time. */
static uint32_t checksum(const uint8_t *bytes, size_t size)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t c = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        c = table[(c ^ bytes[i]) & 15] ^ c >> 4;
        c = table[(c ^ bytes[i] >> 4) & 15] ^ c >> 4;
    }
    return ~c;
}

/* Tiles of one row have the same stripes: those of their height. */
size_t pensel_compact_stripes(size_t width, size_t height)
{
    size_t rows = 0;
    for (size_t i = 0; i < pensel_tile_count(height); i++) {
        size_t tall = pensel_tile_start(height, i + 1) - pensel_tile_start(height, i);
        rows += (tall + PENSEL_STRIPE - 1) / PENSEL_STRIPE;
    }
    return rows * pensel_tile_count(width);
}

/* ------------------------------------------------------------------ writing */

typedef struct output {
    uint8_t *bytes;
    size_t size;
} output;

static void put(output *out, const void *bytes, size_t size)
{
    if (size) memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}

/* Seven bits in each byte, the low ones first; the highest bit says that more follow. */
static void put_number(output *out, size_t number)
{
    for (; number >= 128; number >>= 7)
        out->bytes[out->size++] = (uint8_t)(number | 128);
    out->bytes[out->size++] = (uint8_t)number;
}

/* The profile packed, or nothing where that makes it no smaller. The caller releases the bytes. */
static pensel_status pack_profile(output *packed, const pensel_compact_head *h, pensel_error *error)
{
    if (!h->profile || h->profile_size == 0 || h->profile_size > PENSEL_PACKED_MOST)
        return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(packed->bytes, h->profile_size, error));
    pensel_range_writer writer = pensel_range_writer_on(packed->bytes, h->profile_size);
    PENSEL_TRY(pensel_profile_pack(&writer, h->profile, h->profile_size, error));
    if (!writer.full) packed->size = writer.size;
    return PENSEL_OK;
}

/* What get_head reads, in its order. */
static void put_head(output *out, const pensel_compact_head *h, const output *packed)
{
    unsigned flags = (unsigned)h->channels - 1;
    if (h->bits == 16) flags |= DEEP;
    if (h->profile) flags |= PROFILE;
    if (h->drawn) flags |= DRAWN;
    if (packed->size) flags |= PACKED;
    put(out, magic, sizeof magic);
    out->bytes[out->size++] = (uint8_t)flags;
    put_number(out, h->width);
    put_number(out, h->height);
    if (!h->drawn) {
        put_number(out, h->step_code);
        if (h->channels >= 3) put(out, h->colours.rows, sizeof h->colours.rows);
        put(out, h->offsets, sizeof h->offsets);
    }
    if (h->profile) {
        put_number(out, h->profile_size);
        if (packed->size) put_number(out, packed->size);
        put(out, packed->size ? packed->bytes : h->profile,
            packed->size ? packed->size : h->profile_size);
    }
}

/* `room` is enough for any head: its fixed parts have fewer than 128 bytes. */
static pensel_status put_all(output *out, const pensel_compact_head *head, const uint8_t *streams,
                             const size_t *lengths, pensel_error *error)
{
    enum { LONGEST = 10 }; /* bytes of a number */
    output packed = {NULL, 0};
    size_t total = 0;
    for (size_t i = 0; i < head->stripes; i++)
        total += lengths[i];
    size_t room = 128 + head->profile_size + head->stripes * LONGEST + total;
    pensel_status status = pack_profile(&packed, head, error);
    if (!status) status = PENSEL_NEW(out->bytes, room, error);
    if (!status) {
        put_head(out, head, &packed);
        for (size_t i = 0; i < head->stripes; i++)
            put_number(out, lengths[i]);
        put(out, streams, total);
        uint32_t sum = checksum(out->bytes, out->size);
        for (int i = 0; i < 4; i++)
            out->bytes[out->size++] = (uint8_t)(sum >> 8 * i);
    }
    pensel_release(packed.bytes);
    return status;
}

pensel_status pensel_compact_put(pensel_compact **compact, const pensel_compact_head *head,
                                 const uint8_t *streams, const size_t *lengths, pensel_error *error)
{
    output out = {NULL, 0};
    PENSEL_TRY(put_all(&out, head, streams, lengths, error));
    pensel_status status = pensel_compact_parse(compact, out.bytes, out.size, error);
    pensel_release(out.bytes);
    return status;
}

/* ------------------------------------------------------------------ reading */

typedef struct input {
    const uint8_t *bytes;
    size_t size, at;
    bool short_of; /* something was read beyond the end */
} input;

/* `size` bytes, or zeros and short_of: who reads may go on, as long as short_of is asked before
 * anything depends on it. More than 16 must not be looked at before. */
static const uint8_t *get(input *in, size_t size)
{
    static const uint8_t nothing[16];
    if (size > in->size - in->at) {
        in->short_of = true;
        return nothing;
    }
    in->at += size;
    return in->bytes + in->at - size;
}

static size_t get_number(input *in)
{
    size_t number = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        uint8_t byte = *get(in, 1);
        number |= (size_t)(byte & 127) << shift;
        if (byte < 128) return number;
    }
    in->short_of = true; /* no number of this file is as long */
    return 0;
}

/* Whether planes can be turned back into colours: the determinant is half of what orthonormal
 * rows have, or more. In whole numbers, so every reader accepts the same files. */
static bool fits(const pensel_colours *colours)
{
    int a[3][3];
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            a[i][j] = colours->rows[i][j];
    int d = a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
            a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
            a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
    const int least = 127 * 127 * 127 / 2;
    return d >= least || d <= -least;
}

/* What only pictures of latents have. */
static pensel_status get_planes(pensel_compact_head *h, input *in, pensel_error *error)
{
    if (h->channels >= 3) {
        memcpy(h->colours.rows, get(in, sizeof h->colours.rows), sizeof h->colours.rows);
        PENSEL_REQUIRE(in->short_of || fits(&h->colours), BAD_FILE,
                       "the .pensel file's planes cannot be turned back into colours: three "
                       "different directions are expected");
    }
    memcpy(h->offsets, get(in, sizeof h->offsets), sizeof h->offsets);
    return PENSEL_OK;
}

/* The profile, borrowed from the bytes; one that is packed is `packed`. */
static pensel_status get_profile(pensel_compact_head *h, input *packed, bool is_packed, input *in,
                                 pensel_error *error)
{
    const int most = is_packed ? PENSEL_PACKED_MOST : PENSEL_PROFILE_MOST;
    h->profile_size = get_number(in);
    PENSEL_REQUIRE(h->profile_size <= (size_t)most, BAD_FILE,
                   "the .pensel file's profile has %zu bytes: up to %d are expected",
                   h->profile_size, most);
    if (is_packed) {
        packed->size = get_number(in);
        packed->bytes = get(in, packed->size);
    } else
        h->profile = get(in, h->profile_size);
    return PENSEL_OK;
}

/* The head as far as the lengths. What it names is bounded here, before anything is allocated: a
 * few bytes must not ask for gigabytes. */
static pensel_status get_head(pensel_compact_head *h, input *packed, input *in, pensel_error *error)
{
    get(in, sizeof magic);
    unsigned flags = *get(in, 1);
    PENSEL_REQUIRE(flags <= FLAGS, UNSUPPORTED,
                   "the .pensel file has flags of a later version: a newer pensel reads it");
    h->channels = (flags & 3) + 1;
    h->bits = flags & DEEP ? 16 : 8;
    h->width = get_number(in);
    h->height = get_number(in);
    h->drawn = flags & DRAWN;
    size_t code = h->drawn ? 0 : get_number(in);
    PENSEL_REQUIRE(!in->short_of && h->width >= 1 && h->width <= WIDEST && h->height >= 1 &&
                       h->height <= WIDEST && code < PENSEL_STEP_CODES,
                   BAD_FILE,
                   "the .pensel file's picture has %zu x %zu pixels and step %zu: sides "
                   "from 1 to %d and a step below %d are expected",
                   h->width, h->height, code, WIDEST, PENSEL_STEP_CODES);
    h->step_code = (unsigned)code;
    PENSEL_REQUIRE(!h->drawn || h->bits == 8, BAD_FILE,
                   "the .pensel file is drawn pixel by pixel with 16 bits: 8 are expected");
    if (!h->drawn) PENSEL_TRY(get_planes(h, in, error));
    PENSEL_REQUIRE(flags & PROFILE || !(flags & PACKED), BAD_FILE,
                   "the .pensel file has a packed profile and none: its flags contradict");
    if (flags & PROFILE) PENSEL_TRY(get_profile(h, packed, flags & PACKED, in, error));
    h->stripes = pensel_compact_stripes(h->width, h->height);
    /* each stripe's length takes a byte or more */
    PENSEL_REQUIRE(!in->short_of && h->stripes <= in->size - in->at, BAD_FILE,
                   "the .pensel file ends too soon: its %zu x %zu pixels take more bytes", h->width,
                   h->height);
    return PENSEL_OK;
}

/* Where each stream begins, from their lengths, which must fill the file exactly. */
static pensel_status get_starts(pensel_compact *c, input *in, pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(c->starts, c->head.stripes + 1, error));
    size_t sum = 0;
    for (size_t i = 0; i < c->head.stripes; i++) {
        c->starts[i] = sum;
        sum += get_number(in);
    }
    PENSEL_REQUIRE(!in->short_of && sum == in->size - in->at, BAD_FILE,
                   "the .pensel file's streams are said to have %zu bytes: there are %zu", sum,
                   in->size - in->at);
    c->starts[c->head.stripes] = sum;
    for (size_t i = 0; i <= c->head.stripes; i++)
        c->starts[i] += in->at;
    return PENSEL_OK;
}

/* What it is and whether it is whole, in this order: another file is named as such, a later
 * version as well, and only then is damage spoken of. */
static pensel_status check_whole(const uint8_t *bytes, size_t size, pensel_error *error)
{
    PENSEL_REQUIRE(size >= sizeof magic && !memcmp(bytes, magic, sizeof magic - 1), BAD_FILE,
                   "this is not a .pensel file: one made by pensel paint is expected");
    PENSEL_REQUIRE(bytes[sizeof magic - 1] == magic[sizeof magic - 1], UNSUPPORTED,
                   "the .pensel file is of version %d: this pensel reads version %d",
                   bytes[sizeof magic - 1], magic[sizeof magic - 1]);
    PENSEL_REQUIRE(size >= SMALLEST, BAD_FILE, "the .pensel file has %zu bytes: one has %d or more",
                   size, SMALLEST);
    uint32_t sum = 0;
    for (size_t i = 4; i > 0; i--)
        sum = sum << 8 | bytes[size - 5 + i];
    PENSEL_REQUIRE(sum == checksum(bytes, size - 4), BAD_FILE,
                   "the .pensel file is damaged: its checksum is not that of its bytes");
    return PENSEL_OK;
}

/* A packed profile, once all that was said of the file is known to be true */
static pensel_status unpack_profile(pensel_compact *c, const input *packed, pensel_error *error)
{
    if (!packed->bytes) return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(c->profile, c->head.profile_size, error));
    c->head.profile = c->profile;
    return pensel_profile_unpack(c->profile, c->head.profile_size, packed->bytes, packed->size,
                                 error);
}

/* c->bytes -> head, starts, info; they borrow from the bytes, so c keeps them. */
static pensel_status take_apart(pensel_compact *c, pensel_error *error)
{
    PENSEL_TRY(check_whole(c->bytes, c->size, error));
    input in = {c->bytes, c->size - 4, 0, false}, packed = {0};
    PENSEL_TRY(get_head(&c->head, &packed, &in, error));
    PENSEL_TRY(get_starts(c, &in, error));
    PENSEL_TRY(unpack_profile(c, &packed, error));
    const pensel_compact_head *h = &c->head;
    c->info = (pensel_compact_info){.width = h->width,
                                    .height = h->height,
                                    .channels = h->channels,
                                    .bits = h->bits,
                                    .bytes = c->size,
                                    .drawn = h->drawn,
                                    .step = h->drawn ? 0 : pensel_step_of(h->step_code),
                                    .profile = h->profile,
                                    .profile_size = h->profile_size,
                                    .profile_packed = packed.bytes ? packed.size : h->profile_size};
    return PENSEL_OK;
}

/* Takes the bytes over, even on failure. */
static pensel_status compact_of(pensel_compact **compact, uint8_t *bytes, size_t size,
                                pensel_error *error)
{
    pensel_compact *c = NULL;
    pensel_status status = PENSEL_NEW(c, 1, error);
    if (status) {
        pensel_release(bytes);
        return status;
    }
    c->bytes = bytes;
    c->size = size;
    status = take_apart(c, error);
    if (status)
        pensel_compact_free(&c);
    else
        *compact = c;
    return status;
}

pensel_status pensel_compact_parse(pensel_compact **compact, const void *bytes, size_t size,
                                   pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(compact && (bytes || !size), BAD_ARGUMENT,
                   "compact or bytes is NULL: both are needed");
    uint8_t *copy;
    *compact = NULL;
    PENSEL_TRY(PENSEL_NEW(copy, size, error));
    if (size) memcpy(copy, bytes, size);
    return compact_of(compact, copy, size, error);
}

void pensel_compact_free(pensel_compact **compact)
{
    if (!compact || !*compact) return;
    pensel_release((*compact)->starts);
    pensel_release((*compact)->profile);
    pensel_release((*compact)->bytes);
    pensel_release(*compact);
    *compact = NULL;
}

const pensel_compact_info *pensel_compact_describe(const pensel_compact *compact)
{
    return compact ? &compact->info : NULL;
}

const void *pensel_compact_bytes(const pensel_compact *compact, size_t *size)
{
    if (size) *size = compact ? compact->size : 0;
    return compact ? compact->bytes : NULL;
}

/* ------------------------------------------------------------------ files */

pensel_status pensel_compact_save(const pensel_compact *compact, const char *path,
                                  pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(compact && path, BAD_ARGUMENT, "compact or path is NULL: both are needed");
    return pensel_file_write(path, compact->bytes, compact->size, error);
}

/* All of an open file, whose size is not trusted: it may be a pipe. */
static pensel_status read_all(uint8_t **bytes, size_t *size, int file, const char *path,
                              pensel_error *error)
{
    size_t room = 0;
    for (;;) {
        pensel_trouble trouble;
        if (*size == room) {
            room = room ? 2 * room : 1 << 16;
            PENSEL_TRY(pensel_resize((void **)bytes, room, 1, error));
        }
        ptrdiff_t got = pensel_system_read(file, *bytes + *size, room - *size, &trouble);
        PENSEL_REQUIRE(got >= 0, IO_FAILED, "cannot read %s: %s", path, trouble.reason);
        if (got == 0) return PENSEL_OK;
        /* what does not begin as one is not read to its end */
        if (*size == 0 && got >= (ptrdiff_t)sizeof magic)
            PENSEL_REQUIRE(!memcmp(*bytes, magic, sizeof magic - 1), BAD_FILE,
                           "%s is not a .pensel file: one made by pensel paint is expected", path);
        *size += (size_t)got;
    }
}

/* "X.pensel: what is wrong with it" */
static void name_file(pensel_error *error, const char *path)
{
    if (!error) return;
    pensel_error bare = *error;
    pensel_fail(error, bare.status, "%.200s: %.300s", path, bare.text);
}

pensel_status pensel_compact_load(pensel_compact **compact, const char *path, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(compact && path, BAD_ARGUMENT, "compact or path is NULL: both are needed");
    pensel_file_info info;
    pensel_trouble trouble;
    uint8_t *bytes = NULL;
    size_t size = 0;
    *compact = NULL;
    int file = pensel_system_open(path, true, &info, &trouble);
    PENSEL_REQUIRE(file >= 0, IO_FAILED, "cannot read %s: %s", path, trouble.reason);
    pensel_status status = info.folder
                               ? pensel_fail(error, PENSEL_BAD_FILE,
                                             "%s is a folder: a .pensel file is expected", path)
                               : read_all(&bytes, &size, file, path, error);
    pensel_system_close(file);
    if (status)
        pensel_release(bytes);
    else {
        status = compact_of(compact, bytes, size, error);
        if (status) name_file(error, path);
    }
    return status;
}

bool pensel_compact_is(const char *path)
{
    pensel_file_info info;
    pensel_trouble trouble;
    uint8_t start[sizeof magic - 1];
    int file = path ? pensel_system_open(path, false, &info, &trouble) : -1;
    if (file < 0) return false;
    bool is =
        info.regular &&
        pensel_system_read_at(file, start, sizeof start, 0, &trouble) == (ptrdiff_t)sizeof start &&
        !memcmp(start, magic, sizeof start);
    pensel_system_close(file);
    return is;
}
