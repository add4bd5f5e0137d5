/* The kernel layer in C: everything that wants SIMD. One header a family. */
#ifndef CKERNELS_H
#define CKERNELS_H

#include "affinity.h"
#include "attention.h"
#include "convolution.h"
#include "freed_memory.h"
#include "kernels.h"
#include "pause.h"
#include "random.h"
#include "short_formats.h"
#include "winograd.h"

#endif
