#include "freed_memory.h"

#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>

void wb_give_back_freed_memory(void) { malloc_trim(0); }
void wb_share_one_heap(void) { mallopt(M_ARENA_MAX, 1); }
#else
void wb_give_back_freed_memory(void) {}
void wb_share_one_heap(void) {}
#endif
