/* The processor's counter: TSC on x86-64, the virtual counter on arm64, else none (always 0). */
#ifndef KNHK_COUNTER_H
#define KNHK_COUNTER_H

#include <stdint.h>

/*
 * Both readings wait for what came before them; without that the second would be taken while the
 * last cells of a batch are still being evaluated, and every figure would flatter.
 */
static inline uint64_t knhk_counter(void) {
#if defined(__x86_64__)
  uint32_t low, high;
  __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
  return (uint64_t)high << 32 | low;
#elif defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
  return ticks;
#else
  return 0;
#endif
}

/* Counts per second where the processor says it, else 0: then it must be calibrated. */
static inline uint64_t knhk_counter_hz(void) {
#if defined(__aarch64__)
  uint64_t hz;
  __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
  return hz;
#else
  return 0;
#endif
}

/* The smallest difference of two adjacent readings. */
static inline uint64_t knhk_empty_region(uint32_t rounds) {
  uint64_t least = UINT64_MAX;
  for (uint32_t i = 0; i < rounds; i++) {
    const uint64_t before = knhk_counter();
    const uint64_t ticks = knhk_counter() - before;
    least = ticks < least ? ticks : least;
  }
  return least;
}

/* The time of `length` multiplications, each of which needs the result of the one before. */
static inline uint64_t knhk_chain(uint32_t length) {
  uint64_t value = 3;
  const uint64_t before = knhk_counter();
  for (uint32_t i = 0; i < length; i++) {
    value *= value;
    /* Keeps the compiler from seeing what the product is. */
    __asm__ volatile("" : "+r"(value));
  }
  return knhk_counter() - before;
}

#endif
