#define _GNU_SOURCE
#include "affinity.h"

#if defined(__linux__)
#include <sched.h>
#include <stdlib.h>

int32_t wb_affine_processors(void) {
  /* The call fails where the set holds fewer processors than the kernel knows of. */
  for (int processors = 1024; processors <= 1 << 20; processors *= 4) {
    cpu_set_t *set = CPU_ALLOC(processors);
    if (!set) return 0;
    const size_t size = CPU_ALLOC_SIZE(processors);
    const int found = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (found > 0) return found;
  }
  return 0;
}
#else
int32_t wb_affine_processors(void) { return 0; }
#endif
