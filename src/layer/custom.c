/* An activation of the program's own: y = f(a), by a function of its own.
 *
 *     backward   da = dy f'(a)
 *
 * It stands behind neurons without an activation: "dense:64, custom:snake". The function is the
 * one that the context has under this name (base.h: pensel_custom_activation), and works in
 * double: a is kept, and its slopes are asked for on the way back. It goes to a few numbers at a
 * time, and each result is of one number, so tiles and threads change no bit. What leaves cannot
 * hold a function. */
#include "layer/layer.h"

/* Numbers at a time, for arrays on the stack */
enum { BLOCK = 64 };

/* The network has found the function by the time anything is computed (build.c). */
static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    const pensel_layer_name *name = (const pensel_layer_name *)layer->settings.own;
    PENSEL_REQUIRE(
        *name->text, BAD_ARGUMENT,
        "custom has no name: that of an activation of the context is needed, custom:NAME");
    layer->out = layer->kept = layer->in;
    return PENSEL_OK;
}

/* to[i] = f(a[i]), or f'(a[i]), of n <= BLOCK numbers */
static void apply(const pensel_layer_instance *layer, real *to, const real *a, size_t n,
                  bool slopes)
{
    const pensel_custom_activation *f = &((const pensel_layer_name *)layer->settings.own)->found;
    double z[BLOCK], result[BLOCK];
    for (size_t i = 0; i < n; i++)
        z[i] = (double)a[i];
    f->function(slopes ? NULL : result, slopes ? result : NULL, z, n, f->data);
    for (size_t i = 0; i < n; i++)
        to[i] = (real)result[i];
}

/* `count` numbers that stand side by side */
static void run(const pensel_layer_instance *layer, real *y, const real *a, size_t count)
{
    for (size_t from = 0; from < count; from += BLOCK)
        apply(layer, y + from, a + from, count - from < BLOCK ? count - from : BLOCK, false);
}

/* y may be where a was: what is kept is copied first. */
static void forward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    real *kept = t->kept;
    if (t->ld == 1 && !kept) {
        run(layer, t->y, t->a, layer->in);
        return;
    }
    for (size_t i = 0; i < layer->in; i++) {
        const real *a = (const real *)t->a + i * t->ld;
        for (size_t s = 0; kept && s < t->n; s++)
            kept[i * t->ld + s] = a[s];
        run(layer, (real *)t->y + i * t->ld, a, t->n);
    }
}

static void backward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    for (size_t i = 0; i < layer->in && t->a; i++)
        for (size_t from = 0; from < t->n; from += BLOCK) {
            size_t n = t->n - from < BLOCK ? t->n - from : BLOCK, at = i * t->ld + from;
            const real *dy = (const real *)t->y + at;
            real slope[BLOCK], *da = (real *)t->a + at;
            apply(layer, slope, (const real *)t->kept + at, n, true);
            for (size_t s = 0; s < n; s++)
                da[s] = dy[s] * slope[s];
        }
}

PENSEL_LAYER_KIND(custom) = {
    .name = "custom",
    .help = "an activation of the program's own",
    .single = true,
    .named = true,
    .prepare = prepare,
    .forward = forward,
    .backward = PENSEL_IF_TRAINED(backward),
};
