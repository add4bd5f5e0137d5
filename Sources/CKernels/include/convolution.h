/* Direct convolutions over channels-last, zero-padded images.

   One geometry serves all: a 3x3 (or 1x1) convolution takes an image A to an image B. Its adjoint takes B to A: it is
   the gradient to the data, and also what a transposed convolution computes. Weights are W[tap][a][b] throughout,
   taps row by row.

   Operands are counted in *units*: a float, or for bf16 a pair of values in 32 bits (two channels when gathering, two
   pixels when reducing over pixels), which VDPBF16PS multiplies and adds at once. */
#ifndef CKERNELS_CONVOLUTION_H
#define CKERNELS_CONVOLUTION_H

#include <stddef.h>
#include <stdint.h>

/* How operands are rounded before they are multiplied; sums are float32 always. */
typedef enum {
  wb_round_none = 0,    /* float32 as it is */
  wb_round_bf16 = 1,    /* to bfloat16, kept in 32 bits */
  wb_round_fp16 = 2,    /* to float16, kept in 32 bits */
  wb_pack_bf16 = 3,     /* to bfloat16, two to a unit */
  /* To 8 bits, kept in 32: what only kernels of short_formats.h take. */
  wb_round_e4m3 = 4,
  wb_round_e5m2 = 5,
} wb_operand;

/* Which source units go into which target pixel: target[p] is the sum over segments s and r < run of
   source[source[p] + segment[s] + r] · weights[s][r]. */
typedef struct {
  const int32_t *source;  /* units, a pixel each */
  const int32_t *target;  /* floats, a pixel each */
  const int32_t *segment; /* units, a segment each */
  int32_t segments;
  int32_t run;            /* contiguous units of a segment */
} wb_gather;

/* The pairs of places that a gradient of weights sums over. */
typedef struct {
  const int32_t *left;  /* units into A, a point each */
  const int32_t *right; /* units into B, a point each */
} wb_reduce;

/* target (pixels, channels) = gathered sums [+ bias (channels)] [+ add, which lies as target does and may be target].
   `weights` as wb_pack_weights lays them. */
typedef void wb_gather_kernel(const void *source, const void *weights, const float *bias, const float *add,
                              float *target, const wb_gather *gather, int32_t pixels, int32_t channels);

/* out[row][column] (+)= sum over points of left[row] · right[column], rows and columns contiguous units.
   Reads right, or with few columns left, up to a vector beyond: buffers carry wb_slack bytes more. */
typedef void wb_outer_kernel(const void *left, const void *right, float *out, const wb_reduce *reduce, int32_t points,
                             int32_t rows, int32_t columns, int accumulate);

enum {
  wb_slack = 1024, /* bytes, zeroed, behind each operand buffer */
  wb_narrow = 4,   /* so few channels or fewer take kernels that put vectors along the reduction instead */
};

/* Floats or units that wb_pack_weights writes. */
size_t wb_packed_size(int32_t segments, int32_t taps_per_run, int32_t reduced, int32_t channels, int vector_floats,
                      wb_operand operand);

/* Lays W out for a gather: `taps[s · taps_per_run + k]` is the tap that run position k of segment s multiplies;
   `reduced` channels (stride in W) are summed over, `channels` (stride in W) come out. */
void wb_pack_weights(void *packed, const float *weights, const int32_t *taps, int32_t segments, int32_t taps_per_run,
                     int32_t tap_stride, int32_t reduced, int32_t reduced_stride, int32_t channels,
                     int32_t channel_stride, int vector_floats, wb_operand operand);

#endif
