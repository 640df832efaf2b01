/* Which engines this processor, and the operating system on it, can run. */
#ifndef KNHK_FEATURES_H
#define KNHK_FEATURES_H

#include <stdint.h>

#include "kernel.h"

#if defined(__x86_64__)
struct knhk_cpuid {
  uint32_t a, b, c, d;
};

static inline struct knhk_cpuid knhk_cpuid(uint32_t leaf) {
  struct knhk_cpuid id;
  __asm__ volatile("cpuid"
                   : "=a"(id.a), "=b"(id.b), "=c"(id.c), "=d"(id.d)
                   : "a"(leaf), "c"(0));
  return id;
}

/* Which registers the operating system saves; only to be asked where CPUID shows OSXSAVE. */
static inline uint32_t knhk_saved_registers(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static inline uint32_t knhk_features(void) {
  enum { osxsave = 1 << 27, avx = 1 << 28, avx2 = 1 << 5, avx512f = 1 << 16 };
  /* Bits of XCR0: SSE and AVX state; with opmask and both halves of the 512-bit registers. */
  enum { ymm = 0x06, zmm = 0xe6 };
  uint32_t engines = KNHK_ENGINE_U64;
  if (knhk_cpuid(0).a < 7) return engines;
  const uint32_t basic = knhk_cpuid(1).c;
  if ((basic & osxsave) == 0 || (basic & avx) == 0) return engines;
  const uint32_t saved = knhk_saved_registers();
  const uint32_t extended = knhk_cpuid(7).b;
  if ((saved & ymm) != ymm || (extended & avx2) == 0) return engines;
  engines |= KNHK_ENGINE_AVX2;
  if ((saved & zmm) == zmm && (extended & avx512f) != 0) engines |= KNHK_ENGINE_AVX512;
  return engines;
}
#elif defined(__aarch64__)
/* Every arm64 processor that runs Node has NEON. */
static inline uint32_t knhk_features(void) { return KNHK_ENGINE_U64 | KNHK_ENGINE_NEON; }
#else
static inline uint32_t knhk_features(void) { return KNHK_ENGINE_U64; }
#endif

#endif
