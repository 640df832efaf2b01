/*
 * Runs one kernel over many data sets, so that a counter outside can count its instructions:
 * count ENGINE LANES FIRST SETS [mark]. With `mark` it stops by a trap before each call, for a
 * tracer (step.c). It prints one line per data set, `n fired`, and what it runs on is exactly what
 * test/sets.c makes of FIRST, FIRST + 1 and so on. Exit code 3: this processor lacks the engine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../test/sets.h"

static void trap(void) {
#if defined(__x86_64__)
  __asm__ volatile("int3");
#else
  abort();
#endif
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  const struct kernel *kernel = find_kernel(argv[1], (uint32_t)atoi(argv[2]));
  if (kernel == NULL || kernel->run == NULL) return 2;
  if (!runs_here(kernel->engine)) return 3;
  uint64_t first = strtoull(argv[3], NULL, 10);
  uint64_t sets = strtoull(argv[4], NULL, 10);
  int is_marked = argc > 5 && strcmp(argv[5], "mark") == 0;
  static uint8_t table[COLUMNS * CLASSES * 64] __attribute__((aligned(64)));
  static uint8_t cells[CAPACITY * COLUMNS], masks[CAPACITY * 64] __attribute__((aligned(64)));
  static uint16_t fired[CAPACITY];
  size_t row_bytes = kernel->lanes / 8;
  for (uint64_t index = first; index < first + sets; index++) {
    uint32_t n = set_size(index);
    fill_table(index, table, row_bytes);
    fill_cells(index, cells, n);
    if (is_marked) trap();
    uint32_t count = kernel->run(table, cells, masks, fired, n);
    printf("%u %u\n", n, count);
  }
  return 0;
}
