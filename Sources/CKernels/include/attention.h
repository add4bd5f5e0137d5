/* Self-attention of one head over the tokens of one image (Vaswani 2017, eq. 1): softmax(scale·q·kᵀ)·v.

   Nothing of size tokens² is kept: the forward pass leaves two numbers a query, from which the backward pass makes the
   probabilities anew (Dao 2022, "FlashAttention", algorithm 4). */
#ifndef CKERNELS_ATTENTION_H
#define CKERNELS_ATTENTION_H

#include "convolution.h"

typedef struct {
  int32_t tokens;
  int32_t size;   /* channels of the head */
  int32_t stride; /* floats between a token and the next, in all tensors */
  float scale;
  wb_operand operand; /* how q, k, v and the probabilities are rounded before they are multiplied */
} wb_attention;

/* out (tokens, size), and in `normalizers` (2, tokens) of each query the exponent that was taken off its scores and the
   inverse of the sum of exponentials. */
typedef void wb_attention_kernel(float *out, float *normalizers, const float *q, const float *k, const float *v,
                                 const wb_attention *attention, void *scratch);

/* Adds into dq, dk and dv (tokens, size). */
typedef void wb_attention_backward_kernel(float *dq, float *dk, float *dv, const float *dout, const float *out,
                                          const float *normalizers, const float *q, const float *k, const float *v,
                                          const wb_attention *attention, void *scratch);

/* Bytes of scratch memory, aligned to 64, that either needs. */
size_t wb_attention_scratch(int32_t tokens, int32_t size, int vector_floats);

#endif
