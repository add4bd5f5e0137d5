public import Kernels

/// A network that guides another's samples, worse than that one and told the same (Karras et al. 2024, "Guiding a Diffusion
/// Model with a Bad Version of Itself", section 3).
///
/// It may be of any architecture and predict anything: what it says of x is said again in the guided network's terms. Of a
/// network that is told less than the other it hears nothing of what it does not know.
public struct GuideNetwork: Sendable {
  let predictor: Predictor
  /// The levels that it knows, with what it predicts of them; nil: as the network that it guides.
  let process: NoiseProcess?
  /// How a vector of the other's is told it; nil: as it is.
  private let vectors: VectorTranslation?

  /// The guided network itself, with other weights.
  public init(_ predictor: Predictor) {
    self.predictor = predictor
    process = nil
    vectors = nil
  }

  /// Another network.
  ///
  /// - Parameters:
  ///   - file: what guides.
  ///   - description: of the network that is guided.
  ///   - process: that one's.
  ///   - height: of what is drawn, in pixels; nil: as the description has it.
  ///   - width: of what is drawn, in pixels; nil: as the description has it.
  /// - Throws: `DiffusionError(.badInput)` where it cannot guide: of other images, another noise process, told what the
  ///   other one is not, or diverged.
  public init(
    _ file: NetworkFile, guiding description: NetworkDescription, process: NoiseProcess,
    height: Int? = nil, width: Int? = nil, precision: Precision = .fp32,
    kernels: KernelSet = .best, pool: WorkerPool
  ) throws {
    let own = try file.checkedAsGuide(of: description, process)
    let (height, width) = (height ?? description.height, width ?? description.width)
    let network = own.network
    guard height % network.sizeMultiple == 0, width % network.sizeMultiple == 0 else {
      throw DiffusionError(
        .badInput,
        "sampling.guide: images of \(height)×\(width) do not go through the guide, which takes multiples of "
          + "\(network.sizeMultiple)")
    }
    predictor = Predictor(
      network: network, values: file.values, height: height, width: width, precision: precision,
      kernels: kernels, pool: pool)
    self.process = own.process
    vectors = VectorTranslation(from: description.vector, to: file.description.vector)
  }

  /// What it is told where the guided network is told this.
  func condition(_ told: Condition) -> Condition {
    switch told {
    case .none: .none
    case .classes: predictor.network.classes > 0 ? told : .none
    case .vectors(let values, let dimension):
      predictor.network.conditionWidth > 0
        ? .vectors(
          vectors?.callAsFunction(values) ?? values, dimension: vectors?.otherWidth ?? dimension)
        : .none
    }
  }
}

/// The same numbers, brought to the scale of another network, and to the values that its categories take.
private struct VectorTranslation: Sendable {
  /// Of each of the other's: the place among the own ones, and z′ = factor·z + offset; nil: there is none, 0.
  private let columns: [(place: Int, factor: Double, offset: Double)?]
  private let width: Int
  /// Of the other's rows.
  let otherWidth: Int

  /// nil where nothing changes, or there is no vector.
  init?(from own: VectorCondition?, to other: VectorCondition?) {
    guard let own, let other, own != other else { return nil }
    var columns: [(place: Int, factor: Double, offset: Double)?] = []
    var first = 0
    for i in own.names.indices {
      let (kinds, others) = (own.kinds(i), other.kinds(i))
      if others.isEmpty {
        columns.append(
          (
            place: first, factor: own.deviations[i] / other.deviations[i],
            offset: (own.means[i] - other.means[i]) / other.deviations[i]
          ))
      }
      for kind in others {
        columns.append(
          kinds.firstIndex(of: kind).map { (place: first + $0, factor: 1, offset: 0) })
      }
      first += max(1, kinds.count)
    }
    self.columns = columns
    (width, otherWidth) = (own.width, other.width)
  }

  /// - Parameter values: (N, width); rows of zeros, which say nothing, stay so.
  func callAsFunction(_ values: [Float]) -> [Float] {
    stride(from: 0, to: values.count, by: width).flatMap { row -> [Float] in
      let isTold = values[row + width - 1]
      guard isTold != 0 else { return [Float](repeating: 0, count: otherWidth) }
      return columns.map { column in
        column.map { Float($0.factor * Double(values[row + $0.place]) + $0.offset) } ?? 0
      } + [isTold]
    }
  }
}

