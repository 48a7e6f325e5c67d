/* A fuzz target is a function that takes any bytes and must neither crash, nor read what is not its
 * own, nor take more memory or time than the bytes are worth. libFuzzer calls it with bytes it
 * makes up; replay.c calls it with the files of the corpus.
 *
 *     meson setup build-fuzz -Dfuzz=true && ninja -C build-fuzz
 *     build-fuzz/fuzz/fuzz_csv -max_total_time=600 fuzz/corpus/csv
 *
 * To add one: 1. NAME.c here; 2. NAME in meson.build; 3. its seeds in corpus/NAME. */
#ifndef PENSEL_FUZZ_FUZZ_H
#define PENSEL_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
