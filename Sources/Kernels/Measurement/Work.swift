/// What an operation does to a micro-batch, as its meter is told.
public struct Work: Sendable, Hashable {
  /// Which way through the network.
  public enum Pass: String, Sendable, Hashable, Codable, CaseIterable {
    /// From the image to the prediction.
    case forward
    /// From the loss back, all gradients of an operation at once.
    case backward
    /// The gradient to what an operation reads.
    case dataGradient = "data gradient"
    /// The gradient to an operation's parameters.
    case weightGradient = "weight gradient"
    /// In forward and backward passes alike.
    case both
    /// Of the weights, once a step.
    case update
  }

  /// What is done: `convolution 3×3, stride 2`.
  public var operation: String
  /// To what, whatever the number of images: `64→128, 32×32`.
  public var shape: String
  /// Which way through the network it goes.
  public var pass: Pass
  /// Images it is done to at once.
  public var images: Int
  /// Of products, 2 per multiply-add; 0 for what only moves values.
  public var flops: Double
  /// Read and written at least, each operand once.
  public var bytes: Double

  /// Work that is described by hand.
  public init(
    _ operation: String, _ pass: Pass, shape: String, images: Int = 0, flops: Double = 0,
    bytes: Double = 0
  ) {
    self.operation = operation
    self.shape = shape
    self.pass = pass
    self.images = images
    self.flops = flops
    self.bytes = bytes
  }

  /// - Parameters:
  ///   - shape: of what the operation is named after, as a rule its output.
  ///   - touching: float32 values read and written.
  public init(
    _ operation: String, _ pass: Pass, _ shape: Shape, flops: Double = 0, touching values: Int
  ) {
    self.init(
      operation, pass, shape: shape.imageDescription, images: shape.count, flops: flops,
      bytes: Double(values * MemoryLayout<Float>.stride))
  }
}

extension Work {
  /// What is left of a worker's share when all that tells its work is taken away.
  public static let unmeasured = Work("everything else", .both, shape: "")
}

extension Shape {
  /// Of one image: `64, 32×32`, or of a vector `64`.
  public var imageDescription: String {
    pixels == 1 ? "\(channels)" : "\(channels), \(height)×\(width)"
  }
}
