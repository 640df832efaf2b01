/* The kernel: which lanes match each cell of a pass. native/README.md describes the memory. */
#ifndef KNHK_KERNEL_H
#define KNHK_KERNEL_H

#include <stdint.h>

/* A cell is one observation: one class per column. */
#define KNHK_COLUMNS 8u
#define KNHK_CLASSES 256u
/* Most cells of one call. `fired` holds 16-bit indices, so 65,536 would be the limit. */
#define KNHK_CELLS_MAX 1024u

/* Where the parts of a pass lie in its memory, in bytes. A row has 8, 32 or 64 bytes. */
#define KNHK_CONTROL_BYTES 256u
#define KNHK_CELLS_AT KNHK_CONTROL_BYTES
#define KNHK_TABLE_AT (KNHK_CELLS_AT + KNHK_CELLS_MAX * KNHK_COLUMNS)
#define KNHK_MASKS_AT(row) (KNHK_TABLE_AT + KNHK_COLUMNS * KNHK_CLASSES * (row))
#define KNHK_FIRED_AT(row) (KNHK_MASKS_AT(row) + KNHK_CELLS_MAX * (row))
#define KNHK_MEMORY_BYTES(row) (KNHK_FIRED_AT(row) + KNHK_CELLS_MAX * 2u)

/* Words of the control part. */
#define KNHK_CONTROL_COUNT 0
#define KNHK_CONTROL_FIRED 1
#define KNHK_CONTROL_TICKS_LOW 2
#define KNHK_CONTROL_TICKS_HIGH 3

/* Bits of the set of engines. */
#define KNHK_ENGINE_U64 1u
#define KNHK_ENGINE_AVX2 2u
#define KNHK_ENGINE_AVX512 4u
#define KNHK_ENGINE_NEON 8u

/*
 * Evaluates n cells, n at most KNHK_CELLS_MAX, and returns how many have a mask that is not zero.
 * Any content of table and cells is in range: a class is a byte, and a column has 256 rows.
 * `fired` must lie at a multiple of 2; the others anywhere.
 */
typedef uint32_t knhk_eval(const uint8_t *table, const uint8_t *cells, uint8_t *masks,
                           uint16_t *fired, uint32_t n);

knhk_eval knhk_eval_u64_64, knhk_eval_u64_256, knhk_eval_u64_512;
#if defined(__x86_64__)
knhk_eval knhk_eval_avx2_256, knhk_eval_avx2_512;
knhk_eval knhk_eval_avx512_512;
#elif defined(__aarch64__)
knhk_eval knhk_eval_neon_256, knhk_eval_neon_512;
#endif

/* The count that JavaScript wrote, made safe: whatever it is, at most KNHK_CELLS_MAX. */
static inline uint32_t knhk_clamp(uint32_t count) {
  return count < KNHK_CELLS_MAX ? count : KNHK_CELLS_MAX;
}

#endif
