import Kernels

/// A worse version of an image that a network is told to restore it from: what `conditioning.kind: image` is of
/// (super-resolution as in Saharia 2021, "Image Super-Resolution via Iterative Refinement"; colouring and inpainting as in
/// Saharia 2022, "Palette").
public struct Degradation: Sendable, Hashable {
  /// What the network is to do.
  public enum Task: String, Sendable, Hashable, Codable, CaseIterable {
    /// From the means of factor×factor pixels, brought back to the image's size bilinearly.
    case superResolution = "super-resolution"
    /// From the image in grey, 0.299·R + 0.587·G + 0.114·B.
    case colouring
    /// From the image with a box left out, 0 there, and a channel that is 1 in the box and 0 elsewhere.
    case inpainting
  }

  /// What the network is to do.
  public var task: Task
  /// Of super-resolution.
  public var factor: Int

  /// Of super-resolution by 4 unless another is given.
  public init(_ task: Task, factor: Int = 4) {
    self.task = task
    self.factor = factor
  }

  /// Of super-resolution.
  package static let factors = 2...16

  /// Channels of what the network is told of images with so many.
  func channels(of channels: Int) -> Int {
    switch task {
    case .superResolution: channels
    case .colouring: 1
    case .inpainting: channels + 1
    }
  }

  /// Channels of it that are a picture: all but inpainting's mask.
  func shownChannels(of channels: Int) -> Int { task == .colouring ? 1 : channels }

  /// Why no such images are degraded; nil if nothing is in the way.
  func problem(height: Int, width: Int, channels: Int) -> String? {
    switch task {
    case .superResolution where !Self.factors.contains(factor):
      "conditioning.factor is \(factor), not \(Self.factors.lowerBound) to \(Self.factors.upperBound)"
    case .superResolution where height % factor != 0 || width % factor != 0:
      "images of \(height)×\(width) are not made of \(factor)×\(factor) blocks: set data.size or conditioning.factor"
    case .colouring where channels != 3:
      "colouring takes coloured images, not \(channels) \(channels == 1 ? "channel" : "channels"): leave data.channels out"
    case .inpainting where height < 4 || width < 4:
      "images of \(height)×\(width) are too small to leave a box out"
    default: nil
    }
  }

  /// Writes what the network is told of an image.
  /// - Parameters:
  ///   - image: (H, W, C).
  ///   - u: four uniforms in [0, 1): sides and place of inpainting's box, whose sides are a quarter to a half of the
  ///     image's; not looked at by the others.
  ///   - out: (H, W, ``channels(of:)``).
  func apply(
    _ image: UnsafePointer<Float>, height: Int, width: Int, channels: Int, u: [Float],
    into out: UnsafeMutablePointer<Float>
  ) {
    switch task {
    case .superResolution:
      shrink(image, height: height, width: width, channels: channels, into: out)
    case .colouring:
      for pixel in 0..<height * width {
        let (red, green, blue) = (
          image[pixel * channels], image[pixel * channels + 1], image[pixel * channels + 2]
        )
        out[pixel] = 0.299 * red + 0.587 * green + 0.114 * blue
      }
    case .inpainting:
      func side(_ whole: Int, _ u: Float) -> Int {
        let (least, most) = (max(1, whole / 4), max(1, whole / 2))
        return min(most, least + Int(u * Float(most - least + 1)))
      }
      func start(_ whole: Int, _ side: Int, _ u: Float) -> Int {
        min(whole - side, Int(u * Float(whole - side + 1)))
      }
      let (rows, columns) = (side(height, u[0]), side(width, u[1]))
      let (top, left) = (start(height, rows, u[2]), start(width, columns, u[3]))
      for row in 0..<height {
        for column in 0..<width {
          let isMissing =
            (top..<top + rows).contains(row) && (left..<left + columns).contains(column)
          let (from, to) = (
            image + (row * width + column) * channels, out + (row * width + column) * (channels + 1)
          )
          for c in 0..<channels { to[c] = isMissing ? 0 : from[c] }
          to[channels] = isMissing ? 1 : 0
        }
      }
    }
  }

  /// The means of blocks, and between their middles in proportion.
  private func shrink(
    _ image: UnsafePointer<Float>, height: Int, width: Int, channels: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    let (rows, columns) = (height / factor, width / factor)
    var small = [Float](repeating: 0, count: rows * columns * channels)
    let share = 1 / Float(factor * factor)
    for row in 0..<height {
      for column in 0..<width {
        for c in 0..<channels {
          small[((row / factor) * columns + column / factor) * channels + c] +=
            share * image[(row * width + column) * channels + c]
        }
      }
    }
    /// The two blocks that a pixel lies between, and the share of the second.
    func between(_ pixel: Int, _ blocks: Int) -> (Int, Int, Float) {
      let place = max(0, min(Float(blocks - 1), (Float(pixel) + 0.5) / Float(factor) - 0.5))
      let first = min(Int(place), max(0, blocks - 2))
      return (first, min(first + 1, blocks - 1), place - Float(first))
    }
    for row in 0..<height {
      let (top, bottom, down) = between(row, rows)
      for column in 0..<width {
        let (left, right, across) = between(column, columns)
        for c in 0..<channels {
          func value(_ row: Int, _ column: Int) -> Float {
            small[(row * columns + column) * channels + c]
          }
          let upper = (1 - across) * value(top, left) + across * value(top, right)
          let lower = (1 - across) * value(bottom, left) + across * value(bottom, right)
          out[(row * width + column) * channels + c] = (1 - down) * upper + down * lower
        }
      }
    }
  }

  // MARK: Held-out images

  /// What a network is told of held-out images, the same in every run: (places, H, W, channels).
  /// - Parameter places: of the data.
  func conditions(_ data: DataSet, _ places: some Sequence<Int>) -> [Float] {
    let random = CounterRandom(seed: 0)
    let count = data.height * data.width * channels(of: data.channels)
    return places.flatMap { place in
      let image = data.values(place..<place + 1)
      let u = random.uniforms(count: 4, image: place, step: 0, purpose: .evaluationMask)
      return [Float](unsafeUninitializedCapacity: count) { out, initialized in
        initialized = count
        image.withUnsafeBufferPointer { image in
          guard let image = image.baseAddress, let out = out.baseAddress else { return }
          apply(
            image, height: data.height, width: data.width, channels: data.channels, u: u, into: out)
        }
      }
    }
  }

  /// The same as a network's channels beside the image, zeros for its own estimate.
  func beside(_ data: DataSet, _ places: some Sequence<Int>, side: SideChannels) -> [Float] {
    let conditions = conditions(data, places)
    guard side.estimate > 0 else { return conditions }
    let zeros = [Float](repeating: 0, count: side.estimate)
    return stride(from: 0, to: conditions.count, by: side.condition).flatMap {
      zeros + conditions[$0..<$0 + side.condition]
    }
  }
}

extension Degradation {
  /// What a network is told of an image that it is trained on: zeros where the condition is dropped.
  func tell(
    _ image: UnsafeMutableBufferPointer<Float>, of example: Example,
    _ size: (height: Int, width: Int, channels: Int), seed: UInt64, step: Int, position: Int,
    into out: UnsafeMutableBufferPointer<Float>
  ) {
    guard !example.isDropped, let image = image.baseAddress, let start = out.baseAddress else {
      out.update(repeating: 0)
      return
    }
    apply(
      image, height: size.height, width: size.width, channels: size.channels,
      u: CounterRandom(seed: seed).uniforms(
        count: 4, image: position, step: step, purpose: .mask), into: start)
  }
}
