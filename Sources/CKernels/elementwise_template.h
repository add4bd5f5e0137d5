/* Normalisation, activations, optimizer and operand packing, written once as plain loops over contiguous channels that
   the compiler vectorises for the including file's instruction set. NAME(x) gives names their suffix. */

#include <math.h>
#include <string.h>

#include "rounding.h"

#define INLINE static inline __attribute__((always_inline))

/* e^x: 2^n · e^r with |r| ≤ ½ ln 2, Taylor to r^6 (relative error below 2e-7). Clamped where float ends. */
INLINE float NAME(exponential)(float x) {
  x = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
  const float shifted = x * 1.44269504088896f + 12582912.0f; /* rounds to a whole number in the low bits */
  const float n = shifted - 12582912.0f;
  const float r = (x - n * 0.693145751953125f) - n * 1.42860682030941e-6f;
  const float p =
      1.0f + r * (1.0f + r * (0.5f + r * (1.0f / 6 + r * (1.0f / 24 + r * (1.0f / 120 + r * (1.0f / 720))))));
  /* n stands in the low bits of `shifted`: added to p's exponent. */
  const union { float f; uint32_t u; } bits = {.f = p}, whole = {.f = shifted};
  const union { uint32_t u; float f; } power = {.u = bits.u + (whole.u << 23)};
  return power.f;
}

INLINE float NAME(sigmoid)(float x) { return 1.0f / (1.0f + NAME(exponential)(-x)); }

/* Calls BLOCK(first channel, channels of the block), the latter a constant but for what is left: then what a block sums,
   and what it multiplies by, stay in registers from pixel to pixel. */
#define EACH_BLOCK(channels, BLOCK)                                                                                 \
  for (int32_t first = 0; first < (channels); first += LANES) {                                                     \
    if ((channels) - first >= LANES) BLOCK(first, LANES);                                                           \
    else BLOCK(first, (channels) - first);                                                                          \
  }

INLINE void NAME(sum_block)(float *restrict sums, const float *restrict x, int32_t rows, int32_t stride,
                            const int32_t n) {
  float s[LANES] = {0};
  for (int32_t p = 0; p < rows; p++)
    for (int32_t c = 0; c < n; c++) s[c] += x[(size_t)p * stride + c];
  memcpy(sums, s, n * sizeof *s);
}

INLINE void NAME(squares_block)(float *restrict sums, const float *restrict x, const float *restrict mean,
                                int32_t pixels, int32_t stride, const int32_t n) {
  float s[LANES] = {0};
  for (int32_t p = 0; p < pixels; p++)
    for (int32_t c = 0; c < n; c++) {
      const float d = x[(size_t)p * stride + c] - mean[c];
      s[c] += d * d;
    }
  memcpy(sums, s, n * sizeof *s);
}

/* Group norm, followed by SiLU if `activates`. */
INLINE void NAME(normalise)(const int activates, float *restrict out, float *restrict moments, const float *restrict x,
                            const float *restrict gamma, const float *restrict beta, const float *restrict bias,
                            int32_t pixels, int32_t stride, int32_t channels, int32_t groups, float epsilon) {
  float sums[channels], scale[channels], shift[channels];
  const int32_t width = channels / groups;
  const double count = (double)pixels * width;
#define BLOCK(c, n) NAME(sum_block)(sums + (c), x + (c), pixels, stride, n)
  EACH_BLOCK(channels, BLOCK)
#undef BLOCK
  for (int32_t g = 0; g < groups; g++) {
    double total = 0;
    for (int32_t c = g * width; c < (g + 1) * width; c++) total += sums[c];
    moments[2 * g] = (float)(total / count);
    for (int32_t c = g * width; c < (g + 1) * width; c++) shift[c] = moments[2 * g];
  }
  /* Squares about the mean, not of the values: no cancellation. */
#define BLOCK(c, n) NAME(squares_block)(sums + (c), x + (c), shift + (c), pixels, stride, n)
  EACH_BLOCK(channels, BLOCK)
#undef BLOCK
  for (int32_t g = 0; g < groups; g++) {
    double total = 0;
    for (int32_t c = g * width; c < (g + 1) * width; c++) total += sums[c];
    const float inverse = (float)(1.0 / sqrt(total / count + epsilon));
    moments[2 * g + 1] = inverse;
    for (int32_t c = g * width; c < (g + 1) * width; c++) scale[c] = inverse;
  }
  for (int32_t c = 0; c < channels; c++) {
    scale[c] *= gamma[c];
    shift[c] = beta[c] - shift[c] * scale[c];
    sums[c] = bias ? bias[c] : 0;
  }
  for (int32_t p = 0; p < pixels; p++)
    for (int32_t c = 0; c < channels; c++) {
      const float z = x[(size_t)p * stride + c] * scale[c] + shift[c];
      out[(size_t)p * stride + c] = (activates ? z * NAME(sigmoid)(z) : z) + sums[c];
    }
}

