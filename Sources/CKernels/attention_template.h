/* The attention kernels, written once; included after convolution_template.h, whose macros they use, with
     UNIT_VALUES       values in a unit: 2 where pairs are multiplied at once
     larger(a, b)      the larger of two vectors, lane by lane

   Queries lie along the vectors, PANEL of them at a time. Scores of a panel are a matrix [key][query], which is also
   how the gather kernel wants its weights: what follows the softmax is a gather. Of probabilities and scores, rows are
   paired for products over keys and columns for products over queries. */

#include <math.h>
#include <string.h>

#include "attention.h"
#include "rounding.h"

enum { NAME(panel_width) = 2 * LANES };
#define PANEL NAME(panel_width)

/* The exponent, in powers of two, up to which scores are exponentiated as they are. */
#define UNSHIFTED 60.0f

typedef int32_t NAME(integers) __attribute__((vector_size(sizeof(vec))));

/* 2^x: x rounded to n, then Taylor of 2^(x − n) to the sixth power (relative error below 2e-7). From -126 on. */
INLINE vec NAME(power_of_two)(vec x) {
  x = larger(x, (vec){0} - 126.0f);
  const vec shifted = x + 12582912.0f;
  const vec f = x - (shifted - 12582912.0f);
  const vec p =
      1.0f +
      f * (0.69314718056f +
           f * (0.24022650696f +
                f * (0.05550410866f + f * (0.00961812911f + f * (0.00133335581f + f * 0.00015403530f)))));
  const NAME(integers) power = ((NAME(integers))shifted << 23) + 0x3F800000;
  return p * (vec)power;
}

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

/* (tokens, PANEL) → units along the tokens, [units][PANEL]. */
static const unit *NAME(paired_rows)(unit *restrict to, const float *restrict x, const wb_attention *a) {
#if UNIT_VALUES == 1
  if (a->operand == wb_round_none) return x;
#endif
  const int32_t depth = NAME(unit_count)(a->tokens);
  for (int32_t u = 0; u < depth; u++, x += UNIT_VALUES * PANEL) {
    const float *second = u * UNIT_VALUES + 1 < a->tokens ? x + PANEL : NULL;
    if (second) for (int32_t q = 0; q < PANEL; q++) to[u * PANEL + q] = NAME(unit)(x[q], second[q], a->operand);
    else for (int32_t q = 0; q < PANEL; q++) to[u * PANEL + q] = NAME(unit)(x[q], 0, a->operand);
  }
  return to;
}

/* (tokens, PANEL) → units along the queries, [token][units]. */
static const unit *NAME(paired_columns)(unit *restrict to, const float *restrict x, const wb_attention *a) {
#if UNIT_VALUES == 1
  if (a->operand == wb_round_none) return x;
#endif
  const size_t count = (size_t)a->tokens * PANEL / UNIT_VALUES;
  for (size_t i = 0; i < count; i++)
    to[i] = NAME(unit)(x[i * UNIT_VALUES], x[i * UNIT_VALUES + UNIT_VALUES - 1], a->operand);
  return to;
}

/* What becomes of a tile of products key·query. */
typedef enum { NAME(largest), NAME(probabilities), NAME(score_gradients) } NAME(ending);

typedef struct {
  float factor;       /* of the products, in powers of two */
  float scale;        /* of score gradients */
  const float *shift; /* of each query: taken off the exponent */
  const float *inverse; /* multiplies probabilities */
  const float *mean;  /* of each query: Σ dout·out, taken off the gradient of its probabilities */
  float *sums;        /* of each query: the largest product, or the sum of probabilities */
  float *probabilities; /* [key][PANEL], written or read */
  float *gradients;   /* [key][PANEL] */
} NAME(panel);

