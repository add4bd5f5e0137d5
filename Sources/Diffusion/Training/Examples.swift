import Kernels

/// One example's level of noise, and its class index: the null class where there is none.
public struct Example: Sendable, Hashable {
  /// How noisy it is made, and what the network hears of that.
  public var level: NoiseLevel
  /// Class index; the number of classes is the null class.
  public var classIndex: Int
  /// How much its loss counts.
  public var weight: Double
  /// Whether the network hears its own estimate; else zeros. Of self-conditioning.
  public var hearsEstimate: Bool
  /// Of a network that is told vectors: (D + 1), zeros for nothing; else empty.
  public var vector: [Float]
  /// Whether the condition is dropped.
  public var isDropped: Bool
  /// Of a network that is told what was done to the image: that; else empty. See ``Augmentation``.
  public var augmentation: [Float]

  /// An example's place.
  public init(
    level: NoiseLevel, classIndex: Int, weight: Double = 1, hearsEstimate: Bool = false,
    vector: [Float] = [], isDropped: Bool = false, augmentation: [Float] = []
  ) {
    self.augmentation = augmentation
    self.level = level
    self.classIndex = classIndex
    self.weight = weight
    self.hearsEstimate = hearsEstimate
    self.vector = vector
    self.isDropped = isDropped
  }
}

/// Writes example `position` of a batch: the clean image x0 and the noise ε, both (H, W, C). Called by several
/// threads at once, for different positions.
public typealias ExampleFiller =
  @Sendable (
    _ position: Int, _ x0: UnsafeMutableBufferPointer<Float>,
    _ noise: UnsafeMutableBufferPointer<Float>
  ) -> Example

/// Where training gets its batches from.
public protocol ExampleSource: AnyObject {
  /// Of the images, in pixels.
  var height: Int { get }
  /// Of the images, in pixels.
  var width: Int { get }
  /// Of the images.
  var channels: Int { get }
  /// Prepares the batch of a step; steps may come in any order.
  /// - Parameter history: the losses so far, where the levels are to follow them.
  func batch(step: Int, size: Int, history: LossHistory?) -> ExampleFiller
}

/// A data set in the order of its epochs, with levels as the process draws them and normal noise. All of it follows from
/// (seed, step, position), so that a step is the same whatever came before it.
public final class TrainingExamples: ExampleSource {
  private let data: DataSet
  private let random: CounterRandom
  private let process: NoiseProcess
  private let dropout: Double
  private let augmentation: Augmentation
  private let tellsAugmentation: Bool
  private let timesteps: TrainingSettings.Timesteps?
  private let hearsEstimates: Bool
  private let vector: VectorCondition?
  private let distillation: DistillationLevels?
  private var order: EpochOrder

  public var height: Int { data.height }
  public var width: Int { data.width }
  public var channels: Int { data.channels }

  /// - Parameters:
  ///   - dropout: probability of the null class in place of an image's own.
  ///   - augmentation: what is done to an image before it is noised.
  ///   - tellsAugmentation: whether the network is told what was done.
  ///   - timesteps: which levels; nil: as the process has it.
  ///   - hearsEstimates: whether half of the examples hear the network's own estimate.
  ///   - vector: the numbers that the network is told, if any.
  public convenience init(
    data: DataSet, seed: UInt64, process: NoiseProcess, dropout: Double = 0,
    augmentation: Augmentation = Augmentation(), tellsAugmentation: Bool = false,
    timesteps: TrainingSettings.Timesteps? = nil, hearsEstimates: Bool = false,
    vector: VectorCondition? = nil
  ) {
    self.init(
      data: data, seed: seed, process: process, dropout: dropout, augmentation: augmentation,
      tellsAugmentation: tellsAugmentation, timesteps: timesteps, hearsEstimates: hearsEstimates,
      vector: vector, distillation: nil)
  }

  /// The same at a student's own levels, where something is distilled.
  package init(
    data: DataSet, seed: UInt64, process: NoiseProcess, dropout: Double,
    augmentation: Augmentation, tellsAugmentation: Bool,
    timesteps: TrainingSettings.Timesteps?, hearsEstimates: Bool, vector: VectorCondition?,
    distillation: DistillationLevels?
  ) {
    self.distillation = distillation
    self.vector = vector
    self.hearsEstimates = hearsEstimates
    self.timesteps = timesteps
    self.data = data
    random = CounterRandom(seed: seed)
    self.process = process
    self.dropout = dropout
    self.augmentation = augmentation
    self.tellsAugmentation = tellsAugmentation
    order = EpochOrder(count: data.count, seed: seed)
  }

  public func batch(step: Int, size: Int, history: LossHistory?) -> ExampleFiller {
    let levels = TrainingLevels(
      timesteps, process: process, random: random, batch: size, history: history)
    let indices = order.batch(step: step, size: size)
    let drawn = indices.indices.map {
      augmentation.draw(
        $0, step: step, random: random, isMirrored: order.isMirrored($0, step: step))
    }
    return {
      [
        data, random, dropout, hearsEstimates, vector, augmentation, tellsAugmentation,
        distillation
      ]
      position, x0, noise in
      let index = indices[position]
      data.copy(index, mirrored: drawn[position].isMirrored, into: x0)
      augmentation.apply(
        drawn[position], to: x0, height: data.height, width: data.width, channels: data.channels)
      random.fillNormals(noise, image: position, step: step, purpose: .trainingNoise)
      let (level, weight) =
        distillation.map { ($0.level(position: position, step: step), 1) }
        ?? levels(position: position, step: step)
      let drop = random.uniforms(count: 1, image: position, step: step, purpose: .conditionDropout)
      let isDropped = Double(drop[0]) < dropout
      let label = isDropped ? nil : data.label(index)
      let hears =
        hearsEstimates
        && Double(
          random.uniforms(count: 1, image: position, step: step, purpose: .selfConditioning)[0])
          < OwnEstimate.share
      return Example(
        level: level, classIndex: label ?? data.classes, weight: weight, hearsEstimate: hears,
        vector: vector.map {
          isDropped ? [Float](repeating: 0, count: $0.width) : $0.row(data, index)
        } ?? [], isDropped: isDropped,
        augmentation: tellsAugmentation ? augmentation.label(drawn[position]) : [])
    }
  }
}
