import CKernels

/// Tables of offsets for one convolution between images A (height × width) and B, which a gather or a reduction
/// follows; made once per worker.
final class ConvolutionGeometry {
  struct Key: Hashable {
    var kernel, stride, padding, a, b, height, width: Int
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

    /// As a kernel takes them, from a pixel on.
    func withTables(from pixel: Int, _ body: (inout wb_gather) -> Void) {
      source.withUnsafeBufferPointer { source in
        target.withUnsafeBufferPointer { target in
          segment.withUnsafeBufferPointer { segment in
            var tables = wb_gather(
              source: source.baseAddress.map { $0 + pixel },
              target: target.baseAddress.map { $0 + pixel }, segment: segment.baseAddress,
              segments: segments, run: run)
            body(&tables)
          }
        }
      }
    }
  }

  let key: Key
  /// Zero pixels around an image.
  let border: Int
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
    let border = GatherPhase.border(kernel: kernel)
    let (heightB, widthB) = (height / stride, width / stride)
    let (unitsA, unitsB) = (operand.units(key.a), operand.units(key.b))
    let (rowA, rowB) = ((width + 2 * border) * unitsA, (widthB + 2 * border) * unitsB)
    let (paddedA, paddedB) = ((height + 2 * border) * rowA, (heightB + 2 * border) * rowB)
    let group = max(1, 65536 / (paddedA + paddedB))
    self.key = key
    self.border = border
    self.heightB = heightB
    self.widthB = widthB
    self.paddedA = paddedA
    self.paddedB = paddedB
    self.group = group

    let usesPairs = operand == wb_pack_bf16
    let pairColumns = (widthB + 1) / 2
    pairsA = (height + 2 * border) * (width + 2 * border) * key.a
    pairsB = heightB * pairColumns * key.b

    func gather(
      _ phase: GatherPhase, units: Int, row: Int, image size: Int, step: Int, every: Int,
      to target: (height: Int, width: Int, channels: Int)
    ) -> Gather {
      var gather = Gather()
      gather.segments = Int32(phase.segments)
      gather.run = Int32(phase.tapsPerRun * units)
      gather.segment = (0..<phase.segments).map { Int32($0 * row) }
      for image in 0..<group {
        for y in Swift.stride(from: phase.rows.remainder, to: target.height, by: every) {
          for x in Swift.stride(from: phase.columns.remainder, to: target.width, by: every) {
            gather.source.append(
              Int32(
                image * size + (y / every * step + phase.rows.origin) * row
                  + (x / every * step + phase.columns.origin) * units))
            gather.target.append(
              Int32(((image * target.height + y) * target.width + x) * target.channels))
          }
        }
      }
      gather.pixels = gather.source.count / group
      return gather
    }
    forward = GatherPhase.forward(kernel: kernel, padding: key.padding).map {
      gather(
        $0, units: unitsA, row: rowA, image: paddedA, step: stride, every: 1,
        to: (heightB, widthB, key.b))
    }
    adjoint = GatherPhase.adjoint(kernel: kernel, stride: stride, padding: key.padding).map {
      gather(
        $0, units: unitsB, row: rowB, image: paddedB, step: 1, every: stride,
        to: (height, width, key.a))
    }

    // Tap 0 of output 0 lies this many pixels inside the border.
    let origin = border - key.padding
    var left: [Int32] = []
    var right: [Int32] = []
    if usesPairs {
      let row = (width + 2 * border) * key.a
      for image in 0..<group {
        for y in 0..<heightB {
          for pair in 0..<pairColumns {
            left.append(
              Int32(
                image * pairsA + (y * stride + origin) * row
                  + (2 * pair * stride + origin) * key.a))
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
            left.append(
              Int32(
                image * paddedA + (y * stride + origin) * rowA + (x * stride + origin) * unitsA))
            right.append(Int32(image * paddedB + (y + border) * rowB + (x + border) * unitsB))
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
