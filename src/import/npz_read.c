/* NumPy's npz: a zip of arrays that are stored as they are, each an .npy file. Its directory stands
 * at the end; every array lies within the file, and together they are no larger than it. */
#include "import/tensors_in.h"

#include "base/memory.h"
#include "import/wire.h"

#include <string.h>

enum { END = 22, ENTRY = 46, LOCAL = 30, COMMENT = 65535, MAGIC = 8 };

/* A little-endian number, as all of a zip's are. */
static size_t little(const unsigned char *at, size_t size)
{
    size_t value = 0;
    while (size-- > 0)
        value = value << 8 | at[size];
    return value;
}

static pensel_status broken(const tensors_in *in)
{
    return pensel_fail(in->error, PENSEL_BAD_FILE,
                       "%s is a broken or cut off zip: an npz of numpy.savez, whole, is needed",
                       in->coming->name);
}

/* ------------------------------------------------------------------ an array */

/* What follows `key` in the header; an empty span: it is not there */
static pensel_span behind(pensel_span text, const char *key)
{
    size_t length = strlen(key);
    for (size_t i = 0; i + length <= text.size; i++)
        if (memcmp(text.at + i, key, length) == 0)
            return (pensel_span){text.at + i + length, text.size - i - length};
    return (pensel_span){text.at, 0};
}

static bool begins(pensel_span text, const char *with)
{
    size_t length = strlen(with);
    while (text.size > 0 && *text.at == ' ')
        text.at++, text.size--;
    return text.size >= length && memcmp(text.at, with, length) == 0;
}

/* The type in words of safetensors, so that what reads tensors reads these. What is not read is
 * given a name that no type has, and is an error only if it is asked for. */
static const char *type_of(pensel_span header)
{
    static const char *const types[][2] = {
        {"'<f8'", "F64"}, {"'<f4'", "F32"}, {"'<f2'", "F16"}, {"'<i8'", "I64"}, {"'|u1'", "U8"}};
    pensel_span descr = behind(header, "'descr':");
    if (!begins(behind(header, "'fortran_order':"), "False")) return "column-major";
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (begins(descr, types[i][0])) return types[i][1];
    return "another";
}

/* "(3, 4)"; false: it is none */
static bool read_shape(tensor_in *t, pensel_span header)
{
    pensel_span rest = behind(header, "'shape':");
    t->count = 1;
    if (!begins(rest, "(")) return false;
    bool in_number = false;
    size_t side = 0;
    for (size_t i = 0; i < rest.size; i++) {
        unsigned char c = rest.at[i];
        if (c >= '0' && c <= '9') {
            if (side > SIZE_MAX / 16) return false;
            side = (in_number ? side * 10 : 0) + (size_t)(c - '0');
            in_number = true;
            continue;
        }
        if (in_number) {
            if (t->rank < 2) t->shape[t->rank] = side;
            t->rank++;
            if (!pensel_multiply(&t->count, t->count, side)) return false;
        }
        in_number = false;
        if (c == ')') return true;
    }
    return false;
}

/* An .npy file: its magic, a version, the length of a header in two bytes or four, the header,
 * the numbers. The header is a Python dictionary as text. */
static bool read_array(tensor_in *t, pensel_span file)
{
    if (file.size < MAGIC + 4 || memcmp(file.at, "\x93NUMPY", 6) != 0) return false;
    size_t bytes = file.at[6] == 1 ? 2 : 4, length = little(file.at + MAGIC, bytes);
    size_t head = MAGIC + bytes;
    if (length > file.size - head) return false;
    const pensel_span header = {file.at + head, length};
    t->type = type_of(header);
    t->bytes = file.at + head + length;
    t->size = file.size - head - length;
    if (!read_shape(t, header)) return false;
    size_t item = strcmp(t->type, "U8") == 0    ? 1
                  : strcmp(t->type, "F16") == 0 ? 2
                  : strcmp(t->type, "F32") == 0 ? 4
                                                : 8;
    if (t->type[0] == 'a' || t->type[0] == 'c') return true; /* never read */
    size_t all;
    return pensel_multiply(&all, t->count, item) && all == t->size;
}

/* ------------------------------------------------------------------ the archive */

typedef struct archive {
    tensors_in *in;
    const unsigned char *bytes;
    size_t size, used;
    char *name; /* where the next one goes */
} archive;

/* One file of the directory. Names and sizes come from there, but where the data begin says only
 * the file's own head, whose name and extra field may be of other lengths. */
static pensel_status read_entry(archive *a, pensel_span *directory)
{
    pensel_error *error = a->in->error;
    const unsigned char *at = directory->at;
    if (directory->size < ENTRY || memcmp(at, "PK\1\2", 4) != 0) return broken(a->in);
    size_t name = little(at + 28, 2), local = little(at + 42, 4), size = little(at + 24, 4);
    size_t whole = ENTRY + name + little(at + 30, 2) + little(at + 32, 2);
    if (whole > directory->size || name < 4 || local > a->size || a->size - local < LOCAL ||
        memcmp(a->bytes + local, "PK\3\4", 4) != 0)
        return broken(a->in);
    tensor_in *t = &a->in->tensors[a->in->count++];
    char shown[80];
    memcpy(a->name, at + ENTRY, name - 4); /* without .npy */
    pensel_tensors_print(shown, sizeof shown, a->name, name - 4);
    *t = (tensor_in){.name = a->name};
    a->name += name - 3;
    PENSEL_REQUIRE(little(at + 10, 2) == 0, UNSUPPORTED,
                   "%s: array %s is compressed: numpy.savez, not savez_compressed, writes what is "
                   "read here",
                   a->in->coming->name, shown);
    size_t data =
        local + LOCAL + little(a->bytes + local + 26, 2) + little(a->bytes + local + 28, 2);
    if (data > a->size || size > a->size - data || size > a->size - a->used) return broken(a->in);
    a->used += size;
    PENSEL_REQUIRE(
        read_array(t, (pensel_span){a->bytes + data, size}), BAD_FILE,
        "%s: array %s is broken: an .npy with as many numbers as its shape says is needed",
        a->in->coming->name, shown);
    directory->at += whole;
    directory->size -= whole;
    return PENSEL_OK;
}

/* The end of the directory stands before a comment of up to 64 KiB. */
static const unsigned char *find_end(const pensel_coming *c)
{
    for (size_t back = END; back <= c->size && back <= END + COMMENT; back++)
        if (memcmp(c->bytes + c->size - back, "PK\5\6", 4) == 0) return c->bytes + c->size - back;
    return NULL;
}

/* There are no more entries than the directory has room for, so nothing is allocated for what
 * only a number claims. names holds all names without their endings, and is no longer than the
 * directory. */
pensel_status pensel_npz_read(tensors_in *in)
{
    const pensel_coming *c = in->coming;
    pensel_error *error = in->error;
    const unsigned char *end = find_end(c);
    if (!end) return broken(in);
    size_t entries = little(end + 10, 2), size = little(end + 12, 4), at = little(end + 16, 4);
    if (at > c->size || size > c->size - at || entries > size / ENTRY) return broken(in);
    pensel_span directory = {c->bytes + at, size};
    PENSEL_TRY(PENSEL_NEW(in->tensors, entries + 1, error));
    PENSEL_TRY(PENSEL_NEW(in->names, size + 1, error));
    archive a = {.in = in, .bytes = c->bytes, .size = c->size, .name = in->names};
    for (size_t i = 0; i < entries; i++)
        PENSEL_TRY(read_entry(&a, &directory));
    return PENSEL_OK;
}
