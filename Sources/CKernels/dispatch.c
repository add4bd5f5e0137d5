#include <string.h>

#include "kernels.h"

extern const wb_kernels wb_kernels_portable;

#if defined(__x86_64__)
extern const wb_kernels wb_kernels_avx2, wb_kernels_avx512;
extern wb_gather_kernel *const wb_gather_avx512bf16;
extern wb_outer_kernel *const wb_outer_avx512bf16;
extern wb_attention_kernel *const wb_attention_avx512bf16;
extern wb_attention_backward_kernel *const wb_attention_backward_avx512bf16;

static wb_kernels with_bf16;

__attribute__((constructor)) static void compose(void) {
  with_bf16 = wb_kernels_avx512;
  with_bf16.name = "avx512bf16";
  with_bf16.native_bf16 = 1;
  with_bf16.gather_bf16 = wb_gather_avx512bf16;
  with_bf16.outer_bf16 = wb_outer_avx512bf16;
  with_bf16.attention_bf16 = wb_attention_avx512bf16;
  with_bf16.attention_backward_bf16 = wb_attention_backward_avx512bf16;
  __builtin_cpu_init();
}

static const wb_kernels *available(int index) {
  const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  switch (index) {
    case 0: return avx512 && __builtin_cpu_supports("avx512bf16") ? &with_bf16 : NULL;
    case 1: return avx512 ? &wb_kernels_avx512 : NULL;
    case 2: return avx2 ? &wb_kernels_avx2 : NULL;
    default: return &wb_kernels_portable;
  }
}
#else
static const wb_kernels *available(int index) { return index == 3 ? &wb_kernels_portable : NULL; }
#endif

const wb_kernels *wb_kernels_named(const char *name) {
  for (int i = 0; i < 4; i++) {
    const wb_kernels *kernels = available(i);
    if (kernels && strcmp(kernels->name, name) == 0) return kernels;
  }
  return NULL;
}

const wb_kernels *wb_kernels_best(void) {
  for (int i = 0; i < 3; i++) {
    const wb_kernels *kernels = available(i);
    if (kernels) return kernels;
  }
  return &wb_kernels_portable;
}
