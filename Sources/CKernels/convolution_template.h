/* The convolution kernels, written once. The including file says for which vectors:
     NAME(x)                names with the instruction set's suffix
     FLOATS, TILE           floats of a vector; pixels of the largest register tile (TILE·2 + 3 registers)
     unit, vec, units       operand unit; FLOATS float sums; FLOATS units
     splat(p), load(p)      a unit in all elements; FLOATS units
     madd(a, b, sum)        sum + a·b
     load_few(p, n), store_few(p, v, n)  the first n floats of a vector; nothing behind them is read or written
   and, where it is not load_few,
     load_few_units(p, n)   the first n units, zeros behind them
   and, where the machine has it,
     horizontal_sum(v)      the sum of a vector's elements
   The sums of a tile stay in registers while the whole reduction runs. */

#define INLINE static inline __attribute__((always_inline))

#define UNROLL _Pragma("clang loop unroll(full)")

/* to = sums [+ bias] [+ add], V vectors or, where fewer channels than that are left, what there is of them. */
INLINE void NAME(finish)(const int V, float *to, const float *sums, const float *bias, const float *add, int32_t count) {
  vec total;
  if (count < V * FLOATS) {
    _Pragma("clang loop unroll(disable)") for (int32_t c = 0; c < count; c += FLOATS) {
      const int32_t few = count - c < FLOATS ? count - c : FLOATS;
      __builtin_memcpy(&total, sums + c, sizeof total);
      if (bias) total += load_few(bias + c, few);
      if (add) total += load_few(add + c, few);
      store_few(to + c, total, few);
    }
    return;
  }
  UNROLL for (int v = 0; v < V; v++) {
    vec other;
    __builtin_memcpy(&total, sums + v * FLOATS, sizeof total);
    if (bias) {
      __builtin_memcpy(&other, bias + v * FLOATS, sizeof other);
      total += other;
    }
    if (add) {
      __builtin_memcpy(&other, add + v * FLOATS, sizeof other);
      total += other;
    }
    __builtin_memcpy(to + v * FLOATS, &total, sizeof total);
  }
}

/* P pixels × V vectors of output channels. */
INLINE void NAME(gather_tile)(const int P, const int V, const unit *source, const unit *weights, const float *bias,
                              const float *add, float *target, const wb_gather *g, int32_t first, int32_t channels) {
  vec sum[TILE][2];
  UNROLL for (int p = 0; p < P; p++)
    UNROLL for (int v = 0; v < V; v++) sum[p][v] = (vec){0};
  for (int32_t s = 0; s < g->segments; s++) {
    const unit *from[TILE];
    UNROLL for (int p = 0; p < P; p++) from[p] =
        source + g->source[first + p] + g->segment[s];
    for (int32_t r = 0; r < g->run; r++) {
      units w[2];
      UNROLL for (int v = 0; v < V; v++) w[v] = load(weights + v * FLOATS);
      weights += V * FLOATS;
      UNROLL for (int p = 0; p < P; p++) {
        const units x = splat(from[p] + r);
        UNROLL for (int v = 0; v < V; v++) sum[p][v] = madd(x, w[v], sum[p][v]);
      }
    }
  }
  if (channels >= V * FLOATS) {
    vec constant[2] = {{0}, {0}};
    if (bias) UNROLL for (int v = 0; v < V; v++) __builtin_memcpy(constant + v, bias + v * FLOATS, sizeof(vec));
    UNROLL for (int p = 0; p < P; p++) {
      const int32_t at = g->target[first + p];
      UNROLL for (int v = 0; v < V; v++) {
        vec total = sum[p][v] + constant[v], other;
        if (add) {
          __builtin_memcpy(&other, add + at + v * FLOATS, sizeof other);
          total += other;
        }
        __builtin_memcpy(target + at + v * FLOATS, &total, sizeof total);
      }
    }
    return;
  }
  float sums[TILE * 2 * FLOATS];
  UNROLL for (int p = 0; p < P; p++)
    UNROLL for (int v = 0; v < V; v++) __builtin_memcpy(sums + (p * V + v) * FLOATS, &sum[p][v], sizeof(vec));
  const int32_t count = channels;
  _Pragma("clang loop unroll(disable)") for (int p = 0; p < P; p++) {
    const int32_t at = g->target[first + p];
    NAME(finish)(V, target + at, sums + p * V * FLOATS, bias, add ? add + at : NULL, count);
  }
}

