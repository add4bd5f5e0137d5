/* Winograd's kernels, written once; included after convolution_template.h, whose macros it takes, in float32. */

#include "rounding.h"
#include "winograd_places.h"

/* The interpolation points 0, ±α, ±β, ∞, and the powers of α and β. */
#define ALPHA 0.625f
#define BETA 1.5f
#define ALPHA2 (ALPHA * ALPHA)
#define BETA2 (BETA * BETA)
#define ALPHA3 (ALPHA2 * ALPHA)
#define BETA3 (BETA2 * BETA)

/* y = Bᵀ d, six pixels: coefficients of the polynomials that are 0 at all points but one. */
INLINE void NAME(to_products)(vec *y, const int step, const vec *d, const int stride) {
  const vec d0 = d[0], d1 = d[stride], d2 = d[2 * stride], d3 = d[3 * stride], d4 = d[4 * stride], d5 = d[5 * stride];
  const vec even_a = d4 - BETA2 * d2, odd_a = d3 - BETA2 * d1;
  const vec even_b = d4 - ALPHA2 * d2, odd_b = d3 - ALPHA2 * d1;
  y[0] = even_a - ALPHA2 * (d2 - BETA2 * d0);
  y[step] = even_a + ALPHA * odd_a;
  y[2 * step] = even_a - ALPHA * odd_a;
  y[3 * step] = even_b + BETA * odd_b;
  y[4 * step] = even_b - BETA * odd_b;
  y[5 * step] = (d5 - BETA2 * d3) - ALPHA2 * odd_a;
}

/* y = Aᵀ m, four pixels. */
INLINE void NAME(from_products)(vec *y, const int step, const vec *m, const int stride) {
  const vec m0 = m[0], m5 = m[5 * stride];
  const vec sum_a = m[stride] + m[2 * stride], difference_a = m[stride] - m[2 * stride];
  const vec sum_b = m[3 * stride] + m[4 * stride], difference_b = m[3 * stride] - m[4 * stride];
  y[0] = m0 + sum_a + sum_b;
  y[step] = ALPHA * difference_a + BETA * difference_b;
  y[2 * step] = ALPHA2 * sum_a + BETA2 * sum_b;
  y[3 * step] = ALPHA3 * difference_a + (BETA3 * difference_b + m5);
}

/* y = A d, the adjoint of the above: four pixels. */
INLINE void NAME(spread)(vec *y, const int step, const vec *d, const int stride) {
  const vec d0 = d[0], d1 = d[stride], d2 = d[2 * stride], d3 = d[3 * stride];
  const vec even_a = d0 + ALPHA2 * d2, odd_a = ALPHA * d1 + ALPHA3 * d3;
  const vec even_b = d0 + BETA2 * d2, odd_b = BETA * d1 + BETA3 * d3;
  y[0] = d0;
  y[step] = even_a + odd_a;
  y[2 * step] = even_a - odd_a;
  y[3 * step] = even_b + odd_b;
  y[4 * step] = even_b - odd_b;
  y[5 * step] = d3;
}

/* y = Gᵀ u, three taps. */
INLINE void NAME(to_taps)(vec *y, const int step, const vec *u, const int stride) {
  const float at_0 = 1 / (ALPHA2 * BETA2);
  const float at_a = 1 / (2 * ALPHA2 * (ALPHA2 - BETA2)), at_b = 1 / (2 * BETA2 * (BETA2 - ALPHA2));
  const vec sum_a = at_a * (u[stride] + u[2 * stride]), difference_a = at_a * (u[stride] - u[2 * stride]);
  const vec sum_b = at_b * (u[3 * stride] + u[4 * stride]), difference_b = at_b * (u[3 * stride] - u[4 * stride]);
  y[0] = at_0 * u[0] + sum_a + sum_b;
  y[step] = ALPHA * difference_a + BETA * difference_b;
  y[2 * step] = ALPHA2 * sum_a + BETA2 * sum_b + u[5 * stride];
}

/* S×S pixels → 36 products' planes: Bᵀ d B where S is 6, A d Aᵀ where it is 4. */
INLINE void NAME(transform_tile)(const int S, const float *const *pixel, float *to, size_t plane, int32_t channels) {
  for (int32_t c = 0; c < channels; c += FLOATS) {
    vec half[36];
    UNROLL for (int x = 0; x < S; x++) {
      vec d[6];
      if (channels - c < FLOATS) {
        UNROLL for (int y = 0; y < S; y++) d[y] = load_few(pixel[y * S + x] + c, channels - c);
      } else {
        UNROLL for (int y = 0; y < S; y++) d[y] = load(pixel[y * S + x] + c);
      }
      if (S == 6) NAME(to_products)(half + x, S, d, 1);
      else NAME(spread)(half + x, S, d, 1);
    }
    UNROLL for (int y = 0; y < 6; y++) {
      vec v[6];
      if (S == 6) NAME(to_products)(v, 1, half + y * S, 1);
      else NAME(spread)(v, 1, half + y * S, 1);
      UNROLL for (int x = 0; x < 6; x++) __builtin_memcpy(to + (y * 6 + x) * plane + c, v + x, sizeof(vec));
    }
  }
}

