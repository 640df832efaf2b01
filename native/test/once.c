/*
 * One pass of 3 cells, for a tracer of loads: prints the address of the count. The pass must load
 * it once; what it is compared with and what is used would else be two numbers, if another thread
 * writes between. Nothing here but the pass loads it.
 */
#include <stdio.h>

#include "pass.h"

int main(void) {
  static uint8_t memory[KNHK_MEMORY_BYTES(8)] __attribute__((aligned(64)));
  *(volatile uint32_t *)memory = 3;
  printf("%lx\n", (unsigned long)(uintptr_t)memory);
  run_pass(find_kernel("u64", 64), memory);
  return 0;
}
