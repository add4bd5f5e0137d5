import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Networks that are told numbers that come with each point or image.
@Suite struct VectorConditionTests {
  enum Kind: CaseIterable {
    case small, residual, points
  }

  /// A line of points (c, −c) with noise of 0.05, c uniform in [−1, 1] told as 100 + 20·c: a file in a folder of its own.
  private static func write(_ count: Int, to folder: TemporaryFolder) throws -> String {
    let random = CounterRandom(seed: 8)
    let z = random.normals(count: 2 * count, image: 0, step: 0, purpose: .data)
    let u = random.uniforms(count: count, image: 1, step: 0, purpose: .data)
    var text = "x,heat,y\n"
    for i in 0..<count {
      let c = 2 * u[i] - 1
      text += "\(c + 0.05 * z[2 * i]),\(100 + 20 * c),\(-c + 0.05 * z[2 * i + 1])\n"
    }
    let path = folder.path + "/line.csv"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private static func settings(
    _ kind: Kind, in folder: TemporaryFolder, steps: Int = 4, guidance: Double = 1
  ) throws -> RunSettings {
    var data = DataSettings(source: .shapes, limit: 40, size: 8, conditions: ["size", "red"])
    var model = ModelSettings(levels: 2, baseChannels: 8, timeEmbeddingDim: 16)
    switch kind {
    case .small: break
    case .residual: model = ModelSettings(architecture: .unet, residual: .tiny)
    case .points:
      data = DataSettings(
        source: .points(path: try write(400, to: folder)), conditions: ["heat"])
      model = ModelSettings(
        architecture: .mlp, timeEmbedding: .sinusoidal, timeEmbeddingDim: 32,
        mlp: MLPSettings(width: 48, layers: 2))
    }
    return RunSettings(
      data: data, model: model,
      conditioning: ConditioningSettings(kind: .vector, inject: .time, dropout: 0.2),
      diffusion: DiffusionSettings(steps: 100),
      training: TrainingSettings(
        steps: steps, batch: kind == .points ? 64 : 8, optimizer: .init(learningRate: 3e-3)),
      sampling: SamplingSettings(sampler: .ddim, steps: 10, guidance: guidance, count: 6),
      evaluation: EvaluationSettings(images: 16, metrics: [.loss, .lossBySNR]))
  }

  @Test(arguments: Kind.allCases) func theSameBitsForAnyNumberOfWorkersAndResumed(
    _ kind: Kind
  ) throws {
    let folder = try TemporaryFolder()
    let expected = try SessionOutcome.theSameForAnyNumberOfWorkersAndResumed(
      Self.settings(kind, in: folder, guidance: 2))
    #expect(expected.samples.count > 0 && expected.measures.count > 8)
  }

  /// The file of a network keeps which numbers it takes, and their scale.
  @Test func aFileKeepsTheScale() throws {
    let folder = try TemporaryFolder()
    let made = try #require(
      try SessionOutcome(Self.settings(.points, in: folder), workers: 1).session.networkFile())
    let read = try NetworkFile(bytes: made.bytes(), name: "network")
    #expect(read.description == made.description)
    let vector = try #require(read.description.vector)
    // Of 100 + 20·c, c uniform: mean 100, deviation 20/√3, over 360 of them.
    #expect(vector.names == ["heat"] && abs(vector.means[0] - 100) < 2)
    #expect(abs(vector.deviations[0] - 20 / 3.0.squareRoot()) < 1)
    #expect(vector.row([vector.means[0] + 2 * vector.deviations[0]]) == [2, 1])
    #expect(read.network.conditionWidth == 2)

    #expect {
      try made.writeDiffusersFolder(to: folder.path + "/model")
    } throws: { "\($0)".contains("UNet2DModel") || "\($0)".contains("no network like 'mlp'") }
  }

  /// Told 88 or 112, points come out about c = ∓0.6, within a few hundredths of what is known in closed form.
  @Test func samplesFollowWhatIsTold() throws {
    let folder = try TemporaryFolder()
    let settings = try Self.settings(.points, in: folder, steps: 1500)
    let made = try #require(try SessionOutcome(settings, workers: 2).session.networkFile())
    let vector = try #require(made.description.vector)
    let pool = WorkerPool(count: 2)
    defer { pool.end() }
    let generator = Generator(
      predictor: Predictor(
        network: made.network, values: made.values, height: 1, width: 1, pool: pool),
      process: try NoiseProcess(made.description.diffusion))
    func mean(_ heat: Double?) throws -> (x: Double, spread: Double) {
      let row = heat.map { vector.row([$0]) }
      let values = try generator.images(
        SamplingSettings(sampler: .ddim, steps: 25), indices: 0..<200,
        vectors: row.map { row in (0..<200).flatMap { _ in row } }, clip: false
      ).values
      let x = stride(from: 0, to: values.count, by: 2).map { Double(values[$0]) }
      let mean = x.reduce(0, +) / 200
      return (mean, (x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 200).squareRoot())
    }
    let (low, high, free) = (try mean(88), try mean(112), try mean(nil))
    #expect(abs(low.x + 0.6) < 0.1 && abs(high.x - 0.6) < 0.1)
    #expect(low.spread < 0.15 && high.spread < 0.15)
    // Told nothing, they are spread like the data: 1/√3.
    #expect(abs(free.x) < 0.2 && free.spread > 0.4)
  }

  // MARK: Data

  @Test func columnsOfAFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/points.csv"
    try "a,label,b,c,d\n0,1,5,2,7\n1,0,6,4,8\n2,1,7,0,9\n".write(
      toFile: path, atomically: true, encoding: .utf8)
    let data = try PointFile.read(path, label: nil, range: nil, conditions: ["d", "b"])
    #expect(data.channels == 2 && data.labels == [1, 0, 1])
    #expect(data.conditionNames == ["d", "b"] && data.conditions == [7, 5, 8, 6, 9, 7])
    #expect(data.selected([2, 0]).conditions == [9, 7, 7, 5])
    #expect(data.first(2).conditions == [7, 5, 8, 6])
    // What a point is told is part of what the data are.
    let other = try PointFile.read(path, label: nil, range: nil, conditions: ["b", "d"])
    #expect(data.dataSet().fingerprint != other.dataSet().fingerprint)

    let bad: [([String], String)] = [
      (["e"], "data.conditions names a column e, expected one of its heading: a, label, b, c, d"),
      (["label"], "data.conditions names the column label, which is the class: leave it out"),
      (["b", "b"], "data.conditions names the column b, which it has named before: leave it out"),
      (["a", "b", "c", "d"], "data.conditions leaves no column for the points' coordinates"),
    ]
    for (names, message) in bad {
      #expect {
        try PointFile.read(path, label: nil, range: nil, conditions: names)
      } throws: { "\($0)".contains(message) }
    }
    let bare = folder.path + "/bare.csv"
    try "0,1,5\n1,0,6\n".write(toFile: bare, atomically: true, encoding: .utf8)
    #expect(
      try PointFile.read(bare, label: "none", range: nil, conditions: ["3"]).conditions == [5, 6])
    #expect {
      try PointFile.read(bare, label: "none", range: nil, conditions: ["4"])
    } throws: { "\($0)".contains("expected the number of one, 1 to 3, since there is no heading") }
  }

  /// What shapes are told is what they are drawn by: the brightest pixel has the colour, and the pixels that are not black
  /// have their middle where x and y say.
  @Test func attributesOfShapes() throws {
    let names = ["size", "x", "y", "red", "green", "blue", "tilt"]
    let data = try DataSet.load(
      DataSettings(source: .shapes, limit: 80, size: 32, conditions: names))
    #expect(data.conditionNames == names && data.conditions.count == 80 * 7)
    // Circles: every eighth image.
    for index in stride(from: 0, to: 80, by: 8) {
      let told = Array(data.condition(index))
      let values = data.values(index..<index + 1)
      var (x, y, mass) = (Float(0), Float(0), Float(0))
      var brightest: [Float] = [0, 0, 0]
      for pixel in 0..<1024 {
        let bright = (0..<3).map { (values[3 * pixel + $0] + 1) / 2 }
        let weight = bright.reduce(0, +)
        x += weight * (Float(pixel % 32) + 0.5)
        y += weight * (Float(pixel / 32) + 0.5)
        mass += weight
        if weight > brightest.reduce(0, +) { brightest = bright }
      }
      #expect(abs(x / mass / 32 - told[1]) < 0.01 && abs(y / mass / 32 - told[2]) < 0.01)
      #expect(zip(brightest, told[3...5]).allSatisfy { abs($0 - $1) < 0.01 })
      let area = mass / brightest.reduce(0, +) / 1024
      #expect(abs(area - Float.pi * told[0] * told[0]) < 0.01)
    }
    // What is drawn does not depend on what is told of it.
    let plain = try DataSet.load(DataSettings(source: .shapes, limit: 80, size: 32))
    #expect(plain.values(0..<80) == data.values(0..<80))
    #expect(plain.fingerprint != data.fingerprint && plain.conditions.isEmpty)
    #expect {
      try DataSet.load(DataSettings(source: .shapes, conditions: ["hue"]))
    } throws: {
      "\($0)".contains("'hue', expected shape, size, x, y, red, green, blue or tilt")
    }
  }

  @Test func numbersThatTellNothingAreRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/same.csv"
    try ("x,c\n" + (0..<20).map { "\($0),3\n" }.joined()).write(
      toFile: path, atomically: true, encoding: .utf8)
    var settings = try Self.settings(.points, in: folder)
    settings.data = DataSettings(source: .points(path: path), conditions: ["c"])
    #expect {
      try RunSession(settings, workers: 1)
    } throws: { "\($0)".contains("'c' is the same of all that is trained on (data.conditions)") }
    settings.data.conditions = []
    #expect {
      try RunSession(settings, workers: 1)
    } throws: { "\($0)".contains("the data come with no numbers: name them in data.conditions") }
  }

  /// Dropped with `conditioning.dropout`: zeros, the last number too.
  @Test func whatIsDroppedIsZeros() throws {
    let data = try DataSet.load(
      DataSettings(source: .shapes, limit: 50, size: 8, conditions: ["size", "x"]))
    let vector = VectorCondition(of: data)
    let source = TrainingExamples(
      data: data, seed: 1, process: try NoiseProcess(DiffusionSettings()), dropout: 0.5,
      vector: vector)
    let fill = source.batch(step: 0, size: 50, history: nil)
    var (x, noise) = ([Float](repeating: 0, count: 192), [Float](repeating: 0, count: 192))
    var dropped = 0
    for position in 0..<50 {
      let example = x.withUnsafeMutableBufferPointer { x in
        noise.withUnsafeMutableBufferPointer { fill(position, x, $0) }
      }
      #expect(example.vector.count == 3)
      if example.vector == [0, 0, 0] { dropped += 1 } else { #expect(example.vector[2] == 1) }
    }
    #expect((11...39).contains(dropped))
  }
}
