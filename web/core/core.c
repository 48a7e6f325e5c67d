/* Memory, errors, texts, options, and the machine. */
#include "core.h"

#include "base/error.h"
#include "base/memory.h"
#include "platform/lent_threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

pensel_core_state pensel_core;

PENSEL_CORE(void *, allocate)
(size_t bytes)
{
    return pensel_allocate_bare(bytes, 1, &pensel_core.error);
}

PENSEL_CORE(void, release)
(void *block)
{
    pensel_release(block);
}

PENSEL_CORE(const char *, error)
(void)
{
    return pensel_core.error.text;
}

PENSEL_CORE(const char *, status)
(pensel_status status)
{
    return pensel_status_text(status);
}

PENSEL_CORE(const char *, text)
(void)
{
    return pensel_core.text.text;
}

/* ------------------------------------------------------------------ JSON */

pensel_json_writer *pensel_core_begin(char bracket)
{
    pensel_json_discard(&pensel_core.text);
    pensel_core.text = (pensel_json_writer){0};
    pensel_json_open(&pensel_core.text, NULL, bracket);
    return &pensel_core.text;
}

pensel_status pensel_core_end(char bracket)
{
    pensel_json_close(&pensel_core.text, bracket);
    return pensel_json_finish(&pensel_core.text, &pensel_core.error);
}

void pensel_core_put(const char *key, double value)
{
    if (isfinite(value))
        pensel_json_put_real(&pensel_core.text, key, value);
    else
        pensel_json_put_null(&pensel_core.text, key);
}

void pensel_core_put_at(const char *key, const void *address)
{
    pensel_json_put_whole(&pensel_core.text, key, (int64_t)(uintptr_t)address);
}

/* ------------------------------------------------------------------ texts that come in */

pensel_status pensel_core_lines(char ***lines, char **block, size_t *count, const char *text,
                                pensel_error *error)
{
    *lines = NULL;
    *count = 0;
    PENSEL_TRY(pensel_duplicate(block, text, error));
    size_t most = 1;
    for (const char *at = text; *at; at++)
        most += *at == '\n';
    pensel_status status = PENSEL_NEW(*lines, most, error);
    for (char *at = *block; status == PENSEL_OK && *at;) {
        size_t length = strcspn(at, "\n");
        char *next = at + length + (at[length] != 0);
        at[length] = 0;
        (*lines)[(*count)++] = at;
        at = next;
    }
    if (status != PENSEL_OK) {
        pensel_release(*block);
        *block = NULL;
    }
    return status;
}

static pensel_status set_option(const pensel_core_options *list, size_t count, char *line,
                                pensel_error *error)
{
    const char *known[256];
    size_t names = 0;
    char *sign = strchr(line, '=');
    PENSEL_REQUIRE(sign, BAD_ARGUMENT, "option %.60s has no value: name=value is needed", line);
    *sign = 0;
    for (size_t i = 0; i < count; i++) {
        if (pensel_option_find(list[i].table, line))
            return pensel_option_set(list[i].options, list[i].table, line, sign + 1, error);
        for (size_t r = 0; r < list[i].table->count && names < 256; r++)
            known[names++] = list[i].table->rows[r].name;
    }
    const char *near = pensel_word_near(line, known, names);
    return pensel_fail(error, PENSEL_BAD_ARGUMENT, "there is no option %.60s%s%s%s", line,
                       near ? ": did you mean " : ": see the options of pensel fit and paint",
                       near ? near : "", near ? "?" : "");
}

pensel_status pensel_core_set(const pensel_core_options *list, size_t count, const char *text,
                              pensel_error *error)
{
    char **lines, *block;
    size_t line_count;
    PENSEL_TRY(pensel_core_lines(&lines, &block, &line_count, text, error));
    pensel_status status = PENSEL_OK;
    for (size_t i = 0; i < line_count && status == PENSEL_OK; i++)
        status = set_option(list, count, lines[i], error);
    pensel_release(lines);
    pensel_release(block);
    return status;
}

/* ------------------------------------------------------------------ the machine */

PENSEL_CORE(pensel_status, info)
(void)
{
    const char *isa;
    PENSEL_TRY(pensel_machine_isa(&isa, &pensel_core.error));
    pensel_json_writer *text = pensel_core_begin('{');
    pensel_json_put_string(text, "version", pensel_version());
    pensel_json_put_string(text, "isa", isa);
    pensel_json_put_whole(text, "threads", (int64_t)pensel_machine_threads());
    return pensel_core_end('}');
}

/* From now on a call is shared by so many threads, the caller's among them. */
PENSEL_CORE(pensel_status, cores)
(size_t count)
{
    const pensel_context_options o = {.threads = count};
    pensel_cores_set(count);
    return pensel_context_new(&pensel_core.context, &o, &pensel_core.error);
}

/* result (2): the thread, and where its stack begins */
PENSEL_CORE(pensel_status, thread_lend)
(uint32_t *result)
{
    void *stack;
    pensel_thread *thread = pensel_thread_lend(&stack);
    if (!thread) return pensel_fail_memory(&pensel_core.error, 1, 256 << 10);
    result[0] = (uint32_t)(uintptr_t)thread;
    result[1] = (uint32_t)(uintptr_t)stack;
    return PENSEL_OK;
}

PENSEL_CORE(void, thread_serve)
(pensel_thread *thread)
{
    pensel_thread_serve(thread);
}

PENSEL_CORE(void, random)
(uint32_t seed, size_t count, double low, double high, double *numbers)
{
    pensel_random random;
    pensel_random_seed(&random, seed);
    for (size_t i = 0; i < count; i++)
        numbers[i] = pensel_random_uniform(&random, low, high);
}
