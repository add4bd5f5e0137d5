#include "attention.h"

size_t wb_attention_scratch(int32_t tokens, int32_t size, int lanes) {
  /* As the template divides it: each part in whole cache lines. */
  const size_t t = tokens + 1, c = size + 2 * lanes, panel = 2 * lanes;
  return 4 * (4 * t * c + 4 * c * panel + 3 * t * panel + 2 * c + 3 * t) + 16 * 64;
}
