/* The attention kernels, written once; included after convolution_template.h and vector_math.h, whose macros they
   use, with
     UNIT_VALUES       values in a unit: 2 where pairs are multiplied at once
     paired(a, b)      UNIT_VALUES 2: units (a[0], b[0]), (a[1], b[1]) …
     joined(a, b)      UNIT_VALUES 2: units (a[0], a[1]), (a[2], a[3]) … of a and then of b

   Forward, queries lie along the vectors, PANEL of them at a time, and the scores of a panel are a matrix
   [key][query]; backward it is the other way round, a panel of keys and a matrix [query][key]. That is how the gather
   kernel wants its weights, so what follows the softmax are gathers. Rows are paired for products over rows, columns
   for the product over columns. */

#include <math.h>
#include <string.h>

#include "attention.h"
#include "rounding.h"

enum { NAME(panel_width) = 2 * FLOATS };
#define PANEL NAME(panel_width)

/* The exponent, in powers of two, up to which scores are exponentiated as they are. */
#define UNSHIFTED 60.0f

static inline unit NAME(unit)(float a, float b, wb_operand operand) {
#if UNIT_VALUES == 2
  (void)operand;
  return (uint32_t)wb_bf16_bits(a) | (uint32_t)wb_bf16_bits(b) << 16;
#else
  (void)b;
  return operand == wb_round_bf16 ? wb_to_bf16(a) : operand == wb_round_fp16 ? wb_to_fp16(a) : a;
#endif
}

static inline int32_t NAME(unit_count)(int32_t values) { return (values + UNIT_VALUES - 1) / UNIT_VALUES; }

/* (tokens, size) → units along the channels, [token][units]. */
static void NAME(token_rows)(unit *restrict to, const float *restrict x, const wb_attention *a) {
  const int32_t depth = NAME(unit_count)(a->size);
  for (int32_t t = 0; t < a->tokens; t++, x += a->stride, to += depth)
    for (int32_t u = 0; u < depth; u++) {
      const int32_t c = u * UNIT_VALUES;
      to[u] = NAME(unit)(x[c], c + 1 < a->size ? x[c + 1] : 0, a->operand);
    }
}

/* (tokens, size) → units along the tokens, [channel][units]. */
static void NAME(token_columns)(unit *restrict to, const float *restrict x, const wb_attention *a) {
  const int32_t depth = NAME(unit_count)(a->tokens);
  for (int32_t u = 0; u < depth; u++) {
    const float *first = x + (ptrdiff_t)u * UNIT_VALUES * a->stride;
    const int has_second = u * UNIT_VALUES + 1 < a->tokens;
    for (int32_t c = 0; c < a->size; c++)
      to[(size_t)c * depth + u] = NAME(unit)(first[c], has_second ? first[a->stride + c] : 0, a->operand);
  }
}

/* `count` tokens from x on → [units along the channels][PANEL], zeros where there are fewer. */
static void NAME(token_panel)(unit *restrict to, const float *restrict x, int32_t count, const wb_attention *a) {
  for (int32_t u = 0; u < NAME(unit_count)(a->size); u++, to += PANEL) {
    const int32_t c = u * UNIT_VALUES;
    for (int32_t t = 0; t < PANEL; t++) {
      const float *from = x + (ptrdiff_t)t * a->stride + c;
      to[t] = t < count ? NAME(unit)(from[0], c + 1 < a->size ? from[1] : 0, a->operand) : 0;
    }
  }
}

/* Two rows of a panel's matrix as units along the rows, from `row` on, which is even; without a second the pair is half
   empty. */
INLINE void NAME(store_rows)(unit *matrix, int32_t row, int v, vec first, vec second, int has_second) {
#if UNIT_VALUES == 2
  const units pair = has_second ? paired(first, second) : paired(first, (vec){0});
  __builtin_memcpy(matrix + (size_t)(row / 2) * PANEL + v * FLOATS, &pair, sizeof pair);
#else
  __builtin_memcpy(matrix + (size_t)row * PANEL + v * FLOATS, &first, sizeof first);
  if (has_second) __builtin_memcpy(matrix + (size_t)(row + 1) * PANEL + v * FLOATS, &second, sizeof second);
#endif
}

