import CKernels
import Foundation
import Kernels
import Testing

/// What lies between the products: elementwise operations, concatenation, embedding, dropout.
@Suite struct SmallShapes {
  private struct Shapes {
    var first, second: Shape
    var x, y, direction: [Float]
    var kind: Values

    init(_ drawing: inout Drawing) {
      first = Shape(
        count: drawing.integer(1...3), height: drawing.integer(1...6),
        width: drawing.integer(1...6),
        channels: drawing.channels())
      second = first
      second.channels = drawing.channels()
      kind = drawing.one(of: Values.allCases)
      x = drawing.values(first.elements, kind, .fp32)
      y = drawing.values(second.elements, kind, .fp32)
      direction = drawing.values(first.elements, drawing.one(of: Values.allCases), .fp32)
    }
  }

  @Test(arguments: Drawing.rounds(40)) func elementwise(round: Int) {
    var drawing = Drawing(5, round: round)
    let shapes = Shapes(&drawing)
    let (shape, x, dy) = (shapes.first, shapes.x, shapes.direction.map(Double.init))
    let exact = x.map(Double.init)
    let factor = drawing.normals(1)[0]
    func check(
      _ name: String, _ values: Bounds, _ slopes: [Bounds], inputs: [[Float]],
      _ build: @escaping (Tape, [Tensor]) -> Tensor
    ) {
      Operation(
        name: "\(name) of \(shape), \(shapes.kind) values", inputs: inputs.map { (shape, $0) },
        build: build
      ).check(&drawing, .fp32, direction: shapes.direction) { _ in (values, slopes, Bounds()) }
    }
    func rounded(_ values: [Double]) -> Bounds { Bounds(values, values.map { abs($0) * 1.2e-7 }) }

    let sigmoid = exact.map { 1 / (1 + exp(-$0)) }
    let silu = zip(exact, sigmoid).map { $0 == 0 || $1 == 0 ? 0 : $0 * $1 }
    let slope = zip(silu, sigmoid).map { $1 + $0 * (1 - $1) }
    check(
      "SiLU", Bounds(silu, silu.map { abs($0) * 1e-6 + 2e-36 }),
      [Bounds(zip(slope, dy).map(*), dy.map { abs($0) * 1e-6 })], inputs: [x]
    ) { tape, x in tape.silu(x[0]) }
    check(
      "ReLU", Bounds(exactly: exact.map { max($0, 0) }),
      [Bounds(exactly: zip(exact, dy).map { $0 > 0 ? $1 : 0 })], inputs: [x]
    ) { tape, x in tape.relu(x[0]) }
    check(
      "scale", rounded(exact.map { $0 * Double(factor) }),
      [rounded(dy.map { $0 * Double(factor) })], inputs: [x]
    ) { tape, x in tape.scale(x[0], by: factor) }
    let other = drawing.values(shape.elements, .normal, .fp32)
    check(
      "sum", rounded(zip(exact, other).map { $0 + Double($1) }),
      [Bounds(exactly: dy), Bounds(exactly: dy)], inputs: [x, other]
    ) { tape, x in tape.add(x[0], x[1]) }
    check(
      "sum with itself", rounded(exact.map { 2 * $0 }), [rounded(dy.map { 2 * $0 })], inputs: [x]
    ) { tape, x in tape.add(x[0], x[0]) }
  }

  @Test(arguments: Drawing.rounds(20)) func concatenation(round: Int) {
    var drawing = Drawing(6, round: round)
    let shapes = Shapes(&drawing)
    let (c, d) = (shapes.first.channels, shapes.second.channels)
    let pixels = shapes.first.count * shapes.first.pixels
    func row(_ values: [Float], _ pixel: Int, _ width: Int) -> [Double] {
      values[pixel * width..<(pixel + 1) * width].map(Double.init)
    }
    let output = (0..<pixels).flatMap { row(shapes.x, $0, c) + row(shapes.y, $0, d) }
    let direction = drawing.values(pixels * (c + d), .normal, .fp32)
    let slopes = (0..<pixels).map { row(direction, $0, c + d) }
    Operation(
      name: "concatenation of \(shapes.first) and \(d)",
      inputs: [(shapes.first, shapes.x), (shapes.second, shapes.y)]
    ) { tape, x in
      tape.concatenate(x[0], x[1])
    }.check(&drawing, .fp32, direction: direction) { _ in
      (
        Bounds(exactly: output),
        [
          Bounds(exactly: slopes.flatMap { $0[..<c] }),
          Bounds(exactly: slopes.flatMap { $0[c...] }),
        ], Bounds()
      )
    }
  }