/* The same of tiles first ..< first + count, their channels rounded up to whole vectors. Pixels outside the image are
   `zeros`. */
INLINE void NAME(transform_tiles)(const int S, float *to, size_t plane, const float *source, const wb_winograd *shape,
                                  int32_t channels, int32_t first, int32_t count, const float *zeros) {
  const size_t tile = wb_rounded_up(channels, FLOATS);
  const int border = (S - wb_winograd_side) / 2;
  for (int32_t i = 0; i < count; i++) {
    const wb_winograd_place place = wb_winograd_place_of(first + i, shape);
    const float *image = source + (size_t)place.image * shape->height * shape->width * channels;
    const float *pixel[36];
    for (int r = 0; r < S; r++)
      for (int s = 0; s < S; s++) {
        const int32_t y = place.y + r - border, x = place.x + s - border;
        const int inside = y >= 0 && y < shape->height && x >= 0 && x < shape->width;
        pixel[r * S + s] = inside ? image + (y * shape->width + x) * channels : zeros;
      }
    NAME(transform_tile)(S, pixel, to + i * tile, plane, channels);
  }
}

/* Products of P tiles × V vectors of channels, summed over `reduced` channels. */
INLINE void NAME(product_tile)(const int P, const int V, const float *source, size_t stride, const float *weights,
                               float *to, int32_t reduced) {
  vec sum[TILE][2];
  const float *from[TILE];
  UNROLL for (int p = 0; p < P; p++) {
    from[p] = source + p * stride;
    UNROLL for (int v = 0; v < V; v++) sum[p][v] = (vec){0};
  }
  for (int32_t r = 0; r < reduced; r++) {
    vec w[2];
    UNROLL for (int v = 0; v < V; v++) w[v] = load(weights + v * FLOATS);
    weights += V * FLOATS;
    UNROLL for (int p = 0; p < P; p++) {
      const vec x = splat(from[p] + r);
      UNROLL for (int v = 0; v < V; v++) sum[p][v] = madd(x, w[v], sum[p][v]);
    }
  }
  UNROLL for (int p = 0; p < P; p++)
    UNROLL for (int v = 0; v < V; v++) __builtin_memcpy(to + (p * 2 + v) * FLOATS, &sum[p][v], sizeof(vec));
}

#define PRODUCT_CASE(P)                                                                                             \
  case P:                                                                                                           \
    if (wide) NAME(product_tile)(P, 2, s, stride, weights, t, reduced);                                             \
    else NAME(product_tile)(P, 1, s, stride, weights, t, reduced);                                                  \
    break;

static void NAME(product)(const float *source, size_t stride, const float *weights, float *to, int32_t tiles,
                          int32_t reduced, int wide) {
  const int32_t parts = (tiles + TILE - 1) / TILE;
  for (int32_t i = 0; i < parts; i++) {
    const int32_t first = tiles * i / parts, last = tiles * (i + 1) / parts;
    const float *s = source + first * stride;
    float *t = to + first * 2 * FLOATS;
    switch (last - first) { EACH_TILE(PRODUCT_CASE) }
  }
}

/* Aᵀ m A of one tile, and what is added to it, as far as it lies in the image; at most 2 vectors of channels. `target`
   and `add` begin at the tile. */
