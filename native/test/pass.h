/* One pass, run by the addon's own function over memory that holds anything. */
#ifndef KNHK_TEST_PASS_H
#define KNHK_TEST_PASS_H

#include <stdint.h>
#include <string.h>

#include "../src/kernel.h"
#include "sets.h"

/* A fault that must be found out: the count is taken as JavaScript wrote it. */
#ifdef CONTROL_CLAMP
#define knhk_clamp(count) (count)
#endif
/* Another: the count is read to be compared, and read again to be used. */
#ifdef CONTROL_TWICE
#define knhk_clamp(count) ((count) < KNHK_CELLS_MAX ? (count) : KNHK_CELLS_MAX)
#endif

/* A binary that tries one faulty function has no others. */
#pragma weak knhk_eval_u64_256
#pragma weak knhk_eval_u64_512
#pragma weak knhk_eval_avx2_256
#pragma weak knhk_eval_avx2_512
#pragma weak knhk_eval_avx512_512

/* The whole addon, for its knhk_run; none of Node-API is called. */
#include "../src/addon.c"

static inline void run_pass(const struct kernel *kernel, uint8_t *memory) {
  knhk_run(memory, kernel->lanes / 8, kernel->run);
}

#endif
