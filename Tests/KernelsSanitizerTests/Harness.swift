import Foundation
import Kernels
import TestSupport
import Testing

/// What an operation makes of its inputs, and the gradients of Σ output·direction.
struct Outcome {
  var output: [Float] = []
  /// Of each input; empty where there is none.
  var inputs: [[Float]] = []
  /// Of all parameters, laid out as the buffer.
  var parameters: [Float] = []
}

/// An operation with its parameters and inputs, run in every way that must give the same values or the same bits.
struct Operation {
  var name: String
  var layout = ParameterLayout()
  /// Of the parameters, laid out as the buffer.
  var values: [Float] = []
  var inputs: [(shape: Shape, values: [Float])]
  var dropout: DropoutSource?
  var build: (Tape, [Tensor]) -> Tensor

  private func tape(_ kernels: KernelSet, _ precision: Precision) -> Tape {
    let weights = Weights(
      layout: layout, values: AlignedBuffer(values), kernels: kernels, precision: precision)
    weights.packAll()
    return Tape(workspace: Workspace(kernels: kernels, precision: precision), weights: weights)
  }

  /// Forward and backward.
  /// - Parameter poisoned: an image that is NaN in all inputs and in the direction.
  func run(
    _ kernels: KernelSet, _ precision: Precision, direction: [Float], poisoned: Int? = nil
  ) -> Outcome {
    let tape = tape(kernels, precision)
    let gradients = AlignedBuffer(count: layout.count)
    tape.reset(gradients: gradients.pointer, dropout: dropout)
    let tensors = inputs.map { shape, values in
      let tensor = tape.variable(shape)
      _ = tensor.values.update(fromContentsOf: values)
      if let poisoned {
        (tensor.data + poisoned * shape.stride).update(repeating: .nan, count: shape.stride)
      }
      return tensor
    }
    let result = build(tape, tensors)
    let output = Array(result.values)
    let stride = result.shape.stride
    tape.backward(from: result) { seed in
      _ = seed.update(fromContentsOf: direction)
      if let poisoned, let start = seed.baseAddress {
        (start + poisoned * stride).update(repeating: .nan, count: stride)
      }
    }
    return Outcome(
      output: output, inputs: tensors.map { tape.gradientValues(of: $0) ?? [] },
      parameters: gradients.array())
  }

  /// Forward alone, recording nothing, each operation spread over a crew.
  func forward(_ kernels: KernelSet, _ precision: Precision, crew: WorkerPool) -> [Float] {
    let tape = tape(kernels, precision)
    tape.reset(dropout: dropout, crew: crew)
    let tensors = inputs.map { shape, values in
      let tensor = tape.input(shape)
      _ = tensor.values.update(fromContentsOf: values)
      return tensor
    }
    return Array(build(tape, tensors).values)
  }

  /// Values against the definition; then the same bits beside an image of NaN, and on a crew.
  /// - Parameter expected: of each set: value and largest error of what comes out, of each input's gradient and of the
  ///   parameters'.
  func check(
    _ drawing: inout Drawing, _ precision: Precision, sets: [KernelSet] = KernelSet.underTest(),
    direction: [Float],
    expected: (KernelSet) -> (output: Bounds, inputs: [Bounds], parameters: Bounds)
  ) {
    let count = inputs[0].shape.count
    let poisoned = count > 1 ? drawing.integer(0...count - 1) : nil
    let crew = drawing.one(of: Crew.all)
    for kernels in sets {
      let label = "\(name), \(kernels.label), \(precision)"
      let found = run(kernels, precision, direction: direction)
      let expected = expected(kernels)
      expected.output.check(found.output, "output of \(label)")
      for (index, bounds) in expected.inputs.enumerated() {
        bounds.check(found.inputs[index], "gradient \(index) of \(label)")
      }
      expected.parameters.check(found.parameters, "parameters' gradient of \(label)")
      if let poisoned {
        let beside = run(kernels, precision, direction: direction, poisoned: poisoned)
        let pairs = [(found.output, beside.output)] + zip(found.inputs, beside.inputs)
        for (index, (alone, beside)) in pairs.enumerated() where !alone.isEmpty {
          let part = alone.count / count
          let same = alone.indices.allSatisfy {
            $0 / part == poisoned || alone[$0].bitPattern == beside[$0].bitPattern
          }
          #expect(same, "part \(index) of \(label) beside image \(poisoned) of NaN")
        }
      }
      let shared = crew.work { forward(kernels, precision, crew: $0) }
      let same = zip(shared, found.output).allSatisfy { $0.bitPattern == $1.bitPattern }
      #expect(same, "\(label) on \(crew.count) threads")
    }
  }
}

/// Threads that tests take turns with.
private final class Crew: Sendable {
  /// Also more of them than there are pixels, groups, heads and tiles.
  static let all = [2, 3, 7, 33, 128].map(Crew.init)

  let count: Int
  private let pool: WorkerPool
  private let lock = NSLock()

  private init(_ count: Int) {
    self.count = count
    pool = WorkerPool(count: count)
  }

  func work<Result>(_ body: (WorkerPool) -> Result) -> Result { lock.withLock { body(pool) } }
}

/// Values by the definition, and how far off each may be.
struct Bounds {
  var values: [Double] = []
  var errors: [Double] = []

  init() {}

  init(_ values: [Double], _ errors: [Double]) {
    self.values = values
    self.errors = errors
  }

  /// No error but float32's own rounding.
  init(exactly values: [Double]) {
    self.init(values, values.map { abs($0) * 0x1p-24 })
  }

  func check(_ found: [Float], _ label: @autoclosure () -> String) {
    guard found.count == values.count else {
      Issue.record("\(label()): \(found.count) values, not \(values.count)")
      return
    }
    for (i, value) in found.enumerated() {
      // Products that float32 or, of native bf16, only its normal numbers do not hold are 0: each below 2^-126, some tens
      // of them, times factors of up to some tens.
      if abs(Double(value) - values[i]) <= errors[i] + 1e-35 { continue }
      Issue.record("\(label()): value \(i) is \(value), not \(values[i]) ± \(errors[i])")
      return
    }
  }
}
