/* x86-64 with AVX2 and FMA. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define NAME(x) avx2_##x
#define FLOATS 8
#define TILE 6
#define EACH_TILE(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)

typedef float vec __attribute__((vector_size(32)));
typedef float unit;
typedef vec units;
#define splat(p) ((vec)_mm256_broadcast_ss(p))
#define load(p) ((vec)_mm256_loadu_ps(p))
#define madd(a, b, sum) ((vec)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(sum)))
#define first_few(n) _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define load_few(p, n) ((vec)_mm256_maskload_ps(p, first_few(n)))
#define store_few(p, v, n) _mm256_maskstore_ps(p, first_few(n), (__m256)(v))
#define UNIT_VALUES 1
#define larger(a, b) ((vec)_mm256_max_ps((__m256)(a), (__m256)(b)))
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

const wb_kernels wb_kernels_avx2 = {
    .vector_floats = FLOATS, .gather = avx2_gather, .outer = avx2_outer,
    .attention = avx2_attention, .attention_backward = avx2_attention_backward, ELEMENTWISE_KERNELS,
    COLUMN_KERNELS, NORMALISE_KERNELS, WINOGRAD_KERNELS, .random_normals = avx2_random_normals,
    SHORT_FORMAT_KERNELS};
#endif
