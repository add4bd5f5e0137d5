import Foundation
import Kernels

/// One Brownian path for each sample, over ln s from noise to data: what stochastic samplers add between two levels.
///
/// A path is fixed by the seed and the sample: it is cut in halves again and again, each middle drawn given both ends
/// (Lévy's construction), so that more steps, or other spacings, see more of the same path. It is cut into 2^k cells, k as
/// large as it must be to keep levels apart; within its cell a level is drawn given the cell's ends. Increments are those
/// of a Brownian motion exactly, whatever k.
final class BrownianPath {
  /// ln s where the path begins, and how far down it goes: the process's own ends.
  private let first: Double
  private let span: Double

  private let random: CounterRandom
  private let indices: Range<Int>
  private let elements: Int
  /// k
  private let depth: Int
  /// Values at the middles that the last cell was found by, one a depth, sample by sample.
  private var middles: [Float] = []
  private var middleOf: [Int] = []
  /// At the end of the path.
  private var end: [Float] = []
  /// Of the places that were asked for last, the newest first.
  private var known: [(clock: Double, values: [Float])] = []

  /// Nodes of the tree of middles lie below; a bit tells apart what is drawn within cells, and where two levels are one.
  private static let (withinCell, atOnePlace) = (1 << 29, 1 << 30)

  /// - Parameter halves: whether levels half-way between two are asked for too.
  init(
    seed: UInt64, indices: Range<Int>, elements: Int, process: NoiseProcess, levels: [NoiseLevel],
    halves: Bool = false
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
    // A little less than the least gap, so that rounding puts no two into one cell.
    depth = max(4, min(28, Int(log2((halves ? 2.02 : 1.01) / least).rounded(.up))))
  }

  /// 0 … 1 from noise to data.
  private static func clock(_ level: NoiseLevel, _ first: Double, _ span: Double) -> Double {
    max(0, min(1, (first - level.logRatio) / span))
  }

  /// Standard normals: what the path does between two levels over the root of the clock's time.
  func fill(_ z: inout [Float], from: NoiseLevel, to: NoiseLevel) {
    let (begin, finish) = (Self.clock(from, first, span), Self.clock(to, first, span))
    guard finish > begin else {
      // Beyond the path's ends.
      draw(&z, node: Self.atOnePlace | cell(begin))
      return
    }
    let (a, b) = (value(at: begin), value(at: finish))
    let scale = Float(1 / (finish - begin).squareRoot())
    z.withUnsafeMutableBufferPointer { z in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          for k in 0..<z.count { z[k] = (b[k] - a[k]) * scale }
        }
      }
    }
  }

  private func cell(_ clock: Double) -> Int {
    min(Int(clock * Double(1 << depth)), (1 << depth) - 1)
  }

  private func value(at clock: Double) -> [Float] {
    if let found = known.first(where: { $0.clock == clock }) { return found.values }
    // The oldest one's memory serves again.
    var values = known.count > 2 ? known.removeLast().values : []
    if values.isEmpty { values = [Float](repeating: 0, count: indices.count * elements) }
    if clock > 0 {
      find(clock, &values)
    } else {
      for k in values.indices { values[k] = 0 }
    }
    known.insert((clock, values), at: 0)
    return values
  }

  private func find(_ clock: Double, _ values: inout [Float]) {
    let size = indices.count * elements
    if end.isEmpty {
      end = [Float](repeating: 0, count: size)
      draw(&end, node: 0)
      middles = [Float](repeating: 0, count: size * depth)
      middleOf = [Int](repeating: 0, count: depth)
    }
    // From the whole path to the cell: which middles are its ends; −1 and `depth` are the path's own.
    let cell = cell(clock)
    var (low, high) = (0, 1 << depth)
    var (lower, upper) = (-1, depth)
    for level in 0..<depth {
      let middle = (low + high) / 2
      if middleOf[level] != middle {
        middleOf[level] = middle
        bridge(level, lower, upper, node: (1 << level) + (low >> (depth - level)))
      }
      if cell < middle { (high, upper) = (middle, level) } else { (low, lower) = (middle, level) }
    }
    let width = 1 / Double(1 << depth)
    let share = min(1, clock / width - Double(cell))
    let isWithin = share > 0 && share < 1
    if isWithin { draw(&values, node: Self.withinCell | cell) }
    let (ofLow, ofHigh) = (Float(1 - share), Float(share))
    let deviation = isWithin ? Float((share * (1 - share) * width).squareRoot()) : 0
    values.withUnsafeMutableBufferPointer { values in
      middles.withUnsafeBufferPointer { middles in
        blend(middles, lower, upper, ofLow, ofHigh, deviation, into: values)
      }
    }
  }

  /// The middle of an interval at a depth: the mean of its ends and noise of a quarter of its length.
  private func bridge(_ level: Int, _ lower: Int, _ upper: Int, node: Int) {
    let size = indices.count * elements
    let deviation = Float((0.25 / Double(1 << level)).squareRoot())
    middles.withUnsafeMutableBufferPointer { middles in
      let own = UnsafeMutableBufferPointer(rebasing: middles[level * size..<(level + 1) * size])
      draw(own, node: node)
      blend(UnsafeBufferPointer(middles), lower, upper, 0.5, 0.5, deviation, into: own)
    }
  }

  /// values ← ofLow·a + ofHigh·b + deviation·values, a and b the path at two of the middles or its ends.
  private func blend(
    _ middles: UnsafeBufferPointer<Float>, _ lower: Int, _ upper: Int, _ ofLow: Float,
    _ ofHigh: Float, _ deviation: Float, into values: UnsafeMutableBufferPointer<Float>
  ) {
    let size = values.count
    end.withUnsafeBufferPointer { end in
      let b =
        upper == depth
        ? end : UnsafeBufferPointer(rebasing: middles[upper * size..<(upper + 1) * size])
      guard lower >= 0 else {
        // The path begins at 0.
        for k in 0..<size { values[k] = ofHigh * b[k] + deviation * values[k] }
        return
      }
      let a = UnsafeBufferPointer(rebasing: middles[lower * size..<(lower + 1) * size])
      for k in 0..<size { values[k] = ofLow * a[k] + ofHigh * b[k] + deviation * values[k] }
    }
  }

  private func draw(_ values: inout [Float], node: Int) {
    values.withUnsafeMutableBufferPointer { draw($0, node: node) }
  }

  private func draw(_ values: UnsafeMutableBufferPointer<Float>, node: Int) {
    for (row, sample) in indices.enumerated() {
      random.fillNormals(
        UnsafeMutableBufferPointer(rebasing: values[row * elements..<(row + 1) * elements]),
        image: sample, step: node, purpose: .brownianPath)
    }
  }
}
