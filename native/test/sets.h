/* Data sets for the kernels: tables, cells, sizes; the same for harness, counters and fuzzing. */
#ifndef KNHK_TEST_SETS_H
#define KNHK_TEST_SETS_H

#include <stddef.h>
#include <stdint.h>

enum { COLUMNS = 8, CLASSES = 256, CAPACITY = 1024 };

typedef uint32_t evaluate_fn(const uint8_t *table, const uint8_t *cells, uint8_t *masks,
                             uint16_t *fired, uint32_t n);

/* One kernel function by its symbol; `run` is null where the binary under test has none. */
struct kernel {
  const char *engine;
  uint32_t lanes;
  evaluate_fn *run;
};

extern const struct kernel kernels[];
extern const size_t kernel_count;

/* Whether this processor, and the system on it, run the engine. */
int runs_here(const char *engine);
const struct kernel *find_kernel(const char *engine, uint32_t lanes);

uint64_t next_random(uint64_t *state);

/* Every pairing of table kind, cell kind and size comes up within 1,056 consecutive indices. */
uint32_t set_size(uint64_t index);
void fill_table(uint64_t index, uint8_t *table, size_t row_bytes);
void fill_cells(uint64_t index, uint8_t *cells, uint32_t n);

/* The specification, byte by byte. `masks` and `fired` have room for n results. */
uint32_t reference(const uint8_t *table, const uint8_t *cells, uint8_t *masks, uint16_t *fired,
                   uint32_t n, size_t row_bytes);

#endif