/* One row as units along it. */
INLINE void NAME(store_columns)(unit *matrix, int32_t row, vec first, vec second) {
#if UNIT_VALUES == 2
  const units joint = joined(first, second);
  __builtin_memcpy(matrix + (size_t)row * FLOATS, &joint, sizeof joint);
#else
  __builtin_memcpy(matrix + (size_t)row * PANEL, &first, sizeof first);
  __builtin_memcpy(matrix + (size_t)row * PANEL + FLOATS, &second, sizeof second);
#endif
}

/* Zeros in place of what there is beyond the `count` columns of a panel's last pair. A key that is not there has the score
   0, whose exponential may be infinite where all others are low, and a weight of zero does not take that away. */
static void NAME(clear_beyond)(unit *matrix, int32_t count, const wb_attention *a) {
#if UNIT_VALUES == 2
  if (count % 2 == 0) return;
  for (int32_t row = 0; row < a->tokens; row++) matrix[(size_t)row * FLOATS + count / 2] &= 0xFFFF;
#else
  (void)matrix, (void)count, (void)a;
#endif
}

/* Rounds a matrix of single values in place: pairs have been rounded when they were made. */
static void NAME(round_matrix)(unit *matrix, const wb_attention *a) {
#if UNIT_VALUES == 1
  if (a->operand == wb_round_none) return;
  for (int32_t i = 0; i < a->tokens * PANEL; i++) matrix[i] = NAME(unit)(matrix[i], 0, a->operand);
#else
  (void)matrix, (void)a;
#endif
}

/* sum = rows·panel for P rows from x on. */
INLINE void NAME(multiply)(const int P, vec sum[TILE][2], const unit *x, const unit *panel, int32_t depth) {
  UNROLL for (int p = 0; p < P; p++)
    UNROLL for (int v = 0; v < 2; v++) sum[p][v] = (vec){0};
  for (int32_t u = 0; u < depth; u++) {
    units y[2];
    UNROLL for (int v = 0; v < 2; v++) y[v] = load(panel + u * PANEL + v * FLOATS);
    UNROLL for (int p = 0; p < P; p++) {
      const units one = splat(x + (size_t)p * depth + u);
      UNROLL for (int v = 0; v < 2; v++) sum[p][v] = madd(one, y[v], sum[p][v]);
    }
  }
}

/* The largest score of each query of a panel, over P keys. */
INLINE void NAME(largest_tile)(const int P, float *largest, const unit *keys, const unit *queries, int32_t depth) {
  vec sum[TILE][2];
  NAME(multiply)(P, sum, keys, queries, depth);
  UNROLL for (int v = 0; v < 2; v++) {
    vec most;
    __builtin_memcpy(&most, largest + v * FLOATS, sizeof most);
    UNROLL for (int p = 0; p < P; p++) most = larger(most, sum[p][v]);
    __builtin_memcpy(largest + v * FLOATS, &most, sizeof most);
  }
}

/* Exponentials of P keys' scores from key `first` on, and their sums. */
INLINE void NAME(forward_tile)(const int P, unit *matrix, float *sums, const float *shift, float factor, const unit *keys,
                               const unit *queries, int32_t first, int32_t depth) {
  vec sum[TILE][2];
  NAME(multiply)(P, sum, keys, queries, depth);
  UNROLL for (int v = 0; v < 2; v++) {
    vec total, off;
    __builtin_memcpy(&total, sums + v * FLOATS, sizeof total);
    __builtin_memcpy(&off, shift + v * FLOATS, sizeof off);
    UNROLL for (int p = 0; p < P; p++) {
      sum[p][v] = NAME(power_of_two)(sum[p][v] * factor - off);
      total += sum[p][v];
    }
    UNROLL for (int p = 0; p < P; p += 2)
        NAME(store_rows)(matrix, first + p, v, sum[p][v], sum[p + 1 < P ? p + 1 : p][v], p + 1 < P);
    __builtin_memcpy(sums + v * FLOATS, &total, sizeof total);
  }
}

