/* x86-64 with AVX-512. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernels.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)

#define NAME(x) avx512_##x
#define FLOATS 16
#define TILE 14
#define EACH_TILE(CASE)                                                                                             \
  CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14)

typedef float vec __attribute__((vector_size(64)));
typedef float unit;
typedef vec units;
#define splat(p) ((vec)_mm512_set1_ps(*(p)))
#define load(p) ((vec)_mm512_loadu_ps(p))
#define madd(a, b, sum) ((vec)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(sum)))
#define load_few(p, n) ((vec)_mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), p))
#define store_few(p, v, n) _mm512_mask_storeu_ps(p, (__mmask16)((1u << (n)) - 1), (__m512)(v))
#define horizontal_sum(v) _mm512_reduce_add_ps((__m512)(v))
#define UNIT_VALUES 1
#define larger(a, b) ((vec)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define nearest(x) ((vec)_mm512_roundscale_ps((__m512)(x), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC))
#define scaled(x, n) ((vec)_mm512_scalef_ps((__m512)(x), (__m512)(n)))
#define at_most(x, most) ((vec)_mm512_min_ps(_mm512_set1_ps(most), (__m512)(x)))
#include "convolution_template.h"
#include "vector_math.h"
#include "attention_template.h"
#include "elementwise_template.h"
#include "columns_template.h"
#include "normalise_template.h"
#include "random_template.h"
#include "short_formats_template.h"
#include "winograd_template.h"

#pragma clang attribute pop

const wb_kernels wb_kernels_avx512 = {
    .vector_floats = FLOATS, .gather = avx512_gather, .outer = avx512_outer,
    .attention = avx512_attention, .attention_backward = avx512_attention_backward, ELEMENTWISE_KERNELS,
    COLUMN_KERNELS, NORMALISE_KERNELS, WINOGRAD_KERNELS, .random_normals = avx512_random_normals,
    SHORT_FORMAT_KERNELS};
#endif
