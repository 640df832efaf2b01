/* Every engine and width, from one body. Freestanding: no call, no library. */
#include "kernel.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a cell is read as one number");

#if defined(__clang__)
#define KNHK_UNROLL _Pragma("clang loop unroll(full)")
#else
#define KNHK_UNROLL _Pragma("GCC unroll 8")
#endif

/*
 * Keeps the compiler from taking a value apart again: from splitting one load into eight, from
 * making one chain of two, and from taking "is it zero" out of the flags of the last AND, which
 * costs two instructions more than asking anew.
 */
#define KNHK_HIDE(value, place) __asm__("" : "+" place(value))

/* Rows lie anywhere, and JavaScript writes them as other types. */
#define KNHK_PLAIN aligned(1), may_alias
typedef uint32_t __attribute__((KNHK_PLAIN)) knhk_u32;
typedef uint64_t __attribute__((KNHK_PLAIN)) knhk_u64;

static inline uint64_t knhk_any_u64(uint64_t word) {
  KNHK_HIDE(word, "r");
  return word != 0;
}

/*
 * How many classes share a load was measured for each function on Zen 4, where a core does three
 * loads and four additions at a time, and the rows need eight loads; for NEON it is a guess.
 */
#define KNHK_NAME knhk_eval_u64_64
#define KNHK_WORD knhk_u64
#define KNHK_WORDS 1
#define KNHK_ANY knhk_any_u64
#define KNHK_PLACE "r"
#define KNHK_SHARED 4
#define KNHK_TARGET
#include "body.h"

#define KNHK_NAME knhk_eval_u64_256
#define KNHK_WORD knhk_u64
#define KNHK_WORDS 4
#define KNHK_ANY knhk_any_u64
#define KNHK_PLACE "r"
#define KNHK_SHARED 0
#define KNHK_TARGET
#include "body.h"

#define KNHK_NAME knhk_eval_u64_512
#define KNHK_WORD knhk_u64
#define KNHK_WORDS 8
#define KNHK_ANY knhk_any_u64
#define KNHK_PLACE "r"
#define KNHK_SHARED 0
#define KNHK_TARGET
#include "body.h"

#if defined(__x86_64__)
#include <immintrin.h>

typedef long long __attribute__((vector_size(32), KNHK_PLAIN)) knhk_256;
typedef long long __attribute__((vector_size(64), KNHK_PLAIN)) knhk_512;

#define KNHK_NAME knhk_eval_avx2_256
#define KNHK_WORD knhk_256
#define KNHK_WORDS 1
#define KNHK_ANY(x) (!_mm256_testz_si256((__m256i)(x), (__m256i)(x)))
#define KNHK_PLACE "x"
#define KNHK_SHARED 8
#define KNHK_TARGET __attribute__((target("avx2")))
#include "body.h"

#define KNHK_NAME knhk_eval_avx2_512
#define KNHK_WORD knhk_256
#define KNHK_WORDS 2
#define KNHK_ANY(x) (!_mm256_testz_si256((__m256i)(x), (__m256i)(x)))
#define KNHK_PLACE "x"
#define KNHK_SHARED 8
#define KNHK_TARGET __attribute__((target("avx2")))
#include "body.h"

/* With 256 lanes the avx2 function serves: a wider register would stay half empty. */
#define KNHK_NAME knhk_eval_avx512_512
#define KNHK_WORD knhk_512
#define KNHK_WORDS 1
#define KNHK_ANY(x) (_mm512_test_epi64_mask((__m512i)(x), (__m512i)(x)) != 0)
#define KNHK_PLACE "v"
#define KNHK_SHARED 8
#define KNHK_TARGET __attribute__((target("avx512f")))
#include "body.h"

#elif defined(__aarch64__)
typedef uint64_t __attribute__((vector_size(16), KNHK_PLAIN)) knhk_128;

#define KNHK_NAME knhk_eval_neon_256
#define KNHK_WORD knhk_128
#define KNHK_WORDS 2
#define KNHK_ANY(x) (((x)[0] | (x)[1]) != 0)
#define KNHK_PLACE "w"
#define KNHK_SHARED 8
#define KNHK_TARGET
#include "body.h"

#define KNHK_NAME knhk_eval_neon_512
#define KNHK_WORD knhk_128
#define KNHK_WORDS 4
#define KNHK_ANY(x) (((x)[0] | (x)[1]) != 0)
#define KNHK_PLACE "w"
#define KNHK_SHARED 8
#define KNHK_TARGET
#include "body.h"
#endif
