/* Reading JSON. One pass counts what could be values, which gives the size of the block; a second
 * one goes through the text once, keeping the objects and arrays it stands in on a stack of its
 * own. Keys are looked for twice by sorting, so that no choice of keys makes that slow.
 *
 * The block, from its beginning:
 *
 *     nodes     (values)           one for each value, in the order of the text
 *     order     (values)           for sorting the keys of an object
 *     strings   (size + 1 bytes)   each ended by a zero
 *
 * No index needs a check while reading: there are never more values, keys or bytes of strings than
 * the first pass has counted. Children stand behind what they are in, siblings are linked by
 * `next`, so a document has no pointers but to its strings. */
#include "base/json.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

typedef struct parser {
    const char *start, *at, *end; /* of the text */
    char *to;                     /* where the next string goes */
    pensel_json *nodes;
    uint32_t *order; /* (room) for sorting keys */
    size_t count;
    uint32_t within[PENSEL_JSON_DEPTH]; /* the open objects and arrays, as nodes */
    size_t last[PENSEL_JSON_DEPTH];     /* their latest child */
    size_t depth;
    const char *what;
    pensel_error *error;
} parser;

/* Points to the byte where reading stopped. */
static pensel_status refuse(const parser *p, const char *wrong, const char *right)
{
    return pensel_fail(p->error, PENSEL_BAD_FILE, "%s: %s at byte %zu: %s", p->what, wrong,
                       (size_t)(p->at - p->start), right);
}

static void skip_spaces(parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r'))
        p->at++;
}

/* Steps over c if it is next. */
static bool take(parser *p, char c)
{
    if (p->at == p->end || *p->at != c) return false;
    p->at++;
    return true;
}

static bool is_digit(const parser *p)
{
    return p->at < p->end && *p->at >= '0' && *p->at <= '9';
}

static void skip_digits(parser *p)
{
    while (is_digit(p))
        p->at++;
}

/* ---- strings */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The four digits after \u; below 0: they are not that. */
static int32_t take_code(parser *p)
{
    int32_t code = 0;
    if (p->end - p->at < 4) return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(p->at[i]);
        if (digit < 0) return -1;
        code = code << 4 | digit;
    }
    p->at += 4;
    return code;
}

/* UTF-8 of a character that was escaped: shorter than the \u it came from. */
static void put_character(parser *p, uint32_t c)
{
    if (c < 0x80) {
        *p->to++ = (char)c;
    } else if (c < 0x800) {
        *p->to++ = (char)(0xc0 | c >> 6);
        *p->to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *p->to++ = (char)(0xe0 | c >> 12);
        *p->to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *p->to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *p->to++ = (char)(0xf0 | c >> 18);
        *p->to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *p->to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *p->to++ = (char)(0x80 | (c & 0x3f));
    }
}

/* Behind \u: a character, perhaps as two halves of a surrogate pair. */
static pensel_status take_escaped_code(parser *p)
{
    int32_t code = take_code(p);
    if (code < 0) return refuse(p, "a broken \\u", "four hexadecimal digits follow it");
    if (code == 0) return refuse(p, "a zero in a string", "texts have none");
    if (code >= 0xd800 && code < 0xe000) {
        int32_t low = -1;
        if (code < 0xdc00 && take(p, '\\') && take(p, 'u')) low = take_code(p);
        if (low < 0xdc00 || low >= 0xe000)
            return refuse(p, "half a surrogate pair", "\\u has both halves or none");
        code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
    }
    put_character(p, (uint32_t)code);
    return PENSEL_OK;
}