static void NAME(finish_winograd_tile)(const float *m, size_t plane, const float *bias,
                                       const float *add, float *target, const wb_winograd *shape,
                                       wb_winograd_place place, int32_t channels) {
  const int32_t rows = shape->height - place.y < 4 ? shape->height - place.y : 4;
  const int32_t columns = shape->width - place.x < 4 ? shape->width - place.x : 4;
  for (int32_t c = 0; c < channels; c += FLOATS) {
    vec half[24], y[16];
    UNROLL for (int x = 0; x < 6; x++) {
      vec d[6];
      UNROLL for (int r = 0; r < 6; r++) d[r] = load(m + (r * 6 + x) * plane + c);
      NAME(from_products)(half + x, 6, d, 1);
    }
    UNROLL for (int r = 0; r < 4; r++) NAME(from_products)(y + r * 4, 1, half + r * 6, 1);
    const int32_t few = channels - c < FLOATS ? channels - c : FLOATS;
    vec constant = {0};
    if (bias) constant = load_few(bias + c, few);
    UNROLL for (int i = 0; i < 16; i++) y[i] += constant;
    for (int32_t r = 0; r < rows; r++)
      for (int32_t x = 0; x < columns; x++) {
        const size_t at = (size_t)(r * shape->width + x) * shape->to + c;
        vec total = y[r * 4 + x];
        if (few == FLOATS) {
          if (add) total += load(add + at);
          __builtin_memcpy(target + at, &total, sizeof total);
        } else {
          if (add) total += load_few(add + at, few);
          store_few(target + at, total, few);
        }
      }
  }
}

static void NAME(winograd)(const float *source, const float *weights, const float *bias, int32_t bias_stride,
                           const float *add, float *target, const wb_winograd *shape, float *scratch) {
  const int32_t tiles = shape->tiles;
  const int32_t block = wb_winograd_block / TILE * TILE;
  const int32_t blocks = (tiles + block - 1) / block;
  const size_t from = wb_rounded_up(shape->from, FLOATS);
  float *zeros = scratch, *v = scratch + from;
  __builtin_memset(zeros, 0, from * sizeof(float));
  for (int32_t b = 0; b < blocks; b++) {
    const int32_t begin = (int32_t)((int64_t)tiles * b / blocks), first = shape->first + begin;
    const int32_t count = (int32_t)((int64_t)tiles * (b + 1) / blocks) - begin;
    const size_t plane = wb_winograd_plane(count, from, FLOATS), out = wb_winograd_plane(count, 2 * FLOATS, FLOATS);
    float *m = v + wb_winograd_products * plane;
    NAME(transform_tiles)(6, v, plane, source, shape, shape->from, first, count, zeros);
    const float *w = weights;
    for (int32_t c = 0; c < shape->to; c += 2 * FLOATS) {
      const int wide = shape->to - c > FLOATS;
      for (int p = 0; p < wb_winograd_products; p++) {
        NAME(product)(v + p * plane, from, w, m + p * out, count, shape->from, wide);
        w += (size_t)shape->from * FLOATS * (wide ? 2 : 1);
      }
      const int32_t channels = shape->to - c < 2 * FLOATS ? shape->to - c : 2 * FLOATS;
      for (int32_t i = 0; i < count; i++) {
        const wb_winograd_place place = wb_winograd_place_of(first + i, shape);
        const size_t at =
            (((size_t)place.image * shape->height + place.y) * shape->width + place.x) * shape->to + c;
        NAME(finish_winograd_tile)(m + i * 2 * FLOATS, out, bias ? bias + (size_t)place.image * bias_stride + c : NULL,
                                   add ? add + at : NULL, target + at, shape, place, channels);
      }
    }
  }
}

/* gradient[tap] += Gᵀ u G for `pairs` pairs of channels; gradient's taps lie `tap_stride` apart, u's products
   `pairs`. */
static void NAME(add_taps)(float *gradient, size_t tap_stride, const float *u, size_t pairs) {
  for (size_t c = 0; c < pairs; c += FLOATS) {
    const int32_t few = pairs - c < FLOATS ? (int32_t)(pairs - c) : FLOATS;
    vec half[18];
    UNROLL for (int x = 0; x < 6; x++) {
      vec products[6];
      UNROLL for (int y = 0; y < 6; y++) products[y] = load(u + (y * 6 + x) * pairs + c);
      NAME(to_taps)(half + x, 6, products, 1);
    }
    UNROLL for (int y = 0; y < 3; y++) {
      vec taps[3];
      NAME(to_taps)(taps, 1, half + y * 6, 1);
      UNROLL for (int x = 0; x < 3; x++) {
        float *to = gradient + (y * 3 + x) * tap_stride + c;
        if (few == FLOATS) {
          taps[x] += load(to);
          __builtin_memcpy(to, taps + x, sizeof(vec));
        } else {
          store_few(to, taps[x] + load_few(to, few), few);
        }
      }
    }
  }
}

