/*
 * Stands in for Node in a process that has musl: there is no Node for musl on npm or in Debian.
 * It loads the addon, implements the few functions of Node-API that the addon calls, and compares
 * every engine with a plain reading of random passes.
 */
#include <dlfcn.h>
#include <node_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/kernel.h"

/* All that a value can be here. */
struct napi_value__ {
  double number;
  uint8_t *bytes;
  size_t length;
  napi_callback call;
  void *data;
};

/* The arguments of the call that is going on, and what it threw. */
struct napi_callback_info__ {
  size_t count;
  napi_value *values;
  void *data;
};

static const napi_property_descriptor *methods;
static size_t method_count;
static const char *thrown;

static napi_value made(double number) {
  napi_value value = calloc(1, sizeof(*value));
  if (value == NULL) exit(3);
  value->number = number;
  return value;
}

napi_status napi_define_properties(napi_env env, napi_value object, size_t count,
                                   const napi_property_descriptor *properties) {
  napi_property_descriptor *copy = malloc(count * sizeof(*copy));
  if (copy == NULL) exit(3);
  memcpy(copy, properties, count * sizeof(*copy));
  methods = copy;
  method_count = count;
  return napi_ok;
}

napi_status napi_create_double(napi_env env, double number, napi_value *result) {
  *result = made(number);
  return napi_ok;
}

napi_status napi_create_function(napi_env env, const char *name, size_t length,
                                 napi_callback call, void *data, napi_value *result) {
  *result = made(0);
  (*result)->call = call;
  (*result)->data = data;
  return napi_ok;
}

napi_status napi_get_cb_info(napi_env env, napi_callback_info info, size_t *count,
                             napi_value *values, napi_value *self, void **data) {
  if (count != NULL) {
    for (size_t i = 0; i < *count && i < info->count; i++) values[i] = info->values[i];
    *count = info->count;
  }
  if (data != NULL) *data = info->data;
  return napi_ok;
}

napi_status napi_get_value_double(napi_env env, napi_value value, double *result) {
  *result = value->number;
  return value->bytes == NULL ? napi_ok : napi_number_expected;
}

napi_status napi_is_typedarray(napi_env env, napi_value value, bool *result) {
  *result = value->bytes != NULL;
  return napi_ok;
}

napi_status napi_get_typedarray_info(napi_env env, napi_value value, napi_typedarray_type *type,
                                     size_t *length, void **data, napi_value *buffer,
                                     size_t *offset) {
  *type = napi_uint8_array;
  *length = value->length;
  *data = value->bytes;
  *buffer = value;
  return napi_ok;
}

napi_status napi_is_arraybuffer(napi_env env, napi_value value, bool *result) {
  *result = false;
  return napi_ok;
}

napi_status napi_create_reference(napi_env env, napi_value value, uint32_t count,
                                  napi_ref *result) {
  *result = (napi_ref)value;
  return napi_ok;
}

napi_status napi_delete_reference(napi_env env, napi_ref reference) { return napi_ok; }

napi_status napi_add_finalizer(napi_env env, napi_value object, void *data,
                               napi_finalize finalize, void *hint, napi_ref *result) {
  return napi_ok;
}

static napi_status threw(const char *message) {
  thrown = message;
  return napi_ok;
}
napi_status napi_throw_error(napi_env env, const char *code, const char *message) {
  return threw(message);
}
napi_status napi_throw_type_error(napi_env env, const char *code, const char *message) {
  return threw(message);
}
napi_status napi_throw_range_error(napi_env env, const char *code, const char *message) {
  return threw(message);
}

static napi_value invoke(const char *name, size_t count, napi_value *values) {
  struct napi_callback_info__ info = {count, values, NULL};
  for (size_t i = 0; i < method_count; i++) {
    if (strcmp(methods[i].utf8name, name) == 0) return methods[i].method(NULL, &info);
  }
  fprintf(stderr, "musl: the addon has no %s\n", name);
  exit(1);
}

/* How many of the pass's bytes are not what they should be after the run. */
static uint32_t wrong(const uint8_t *memory, uint32_t row) {
  const uint32_t *control = (const uint32_t *)memory;
  const uint16_t *fired = (const uint16_t *)(memory + KNHK_FIRED_AT(row));
  uint32_t count = 0, bad = 0;
  for (uint32_t i = 0; i < knhk_clamp(control[0]); i++) {
    uint8_t any = 0;
    for (uint32_t byte = 0; byte < row; byte++) {
      uint8_t mask = 255;
      for (uint32_t column = 0; column < KNHK_COLUMNS; column++) {
        const uint8_t class = memory[KNHK_CELLS_AT + i * KNHK_COLUMNS + column];
        mask &= memory[KNHK_TABLE_AT + (column * KNHK_CLASSES + class) * row + byte];
      }
      bad += memory[KNHK_MASKS_AT(row) + i * row + byte] != mask;
      any |= mask;
    }
    if (any != 0) bad += fired[count++] != i;
  }
  return bad + (control[1] != count);
}

/* Random bytes from a fixed seed; rows are dense, so that about every second cell fires. */
static void fill(uint8_t *memory, uint32_t row, uint32_t n) {
  static uint32_t state = 1;
  for (uint32_t i = KNHK_CELLS_AT; i < KNHK_MASKS_AT(row); i++) {
    state = state * 1664525 + 1013904223;
    const uint8_t dense = state >> 24 | state >> 16 | (row == 8 ? state >> 8 : 0);
    memory[i] = i < KNHK_TABLE_AT ? state >> 24 : dense;
  }
  *(uint32_t *)memory = n;
}

/* Binds and runs one engine at one width; gives back how many bytes were wrong. */
static uint32_t judge(uint32_t row, uint32_t engine) {
  static const uint32_t counts[] = {0, 1, 64, 1024, UINT32_MAX};
  napi_value view = made(0);
  view->length = KNHK_MEMORY_BYTES(row);
  view->bytes = calloc(1, view->length);
  napi_value bound = invoke("bind", 3, (napi_value[]){view, made(row), made(engine)});
  if (bound == NULL || view->bytes == NULL) return 1;
  struct napi_callback_info__ info = {0, NULL, bound->data};
  uint32_t bad = 0;
  for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
    fill(view->bytes, row, counts[i]);
    bound->call(NULL, &info);
    bad += wrong(view->bytes, row);
  }
  return bad;
}

int main(int count, char **words) {
  void *addon = count == 2 ? dlopen(words[1], RTLD_NOW) : NULL;
  if (addon == NULL) {
    fprintf(stderr, "musl: %s\n", count == 2 ? dlerror() : "one addon is needed");
    return 1;
  }
  napi_addon_register_func start;
  *(void **)&start = dlsym(addon, "napi_register_module_v1");
  if (start == NULL || start(NULL, made(0)) == NULL) return 1;
  const uint32_t engines = (uint32_t)invoke("features", 0, NULL)->number;
  uint32_t bad = 0, runs = 0;
  for (uint32_t engine = 1; engine <= engines; engine <<= 1) {
    for (uint32_t row = 8; row <= 64; row = row == 8 ? 32 : row + 32) {
      if ((engines & engine) != 0) bad += judge(row, engine), runs++;
    }
  }
  printf("musl: engines %u, %u widths run, %u bytes wrong%s%s\n", engines, runs, bad,
         thrown == NULL ? "" : ", ", thrown == NULL ? "" : thrown);
  return bad == 0 && thrown == NULL && runs > 0 ? 0 : 1;
}
