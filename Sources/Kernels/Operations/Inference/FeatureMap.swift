/// What a layer makes of one image, (H, W, C), channels last, in single precision: of networks that are only evaluated,
/// an image at a time, so that what comes out depends on nothing but the image.
package struct FeatureMap: Sendable, Hashable {
  package let height: Int
  package let width: Int
  package let channels: Int
  /// (H, W, C)
  package let values: [Float]

  /// H·W
  package var pixels: Int { height * width }

  /// - Precondition: as many values as the sides say.
  package init(height: Int, width: Int, channels: Int, values: [Float]) {
    precondition(
      values.count == height * width * channels,
      "\(values.count) values are no map of \(height)×\(width)×\(channels)")
    self.height = height
    self.width = width
    self.channels = channels
    self.values = values
  }

  /// Written by `body`, which gets room for all values.
  init(
    height: Int, width: Int, channels: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    let count = height * width * channels
    self.height = height
    self.width = width
    self.channels = channels
    values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      body(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
  }

  /// Channels of one after those of the other, pixel by pixel.
  ///
  /// - Precondition: all have the same sides.
  package init(joining maps: [FeatureMap]) {
    let (height, width) = (maps[0].height, maps[0].width)
    precondition(maps.allSatisfy { $0.height == height && $0.width == width })
    let channels = maps.reduce(0) { $0 + $1.channels }
    self.init(height: height, width: width, channels: channels) { buffer in
      var offset = 0
      for map in maps {
        map.values.withUnsafeBufferPointer { values in
          for pixel in 0..<map.pixels {
            for c in 0..<map.channels {
              buffer[pixel * channels + offset + c] = values[pixel * map.channels + c]
            }
          }
        }
        offset += map.channels
      }
    }
  }

  /// (C): the mean over the pixels, added in their order, in double.
  package var meanOverPixels: [Double] {
    var sums = [Double](repeating: 0, count: channels)
    for pixel in 0..<pixels {
      for c in 0..<channels { sums[c] += Double(values[pixel * channels + c]) }
    }
    return sums.map { $0 / Double(pixels) }
  }
}

// MARK: Pooling over 3×3 pixels

extension FeatureMap {
  /// The largest of 3×3 pixels; what is beyond the edge does not count.
  ///
  /// - Parameters:
  ///   - stride: between two outputs, in pixels.
  ///   - padding: pixels by which the first lies beyond the edge, 0 or 1.
  /// - Precondition: 3 pixels or more on a side, with the padding.
  package func maximumPooled(stride: Int, padding: Int) -> FeatureMap {
    pooled(stride: stride, padding: padding) { place, source, channels, isFirst in
      for c in 0..<channels {
        // A NaN stays one: nothing is larger.
        if isFirst || source[c] > place[c] || source[c].isNaN { place[c] = source[c] }
      }
    } finish: { _, _, _ in
    }
  }

  /// The mean of those of 3×3 pixels around each that are within the map: PyTorch's `count_include_pad=False`.
  package func averagePooled() -> FeatureMap {
    pooled(stride: 1, padding: 1) { place, source, channels, isFirst in
      for c in 0..<channels { place[c] = isFirst ? source[c] : place[c] + source[c] }
    } finish: { place, channels, count in
      let divisor = Float(count)
      for c in 0..<channels { place[c] /= divisor }
    }
  }

  private func pooled(
    stride: Int, padding: Int,
    _ add: (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int, Bool) -> Void,
    finish: (UnsafeMutablePointer<Float>, Int, Int) -> Void
  ) -> FeatureMap {
    precondition(height + 2 * padding >= 3 && width + 2 * padding >= 3)
    let outputs = (
      height: (height + 2 * padding - 3) / stride + 1,
      width: (width + 2 * padding - 3) / stride + 1
    )
    return FeatureMap(height: outputs.height, width: outputs.width, channels: channels) { buffer in
      values.withUnsafeBufferPointer { values in
        guard let source = values.baseAddress, let places = buffer.baseAddress else { return }
        for y in 0..<outputs.height {
          let rows = max(y * stride - padding, 0)..<min(y * stride - padding + 3, height)
          for x in 0..<outputs.width {
            let columns = max(x * stride - padding, 0)..<min(x * stride - padding + 3, width)
            let place = places + (y * outputs.width + x) * channels
            for row in rows {
              for column in columns {
                add(
                  place, source + (row * width + column) * channels, channels,
                  row == rows.lowerBound && column == columns.lowerBound)
              }
            }
            finish(place, channels, rows.count * columns.count)
          }
        }
      }
    }
  }
}