static pensel_status take_escape(parser *p)
{
    static const char named[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    char c = p->at < p->end ? *p->at++ : 0;
    if (c == 'u') return take_escaped_code(p);
    const char *which = c ? strchr(named, c) : NULL;
    if (!which)
        return refuse(p, "an unknown escape", "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
    *p->to++ = means[which - named];
    return PENSEL_OK;
}

/* The text up to the closing quote, unescaped. It never becomes longer, quotes included. */
static pensel_status take_string(const char **string, parser *p)
{
    *string = p->to;
    while (p->at < p->end && *p->at != '"') {
        unsigned char c = (unsigned char)*p->at;
        if (c < 0x20) return refuse(p, "a control character in a string", "it is escaped there");
        if (c == '\\') {
            p->at++;
            PENSEL_TRY(take_escape(p));
            continue;
        }
        size_t length = pensel_utf8_length(p->at, (size_t)(p->end - p->at));
        if (length == 0) return refuse(p, "a byte that is not UTF-8", "JSON is UTF-8");
        memcpy(p->to, p->at, length);
        p->to += length;
        p->at += length;
    }
    if (!take(p, '"')) return refuse(p, "an open string", "a quote ends it");
    *p->to++ = 0;
    return PENSEL_OK;
}

/* ---- numbers */

/* `length` digits as a whole number; false if it does not fit. INT64_MIN has one more in its size
 * than INT64_MAX, hence `most`; each digit is checked before it is added, so nothing overflows. */
static bool to_whole(int64_t *whole, const char *digits, size_t length, bool negative)
{
    uint64_t value = 0, most = (uint64_t)INT64_MAX + negative;
    for (size_t i = 0; i < length; i++) {
        uint64_t digit = (uint64_t)(digits[i] - '0');
        if (value > (most - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *whole = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* -? (0 | digits) [. digits] [e +-? digits], and nothing else: 01, .5, 1. and +1 are no JSON. What
 * is no number ends here too, as take_word comes here last. */
static pensel_status take_number(pensel_json *value, parser *p)
{
    const char *start = p->at;
    bool negative = take(p, '-');
    const char *digits = p->at;
    if (!take(p, '0')) skip_digits(p);
    size_t length = (size_t)(p->at - digits);
    if (length == 0 || is_digit(p))
        return refuse(p, "an unknown value",
                      "JSON has \"texts\", numbers, true, false, null, [] and {}");
    value->kind = PENSEL_JSON_WHOLE;
    if (take(p, '.')) {
        value->kind = PENSEL_JSON_REAL;
        if (!is_digit(p)) return refuse(p, "a point without digits", "some follow it");
        skip_digits(p);
    }
    if (take(p, 'e') || take(p, 'E')) {
        value->kind = PENSEL_JSON_REAL;
        if (!take(p, '+')) take(p, '-');
        if (!is_digit(p)) return refuse(p, "an exponent without digits", "some follow it");
        skip_digits(p);
    }
    if (value->kind == PENSEL_JSON_WHOLE) {
        if (to_whole(&value->whole, digits, length, negative)) return PENSEL_OK;
        return refuse(p, "a whole number beyond 64 bits", "smaller ones are read");
    }
    if (!pensel_number_parse(&value->real, start, (size_t)(p->at - start)) ||
        !isfinite(value->real))
        return refuse(p, "a number that no double can hold", "up to 1.8e308 are read");
    return PENSEL_OK;
}

/* ---- keys */

static const char *key_at(const parser *p, size_t i)
{
    return p->nodes[p->order[i]].key;
}

/* Lets order[root] sink to its position in the heap of `count`. */
static void sink(parser *p, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && strcmp(key_at(p, child), key_at(p, child + 1)) < 0) child++;
        if (strcmp(key_at(p, root), key_at(p, child)) >= 0) return;
        uint32_t moved = p->order[root];
        p->order[root] = p->order[child];
        p->order[child] = moved;
    }
}

/* By heapsort, which takes no memory and has no bad case. Whatever leaves the heap is compared with
 * the one that left before it: equal keys are neighbours then. */
static pensel_status check_keys(parser *p, const pensel_json *object)
{
    size_t count = 0;
    for (const pensel_json *m = pensel_json_first(object); m; m = pensel_json_next(m))
        p->order[count++] = (uint32_t)(m - p->nodes);
    for (size_t i = count / 2; i-- > 0;)
        sink(p, i, count);
    for (size_t left = count; left > 1; left--) {
        uint32_t largest = p->order[0];
        p->order[0] = p->order[left - 1];
        p->order[left - 1] = largest;
        sink(p, 0, left - 1);
        if (left < count && strcmp(key_at(p, left - 1), key_at(p, left)) == 0)
            return refuse(p, "an object that has a key twice before it ends", "keys differ");
    }
    if (count > 1 && strcmp(key_at(p, 0), key_at(p, 1)) == 0)
        return refuse(p, "an object that has a key twice before it ends", "keys differ");
    return PENSEL_OK;
}

/* ---- values */

/* null, false and true; whatever else can only be a number. */
static pensel_status take_word(pensel_json *value, parser *p)
{
    static const struct {
        const char *word;
        size_t length;
        pensel_json_kind kind;
    } words[] = {{"null", 4, PENSEL_JSON_NULL},
                 {"false", 5, PENSEL_JSON_FALSE},
                 {"true", 4, PENSEL_JSON_TRUE}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if ((size_t)(p->end - p->at) < words[i].length ||
            memcmp(p->at, words[i].word, words[i].length) != 0)
            continue;
        p->at += words[i].length;
        value->kind = words[i].kind;
        return PENSEL_OK;
    }
    return take_number(value, p);
}

/* A bracket is not read to its end here: take_document goes on inside of it, so nothing calls
 * itself and a text cannot use up the stack. */
static pensel_status open_bracket(pensel_json *value, parser *p, pensel_json_kind kind)
{
    if (p->depth == PENSEL_JSON_DEPTH)
        return refuse(p, "too many brackets within one another", "64 are read");
    value->kind = kind;
    p->within[p->depth] = (uint32_t)(value - p->nodes);
    p->last[p->depth++] = 0;
    return PENSEL_OK;
}

/* A new node, linked to the one before it and to what it is in. Node 0 is the outermost value and
 * nobody's child, so a `last` of 0 means that there is none yet. */
static pensel_json *new_node(parser *p, const char *key)
{
    pensel_json *value = &p->nodes[p->count];
    value->key = key;
    if (p->depth > 0) {
        size_t *last = &p->last[p->depth - 1];
        if (*last > 0) p->nodes[*last].next = (uint32_t)(p->count - *last);
        *last = p->count;
        p->nodes[p->within[p->depth - 1]].count++;
    }
    p->count++;
    return value;
}

/* Any value; of an object or array only the bracket. */
static pensel_status take_value(parser *p, const char *key)
{
    pensel_json *value = new_node(p, key);
    if (take(p, '{')) return open_bracket(value, p, PENSEL_JSON_OBJECT);
    if (take(p, '[')) return open_bracket(value, p, PENSEL_JSON_ARRAY);
    if (!take(p, '"')) return take_word(value, p);
    value->kind = PENSEL_JSON_STRING;
    return take_string(&value->string, p);
}

static pensel_status take_key(const char **key, parser *p)
{
    if (!take(p, '"')) return refuse(p, "no key", "a member of an object is \"key\": value");
    PENSEL_TRY(take_string(key, p));
    skip_spaces(p);
    if (!take(p, ':')) return refuse(p, "no colon", "a member of an object is \"key\": value");
    skip_spaces(p);
    return PENSEL_OK;
}

/* In the innermost bracket: its end, or the next value in it. */
static pensel_status take_next(parser *p)
{
    const pensel_json *outer = &p->nodes[p->within[p->depth - 1]];
    bool object = outer->kind == PENSEL_JSON_OBJECT;
    const char *key = NULL;
    skip_spaces(p);
    if (take(p, object ? '}' : ']')) {
        p->depth--;
        return object ? check_keys(p, outer) : PENSEL_OK;
    }
    if (outer->count > 0) {
        if (!take(p, ','))
            return refuse(p, "no comma and no closing bracket", "one or the other follows a value");
        skip_spaces(p);
    }
    if (object) PENSEL_TRY(take_key(&key, p));
    return take_value(p, key);
}

/* One value, whatever is in it, and nothing behind it. */
static pensel_status take_document(parser *p)
{
    skip_spaces(p);
    PENSEL_TRY(take_value(p, NULL));
    while (p->depth > 0)
        PENSEL_TRY(take_next(p));
    skip_spaces(p);
    return p->at == p->end ? PENSEL_OK : refuse(p, "more text", "one value is all");
}

/* At most as many values as there are: each but the first has one of these before it. */
static size_t most_values(const char *text, size_t size)
{
    size_t count = 1;
    for (size_t i = 0; i < size; i++)
        count += text[i] == ',' || text[i] == '[' || text[i] == '{';
    return count;
}

/* The text is not kept: strings are copies. */
pensel_status pensel_json_read(pensel_json **document, const char *text, size_t size,
                               const char *what, pensel_error *error)
{
    *document = NULL;
    PENSEL_REQUIRE(size <= PENSEL_JSON_MOST, BAD_FILE, "%s: JSON of %zu bytes: up to %d are read",
                   what, size, PENSEL_JSON_MOST);
    size_t values = most_values(text, size);
    size_t bytes = values * (sizeof(pensel_json) + sizeof(uint32_t)) + size + 1;
    pensel_json *nodes;
    PENSEL_TRY(PENSEL_ALLOCATE(nodes, bytes, 1, error));
    uint32_t *order = (uint32_t *)(nodes + values);
    parser p = {.start = text,
                .at = text,
                .end = text + size,
                .to = (char *)(order + values),
                .nodes = nodes,
                .order = order,
                .what = what,
                .error = error};
    pensel_status status = take_document(&p);
    if (status == PENSEL_OK)
        *document = nodes;
    else
        pensel_release(nodes);
    return status;
}

void pensel_json_free(pensel_json **document)
{
    pensel_release(*document);
    *document = NULL;
}

/* ---- questions */

bool pensel_json_is(const pensel_json *value, pensel_json_kind kind)
{
    return value && value->kind == kind;
}

size_t pensel_json_count(const pensel_json *value)
{
    return value ? value->count : 0;
}

/* Children follow what they are in. */
const pensel_json *pensel_json_first(const pensel_json *value)
{
    return value && value->count > 0 ? value + 1 : NULL;
}

const pensel_json *pensel_json_next(const pensel_json *value)
{
    return value && value->next > 0 ? value + value->next : NULL;
}

/* One after the other: objects of model files are short. */
const pensel_json *pensel_json_member(const pensel_json *object, const char *key)
{
    if (!pensel_json_is(object, PENSEL_JSON_OBJECT)) return NULL;
    for (const pensel_json *m = pensel_json_first(object); m; m = pensel_json_next(m))
        if (strcmp(m->key, key) == 0) return m;
    return NULL;
}

const pensel_json *pensel_json_list(const pensel_json *object, const char *key)
{
    const pensel_json *list = pensel_json_member(object, key);
    return pensel_json_is(list, PENSEL_JSON_ARRAY) ? list : NULL;
}

const char *pensel_json_string(const pensel_json *value)
{
    return pensel_json_is(value, PENSEL_JSON_STRING) ? value->string : NULL;
}

bool pensel_json_whole(int64_t *whole, const pensel_json *value)
{
    bool is = pensel_json_is(value, PENSEL_JSON_WHOLE);
    *whole = is ? value->whole : 0;
    return is;
}

bool pensel_json_number(double *number, const pensel_json *value)
{
    bool is_real = pensel_json_is(value, PENSEL_JSON_REAL);
    int64_t whole;
    bool is = pensel_json_whole(&whole, value) || is_real;
    *number = is_real ? value->real : (double)whole;
    return is;
}
