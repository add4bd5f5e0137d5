#ifndef CKERNELS_FREED_MEMORY_H
#define CKERNELS_FREED_MEMORY_H

/* Gives memory that was freed back to the system, where the C library keeps it and can be asked to (glibc). */
void wb_give_back_freed_memory(void);

/* Has all threads share one heap, so that what one has freed another takes; threads that allocate much at a time wait for
   each other. To be called before there are several. */
void wb_share_one_heap(void);

#endif
