import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// The network and what goes into it against pytorch-fid and torch-fidelity, by `Goldens/inception/make_inception.py`, which
/// has the same formulas for weights and pictures.
@Suite struct InceptionTests {
  private struct Picture {
    let name: String
    let height: Int
    let width: Int
    let channels: Int

    static let all = [
      Picture(name: "grey", height: 28, width: 28, channels: 1),
      Picture(name: "wide", height: 20, width: 33, channels: 3),
      Picture(name: "large", height: 310, width: 305, channels: 3),
    ]

    /// (H, W, C) in [−1, 1].
    var values: [Float] {
      FormulaTensors.bits("picture \(name)", height * width * channels).map {
        Float($0 >> 56) / 127.5 - 1
      }
    }

    func prepared(_ input: InceptionInput) -> FeatureMap {
      input.prepared(values, height: height, width: width, channels: channels)
    }
  }

  private let goldens: Safetensors

  init() throws {
    goldens = try Safetensors(contentsOf: GoldenFiles.path("inception/inception.safetensors"))
  }

  private static func file(
    _ change: (inout [String: [Int]]) -> Void = { _ in }
  ) throws -> InceptionFile {
    var shapes = ["fc.weight": [1008, 128], "fc.bias": [1008]]
    for layer in InceptionLayer.all(narrowedBy: 16) {
      for (name, shape) in layer.tensors { shapes[name] = shape }
    }
    change(&shapes)
    var writer = SafetensorsWriter()
    for (name, shape) in shapes {
      writer.add(name, shape: shape, FormulaTensors.tensor(name, shape))
    }
    return try InceptionFile(
      Safetensors(bytes: writer.bytes(), name: "weights"), narrowedBy: 16)
  }

  // Features in float32 are off by their own rounding, some 1e-6 of their norm; the programs' two inputs differ by 2e-2.
  private func compare(_ network: InceptionNetwork, _ divisor: Int, _ pictures: [Picture]) throws {
    for input in InceptionInput.allCases {
      for picture in pictures {
        let golden = try goldens.floats("\(divisor) \(input.rawValue) \(picture.name)")
        let found = network(picture.prepared(input)).map { Float($0) }
        #expect(found.count == 2048 / divisor)
        #expect(relativeError(found, golden) < 5e-6, "\(input.rawValue) \(picture.name)")
      }
    }
  }

  /// The whole wiring, with a sixteenth of the channels.
  @Test func everyLayerAndBothInputs() throws {
    try compare(try Self.file().network(), 16, Picture.all)
  }

