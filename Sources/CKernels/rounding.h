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

#endif
