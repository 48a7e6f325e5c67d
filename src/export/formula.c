/* Formulas: their texts, from the activations' files, parsed by descent, and written again with
 * another language's words. */
#define PENSEL_REAL double
#include "kernel/vector/scalar.h"

#include "kernel/activation.h"

#include "base/number.h"
#include "export/formula.h"

#include <string.h>

static const pensel_activation_leaving *const leavings[] = {
#define ROW(NAME, name) [PENSEL_##NAME] = &name##_leaving,
    PENSEL_ACTIVATION_LIST(ROW)
#undef ROW
};

static const struct {
    const char *name;
    size_t arguments;
} kinds[] = {
#define ROW(name, arguments) [PENSEL_FORMULA_##name] = {#name, arguments},
    PENSEL_FORMULA_LIST(ROW)
#undef ROW
};

const pensel_activation_leaving *pensel_activation_leaves(pensel_activation f)
{
    return leavings[f];
}

size_t pensel_formula_arguments(pensel_formula_kind kind)
{
    return kinds[kind].arguments;
}

/* ------------------------------------------------------------------ from a text */

/* What is wrong once stays so: the parser then runs to its end and adds nothing. */
typedef struct parser {
    const char *at;
    pensel_formula *formula;
    bool wrong;
} parser;

static size_t add(parser *p, pensel_formula_node node)
{
    p->wrong = p->wrong || p->formula->count == PENSEL_FORMULA_NODES;
    if (p->wrong) return 0;
    p->formula->nodes[p->formula->count] = node;
    return p->formula->count++;
}

static size_t add_two(parser *p, pensel_formula_kind kind, size_t a, size_t b)
{
    return add(p, (pensel_formula_node){kind, 0, {a, b, 0}});
}

/* Whether this character comes next, which is then passed */
static bool take(parser *p, char c)
{
    p->at += strspn(p->at, " ");
    if (*p->at != c) return false;
    p->at++;
    return true;
}

static void need(parser *p, char c)
{
    if (!take(p, c)) p->wrong = true;
}

static size_t parse_comparison(parser *p);

/* Digits with a point, and an exponent */
static size_t number_length(const char *text)
{
    size_t length = strspn(text, "0123456789."), sign;
    if (text[length] != 'e') return length;
    sign = text[length + 1] == '-' || text[length + 1] == '+';
    return length + 1 + sign + strspn(text + length + 1 + sign, "0123456789");
}

static size_t parse_number(parser *p)
{
    pensel_formula_node node = {.kind = PENSEL_FORMULA_number};
    size_t length = number_length(p->at);
    if (!pensel_number_parse(&node.number, p->at, length)) p->wrong = true;
    p->at += length;
    return add(p, node);
}

/* z, p, or a function of as many arguments as it has */
static size_t parse_name(parser *p)
{
    pensel_formula_node node = {.kind = PENSEL_FORMULA_z};
    size_t length = strspn(p->at, "abcdefghijklmnopqrstuvwxyz0123456789");
    while (node.kind < PENSEL_FORMULA_KINDS && (strlen(kinds[node.kind].name) != length ||
                                                memcmp(kinds[node.kind].name, p->at, length) != 0))
        node.kind++;
    p->at += length;
    p->wrong = p->wrong || node.kind == PENSEL_FORMULA_KINDS;
    if (p->wrong) return 0;
    for (size_t i = 0; i < kinds[node.kind].arguments; i++) {
        need(p, i ? ',' : '(');
        node.argument[i] = parse_comparison(p);
    }
    if (kinds[node.kind].arguments > 0) need(p, ')');
    return add(p, node);
}

static size_t parse_single(parser *p)
{
    if (p->wrong) return 0;
    if (take(p, '(')) {
        size_t inner = parse_comparison(p);
        need(p, ')');
        return inner;
    }
    return *p->at >= 'a' && *p->at <= 'z' ? parse_name(p) : parse_number(p);
}