extension NetworkFile {
  /// That it can guide another network.
  ///
  /// - Parameters:
  ///   - guided: the other one.
  ///   - process: that one's.
  /// - Returns: it, and the noise process with what it predicts: the other's, where its files do not say.
  /// - Throws: `DiffusionError(.badInput)`.
  func checkedAsGuide(
    of guided: NetworkDescription, _ process: NoiseProcess
  ) throws -> (network: any Network, process: NoiseProcess) {
    func refuse(_ what: String) -> DiffusionError {
      DiffusionError(.badInput, "sampling.guide: \(what)")
    }
    try requireProcess()
    if notFinite != nil {
      throw refuse("the guide has weights that are not finite: it has diverged")
    }
    func size(_ network: NetworkDescription) -> String {
      "\(network.channels)×\(network.height)×\(network.width)"
    }
    guard description.channels == guided.channels,
      !origin.saysSize
        || (description.height == guided.height && description.width == guided.width)
    else {
      throw refuse(
        "the guide is of images of \(size(description)), and what it would guide of \(size(guided))"
      )
    }
    try checkTold(of: guided, refuse)
    guard origin.saysProcess else {
      // Its time embedding may depend on the number of noise levels.
      var assumed = description
      assumed.diffusion = process.settings
      return (try assumed.makeNetwork(), process)
    }
    let own = try NoiseProcess(description.diffusion)
    guard own.hasLevels(of: process) else {
      throw refuse(
        "the guide was trained on another noise process: what it says of a level is nothing about the same image; "
          + "name one with the same diffusion.process and diffusion.schedule")
    }
    return (network, own)
  }

  /// What the guide is told has to be something that the other one is told too.
  private func checkTold(
    of guided: NetworkDescription, _ refuse: (String) -> DiffusionError
  ) throws {
    let (own, other) = (description.conditioning, guided.conditioning)
    guard own.kind != .none else { return }
    guard own.kind == other.kind else {
      throw refuse(
        "the guide is told a condition of kind \(own.kind.rawValue), and what it would guide "
          + "\(other.kind == .none ? "none" : "one of kind \(other.kind.rawValue)"): name one that is told the same, or nothing"
      )
    }
    switch own.kind {
    case .none: break
    case .class:
      guard description.classes == guided.classes else {
        throw refuse(
          "the guide knows \(description.classes) classes, and what it would guide \(guided.classes)"
        )
      }
    case .vector:
      let (names, others) = (description.vector?.names ?? [], guided.vector?.names ?? [])
      guard names == others else {
        throw refuse(
          "the guide is told \(names.joined(separator: ", ")), and what it would guide "
            + others.joined(separator: ", "))
      }
      let areCategories = names.indices.map { description.vector?.kinds($0).isEmpty == false }
      guard areCategories == names.indices.map({ guided.vector?.kinds($0).isEmpty == false }) else {
        throw refuse(
          "the guide takes other numbers as categories (conditioning.categories) than what it would guide"
        )
      }
    case .image:
      guard own.degradation == other.degradation else {
        throw refuse(
          "the guide restores images of another task (conditioning.task) than what it would guide")
      }
    }
  }
}

extension NoiseProcess {
  /// Whether networks of both are told the same of the same noisy images, whatever they predict.
  func hasLevels(of other: NoiseProcess) -> Bool {
    if let table, let others = other.table {
      guard table.steps == others.steps else { return false }
      // Numbers that another program wrote are rounded.
      return (0..<table.steps).allSatisfy { step in
        let (own, theirs) = (table.level(step).logRatio, others.level(step).logRatio)
        return own == theirs || abs(own - theirs) < 1e-4
      }
    }
    if case .edm(_, let low, let high, let rho) = settings.process,
      case .edm(_, let otherLow, let otherHigh, let otherRho) = other.settings.process
    {
      return low == otherLow && high == otherHigh && rho == otherRho
    }
    return settings.process == other.settings.process
  }

  /// Says in the terms of this process's target what a network of another one has said of x: both are linear in x̂_0.
  ///
  /// - Parameters:
  ///   - output: (N, D), overwritten.
  ///   - x: (N, D).
  ///   - level: of both, σ > 0.
  ///   - other: whose target it is; nil: this one's.
  func translate(
    _ output: inout [Float], x: [Float], at level: NoiseLevel, from other: NoiseProcess?
  ) {
    guard let other, !other.predicts(as: self) else { return }
    let theirs = other.prediction.form(at: level, sigmaData: other.sigmaData)
    let own = prediction.form(at: level, sigmaData: sigmaData)
    for i in x.indices {
      let x0 = (theirs.x * Double(x[i]) + theirs.output * Double(output[i])) / theirs.divisor
      output[i] = Float((x0 * own.divisor - own.x * Double(x[i])) / own.output)
    }
  }

  /// Whether networks of both say the same of the same level.
  func predicts(as other: NoiseProcess) -> Bool {
    prediction == other.prediction && (prediction != .edm || sigmaData == other.sigmaData)
  }
}

extension SamplingSettings {
  /// That the guide which is named is there, and fits: before anything is trained.
  /// - Throws: `DiffusionError(.badInput)`.
  func check(
    _ guide: NetworkFile?, of description: NetworkDescription, _ process: NoiseProcess
  ) throws {
    guard let guide else {
      guard self.guide == nil else {
        throw DiffusionError(
          .badInput, "sampling.guide: the network that is to guide is not at hand")
      }
      return
    }
    _ = try guide.checkedAsGuide(of: description, process)
    guard guide.network.side.estimate > 0, guidance != 1, !sampler.asksOnceALevel else { return }
    throw DiffusionError(
      .badInput,
      "sampling.guide: the guide is told its own last estimate (conditioning.self), and sampling.sampler "
        + "\(sampler.rawValue) asks it more than once at a level: take "
        + Sampler.onceALevel.alternatives)
  }
}
