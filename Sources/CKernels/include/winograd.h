/* Winograd convolutions F(4×4, 3×3): 3×3, stride 1, over channels-last images with one pixel of zeros around (Lavin &
   Gray 2016, "Fast Algorithms for Convolutional Neural Networks").

   An output tile of 4×4 pixels is Aᵀ((Bᵀ d B) ⊙ (G w Gᵀ))A of the 6×6 input pixels d around it: 36 products where the
   definition takes 144, for each pair of channels. The interpolation points are 0, ±5/8, ±3/2 and ∞: they and their
   squares, cubes and products are exact in float32, and rounding errors are half those of the usual 0, ±1, ±2, ∞.

   Each output's sum runs over the channels in order, whatever the images or their number. */
#ifndef CKERNELS_WINOGRAD_H
#define CKERNELS_WINOGRAD_H

#include "convolution.h"

/* Images (height, width) of `from` channels → as many of `to` channels: the output's tiles from `first` on, which are
   counted row by row and image by image. */
typedef struct {
  int32_t height, width;
  int32_t from, to;
  int32_t first, tiles;
} wb_winograd;

enum {
  wb_winograd_side = 4,      /* pixels of an output tile's side */
  wb_winograd_products = 36, /* products of a tile, for each pair of channels */
  wb_winograd_reduced = 64,  /* tiles, at most, that a gradient of weights takes up at once */
};

/* target = convolution of source [+ bias, those of an image `bias_stride` floats behind the last's] [+ add, which lies
   as target does and may be target]. `weights` as wb_winograd_pack_kernel lays them. */
typedef void wb_winograd_kernel(const float *source, const float *weights, const float *bias, int32_t bias_stride,
                                const float *add, float *target, const wb_winograd *shape, float *scratch);

/* gradient[tap][from][to] += ∂loss/∂W, from a (from channels) and ∂loss/∂b (to channels): the forward pass above,
   differentiated, so W's 36 products' gradients are summed over the tiles and come back through Gᵀ·G. */
typedef void wb_winograd_reduce_kernel(const float *a, const float *db, float *gradient, const wb_winograd *shape,
                                       float *scratch);

/* Lays G w Gᵀ out for wb_winograd_kernel. Strides are in W; `flipped` takes the taps backwards, which makes the adjoint.
   W is rounded to the operand's format before it is transformed. */
typedef void wb_winograd_pack_kernel(float *packed, const float *weights, int flipped, int32_t tap_stride,
                                     int32_t reduced, int32_t reduced_stride, int32_t channels, int32_t channel_stride,
                                     wb_operand operand);

/* Floats that wb_winograd_pack_kernel writes. */
size_t wb_winograd_packed_size(int32_t reduced, int32_t channels, int vector_floats);

/* Floats of scratch memory that the two kernels take, besides wb_slack bytes. */
size_t wb_winograd_scratch(const wb_winograd *shape, int vector_floats);
size_t wb_winograd_reduce_scratch(const wb_winograd *shape, int vector_floats);

#endif
