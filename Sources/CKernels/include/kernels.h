/* A set of kernels for one instruction set, and the choice among them at run time. */
#ifndef CKERNELS_KERNELS_H
#define CKERNELS_KERNELS_H

#include "attention.h"
#include "convolution.h"
#include "short_formats.h"
#include "winograd.h"

/* Adam's constants of one step (Kingma & Ba 2015, algorithm 1). */
typedef struct {
  float rate;        /* learning rate / (1 − β1^t) */
  float beta1, beta2;
  float rest1, rest2; /* 1 − β1, 1 − β2: 1 − 0.999f is off by 1e-5 */
  float correction;  /* 1 / (1 − β2^t) */
  float epsilon;
  float scale;       /* multiplies the gradient first: unscaling and clipping */
  float rest;        /* 1 − the average's decay */
} wb_adam;

typedef void wb_group_norm(float *out, float *moments, const float *x, const float *gamma, const float *beta,
                           const float *bias, int32_t pixels, int32_t stride, int32_t channels, int32_t groups,
                           float epsilon);

/* Adds into dgamma, dbeta and, unless NULL, dbias; dx is written or, if `accumulate`, added to. `scratch` holds
   pixels·channels floats. */
typedef void wb_group_norm_backward(float *dx, float *dgamma, float *dbeta, float *dbias, float *scratch,
                                    const float *dout, const float *moments, const float *x, const float *gamma,
                                    const float *beta, int32_t pixels, int32_t channels, int32_t groups,
                                    int accumulate);

typedef struct {
  int vector_floats; /* floats of a vector */
  int native_bf16;   /* whether the bf16 kernels below are there */

  wb_gather_kernel *gather, *gather_bf16;
  wb_outer_kernel *outer, *outer_bf16;
  wb_attention_kernel *attention, *attention_bf16;
  wb_attention_backward_kernel *attention_backward, *attention_backward_bf16;
  wb_winograd_kernel *winograd;
  wb_winograd_reduce_kernel *winograd_reduce;
  wb_winograd_pack_kernel *winograd_pack;

  /* src (images, height, width, channels) → dst with `pad` zero pixels around, channels rounded up to whole units. */
  void (*pad)(void *dst, const float *src, int32_t images, int32_t height, int32_t width, int32_t channels, int32_t pad,
              wb_operand operand);
  /* The same, each unit holding (pixel x, pixel x + distance) in bf16, at every x that is a multiple of `every`. */
  void (*pad_pairs)(uint32_t *dst, const float *src, int32_t images, int32_t height, int32_t width, int32_t channels,
                    int32_t pad, int32_t distance, int32_t every);
  void (*round)(float *dst, const float *src, size_t count, wb_operand operand);

  /* One image, its pixels `stride` floats apart, or some of its groups: (pixels, channels).
     out = silu(γ·x̂ + β) + bias; bias may be NULL. moments: 2·groups (mean, 1/σ). */
  wb_group_norm *group_norm_silu;
  /* The same without the activation. */
  wb_group_norm *group_norm;
  wb_group_norm_backward *group_norm_silu_backward, *group_norm_backward;

  void (*silu)(float *out, const float *x, size_t count);
  void (*silu_backward)(float *dx, const float *dout, const float *x, size_t count, int accumulate);
  void (*add)(float *out, const float *a, const float *b, size_t count);
  /* sums[c] (+)= Σ over rows of x[row][c] */
  void (*column_sums)(float *sums, const float *x, int32_t rows, int32_t columns, int accumulate);
  /* to[row][c] (+)= from[row][c], rows being `to_stride` and `from_stride` floats apart */
  void (*copy_columns)(float *to, int32_t to_stride, const float *from, int32_t from_stride, int32_t rows,
                       int32_t columns, int accumulate);
  /* out[c] = Σ over rows of scale[row]·x[row][c] */
  void (*weigh_rows)(float *out, const float *x, const float *scale, int32_t rows, int32_t columns);
  /* dx[row][c] += scale[row]·dout[c] and, unless dscale is NULL, dscale[row] += Σ over c of x[row][c]·dout[c] */
  void (*weigh_rows_backward)(float *dx, float *dscale, const float *dout, const float *x, const float *scale,
                              int32_t rows, int32_t columns);
  /* out = a·x + b·y */
  void (*blend)(float *out, const float *x, const float *y, float a, float b, size_t count);

  /* Then, unless average is NULL, average += rest·(weights − average). */
  void (*adam)(float *weights, float *m, float *v, float *average, const float *gradient, const wb_adam *settings,
               size_t count);
  /* Σ x², in double. */
  double (*square_sum)(const float *x, size_t count);

  /* As wb_random_normals; the same bits in every set. */
  void (*random_normals)(float *out, size_t count, uint64_t seed, uint32_t image, uint32_t step, uint32_t purpose);

  /* What short formats make of values. */
  wb_largest_kernel *largest;
  wb_round_scaled_kernel *round_scaled;
  wb_examine_kernel *examine;
  wb_round_stochastic_kernel *round_stochastic;
} wb_kernels;

/* A row of the table of kernel sets, which is dispatch.c's. */
typedef struct {
  const char *name;
  const char *needs;         /* of the processor, in words */
  int (*runs_here)(void);    /* whether this machine has that */
  const wb_kernels *kernels; /* NULL where they are another architecture's */
} wb_kernel_set;

/* Row `index` of the table, the best set first; NULL beyond the last, which runs anywhere. */
const wb_kernel_set *wb_kernel_set_at(size_t index);

/* The kernels of the best set that this machine runs. */
const wb_kernels *wb_kernels_best(void);

#endif