/* P keys from `first` on × a panel of queries. */
INLINE void NAME(panel_tile)(const int P, const NAME(ending) ending, const unit *keys, const unit *queries,
                             const NAME(panel) *panel, int32_t first, int32_t depth) {
  vec sum[TILE][2];
  UNROLL for (int p = 0; p < P; p++)
    UNROLL for (int v = 0; v < 2; v++) sum[p][v] = (vec){0};
  keys += (size_t)first * depth;
  for (int32_t u = 0; u < depth; u++) {
    units q[2];
    UNROLL for (int v = 0; v < 2; v++) q[v] = load(queries + u * PANEL + v * LANES);
    UNROLL for (int p = 0; p < P; p++) {
      const units k = splat(keys + (size_t)p * depth + u);
      UNROLL for (int v = 0; v < 2; v++) sum[p][v] = madd(k, q[v], sum[p][v]);
    }
  }
  UNROLL for (int v = 0; v < 2; v++) {
    vec total, shift, inverse, mean;
    __builtin_memcpy(&total, panel->sums + v * LANES, sizeof total);
    __builtin_memcpy(&shift, panel->shift + v * LANES, sizeof shift);
    __builtin_memcpy(&inverse, panel->inverse + v * LANES, sizeof inverse);
    __builtin_memcpy(&mean, panel->mean + v * LANES, sizeof mean);
    UNROLL for (int p = 0; p < P; p++) {
      const size_t at = (size_t)(first + p) * PANEL + v * LANES;
      if (ending == NAME(largest)) {
        total = larger(total, sum[p][v]);
      } else if (ending == NAME(probabilities)) {
        const vec value = NAME(power_of_two)(sum[p][v] * panel->factor - shift);
        total += value;
        const vec scaled = value * inverse;
        __builtin_memcpy(panel->probabilities + at, &scaled, sizeof scaled);
      } else {
        vec probability;
        __builtin_memcpy(&probability, panel->probabilities + at, sizeof probability);
        const vec gradient = probability * (sum[p][v] - mean) * panel->scale;
        __builtin_memcpy(panel->gradients + at, &gradient, sizeof gradient);
      }
    }
    __builtin_memcpy(panel->sums + v * LANES, &total, sizeof total);
  }
}

#define PANEL_CASE(P)                                                                                               \
  case P: NAME(panel_tile)(P, ending, keys, queries, panel, first, depth); break;

INLINE void NAME(panel_products)(const NAME(ending) ending, const unit *keys, const unit *queries,
                                 const NAME(panel) *panel, const wb_attention *a) {
  const int32_t depth = NAME(unit_count)(a->size);
  const int32_t tiles = (a->tokens + TILE - 1) / TILE;
  for (int32_t i = 0; i < tiles; i++) {
    const int32_t first = (int32_t)((int64_t)a->tokens * i / tiles);
    const int32_t last = (int32_t)((int64_t)a->tokens * (i + 1) / tiles);
    switch (last - first) { EACH_TILE(PANEL_CASE) }
  }
}

static __attribute__((noinline)) void NAME(find_largest)(const unit *keys, const unit *queries, const NAME(panel) *panel,
                                                         const wb_attention *a) {
  NAME(panel_products)(NAME(largest), keys, queries, panel, a);
}

static __attribute__((noinline)) void NAME(exponentiate)(const unit *keys, const unit *queries, const NAME(panel) *panel,
                                                         const wb_attention *a) {
  NAME(panel_products)(NAME(probabilities), keys, queries, panel, a);
}

static __attribute__((noinline)) void NAME(differentiate)(const unit *values, const unit *gradients,
                                                          const NAME(panel) *panel, const wb_attention *a) {
  NAME(panel_products)(NAME(score_gradients), values, gradients, panel, a);
}

/* Parts of the scratch memory. */
typedef struct {
  unit *key_rows, *value_rows, *columns; /* [token][units], [token][units], [channel][units] */
  unit *query_panel, *gradient_panel;    /* [units][PANEL] */
  unit *query_weights, *gradient_weights; /* as wb_pack_weights lays them */
  unit *pairs;                           /* (tokens, PANEL) in units */
  float *probabilities, *gradients;      /* (tokens, PANEL) */
  float *transposed;                     /* (size, PANEL) */
  int32_t *column_source, *column_target; /* (size): a gather whose pixels are channels */
  int32_t *row_source, *row_target;      /* (tokens): a gather whose pixels are tokens */
} NAME(parts);