  @Test(arguments: Drawing.rounds(20)) func embedding(round: Int) {
    var drawing = Drawing(7, round: round)
    let (count, rows) = (drawing.integer(1...5), drawing.integer(1...9))
    let channels = drawing.one(of: [drawing.channels(), drawing.integer(1...200)])
    var layout = ParameterLayout()
    let table = Embedding("e", count: rows, channels: channels, in: &layout)
    let values = drawing.normals(layout.count)
    let shape = Shape(count: count, channels: channels)
    let x = drawing.normals(shape.elements)
    let direction = drawing.normals(shape.elements)
    let indices = (0..<count).map { _ in drawing.integer(0...rows - 1) }
    var gradient = Bounds(values.map { _ in 0 }, values.map { _ in 0 })
    var output: [Double] = []
    for (n, index) in indices.enumerated() {
      for c in 0..<channels {
        output.append(Double(x[n * channels + c]) + Double(values[index * channels + c]))
        gradient.values[index * channels + c] += Double(direction[n * channels + c])
        gradient.errors[index * channels + c] += 3e-7 * abs(Double(direction[n * channels + c]))
      }
    }
    // A row's gradient is a NaN where an image's is: it is compared without one.
    Operation(name: "embedding", layout: layout, values: values, inputs: [(shape, x)]) { tape, x in
      tape.addEmbedding(x[0], table, indices: indices)
    }.check(&drawing, .fp32, direction: direction) { _ in
      (
        Bounds(output, output.map { abs($0) * 1.2e-7 }),
        [Bounds(exactly: direction.map(Double.init))],
        gradient
      )
    }
  }

  @Test(arguments: Drawing.rounds(20)) func labels(round: Int) {
    var drawing = Drawing(9, round: round)
    let (count, numbers) = (drawing.integer(1...5), drawing.integer(1...9))
    let channels = drawing.one(of: [drawing.channels(), drawing.integer(1...200)])
    var layout = ParameterLayout()
    let layer = LabelEmbedding("l", numbers: numbers, channels: channels, in: &layout)
    let values = drawing.normals(layout.count)
    let shape = Shape(count: count, channels: channels)
    let x = drawing.normals(shape.elements)
    let direction = drawing.normals(shape.elements)
    let labels = drawing.normals(count * numbers)
    var gradient = Bounds(values.map { _ in 0 }, values.map { _ in 0 })
    var output = Bounds(x.map(Double.init), x.map { abs(Double($0)) * 1.2e-6 })
    for n in 0..<count {
      for c in 0..<channels {
        for k in 0..<numbers {
          let (place, told) = (c * numbers + k, Double(labels[n * numbers + k]))
          let (added, share) = (
            told * Double(values[place]), told * Double(direction[n * channels + c])
          )
          output.values[n * channels + c] += added
          output.errors[n * channels + c] += 1.2e-6 * abs(added)
          gradient.values[place] += share
          gradient.errors[place] += 6e-7 * abs(share)
        }
      }
    }
    Operation(name: "labels", layout: layout, values: values, inputs: [(shape, x)]) { tape, x in
      tape.addLabels(x[0], layer, labels)
    }.check(&drawing, .fp32, direction: direction) { _ in
      (output, [Bounds(exactly: direction.map(Double.init))], gradient)
    }
  }

  @Test(arguments: Drawing.rounds(20)) func dropout(round: Int) {
    var drawing = Drawing(8, round: round)
    let shapes = Shapes(&drawing)
    let probability = drawing.one(of: [0.1, 0.5, 0.9])
    let (seed, step, first, layer) = (
      drawing.bits(), drawing.integer(0...999), drawing.integer(0...99), drawing.integer(0...9)
    )
    let keep = (0..<shapes.first.count).flatMap { image -> [Double] in
      var uniforms = [Float](repeating: 0, count: shapes.first.stride)
      uniforms.withUnsafeMutableBufferPointer {
        CounterRandom(seed: seed).fillUniforms(
          $0, image: first + image, step: step, purpose: .dropout, part: layer)
      }
      return uniforms.map { $0 < Float(probability) ? 0 : 1 / (1 - probability) }
    }
    func kept(_ values: [Float]) -> Bounds {
      let values = zip(values, keep).map { Double($0) * $1 }
      return Bounds(values, values.map { abs($0) * 1.2e-7 })
    }
    Operation(
      name: "dropout of \(shapes.first)", inputs: [(shapes.first, shapes.x)],
      dropout: DropoutSource(seed: seed, step: step, firstImage: first)
    ) { tape, x in
      tape.dropout(x[0], probability: probability, layer: layer)
    }.check(&drawing, .fp32, direction: shapes.direction) { _ in
      (kept(shapes.x), [kept(shapes.direction)], Bounds())
    }
  }
}
