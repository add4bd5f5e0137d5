public import Kernels

/// What a network is told about each image of a batch.
public enum Condition: Sendable, Hashable {
  /// Nothing is said.
  case none
  /// Class indices, one an image; the number of classes is the null class.
  case classes([Int])
  /// Vectors (N, dimension), row by row; zeros are the null condition.
  case vectors([Float], dimension: Int)

  /// Class indices of `count` images, the null class where nothing is said of classes.
  func indices(count: Int, null: Int) -> [Int] {
    switch self {
    case .classes(let indices): indices
    case .none, .vectors: [Int](repeating: null, count: count)
    }
  }
}

/// A network that predicts noise (or another `PredictionTarget`): written forward only, its gradient coming from the tape.
public protocol Network: Sendable {
  /// Parameters by their PyTorch names.
  var layout: ParameterLayout { get }
  /// Channels of the images.
  var channels: Int { get }
  /// Channels of what it says: those of the images, and as many for the variances where they are learned.
  var outputChannels: Int { get }
  /// Channels of what it sees beside the image: see ``SideChannels``.
  var side: SideChannels { get }
  /// Heights and widths are multiples of it.
  var sizeMultiple: Int { get }
  /// Number of classes it can be told, 0 if none.
  var classes: Int { get }
  /// D + 1 of vectors that it can be told (``VectorCondition``), 0 if none.
  var conditionWidth: Int { get }
  /// Numbers of what was done to an image that it can be told (``Augmentation``), 0 if none.
  var augmentationWidth: Int { get }

  /// x (N, H, W, channels and side channels) at N times → prediction (N, H, W, outputChannels).
  /// - Parameter augmentation: (N, augmentationWidth), what was done to the images; nil: nothing.
  func predict(
    _ x: Tensor, times: [Float], condition: Condition, augmentation: [Float]?, on tape: Tape
  ) -> Tensor

  /// FLOPs to predict for one image, products of convolutions and linear layers alone.
  func flops(height: Int, width: Int) -> Double
  /// FLOPs to train on one image: three times the forward's less the gradient to the image itself, which
  /// nobody needs.
  func trainingFlops(height: Int, width: Int) -> Double
  /// Floats that one image's activations take when training: decides how many images go together.
  func activations(height: Int, width: Int) -> Int
  /// Most images that go through the network together, however little memory they take.
  var largestMicroBatch: Int { get }
  /// Images that a lane of a batch has at least, where the settings do not say how many lanes there are.
  var leastLane: Int { get }
  /// Layer by layer, for a person to read.
  func layers(height: Int, width: Int) -> [NetworkLayer]
}

extension Network {
  public var outputChannels: Int { channels }
  public var side: SideChannels { SideChannels() }
  public var conditionWidth: Int { 0 }
  public var augmentationWidth: Int { 0 }

  /// Of images as they are: samples, and all that is measured.
  public func predict(
    _ x: Tensor, times: [Float], condition: Condition, on tape: Tape
  ) -> Tensor {
    predict(x, times: times, condition: condition, augmentation: nil, on: tape)
  }

  // Of images: one is work enough to share a batch by.
  public var largestMicroBatch: Int { 32 }
  public var leastLane: Int { 1 }
}

/// One line of a network's description.
public struct NetworkLayer: Sendable, Hashable, Codable {
  /// Name of its parameters, without the last part.
  public var name: String
  /// What it does: `conv 3×3`, `linear` …
  public var kind: String
  /// (channels, height, width) of what comes out, or (channels) of a vector.
  public var output: [Int]
  /// Number of its parameters' values.
  public var parameters: Int
  /// FLOPs of one image, forward.
  public var flops: Double
}