static void NAME(winograd_reduce)(const float *a, const float *db, float *gradient, const wb_winograd *shape,
                                  float *scratch) {
  const int32_t tiles = shape->tiles;
  const int32_t blocks = (tiles + wb_winograd_reduced - 1) / wb_winograd_reduced;
  const size_t from = wb_rounded_up(shape->from, FLOATS), to = wb_rounded_up(shape->to, FLOATS);
  const size_t widest = from > to ? from : to;
  const int32_t rows = wb_winograd_rows_at_once(shape->to, TILE);
  float *zeros = scratch, *products = scratch + widest, *v = products + wb_winograd_products * (size_t)rows * shape->to;
  __builtin_memset(zeros, 0, widest * sizeof(float));
  int32_t left[wb_winograd_reduced], right[wb_winograd_reduced];
  for (int32_t i = 0; i < wb_winograd_reduced; i++) {
    left[i] = i * (int32_t)from;
    right[i] = i * (int32_t)to;
  }
  const wb_reduce reduce = {.left = left, .right = right};
  for (int32_t b = 0; b < blocks; b++) {
    const int32_t begin = (int32_t)((int64_t)tiles * b / blocks), first = shape->first + begin;
    const int32_t count = (int32_t)((int64_t)tiles * (b + 1) / blocks) - begin;
    const size_t plane_a = wb_winograd_plane(count, from, FLOATS), plane_b = wb_winograd_plane(count, to, FLOATS);
    float *d = v + wb_winograd_products * plane_a;
    NAME(transform_tiles)(6, v, plane_a, a, shape, shape->from, first, count, zeros);
    NAME(transform_tiles)(4, d, plane_b, db, shape, shape->to, first, count, zeros);
    for (int32_t row = 0; row < shape->from; row += rows) {
      const int32_t present = shape->from - row < rows ? shape->from - row : rows;
      const size_t pairs = (size_t)present * shape->to;
      for (int p = 0; p < wb_winograd_products; p++)
        NAME(outer)(v + p * plane_a + row, d + p * plane_b, products + p * pairs, &reduce, count, present, shape->to,
                    0);
      NAME(add_taps)(gradient + (size_t)row * shape->to, (size_t)shape->from * shape->to, products, pairs);
    }
  }
}

/* In double, so that U has one rounding only. */
static void NAME(winograd_pack)(float *packed, const float *weights, int flipped, int32_t tap_stride, int32_t reduced,
                                int32_t reduced_stride, int32_t channels, int32_t channel_stride, wb_operand operand) {
  const double a2 = (double)ALPHA * ALPHA, b2 = (double)BETA * BETA;
  const double at_a = 1 / (2 * a2 * (a2 - b2)), at_b = 1 / (2 * b2 * (b2 - a2));
  const double G[6][3] = {{1 / (a2 * b2), 0, 0},
                          {at_a, at_a * ALPHA, at_a * a2},
                          {at_a, -at_a * ALPHA, at_a * a2},
                          {at_b, at_b * BETA, at_b * b2},
                          {at_b, -at_b * BETA, at_b * b2},
                          {0, 0, 1}};
  for (int32_t first = 0; first < channels; first += 2 * FLOATS) {
    const int32_t width = channels - first > FLOATS ? 2 * FLOATS : FLOATS;
    const int32_t present = channels - first < width ? channels - first : width;
    for (int32_t u = 0; u < reduced; u++) {
      double w[9][2 * FLOATS], half[18][2 * FLOATS];
      for (int k = 0; k < 9; k++) {
        const float *tap = weights + (ptrdiff_t)(flipped ? 8 - k : k) * tap_stride + (ptrdiff_t)u * reduced_stride +
                           (ptrdiff_t)first * channel_stride;
        for (int32_t c = 0; c < present; c++) {
          const float value = tap[(ptrdiff_t)c * channel_stride];
          w[k][c] = operand == wb_round_none ? value : operand == wb_round_fp16 ? wb_to_fp16(value) : wb_to_bf16(value);
        }
        for (int32_t c = present; c < width; c++) w[k][c] = 0;
      }
      for (int y = 0; y < 6; y++)
        for (int x = 0; x < 3; x++)
          for (int c = 0; c < width; c++)
            half[y * 3 + x][c] = G[y][0] * w[x][c] + G[y][1] * w[3 + x][c] + G[y][2] * w[6 + x][c];
      for (int y = 0; y < 6; y++)
        for (int x = 0; x < 6; x++) {
          float *to = packed + ((size_t)(y * 6 + x) * reduced + u) * width;
          for (int c = 0; c < width; c++)
            to[c] = (float)(G[x][0] * half[y * 3][c] + G[x][1] * half[y * 3 + 1][c] + G[x][2] * half[y * 3 + 2][c]);
        }
    }
    packed += (size_t)wb_winograd_products * reduced * width;
  }
}

#define WINOGRAD_KERNELS                                                                                            \
  .winograd = NAME(winograd), .winograd_reduce = NAME(winograd_reduce), .winograd_pack = NAME(winograd_pack)
