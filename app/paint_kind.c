/* Which painting is asked for. A compact one is the default. An option that is about networks asks
 * for a network of its own, as do several pictures and a model that is no .pensel file; an option
 * that is about compact paintings together with one of those is an error. So nothing is ignored.
 *
 * To add an option that compact paintings understand: its name in `common`, or in `compact` if only
 * they do. To add two that contradict: a row of `against`. */
#include "paint_kind.h"

#include "message.h"

#include <glib.h>
#include <string.h>

/* What both kinds of painting understand; every other option is about networks. */
static const char *const common[] = {
    "output",  "save",     "compare",   "psnr",       "max-seconds", "seconds",
    "threads", "depth",    "timelapse", "max-pixels", "untrusted",   "json",
    "quiet",   "progress", "show",      "watch",      "no-browser"};
static const char *const compact[] = {"quality", "bytes", "parameters", "figure"};

typedef struct pair {
    const char *one, *other, *why;
} pair;

static const pair against[] = {
    {"exact", "quality", "an exact painting has no error"},
    {"exact", "bytes", "an exact painting has as many numbers as the picture"},
    {"parameters", "quality", "one of them decides how good it is"},
    {"parameters", "bytes", "one of them decides how good it is"},
    {"parameters", "psnr", "one of them decides how good it is"},
    {"exact", "parameters", "an exact painting has a third more numbers than the picture"},
    {"exact", "figure", "the figure shows how a compact painting comes to be"},
    {"exact", "psnr", "an exact painting has no error: --encoding pyramid --psnr stops before"},
    {"exact", "preset", "the preset says which network it is"},
    {"exact", "as", "classes of colour are not the picture"},
    {"exact", "colours", "classes of colour are not the picture"},
    {"exact", "threshold", "classes of colour are not the picture"},
    {"exact", "encoding", "a pyramid is what paints exactly"},
    {"exact", "hidden", "a pyramid with layers of its own is what paints exactly"},
    {"exact", "activation", "a pyramid with layers of its own is what paints exactly"},
    {"exact", "solver", "a pyramid with a training of its own is what paints exactly"},
};

bool pensel_paint_is_compact(const char *path)
{
    return path && g_str_has_suffix(path, ".pensel");
}

static bool among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(name, names[i])) return true;
    return false;
}

/* The first option given that is about networks only; NULL: there is none. */
static const char *of_networks(const pensel_arguments *a)
{
    for (size_t i = 0; i < a->options; i++)
        if (a->values[i] && !among(a->names[i], common, G_N_ELEMENTS(common)) &&
            !among(a->names[i], compact, G_N_ELEMENTS(compact)))
            return a->names[i];
    return NULL;
}

/* The same for compact paintings; a file's name may ask for one as well. */
static const char *of_compact(const pensel_paint_job *job, const pensel_arguments *a)
{
    for (size_t i = 0; i < G_N_ELEMENTS(compact); i++)
        if (pensel_options_given(a, compact[i])) return compact[i];
    return pensel_paint_is_compact(job->output) ? "output"
           : pensel_paint_is_compact(job->save) ? "save"
                                                : NULL;
}

static pensel_status check_pairs(const pensel_arguments *a, pensel_error *error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(against); i++)
        if (pensel_options_given(a, against[i].one) && pensel_options_given(a, against[i].other))
            return pensel_wrong(error, PENSEL_BAD_ARGUMENT, "--%s and --%s together: %s",
                                against[i].one, against[i].other, against[i].why);
    return PENSEL_OK;
}

pensel_status pensel_paint_kind_of(pensel_paint_kind *kind, const pensel_paint_job *job,
                                   const pensel_arguments *a, pensel_error *error)
{
    const char *network = of_networks(a), *few = of_compact(job, a);
    pensel_status status = check_pairs(a, error);
    if (status) return status;
    if (few && network)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--%s has no effect on a compact painting, which --%s asks for: "
                            "quality, psnr, bytes and seconds decide how it is painted",
                            network, few);
    if (few && a->count > 1)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--%s asks for a compact painting, which is of one picture, not of %zu",
                            few, a->count);
    bool saves = job->save && !pensel_paint_is_compact(job->save);
    if (few && saves)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--save %.120s: the file of a compact painting, which --%s asks for, "
                            "ends in .pensel",
                            job->save, few);
    *kind = network || saves || a->count > 1 ? PENSEL_PAINT_NETWORK : PENSEL_PAINT_COMPACT;
    return PENSEL_OK;
}
