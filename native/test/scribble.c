/*
 * One thread writes anything anywhere into the memory of a pass while another evaluates it:
 * scribble ROUNDS. Under AddressSanitizer; the memory has exactly the size of a pass. The race is
 * the point, so ThreadSanitizer has nothing to say here.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "pass.h"

static uint8_t *memory;
static size_t words;
static atomic_int is_over;
static atomic_ulong written;

static void *scribble(void *unused) {
  uint64_t state = 7;
  (void)unused;
  while (!atomic_load(&is_over)) {
    for (int i = 0; i < 256; i++) {
      volatile uint32_t *word = (volatile uint32_t *)memory;
      uint64_t random = next_random(&state);
      uint32_t high = (uint32_t)(random >> 32);
      /* Every second write is a count: small, too large, or anything. */
      if (i % 2 == 0) word[KNHK_CONTROL_COUNT] = high >> (random % 4 * 8);
      /* Ones for the most part: else soon nothing would fire, and the list would stay short. */
      else word[random % words] = random >> 29 & 7 ? UINT32_MAX : high;
    }
    atomic_fetch_add(&written, 256);
  }
  return NULL;
}

static int run_kernel(const struct kernel *kernel, unsigned long rounds) {
  size_t size = KNHK_MEMORY_BYTES(kernel->lanes / 8);
  pthread_t thread;
  memory = malloc(size);
  words = size / 4;
  atomic_store(&is_over, 0);
  atomic_store(&written, 0);
  if (memory != NULL) memset(memory, 0xff, size);
  if (memory == NULL || pthread_create(&thread, NULL, scribble, NULL) != 0) return 2;
  /* At least so many rounds, and not without the other thread having written as often. */
  for (unsigned long i = 0; i < rounds || atomic_load(&written) < rounds; i++) {
    run_pass(kernel, memory);
  }
  atomic_store(&is_over, 1);
  pthread_join(thread, NULL);
  free(memory);
  return 0;
}

int main(int argc, char **argv) {
  unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
  int ran = 0;
  for (size_t k = 0; k < kernel_count; k++) {
    if (kernels[k].run == NULL || !runs_here(kernels[k].engine)) continue;
    if (run_kernel(&kernels[k], rounds) != 0) return 2;
    printf("%s%s-%u", ran == 0 ? "" : " ", kernels[k].engine, kernels[k].lanes);
    ran++;
  }
  printf("\n");
  return ran == 0 ? 2 : 0;
}
