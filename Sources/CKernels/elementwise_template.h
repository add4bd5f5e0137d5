/* Sums, the optimizer and operands, written once as plain loops over contiguous channels that
   the compiler vectorises for the including file's instruction set. NAME(x) gives names their suffix. */

#include <string.h>

#include "rounding.h"

#define INLINE static inline __attribute__((always_inline))

static void NAME(add)(float *out, const float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = a[i] + b[i];
}

static void NAME(weigh_rows)(float *restrict out, const float *restrict x, const float *restrict scale, int32_t rows,
                             int32_t columns) {
  memset(out, 0, columns * sizeof *out);
  for (int32_t r = 0; r < rows; r++)
    for (int32_t c = 0; c < columns; c++) out[c] += scale[r] * x[(size_t)r * columns + c];
}

static void NAME(weigh_rows_backward)(float *restrict dx, float *restrict dscale, const float *restrict dout,
                                      const float *restrict x, const float *restrict scale, int32_t rows,
                                      int32_t columns) {
  const int32_t whole = columns / FLOATS * FLOATS;
  for (int32_t r = 0; r < rows; r++) {
    float *restrict to = dx + (size_t)r * columns;
    for (int32_t c = 0; c < columns; c++) to[c] += scale[r] * dout[c];
    if (!dscale) continue;
    const float *restrict row = x + (size_t)r * columns;
    float sums[FLOATS] = {0}, total = 0;
    for (int32_t c = 0; c < whole; c += FLOATS)
      for (int32_t l = 0; l < FLOATS; l++) sums[l] += row[c + l] * dout[c + l];
    for (int32_t c = whole; c < columns; c++) total += row[c] * dout[c];
    for (int32_t l = 0; l < FLOATS; l++) total += sums[l];
    dscale[r] += total;
  }
}

static void NAME(blend)(float *restrict out, const float *restrict x, const float *restrict y, float a, float b,
                        size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = a * x[i] + b * y[i];
}

INLINE void NAME(adam_pass)(float *restrict weights, float *restrict m, float *restrict v, float *restrict average,
                            const float *restrict gradient, const wb_adam *settings, size_t count,
                            const int averages) {
  const wb_adam s = *settings;
  for (size_t i = 0; i < count; i++) {
    const float g = gradient[i] * s.scale;
    m[i] = s.beta1 * m[i] + s.rest1 * g;
    v[i] = s.beta2 * v[i] + s.rest2 * g * g;
    weights[i] -= s.rate * m[i] / (__builtin_elementwise_sqrt(v[i] * s.correction) + s.epsilon);
    if (averages) average[i] += s.rest * (weights[i] - average[i]);
  }
}

static void NAME(adam)(float *weights, float *m, float *v, float *average, const float *gradient,
                       const wb_adam *settings, size_t count) {
  if (average) NAME(adam_pass)(weights, m, v, average, gradient, settings, count, 1);
  else NAME(adam_pass)(weights, m, v, average, gradient, settings, count, 0);
}

/* Thirty-two sums side by side, whatever the vectors, added up in order at the end. */
static double NAME(square_sum)(const float *x, size_t count) {
  enum { side = 32 };
  double sums[side] = {0}, total = 0;
  const size_t whole = count / side * side;
  for (size_t i = 0; i < whole; i += side)
    for (int l = 0; l < side; l++) sums[l] += (double)x[i + l] * x[i + l];
  for (size_t i = whole; i < count; i++) sums[i - whole] += (double)x[i] * x[i];
  for (int l = 0; l < side; l++) total += sums[l];
  return total;
}

static void NAME(round)(float *dst, const float *src, size_t count, wb_operand operand) {
  if (operand == wb_round_none) memmove(dst, src, count * sizeof(float));
  else if (operand == wb_round_fp16) for (size_t i = 0; i < count; i++) dst[i] = wb_to_fp16(src[i]);
  else for (size_t i = 0; i < count; i++) dst[i] = wb_to_bf16(src[i]);
}

static void NAME(pad)(void *dst, const float *restrict src, int32_t images, int32_t height, int32_t width,
                      int32_t channels, int32_t pad, wb_operand operand) {
  const int32_t value_channels = operand == wb_pack_bf16 ? (channels + 1) / 2 * 2 : channels;
  const size_t size = operand == wb_pack_bf16 ? sizeof(uint16_t) : sizeof(float);
  const size_t pixel = value_channels * size, row = (width + 2 * pad) * pixel;
  char *restrict to = dst;
  for (int32_t image = 0; image < images; image++) {
    memset(to, 0, pad * row);
    to += pad * row;
    for (int32_t y = 0; y < height; y++) {
      memset(to, 0, pad * pixel);
      to += pad * pixel;
      if (operand != wb_pack_bf16) {
        NAME(round)((float *)to, src, (size_t)width * channels, operand);
      } else if (value_channels == channels) {
        uint16_t *restrict values = (uint16_t *)to;
        for (int32_t i = 0; i < width * channels; i++) values[i] = wb_bf16_bits(src[i]);
      } else {
        uint16_t *restrict values = (uint16_t *)to;
        for (int32_t x = 0; x < width; x++) {
          for (int32_t c = 0; c < channels; c++) values[x * value_channels + c] = wb_bf16_bits(src[x * channels + c]);
          values[x * value_channels + channels] = 0;
        }
      }
      to += width * pixel;
      memset(to, 0, pad * pixel);
      to += pad * pixel;
      src += (size_t)width * channels;
    }
    memset(to, 0, pad * row);
    to += pad * row;
  }
  memset(to, 0, wb_slack);
}

static void NAME(pad_pairs)(uint32_t *restrict dst, const float *restrict src, int32_t images, int32_t height,
                            int32_t width, int32_t channels, int32_t pad, int32_t distance, int32_t every) {
  const int32_t padded = width + 2 * pad;
  const int32_t positions = (padded + every - 1) / every;
  const size_t row = (size_t)positions * channels;
  for (int32_t image = 0; image < images; image++) {
    memset(dst, 0, pad * row * sizeof *dst);
    dst += pad * row;
    for (int32_t y = 0; y < height; y++) {
      for (int32_t x = 0; x < padded; x += every) {
        const int32_t first = x - pad, second = first + distance;
        const int has_first = first >= 0 && first < width, has_second = second >= 0 && second < width;
        const float *a = src + (ptrdiff_t)first * channels;
        const float *b = src + (ptrdiff_t)second * channels;
        if (has_first && has_second)
          for (int32_t c = 0; c < channels; c++)
            dst[c] = (uint32_t)wb_bf16_bits(a[c]) | (uint32_t)wb_bf16_bits(b[c]) << 16;
        else if (has_first) for (int32_t c = 0; c < channels; c++) dst[c] = wb_bf16_bits(a[c]);
        else if (has_second) for (int32_t c = 0; c < channels; c++) dst[c] = (uint32_t)wb_bf16_bits(b[c]) << 16;
        else memset(dst, 0, channels * sizeof *dst);
        dst += channels;
      }
      src += (size_t)width * channels;
    }
    memset(dst, 0, pad * row * sizeof *dst);
    dst += pad * row;
  }
  memset(dst, 0, wb_slack);
}

#define ELEMENTWISE_KERNELS                                                                                         \
  .pad = NAME(pad), .pad_pairs = NAME(pad_pairs), .round = NAME(round), .add = NAME(add),                           \
  .blend = NAME(blend), .weigh_rows = NAME(weigh_rows),                                                             \
  .weigh_rows_backward = NAME(weigh_rows_backward), .adam = NAME(adam), .square_sum = NAME(square_sum)
