package import Kernels

/// What ``RoundingMicroscope`` logs: `rounding/FORMAT/OPERANDS/MEASURE` of the whole network, and behind it `/LAYER` of a
/// layer.
package enum RoundingNames {
  /// What all of them begin with.
  package static let prefix = "rounding/"

  /// A format as operands may be rounded to it.
  package struct Format: Sendable, Hashable {
    package let format: ShortFormat
    /// Whether a tensor takes the scale of its largest magnitude first, as in fp8 training.
    package let isScaled: Bool

    /// `e4m3`, `e4m3-scaled`
    package var name: String { format.rawValue + (isScaled ? "-scaled" : "") }

    /// Those that are looked at, in their order.
    package static let all: [Format] =
      ShortFormat.allCases.map { Format(format: $0, isScaled: false) }
      + [ShortFormat.e4m3, .e5m2].map { Format(format: $0, isScaled: true) }
  }

  /// What products are made of.
  package enum Operands: String, Sendable, Hashable, CaseIterable {
    /// What goes into each layer.
    case activations
    /// ∂loss/∂ what comes out of each layer, times the loss scale.
    case gradients
    /// As they are before the step.
    case weights
    /// ∂loss/∂weight of the batch, times the loss scale.
    case weightGradients = "weight-gradients"
  }

  /// What is measured of them.
  package enum Measure: String, Sendable, Hashable, CaseIterable {
    /// Share of the values other than 0 that become 0 or subnormal.
    case underflow
    /// Share of them that become 0.
    case zero
    /// Share of them that are beyond the format's largest number.
    case overflow
    /// ‖x − q‖/‖x‖ of the values x and what they are rounded to, q.
    case error
  }

  /// - Parameter layer: nil: of the whole network.
  package static func name(
    _ format: String, _ operands: Operands, _ measure: Measure, layer: String? = nil
  ) -> String {
    "\(prefix)\(format)/\(operands.rawValue)/\(measure.rawValue)\(layer.map { "/" + $0 } ?? "")"
  }

  /// All that are of the whole network.
  package static let ofNetwork: [String] = Format.all.flatMap { format in
    Operands.allCases.flatMap { operands in
      Measure.allCases.map { name(format.name, operands, $0) }
    }
  }
}
