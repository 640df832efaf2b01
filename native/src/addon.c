/*
 * The addon: what JavaScript sees of the kernel. Everything is checked when memory is bound; a
 * bound function reads its count, evaluates and returns. Freestanding: only Node-API is called.
 */
#include <node_api.h>

#include "counter.h"
#include "features.h"
#include "kernel.h"

#if defined(_WIN32) && !defined(KNHK_HOSTED)
/* Compilers for Windows ask for this name wherever a program has floating point. */
int _fltused = 0;
#endif

/* The loader refuses any other number. */
enum { knhk_abi = 1 };
enum { knhk_rounds_max = 1 << 20 };

/*
 * Memory may be written by other threads meanwhile. The count is read once; whatever else is
 * read is a class, which is in range whatever it is.
 */
static inline void knhk_run(uint8_t *memory, uint32_t row, knhk_eval *eval) {
  volatile uint32_t *control = (volatile uint32_t *)memory;
  const uint32_t n = knhk_clamp(control[KNHK_CONTROL_COUNT]);
  const uint64_t before = knhk_counter();
  const uint32_t fired =
      eval(memory + KNHK_TABLE_AT, memory + KNHK_CELLS_AT, memory + KNHK_MASKS_AT(row),
           (uint16_t *)(memory + KNHK_FIRED_AT(row)), n);
  const uint64_t ticks = knhk_counter_after() - before;
  control[KNHK_CONTROL_FIRED] = fired;
  control[KNHK_CONTROL_TICKS_LOW] = (uint32_t)ticks;
  control[KNHK_CONTROL_TICKS_HIGH] = (uint32_t)(ticks >> 32);
}

/*
 * One callback for each function of the kernel, so that all a bound function has to know is its
 * memory's address. Node keeps that beside the function, where JavaScript cannot reach it.
 */
#define KNHK_CALLBACK(engine, lanes)                                               \
  static napi_value knhk_call_##engine##_##lanes(napi_env env, napi_callback_info info) { \
    void *memory;                                                                  \
    if (napi_get_cb_info(env, info, NULL, NULL, NULL, &memory) == napi_ok)         \
      knhk_run(memory, (lanes) / 8, knhk_eval_##engine##_##lanes);                 \
    return NULL;                                                                   \
  }

KNHK_CALLBACK(u64, 64)
KNHK_CALLBACK(u64, 256)
KNHK_CALLBACK(u64, 512)
#if defined(__x86_64__)
KNHK_CALLBACK(avx2, 256)
KNHK_CALLBACK(avx2, 512)
KNHK_CALLBACK(avx512, 512)
#elif defined(__aarch64__)
KNHK_CALLBACK(neon, 256)
KNHK_CALLBACK(neon, 512)
#endif

/* Where an engine has no function of its own for a width, the next narrower one serves. */
static napi_callback knhk_callback(uint32_t engine, uint32_t row) {
  if (row == 8) return knhk_call_u64_64;
#if defined(__x86_64__)
  if (engine == KNHK_ENGINE_AVX512 && row == 64) return knhk_call_avx512_512;
  if (engine != KNHK_ENGINE_U64) return row == 32 ? knhk_call_avx2_256 : knhk_call_avx2_512;
#elif defined(__aarch64__)
  if (engine == KNHK_ENGINE_NEON) return row == 32 ? knhk_call_neon_256 : knhk_call_neon_512;
#else
  (void)engine;
#endif
  return row == 32 ? knhk_call_u64_256 : knhk_call_u64_512;
}

static napi_value knhk_type_error(napi_env env, const char *message) {
  napi_throw_type_error(env, NULL, message);
  return NULL;
}

static napi_value knhk_range_error(napi_env env, const char *message) {
  napi_throw_range_error(env, NULL, message);
  return NULL;
}

/* A number without a fraction; a conversion would make 8 of 8.5 and 0 of NaN. */
static bool knhk_integer(napi_env env, napi_value value, uint32_t *result) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok) return false;
  if (!(number >= 0 && number <= UINT32_MAX)) return false;
  *result = (uint32_t)number;
  return (double)*result == number;
}

/* The bytes of a Uint8Array over shared memory, or NULL with an error thrown. */
static uint8_t *knhk_shared_bytes(napi_env env, napi_value view, size_t *length) {
  bool is_view = false, is_movable = true;
  napi_typedarray_type type;
  napi_value buffer;
  void *bytes = NULL;
  if (napi_is_typedarray(env, view, &is_view) != napi_ok || !is_view ||
      napi_get_typedarray_info(env, view, &type, length, &bytes, &buffer, NULL) != napi_ok ||
      type != napi_uint8_array) {
    return (uint8_t *)knhk_type_error(env, "bind: memory must be a Uint8Array");
  }
  /* An ArrayBuffer may be transferred or resized: its bytes would be gone under the function. */
  if (napi_is_arraybuffer(env, buffer, &is_movable) != napi_ok || is_movable || bytes == NULL) {
    return (uint8_t *)knhk_type_error(env, "bind: memory must lie in a SharedArrayBuffer");
  }
  return bytes;
}

static void knhk_release(napi_env env, void *kept, void *hint) {
  (void)hint;
  napi_delete_reference(env, (napi_ref)kept);
}

