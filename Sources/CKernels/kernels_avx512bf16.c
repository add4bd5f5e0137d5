/* x86-64 with AVX512-BF16: products of bf16 pairs, summed in float32. Everything else is AVX-512's. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernels.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"))),         \
                             apply_to = function)

#define NAME(x) avx512bf16_##x
#define FLOATS 16
#define TILE 14
#define EACH_TILE(CASE)                                                                                             \
  CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14)

typedef float vec __attribute__((vector_size(64)));
typedef uint32_t unit;
typedef __m512i units;
#define splat(p) _mm512_set1_epi32((int)*(p))
#define load(p) _mm512_loadu_si512(p)
#define madd(a, b, sum) ((vec)_mm512_dpbf16_ps((__m512)(sum), (__m512bh)(a), (__m512bh)(b)))
#define load_few(p, n) ((vec)_mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), p))
#define store_few(p, v, n) _mm512_mask_storeu_ps(p, (__mmask16)((1u << (n)) - 1), (__m512)(v))
#define load_few_units(p, n) _mm512_maskz_loadu_epi32((__mmask16)((1u << (n)) - 1), p)
#define horizontal_sum(v) _mm512_reduce_add_ps((__m512)(v))
#define UNIT_VALUES 2
#define larger(a, b) ((vec)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define nearest(x) ((vec)_mm512_roundscale_ps((__m512)(x), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC))
#define scaled(x, n) ((vec)_mm512_scalef_ps((__m512)(x), (__m512)(n)))
#define at_most(x, most) ((vec)_mm512_min_ps(_mm512_set1_ps(most), (__m512)(x)))
/* The instructions round as wb_bf16_bits does but for denormals, which products take as zero. */
#define half_units(x) _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)(x)))
#define paired(a, b) _mm512_or_si512(half_units(a), _mm512_slli_epi32(half_units(b), 16))
#define joined(a, b) ((__m512i)_mm512_cvtne2ps_pbh((__m512)(b), (__m512)(a)))
#include "convolution_template.h"
#include "vector_math.h"
#include "attention_template.h"

#pragma clang attribute pop

extern const wb_kernels wb_kernels_avx512;
wb_kernels wb_kernels_avx512bf16;

__attribute__((constructor)) static void compose(void) {
  wb_kernels_avx512bf16 = wb_kernels_avx512;
  wb_kernels_avx512bf16.native_bf16 = 1;
  wb_kernels_avx512bf16.gather_bf16 = avx512bf16_gather;
  wb_kernels_avx512bf16.outer_bf16 = avx512bf16_outer;
  wb_kernels_avx512bf16.attention_bf16 = avx512bf16_attention;
  wb_kernels_avx512bf16.attention_backward_bf16 = avx512bf16_attention_backward;
}
#endif
