#include "winograd.h"

#include "winograd_places.h"

/* Pixels of the largest register tile of any instruction set. */
enum { largest_tile = 14 };

size_t wb_winograd_packed_size(int32_t reduced, int32_t channels, int lanes) {
  return (size_t)wb_winograd_products * reduced * wb_rounded_up(channels, lanes);
}

size_t wb_winograd_scratch(const wb_winograd *shape, int lanes) {
  const size_t from = wb_rounded_up(shape->from, lanes);
  return from + wb_winograd_products * (wb_winograd_plane(wb_winograd_block, from, lanes) +
                                        wb_winograd_plane(wb_winograd_block, 2 * lanes, lanes));
}

size_t wb_winograd_reduce_scratch(const wb_winograd *shape, int lanes) {
  const size_t from = wb_rounded_up(shape->from, lanes), to = wb_rounded_up(shape->to, lanes);
  return (from > to ? from : to) +
         wb_winograd_products * (wb_winograd_plane(wb_winograd_reduced, from, lanes) +
                                 wb_winograd_plane(wb_winograd_reduced, to, lanes) + 2048 + largest_tile * to);
}
