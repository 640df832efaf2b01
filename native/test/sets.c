#include "sets.h"

#include <string.h>

/* A binary has the kernels of its own processor only; the linker leaves the others null. */
#define DECLARE(engine, lanes) \
  __attribute__((weak)) evaluate_fn knhk_eval_##engine##_##lanes;
#define ENTRY(engine, lanes) {#engine, lanes, knhk_eval_##engine##_##lanes},
#define EACH(do) \
  do(u64, 64) do(u64, 256) do(u64, 512) \
  do(avx2, 64) do(avx2, 256) do(avx2, 512) \
  do(avx512, 64) do(avx512, 256) do(avx512, 512) \
  do(neon, 64) do(neon, 256) do(neon, 512)

EACH(DECLARE)
const struct kernel kernels[] = {EACH(ENTRY)};
const size_t kernel_count = sizeof kernels / sizeof kernels[0];

int runs_here(const char *engine) {
#if defined(__x86_64__)
  if (strcmp(engine, "avx2") == 0) return __builtin_cpu_supports("avx2");
  if (strcmp(engine, "avx512") == 0) return __builtin_cpu_supports("avx512f");
  return strcmp(engine, "u64") == 0;
#else
  return strcmp(engine, "u64") == 0 || strcmp(engine, "neon") == 0;
#endif
}

const struct kernel *find_kernel(const char *engine, uint32_t lanes) {
  for (size_t i = 0; i < kernel_count; i++) {
    if (kernels[i].lanes == lanes && strcmp(kernels[i].engine, engine) == 0) return &kernels[i];
  }
  return NULL;
}

/* splitmix64 */
uint64_t next_random(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* Eleven sizes, eight table kinds and twelve cell kinds: a step of one changes all three. */
static const uint32_t sizes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 17};
enum { SIZES = sizeof sizes / sizeof sizes[0], TABLE_KINDS = 8, CELL_KINDS = 12 };

uint32_t set_size(uint64_t index) { return sizes[index % SIZES]; }

static uint64_t seed_of(uint64_t index) { return index * 0x2545f4914f6cdd1du + 1; }

static void fill_random(uint64_t *state, uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)next_random(state);
}

void fill_table(uint64_t index, uint8_t *table, size_t row_bytes) {
  uint64_t state = seed_of(index);
  size_t length = COLUMNS * CLASSES * row_bytes;
  uint32_t kind = (uint32_t)(index % TABLE_KINDS);
  memset(table, kind == 0 ? 0 : 0xff, length);
  if (kind <= 1) return;
  if (kind == 2) fill_random(&state, table, length);
  if (kind == 6) memset(table, 0, length);
  for (size_t row = 0; row < COLUMNS * CLASSES; row++) {
    uint8_t *bytes = table + row * row_bytes;
    uint64_t chance = next_random(&state);
    size_t lane = (size_t)(chance >> 8) % (row_bytes * 8);
    /* 3: one lane fails. 4: a column decides alone. 5: a coin for the row. 6: one lane holds. */
    if (kind == 3) bytes[lane / 8] &= (uint8_t)~(1u << (lane % 8));
    if (kind == 4 && row / CLASSES == index % COLUMNS && row % 2 == 0) memset(bytes, 0, row_bytes);
    if (kind == 5 && chance % 16 == 0) memset(bytes, 0, row_bytes);
    if (kind == 6) bytes[row_bytes - 1] = 0x80;
    /* 7: any bit may fail, but seldom, so that some of 8 rows' bits are left. */
    for (size_t i = 0; kind == 7 && i < row_bytes; i++) {
      bytes[i] = (uint8_t)(next_random(&state) | next_random(&state) | next_random(&state));
    }
  }
}

static uint8_t cell_byte(uint32_t kind, uint32_t i, uint32_t column, uint64_t *state) {
  uint8_t random = (uint8_t)next_random(state);
  switch (kind) {
    case 0: return 0;
    case 1: return 255;
    case 2: return (uint8_t)i;
    case 3: return (uint8_t)(255 - i);
    case 4: return (uint8_t)(i * COLUMNS + column);
    case 5: return i % 2 == 0 ? 0 : 255;
    case 6: return column == 0 ? random : 0;
    case 7: return column == 7 ? random : 255;
    case 8: return random & 1;
    case 9: return random | 0xfe;
    default: return random;
  }
}

void fill_cells(uint64_t index, uint8_t *cells, uint32_t n) {
  uint64_t state = ~seed_of(index);
  for (uint32_t i = 0; i < n; i++) {
    for (uint32_t column = 0; column < COLUMNS; column++) {
      uint32_t kind = (uint32_t)(index / TABLE_KINDS % CELL_KINDS);
      cells[i * COLUMNS + column] = cell_byte(kind, i, column, &state);
    }
  }
}

uint32_t reference(const uint8_t *table, const uint8_t *cells, uint8_t *masks, uint16_t *fired,
                   uint32_t n, size_t row_bytes) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < n; i++) {
    int any = 0;
    for (size_t byte = 0; byte < row_bytes; byte++) {
      uint8_t mask = 0xff;
      for (uint32_t column = 0; column < COLUMNS; column++) {
        size_t row = column * CLASSES + cells[i * COLUMNS + column];
        mask &= table[row * row_bytes + byte];
      }
      masks[i * row_bytes + byte] = mask;
      any |= mask;
    }
    if (any != 0) fired[count++] = (uint16_t)i;
  }
  return count;
}
