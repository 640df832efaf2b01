/* The processor's counter: TSC on x86-64, the virtual counter on arm64, else none (always 0). */
#ifndef KNHK_COUNTER_H
#define KNHK_COUNTER_H

#include <stdint.h>

/* Now, or a little before: what was begun earlier may still be running. */
static inline uint64_t knhk_counter(void) {
#if defined(__x86_64__)
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return (uint64_t)high << 32 | low;
#elif defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
  return ticks;
#else
  return 0;
#endif
}

/*
 * Now, with everything before it done. A region begins with the plain reading, which can only add
 * to its length, and ends with this one: else the last cells of a batch would not be in it. To
 * wait at both ends costs 9 ns more for each batch.
 */
static inline uint64_t knhk_counter_after(void) {
#if defined(__x86_64__)
  __asm__ volatile("lfence" : : : "memory");
#elif defined(__aarch64__)
  __asm__ volatile("isb" : : : "memory");
#endif
  return knhk_counter();
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

/* The least length of a region with nothing in it. */
static inline uint64_t knhk_empty_region(uint32_t rounds) {
  uint64_t least = UINT64_MAX;
  for (uint32_t i = 0; i < rounds; i++) {
    const uint64_t before = knhk_counter();
    const uint64_t ticks = knhk_counter_after() - before;
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
  return knhk_counter_after() - before;
}

#endif
