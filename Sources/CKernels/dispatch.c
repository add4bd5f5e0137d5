#include "kernels.h"

extern const wb_kernels wb_kernels_portable;
static int anywhere(void) { return 1; }

#if defined(__x86_64__)
extern const wb_kernels wb_kernels_avx2, wb_kernels_avx512, wb_kernels_avx512bf16;
#define X86(kernels) &kernels
#define supports(feature) __builtin_cpu_supports(feature)
#else
#define X86(kernels) NULL
#define supports(feature) 0
#endif

static int has_avx2(void) { return supports("avx2") && supports("fma"); }
static int has_avx512(void) {
  return has_avx2() && supports("avx512f") && supports("avx512bw") && supports("avx512dq") && supports("avx512vl");
}
static int has_avx512bf16(void) { return has_avx512() && supports("avx512bf16"); }

/* Every set there is, best first. Whatever names, orders or describes them reads this table. */
static const wb_kernel_set sets[] = {
    {"avx512bf16", "x86-64 with AVX-512 (F, BW, DQ, VL) and AVX512-BF16", has_avx512bf16, X86(wb_kernels_avx512bf16)},
    {"avx512", "x86-64 with AVX-512 (F, BW, DQ, VL)", has_avx512, X86(wb_kernels_avx512)},
    {"avx2", "x86-64 with AVX2 and FMA", has_avx2, X86(wb_kernels_avx2)},
    {"portable", "any processor", anywhere, &wb_kernels_portable},
};

const wb_kernel_set *wb_kernel_set_at(size_t index) {
  return index < sizeof sets / sizeof *sets ? sets + index : NULL;
}

const wb_kernels *wb_kernels_best(void) {
  const wb_kernel_set *set = sets;
  while (!set->runs_here()) set++;
  return set->kernels;
}
