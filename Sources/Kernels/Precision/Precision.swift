/// What the operands of convolutions and linear products are rounded to; sums, normalisation, master weights,
/// optimizer and loss are float32 always.
public enum Precision: String, Sendable, Hashable, CaseIterable {
  /// Operands as they are.
  case fp32
  /// bfloat16 operands, in one instruction where the processor has it.
  case bf16
  /// float16 operands; products in float32, so it shows what fp16 does to training, not how fast it is.
  case fp16
  /// 8-bit operands with a scale each, e4m3 forwards and e5m2 for gradients; products in float32 (``EightBits``).
  case fp8
}
