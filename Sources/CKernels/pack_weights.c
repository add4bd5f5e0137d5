#include <string.h>

#include "convolution.h"
#include "rounding.h"

static int32_t rounded_up(int32_t n, int32_t multiple) { return (n + multiple - 1) / multiple * multiple; }

/* Units that `channels` reduced channels take. */
static int32_t unit_count(int32_t channels, wb_operand operand) {
  return operand == wb_pack_bf16 ? (channels + 1) / 2 : channels;
}

size_t wb_packed_size(int32_t segments, int32_t taps_per_run, int32_t reduced, int32_t channels, int vector_floats,
                      wb_operand operand) {
  const int32_t run = taps_per_run * unit_count(reduced, operand);
  if (channels <= wb_narrow) return (size_t)channels * segments * rounded_up(run, vector_floats);
  return (size_t)segments * run * rounded_up(channels, vector_floats);
}

/* The unit of reduced channel(s) `u` and output channel `c` at a tap. */
static inline uint32_t unit_of(const float *tap, int32_t u, int32_t reduced, int32_t reduced_stride, int32_t c,
                               int32_t channel_stride, wb_operand operand) {
  if (operand == wb_pack_bf16) {
    const float *w = tap + (ptrdiff_t)c * channel_stride;
    const uint32_t low = wb_bf16_bits(w[(ptrdiff_t)2 * u * reduced_stride]);
    const uint32_t high = 2 * u + 1 < reduced ? wb_bf16_bits(w[(ptrdiff_t)(2 * u + 1) * reduced_stride]) : 0;
    return low | high << 16;
  }
  const float w = tap[(ptrdiff_t)u * reduced_stride + (ptrdiff_t)c * channel_stride];
  const wb_bits b = {.f = operand == wb_round_bf16 ? wb_to_bf16(w) : operand == wb_round_fp16 ? wb_to_fp16(w) : w};
  return b.u;
}

/* The units of reduced channel(s) `u` and `count` output channels that lie side by side: loops that the compiler turns into
   vectors for the common operands. */
static inline void pack_across(uint32_t *restrict to, const float *restrict tap, int32_t u, int32_t reduced,
                        int32_t reduced_stride, int32_t count, wb_operand operand) {
  if (operand == wb_round_none) {
    const float *from = tap + (ptrdiff_t)u * reduced_stride;
    if (count == 32) memcpy(to, from, 32 * sizeof *to); /* no call */
    else memcpy(to, from, count * sizeof *to);
  } else if (operand == wb_pack_bf16 && 2 * u + 1 < reduced) {
    const float *low = tap + (ptrdiff_t)2 * u * reduced_stride, *high = low + reduced_stride;
    for (int32_t c = 0; c < count; c++) to[c] = (uint32_t)wb_bf16_bits(low[c]) | (uint32_t)wb_bf16_bits(high[c]) << 16;
  } else {
    for (int32_t c = 0; c < count; c++) to[c] = unit_of(tap, u, reduced, reduced_stride, c, 1, operand);
  }
}

typedef uint32_t four __attribute__((vector_size(16)));

/* Units of four output channels whose reduced channels lie side by side, turned to [unit][channel] four by four. */
static inline void pack_along(uint32_t *restrict to, int32_t width, const float *restrict tap, int32_t units, int32_t reduced,
                       int32_t channel_stride, wb_operand operand) {
  int32_t u = 0;
  for (; (u + 4) * (operand == wb_pack_bf16 ? 2 : 1) <= reduced; u += 4) {
    uint32_t rows[4][4];
    for (int32_t c = 0; c < 4; c++) {
      const float *w = tap + (ptrdiff_t)c * channel_stride;
      if (operand == wb_round_none) memcpy(rows[c], w + u, sizeof rows[c]);
      else if (operand == wb_pack_bf16)
        for (int i = 0; i < 4; i++)
          rows[c][i] = (uint32_t)wb_bf16_bits(w[2 * (u + i)]) | (uint32_t)wb_bf16_bits(w[2 * (u + i) + 1]) << 16;
      else for (int i = 0; i < 4; i++) rows[c][i] = unit_of(w, u + i, reduced, 1, 0, 0, operand);
    }
    four r[4];
    memcpy(r, rows, sizeof r);
    const four a = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5), b = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
    const four c = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5), d = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
    const four turned[4] = {
        __builtin_shufflevector(a, c, 0, 1, 4, 5), __builtin_shufflevector(a, c, 2, 3, 6, 7),
        __builtin_shufflevector(b, d, 0, 1, 4, 5), __builtin_shufflevector(b, d, 2, 3, 6, 7)};
    for (int i = 0; i < 4; i++) memcpy(to + (size_t)(u + i) * width, &turned[i], sizeof turned[i]);
  }
  for (; u < units; u++)
    for (int32_t c = 0; c < 4; c++)
      to[(size_t)u * width + c] = unit_of(tap, u, reduced, 1, c, channel_stride, operand);
}

void wb_pack_weights(void *packed, const float *weights, const int32_t *taps, int32_t segments, int32_t taps_per_run,
                     int32_t tap_stride, int32_t reduced, int32_t reduced_stride, int32_t channels,
                     int32_t channel_stride, int vector_floats, wb_operand operand) {
  const int32_t units = unit_count(reduced, operand);
  uint32_t *to = packed;
  if (channels <= wb_narrow) {
    const int32_t run = taps_per_run * units;
    for (int32_t c = 0; c < channels; c++)
      for (int32_t s = 0; s < segments; s++) {
        for (int32_t k = 0; k < taps_per_run; k++)
          for (int32_t u = 0; u < units; u++)
            *to++ = unit_of(weights + (ptrdiff_t)taps[s * taps_per_run + k] * tap_stride, u, reduced, reduced_stride, c,
                            channel_stride, operand);
        for (int32_t r = run; r < rounded_up(run, vector_floats); r++) *to++ = 0;
      }
    return;
  }
  for (int32_t first = 0; first < channels; first += 2 * vector_floats) {
    const int32_t width = channels - first > vector_floats ? 2 * vector_floats : vector_floats;
    const int32_t present = channels - first < width ? channels - first : width;
    for (int32_t k = 0; k < segments * taps_per_run; k++) {
      const float *tap = weights + (ptrdiff_t)taps[k] * tap_stride;
      const float *from = tap + (ptrdiff_t)first * channel_stride;
      const int32_t fours = reduced_stride == 1 && channel_stride != 1 ? present / 4 * 4 : 0;
      for (int32_t c = 0; c < fours; c += 4)
        pack_along(to + c, width, from + (ptrdiff_t)c * channel_stride, units, reduced, channel_stride, operand);
      for (int32_t u = 0; u < units; u++) {
        if (channel_stride == 1) pack_across(to, from, u, reduced, reduced_stride, present, operand);
        else
          for (int32_t c = fours; c < present; c++)
            to[c] = unit_of(from, u, reduced, reduced_stride, c, channel_stride, operand);
        for (int32_t c = present; c < width; c++) to[c] = 0;
        to += width;
      }
    }
  }
}