#ifndef horizontal_sum
/* Of all elements, halves first. */
#define horizontal_sum NAME(horizontal_sum)
INLINE float NAME(horizontal_sum)(vec v) {
  float sums[FLOATS];
  __builtin_memcpy(sums, &v, sizeof v);
  UNROLL for (int half = FLOATS / 2; half > 0; half /= 2)
    UNROLL for (int l = 0; l < half; l++) sums[l] += sums[l + half];
  return sums[0];
}
#endif

#ifndef load_few_units
#define load_few_units(p, n) load_few(p, n)
#endif

/* One vector of a run for each of P pixels, times the N channels' weights. */
#define NARROW_STEP(LOADED)                                                                                         \
  UNROLL for (int p = 0; p < P; p++) {                                                                              \
    const units x = LOADED;                                                                                         \
    UNROLL for (int n = 0; n < N; n++) sum[p][n] = madd(x, load(weights + n * channel_stride + r), sum[p][n]);      \
  }

/* The same for the few channels N of a narrow output: vectors lie along the run, and are summed at the end. What stands
   behind a run is not read: it may be another image's, or nobody's, and zero weights do not take away a NaN. */
INLINE void NAME(gather_narrow_tile)(const int P, const int N, const unit *source, const unit *weights,
                                     const float *bias, const float *add, float *target, const wb_gather *g,
                                     int32_t first) {
  vec sum[4][wb_narrow];
  const int32_t whole = g->run / FLOATS * FLOATS, few = g->run - whole, run = few ? whole + FLOATS : whole;
  const size_t channel_stride = (size_t)g->segments * run;
  UNROLL for (int p = 0; p < P; p++)
    UNROLL for (int n = 0; n < N; n++) sum[p][n] = (vec){0};
  for (int32_t s = 0; s < g->segments; s++) {
    const unit *from[4];
    UNROLL for (int p = 0; p < P; p++) from[p] = source + g->source[first + p] + g->segment[s];
    int32_t r = 0;
    for (; r < whole; r += FLOATS) NARROW_STEP(load(from[p] + r))
    if (few) NARROW_STEP(load_few_units(from[p] + r, few))
    weights += run;
  }
  UNROLL for (int p = 0; p < P; p++) {
    const int32_t at = g->target[first + p];
    UNROLL for (int n = 0; n < N; n++) {
      float value = horizontal_sum(sum[p][n]);
      if (bias) value += bias[n];
      if (add) value += add[at + n];
      target[at + n] = value;
    }
  }
}

#define GATHER_CASE(P)                                                                                              \
  case P:                                                                                                           \
    if (wide) NAME(gather_tile)(P, 2, source, w, b, a, t, g, first, n);                                             \
    else NAME(gather_tile)(P, 1, source, w, b, a, t, g, first, n);                                                  \
    break;

#define NARROW_CASE(N)                                                                                              \
  case N:                                                                                                           \
    for (; first + 4 <= pixels; first += 4)                                                                         \
      NAME(gather_narrow_tile)(4, N, source, weights, bias, add, target, g, first);                                 \
    for (; first < pixels; first++)                                                                                 \
      NAME(gather_narrow_tile)(1, N, source, weights, bias, add, target, g, first);                                 \
    break;

static void NAME(gather)(const void *source_, const void *weights_, const float *bias, const float *add, float *target,
                         const wb_gather *g, int32_t pixels, int32_t channels) {
  const unit *source = source_;
  const unit *weights = weights_;
  if (channels <= wb_narrow) {
    int32_t first = 0;
    switch (channels) { NARROW_CASE(1) NARROW_CASE(2) NARROW_CASE(3) NARROW_CASE(4) }
    return;
  }
  /* Even tiles: none of a remainder's few pixels, which would leave most multiply-adds waiting for another. */
  const int32_t tiles = (pixels + TILE - 1) / TILE;
  const unit *w = weights;
  for (int32_t c = 0; c < channels; c += 2 * FLOATS) {
    const int wide = channels - c > FLOATS;
    const int32_t n = channels - c;
    const float *b = bias ? bias + c : NULL;
    const float *a = add ? add + c : NULL;
    float *t = target + c;
    for (int32_t i = 0; i < tiles; i++) {
      const int32_t first = (int32_t)((int64_t)pixels * i / tiles);
      const int32_t last = (int32_t)((int64_t)pixels * (i + 1) / tiles);
      switch (last - first) { EACH_TILE(GATHER_CASE) }
    }
    w += (size_t)g->segments * g->run * FLOATS * (wide ? 2 : 1);
  }
}