/* A minus in front of a number becomes part of it. */
static size_t parse_signed(parser *p)
{
    if (!take(p, '-')) return parse_single(p);
    size_t a = parse_single(p);
    if (p->wrong || p->formula->nodes[a].kind != PENSEL_FORMULA_number)
        return add_two(p, PENSEL_FORMULA_negative, a, 0);
    p->formula->nodes[a].number = -p->formula->nodes[a].number;
    return a;
}

static size_t parse_product(parser *p)
{
    size_t a = parse_signed(p);
    while (!p->wrong) {
        if (take(p, '*'))
            a = add_two(p, PENSEL_FORMULA_multiply, a, parse_signed(p));
        else if (take(p, '/'))
            a = add_two(p, PENSEL_FORMULA_divide, a, parse_signed(p));
        else
            break;
    }
    return a;
}

static size_t parse_sum(parser *p)
{
    size_t a = parse_product(p);
    while (!p->wrong) {
        if (take(p, '+'))
            a = add_two(p, PENSEL_FORMULA_add, a, parse_product(p));
        else if (take(p, '-'))
            a = add_two(p, PENSEL_FORMULA_subtract, a, parse_product(p));
        else
            break;
    }
    return a;
}

static size_t parse_comparison(parser *p)
{
    size_t a = parse_sum(p);
    if (take(p, '<')) return add_two(p, PENSEL_FORMULA_less, a, parse_sum(p));
    if (take(p, '>')) return add_two(p, PENSEL_FORMULA_less, parse_sum(p), a);
    return a;
}

/* A comparison is what `where` asks for, and stands nowhere else; a softmax is the whole. */
static bool stands_rightly(const pensel_formula *f, size_t i)
{
    const pensel_formula_node *node = &f->nodes[i];
    bool last = i == f->count - 1, right = !(last && node->kind == PENSEL_FORMULA_less);
    for (size_t k = 0; k < kinds[node->kind].arguments; k++) {
        bool compares = f->nodes[node->argument[k]].kind == PENSEL_FORMULA_less;
        right = right && compares == (node->kind == PENSEL_FORMULA_where && k == 0);
    }
    return right && (node->kind != PENSEL_FORMULA_softmax ||
                     (last && f->nodes[node->argument[0]].kind == PENSEL_FORMULA_z));
}

bool pensel_formula_parse(pensel_formula *formula, const char *text)
{
    parser p = {text, formula, text == NULL};
    formula->count = 0;
    if (p.wrong) return false;
    parse_comparison(&p);
    need(&p, '\0');
    for (size_t i = 0; !p.wrong && i < formula->count; i++)
        p.wrong = !stands_rightly(formula, i);
    return !p.wrong;
}

/* ------------------------------------------------------------------ to a text */

bool pensel_formula_has(const char *text, const char *const templates[PENSEL_FORMULA_KINDS])
{
    pensel_formula formula;
    if (!pensel_formula_parse(&formula, text)) return false;
    for (size_t i = 0; i < formula.count; i++)
        if (!templates[formula.nodes[i].kind]) return false;
    return true;
}

typedef struct writer {
    pensel_text *text;
    const pensel_formula *formula;
    const char *suffix;
    const char *const *templates;
} writer;

static void write_node(const writer *w, size_t i)
{
    const pensel_formula_node *node = &w->formula->nodes[i];
    if (node->kind == PENSEL_FORMULA_number) {
        pensel_text_print(w->text, "%s", node->number < 0 ? "(" : "");
        pensel_text_float(w->text, node->number);
        pensel_text_print(w->text, "%s%s", w->suffix, node->number < 0 ? ")" : "");
        return;
    }
    for (const char *c = w->templates[node->kind]; *c; c++) {
        if (*c == '@')
            write_node(w, node->argument[*++c - '0']);
        else
            pensel_text_add(w->text, c, 1);
    }
}

void pensel_formula_write(pensel_text *text, const pensel_formula *formula, const char *suffix,
                          const char *const templates[PENSEL_FORMULA_KINDS])
{
    const writer w = {text, formula, suffix, templates};
    write_node(&w, formula->count - 1);
}
