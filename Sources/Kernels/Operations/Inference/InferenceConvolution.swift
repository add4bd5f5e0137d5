/// A convolution that is only evaluated, of one image, with any kernel, stride and zero padding; bias and ReLU follow.
///
/// y = max(Σ w·x + b, 0) as one product of matrices: the inputs under the kernel at each output pixel, gathered row by
/// row, times the weights. On one thread: images are what is shared out.
package struct InferenceConvolution: Sendable {
  /// Sides, in pixels.
  package struct Sides: Sendable, Hashable {
    package var height: Int
    package var width: Int

    package init(_ height: Int, _ width: Int) { (self.height, self.width) = (height, width) }
  }

  package let kernel: Sides
  package let stride: Int
  /// Pixels of zeros at each edge.
  package let padding: Sides
  package let inputs: Int
  package let outputs: Int
  /// (kernel height, kernel width, inputs, outputs)
  private let weights: [Float]
  /// (outputs)
  private let bias: [Float]

  /// Values that are gathered at a time: what a core's cache holds beside the weights.
  private static let gathered = 1 << 17

  /// - Parameters:
  ///   - weights: (outputs, inputs, kernel height, kernel width), as PyTorch has them.
  ///   - bias: (outputs).
  /// - Precondition: as many weights and biases as that.
  package init(
    weights: [Float], bias: [Float], kernel: Sides, stride: Int = 1, padding: Sides = Sides(0, 0),
    inputs: Int
  ) {
    let (outputs, taps) = (bias.count, kernel.height * kernel.width)
    precondition(weights.count == outputs * inputs * taps && stride > 0)
    precondition(padding.height < kernel.height && padding.width < kernel.width)
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.inputs = inputs
    self.outputs = outputs
    self.bias = bias
    self.weights = [Float](unsafeUninitializedCapacity: weights.count) { buffer, initialized in
      weights.withUnsafeBufferPointer { weights in
        for output in 0..<outputs {
          for input in 0..<inputs {
            for tap in 0..<taps {
              buffer[(tap * inputs + input) * outputs + output] =
                weights[(output * inputs + input) * taps + tap]
            }
          }
        }
      }
      initialized = weights.count
    }
  }

  /// - Parameter x: (H, W, inputs).
  /// - Returns: ((H + 2·padding − kernel)/stride + 1 high, the same wide, outputs).
  /// - Precondition: the kernel fits in the padded image.
  package func callAsFunction(_ x: FeatureMap) -> FeatureMap {
    precondition(x.channels == inputs, "\(x.channels) channels for \(inputs)")
    precondition(
      x.height + 2 * padding.height >= kernel.height && x.width + 2 * padding.width >= kernel.width)
    let height = (x.height + 2 * padding.height - kernel.height) / stride + 1
    let width = (x.width + 2 * padding.width - kernel.width) / stride + 1
    let inner = kernel.height * kernel.width * inputs
    return FeatureMap(height: height, width: width, channels: outputs) { buffer in
      x.values.withUnsafeBufferPointer { values in
        weights.withUnsafeBufferPointer { weights in
          guard let source = values.baseAddress, let matrix = weights.baseAddress,
            let result = buffer.baseAddress
          else { return }
          if kernel == Sides(1, 1), stride == 1, padding == Sides(0, 0) {
            BLAS.multiply(
              source, matrix, into: result, rows: height * width, inner: inner, columns: outputs)
          } else {
            let rows = max(Self.gathered / (width * inner), 1)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: rows * width * inner) { panel in
              guard let panel = panel.baseAddress else { return }
              for first in Swift.stride(from: 0, to: height, by: rows) {
                let lines = first..<min(first + rows, height)
                gather(source, (x.height, x.width), lines, width, into: panel)
                BLAS.multiply(
                  panel, matrix, into: result + first * width * outputs,
                  rows: lines.count * width, inner: inner, columns: outputs)
              }
            }
          }
        }
      }
      finish(buffer)
    }
  }

  /// What is under the kernel at each pixel of some lines of the output, zeros beyond the edge:
  /// (lines, width, kernel height, kernel width, inputs).
  private func gather(
    _ source: UnsafePointer<Float>, _ sides: (height: Int, width: Int), _ lines: Range<Int>,
    _ width: Int, into panel: UnsafeMutablePointer<Float>
  ) {
    let run = kernel.width * inputs
    var place = panel
    for y in lines {
      for x in 0..<width {
        let left = x * stride - padding.width
        let columns = max(left, 0)..<min(left + kernel.width, sides.width)
        for tap in 0..<kernel.height {
          let row = y * stride - padding.height + tap
          if row < 0 || row >= sides.height {
            place.update(repeating: 0, count: run)
          } else {
            let before = (columns.lowerBound - left) * inputs
            let within = columns.count * inputs
            if before > 0 { place.update(repeating: 0, count: before) }
            (place + before).update(
              from: source + (row * sides.width + columns.lowerBound) * inputs, count: within)
            if before + within < run {
              (place + before + within).update(repeating: 0, count: run - before - within)
            }
          }
          place += run
        }
      }
    }
  }

  private func finish(_ buffer: UnsafeMutableBufferPointer<Float>) {
    bias.withUnsafeBufferPointer { bias in
      for pixel in 0..<buffer.count / outputs {
        for c in 0..<outputs {
          let sum = buffer[pixel * outputs + c] + bias[c]
          // A NaN stays one.
          buffer[pixel * outputs + c] = sum < 0 ? 0 : sum
        }
      }
    }
  }
}