static NAME(parts) NAME(divide)(void *scratch, const wb_attention *a) {
  char *next = scratch;
  const size_t tokens = a->tokens + 1, size = a->size + 2 * LANES;
#define PART(count) (next += ((count) * 4 + 63) / 64 * 64, (void *)(next - ((count) * 4 + 63) / 64 * 64))
  NAME(parts) parts;
  parts.key_rows = PART(tokens * size);
  parts.value_rows = PART(tokens * size);
  parts.columns = PART(tokens * size);
  parts.query_panel = PART(size * PANEL);
  parts.gradient_panel = PART(size * PANEL);
  parts.query_weights = PART(size * PANEL);
  parts.gradient_weights = PART(size * PANEL);
  parts.pairs = PART(tokens * PANEL);
  parts.probabilities = PART(tokens * PANEL);
  parts.gradients = PART(tokens * PANEL);
  parts.transposed = PART(size * PANEL);
  parts.column_source = PART(size);
  parts.column_target = PART(size);
  parts.row_source = PART(tokens);
  parts.row_target = PART(tokens);
#undef PART
  for (int32_t c = 0; c < a->size; c++) {
    parts.column_source[c] = c * NAME(unit_count)(a->tokens);
    parts.column_target[c] = c * PANEL;
  }
  for (int32_t t = 0; t < a->tokens; t++) {
    parts.row_source[t] = t * (PANEL / UNIT_VALUES);
    parts.row_target[t] = t * a->stride;
  }
  return parts;
}

/* transposed[channel][query] = Σ over tokens of columns[channel][token]·x[token][query]. */
static void NAME(sum_over_tokens)(const NAME(parts) *parts, const float *x, const wb_attention *a) {
  const int32_t none = 0;
  const wb_gather gather = {.source = parts->column_source, .target = parts->column_target, .segment = &none,
                            .segments = 1, .run = NAME(unit_count)(a->tokens)};
  NAME(gather)(parts->columns, NAME(paired_rows)(parts->pairs, x, a), NULL, NULL, parts->transposed, &gather, a->size,
               PANEL);
}

/* to[token][channel] += Σ over the panel's queries of x[token][query]·weights[query][channel]. */
static void NAME(sum_over_queries)(const NAME(parts) *parts, const float *x, const unit *weights, float *to,
                                   int32_t queries, const wb_attention *a) {
  const int32_t none = 0;
  const wb_gather gather = {.source = parts->row_source, .target = parts->row_target, .segment = &none, .segments = 1,
                            .run = NAME(unit_count)(queries)};
  NAME(gather)(NAME(paired_columns)(parts->pairs, x, a), weights, NULL, to, to, &gather, a->tokens, a->size);
}

/* Σ over channels of x·y. */
static float NAME(inner)(const float *x, const float *y, int32_t size) {
  float sum = 0;
  for (int32_t c = 0; c < size; c++) sum += x[c] * y[c];
  return sum;
}

