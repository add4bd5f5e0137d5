#include "random.h"

#include <math.h>
#include <string.h>

#pragma clang fp contract(off)

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

/* ln x for x in (0, 1): x = m·2^e with m in [√½, √2), ln m = 2·artanh((m−1)/(m+1)). */
static inline float logarithm(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  const uint32_t shifted = bits - 0x3F3504F3u; /* √½ */
  const int32_t exponent = (int32_t)shifted >> 23;
  const uint32_t mantissa = (shifted & 0x007FFFFFu) + 0x3F3504F3u;
  float m;
  memcpy(&m, &mantissa, sizeof m);
  const float s = (m - 1.0f) / (m + 1.0f);
  const float s2 = s * s;
  const float series = 1.0f + s2 * (1.0f / 3 + s2 * (1.0f / 5 + s2 * (1.0f / 7 + s2 * (1.0f / 9))));
  return (float)exponent * 0.693147180559945f + 2.0f * s * series;
}

/* cos and sin of a turn's fraction u in (0, 1): nearest quarter turn, then Taylor's series on [−π/4, π/4]. */
static inline void turn(float u, float *cosine, float *sine) {
  const float quarters = u * 4.0f;
  const int32_t quadrant = (int32_t)(quarters + 0.5f);
  const float a = (quarters - (float)quadrant) * 1.57079632679490f;
  const float a2 = a * a;
  const float s =
      a * (1.0f + a2 * (-1.0f / 6 + a2 * (1.0f / 120 + a2 * (-1.0f / 5040 + a2 * (1.0f / 362880)))));
  const float c =
      1.0f + a2 * (-0.5f + a2 * (1.0f / 24 + a2 * (-1.0f / 720 + a2 * (1.0f / 40320 + a2 * (-1.0f / 3628800)))));
  const float x = quadrant & 1 ? s : c;
  const float y = quadrant & 1 ? c : s;
  *cosine = (quadrant + 1) & 2 ? -x : x;
  *sine = quadrant & 2 ? -y : y;
}

void wb_random_uniforms(float *out, size_t count, uint64_t seed, uint32_t image, uint32_t step, uint32_t purpose) {
  uint32_t words[chunk];
  for (size_t i = 0; i < count; i += chunk) {
    const size_t n = count - i < chunk ? count - i : chunk;
    wb_random_words(words, i, n, seed, image, step, purpose);
    for (size_t j = 0; j < n; j++) out[i + j] = uniform(words[j]);
  }
}

void wb_random_normals(float *out, size_t count, uint64_t seed, uint32_t image, uint32_t step, uint32_t purpose) {
  uint32_t words[chunk];
  float values[chunk];
  for (size_t i = 0; i < count; i += chunk) {
    wb_random_words(words, i, chunk, seed, image, step, purpose);
    for (int j = 0; j < chunk; j += 2) {
      const float radius = __builtin_sqrtf(-2.0f * logarithm(uniform(words[j])));
      float cosine, sine;
      turn(uniform(words[j + 1]), &cosine, &sine);
      values[j] = radius * cosine;
      values[j + 1] = radius * sine;
    }
    memcpy(out + i, values, sizeof(float) * (count - i < chunk ? count - i : chunk));
  }
}
