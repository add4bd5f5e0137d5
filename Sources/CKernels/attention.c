#include "attention.h"

size_t wb_attention_scratch(int32_t tokens, int32_t size, int vector_floats) {
  /* As the template divides it: each part in whole cache lines. */
  const size_t t = tokens + 1, c = size + 2 * vector_floats, panel = 2 * vector_floats;
  return 4 * (4 * t * c + 4 * c * panel + 3 * t * panel + 2 * c + 3 * t) + 16 * 64;
}
