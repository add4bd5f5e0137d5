import Kernels

/// How well a network predicts its target, mostly the noise, in images it was not trained on: the mean squared error
/// |ε̂(x_t, t) − ε|²/D over held-out images, each at one level and with one noise of its own.
///
/// Images, levels and noise are frozen, the same in every run whatever its seed, so that two
/// networks meet the very same task. Levels are stratified: t_i = ⌊(i + u_i)·T/N⌋, or u alike. Not comparable
/// between noise schedules or targets, which set different tasks.
public struct HeldOutLoss: Sendable {
  private let images: EvaluationImages
  private let process: NoiseProcess
  private let vector: VectorCondition?
  private let degradation: Degradation?
  private let random = CounterRandom(seed: 0)

  /// N, the images it is measured on.
  public var count: Int { images.count }

  /// - Parameters:
  ///   - data: held-out images.
  ///   - count: N; all of them if there are no more.
  ///   - process: what the network was trained on.
  ///   - vector: the numbers that it is told, if any.
  ///   - degradation: what it is told of the image itself, if anything.
  public init(
    data: DataSet, count: Int, process: NoiseProcess, vector: VectorCondition? = nil,
    degradation: Degradation? = nil
  ) {
    images = EvaluationImages(data, count: count)
    self.process = process
    self.vector = vector
    self.degradation = degradation
  }

  /// The level of image i.
  func level(_ i: Int) -> NoiseLevel {
    let u = Double(random.uniforms(count: 1, image: i, step: 0, purpose: .evaluationTimestep)[0])
    guard let table = process.table else {
      return process.trainedLevel(at: (Double(i) + u) / Double(count))
    }
    let t = (Double(i) + u) * Double(table.steps) / Double(count)
    return table.level(min(Int(t), table.steps - 1))
  }

  /// (D): the noise of image i.
  func noise(_ i: Int) -> [Float] {
    random.normals(count: images.elements, image: i, step: 0, purpose: .evaluationNoise)
  }

  /// The mean squared error; NaN if there are no images. The same bits for any number of workers.
  ///
  /// Conditional networks are told each image's own class, or the null class where it has none.
  /// - Throws: `DiffusionError(.badInput)` if the images do not fit the network.
  public func callAsFunction(_ predictor: Predictor) throws -> Double {
    let data = images.data
    guard data.height == predictor.height, data.width == predictor.width,
      data.channels == predictor.network.channels
    else {
      throw DiffusionError(
        .badInput,
        "\(data.name)'s held-out images are \(data.height)×\(data.width)×\(data.channels); the "
          + "network takes \(predictor.height)×\(predictor.width)×\(predictor.network.channels)")
    }
    let classes = predictor.network.classes
    guard classes == 0 || data.classes <= classes else {
      throw DiffusionError(
        .badInput,
        "\(data.name) has \(data.classes) classes; the network has \(classes) of them")
    }
    var sum = 0.0
    for chunk in images.chunks() {
      var noised = images.values(chunk)
      var targets: [Double] = []
      targets.reserveCapacity(noised.count)
      let levels = chunk.map(level)
      let (prediction, sigmaData) = (process.prediction, process.sigmaData)
      for (row, place) in chunk.enumerated() {
        let level = levels[row]
        let scale = Float(prediction.inputScale(at: level, sigmaData: sigmaData))
        for (k, noise) in noise(place).enumerated() {
          let x0 = noised[row * images.elements + k]
          noised[row * images.elements + k] = scale * level.noised(x0: x0, noise: noise)
          targets.append(
            prediction.target(
              x0: Double(x0), noise: Double(noise), at: level, sigmaData: sigmaData))
        }
      }
      let outputs = predictor.predict(
        noised, times: levels.map { Float($0.time) },
        condition: vector?.rows(data, chunk.map { images.indices[$0] })
          ?? (classes == 0
            ? Condition.none : .classes(chunk.map { data.label(images.indices[$0]) ?? classes })),
        beside: degradation?.beside(
          data, chunk.map { images.indices[$0] }, side: predictor.network.side))
      for (predicted, target) in zip(outputs, targets) {
        let error = Double(predicted) - target
        sum += error * error
      }
    }
    return sum / Double(count * images.elements)
  }
}
