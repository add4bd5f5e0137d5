/* What becomes of values in formats of 16 and 8 bits. */
#ifndef CKERNELS_SHORT_FORMATS_H
#define CKERNELS_SHORT_FORMATS_H

#include <stddef.h>
#include <stdint.h>

#include "convolution.h"

/* Sums over values x and what a format makes of them, q. What is not finite counts as overflown and is in neither sum of
   squares; of what is finite and overflows, q is the format's largest number. */
typedef struct {
  int64_t values;     /* x that are not 0 */
  int64_t underflows; /* of these: q is 0 or subnormal */
  int64_t zeros;      /* of these: q is 0 */
  int64_t overflows;  /* of these: beyond the format's largest number */
  double power;       /* sum of x^2 */
  double error;       /* sum of (x - q)^2 */
} wb_rounding_sums;

/* The bits of the largest |x|; above 0x7F800000 where there is a NaN. 0 of nothing. */
typedef uint32_t wb_largest_kernel(const float *x, size_t count);

/* dst = round(scale * src) / scale, `inverse` being 1 / scale; both are powers of two. dst may be src. */
typedef void wb_round_scaled_kernel(float *dst, const float *src, size_t count, float scale, float inverse,
                                    wb_operand format);

/* Adds to the sums, q = round(scale * x) / scale. The same bits from every set. */
typedef void wb_examine_kernel(wb_rounding_sums *sums, const float *x, size_t count, float scale, float inverse,
                               wb_operand format);

/* x to one of the two bfloat16 next to it, up with the probability that its mean is x (Gupta et al. 2015, section 3.1).
   Value i takes 16 bits of the stream (image 0, step, purpose): the low or the high half of word (first + i) / 2, for even
   or odd places. `first` is a multiple of 8. The same bits from every set. */
typedef void wb_round_stochastic_kernel(float *x, size_t first, size_t count, uint64_t seed, uint32_t step,
                                        uint32_t purpose);

#endif
