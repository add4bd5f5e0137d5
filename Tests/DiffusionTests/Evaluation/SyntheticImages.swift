import Diffusion
import Kernels

/// Small data sets of known distribution.
enum SyntheticImages {
  /// (count, 1, 1, D) correlated Gaussians: x_k = z_k·(1 + k/4) + x_{k−1}/2 + k.
  static func correlated(
    _ count: Int, elements: Int, seed: UInt64, classes: Int = 0, shift: Float = 0
  ) throws -> DataSet {
    var values: [Float] = []
    for image in 0..<count {
      let z = CounterRandom(seed: seed).normals(
        count: elements, image: image, step: 0, purpose: .data)
      var previous: Float = 0
      for k in 0..<elements {
        previous = z[k] * (1 + Float(k) / 4) + previous / 2
        values.append(previous + Float(k) + shift)
      }
    }
    return try vectors(
      values, elements: elements,
      labels: classes > 0 ? (0..<count).map { Int32($0 % classes) } : [], classes: classes)
  }

  static func vectors(
    _ values: [Float], elements: Int, labels: [Int32] = [], classes: Int = 0
  ) throws -> DataSet {
    try DataSet(
      name: "made-up", values: values, height: 1, width: 1, channels: elements, labels: labels,
      classes: classes, isImage: false)
  }

  /// (n, n) orthonormal rows: the eigenvectors of a symmetric matrix of random numbers.
  static func rotation(_ n: Int, seed: UInt64) -> [Double] {
    var matrix = CounterRandom(seed: seed).normals(
      count: n * n, image: 0, step: 0, purpose: .data
    ).map(Double.init)
    for i in 0..<n {
      for j in 0..<i { matrix[j * n + i] = matrix[i * n + j] }
    }
    return SymmetricEigen(matrix, size: n)?.vectors ?? []
  }
}
