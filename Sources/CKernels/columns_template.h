/* Going through an image's channels in vectors, written once; included after convolution_template.h.

   An image is a matrix (pixels, channels). Where channels do not fill whole vectors, several pixels together do: `fold`
   of them are one row of fold·channels columns. A column's sums belong to a channel and to every fold-th pixel, whether
   rows are worked on whole or, where only some of the channels are asked for, in parts: so the bits are the same. */

#include <string.h>

/* Pixels of a row: FLOATS / gcd(FLOATS, channels). */
static int32_t NAME(fold)(int32_t channels) {
  int32_t fold = FLOATS;
  while (fold > 1 && channels % (2 * FLOATS / fold) == 0) fold /= 2;
  return fold;
}

/* How an image's pixels are gone through: `phases` passes over `columns` columns each. Pass k begins at pixel k, at
   column k·columns of what is kept by column, and takes every fold-th pixel. There are no more passes than pixels: each
   has a first pixel, and the columns of others are not touched. */
typedef struct {
  int32_t fold, phases, columns;
} NAME(passes);

static NAME(passes) NAME(passes_of)(int32_t pixels, int32_t stride, int32_t channels) {
  const int32_t fold = NAME(fold)(stride);
  const int whole = stride == channels && pixels % fold == 0;
  const int32_t phases = pixels < fold ? pixels : fold;
  return (NAME(passes)){.fold = fold, .phases = whole ? 1 : phases, .columns = whole ? fold * channels : channels};
}

/* Calls BLOCK(first row's offset, rows, first column, vectors, floats of the last vector) for all of an image; the last
   two are constants but for what is left of the columns. WIDE vectors go together: their sums do not wait for each other. */
#define EACH_BLOCK(g, pixels, stride, WIDE, BLOCK)                                                                  \
  for (int32_t k = 0; k < (g).phases; k++) {                                                                        \
    const int32_t rows = ((pixels) - k + (g).fold - 1) / (g).fold, base = k * (g).columns;                          \
    const size_t from = (size_t)k * (stride);                                                                       \
    for (int32_t c = 0; c < (g).columns;) {                                                                         \
      if ((g).columns - c >= (WIDE) * FLOATS) {                                                                     \
        BLOCK(from + c, rows, base + c, WIDE, FLOATS);                                                              \
        c += (WIDE) * FLOATS;                                                                                       \
      } else if ((g).columns - c >= FLOATS) {                                                                       \
        BLOCK(from + c, rows, base + c, 1, FLOATS);                                                                 \
        c += FLOATS;                                                                                                \
      } else {                                                                                                      \
        BLOCK(from + c, rows, base + c, 1, (g).columns - c);                                                        \
        c += FLOATS;                                                                                                \
      }                                                                                                             \
    }                                                                                                               \
  }

INLINE vec NAME(get)(const float *p, const int32_t count) {
  vec v;
  if (count < FLOATS) return load_few(p, count);
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

INLINE void NAME(put)(float *p, vec v, const int32_t count) {
  if (count < FLOATS) store_few(p, v, count);
  else __builtin_memcpy(p, &v, sizeof v);
}

INLINE void NAME(sum_block)(float *sums, const float *x, int32_t rows, size_t step, const int V, const int32_t count) {
  vec s[4];
  UNROLL for (int v = 0; v < V; v++) s[v] = (vec){0};
  for (int32_t r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < V; v++) s[v] += NAME(get)(x + r * step + v * FLOATS, count);
  UNROLL for (int v = 0; v < V; v++) NAME(put)(sums + v * FLOATS, s[v], count);
}

static void NAME(column_sums)(float *sums, const float *x, int32_t pixels, int32_t columns, int accumulate) {
  const NAME(passes) g = NAME(passes_of)(pixels, columns, columns);
  float total[g.fold * columns];
  memset(total, 0, sizeof total);
#define BLOCK(at, rows, c, V, n) NAME(sum_block)(total + (c), x + (at), rows, (size_t)g.fold * columns, V, n)
  EACH_BLOCK(g, pixels, columns, 4, BLOCK)
#undef BLOCK
  for (int32_t c = columns; c < g.fold * columns; c++) total[c % columns] += total[c];
  for (int32_t c = 0; c < columns; c++) sums[c] = accumulate ? sums[c] + total[c] : total[c];
}

static void NAME(copy_columns)(float *to, int32_t to_stride, const float *from, int32_t from_stride, int32_t rows,
                               int32_t columns, int accumulate) {
  for (int32_t r = 0; r < rows; r++, to += to_stride, from += from_stride)
    for (int32_t c = 0; c < columns; c += FLOATS) {
      const int32_t few = columns - c < FLOATS ? columns - c : FLOATS;
      const vec x = NAME(get)(from + c, few);
      NAME(put)(to + c, accumulate ? NAME(get)(to + c, few) + x : x, few);
    }
}

#define COLUMN_KERNELS .column_sums = NAME(column_sums), .copy_columns = NAME(copy_columns)
