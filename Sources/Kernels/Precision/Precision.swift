/// What the operands of convolutions and linear products are rounded to; sums, normalisation, master weights,
/// optimizer and loss are float32 always.
public enum Precision: String, Sendable, Hashable, CaseIterable {
  case fp32, bf16, fp16
}