/* What the backward pass knows of the queries, and what it makes of a panel of keys. */
typedef struct {
  const unit *queries, *gradients;  /* [token][units]: q and dout */
  const unit *keys, *values;        /* [units][PANEL] */
  const float *shift, *inverse, *mean; /* of each query: the two normalizers, and Σ dout·out */
  float factor, scale;
  unit *probability_rows, *score_rows; /* [query units][PANEL] */
  unit *score_columns;                 /* [query][PANEL units] */
} NAME(backward);

/* Probabilities and gradients of the scores, of P queries from `first` on. */
INLINE void NAME(backward_tile)(const int P, const NAME(backward) *b, int32_t first, int32_t depth) {
  vec probability[TILE][2], score[TILE][2];
  NAME(multiply)(P, probability, b->queries + (size_t)first * depth, b->keys, depth);
  UNROLL for (int p = 0; p < P; p++)
    UNROLL for (int v = 0; v < 2; v++) probability[p][v] =
        NAME(power_of_two)(probability[p][v] * b->factor - b->shift[first + p]) * b->inverse[first + p];
  NAME(multiply)(P, score, b->gradients + (size_t)first * depth, b->values, depth);
  UNROLL for (int p = 0; p < P; p++) {
    UNROLL for (int v = 0; v < 2; v++) score[p][v] =
        probability[p][v] * (score[p][v] - b->mean[first + p]) * b->scale;
    NAME(store_columns)(b->score_columns, first + p, score[p][0], score[p][1]);
  }
  UNROLL for (int p = 0; p < P; p += 2)
    UNROLL for (int v = 0; v < 2; v++) {
      const int second = p + 1 < P ? p + 1 : p;
      NAME(store_rows)(b->probability_rows, first + p, v, probability[p][v], probability[second][v], p + 1 < P);
      NAME(store_rows)(b->score_rows, first + p, v, score[p][v], score[second][v], p + 1 < P);
    }
}

/* Goes through the tokens in tiles of at most SIZE, alike in size and even but for the last. */
#define EACH_TOKEN_TILE(SIZE, CASES)                                                                                \
  do {                                                                                                              \
    const int32_t pairs = (a->tokens + 1) / 2, tiles = (pairs + (SIZE) / 2 - 1) / ((SIZE) / 2);                      \
    for (int32_t i = 0; i < tiles; i++) {                                                                           \
      const int32_t first = 2 * (int32_t)((int64_t)pairs * i / tiles);                                              \
      int32_t last = 2 * (int32_t)((int64_t)pairs * (i + 1) / tiles);                                               \
      if (last > a->tokens) last = a->tokens;                                                                       \
      switch (last - first) { CASES }                                                                               \
    }                                                                                                               \
  } while (0)

#define LARGEST_CASE(P)                                                                                             \
  case P: NAME(largest_tile)(P, largest, keys + (size_t)first * depth, queries, depth); break;

static __attribute__((noinline)) void NAME(find_largest)(float *largest, const unit *keys, const unit *queries,
                                                         const wb_attention *a) {
  const int32_t depth = NAME(unit_count)(a->size);
  EACH_TOKEN_TILE(TILE, EACH_TILE(LARGEST_CASE));
}

#define FORWARD_CASE(P)                                                                                             \
  case P:                                                                                                           \
    NAME(forward_tile)(P, matrix, sums, shift, factor, keys + (size_t)first * depth, queries, first, depth);        \
    break;

static __attribute__((noinline)) void NAME(exponentiate)(unit *matrix, float *sums, const float *shift, float factor,
                                                         const unit *keys, const unit *queries, const wb_attention *a) {
  const int32_t depth = NAME(unit_count)(a->size);
  EACH_TOKEN_TILE(TILE, EACH_TILE(FORWARD_CASE));
}

#define BACKWARD_CASE(P)                                                                                            \
  case P: NAME(backward_tile)(P, b, first, depth); break;

static __attribute__((noinline)) void NAME(differentiate)(const NAME(backward) *b, const wb_attention *a) {
  const int32_t depth = NAME(unit_count)(a->size);
  EACH_TOKEN_TILE(6, BACKWARD_CASE(1) BACKWARD_CASE(2) BACKWARD_CASE(3) BACKWARD_CASE(4) BACKWARD_CASE(5)
                         BACKWARD_CASE(6));
}

