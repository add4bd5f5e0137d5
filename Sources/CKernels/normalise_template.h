/* Group norm and SiLU, written once; included after vector_math.h and columns_template.h. */

#include <math.h>
#include <string.h>

/* Of each column: its first value, and the sums of what the values are above that and of its squares. */
INLINE void NAME(sums_block)(float *origin, float *sum, float *squares, const float *x, int32_t rows, size_t step,
                             const int V, const int32_t count) {
  vec o[4], s[4], q[4];
  UNROLL for (int v = 0; v < V; v++) {
    o[v] = NAME(get)(x + v * FLOATS, count);
    s[v] = q[v] = (vec){0};
  }
  for (int32_t r = 1; r < rows; r++) {
    const float *row = x + r * step;
    UNROLL for (int v = 0; v < V; v++) {
      const vec d = NAME(get)(row + v * FLOATS, count) - o[v];
      s[v] += d;
      q[v] = madd(d, d, q[v]);
    }
  }
  UNROLL for (int v = 0; v < V; v++) {
    NAME(put)(origin + v * FLOATS, o[v], count);
    NAME(put)(sum + v * FLOATS, s[v], count);
    NAME(put)(squares + v * FLOATS, q[v], count);
  }
}

/* Sum of a group's values and of the squares of what they are away from their mean, in double: for values whose squares
   float32 does not hold. */
static __attribute__((noinline)) void NAME(sums_in_double)(double *total, double *spread, const float *x,
                                                           int32_t pixels, int32_t stride, int32_t width) {
  *total = *spread = 0;
  for (int32_t p = 0; p < pixels; p++)
    for (int32_t c = 0; c < width; c++) *total += x[(size_t)p * stride + c];
  const double mean = *total / ((double)pixels * width);
  for (int32_t p = 0; p < pixels; p++)
    for (int32_t c = 0; c < width; c++) {
      const double away = x[(size_t)p * stride + c] - mean;
      *spread += away * away;
    }
}

/* Mean and 1/σ of each group, from its columns' sums (Chan, Golub and LeVeque 1979): nothing cancels, since values are
   taken from one of their own. */
static void NAME(moments)(float *moments, const float *x, int32_t pixels, int32_t stride, int32_t channels,
                          int32_t groups, float epsilon) {
  const NAME(passes) g = NAME(passes_of)(pixels, stride, channels);
  const int32_t width = channels / groups, columns = g.fold * channels;
  float origin[columns], sum[columns], squares[columns];
#define BLOCK(at, rows, c, V, n)                                                                                    \
  NAME(sums_block)(origin + (c), sum + (c), squares + (c), x + (at), rows, (size_t)g.fold * stride, V, n)
  EACH_BLOCK(g, pixels, stride, 4, BLOCK)
#undef BLOCK
  for (int32_t group = 0; group < groups; group++) {
    double total = 0, spread = 0;
    for (int32_t k = 0; k < g.fold && k < pixels; k++) {
      const double rows = (pixels - k + g.fold - 1) / g.fold;
      for (int32_t c = k * channels + group * width; c < k * channels + (group + 1) * width; c++)
        total += rows * origin[c] + sum[c];
    }
    const double count = (double)pixels * width;
    double mean = total / count;
    for (int32_t k = 0; k < g.fold && k < pixels; k++) {
      const double rows = (pixels - k + g.fold - 1) / g.fold, share = 1 / rows;
      for (int32_t c = k * channels + group * width; c < k * channels + (group + 1) * width; c++) {
        const double above = sum[c] * share, away = origin[c] + above - mean;
        spread += squares[c] - sum[c] * above + rows * away * away;
      }
    }
    if (!isfinite(spread)) {
      NAME(sums_in_double)(&total, &spread, x + group * width, pixels, stride, width);
      mean = total / count;
    }
    moments[2 * group] = (float)mean;
    moments[2 * group + 1] = (float)(1 / __builtin_elementwise_sqrt((spread > 0 ? spread : 0) / count + epsilon));
  }
}

/* out = [silu of] (x·scale + shift) + bias */
INLINE void NAME(normalise_block)(const int activates, float *out, const float *x, const float *scale,
                                  const float *shift, const float *bias, int32_t rows, size_t step, const int V,
                                  const int32_t count) {
  vec a[2], b[2], t[2];
  UNROLL for (int v = 0; v < V; v++) {
    a[v] = NAME(get)(scale + v * FLOATS, count);
    b[v] = NAME(get)(shift + v * FLOATS, count);
    t[v] = NAME(get)(bias + v * FLOATS, count);
  }
  for (int32_t r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < V; v++) {
      const vec z = madd(NAME(get)(x + r * step + v * FLOATS, count), a[v], b[v]);
      NAME(put)(out + r * step + v * FLOATS, (activates ? NAME(silu_of)(z) : z) + t[v], count);
    }
  }
}

