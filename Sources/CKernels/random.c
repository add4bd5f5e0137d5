#include "random.h"

#include <string.h>

#include "kernels.h"

enum { rounds = 10, block = 4, chunk = 16 };

void wb_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < rounds; round++) {
    const uint64_t p0 = (uint64_t)0xD2511F53u * c0;
    const uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

void wb_random_words(uint32_t *out, size_t first, size_t count, uint64_t seed, uint32_t image, uint32_t step,
                     uint32_t purpose) {
  const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  for (size_t i = 0; i < count; i += block) {
    const uint32_t counter[4] = {(uint32_t)((first + i) / block), image, step, purpose};
    uint32_t words[block];
    wb_philox4x32(counter, key, words);
    memcpy(out + i, words, sizeof(uint32_t) * (count - i < block ? count - i : block));
  }
}

static inline float uniform(uint32_t word) { return ((float)(word >> 8) + 0.5f) * 0x1p-24f; }

void wb_random_uniforms(float *out, size_t count, uint64_t seed, uint32_t image, uint32_t step, uint32_t purpose) {
  uint32_t words[chunk];
  for (size_t i = 0; i < count; i += chunk) {
    const size_t n = count - i < chunk ? count - i : chunk;
    wb_random_words(words, i, n, seed, image, step, purpose);
    for (size_t j = 0; j < n; j++) out[i + j] = uniform(words[j]);
  }
}

void wb_random_normals(float *out, size_t count, uint64_t seed, uint32_t image, uint32_t step, uint32_t purpose) {
  wb_kernels_best()->random_normals(out, count, seed, image, step, purpose);
}
