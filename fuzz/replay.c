/* Runs a fuzz target on every file given as an argument; prints TAP. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

int main(int count, char **paths)
{
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
        LLVMFuzzerTestOneInput(bytes, size);
        free(bytes);
        printf("ok %d - %s\n", i, paths[i]);
    }
    return 0;
}
