#include <string.h>

#include "convolution.h"
#include "rounding.h"

static int32_t rounded_up(int32_t n, int32_t multiple) { return (n + multiple - 1) / multiple * multiple; }

/* Units that `channels` reduced channels take. */
static int32_t unit_count(int32_t channels, wb_operand operand) {
  return operand == wb_pack_bf16 ? (channels + 1) / 2 : channels;
}

size_t wb_packed_size(int32_t segments, int32_t taps_per_run, int32_t reduced, int32_t channels, int lanes,
                      wb_operand operand) {
  const int32_t run = taps_per_run * unit_count(reduced, operand);
  if (channels <= wb_narrow) return (size_t)channels * segments * rounded_up(run, lanes);
  return (size_t)segments * run * rounded_up(channels, lanes);
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

/* The units of reduced channel(s) `u` and `count` output channels. The common operands have loops of their own, which the
   compiler turns into vectors where channels lie side by side. */
static inline void pack_units(uint32_t *restrict to, const float *restrict tap, int32_t u, int32_t reduced,
                              int32_t reduced_stride, int32_t count, int32_t channel_stride, wb_operand operand) {
  if (operand == wb_round_none && channel_stride == 1) {
    memcpy(to, tap + (ptrdiff_t)u * reduced_stride, count * sizeof *to);
  } else if (operand == wb_pack_bf16 && 2 * u + 1 < reduced && channel_stride == 1) {
    const float *low = tap + (ptrdiff_t)2 * u * reduced_stride, *high = low + reduced_stride;
    for (int32_t c = 0; c < count; c++) to[c] = (uint32_t)wb_bf16_bits(low[c]) | (uint32_t)wb_bf16_bits(high[c]) << 16;
  } else {
    for (int32_t c = 0; c < count; c++) to[c] = unit_of(tap, u, reduced, reduced_stride, c, channel_stride, operand);
  }
}

void wb_pack_weights(void *packed, const float *weights, const int32_t *taps, int32_t segments, int32_t taps_per_run,
                     int32_t tap_stride, int32_t reduced, int32_t reduced_stride, int32_t channels,
                     int32_t channel_stride, int lanes, wb_operand operand) {
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
        for (int32_t r = run; r < rounded_up(run, lanes); r++) *to++ = 0;
      }
    return;
  }
  for (int32_t first = 0; first < channels; first += 2 * lanes) {
    const int32_t width = channels - first > lanes ? 2 * lanes : lanes;
    const int32_t present = channels - first < width ? channels - first : width;
    for (int32_t k = 0; k < segments * taps_per_run; k++) {
      const float *tap = weights + (ptrdiff_t)taps[k] * tap_stride;
      for (int32_t u = 0; u < units; u++) {
        pack_units(to, tap + (ptrdiff_t)first * channel_stride, u, reduced, reduced_stride, present, channel_stride,
                   operand);
        for (int32_t c = present; c < width; c++) to[c] = 0;
        to += width;
      }
    }
  }
}