/* Parts of the scratch memory. */
typedef struct {
  unit *rows, *more_rows;         /* [token][units] */
  unit *columns, *more_columns;   /* [channel][units] */
  unit *panel, *more_panel;       /* [units][PANEL] */
  unit *weights;                  /* as wb_pack_weights lays them */
  unit *matrix, *more_matrix;     /* (tokens, PANEL), paired along the tokens */
  unit *column_matrix;            /* (tokens, PANEL), paired along the panel */
  float *transposed;              /* (size, PANEL) */
  float *mean;                    /* (tokens) */
  int32_t *channel_source, *channel_target; /* (size): a gather whose pixels are channels */
  int32_t *token_source, *token_target;     /* (tokens): a gather whose pixels are tokens */
} NAME(parts);

static NAME(parts) NAME(divide)(void *scratch, const wb_attention *a) {
  char *next = scratch;
  const size_t tokens = a->tokens + 1, size = a->size + 2 * FLOATS;
#define PART(count) (next += ((count) * 4 + 63) / 64 * 64, (void *)(next - ((count) * 4 + 63) / 64 * 64))
  NAME(parts) parts;
  parts.rows = PART(tokens * size);
  parts.more_rows = PART(tokens * size);
  parts.columns = PART(tokens * size);
  parts.more_columns = PART(tokens * size);
  parts.panel = PART(size * PANEL);
  parts.more_panel = PART(size * PANEL);
  parts.weights = PART(size * PANEL);
  parts.matrix = PART(tokens * PANEL);
  parts.more_matrix = PART(tokens * PANEL);
  parts.column_matrix = PART(tokens * PANEL);
  parts.transposed = PART(size * PANEL);
  parts.mean = PART(tokens);
  parts.channel_source = PART(size);
  parts.channel_target = PART(size);
  parts.token_source = PART(tokens);
  parts.token_target = PART(tokens);
#undef PART
  for (int32_t c = 0; c < a->size; c++) {
    parts.channel_source[c] = c * NAME(unit_count)(a->tokens);
    parts.channel_target[c] = c * PANEL;
  }
  for (int32_t t = 0; t < a->tokens; t++) {
    parts.token_source[t] = t * (PANEL / UNIT_VALUES);
    parts.token_target[t] = t * a->stride;
  }
  return parts;
}

/* to[token of the panel][channel] = [+=] scale[token]·Σ over rows of columns[channel][row]·matrix[row][token]. */
static void NAME(sum_rows)(const NAME(parts) *parts, float *to, const unit *columns, const unit *matrix,
                           const float *scale, int32_t count, const wb_attention *a) {
  const int32_t none = 0;
  const wb_gather gather = {.source = parts->channel_source, .target = parts->channel_target, .segment = &none,
                            .segments = 1, .run = NAME(unit_count)(a->tokens)};
  NAME(gather)(columns, matrix, NULL, NULL, parts->transposed, &gather, a->size, PANEL);
  for (int32_t t = 0; t < count; t++, to += a->stride)
    for (int32_t c = 0; c < a->size; c++) {
      const float sum = parts->transposed[c * PANEL + t];
      to[c] = scale ? scale[t] * sum : to[c] + sum;
    }
}

/* Σ over channels of x·y. */
static float NAME(inner)(const float *x, const float *y, int32_t size) {
  float sum = 0;
  for (int32_t c = 0; c < size; c++) sum += x[c] * y[c];
  return sum;
}

/* The longest of `count` tokens. */
static float NAME(length)(const float *x, int32_t count, const wb_attention *a) {
  float longest = 0;
  for (int32_t t = 0; t < count; t++, x += a->stride) {
    const float square = NAME(inner)(x, x, a->size);
    longest = square > longest ? square : longest;
  }
  return __builtin_elementwise_sqrt(longest);
}

