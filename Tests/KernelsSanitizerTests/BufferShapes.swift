import CKernels
import Foundation
import Kernels
import TestSupport
import Testing

/// What works on whole buffers, of odd lengths and with nothing behind them: optimizer, sums, blends, random numbers.
@Suite struct BufferShapes {
  @Test(arguments: Drawing.rounds(20)) func optimizer(round: Int) {
    var drawing = Drawing(9, round: round)
    let count = drawing.integer(1...300)
    let first = drawing.integer(0...count - 1)
    let range = first..<drawing.integer(first...count)
    let step = drawing.integer(1...50)
    let (rate, beta1, beta2, epsilon, scale, decay) = (1e-3, 0.9, 0.999, 1e-8, 0.5, 0.99)
    let kind = drawing.one(of: [Values.normal, .tiny, .zero])
    let values = [Values.normal, .normal, .normal, .normal, kind].map {
      drawing.values(count, $0, .fp32)
    }
    let exact = values.map { $0.map(Double.init) }
    for kernels in KernelSet.underTest() {
      let buffers = values.enumerated().map { AlignedBuffer($0 == 2 ? $1.map { abs($0) } : $1) }
      kernels.adam(
        weights: buffers[0], m: buffers[1], v: buffers[2], average: buffers[3],
        gradient: buffers[4], range: range, step: step, learningRate: rate, beta1: beta1,
        beta2: beta2, epsilon: epsilon, scale: scale, decay: decay)
      let found = buffers.map { $0.array() }
      for i in 0..<count {
        // Kingma & Ba 2015, algorithm 1.
        let g = exact[4][i] * scale
        let m = beta1 * exact[1][i] + (1 - beta1) * g
        let v = beta2 * abs(exact[2][i]) + (1 - beta2) * g * g
        let change =
          rate * (m / (1 - pow(beta1, Double(step))))
          / ((v / (1 - pow(beta2, Double(step)))).squareRoot() + epsilon)
        let weight = exact[0][i] - change
        let average = exact[3][i] + (1 - decay) * (weight - exact[3][i])
        let expected =
          range.contains(i)
          ? [weight, m, v, average] : [exact[0][i], exact[1][i], abs(exact[2][i]), exact[3][i]]
        let sizes = [
          abs(exact[0][i]) + 4 * abs(change), abs(exact[1][i]) + abs(g), abs(exact[2][i]) + g * g,
          abs(exact[3][i]) + abs(weight) + abs(change),
        ]
        for (index, value) in expected.enumerated() {
          let off = abs(Double(found[index][i]) - value)
          #expect(off <= 1e-6 * sizes[index] + 1e-37, "\(kernels), buffer \(index), value \(i)")
        }
      }
    }
  }

  @Test(arguments: Drawing.rounds(10)) func sums(round: Int) {
    var drawing = Drawing(10, round: round)
    let count = drawing.integer(1...400)
    let first = drawing.integer(0...count - 1)
    let range = first..<drawing.integer(first...count)
    let (x, y) = (drawing.values(count, .mixed, .fp32), drawing.values(count, .normal, .fp32))
    let (a, b) = (drawing.normals(1)[0], drawing.normals(1)[0])
    // Products of float32 are exact in double, sums of 400 good to 1e-13.
    let squares = x[range].reduce(0.0) { $0 + Double($1) * Double($1) }
    for kernels in KernelSet.underTest() {
      let (buffer, other, out) = (AlignedBuffer(x), AlignedBuffer(y), AlignedBuffer(count: count))
      #expect(abs(kernels.squareSum(buffer, range: range) - squares) <= 1e-13 * squares)
      kernels.blend(
        buffer.pointer, a, other.pointer, b, into: out.pointer, count: count)
      let found = withExtendedLifetime((buffer, other)) { out.array() }
      for i in 0..<count {
        let terms = [Double(a) * Double(x[i]), Double(b) * Double(y[i])]
        let error = abs(Double(found[i]) - terms[0] - terms[1])
        #expect(error <= 2e-7 * (abs(terms[0]) + abs(terms[1])) + 1e-37, "\(kernels), value \(i)")
      }
    }
  }

