/* Rounding to the short float formats, to nearest, ties to even; plain integer arithmetic that vectorises anywhere. */
#ifndef CKERNELS_ROUNDING_H
#define CKERNELS_ROUNDING_H

#include <stdint.h>

typedef union { float f; uint32_t u; } wb_bits;

static inline uint16_t wb_bf16_bits(float x) {
  const wb_bits b = {.f = x};
  const uint32_t rounded = b.u + 0x7FFFu + (b.u >> 16 & 1);
  const uint32_t nan = b.u | 0x400000u;
  return (uint16_t)(((b.u & 0x7FFFFFFFu) > 0x7F800000u ? nan : rounded) >> 16);
}

static inline float wb_to_bf16(float x) {
  const wb_bits b = {.u = (uint32_t)wb_bf16_bits(x) << 16};
  return b.f;
}

/* The float16 nearest to x, as a float32: infinite from 65520 on, multiples of 2^-24 below 2^-14. */
static inline float wb_to_fp16(float x) {
  const wb_bits b = {.f = x};
  const wb_bits magnitude = {.u = b.u & 0x7FFFFFFFu};
  const wb_bits normal = {.u = (magnitude.u + 0xFFFu + (magnitude.u >> 13 & 1)) & ~0x1FFFu};
  const wb_bits subnormal = {.f = (magnitude.f + 0.5f) - 0.5f};
  const uint32_t infinity = 0x7F800000u;
  const uint32_t nan = magnitude.u | 0x400000u;
  uint32_t bits = magnitude.u < 0x38800000u ? subnormal.u : normal.u;
  bits = magnitude.u >= 0x477FF000u ? infinity : bits;
  bits = magnitude.u > infinity ? nan : bits;
  const wb_bits result = {.u = bits | (b.u & 0x80000000u)};
  return result.f;
}

/* The 8-bit formats of Micikevicius et al. 2022 ("FP8 formats for deep learning"), as the OCP's standard has them without
   saturation. e4m3: 4 bits of exponent and 3 of mantissa, up to 448, multiples of 2^-9 below 2^-6, no infinity: what
   rounds beyond 448 is NaN. 464 lies in the middle between 448 and what would be 480, and goes to the even one. */
static inline float wb_to_e4m3(float x) {
  const wb_bits b = {.f = x};
  const wb_bits magnitude = {.u = b.u & 0x7FFFFFFFu};
  const uint32_t normal = (magnitude.u + 0x7FFFFu + (magnitude.u >> 20 & 1)) & ~0xFFFFFu;
  const wb_bits subnormal = {.f = (magnitude.f + 16384.0f) - 16384.0f};
  uint32_t bits = magnitude.u < 0x3C800000u ? subnormal.u : normal;
  bits = magnitude.u > 0x43E80000u ? 0x7FC00000u : bits;
  const wb_bits result = {.u = bits | (b.u & 0x80000000u)};
  return result.f;
}

/* e5m2: 5 and 2 bits, up to 57344, multiples of 2^-16 below 2^-14; infinite from 61440 on. */
static inline float wb_to_e5m2(float x) {
  const wb_bits b = {.f = x};
  const wb_bits magnitude = {.u = b.u & 0x7FFFFFFFu};
  const uint32_t normal = (magnitude.u + 0xFFFFFu + (magnitude.u >> 21 & 1)) & ~0x1FFFFFu;
  const wb_bits subnormal = {.f = (magnitude.f + 128.0f) - 128.0f};
  const uint32_t infinity = 0x7F800000u;
  uint32_t bits = magnitude.u < 0x38800000u ? subnormal.u : normal;
  bits = magnitude.u >= 0x47700000u ? infinity : bits;
  bits = magnitude.u > infinity ? 0x7FC00000u : bits;
  const wb_bits result = {.u = bits | (b.u & 0x80000000u)};
  return result.f;
}

#endif
