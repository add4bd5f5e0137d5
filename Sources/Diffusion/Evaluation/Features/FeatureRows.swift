import Kernels

/// A feature vector of each of N images: (N, D), in double.
struct FeatureRows: Sendable, Hashable {
  /// (N, D), row by row.
  let values: [Double]
  /// D.
  let dimension: Int

  /// N.
  var count: Int { values.count / dimension }
  /// Whether no value is infinite or NaN.
  var isFinite: Bool { values.allSatisfy(\.isFinite) }

  /// - Precondition: the values form rows of `dimension`, which is above 0.
  init(_ values: [Double], dimension: Int) {
    precondition(
      dimension > 0 && values.count.isMultiple(of: dimension),
      "\(values.count) values do not form rows of \(dimension)")
    self.values = values
    self.dimension = dimension
  }

  subscript(row: Int) -> ArraySlice<Double> {
    values[row * dimension..<(row + 1) * dimension]
  }

  /// A run of the rows.
  func rows(_ rows: Range<Int>) -> FeatureRows {
    FeatureRows(
      Array(values[rows.lowerBound * dimension..<rows.upperBound * dimension]),
      dimension: dimension)
  }

  /// The first of the rows, at most so many.
  func prefix(_ count: Int) -> FeatureRows { rows(0..<min(count, self.count)) }

  /// All rows but a run of them.
  func without(_ rows: Range<Int>) -> FeatureRows {
    FeatureRows(
      Array(values[..<(rows.lowerBound * dimension)] + values[(rows.upperBound * dimension)...]),
      dimension: dimension)
  }

  /// Rows by their places, in that order.
  func picked(_ places: some Collection<Int>) -> FeatureRows {
    FeatureRows(places.flatMap { self[$0] }, dimension: dimension)
  }

  /// Their mean and covariance.
  var fit: GaussianFit { GaussianFit(points: values, dimension: dimension) }
}

/// The same, feature by feature, so that distances from a point to all rows go through memory in order.
struct FeatureColumns: Sendable {
  /// (D, N)
  private let values: [Double]
  let count: Int
  private let dimension: Int

  init(_ rows: FeatureRows) {
    let (count, dimension) = (rows.count, rows.dimension)
    self.count = count
    self.dimension = dimension
    values = [Double](unsafeUninitializedCapacity: rows.values.count) { buffer, initialized in
      for d in 0..<dimension {
        for row in 0..<count { buffer[d * count + row] = rows.values[row * dimension + d] }
      }
      initialized = rows.values.count
    }
  }

  /// Σ_d (x_d − y_d)² to each row, added in the order of d: the same bits whichever of the two is asked for.
  ///
  /// - Parameters:
  ///   - point: (D).
  ///   - distances: (N), overwritten.
  func squaredDistances(from point: ArraySlice<Double>, into distances: inout [Double]) {
    precondition(point.count == dimension && distances.count == count)
    values.withUnsafeBufferPointer { values in
      distances.withUnsafeMutableBufferPointer { distances in
        distances.update(repeating: 0)
        for (d, x) in point.enumerated() {
          let column = UnsafeBufferPointer(rebasing: values[d * count..<(d + 1) * count])
          for row in 0..<distances.count {
            let difference = column[row] - x
            distances[row] += difference * difference
          }
        }
      }
    }
  }
}
