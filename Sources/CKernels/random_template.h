/* Normal random numbers, as many blocks of the stream at a time as a vector has floats. Every operation is exact or rounded once, and none is
   fused with another: the bits are the same for all instruction sets. */

#include <string.h>

typedef uint32_t NAME(words) __attribute__((vector_size(FLOATS * 4)));
typedef int32_t NAME(whole) __attribute__((vector_size(FLOATS * 4)));
typedef uint64_t NAME(products) __attribute__((vector_size(FLOATS * 8)));

#define WORDS(bits) ((NAME(words))(bits))
#define CONVERTED(x, type) __builtin_convertvector(x, NAME(type))
/* a where the mask's bits are set, else b. */
#define CHOSEN(mask, a, b) ((vec)((WORDS(mask) & WORDS(a)) | (~WORDS(mask) & WORDS(b))))

/* The blocks first, first + 1, … of a stream (Salmon 2011, Philox 4x32-10), word by word. */
INLINE void NAME(philox)(NAME(words) out[4], uint32_t first, const uint32_t key[2], uint32_t image, uint32_t step,
                         uint32_t purpose) {
  NAME(words) c0 = {0}, c1 = c0 + image, c2 = c0 + step, c3 = c0 + purpose;
  for (int l = 0; l < FLOATS; l++) c0[l] = first + (uint32_t)l;
  uint32_t k0 = key[0], k1 = key[1];
  UNROLL for (int round = 0; round < 10; round++) {
    const NAME(products) p0 = CONVERTED(c0, products) * 0xD2511F53u;
    const NAME(products) p1 = CONVERTED(c2, products) * 0xCD9E8D57u;
    c0 = CONVERTED(p1 >> 32, words) ^ c1 ^ k0;
    c1 = CONVERTED(p1, words);
    c2 = CONVERTED(p0 >> 32, words) ^ c3 ^ k1;
    c3 = CONVERTED(p0, words);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

/* In (0, 1), 24 bits. */
INLINE vec NAME(uniform)(NAME(words) bits) {
#pragma clang fp contract(off)
  const NAME(whole) high = (NAME(whole))(bits >> 8);
  return (__builtin_convertvector(high, vec) + 0.5f) * 0x1p-24f;
}

/* ln x for x in (0, 1): x = m·2^e with m in [√½, √2), ln m = 2·artanh((m−1)/(m+1)). */
INLINE vec NAME(logarithm)(vec x) {
#pragma clang fp contract(off)
  const NAME(words) shifted = WORDS(x) - 0x3F3504F3u; /* √½ */
  const NAME(whole) exponent = (NAME(whole))shifted >> 23;
  const vec m = (vec)((shifted & 0x007FFFFFu) + 0x3F3504F3u);
  const vec s = (m - 1.0f) / (m + 1.0f);
  const vec s2 = s * s;
  const vec series = 1.0f + s2 * (1.0f / 3 + s2 * (1.0f / 5 + s2 * (1.0f / 7 + s2 * (1.0f / 9))));
  return __builtin_convertvector(exponent, vec) * 0.693147180559945f + 2.0f * s * series;
}

/* cos and sin of a turn's fraction u in (0, 1): nearest quarter turn, then Taylor's series on [−π/4, π/4]. */
INLINE void NAME(turn)(vec u, vec *cosine, vec *sine) {
#pragma clang fp contract(off)
  const vec quarters = u * 4.0f;
  const NAME(whole) quadrant = CONVERTED(quarters + 0.5f, whole);
  const vec a = (quarters - __builtin_convertvector(quadrant, vec)) * 1.57079632679490f;
  const vec a2 = a * a;
  const vec s = a * (1.0f + a2 * (-1.0f / 6 + a2 * (1.0f / 120 + a2 * (-1.0f / 5040 + a2 * (1.0f / 362880)))));
  const vec c =
      1.0f + a2 * (-0.5f + a2 * (1.0f / 24 + a2 * (-1.0f / 720 + a2 * (1.0f / 40320 + a2 * (-1.0f / 3628800)))));
  const NAME(words) odd = -(WORDS(quadrant) & 1u);
  /* Sign bits: bit 1 of the quadrant, moved to the top. */
  *cosine = (vec)(WORDS(CHOSEN(odd, s, c)) ^ (((WORDS(quadrant) + 1u) & 2u) << 30));
  *sine = (vec)(WORDS(CHOSEN(odd, c, s)) ^ ((WORDS(quadrant) & 2u) << 30));
}

static void NAME(random_normals)(float *out, size_t count, uint64_t seed, uint32_t image, uint32_t step,
                                 uint32_t purpose) {
  const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  for (size_t i = 0; i < count; i += 4 * FLOATS) {
    NAME(words) words[4];
    NAME(philox)(words, (uint32_t)(i / 4), key, image, step, purpose);
    float values[4][FLOATS], mixed[4 * FLOATS];
    for (int pair = 0; pair < 4; pair += 2) {
      const vec radius = __builtin_elementwise_sqrt(-2.0f * NAME(logarithm)(NAME(uniform)(words[pair])));
      vec cosine, sine;
      NAME(turn)(NAME(uniform)(words[pair + 1]), &cosine, &sine);
      const vec x = radius * cosine, y = radius * sine;
      memcpy(values[pair], &x, sizeof x);
      memcpy(values[pair + 1], &y, sizeof y);
    }
    const int whole = count - i >= 4 * FLOATS;
    float *to = whole ? out + i : mixed;
    for (int l = 0; l < FLOATS; l++)
      for (int k = 0; k < 4; k++) to[4 * l + k] = values[k][l];
    if (!whole) memcpy(out + i, mixed, (count - i) * sizeof *out);
  }
}