INLINE void NAME(normalise)(const int activates, float *out, float *moments, const float *x, const float *gamma,
                            const float *beta, const float *bias, int32_t pixels, int32_t stride, int32_t channels,
                            int32_t groups, float epsilon) {
  NAME(moments)(moments, x, pixels, stride, channels, groups, epsilon);
  const NAME(passes) g = NAME(passes_of)(pixels, stride, channels);
  const int32_t width = channels / groups, columns = g.fold * channels;
  float scale[columns], shift[columns], offset[columns];
  for (int32_t c = 0; c < columns; c++) {
    const int32_t channel = c % channels, group = channel / width;
    scale[c] = moments[2 * group + 1] * gamma[channel];
    shift[c] = beta[channel] - moments[2 * group] * scale[c];
    offset[c] = bias ? bias[channel] : 0;
  }
#define BLOCK(at, rows, c, V, n)                                                                                    \
  NAME(normalise_block)(activates, out + (at), x + (at), scale + (c), shift + (c), offset + (c), rows,              \
                        (size_t)g.fold * stride, V, n)
  EACH_BLOCK(g, pixels, stride, 2, BLOCK)
#undef BLOCK
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

/* dz = ∂loss/∂(γ·x̂ + β) and, over the pixels, the sums of dout, dz and dz·(x − mean). */
INLINE void NAME(slope_block)(const int activates, float *dz, float *sum, float *product, float *bias,
                              const float *dout, const float *x, const float *mean, const float *scale,
                              const float *beta, int32_t rows, size_t step, const int V, const int32_t count) {
  vec m[2], a[2], b[2], s[2], q[2], t[2];
  UNROLL for (int v = 0; v < V; v++) {
    m[v] = NAME(get)(mean + v * FLOATS, count);
    a[v] = NAME(get)(scale + v * FLOATS, count);
    b[v] = NAME(get)(beta + v * FLOATS, count);
    s[v] = q[v] = t[v] = (vec){0};
  }
  for (int32_t r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < V; v++) {
      const size_t i = r * step + v * FLOATS;
      const vec above = NAME(get)(x + i, count) - m[v], dy = NAME(get)(dout + i, count);
      const vec d = activates ? dy * NAME(silu_slope)(madd(above, a[v], b[v])) : dy;
      t[v] += dy;
      s[v] += d;
      q[v] = madd(d, above, q[v]);
      NAME(put)(dz + i, d, count);
    }
  }
  UNROLL for (int v = 0; v < V; v++) {
    NAME(put)(sum + v * FLOATS, s[v], count);
    NAME(put)(product + v * FLOATS, q[v], count);
    NAME(put)(bias + v * FLOATS, t[v], count);
  }
}

/* dx [+]= scale·dz − a − (x − mean)·b */
INLINE void NAME(centre_block)(const int accumulate, float *dx, const float *dz, const float *x, const float *mean,
                               const float *scale, const float *a, const float *b, int32_t rows, size_t step,
                               const int V, const int32_t count) {
  vec m[2], c[2], f[2], g[2];
  UNROLL for (int v = 0; v < V; v++) {
    m[v] = NAME(get)(mean + v * FLOATS, count);
    c[v] = NAME(get)(scale + v * FLOATS, count);
    f[v] = NAME(get)(a + v * FLOATS, count);
    g[v] = NAME(get)(b + v * FLOATS, count);
  }
  for (int32_t r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < V; v++) {
      const size_t i = r * step + v * FLOATS;
      const vec above = NAME(get)(x + i, count) - m[v];
      vec d = madd(NAME(get)(dz + i, count), c[v], -madd(above, g[v], f[v]));
      if (accumulate) d += NAME(get)(dx + i, count);
      NAME(put)(dx + i, d, count);
    }
  }
}

/* 1/σ below which the factors of dx are no floats. */
#define LEAST_INVERSE 0x1p-50f

/* What the blocks below do, of one group in double: dz becomes what it adds to dx. */
static __attribute__((noinline)) void NAME(centre_in_double)(float *dz, float *dgamma, const float *x,
                                                             const float *gamma, double mean, double inverse,
                                                             int32_t pixels, int32_t stride, int32_t width) {
  double s = 0, q = 0;
  for (int32_t c = 0; c < width; c++) {
    double product = 0;
    for (size_t i = c; i < (size_t)pixels * stride; i += stride) {
      s += (double)gamma[c] * dz[i];
      product += dz[i] * (x[i] - mean) * inverse;
    }
    q += gamma[c] * product;
    dgamma[c] += (float)product;
  }
  const double count = (double)pixels * width;
  for (int32_t c = 0; c < width; c++)
    for (size_t i = c; i < (size_t)pixels * stride; i += stride)
      dz[i] = (float)(inverse * (gamma[c] * (double)dz[i] - s / count - (x[i] - mean) * inverse * q / count));
}

