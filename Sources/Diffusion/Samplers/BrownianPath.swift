import Foundation
import Kernels

/// One Brownian path for each sample, over ln s from noise to data: what stochastic samplers add between two levels.
///
/// A path is fixed by the seed and the sample: it is cut in halves again and again, each middle drawn given both ends
/// (Lévy's construction), so that more steps, or other spacings, see more of the same path. Levels are taken to the
/// nearest of 2^k points, k as large as they need to have one more between any two; increments are standard normal exactly, whatever k.
final class BrownianPath {
  /// ln s where the path begins, and how far down it goes: the process's own ends.
  private let first: Double
  private let span: Double
  private let random: CounterRandom
  private let indices: Range<Int>
  private let elements: Int
  /// k
  private let depth: Int
  /// Values at the middles that the last point was found by, one a depth, sample by sample.
  private var middles: [Float]
  private var middleOf: [Int]
  /// At the end of the path.
  private var end: [Float]
  /// Of the points that were asked for last, the newest first.
  private var known: [(point: Int, values: [Float])] = []

  init(
    seed: UInt64, indices: Range<Int>, elements: Int, process: NoiseProcess, levels: [NoiseLevel]
  ) {
    let ends = process.logRatios
    (first, span) = (ends.upperBound, ends.upperBound - ends.lowerBound)
    random = CounterRandom(seed: seed)
    self.indices = indices
    self.elements = elements
    let clocks = levels.filter { $0.sigma > 0 }.map { [first, span] level in
      Self.clock(level, first, span)
    }
    let least = zip(clocks, clocks.dropFirst()).map { $1 - $0 }.filter { $0 > 0 }.min() ?? 1
    depth = max(4, min(28, Int(log2(2 / least).rounded(.up))))
    middles = []
    middleOf = []
    end = []
  }

  /// 0 … 1 from noise to data.
  private static func clock(_ level: NoiseLevel, _ first: Double, _ span: Double) -> Double {
    max(0, min(1, (first - level.logRatio) / span))
  }

  private func point(_ level: NoiseLevel) -> Int {
    Int((Self.clock(level, first, span) * Double(1 << depth)).rounded())
  }

  /// Standard normals: what the path does between two levels over the root of the clock's time.
  func fill(_ z: inout [Float], from: NoiseLevel, to: NoiseLevel) {
    let low = point(from)
    let high = max(point(to), low + 1)
    let (a, b) = (value(at: low), value(at: high))
    let scale = Float((Double(1 << depth) / Double(high - low)).squareRoot())
    for k in z.indices { z[k] = (b[k] - a[k]) * scale }
  }

  private func value(at point: Int) -> [Float] {
    if let found = known.first(where: { $0.point == point }) { return found.values }
    var values = [Float](repeating: 0, count: indices.count * elements)
    if point > 0 { find(point, &values) }
    known = [(point, values)] + known.prefix(2)
    return values
  }

  private func find(_ point: Int, _ values: inout [Float]) {
    let size = indices.count * elements
    if end.isEmpty {
      end = [Float](repeating: 0, count: size)
      draw(&end, 0, node: 0)
      middles = [Float](repeating: 0, count: size * depth)
      middleOf = [Int](repeating: 0, count: depth)
    }
    guard point < 1 << depth else {
      values = end
      return
    }
    // From the whole path to the point: which middle lies above and below at each depth.
    var (low, high) = (0, 1 << depth)
    var (lower, upper) = (-1, depth)
    for level in 0..<depth {
      let middle = (low + high) / 2
      if middleOf[level] != middle {
        middleOf[level] = middle
        bridge(level, lower, upper, node: (1 << level) + (low >> (depth - level)))
      }
      if point == middle {
        values.withUnsafeMutableBufferPointer { out in
          middles.withUnsafeBufferPointer { middles in
            for k in 0..<size { out[k] = middles[level * size + k] }
          }
        }
        return
      }
      if point < middle {
        (high, upper) = (middle, level)
      } else {
        (low, lower) = (middle, level)
      }
    }
  }

  /// The middle of an interval at a depth: the mean of its ends and noise of a quarter of its length.
  /// - Parameters:
  ///   - lower, upper: the depths whose middles its ends are; −1 and `depth` are the path's own ends.
  private func bridge(_ level: Int, _ lower: Int, _ upper: Int, node: Int) {
    let size = indices.count * elements
    let deviation = Float((0.25 / Double(1 << level)).squareRoot())
    var fresh = [Float](repeating: 0, count: size)
    draw(&fresh, level, node: node)
    middles.withUnsafeMutableBufferPointer { middles in
      end.withUnsafeBufferPointer { end in
        for k in 0..<size {
          let a = lower < 0 ? 0 : middles[lower * size + k]
          let b = upper == depth ? end[k] : middles[upper * size + k]
          middles[level * size + k] = (a + b) / 2 + deviation * fresh[k]
        }
      }
    }
  }

  private func draw(_ values: inout [Float], _ level: Int, node: Int) {
    values.withUnsafeMutableBufferPointer { buffer in
      for (row, sample) in indices.enumerated() {
        random.fillNormals(
          UnsafeMutableBufferPointer(rebasing: buffer[row * elements..<(row + 1) * elements]),
          image: sample, step: node, purpose: .brownianPath)
      }
    }
  }
}
