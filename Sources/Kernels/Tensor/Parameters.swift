private import CKernels

/// One tensor of a network's parameters: its PyTorch name and shape, and its place in the flat buffer
/// that holds them all.
public struct Parameter: Sendable, Hashable {
  /// How the values lie in the buffer.
  public enum Layout: Sendable, Hashable {
    /// As PyTorch lays them.
    case plain
    /// PyTorch's (b, a, kernel, kernel) as [kernel · kernel][a][b], or (b, a) as [a][b]. For a convolution b is the
    /// output and a the input; for a transposed one the other way round.
    case convolution
    /// PyTorch's (a, b, kernel, kernel) as [kernel · kernel][a][b]: a is the output, b the input.
    case upsampling
  }

  /// How PyTorch initialises it.
  public enum Initialisation: Sendable, Hashable {
    /// All zero.
    case zeros
    /// All one.
    case ones
    /// U(−1/√fanIn, 1/√fanIn)
    case uniform(fanIn: Int)
    /// N(0, 1)
    case normal
  }

  /// As PyTorch's `state_dict` has it.
  public let name: String
  /// As PyTorch has it.
  public let shape: [Int]
  /// Place of the first value in the flat buffer.
  public let offset: Int
  /// How its values lie there.
  public let layout: Layout
  /// What it holds before training.
  public let initialisation: Initialisation

  /// Number of values.
  public var count: Int { shape.reduce(1, *) }
  /// Where its values lie in the flat buffer.
  public var range: Range<Int> { offset..<(offset + count) }

  /// From PyTorch's order to the buffer's.
  public func laidOut(_ values: [Float]) -> [Float] {
    reordered(values, toBuffer: true)
  }

  /// From the buffer's order to PyTorch's.
  public func exported(_ values: [Float]) -> [Float] {
    reordered(values, toBuffer: false)
  }

  private func reordered(_ values: [Float], toBuffer: Bool) -> [Float] {
    guard layout != .plain else { return values }
    let (rows, columns, taps) = (shape[0], shape[1], shape.dropFirst(2).reduce(1, *))
    let (rowStride, columnStride) = layout == .convolution ? (1, rows) : (columns, 1)
    var result = [Float](repeating: 0, count: values.count)
    for i in 0..<rows {
      for j in 0..<columns {
        for k in 0..<taps {
          let theirs = (i * columns + j) * taps + k
          let ours = k * rows * columns + i * rowStride + j * columnStride
          if toBuffer { result[ours] = values[theirs] } else { result[theirs] = values[ours] }
        }
      }
    }
    return result
  }
}

/// All parameters of a network, in the order they were declared, and the convolutions among them, whose
/// weights are packed anew after each step.
public struct ParameterLayout: Sendable {
  /// In the order in which they were declared, which is that of the file.
  public private(set) var parameters: [Parameter] = []
  /// Whose weights are packed before each step.
  public private(set) var convolutions: [Convolution] = []
  /// Floats in the flat buffer.
  public private(set) var count = 0

  /// A layout without parameters.
  public init() {}

  /// Takes the next place in the buffer for a parameter.
  public mutating func declare(
    _ name: String, _ shape: [Int], _ initialisation: Parameter.Initialisation,
    layout: Parameter.Layout = .plain
  ) -> Parameter {
    let parameter = Parameter(
      name: name, shape: shape, offset: count, layout: layout, initialisation: initialisation)
    parameters.append(parameter)
    count += (parameter.count + 15) / 16 * 16
    return parameter
  }

  mutating func declare(_ make: (_ index: Int) -> Convolution) -> Convolution {
    let convolution = make(convolutions.count)
    convolutions.append(convolution)
    return convolution
  }

  /// Shapes by name.
  public var shapes: [String: [Int]] {
    Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.shape) })
  }

  /// Values of all parameters, without the padding between them.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// PyTorch's default initialisation, from the seed: parameter i takes stream (image i, step 0).
  public func initialValues(seed: UInt64) -> [Float] {
    let random = CounterRandom(seed: seed)
    var values = [Float](repeating: 0, count: count)
    for (index, parameter) in parameters.enumerated() {
      let drawn: [Float]
      switch parameter.initialisation {
      case .zeros: drawn = [Float](repeating: 0, count: parameter.count)
      case .ones: drawn = [Float](repeating: 1, count: parameter.count)
      case .normal:
        drawn = random.normals(
          count: parameter.count, image: index, step: 0, purpose: .initialisation)
      case .uniform(let fanIn):
        let bound = 1 / Float(fanIn).squareRoot()
        drawn = random.uniforms(
          count: parameter.count, image: index, step: 0, purpose: .initialisation
        ).map { (2 * $0 - 1) * bound }
      }
      values.replaceSubrange(parameter.range, with: parameter.laidOut(drawn))
    }
    return values
  }
}
