import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// What is done to images before they are trained on.
@Suite struct AugmentationTests {
  private func applied(
    _ augmentation: Augmentation, _ draw: Augmentation.Draw, to image: [Float], height: Int,
    width: Int, channels: Int = 1
  ) -> [Float] {
    var image = image
    image.withUnsafeMutableBufferPointer {
      augmentation.apply(draw, to: $0, height: height, width: width, channels: channels)
    }
    return image
  }

  /// By hand: what leaves is gone, what comes in is the edge again.
  @Test(
    arguments: [
      (1, 0, [1, 1, 2, 4, 4, 5, 7, 7, 8]), (-1, 0, [2, 3, 3, 5, 6, 6, 8, 9, 9]),
      (0, 1, [1, 2, 3, 1, 2, 3, 4, 5, 6]), (0, -1, [4, 5, 6, 7, 8, 9, 7, 8, 9]),
      (2, -1, [4, 4, 4, 7, 7, 7, 7, 7, 7]), (-2, 2, [3, 3, 3, 3, 3, 3, 3, 3, 3]),
    ] as [(Int, Int, [Float])])
  func moves(right: Int, down: Int, expected: [Float]) {
    let found = applied(
      Augmentation(shift: 2), .init(right: right, down: down), to: [1, 2, 3, 4, 5, 6, 7, 8, 9],
      height: 3, width: 3)
    #expect(found == expected)
  }

  /// Of any size and direction the definition: pixel (y, x) is what was at (y − down, x − right), or at the edge.
  @Test func movesInPlaceAsDefined() {
    let (height, width, channels) = (5, 4, 3)
    let image = (0..<60).map { Float($0) }
    for down in -4...4 {
      for right in -3...3 {
        let found = applied(
          Augmentation(shift: 4), .init(right: right, down: down), to: image, height: height,
          width: width, channels: channels)
        let expected = (0..<60).map { i -> Float in
          let (y, x) = (i / 3 / width, i / 3 % width)
          let (from, beside) = (max(0, min(4, y - down)), max(0, min(3, x - right)))
          return image[(from * width + beside) * 3 + i % 3]
        }
        #expect(found == expected, "\(right) right, \(down) down")
      }
    }
  }

  /// torchvision's adjust_brightness of 0, ¼, ½ and 1 by 1.5 and 0.5, in [0, 1]: 0, 0.375, 0.75, 1 and 0, 0.125, 0.25, 0.5.
  @Test func brightnessIsAFactor() {
    let image: [Float] = [-1, -0.5, 0, 1]
    let brighter = applied(
      Augmentation(brightness: 0.5), .init(brighter: 1), to: image, height: 2, width: 2)
    #expect(brighter == [-1, -0.25, 0.5, 1])
    let darker = applied(
      Augmentation(brightness: 0.5), .init(brighter: -1), to: image, height: 2, width: 2)
    #expect(darker == [-1, -0.75, -0.5, 0])
  }

  /// Each distance as often as the others and each axis by itself, factors over the whole range; from seed, step and position
  /// alone; what was drawn for mirroring before there was anything else stays.
  @Test func draws() {
    let augmentation = Augmentation(flip: true, shift: 2, brightness: 0.5)
    func all(_ seed: UInt64, step: Int) -> [Augmentation.Draw] {
      (0..<2000).map { i in
        augmentation.draw(
          i, step: step, random: CounterRandom(seed: seed),
          isMirrored: EpochOrder(count: 10, seed: seed).isMirrored(i, step: step))
      }
    }
    let found = all(3, step: 7)
    for right in -2...2 {
      for down in -2...2 {
        // 80 of 2,000 each, standard deviation 8.8.
        let count = found.count { $0.right == right && $0.down == down }
        #expect((45...115).contains(count), "\(right) \(down): \(count)")
      }
    }
    let mean = found.reduce(0) { $0 + Double($1.brighter) } / 2000
    let square = found.reduce(0) { $0 + Double($1.brighter * $1.brighter) } / 2000
    // Of a uniform number in (−1, 1): 0 ± 0.013 and ⅓ ± 0.007, four standard deviations of each.
    #expect(abs(mean) < 0.052 && abs(square - 1.0 / 3) < 0.027)
    #expect(found.allSatisfy { abs($0.brighter) < 1 })
    let order = EpochOrder(count: 99, seed: 3)
    #expect((0..<2000).allSatisfy { found[$0].isMirrored == order.isMirrored($0, step: 7) })
    #expect(all(3, step: 7) == found)
    for other in [all(4, step: 7), all(3, step: 8)] {
      let same = zip(found, other).count { ($0.right, $0.down) == ($1.right, $1.down) }
      #expect((45...115).contains(same))
    }
  }

