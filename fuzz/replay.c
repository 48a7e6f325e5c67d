/* replay NAME FILE...: runs a fuzz target on every file; prints TAP. Here each target's function is
 * called fuzz_NAME. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_list.h"

typedef int fuzz_target(const uint8_t *bytes, size_t size);
#define DECLARE(name) fuzz_target fuzz_##name;
FUZZ_LIST(DECLARE)
#undef DECLARE

static fuzz_target *find(const char *name)
{
#define FIND(target) \
    if (strcmp(name, #target) == 0) return fuzz_##target;
    FUZZ_LIST(FIND)
#undef FIND
    return NULL;
}

int main(int count, char **arguments)
{
    fuzz_target *target = count > 1 ? find(arguments[1]) : NULL;
    char **paths = arguments + 1;
    if (!target) return fprintf(stderr, "the first argument is no fuzz target\n"), 2;
    count--;
    printf("1..%d\n", count - 1);
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(paths[i], "rb");
        if (!file) return perror(paths[i]), 1;
        fseek(file, 0, SEEK_END);
        size_t size = (size_t)ftell(file);
        rewind(file);
        uint8_t *bytes = malloc(size ? size : 1); /* not larger, so that reading past it is seen */
        if (!bytes || fread(bytes, 1, size, file) != size) return perror(paths[i]), 1;
        fclose(file);
        target(bytes, size);
        free(bytes);
        printf("ok %d - %s\n", i, paths[i]);
    }
    return 0;
}
