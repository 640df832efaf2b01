/*
 * Kernels that are wrong in one way each, chosen by a macro. Gates and harness are tried on them:
 * a check that does not find its fault checks nothing.
 */
#include "../src/kernel.h"

#include <string.h>

static uint64_t row_of(const uint8_t *table, uint32_t column, uint32_t class) {
  uint64_t row;
  memcpy(&row, table + (column * KNHK_CLASSES + class) * 8, 8);
  return row;
}

/* Not static, and not seen through: a call that stays one. */
__attribute__((noinline)) uint64_t control_and(uint64_t a, uint64_t b);
__attribute__((noinline)) uint64_t control_and(uint64_t a, uint64_t b) {
  __asm__ volatile("" ::: "memory");
  return a & b;
}

static inline uint64_t mask_of(const uint8_t *table, const uint8_t *cell) {
  uint64_t mask = ~(uint64_t)0;
  for (uint32_t column = 0; column < KNHK_COLUMNS; column++) {
#if defined(CONTROL_WRONG)
    if (column == 7) break;
#endif
#if defined(CONTROL_BRANCH)
    /* Gives up as soon as no lane is left: faster on most data, and on those only. */
    if (mask == 0) break;
    __asm__ volatile("" : "+r"(mask));
#endif
#if defined(CONTROL_CALL)
    mask = control_and(mask, row_of(table, column, cell[column]));
#else
    mask &= row_of(table, column, cell[column]);
#endif
  }
  return mask;
}

uint32_t knhk_eval_u64_64(const uint8_t *table, const uint8_t *cells, uint8_t *masks,
                          uint16_t *fired, uint32_t n) {
  uint32_t count = 0;
#if defined(CONTROL_OVERREAD)
  (void)*(const volatile uint8_t *)(table + KNHK_COLUMNS * KNHK_CLASSES * 8);
#endif
#if defined(CONTROL_OVERWRITE)
  fired[n] = 0;
#endif
#pragma clang loop unroll(disable)
  for (uint32_t i = 0; i < n; i++) {
    uint64_t mask = mask_of(table, cells + i * KNHK_COLUMNS);
    memcpy(masks + i * 8, &mask, 8);
    fired[count] = (uint16_t)i;
    count += mask != 0;
  }
  return count;
}
