import Kernels

/// The training image nearest to each of some images, by the Euclidean distance of their pixels (as Carlini 2023,
/// section 4.1, looks for copies), among all training images.
struct NearestImages: Sendable, Hashable {
  /// (N): places in the data set; the first of several.
  let indices: [Int]
  /// (N): Euclidean distances, NaN of images that are not finite.
  let distances: [Double]

  /// Training images that are compared with at a time.
  private static let chunk = 256
  /// Images that are looked for at a time.
  private static let block = 250

  /// - Parameters:
  ///   - images: (N, D) in [−1, 1].
  ///   - pool: shares the training images out; the result does not depend on it.
  init(to images: [Float], among data: DataSet, pool: WorkerPool) {
    let elements = data.valuesPerImage
    let count = images.count / elements
    let chunks = (data.count + Self.chunk - 1) / Self.chunk
    var (indices, distances) = ([Int](), [Double]())
    for first in stride(from: 0, to: count, by: Self.block) {
      let block = first..<min(first + Self.block, count)
      let rows = images[block.lowerBound * elements..<block.upperBound * elements]
        .map(Double.init)
      let norms = Self.norms(rows, elements)
      let places = ResultTable(count: chunks * block.count)
      let squares = ResultTable(count: chunks * block.count)
      pool.forEach(chunks) { chunk, _ in
        let range = (chunk * Self.chunk)..<min((chunk + 1) * Self.chunk, data.count)
        let others = data.values(range).map(Double.init)
        let otherNorms = Self.norms(others, elements)
        let products = BLAS.productOfRows(rows, others, inner: elements)
        for row in 0..<block.count {
          var best = (place: 0, square: Double.infinity)
          for (j, norm) in otherNorms.enumerated() {
            let square = norms[row] + norm - 2 * products[row * range.count + j]
            if square < best.square { best = (j, square) }
          }
          // Near 0 the difference of large numbers has no digits left.
          var square = 0.0
          for d in 0..<elements {
            let difference = rows[row * elements + d] - others[best.place * elements + d]
            square += difference * difference
          }
          places[chunk * block.count + row] = Double(range.lowerBound + best.place)
          squares[chunk * block.count + row] = square
        }
      }
      for row in 0..<block.count {
        var best = (place: 0, square: Double.infinity)
        var isFinite = true
        for chunk in 0..<chunks {
          let square = squares[chunk * block.count + row]
          if square.isNaN { isFinite = false }
          if square < best.square {
            best = (Int(places[chunk * block.count + row]), square)
          }
        }
        indices.append(best.place)
        distances.append(isFinite ? best.square.squareRoot() : .nan)
      }
    }
    self.indices = indices
    self.distances = distances
  }

  /// (N): |x|²
  private static func norms(_ rows: [Double], _ elements: Int) -> [Double] {
    (0..<rows.count / elements).map { row in
      rows[row * elements..<(row + 1) * elements].reduce(0) { $0 + $1 * $1 }
    }
  }
}