  @Test func labels() {
    let augmentation = Augmentation(flip: true, shift: 4, brightness: 0.5)
    #expect(
      augmentation.label(.init(isMirrored: true, right: -2, down: 4, brighter: 0.25))
        == [1, -0.5, 1, 0.25])
    #expect(augmentation.label(.init()) == [0, 0, 0, 0])
    #expect(Augmentation().label(.init()) == [0, 0, 0, 0])
  }

  /// What training sees is the image, mirrored, moved and made brighter, and the label says how; without any of it the image
  /// itself.
  @Test func examplesAreWhatTheirLabelsSay() throws {
    let data = try DataSet.load(DataSettings(source: .shapes, limit: 6, size: 8))
    let augmentation = Augmentation(flip: true, shift: 3, brightness: 0.75)
    func examples(_ augmentation: Augmentation, tells: Bool) throws -> [([Float], Example)] {
      let source = TrainingExamples(
        data: data, seed: 2, process: try NoiseProcess(.init()), augmentation: augmentation,
        tellsAugmentation: tells)
      let fill = source.batch(step: 1, size: 12, history: nil)
      return (0..<12).map { position in
        var (x, noise) = ([Float](repeating: 0, count: 192), [Float](repeating: 0, count: 192))
        let example = x.withUnsafeMutableBufferPointer { x in
          noise.withUnsafeMutableBufferPointer { fill(position, x, $0) }
        }
        return (x, example)
      }
    }
    let plain = try examples(Augmentation(), tells: false)
    let told = try examples(augmentation, tells: true)
    for ((clean, bare), (changed, example)) in zip(plain, told) {
      #expect(bare.augmentation.isEmpty && example.augmentation.count == 4)
      #expect(bare.level == example.level && bare.classIndex == example.classIndex)
      let (mirrored, brighter) = (example.augmentation[0] == 1, example.augmentation[3])
      let right = Int((3 * example.augmentation[1]).rounded())
      let down = Int((3 * example.augmentation[2]).rounded())
      let expected = (0..<192).map { i -> Float in
        let (y, x, c) = (i / 24, i / 3 % 8, i % 3)
        let (row, column) = (max(0, min(7, y - down)), max(0, min(7, x - right)))
        let value = clean[(row * 8 + (mirrored ? 7 - column : column)) * 3 + c]
        return min((1 + 0.75 * brighter) * (value + 1) - 1, 1)
      }
      #expect(changed == expected)
      #expect(changed.allSatisfy { $0 >= -1 && $0 <= 1 })
    }
    #expect(Set(told.map { $0.1.augmentation }).count > 8)
    #expect(try examples(augmentation, tells: false).allSatisfy { $0.1.augmentation.isEmpty })
  }

  @Test func whatCannotBeMovedIsRefused() throws {
    var settings = RunSettings(
      data: DataSettings(source: .shapes, limit: 20, size: 8, shift: 8),
      model: ModelSettings(levels: 2, baseChannels: 8), training: TrainingSettings(steps: 1))
    #expect {
      try RunSession(settings, workers: 1)
    } throws: { "\($0)".contains("data.shift moves by up to 8 pixels, and the images are 8×8") }
    settings.data = DataSettings(source: .points(shape: .moons), limit: 100, brightness: 0.5)
    settings.model = ModelSettings(architecture: .mlp, mlp: MLPSettings(width: 8, layers: 1))
    #expect {
      try RunSession(settings, workers: 1)
    } throws: { "\($0)".contains("data.brightness is of images, and the data are vectors") }
  }
}
