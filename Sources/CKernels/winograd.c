#include "winograd.h"

#include "winograd_places.h"

/* Pixels of the largest register tile of any instruction set. */
enum { largest_tile = 14 };

size_t wb_winograd_packed_size(int32_t reduced, int32_t channels, int vector_floats) {
  return (size_t)wb_winograd_products * reduced * wb_rounded_up(channels, vector_floats);
}

size_t wb_winograd_scratch(const wb_winograd *shape, int vector_floats) {
  const size_t from = wb_rounded_up(shape->from, vector_floats);
  return from + wb_winograd_products * (wb_winograd_plane(wb_winograd_block, from, vector_floats) +
                                        wb_winograd_plane(wb_winograd_block, 2 * vector_floats, vector_floats));
}

size_t wb_winograd_reduce_scratch(const wb_winograd *shape, int vector_floats) {
  const size_t from = wb_rounded_up(shape->from, vector_floats), to = wb_rounded_up(shape->to, vector_floats);
  return (from > to ? from : to) +
         wb_winograd_products * (wb_winograd_plane(wb_winograd_reduced, from, vector_floats) +
                                 wb_winograd_plane(wb_winograd_reduced, to, vector_floats) + 2048 + largest_tile * to);
}
