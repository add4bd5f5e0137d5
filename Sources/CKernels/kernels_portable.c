/* Any machine: vectors of four, no fused multiply-add asked for. */
#include "kernels.h"

#define NAME(x) portable_##x
#define FLOATS 4
#define TILE 6
#define EACH_TILE(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)

typedef float vec __attribute__((vector_size(16)));
typedef float unit;
typedef vec units;
static inline vec splat(const unit *p) { return (vec){*p, *p, *p, *p}; }
static inline vec load(const unit *p) {
  vec v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
static inline vec load_few(const float *p, int32_t n) {
  return (vec){p[0], n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, n > 3 ? p[3] : 0};
}
static inline void store_few(float *p, vec v, int32_t n) {
  for (int32_t i = 0; i < n; i++) p[i] = v[i];
}
#define madd(a, b, sum) ((sum) + (a) * (b))
#define UNIT_VALUES 1
static inline vec larger(vec a, vec b) {
  for (int i = 0; i < FLOATS; i++) a[i] = a[i] > b[i] ? a[i] : b[i];
  return a;
}
#include "convolution_template.h"
#include "vector_math.h"
#include "attention_template.h"
#include "elementwise_template.h"
#include "columns_template.h"
#include "normalise_template.h"
#include "random_template.h"
#include "short_formats_template.h"
#include "winograd_template.h"

const wb_kernels wb_kernels_portable = {
    .vector_floats = FLOATS, .gather = portable_gather, .outer = portable_outer,
    .attention = portable_attention, .attention_backward = portable_attention_backward, ELEMENTWISE_KERNELS,
    COLUMN_KERNELS, NORMALISE_KERNELS, WINOGRAD_KERNELS, .random_normals = portable_random_normals,
    SHORT_FORMAT_KERNELS};
