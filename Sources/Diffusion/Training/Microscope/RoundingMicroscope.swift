import Kernels

/// Looks at a training step's operands, layer by layer: what would be lost of each if it were rounded to a short format.
///
/// It reads what the step computes with and changes nothing of it. Each lane counts for itself, and lanes are added up in
/// their order, so that the numbers are the same bits whatever the workers.
///
/// Unchecked: a lane's tally, and a layer's parameters, are one worker's at a time, and read when all are done.
final class RoundingMicroscope: @unchecked Sendable {
  typealias Names = RoundingNames

  private let layers: [ProductLayer]
  private let kernels: KernelSet
  private var lanes: [Tally] = []
  /// Of weights and their gradients, a layer each.
  private var parameters: [Tally] = []

  init(layout: ParameterLayout, kernels: KernelSet) {
    layers = layout.productLayers
    self.kernels = kernels
  }

  /// Forgets the step before.
  func begin(lanes count: Int) {
    lanes = (0..<count).map { _ in Tally(layers: layers.count, kernels: kernels) }
    parameters = layers.map { _ in Tally(layers: 1, kernels: kernels) }
  }

  func observer(lane: Int) -> any OperandObserver { lanes[lane] }

  /// Looks at what is no lane's own: the weights before the step and the batch's gradient.
  func look(at weights: AlignedBuffer, gradient: AlignedBuffer, pool: WorkerPool) {
    pool.forEachInPlace(layers.count) { [layers, parameters] layer, _ in
      for (operands, buffer) in [(Names.Operands.weights, weights), (.weightGradients, gradient)] {
        let values = UnsafeBufferPointer(
          start: buffer.pointer + layers[layer].weight.lowerBound, count: layers[layer].weight.count
        )
        parameters[layer].add(operands, layer: 0, values, images: 1)
      }
    }
  }

  /// What was found: of the whole network all of it, of a layer the shares that are not 0 and every error.
  func values() -> [SessionEvent.MetricValue] {
    var values: [SessionEvent.MetricValue] = []
    for (place, format) in Names.Format.all.enumerated() {
      for operands in Names.Operands.allCases {
        var whole = RoundingSums()
        for (index, layer) in layers.enumerated() {
          let sums = sums(operands, layer: index, format: place)
          whole += sums
          values += Self.values(format.name, operands, sums, layer: layer.name)
        }
        values += Self.values(format.name, operands, whole, layer: nil)
      }
    }
    return values
  }

  private func sums(_ operands: Names.Operands, layer: Int, format: Int) -> RoundingSums {
    switch operands {
    case .activations, .gradients:
      lanes.reduce(into: RoundingSums()) { $0 += $1[operands, layer, format] }
    case .weights, .weightGradients: parameters[layer][operands, 0, format]
    }
  }

  private static func values(
    _ format: String, _ operands: Names.Operands, _ sums: RoundingSums, layer: String?
  ) -> [SessionEvent.MetricValue] {
    Names.Measure.allCases.compactMap { measure in
      let value =
        switch measure {
        case .underflow: sums.underflowShare
        case .zero: sums.zeroShare
        case .overflow: sums.overflowShare
        case .error: sums.relativeError
        }
      guard layer == nil || measure == .error || value > 0 else { return nil }
      return .init(name: Names.name(format, operands, measure, layer: layer), value: value)
    }
  }

  /// Sums of operands, layers and formats. Unchecked: see above.
  private final class Tally: OperandObserver, @unchecked Sendable {
    private let layers: Int
    private let kernels: KernelSet
    private var sums: [RoundingSums]

    init(layers: Int, kernels: KernelSet) {
      self.layers = layers
      self.kernels = kernels
      sums = Array(
        repeating: .init(),
        count: Names.Operands.allCases.count * layers * Names.Format.all.count)
    }

    subscript(operands: Names.Operands, layer: Int, format: Int) -> RoundingSums {
      sums[place(operands, layer) + format]
    }

    private func place(_ operands: Names.Operands, _ layer: Int) -> Int {
      let kind = Names.Operands.allCases.firstIndex(of: operands) ?? 0
      return (kind * layers + layer) * Names.Format.all.count
    }

    func observe(
      _ kind: ObservedOperand, layer: Int, _ values: UnsafeBufferPointer<Float>, images: Int
    ) {
      add(kind == .activation ? .activations : .gradients, layer: layer, values, images: images)
    }

    func add(
      _ operands: Names.Operands, layer: Int, _ values: UnsafeBufferPointer<Float>, images: Int
    ) {
      let first = place(operands, layer)
      for (place, format) in Names.Format.all.enumerated() {
        guard format.isScaled else {
          sums[first + place] += kernels.examine(values, as: format.format)
          continue
        }
        // A scale is an image's own, as in training.
        let stride = values.count / max(images, 1)
        for image in 0..<images {
          sums[first + place] += kernels.examine(
            UnsafeBufferPointer(rebasing: values[image * stride..<(image + 1) * stride]),
            as: format.format, isScaled: true)
        }
      }
    }
  }
}