/* P rows × V vectors of columns. */
INLINE void NAME(outer_tile)(const int P, const int V, const unit *left, const unit *right, float *out,
                             const wb_reduce *reduce, int32_t points, int32_t columns, int32_t stride, int accumulate) {
  vec sum[TILE][2];
  UNROLL for (int p = 0; p < P; p++)
    UNROLL for (int v = 0; v < V; v++) sum[p][v] = (vec){0};
  for (int32_t i = 0; i < points; i++) {
    const unit *l = left + reduce->left[i];
    const unit *r = right + reduce->right[i];
    units y[2];
    UNROLL for (int v = 0; v < V; v++) y[v] = load(r + v * FLOATS);
    UNROLL for (int p = 0; p < P; p++) {
      const units x = splat(l + p);
      UNROLL for (int v = 0; v < V; v++) sum[p][v] = madd(x, y[v], sum[p][v]);
    }
  }
  float sums[TILE * 2 * FLOATS];
  UNROLL for (int p = 0; p < P; p++)
    UNROLL for (int v = 0; v < V; v++) __builtin_memcpy(sums + (p * V + v) * FLOATS, &sum[p][v], sizeof(vec));
  const int32_t count = columns < V * FLOATS ? columns : V * FLOATS;
  _Pragma("clang loop unroll(disable)") for (int p = 0; p < P; p++)
    NAME(finish)(V, out + (size_t)p * stride, sums + p * V * FLOATS, NULL, accumulate ? out + (size_t)p * stride : NULL,
                 count);
}

/* N columns, few; 4 vectors of rows. */
INLINE void NAME(outer_narrow_tile)(const int N, const unit *left, const unit *right, float *out,
                                    const wb_reduce *reduce, int32_t points, int32_t rows, int accumulate) {
  vec sum[4][wb_narrow];
  UNROLL for (int v = 0; v < 4; v++)
    UNROLL for (int n = 0; n < N; n++) sum[v][n] = (vec){0};
  for (int32_t i = 0; i < points; i++) {
    const unit *l = left + reduce->left[i];
    const unit *r = right + reduce->right[i];
    UNROLL for (int n = 0; n < N; n++) {
      const units y = splat(r + n);
      UNROLL for (int v = 0; v < 4; v++) sum[v][n] =
          madd(load(l + v * FLOATS), y, sum[v][n]);
    }
  }
  float sums[wb_narrow][4 * FLOATS];
  UNROLL for (int v = 0; v < 4; v++)
    UNROLL for (int n = 0; n < N; n++) __builtin_memcpy(sums[n] + v * FLOATS, &sum[v][n], sizeof(vec));
  _Pragma("clang loop unroll(disable)") for (int n = 0; n < N; n++)
    _Pragma("clang loop unroll(disable)") for (int row = 0; row < rows && row < 4 * FLOATS; row++) {
      float *to = out + (size_t)row * N + n;
      *to = accumulate ? *to + sums[n][row] : sums[n][row];
    }
}

#define OUTER_CASE(P)                                                                                               \
  case P:                                                                                                           \
    if (wide) NAME(outer_tile)(P, 2, l, right + c, to, reduce, points, columns - c, columns, accumulate);           \
    else NAME(outer_tile)(P, 1, l, right + c, to, reduce, points, columns - c, columns, accumulate);                \
    break;

#define OUTER_NARROW_CASE(N)                                                                                        \
  case N:                                                                                                           \
    NAME(outer_narrow_tile)(N, left + row, right, out + (size_t)row * N, reduce, points, rows - row, accumulate);   \
    break;

static void NAME(outer)(const void *left_, const void *right_, float *out, const wb_reduce *reduce, int32_t points,
                        int32_t rows, int32_t columns, int accumulate) {
  const unit *left = left_;
  const unit *right = right_;
  if (columns <= wb_narrow) {
    for (int32_t row = 0; row < rows; row += 4 * FLOATS)
      switch (columns) { OUTER_NARROW_CASE(1) OUTER_NARROW_CASE(2) OUTER_NARROW_CASE(3) OUTER_NARROW_CASE(4) }
    return;
  }
  const int32_t tiles = (rows + TILE - 1) / TILE;
  for (int32_t c = 0; c < columns; c += 2 * FLOATS) {
    const int wide = columns - c > FLOATS;
    for (int32_t i = 0; i < tiles; i++) {
      const int32_t first = (int32_t)((int64_t)rows * i / tiles);
      const int32_t last = (int32_t)((int64_t)rows * (i + 1) / tiles);
      const unit *l = left + first;
      float *to = out + (size_t)first * columns + c;
      switch (last - first) { EACH_TILE(OUTER_CASE) }
    }
  }
}
