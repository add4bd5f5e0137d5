/* Functions of vectors, for the kernels that are written once; the including file says what vectors are, as for
   convolution_template.h, with
     larger(a, b)      the larger of two vectors, element by element; b where one is NaN
   and, where the machine has them,
     nearest(x)        whole numbers
     scaled(x, n)      x·2^n, infinite or 0 where that is no float
     at_most(x, most)  the smaller of a vector's elements and a number; a NaN stays one */

#include <stdint.h>

#ifndef nearest
typedef int32_t NAME(integers) __attribute__((vector_size(sizeof(vec))));
/* Adding 1.5·2^23 leaves no room for a fraction. */
#define nearest(x) (((x) + 12582912.0f) - 12582912.0f)
#define scaled(x, n) ((x) * (vec)(((NAME(integers))((n) + 12582912.0f) << 23) + 0x3F800000))
/* So that e^x and e^-x are floats: 87 on either side, which the caller sees to below. */
#define no_lower(x) larger((vec){0} - 87.0f, x)
#define no_higher(x) (-larger((vec){0} - 87.0f, -(x)))
#else
#define no_lower(x) (x)
/* Beyond, e^-x adds nothing to 1, and in the end what x·log2(e) is rounded by would not be a fraction any more. */
#define no_higher(x) at_most(x, 128.0f)
#endif

/* 2^(n + f), n whole, |f| ≤ ½: the polynomial of degree 5 whose largest relative error to 2^f is least, 7.5e-8, by Remez'
   algorithm; below 2.2e-7 with the rounding of its steps. */
INLINE vec NAME(power_of_two_parts)(vec n, vec f) {
  const vec p = 1.00000012f +
                f * (0.693146944f + f * (0.240221202f + f * (0.0555071309f + f * (0.00967554096f + f * 0.00132764725f))));
  return scaled(p, n);
}

/* 2^x, from x = -126 on; below that 2^-126. A NaN stays one. */
INLINE vec NAME(power_of_two)(vec x) {
  x = larger((vec){0} - 126.0f, x);
  const vec n = nearest(x);
  return NAME(power_of_two_parts)(n, x - n);
}

/* 1 + e^-x, x being no_lower than it may be */
INLINE vec NAME(one_and_power)(vec x) {
  x = no_higher(x);
  const vec n = nearest(x * -1.44269504089f);
  return 1.0f + NAME(power_of_two_parts)(n, x * -1.44269504089f - n);
}

/* x·σ(x) */
INLINE vec NAME(silu_of)(vec x) {
  x = no_lower(x);
  return x / NAME(one_and_power)(x);
}

/* Its derivative, σ + x·σ·(1 − σ) */
INLINE vec NAME(silu_slope)(vec x) {
  x = no_lower(x);
  const vec s = 1.0f / NAME(one_and_power)(x), y = x * s;
  return s + (y - y * s);
}
