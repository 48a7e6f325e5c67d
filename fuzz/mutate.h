/* A mutator for files that begin with the length of their header: it changes the header or the data
 * and puts the length right, so that more than the first check is reached. */
#ifndef PENSEL_FUZZ_MUTATE_H
#define PENSEL_FUZZ_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef PENSEL_FUZZER
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static uint8_t header[1 << 20];
    uint64_t length = 0;
    if (size >= 8) memcpy(&length, data, 8);
    if (size < 8 || length > size - 8 || length > sizeof header / 2 || seed % 8 == 0)
        return LLVMFuzzerMutate(data, size, most);
    size_t rest = size - 8 - (size_t)length;
    size_t room = most - 8 - rest < sizeof header ? most - 8 - rest : sizeof header;
    bool data_only = seed % 8 == 1;
    size_t free = data_only ? most - size + rest : room;
    if (free == 0)
        return LLVMFuzzerMutate(data, size, most); /* it makes a byte even where none fits */
    if (data_only)
        return size - rest + LLVMFuzzerMutate(data + 8 + length, rest, most - size + rest);
    memcpy(header, data + 8, length);
    uint64_t changed = LLVMFuzzerMutate(header, length, room);
    memmove(data + 8 + changed, data + 8 + length, rest);
    memcpy(data + 8, header, changed);
    memcpy(data, &changed, 8);
    return 8 + changed + rest;
}
#endif

#endif
