#ifndef CKERNELS_AFFINITY_H
#define CKERNELS_AFFINITY_H

#include <stdint.h>

/* Processors that the calling thread may run on; 0 where the system does not say. */
int32_t wb_affine_processors(void);

#endif