  @Test func theNetworkOfFullWidth() throws {
    let layers = InceptionLayer.all()
    #expect(layers.count == 94)
    let shapes = Dictionary(
      uniqueKeysWithValues: layers.flatMap(\.tensors).map { ($0.name, $0.shape) })
    // Of torchvision's network without its last layers: sum(p.numel() for p in …).
    #expect(
      shapes.filter { $0.key.hasSuffix("weight") || $0.key.hasSuffix("bias") }
        .reduce(0) { $0 + $1.value.reduce(1, *) } == 21_785_568)
    let network = InceptionNetwork(layers) { FormulaTensors.tensor($0, shapes[$0] ?? []) }
    try compare(network, 1, Array(Picture.all.prefix(1)))
  }

  // MARK: The file

  @Test func theHashIsOfWhatIsRead() throws {
    let file = try Self.file()
    let beside = try Self.file { $0["AuxLogits.fc.weight"] = [3, 3] }
    #expect(file.contentHash == beside.contentHash && file.contentHash.count == 64)
    var writer = SafetensorsWriter()
    for layer in InceptionLayer.all(narrowedBy: 16) {
      for (name, shape) in layer.tensors {
        var values = FormulaTensors.tensor(name, shape)
        if name == "Mixed_7c.branch_pool.bn.bias" { values[0] += 0.001 }
        writer.add(name, shape: shape, values)
      }
    }
    writer.add("fc.weight", shape: [1008, 1], FormulaTensors.tensor("fc.weight", [1008, 1]))
    let changed = try InceptionFile(
      Safetensors(bytes: writer.bytes(), name: "weights"), narrowedBy: 16)
    #expect(changed.contentHash != file.contentHash)
  }

  @Test func refusals() throws {
    func message(_ change: (inout [String: [Int]]) -> Void) -> String {
      do {
        _ = try Self.file(change)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(
      message { $0["Mixed_6c.branch7x7dbl_4.bn.running_var"] = nil }
        .contains("it has no tensor 'Mixed_6c.branch7x7dbl_4.bn.running_var'"))
    #expect(
      message { $0["Mixed_5b.branch5x5_2.conv.weight"] = [4, 3, 3, 3] }
        .contains("'Mixed_5b.branch5x5_2.conv.weight' is [4, 3, 3, 3], not [4, 3, 5, 5]"))
    // torchvision's own weights have the same tensors, and are another network's.
    #expect(message { $0["fc.weight"] = [1000, 128] }.contains("of which the first is 1008 there"))
    #expect(message { $0["fc.weight"] = nil }.contains("docs/fid.md"))
    // Of these widths it is not the network that the FID is by.
    try withTemporaryFolder { folder in
      let path = "\(folder)/narrow.safetensors"
      var writer = SafetensorsWriter()
      writer.add("fc.weight", shape: [1008, 1], FormulaTensors.tensor("fc.weight", [1008, 1]))
      writer.add(
        "Conv2d_1a_3x3.conv.weight", shape: [2, 3, 3, 3], [Float](repeating: 0, count: 54))
      try writer.write(to: path)
      #expect(throws: DiffusionError.self) { try InceptionFile(contentsOf: path) }
    }
    #expect(throws: DiffusionError.self) {
      try EvaluationSettings(metrics: [.fid]).inceptionFile()
    }
    #expect(try EvaluationSettings(inception: "/nowhere").inceptionFile() == nil)
  }

  // MARK: Features and distances

  private func pictures(_ count: Int, seed: UInt64, side: Int = 6) throws -> DataSet {
    let noise = CounterRandom(seed: seed).normals(
      count: count * side * side * 3, image: 0, step: 0, purpose: .data)
    // Bytes, each image of a brightness of its own.
    let values = noise.enumerated().map { i, value in
      let light = 0.3 * noise[i / (side * side * 3)]
      return (max(-1, min(1, light + 0.3 * value)) * 127.5).rounded() / 127.5
    }
    return try DataSet(
      name: "pictures", values: values, height: side, width: side, channels: 3)
  }

  @Test func distances() throws {
    let file = try Self.file()
    let (training, others) = (try pictures(44, seed: 1), try pictures(20, seed: 2))
    try withTemporaryFolder { folder in
      let cache = MeasureCache(folder: folder, kind: .features)
      let found = try [1, 2].map { workers -> [SessionEvent.MetricValue] in
        let pool = WorkerPool(count: workers)
        defer { pool.end() }
        let features = try InceptionFeatures(file, input: .pytorchFID, pool: pool, cache: cache)
        var distance = try InceptionDistance(features, training: training, samples: 20, pool: pool)
        return try distance(others.values(0..<20))
      }
      // The second is by features that were kept.
      #expect(found[0] == found[1])
      #expect(
        found[0].map(\.name) == ["eval/fid", "eval/fid_low", "eval/fid_high", "eval/fid_floor"])
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(names.count == 1 && names[0].hasSuffix(".features"))

      // The same from features that are fitted as any others.
      let pool = WorkerPool(count: 2)
      defer { pool.end() }
      let features = try InceptionFeatures(file, input: .pytorchFID, pool: pool, cache: nil)
      let real = try features(EvaluationImages(training, count: 10_000))
      let shape = Shape(count: 1, height: 6, width: 6, channels: 3)
      let samples = try features(others.values(0..<20), shape: shape)
      let plain = real.fit.frechetDistance(to: samples.fit)
      #expect(abs(found[0][0].value - plain) < 1e-6 * plain)
      let floor = real.rows(0..<20).fit.frechetDistance(to: real.rows(20..<40).fit)
      #expect(abs(found[0][3].value - floor) < 1e-6 * floor)
      #expect(found[0][1].value < plain && plain < found[0][2].value)

      // An image's features are its own, whatever is beside it; grey is colour three times.
      let one = try features(others.values(13..<14), shape: shape)
      #expect(one[0] == samples[13])
      let grey = (0..<36).map { Float($0) / 127.5 - 1 }
      let colour = grey.flatMap { [$0, $0, $0] }
      let ofGrey = try features(grey, shape: Shape(count: 1, height: 6, width: 6, channels: 1))
      let ofColour = try features(colour, shape: shape)
      #expect(ofGrey == ofColour)
      var broken = others.values(0..<20)
      broken[7] = .nan
      let kept = try InceptionFeatures(file, input: .pytorchFID, pool: pool, cache: cache)
      var distance = try InceptionDistance(kept, training: training, samples: 20, pool: pool)
      let ofBroken = try distance(broken)
      #expect(ofBroken[0].value.isNaN && ofBroken[3].value == found[0][3].value)
      // Features of the other program's input are others, and are not taken for these.
      let tensorFlow = try InceptionFeatures(file, input: .torchFidelity, pool: pool, cache: cache)
      let few = EvaluationImages(training, count: 6)
      let (here, there) = (try kept(few), try tensorFlow(few))
      #expect(here != there)
      struct Stop: Error {}
      #expect(throws: Stop.self) {
        try features(EvaluationImages(training, count: 44)) { done, _ in
          if done >= 32 { throw Stop() }
        }
      }
    }
  }

  @Test func dataThatHaveNone() throws {
    let vectors = try SyntheticImages.correlated(120, elements: 3, seed: 1, classes: 2)
    #expect(throws: DiffusionError.self) { try InceptionDistance.check(vectors) }
    try InceptionDistance.check(try pictures(2, seed: 3))
  }

  /// Where points are fewer than dimensions, by their products; leaving some out is a fit of the others.
  @Test func distancesOfFewPoints() throws {
    let dimension = 24
    func points(_ count: Int, _ seed: UInt64) -> FeatureRows {
      let normals = CounterRandom(seed: seed).normals(
        count: count * dimension, image: 0, step: 0, purpose: .data)
      return FeatureRows(
        normals.enumerated().map { Double($1) * Double($0 % dimension + 1) + 3 },
        dimension: dimension)
    }
    let (real, samples) = (points(80, 1), points(24, 2))
    let reference = try #require(FrechetReference(real.fit))
    let few = FrechetOfFew(real.fit, samples)
    func agrees(_ value: Double, _ other: Double) -> Bool { abs(value - other) < 1e-6 * other }
    #expect(agrees(few.distance(), reference.distance(to: samples.fit)))
    for left in [0..<3, 5..<6, 20..<24] {
      #expect(
        agrees(few.distance(without: left), reference.distance(to: samples.without(left).fit)))
    }
    let estimate = few.estimate(pool: nil)
    let whole = reference.estimate(samples)
    #expect(agrees(estimate.value, whole.value) && agrees(estimate.high, whole.high))
    let pool = WorkerPool(count: 2)
    defer { pool.end() }
    #expect(few.estimate(pool: pool) == estimate)
    #expect(reference.estimate(samples, pool: pool) == whole)
    #expect(reference.infinity(real, pool: pool) == reference.infinity(real))
  }
}
