/* Names in exported C: of what is exported, of the macros that are made of it, and of a table's
 * columns. Each is an identifier of C and C++, and no two columns have the same. */
#include "export/c_text.h"

#include <stdio.h>
#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* What is no letter or digit is '_', and a digit does not come first. */
void pensel_c_identifier(char to[PENSEL_C_NAME], const char *from)
{
    size_t n = 0;
    if (*from >= '0' && *from <= '9') to[n++] = '_';
    for (; *from && n + 1 < PENSEL_C_NAME - 8; from++)
        to[n++] = is_letter(*from) ? *from : '_';
    to[n] = '\0';
    if (n == 0) memcpy(to, "_", 2);
}

void pensel_c_capitals(char to[PENSEL_C_NAME], const char *from)
{
    size_t n = 0;
    for (; from[n]; n++)
        to[n] = from[n] >= 'a' && from[n] <= 'z' ? (char)(from[n] - 'a' + 'A') : from[n];
    to[n] = '\0';
}

/* Words of C and C++, for the header is for both, and macros of their headers and compilers */
static bool is_keyword(const char *name)
{
    /* clang-format off */
    static const char *const words[] = {
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else",
        "enum", "extern", "float", "for", "goto", "if", "inline", "int", "long", "register",
        "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef",
        "union", "unsigned", "void", "volatile", "while", "alignas", "alignof", "and", "and_eq",
        "asm", "bitand", "bitor", "bool", "catch", "class", "compl", "concept", "consteval",
        "constexpr", "constinit", "const_cast", "decltype", "delete", "dynamic_cast", "explicit",
        "export", "false", "friend", "mutable", "namespace", "new", "noexcept", "not", "not_eq",
        "nullptr", "operator", "or", "or_eq", "private", "protected", "public", "reinterpret_cast",
        "requires", "static_assert", "static_cast", "template", "this", "thread_local", "throw",
        "true", "try", "typeid", "typename", "typeof", "using", "virtual", "xor", "xor_eq",
        "linux", "unix", "NAN", "NULL", "INFINITY", "EOF"};
    /* clang-format on */
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], name) == 0) return true;
    return false;
}

/* Whether one of the first `count` columns, but i, has this identifier */
static bool is_taken(const char *name, const pensel_leaving *l, size_t i, size_t count)
{
    char other[PENSEL_C_NAME];
    for (size_t k = 0; k < count; k++) {
        pensel_c_identifier(other, l->inputs[k].name);
        if (k != i && strcmp(name, other) == 0) return true;
    }
    return false;
}

/* A column's name in the row. One that is a word of C or an earlier column's gets its number behind
 * it, and then '_' as long as another column is called so. Numbers differ, so these names do. */
void pensel_c_member(char to[PENSEL_C_NAME], const pensel_leaving *l, size_t i)
{
    pensel_c_identifier(to, l->inputs[i].name);
    if (!is_keyword(to) && !is_taken(to, l, i, i)) return;
    size_t length = strlen(to);
    length += (size_t)snprintf(to + length, PENSEL_C_NAME - length, "_%zu", i + 1);
    while (length + 1 < PENSEL_C_NAME && is_taken(to, l, i, l->input_count)) {
        to[length++] = '_';
        to[length] = '\0';
    }
}
