import Kernels
import Synchronization
import TestSupport
import Testing

@testable import Diffusion

@Suite struct HeldOutLossTests {
  /// Predicts that the noise is the noisy image itself, and writes down what it was asked.
  private final class Echo: Network {
    let layout: ParameterLayout
    let channels = 3
    let classes: Int
    let sizeMultiple = 1
    let asked = Mutex<[(timestep: Int, label: Int?)]>([])

    init(classes: Int) {
      self.classes = classes
      var layout = ParameterLayout()
      _ = layout.declare("unused", [1], .zeros)
      self.layout = layout
    }

    func predict(
      _ x: Tensor, times: [Float], condition: Condition, augmentation: [Float]?, on tape: Tape
    ) -> Tensor {
      let labels: [Int]? = if case .classes(let labels) = condition { labels } else { nil }
      asked.withLock { asked in
        for (i, timestep) in times.enumerated() { asked.append((Int(timestep), labels?[i])) }
      }
      return x
    }

    func flops(height: Int, width: Int) -> Double { 0 }
    func trainingFlops(height: Int, width: Int) -> Double { 0 }
    func activations(height: Int, width: Int) -> Int { height * width * channels }
    func layers(height: Int, width: Int) -> [NetworkLayer] { [] }
  }

  private func predictor(_ network: any Network, workers: Int = 1, side: Int = 2) -> Predictor {
    Predictor(
      network: network, values: AlignedBuffer(network.layout.initialValues(seed: 1)),
      height: side, width: side, pool: WorkerPool(count: workers))
  }

  private func images(_ count: Int, side: Int = 2, classes: Int = 0) throws -> DataSet {
    let elements = side * side * 3
    return try DataSet(
      name: "made-up",
      values: SyntheticImages.correlated(count, elements: elements, seed: 6).values(0..<count),
      height: side, width: side, channels: 3,
      labels: classes > 0 ? (0..<count).map { Int32($0 % classes) } : [], classes: classes)
  }

  /// |x_t − ε|²/D image by image, from the definition; 300 images take two pieces.
  @Test func theLossByItsDefinition() throws {
    let data = try images(300)
    let process = try NoiseProcess(DiffusionSettings(steps: 40))
    let loss = HeldOutLoss(data: data, count: 300, process: process)
    let chosen = EvaluationImages(data, count: 300)
    let random = CounterRandom(seed: 0)
    var expected = 0.0
    for i in 0..<300 {
      let u = random.uniforms(count: 1, image: i, step: 0, purpose: .evaluationTimestep)[0]
      let t = Int((Double(i) + Double(u)) * 40 / 300)
      let noise = random.normals(count: 12, image: i, step: 0, purpose: .evaluationNoise)
      let noised = try #require(process.table).addNoise(
        to: chosen.values(i..<i + 1), noise: noise, timestep: t)
      for (x, epsilon) in zip(noised, noise) {
        expected += Double(x - epsilon) * Double(x - epsilon) / 3600
      }
    }
    let network = Echo(classes: 0)
    // Sums of 3,600 squares in Double; the differences are rounded to Float in `expected` alone.
    let measured = try loss(predictor(network))
    #expect(abs(measured / expected - 1) < 1e-6)
    #expect(network.asked.withLock { $0.allSatisfy { $0.label == nil } })
  }

  /// One timestep in each of N equal parts of 0 ..< T.
  @Test(arguments: [(10, 1000), (100, 100), (150, 40)])
  func timestepsAreStratified(count: Int, steps: Int) throws {
    let network = Echo(classes: 4)
    let data = try images(400, classes: 4)
    let loss = HeldOutLoss(
      data: data, count: count, process: try NoiseProcess(DiffusionSettings(steps: steps)))
    #expect(loss.count == count)
    _ = try loss(predictor(network))
    let asked = network.asked.withLock { $0 }
    #expect(asked.count == count)
    for (i, (timestep, _)) in asked.enumerated() {
      let part = (i * steps / count)...((i + 1) * steps / count)
      #expect(part.contains(timestep) && timestep < steps)
    }
    // Each is told its own class.
    #expect(asked.compactMap(\.label) == EvaluationImages(data, count: count).labels)
  }

  @Test func withoutALabelItIsTheNullClass() throws {
    let network = Echo(classes: 4)
    let loss = HeldOutLoss(
      data: try images(5), count: 5, process: try NoiseProcess(DiffusionSettings()))
    _ = try loss(predictor(network))
    #expect(network.asked.withLock { $0.map(\.label) } == [4, 4, 4, 4, 4])
  }

  /// An untrained network of the real kind, whose output convolution is zero: it predicts no noise,
  /// and the loss is the mean of ε². Then with all weights, on one worker and on three.
  @Test func ofTheSmallUNet() throws {
    let network = SmallUNet(
      ModelSettings(levels: 2, baseChannels: 8), conditioning: ConditioningSettings(kind: .class),
      channels: 3, classes: 4, timeSpan: 1000)
    let data = try images(70, side: 8, classes: 4)
    let loss = HeldOutLoss(
      data: data, count: 64, process: try NoiseProcess(DiffusionSettings()))
    var values = network.layout.initialValues(seed: 3)
    func measure(_ values: [Float], workers: Int) throws -> Double {
      let pool = WorkerPool(count: workers)
      defer { pool.end() }
      return try loss(
        Predictor(
          network: network, values: AlignedBuffer(values), height: 8, width: 8, pool: pool))
    }
    let one = try measure(values, workers: 1)
    #expect(try measure(values, workers: 3) == one)
    #expect(one.isFinite && one > 0)

    for parameter in network.layout.parameters where parameter.name.hasPrefix("output.") {
      for place in parameter.range { values[place] = 0 }
    }
    let squares = (0..<64).flatMap(loss.noise).reduce(0) { $0 + Double($1) * Double($1) }
    let zero = try measure(values, workers: 1)
    #expect(abs(zero - squares / (64 * 192)) < 1e-12)
    // Five standard errors of the mean of 12,288 squared normals, √(2/n).
    #expect(abs(zero - 1) < 0.064 && zero != one)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let process = try NoiseProcess(DiffusionSettings())
    let network = Echo(classes: 2)
    for data in [try images(5, side: 3), try images(5, classes: 3)] {
      let error = #expect(throws: DiffusionError.self) {
        try HeldOutLoss(data: data, count: 5, process: process)(predictor(network))
      }
      #expect(error?.kind == .badInput)
    }
    let none = HeldOutLoss(data: try images(5), count: 0, process: process)
    #expect(try none(predictor(network)).isNaN)
  }
}
