/* Any machine: vectors of four, no fused multiply-add asked for. */
#include "kernels.h"

#define NAME(x) portable_##x
#define LANES 4
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
#define madd(a, b, sum) ((sum) + (a) * (b))
#include "convolution_template.h"
#include "elementwise_template.h"

const wb_kernels wb_kernels_portable = {
    .name = "portable", .lanes = LANES, .gather = portable_gather, .outer = portable_outer, ELEMENTWISE_KERNELS};
