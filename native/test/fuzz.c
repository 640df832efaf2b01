/*
 * libFuzzer target: the input is the memory of a pass. Byte 0 chooses the width, bytes 1 to 4 are
 * the count as JavaScript would write it, the rest is repeated over cells, table and what was left
 * in masks and fired list. Every kernel of that width must answer like the reference and leave
 * everything but its results as it was.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pass.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds, const struct kernel *kernel, const char *what) {
  if (holds) return;
  fprintf(stderr, "fuzz: %s-%u: %s\n", kernel->engine, kernel->lanes, what);
  abort();
}

static void try_kernel(const struct kernel *kernel, const uint8_t *before, uint8_t *memory) {
  static uint8_t masks[CAPACITY * 64];
  static uint16_t fired[CAPACITY];
  uint32_t row = kernel->lanes / 8;
  uint32_t count = 0;
  memcpy(memory, before, KNHK_MEMORY_BYTES(row));
  memcpy(&count, before, 4);
  uint32_t n = count > CAPACITY ? CAPACITY : count;
  uint32_t wanted = reference(before + KNHK_TABLE_AT, before + KNHK_CELLS_AT, masks, fired, n,
                              row);
  run_pass(kernel, memory);
  size_t masks_end = KNHK_MASKS_AT(row) + n * row;
  size_t fired_end = KNHK_FIRED_AT(row) + n * 2;
  check(memcmp(memory + 4, &wanted, 4) == 0, kernel, "the fired count differs");
  check(memcmp(memory + KNHK_MASKS_AT(row), masks, n * row) == 0, kernel, "a mask differs");
  check(memcmp(memory + KNHK_FIRED_AT(row), fired, wanted * 2) == 0, kernel, "the list differs");
  check(memcmp(memory, before, 4) == 0, kernel, "the count was written");
  check(memcmp(memory + 16, before + 16, KNHK_CONTROL_BYTES - 16) == 0, kernel,
        "control words that are JavaScript's were written");
  check(memcmp(memory + KNHK_CELLS_AT, before + KNHK_CELLS_AT,
               KNHK_MASKS_AT(row) - KNHK_CELLS_AT) == 0,
        kernel, "cells or table were written");
  check(memcmp(memory + masks_end, before + masks_end, KNHK_FIRED_AT(row) - masks_end) == 0, kernel,
        "a mask behind the last cell was written");
  check(memcmp(memory + fired_end, before + fired_end, KNHK_MEMORY_BYTES(row) - fired_end) == 0,
        kernel, "the list was written behind its end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint32_t lanes[] = {64, 256, 512};
  if (size < 6) return 0;
  uint32_t width = lanes[data[0] % 3];
  size_t length = KNHK_MEMORY_BYTES(width / 8);
  uint8_t *before = malloc(length);
  uint8_t *memory = malloc(length);
  if (before == NULL || memory == NULL) abort();
  memcpy(before, data + 1, 4);
  for (size_t i = 4; i < length; i++) before[i] = data[5 + (i - 4) % (size - 5)];
  for (size_t k = 0; k < kernel_count; k++) {
    if (kernels[k].run == NULL || kernels[k].lanes != width) continue;
    if (runs_here(kernels[k].engine)) try_kernel(&kernels[k], before, memory);
  }
  free(before);
  free(memory);
  return 0;
}
