import Kernels

/// Channels that a network takes beside those of the noisy image, in this order behind them.
public struct SideChannels: Sendable, Hashable {
  /// Of its own last estimate x̂_0: as many as the image has, or none (Chen, Zhang & Hinton 2022, section 3.2).
  public var estimate: Int
  /// Of an image that it is conditioned on.
  public var condition: Int

  /// No channels of either unless they are given.
  public init(estimate: Int = 0, condition: Int = 0) {
    self.estimate = estimate
    self.condition = condition
  }

  /// Of both together.
  public var count: Int { estimate + condition }
}

extension Network {
  /// Channels of the tensor that it takes: the image's and those beside it.
  public var inputChannels: Int { channels + side.count }
}

extension Tensor {
  /// Overwrites some channels of each pixel by those of another tensor, from a channel on.
  func set(_ other: Tensor, from channel: Int) {
    for pixel in 0..<shape.count * shape.pixels {
      (data + pixel * shape.channels + channel).update(
        from: other.data + pixel * other.shape.channels, count: other.shape.channels)
    }
  }

  /// Fills a network's input, pixel by pixel: the image's channels, then those beside it.
  /// - Parameters:
  ///   - image: (N, H, W, channels).
  ///   - beside: (N, H, W, side channels); nil: zeros.
  func fill(_ image: UnsafePointer<Float>, channels: Int, beside: UnsafePointer<Float>?) {
    let side = shape.channels - channels
    for pixel in 0..<shape.count * shape.pixels {
      let place = data + pixel * shape.channels
      place.update(from: image + pixel * channels, count: channels)
      if let beside {
        (place + channels).update(from: beside + pixel * side, count: side)
      } else {
        (place + channels).update(repeating: 0, count: side)
      }
    }
  }
}
