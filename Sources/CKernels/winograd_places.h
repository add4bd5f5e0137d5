/* Where Winograd's tiles lie in an image and in scratch memory. */
#ifndef CKERNELS_WINOGRAD_PLACES_H
#define CKERNELS_WINOGRAD_PLACES_H

#include "winograd.h"

/* Tiles, at most, that a convolution takes up at once: their transforms stay in a core's cache beside the weights. */
enum { wb_winograd_block = 30 };

static inline size_t wb_rounded_up(size_t n, size_t multiple) { return (n + multiple - 1) / multiple * multiple; }

/* Floats between the planes of two products: a vector more than they hold, so that they fall into different sets of
   the cache. */
static inline size_t wb_winograd_plane(size_t tiles, size_t channels, size_t vector_floats) {
  return tiles * channels + vector_floats;
}

/* Input channels whose 36 products' gradients are made at once, in whole register tiles: few enough to stay in a core's
   cache until they have come back to taps. */
static inline int32_t wb_winograd_rows_at_once(int32_t to, int32_t tile) {
  const int32_t tiles = 2048 / (to * tile);
  return tile * (tiles > 1 ? tiles : 1);
}

static inline int32_t wb_winograd_rows(const wb_winograd *shape) {
  return (shape->height + wb_winograd_side - 1) / wb_winograd_side;
}

static inline int32_t wb_winograd_columns(const wb_winograd *shape) {
  return (shape->width + wb_winograd_side - 1) / wb_winograd_side;
}

/* The image of a tile, and the output pixel where it begins. */
typedef struct {
  int32_t image, y, x;
} wb_winograd_place;

static inline wb_winograd_place wb_winograd_place_of(int32_t tile, const wb_winograd *shape) {
  const int32_t rows = wb_winograd_rows(shape), columns = wb_winograd_columns(shape);
  return (wb_winograd_place){.image = tile / (rows * columns),
                             .y = tile / columns % rows * wb_winograd_side,
                             .x = tile % columns * wb_winograd_side};
}

#endif