/* A function that runs the callback over the memory, and keeps the view alive while it lives. */
static napi_value knhk_bound(napi_env env, napi_callback call, uint8_t *bytes, napi_value view) {
  napi_value function;
  napi_ref kept;
  if (napi_create_function(env, "evaluate", NAPI_AUTO_LENGTH, call, bytes, &function) == napi_ok &&
      napi_create_reference(env, view, 1, &kept) == napi_ok) {
    if (napi_add_finalizer(env, function, kept, knhk_release, NULL, NULL) == napi_ok) {
      return function;
    }
    napi_delete_reference(env, kept);
  }
  napi_throw_error(env, NULL, "bind: Node-API refused to make a function");
  return NULL;
}

/* bind(memory, laneBytes, engine): a function without arguments. */
static napi_value knhk_bind(napi_env env, napi_callback_info info) {
  napi_value given[3];
  size_t count = 3, length = 0;
  uint32_t row = 0, engine = 0;
  if (napi_get_cb_info(env, info, &count, given, NULL, NULL) != napi_ok) return NULL;
  if (count < 3) return knhk_type_error(env, "bind: takes memory, laneBytes and engine");
  uint8_t *bytes = knhk_shared_bytes(env, given[0], &length);
  if (bytes == NULL) return NULL;
  if (!knhk_integer(env, given[1], &row) || (row != 8 && row != 32 && row != 64)) {
    return knhk_range_error(env, "bind: laneBytes must be 8, 32 or 64");
  }
  if (length != KNHK_MEMORY_BYTES(row)) {
    return knhk_range_error(env, "bind: memory has the wrong byte length for laneBytes");
  }
  if ((uintptr_t)bytes % sizeof(uint32_t) != 0) {
    return knhk_range_error(env, "bind: memory must begin at a multiple of 4 bytes");
  }
  const bool is_one = knhk_integer(env, given[2], &engine) && (engine & (engine - 1)) == 0;
  if (!is_one || (engine & knhk_features()) == 0) {
    return knhk_range_error(env, "bind: engine must be one of the bits of features()");
  }
  return knhk_bound(env, knhk_callback(engine, row), bytes, given[0]);
}

static napi_value knhk_number(napi_env env, double value) {
  napi_value result;
  return napi_create_double(env, value, &result) == napi_ok ? result : NULL;
}

static napi_value knhk_call_features(napi_env env, napi_callback_info info) {
  (void)info;
  return knhk_number(env, knhk_features());
}

static napi_value knhk_call_counter(napi_env env, napi_callback_info info) {
  (void)info;
  return knhk_number(env, (double)knhk_counter());
}

static napi_value knhk_call_counter_hz(napi_env env, napi_callback_info info) {
  (void)info;
  return knhk_number(env, (double)knhk_counter_hz());
}

/* The one argument of a measurement: at least 1, and bounded, for nothing can interrupt it. */
static uint32_t knhk_rounds(napi_env env, napi_callback_info info, const char *message) {
  napi_value given;
  size_t count = 1;
  uint32_t rounds = 0;
  if (napi_get_cb_info(env, info, &count, &given, NULL, NULL) == napi_ok && count == 1 &&
      knhk_integer(env, given, &rounds) && rounds >= 1 && rounds <= knhk_rounds_max) {
    return rounds;
  }
  napi_throw_range_error(env, NULL, message);
  return 0;
}

static napi_value knhk_call_empty_region(napi_env env, napi_callback_info info) {
  const char *message = "emptyRegion: rounds must be a whole number from 1 to 1,048,576";
  const uint32_t rounds = knhk_rounds(env, info, message);
  return rounds == 0 ? NULL : knhk_number(env, (double)knhk_empty_region(rounds));
}

static napi_value knhk_call_chain(napi_env env, napi_callback_info info) {
  const char *message = "chain: length must be a whole number from 1 to 1,048,576";
  const uint32_t length = knhk_rounds(env, info, message);
  return length == 0 ? NULL : knhk_number(env, (double)knhk_chain(length));
}

NAPI_MODULE_EXPORT int32_t node_api_module_get_api_version_v1(void) { return NAPI_VERSION; }

NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  const napi_property_descriptor properties[] = {
      {"features", NULL, knhk_call_features, NULL, NULL, NULL, napi_enumerable, NULL},
      {"bind", NULL, knhk_bind, NULL, NULL, NULL, napi_enumerable, NULL},
      {"counter", NULL, knhk_call_counter, NULL, NULL, NULL, napi_enumerable, NULL},
      {"counterHz", NULL, knhk_call_counter_hz, NULL, NULL, NULL, napi_enumerable, NULL},
      {"emptyRegion", NULL, knhk_call_empty_region, NULL, NULL, NULL, napi_enumerable, NULL},
      {"chain", NULL, knhk_call_chain, NULL, NULL, NULL, napi_enumerable, NULL},
      {"abi", NULL, NULL, NULL, NULL, knhk_number(env, knhk_abi), napi_enumerable, NULL},
  };
  const size_t count = sizeof(properties) / sizeof(properties[0]);
  return napi_define_properties(env, exports, count, properties) == napi_ok ? exports : NULL;
}
