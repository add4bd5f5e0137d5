/* What short formats make of values, written once as plain loops that the compiler vectorises for the including file's
   instruction set. NAME(x) gives names their suffix. */

static uint32_t NAME(largest)(const float *x, size_t count) {
  uint32_t largest = 0;
  for (size_t i = 0; i < count; i++) {
    const wb_bits b = {.f = x[i]};
    const uint32_t magnitude = b.u & 0x7FFFFFFFu;
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest;
}

static void NAME(round_scaled)(float *dst, const float *src, size_t count, float scale, float inverse,
                               wb_operand format) {
  if (format == wb_round_e4m3) for (size_t i = 0; i < count; i++) dst[i] = wb_to_e4m3(src[i] * scale) * inverse;
  else if (format == wb_round_e5m2) for (size_t i = 0; i < count; i++) dst[i] = wb_to_e5m2(src[i] * scale) * inverse;
  else if (format == wb_round_fp16) for (size_t i = 0; i < count; i++) dst[i] = wb_to_fp16(src[i] * scale) * inverse;
  else for (size_t i = 0; i < count; i++) dst[i] = wb_to_bf16(src[i] * scale) * inverse;
}

/* Thirty-two sums side by side, whatever the vectors, added up in order at the end. A difference has one rounding, to
   float32; its square in double has none, so it does not matter whether it is fused with the sum. */
INLINE void NAME(examine_as)(wb_rounding_sums *sums, const float *x, size_t count, float scale, float inverse,
                             float (*const round)(float), const float most, const float normal) {
  enum { side = 32 };
  double power[side] = {0}, error[side] = {0};
  int32_t values[side] = {0}, under[side] = {0}, zero[side] = {0}, over[side] = {0};
  float last[side] = {0};
  for (size_t i = 0; i < count; i += side) {
    const float *from = x + i;
    if (count - i < side) {
      memcpy(last, from, (count - i) * sizeof *last);
      from = last;
    }
    for (int l = 0; l < side; l++) {
      const wb_bits b = {.f = from[l]};
      const uint32_t magnitude = b.u & 0x7FFFFFFFu;
      const float scaled = from[l] * scale;
      const wb_bits q = {.f = round(scaled)};
      const wb_bits size = {.u = q.u & 0x7FFFFFFFu}, edge = {.f = most}, least = {.f = normal};
      const int is_over = size.u > edge.u, is_finite = magnitude < 0x7F800000u;
      const wb_bits held = {.u = edge.u | (b.u & 0x80000000u)};
      const float kept = is_over ? held.f : q.f;
      const float difference = is_finite ? (scaled - kept) * inverse : 0.0f;
      const float value = is_finite ? from[l] : 0.0f;
      values[l] += magnitude != 0;
      over[l] += is_over;
      zero[l] += (magnitude != 0) & (size.u == 0);
      under[l] += (magnitude != 0) & (size.u < least.u);
      power[l] += (double)value * value;
      error[l] += (double)difference * difference;
    }
  }
  for (int l = 0; l < side; l++) {
    sums->values += values[l];
    sums->underflows += under[l];
    sums->zeros += zero[l];
    sums->overflows += over[l];
    sums->power += power[l];
    sums->error += error[l];
  }
}

static void NAME(examine)(wb_rounding_sums *sums, const float *x, size_t count, float scale, float inverse,
                          wb_operand format) {
  switch (format) {
    case wb_round_e4m3: NAME(examine_as)(sums, x, count, scale, inverse, wb_to_e4m3, 448, 0x1p-6f); break;
    case wb_round_e5m2: NAME(examine_as)(sums, x, count, scale, inverse, wb_to_e5m2, 57344, 0x1p-14f); break;
    case wb_round_fp16: NAME(examine_as)(sums, x, count, scale, inverse, wb_to_fp16, 65504, 0x1p-14f); break;
    default: NAME(examine_as)(sums, x, count, scale, inverse, wb_to_bf16, 0x1.FEp127f, 0x1p-126f); break;
  }
}

static void NAME(round_stochastic)(float *x, size_t first, size_t count, uint64_t seed, uint32_t step,
                                   uint32_t purpose) {
  const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  enum { values = 8 * FLOATS };
  for (size_t i = 0; i < count; i += values) {
    NAME(words) words[4];
    NAME(philox)(words, (uint32_t)((first + i) / 8), key, 0, step, purpose);
    uint32_t bits[values];
    for (int k = 0; k < 4; k++)
      for (int l = 0; l < FLOATS; l++) {
        bits[8 * l + 2 * k] = words[k][l] & 0xFFFFu;
        bits[8 * l + 2 * k + 1] = words[k][l] >> 16;
      }
    const size_t n = count - i < values ? count - i : values;
    for (size_t j = 0; j < n; j++) {
      const wb_bits b = {.f = x[i + j]};
      const uint32_t up = (b.u + bits[j]) & 0xFFFF0000u;
      const uint32_t special = (uint32_t)wb_bf16_bits(x[i + j]) << 16;
      const wb_bits result = {.u = (b.u & 0x7F800000u) == 0x7F800000u ? special : up};
      x[i + j] = result.f;
    }
  }
}

#define SHORT_FORMAT_KERNELS                                                                                        \
  .largest = NAME(largest), .round_scaled = NAME(round_scaled), .examine = NAME(examine),                           \
  .round_stochastic = NAME(round_stochastic)
