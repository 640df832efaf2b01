/*
 * The algorithm, included once for each engine and width by kernel.c, which defines
 *   KNHK_NAME    the function,
 *   KNHK_WORD    the widest register of the engine, as a type without alignment,
 *   KNHK_WORDS   how many of them make a row,
 *   KNHK_ANY(x)  1 if a word has a bit, else 0, without a branch,
 *   KNHK_PLACE   where a word may lie, in the letters of inline assembly,
 *   KNHK_SHARED  how many classes of a cell come from one load: 0, 4 or 8,
 *   KNHK_TARGET  the attribute that lets the compiler use the instruction set.
 * Straight-line but for the loop: the work for a cell does not depend on what it holds.
 */
#if KNHK_SHARED == 8
#define KNHK_LOAD uint64_t
#define KNHK_LOADED knhk_u64
#else
#define KNHK_LOAD uint32_t
#define KNHK_LOADED knhk_u32
#endif
#define KNHK_CLASS(column) \
  ((column) < KNHK_SHARED ? shared >> 8 * ((column) % sizeof(shared)) & 255u : cell[column])
/* In bytes: counted in words, clang takes longer ways to the same addresses. */
#define KNHK_ROW(column)                                                           \
  ((const KNHK_WORD *)(table + ((column) * KNHK_CLASSES + KNHK_CLASS(column)) *    \
                                   (KNHK_WORDS * sizeof(KNHK_WORD))))

KNHK_TARGET uint32_t KNHK_NAME(const uint8_t *restrict table, const uint8_t *restrict cells,
                               uint8_t *restrict masks, uint16_t *restrict fired, uint32_t n) {
  uint64_t count = 0;
  for (uint64_t i = 0; i < n; i++) {
    const uint8_t *cell = cells + i * KNHK_COLUMNS;
    KNHK_LOAD shared = KNHK_SHARED == 0 ? 0 : *(const KNHK_LOADED *)cell;
    KNHK_HIDE(shared, "r");
    const KNHK_WORD *row0 = KNHK_ROW(0), *row1 = KNHK_ROW(1), *row2 = KNHK_ROW(2);
    const KNHK_WORD *row3 = KNHK_ROW(3), *row4 = KNHK_ROW(4), *row5 = KNHK_ROW(5);
    const KNHK_WORD *row6 = KNHK_ROW(6), *row7 = KNHK_ROW(7);
    KNHK_WORD *mask = (KNHK_WORD *)masks + i * KNHK_WORDS;
    KNHK_WORD any = {0};
    KNHK_UNROLL for (uint32_t w = 0; w < KNHK_WORDS; w++) {
      /* Two chains of four, which the processor follows side by side. */
      const KNHK_WORD low = row0[w] & row1[w] & row2[w] & row3[w];
      KNHK_WORD high = row4[w] & row5[w] & row6[w] & row7[w];
      KNHK_HIDE(high, KNHK_PLACE);
      const KNHK_WORD match = low & high;
      mask[w] = match;
      any |= match;
    }
    /* Always written, kept only if something fired: count never passes i. */
    fired[count] = (uint16_t)i;
    count += KNHK_ANY(any);
  }
  return (uint32_t)count;
}

#undef KNHK_LOAD
#undef KNHK_LOADED
#undef KNHK_CLASS
#undef KNHK_ROW
#undef KNHK_NAME
#undef KNHK_WORD
#undef KNHK_WORDS
#undef KNHK_ANY
#undef KNHK_PLACE
#undef KNHK_SHARED
#undef KNHK_TARGET