static void NAME(group_norm_silu)(float *out, float *moments, const float *x, const float *gamma, const float *beta,
                                  const float *bias, int32_t pixels, int32_t stride, int32_t channels, int32_t groups,
                                  float epsilon) {
  NAME(normalise)(1, out, moments, x, gamma, beta, bias, pixels, stride, channels, groups, epsilon);
}

static void NAME(group_norm)(float *out, float *moments, const float *x, const float *gamma, const float *beta,
                             const float *bias, int32_t pixels, int32_t stride, int32_t channels, int32_t groups,
                             float epsilon) {
  NAME(normalise)(0, out, moments, x, gamma, beta, bias, pixels, stride, channels, groups, epsilon);
}

/* dz = ∂loss/∂(γ·x̂ + β) and, over the pixels, the sums of dout, dz and dz·x̂. */
INLINE void NAME(slope_block)(const int activates, float *restrict dz, float *restrict sum, float *restrict product,
                              float *restrict bias, const float *restrict dout, const float *restrict x,
                              const float *restrict mean, const float *restrict inverse, const float *restrict gamma,
                              const float *restrict beta, int32_t pixels, int32_t channels, const int32_t n) {
  float s[LANES] = {0}, q[LANES] = {0}, b[LANES] = {0};
  for (int32_t p = 0; p < pixels; p++)
    for (int32_t c = 0; c < n; c++) {
      const size_t i = (size_t)p * channels + c;
      const float normal = (x[i] - mean[c]) * inverse[c];
      const float z = normal * gamma[c] + beta[c];
      const float g = NAME(sigmoid)(z);
      const float d = activates ? dout[i] * (g + z * g * (1.0f - g)) : dout[i];
      b[c] += dout[i];
      s[c] += d;
      q[c] += d * normal;
      dz[i] = d;
    }
  memcpy(sum, s, n * sizeof *s);
  memcpy(product, q, n * sizeof *q);
  memcpy(bias, b, n * sizeof *b);
}

INLINE void NAME(normalise_backward)(const int activates, float *restrict dx, float *restrict dgamma,
                                     float *restrict dbeta, float *restrict dbias, float *restrict scratch,
                                     const float *restrict dout, const float *restrict moments,
                                     const float *restrict x, const float *restrict gamma, const float *restrict beta,
                                     int32_t pixels, int32_t channels, int32_t groups, int accumulate) {
  float mean[channels], inverse[channels], sum[channels], product[channels], bias[channels];
  const int32_t width = channels / groups;
  for (int32_t c = 0; c < channels; c++) {
    mean[c] = moments[2 * (c / width)];
    inverse[c] = moments[2 * (c / width) + 1];
  }
  /* Where nothing is there to add to, dx itself is the place for dz. */
  float *dz = accumulate ? scratch : dx;
#define BLOCK(c, n)                                                                                                 \
  NAME(slope_block)(activates, dz + (c), sum + (c), product + (c), bias + (c), dout + (c), x + (c),            \
                    mean + (c), inverse + (c), gamma + (c), beta + (c), pixels, channels, n)
  EACH_BLOCK(channels, BLOCK)
#undef BLOCK
  /* dx = γ/σ·dz − (1/σ)·(mean(γ·dz) + x̂·mean(γ·dz·x̂)), means over the group. */
  const float count = (float)pixels * (float)width;
  float a[channels], b[channels];
  for (int32_t g = 0; g < groups; g++) {
    double s = 0, q = 0;
    for (int32_t c = g * width; c < (g + 1) * width; c++) {
      s += (double)gamma[c] * sum[c];
      q += (double)gamma[c] * product[c];
    }
    for (int32_t c = g * width; c < (g + 1) * width; c++) {
      a[c] = (float)(s / count);
      b[c] = (float)(q / count);
    }
  }
  for (int32_t c = 0; c < channels; c++) {
    dgamma[c] += product[c];
    dbeta[c] += sum[c];
    if (dbias) dbias[c] += bias[c];
  }
#define SLOPE(i, dz) (inverse[c] * (gamma[c] * (dz) - a[c] - (x[i] - mean[c]) * inverse[c] * b[c]))
  for (int32_t p = 0; p < pixels; p++) {
    const size_t first = (size_t)p * channels;
    if (accumulate) for (int32_t c = 0; c < channels; c++) dx[first + c] += SLOPE(first + c, scratch[first + c]);
    else for (int32_t c = 0; c < channels; c++) dx[first + c] = SLOPE(first + c, dx[first + c]);
  }
#undef SLOPE
}