static void NAME(attention)(float *out, float *normalizers, const float *q, const float *k, const float *v,
                            const wb_attention *a, void *scratch) {
  const NAME(parts) parts = NAME(divide)(scratch, a);
  NAME(token_rows)(parts.rows, k, a);
  NAME(token_columns)(parts.columns, v, a);
  const float factor = a->scale * 1.44269504088896f;
  const float longest = NAME(length)(k, a->tokens, a);
  float shift[PANEL], sums[PANEL];
  for (int32_t first = 0; first < a->tokens; first += PANEL) {
    const int32_t count = a->tokens - first < PANEL ? a->tokens - first : PANEL;
    const float *queries = q + (ptrdiff_t)first * a->stride;
    NAME(token_panel)(parts.panel, queries, count, a);
    memset(shift, 0, sizeof shift);
    /* |q·k| ≤ |q||k|: where that is small, no score needs to be known before it is exponentiated. A float16 probability
       must not exceed 1. */
    if (!(factor * NAME(length)(queries, count, a) * longest < UNSHIFTED) || a->operand == wb_round_fp16) {
      for (int32_t i = 0; i < PANEL; i++) shift[i] = -INFINITY;
      NAME(find_largest)(shift, parts.rows, parts.panel, a);
      for (int32_t i = 0; i < PANEL; i++) shift[i] *= factor;
    }
    memset(sums, 0, sizeof sums);
    NAME(exponentiate)(parts.matrix, sums, shift, factor, parts.rows, parts.panel, a);
    NAME(round_matrix)(parts.matrix, a);
    for (int32_t t = 0; t < count; t++) {
      sums[t] = 1.0f / sums[t];
      normalizers[first + t] = shift[t];
      normalizers[a->tokens + first + t] = sums[t];
    }
    NAME(sum_rows)(&parts, out + (ptrdiff_t)first * a->stride, parts.columns, parts.matrix, sums, count, a);
  }
}

static void NAME(attention_backward)(float *dq, float *dk, float *dv, const float *dout, const float *out,
                                     const float *normalizers, const float *q, const float *k, const float *v,
                                     const wb_attention *a, void *scratch) {
  const NAME(parts) parts = NAME(divide)(scratch, a);
  NAME(token_rows)(parts.rows, q, a);
  NAME(token_rows)(parts.more_rows, dout, a);
  NAME(token_columns)(parts.columns, q, a);
  NAME(token_columns)(parts.more_columns, dout, a);
  for (int32_t t = 0; t < a->tokens; t++)
    parts.mean[t] = NAME(inner)(dout + (ptrdiff_t)t * a->stride, out + (ptrdiff_t)t * a->stride, a->size);
  const NAME(backward) backward = {.queries = parts.rows, .gradients = parts.more_rows, .keys = parts.panel,
                                   .values = parts.more_panel, .shift = normalizers,
                                   .inverse = normalizers + a->tokens, .mean = parts.mean,
                                   .factor = a->scale * 1.44269504088896f, .scale = a->scale,
                                   .probability_rows = parts.matrix, .score_rows = parts.more_matrix,
                                   .score_columns = parts.column_matrix};
  const int32_t none = 0;
  for (int32_t first = 0; first < a->tokens; first += PANEL) {
    const int32_t count = a->tokens - first < PANEL ? a->tokens - first : PANEL;
    const ptrdiff_t start = (ptrdiff_t)first * a->stride;
    NAME(token_panel)(parts.panel, k + start, count, a);
    NAME(token_panel)(parts.more_panel, v + start, count, a);
    NAME(differentiate)(&backward, a);
    NAME(round_matrix)(parts.matrix, a);
    NAME(round_matrix)(parts.more_matrix, a);
    NAME(round_matrix)(parts.column_matrix, a);
    NAME(clear_beyond)(parts.column_matrix, count, a);
    NAME(sum_rows)(&parts, dv + start, parts.more_columns, parts.matrix, NULL, count, a);
    NAME(sum_rows)(&parts, dk + start, parts.columns, parts.more_matrix, NULL, count, a);
    /* dq[query][channel] += Σ over the panel's keys of score[query][key]·k[key][channel]. */
    wb_pack_weights(parts.weights, k + start, &none, 1, 1, 0, count, a->stride, a->size, 1, FLOATS, a->operand);
    const wb_gather gather = {.source = parts.token_source, .target = parts.token_target, .segment = &none,
                              .segments = 1, .run = NAME(unit_count)(count)};
    NAME(gather)(parts.column_matrix, parts.weights, NULL, dq, dq, &gather, a->tokens, a->size);
  }
}