  /// Lanes that come in any order, with NaN of either sign among them: one tree, the same bits.
  @Test(arguments: Drawing.rounds(10)) func trees(round: Int) {
    var drawing = Drawing(11, round: round)
    let (size, lanes) = (drawing.integer(1...100), drawing.integer(1...13))
    let values = (0..<lanes).map { _ in
      drawing.values(size, .mixed, .fp32).map { value in
        switch drawing.integer(0...9) {
        case 0: Float.nan
        case 1: -Float.nan
        case 2: Float.infinity
        default: value
        }
      }
    }
    // Leaves side by side are added, a last one without a sibling moves up.
    var level = values
    while level.count > 1 {
      level = stride(from: 0, to: level.count, by: 2).map { i in
        i + 1 < level.count ? zip(level[i], level[i + 1]).map(+) : level[i]
      }
    }
    for kernels in KernelSet.underTest() {
      func sum(_ order: [Int]) -> [UInt32] {
        let tree = TreeSum(size: size, kernels: kernels)
        tree.begin(lanes: lanes)
        for lane in order {
          let buffer = tree.take()
          buffer.update(from: values[lane])
          tree.put(buffer, lane: lane)
        }
        tree.complete(0..<size)
        return tree.total.array().map(\.bitPattern)
      }
      let found = sum(Array(0..<lanes))
      for (value, expected) in zip(found, level[0]) {
        let value = Float(bitPattern: value)
        #expect(value.isNaN ? expected.isNaN : value == expected, "\(kernels)")
      }
      for seed in 0..<4 {
        let order = CounterRandom(seed: UInt64(seed)).permutation(
          count: lanes, step: 0, purpose: .data)
        let same = sum(order) == found
        #expect(same, "\(kernels), \(order)")
      }
    }
  }

  /// Box–Muller on pairs of Philox's words, in double; the same bits in all sets.
  @Test(arguments: Drawing.rounds(10)) func randomNumbers(round: Int) {
    var drawing = Drawing(12, round: round)
    let count = drawing.integer(1...300)
    let (seed, image, step) = (
      drawing.bits(), UInt32(drawing.integer(0...1 << 20)), UInt32(drawing.integer(0...1 << 20))
    )
    var words = [UInt32](repeating: 0, count: (count + 3) / 4 * 4)
    wb_random_words(&words, 0, words.count, seed, image, step, 5)
    let uniforms = words.map { (Double($0 >> 8) + 0.5) * 0x1p-24 }
    let expected = (0..<count).map { i -> Double in
      let (u, v) = (uniforms[i / 2 * 2], uniforms[i / 2 * 2 + 1])
      let radius = (-2 * log(u)).squareRoot()
      return radius * (i % 2 == 0 ? cos(2 * .pi * v) : sin(2 * .pi * v))
    }
    let plain = AlignedBuffer(count: count)
    wb_random_uniforms(plain.pointer, count, seed, image, step, 5)
    #expect(plain.array() == uniforms[..<count].map { Float($0) })
    var first: [UInt32]?
    for kernels in KernelSet.underTest() {
      let buffer = AlignedBuffer(count: count)
      kernels.table.pointee.random_normals(buffer.pointer, count, seed, image, step, 5)
      let found = buffer.array()
      for i in 0..<count {
        // Four units in the last place of the largest radius, √(−2 ln 2^-25) = 5.9.
        #expect(abs(Double(found[i]) - expected[i]) < 2.8e-6, "\(kernels), value \(i)")
      }
      let bits = found.map(\.bitPattern)
      let same = first.map { $0 == bits } ?? true
      #expect(same, "\(kernels)")
      first = bits
    }
  }
}
