/*
 * Runs every kernel of this processor against the reference: harness SETS. Buffers have exactly
 * the size that the call may touch. Under AddressSanitizer they lie on the heap; without it each
 * lies between two pages that nobody may touch, so that the code as it is shipped is tried too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../src/features.h"
#include "../src/kernel.h"
#include "sets.h"

struct buffer {
  uint8_t *at;
  void *base;
  size_t length;
};

static void die(const char *what) {
  fprintf(stderr, "harness: %s\n", what);
  exit(1);
}

#if __has_feature(address_sanitizer)
/* `shift` bytes in front, none behind: no alignment can be relied on. */
static struct buffer take(size_t size, size_t shift) {
  uint8_t *base = malloc(size + shift);
  if (base == NULL) die("no memory");
  return (struct buffer){base + shift, base, 0};
}

static void give(struct buffer buffer) { free(buffer.base); }
#else
/* With an even shift the buffer ends at the page behind, else it begins at the page in front. */
static struct buffer take(size_t size, size_t shift) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t room = (size + page - 1) / page * page;
  size_t length = room + 2 * page;
  uint8_t *base = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) die("no memory");
  if (room > 0 && mprotect(base + page, room, PROT_READ | PROT_WRITE) != 0) die("no memory");
  return (struct buffer){base + page + (shift % 2 == 0 ? room - size : 0), base, length};
}

static void give(struct buffer buffer) { munmap(buffer.base, buffer.length); }
#endif

static void compare(const struct kernel *kernel, uint64_t index, const char *what, const void *a,
                    const void *b, size_t size) {
  if (memcmp(a, b, size) == 0) return;
  fprintf(stderr, "harness: %s-%u, data set %lu: %s differs from the reference\n", kernel->engine,
          kernel->lanes, (unsigned long)index, what);
  exit(1);
}

static void try_set(const struct kernel *kernel, uint64_t index, uint32_t n) {
  static uint8_t wanted_masks[CAPACITY * 64];
  static uint16_t wanted[CAPACITY];
  size_t row = kernel->lanes / 8;
  size_t shift = index % 5 == 0 ? 0 : index % 63;
  struct buffer table = take(COLUMNS * CLASSES * row, shift);
  struct buffer cells = take((size_t)n * COLUMNS, shift);
  struct buffer masks = take(n * row, shift);
  /* Its entries are 16 bits wide, and bind() refuses odd addresses. */
  struct buffer fired = take((size_t)n * 2, shift & ~(size_t)1);
  fill_table(index, table.at, row);
  fill_cells(index, cells.at, n);
  memset(masks.at, 0x5a, n * row);
  memset(fired.at, 0x5a, (size_t)n * 2);
  uint32_t expected = reference(table.at, cells.at, wanted_masks, wanted, n, row);
  uint32_t count = kernel->run(table.at, cells.at, masks.at, (uint16_t *)(void *)fired.at, n);
  compare(kernel, index, "the count", &count, &expected, sizeof count);
  compare(kernel, index, "a mask", masks.at, wanted_masks, n * row);
  compare(kernel, index, "the fired list", fired.at, wanted, count * sizeof *wanted);
  give(table);
  give(cells);
  give(masks);
  give(fired);
}

static void try_clamp(void) {
  static const uint32_t counts[] = {0,     1,     63,         64,         1023,       1024,
                                    1025,  65535, 65536,      0x7fffffff, 0x80000000, 0xffffff00,
                                    0x400, 0x401, 0xfffffbff, 0xfffffc00, 0xffffffff};
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    uint32_t wanted = counts[i] > CAPACITY ? CAPACITY : counts[i];
    if (knhk_clamp(counts[i]) != wanted) die("knhk_clamp lets a wrong count through");
  }
}

/* What bind() lets through is what the compiler's own library says this processor runs. */
static void try_features(void) {
  uint32_t wanted = KNHK_ENGINE_U64;
  if (runs_here("avx2")) wanted |= KNHK_ENGINE_AVX2;
  if (runs_here("avx512")) wanted |= KNHK_ENGINE_AVX512;
  if (runs_here("neon")) wanted |= KNHK_ENGINE_NEON;
  if (knhk_features() != wanted) die("knhk_features is wrong about this processor");
}

int main(int argc, char **argv) {
  static const uint32_t long_sizes[] = {1024, 63, 64, 65, 255, 256, 512, 1023};
  uint64_t sets = argc > 1 ? strtoull(argv[1], NULL, 10) : 1056;
  int ran = 0;
  try_features();
  try_clamp();
  for (size_t k = 0; k < kernel_count; k++) {
    if (kernels[k].run == NULL || !runs_here(kernels[k].engine)) continue;
    for (uint64_t index = 0; index < sets; index++) {
      uint32_t n = index % 12 == 11 ? long_sizes[index / 12 % 8] : set_size(index);
      try_set(&kernels[k], index, n);
    }
    printf("%s%s-%u", ran == 0 ? "" : " ", kernels[k].engine, kernels[k].lanes);
    ran++;
  }
  printf("\n");
  return ran == 0 ? 2 : 0;
}