static void NAME(attention)(float *out, float *normalizers, const float *q, const float *k, const float *v,
                            const wb_attention *a, void *scratch) {
  const NAME(parts) parts = NAME(divide)(scratch, a);
  NAME(token_rows)(parts.key_rows, k, a);
  NAME(token_columns)(parts.columns, v, a);
  const float factor = a->scale * 1.44269504088896f;
  float longest = 0;
  for (int32_t t = 0; t < a->tokens; t++) {
    const float length = NAME(inner)(k + (ptrdiff_t)t * a->stride, k + (ptrdiff_t)t * a->stride, a->size);
    longest = length > longest ? length : longest;
  }
  float shift[PANEL], inverse[PANEL], mean[PANEL], sums[PANEL];
  for (int32_t first = 0; first < a->tokens; first += PANEL) {
    const int32_t count = a->tokens - first < PANEL ? a->tokens - first : PANEL;
    const float *queries = q + (ptrdiff_t)first * a->stride;
    NAME(token_panel)(parts.query_panel, queries, count, a);
    /* |q·k| ≤ |q||k|: where that is small, no score needs to be known before it is exponentiated. */
    float bound = 0;
    for (int32_t t = 0; t < count; t++) {
      const float *query = queries + (ptrdiff_t)t * a->stride;
      const float length = NAME(inner)(query, query, a->size);
      bound = length > bound ? length : bound;
    }
    const NAME(panel) panel = {.factor = factor, .shift = shift, .inverse = inverse, .mean = mean, .sums = sums,
                               .probabilities = parts.probabilities};
    const int is_bounded = factor * sqrtf(bound) * sqrtf(longest) < UNSHIFTED && a->operand != wb_round_fp16;
    for (int32_t i = 0; i < PANEL; i++) {
      shift[i] = mean[i] = 0;
      inverse[i] = 1;
      sums[i] = is_bounded ? 0 : -INFINITY;
    }
    if (!is_bounded) {
      NAME(find_largest)(parts.key_rows, parts.query_panel, &panel, a);
      for (int32_t i = 0; i < PANEL; i++) {
        shift[i] = sums[i] * factor;
        sums[i] = 0;
      }
    }
    NAME(exponentiate)(parts.key_rows, parts.query_panel, &panel, a);
    NAME(sum_over_tokens)(&parts, parts.probabilities, a);
    for (int32_t t = 0; t < count; t++) {
      float *to = out + (ptrdiff_t)(first + t) * a->stride;
      const float scale = 1.0f / sums[t];
      for (int32_t c = 0; c < a->size; c++) to[c] = parts.transposed[c * PANEL + t] * scale;
      normalizers[first + t] = shift[t];
      normalizers[a->tokens + first + t] = scale;
    }
  }
}

static void NAME(attention_backward)(float *dq, float *dk, float *dv, const float *dout, const float *out,
                                     const float *normalizers, const float *q, const float *k, const float *v,
                                     const wb_attention *a, void *scratch) {
  const NAME(parts) parts = NAME(divide)(scratch, a);
  NAME(token_rows)(parts.key_rows, k, a);
  NAME(token_rows)(parts.value_rows, v, a);
  NAME(token_columns)(parts.columns, k, a);
  const int32_t tap = 0;
  float shift[PANEL], inverse[PANEL], mean[PANEL], sums[PANEL];
  for (int32_t first = 0; first < a->tokens; first += PANEL) {
    const int32_t count = a->tokens - first < PANEL ? a->tokens - first : PANEL;
    const ptrdiff_t start = (ptrdiff_t)first * a->stride;
    NAME(token_panel)(parts.query_panel, q + start, count, a);
    NAME(token_panel)(parts.gradient_panel, dout + start, count, a);
    wb_pack_weights(parts.query_weights, q + start, &tap, 1, 1, 0, count, a->stride, a->size, 1, LANES, a->operand);
    wb_pack_weights(parts.gradient_weights, dout + start, &tap, 1, 1, 0, count, a->stride, a->size, 1, LANES,
                    a->operand);
    for (int32_t i = 0; i < PANEL; i++) {
      const ptrdiff_t at = start + (ptrdiff_t)i * a->stride;
      shift[i] = i < count ? normalizers[first + i] : 0;
      inverse[i] = i < count ? normalizers[a->tokens + first + i] : 0;
      mean[i] = i < count ? NAME(inner)(dout + at, out + at, a->size) : 0;
      sums[i] = 0;
    }
    const NAME(panel) panel = {.factor = a->scale * 1.44269504088896f, .scale = a->scale, .shift = shift,
                               .inverse = inverse, .mean = mean, .sums = sums,
                               .probabilities = parts.probabilities, .gradients = parts.gradients};
    NAME(exponentiate)(parts.key_rows, parts.query_panel, &panel, a);
    NAME(differentiate)(parts.value_rows, parts.gradient_panel, &panel, a);
    NAME(sum_over_queries)(&parts, parts.probabilities, parts.gradient_weights, dv, count, a);
    NAME(sum_over_queries)(&parts, parts.gradients, parts.query_weights, dk, count, a);
    NAME(sum_over_tokens)(&parts, parts.gradients, a);
    for (int32_t t = 0; t < count; t++) {
      float *to = dq + start + (ptrdiff_t)t * a->stride;
      for (int32_t c = 0; c < a->size; c++) to[c] += parts.transposed[c * PANEL + t];
    }
  }
}