static void NAME(group_norm_silu_backward)(float *dx, float *dgamma, float *dbeta, float *dbias, float *scratch,
                                           const float *dout, const float *moments, const float *x, const float *gamma,
                                           const float *beta, int32_t pixels, int32_t channels, int32_t groups,
                                           int accumulate) {
  NAME(normalise_backward)(1, dx, dgamma, dbeta, dbias, scratch, dout, moments, x, gamma, beta, pixels, channels,
                           groups, accumulate);
}

static void NAME(group_norm_backward)(float *dx, float *dgamma, float *dbeta, float *dbias, float *scratch,
                                      const float *dout, const float *moments, const float *x, const float *gamma,
                                      const float *beta, int32_t pixels, int32_t channels, int32_t groups,
                                      int accumulate) {
  NAME(normalise_backward)(0, dx, dgamma, dbeta, dbias, scratch, dout, moments, x, gamma, beta, pixels, channels,
                           groups, accumulate);
}

static void NAME(silu)(float *restrict out, const float *restrict x, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = x[i] * NAME(sigmoid)(x[i]);
}

static void NAME(silu_backward)(float *restrict dx, const float *restrict dout, const float *restrict x, size_t count,
                                int accumulate) {
  for (size_t i = 0; i < count; i++) {
    const float s = NAME(sigmoid)(x[i]);
    const float value = dout[i] * (s + x[i] * s * (1.0f - s));
    dx[i] = accumulate ? dx[i] + value : value;
  }
}

static void NAME(add)(float *out, const float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = a[i] + b[i];
}

static void NAME(column_sums)(float *restrict sums, const float *restrict x, int32_t rows, int32_t columns,
                              int accumulate) {
  float total[columns];
  memset(total, 0, sizeof total);
  for (int32_t r = 0; r < rows; r++)
    for (int32_t c = 0; c < columns; c++) total[c] += x[(size_t)r * columns + c];
  for (int32_t c = 0; c < columns; c++) sums[c] = accumulate ? sums[c] + total[c] : total[c];
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
  const int32_t whole = columns / LANES * LANES;
  for (int32_t r = 0; r < rows; r++) {
    float *restrict to = dx + (size_t)r * columns;
    for (int32_t c = 0; c < columns; c++) to[c] += scale[r] * dout[c];
    if (!dscale) continue;
    const float *restrict row = x + (size_t)r * columns;
    float sums[LANES] = {0}, total = 0;
    for (int32_t c = 0; c < whole; c += LANES)
      for (int32_t l = 0; l < LANES; l++) sums[l] += row[c + l] * dout[c + l];
    for (int32_t c = whole; c < columns; c++) total += row[c] * dout[c];
    for (int32_t l = 0; l < LANES; l++) total += sums[l];
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
    weights[i] -= s.rate * m[i] / (__builtin_sqrtf(v[i] * s.correction) + s.epsilon);
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
  .pad = NAME(pad), .pad_pairs = NAME(pad_pairs), .round = NAME(round), .group_norm_silu = NAME(group_norm_silu),   \
  .group_norm_silu_backward = NAME(group_norm_silu_backward), .group_norm = NAME(group_norm),                       \
  .group_norm_backward = NAME(group_norm_backward), .silu = NAME(silu),                                             \
  .silu_backward = NAME(silu_backward), .add = NAME(add), .column_sums = NAME(column_sums), .blend = NAME(blend),   \
  .weigh_rows = NAME(weigh_rows), .weigh_rows_backward = NAME(weigh_rows_backward), .adam = NAME(adam),             \
  .square_sum = NAME(square_sum)
