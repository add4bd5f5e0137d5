#ifndef CKERNELS_RANDOM_H
#define CKERNELS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Philox 4x32-10 (Salmon 2011, "Parallel random numbers: as easy as 1, 2, 3"): four random words
   for a counter of four and a key of two. */
void wb_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* The stream of (image, step, purpose) under a seed: word i is word i%4 of the block with
   counter (i/4, image, step, purpose) and key (low, high half of seed).

   All three give the same bits on every machine: no library function, no fused multiply-add. */

/* Words `first` to `first + count` of the stream; `first` is a multiple of 4. */
void wb_random_words(uint32_t *out, size_t first, size_t count, uint64_t seed, uint32_t image, uint32_t step,
                     uint32_t purpose);

/* Uniform in (0, 1), 24 bits each. */
void wb_random_uniforms(float *out, size_t count, uint64_t seed, uint32_t image, uint32_t step, uint32_t purpose);

/* Standard normal by Box-Muller: each pair of words gives a pair of values. */
void wb_random_normals(float *out, size_t count, uint64_t seed, uint32_t image, uint32_t step, uint32_t purpose);

#endif
