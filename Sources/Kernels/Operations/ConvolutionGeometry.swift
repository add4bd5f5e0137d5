import CKernels

/// One of the passes that a gather is made of: which taps it multiplies, and where they lie.
///
/// A plain convolution is one phase. The adjoint of a convolution with stride 2 is four: even and odd rows and
/// columns of A see different taps.
struct GatherPhase: Sendable, Hashable {
  /// Taps, segments · tapsPerRun of them.
  var taps: [Int32]
  var segments: Int
  var tapsPerRun: Int
  /// Which rows and columns of the output: 0 even, 1 odd; all where there is one phase.
  var row = 0
  var column = 0

  static func forward(kernel: Int) -> [GatherPhase] {
    [
      GatherPhase(
        taps: (0..<Int32(kernel * kernel)).map { $0 }, segments: kernel, tapsPerRun: kernel)
    ]
  }

  static func adjoint(kernel: Int, stride: Int) -> [GatherPhase] {
    if stride == 1 {
      return [
        GatherPhase(
          taps: (0..<Int32(kernel * kernel)).reversed(), segments: kernel, tapsPerRun: kernel)
      ]
    }
    // Row y of A meets row i of B through tap 2i − y + 1 … : y = 2u only tap 1, y = 2u + 1 tap 2 at u and 0 at u + 1.
    let taps: [[Int32]] = [[1], [2, 0]]
    return [0, 1].flatMap { row in
      [0, 1].map { column in
        GatherPhase(
          taps: taps[row].flatMap { y in taps[column].map { x in 3 * y + x } },
          segments: taps[row].count, tapsPerRun: taps[column].count, row: row, column: column)
      }
    }
  }

  func packedCount(reduced: Int, channels: Int, kernels: KernelSet, operand: Operand) -> Int {
    Int(
      wb_packed_size(
        Int32(segments), Int32(tapsPerRun), Int32(reduced), Int32(channels), Int32(kernels.lanes),
        operand))
  }

  func pack(
    _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, tapStride: Int,
    reduced: (count: Int, stride: Int), channels: (count: Int, stride: Int), kernels: KernelSet,
    operand: Operand
  ) {
    wb_pack_weights(
      packed, weights, taps, Int32(segments), Int32(tapsPerRun), Int32(tapStride),
      Int32(reduced.count), Int32(reduced.stride), Int32(channels.count), Int32(channels.stride),
      Int32(kernels.lanes), operand)
  }
}

/// Tables of offsets for one convolution between images A (height × width) and B, which a gather or a reduction
/// follows; made once per worker.
final class ConvolutionGeometry {
  struct Key: Hashable {
    var kernel, stride, a, b, height, width: Int
  }

  /// Offsets of a gather phase, for the images of one group.
  struct Gather {
    var source: [Int32] = []
    var target: [Int32] = []
    var segment: [Int32] = []
    var segments: Int32 = 0
    var run: Int32 = 0
    /// Output pixels of one image.
    var pixels = 0
  }

  let pad: Int
  let heightB: Int
  let widthB: Int
  /// Units of one padded image.
  let paddedA: Int
  let paddedB: Int
  /// Images that are worked on together: enough pixels to fill the register tiles, little enough to stay in cache.
  let group: Int
  let forward: [Gather]
  let adjoint: [Gather]

  // The reduction of weight gradients: points of one group, a row of taps at a time.
  let reduceLeft: [Int32]
  let reduceRight: [Int32]
  let pointsPerImage: Int
  /// Units between rows of A as the reduction reads it.
  let reduceRowStride: Int
  let pairsA: Int
  let pairsB: Int

  init(_ key: Key, operand: Operand) {
    let (kernel, stride, height, width) = (key.kernel, key.stride, key.height, key.width)
    pad = kernel / 2
    heightB = height / stride
    widthB = width / stride
    let (unitsA, unitsB) = (operand.units(key.a), operand.units(key.b))
    let (rowA, rowB) = ((width + 2 * pad) * unitsA, (widthB + 2 * pad) * unitsB)
    paddedA = (height + 2 * pad) * rowA
    paddedB = (heightB + 2 * pad) * rowB
    group = max(1, 65536 / (paddedA + paddedB))

    let usesPairs = operand == wb_pack_bf16
    let pairColumns = (widthB + 1) / 2
    pairsA = (height + 2 * pad) * (width + 2 * pad) * key.a
    pairsB = heightB * pairColumns * key.b

    forward = GatherPhase.forward(kernel: kernel).map { [heightB, widthB, paddedA, group] phase in
      var gather = Gather()
      gather.segments = Int32(phase.segments)
      gather.run = Int32(phase.tapsPerRun * unitsA)
      gather.segment = (0..<phase.segments).map { Int32($0 * rowA) }
      gather.pixels = heightB * widthB
      for image in 0..<group {
        for y in 0..<heightB {
          for x in 0..<widthB {
            gather.source.append(
              Int32(image * paddedA + y * stride * rowA + x * stride * unitsA))
            gather.target.append(Int32(((image * heightB + y) * widthB + x) * key.b))
          }
        }
      }
      return gather
    }

    adjoint = GatherPhase.adjoint(kernel: kernel, stride: stride).map { [paddedB, group] phase in
      var gather = Gather()
      gather.segments = Int32(phase.segments)
      gather.run = Int32(phase.tapsPerRun * unitsB)
      gather.segment = (0..<phase.segments).map { Int32($0 * rowB) }
      let origin = stride == 1 ? 0 : 1
      for image in 0..<group {
        for y in Swift.stride(from: phase.row, to: height, by: stride) {
          for x in Swift.stride(from: phase.column, to: width, by: stride) {
            gather.source.append(
              Int32(
                image * paddedB + (y / stride + origin) * rowB + (x / stride + origin) * unitsB))
            gather.target.append(Int32(((image * height + y) * width + x) * key.a))
          }
        }
      }
      gather.pixels = gather.source.count / group
      return gather
    }

    var left: [Int32] = []
    var right: [Int32] = []
    if usesPairs {
      let row = (width + 2 * pad) * key.a
      for image in 0..<group {
        for y in 0..<heightB {
          for pair in 0..<pairColumns {
            left.append(
              Int32(image * pairsA + y * stride * row + 2 * pair * stride * key.a))
            right.append(Int32(image * pairsB + (y * pairColumns + pair) * key.b))
          }
        }
      }
      reduceRowStride = row
      pointsPerImage = heightB * pairColumns
    } else {
      for image in 0..<group {
        for y in 0..<heightB {
          for x in 0..<widthB {
            left.append(Int32(image * paddedA + y * stride * rowA + x * stride * unitsA))
            right.append(Int32(image * paddedB + (y + pad) * rowB + (x + pad) * unitsB))
          }
        }
      }
      reduceRowStride = rowA
      pointsPerImage = heightB * widthB
    }
    reduceLeft = left
    reduceRight = right
  }
}