INLINE void NAME(normalise_backward)(const int activates, float *dx, float *dgamma, float *dbeta, float *dbias,
                                     float *scratch, const float *dout, const float *moments, const float *x,
                                     const float *gamma, const float *beta, int32_t pixels, int32_t channels,
                                     int32_t groups, int accumulate) {
  const NAME(passes) g = NAME(passes_of)(pixels, channels, channels);
  const int32_t width = channels / groups, columns = g.fold * channels;
  float mean[columns], scale[columns], offset[columns], sum[columns], product[columns], bias[columns];
  for (int32_t c = 0; c < columns; c++) {
    const int32_t channel = c % channels, group = channel / width;
    mean[c] = moments[2 * group];
    scale[c] = moments[2 * group + 1] * gamma[channel];
    offset[c] = beta[channel];
  }
  memset(sum, 0, sizeof sum);
  memset(product, 0, sizeof product);
  memset(bias, 0, sizeof bias);
  /* Where nothing is there to add to, dx itself is the place for dz. */
  float *dz = accumulate ? scratch : dx;
#define BLOCK(at, rows, c, V, n)                                                                                    \
  NAME(slope_block)(activates, dz + (at), sum + (c), product + (c), bias + (c), dout + (at), x + (at), mean + (c),  \
                    scale + (c), offset + (c), rows, (size_t)g.fold * channels, V, n)
  EACH_BLOCK(g, pixels, channels, 2, BLOCK)
#undef BLOCK
  for (int32_t c = channels; c < columns; c++) {
    sum[c % channels] += sum[c];
    product[c % channels] += product[c];
    bias[c % channels] += bias[c];
  }
  /* dx = γ/σ·dz − (1/σ)·(mean(γ·dz) + x̂·mean(γ·dz·x̂)), means over the group. */
  const float count = (float)pixels * (float)width;
  float a[columns], b[columns];
  for (int32_t group = 0; group < groups; group++) {
    const float inverse = moments[2 * group + 1];
    double s = 0, q = 0;
    for (int32_t c = group * width; c < (group + 1) * width; c++) {
      s += (double)gamma[c] * sum[c];
      q += (double)gamma[c] * product[c];
    }
    const int in_double = inverse < LEAST_INVERSE || !isfinite(q);
    const int32_t first = group * width;
    if (in_double)
      NAME(centre_in_double)(dz + first, dgamma + first, x + first, gamma + first, moments[2 * group], inverse, pixels,
                             channels, width);
    for (int32_t c = first; c < first + width; c++) {
      a[c] = in_double ? 0 : (float)(inverse * s / count);
      b[c] = in_double ? 0 : (float)(q * inverse * inverse * inverse / count);
      if (in_double) scale[c] = 1;
      else dgamma[c] += product[c] * inverse;
      dbeta[c] += sum[c];
      if (dbias) dbias[c] += bias[c];
    }
  }
  for (int32_t c = channels; c < columns; c++) {
    a[c] = a[c % channels];
    b[c] = b[c % channels];
    scale[c] = scale[c % channels];
  }
#define BLOCK(at, rows, c, V, n)                                                                                    \
  if (accumulate)                                                                                                   \
    NAME(centre_block)(1, dx + (at), dz + (at), x + (at), mean + (c), scale + (c), a + (c), b + (c), rows,          \
                       (size_t)g.fold * channels, V, n);                                                            \
  else                                                                                                              \
    NAME(centre_block)(0, dx + (at), dz + (at), x + (at), mean + (c), scale + (c), a + (c), b + (c), rows,          \
                       (size_t)g.fold * channels, V, n)
  EACH_BLOCK(g, pixels, channels, 2, BLOCK)
#undef BLOCK
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

static void NAME(silu)(float *out, const float *x, size_t count) {
  for (size_t i = 0; i < count; i += FLOATS) {
    const int32_t few = count - i < FLOATS ? (int32_t)(count - i) : FLOATS;
    const vec z = NAME(get)(x + i, few);
    NAME(put)(out + i, NAME(silu_of)(z), few);
  }
}

static void NAME(silu_backward)(float *dx, const float *dout, const float *x, size_t count, int accumulate) {
  for (size_t i = 0; i < count; i += FLOATS) {
    const int32_t few = count - i < FLOATS ? (int32_t)(count - i) : FLOATS;
    vec d = NAME(get)(dout + i, few) * NAME(silu_slope)(NAME(get)(x + i, few));
    if (accumulate) d += NAME(get)(dx + i, few);
    NAME(put)(dx + i, d, few);
  }
}

#define NORMALISE_KERNELS                                                                                           \
  .group_norm_silu = NAME(group_norm_silu), .group_norm_silu_backward = NAME(group_norm_silu_backward),             \
  .group_norm = NAME(group_norm), .group_norm_backward = NAME(group_norm_backward), .silu = NAME(silu),             \
  .silu_backward = NAME(silu_backward)
