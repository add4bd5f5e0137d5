private import Kernels

#if canImport(Darwin)
  private import Darwin
#else
  private import Glibc
#endif

/// Made-up points in two dimensions. Point i of a split is a function of (i, split) and the shape alone.
///
/// Computed in double and rounded once, so that libraries whose sines differ in the last place give the same points.
struct Points: Sendable {
  private static let seed: UInt64 = 0x504F_494E_5453

  /// Of the circles of ``PointShape/rings``.
  static let radii = [0.3, 0.6, 0.9]
  /// Of ``PointShape/pinwheel``.
  static let arms = 5
  static let eightGaussians = MixtureParameters.circle(radius: 0.75, deviation: 0.075)

  let shape: PointShape
  let split: DataSettings.Split
  private let random = CounterRandom(seed: Self.seed)

  init(shape: PointShape, split: DataSettings.Split) {
    self.shape = shape
    self.split = split
  }

  static func dataSet(
    _ shape: PointShape, split: DataSettings.Split, limit: Int?
  ) throws(DiffusionError) -> DataSet {
    let count = try split.madeUpCount(limit)
    let classes = shape.classes
    return DataSet(
      name: "points", count: count, height: 1, width: 1, channels: 2,
      storage: .points(Points(shape: shape, split: split)),
      labels: classes == 0 ? [] : (0..<count).map { Int32($0 % classes) }, classes: classes,
      classNames: shape.classNames, isImage: false)
  }

  /// All that the values depend on.
  var identity: String { "points 1 \(split.rawValue) \(shape.rawValue)" }

  func draw(_ index: Int, into out: UnsafeMutableBufferPointer<Float>) {
    // Two streams: the normals' counter is the uniforms' too.
    let z = random.normals(count: 2, image: index, step: split.number, purpose: .data)
    let u = [Double](unsafeUninitializedCapacity: 3) { buffer, initialized in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: 3) { uniforms in
        random.fillUniforms(
          uniforms, image: index, step: split.number, purpose: .data, part: 1)
        for i in 0..<3 { buffer[i] = Double(uniforms[i]) }
      }
      initialized = 3
    }
    let point = point(index, u, Double(z[0]), Double(z[1]))
    (out[0], out[1]) = (Float(point.x), Float(point.y))
  }

  /// - Parameters:
  ///   - u: three uniforms of (0, 1).
  ///   - z: a standard normal, as the other.
  private func point(
    _ index: Int, _ u: [Double], _ z: Double, _ z2: Double
  ) -> (x: Double, y: Double) {
    switch shape {
    case .moons:
      // Half circles of radius 1 about (0, 0) and (1, ½), then centred and halved.
      let angle = Double.pi * u[0]
      let isUpper = index % 2 == 0
      let (x, y) =
        isUpper ? (cos(angle), sin(angle)) : (1 - cos(angle), 0.5 - sin(angle))
      return (0.6 * (x - 0.5) + 0.03 * z, 0.6 * (y - 0.25) + 0.03 * z2)
    case .swissRoll:
      // r = φ/(9π/2)·0.9, φ from 3π/2 to 9π/2
      let turn = (1 + 2 * u[0]) / 3
      let angle = 4.5 * Double.pi * turn
      return (0.9 * turn * cos(angle) + 0.02 * z, 0.9 * turn * sin(angle) + 0.02 * z2)
    case .checkerboard:
      let square = min(7, Int(8 * u[2]))
      let row = square / 2
      let column = 2 * (square % 2) + row % 2
      return ((Double(column) + u[0]) / 2 - 1, (Double(row) + u[1]) / 2 - 1)
    case .rings:
      let radius = Self.radii[index % Self.radii.count]
      let angle = 2 * Double.pi * u[0]
      return (radius * cos(angle) + 0.02 * z, radius * sin(angle) + 0.02 * z2)
    case .pinwheel:
      // Along an arm N(0.5, 0.15²), across it N(0, 0.05²), turned the further the farther out.
      let (along, across) = (0.5 + 0.15 * z, 0.05 * z2)
      let angle =
        2 * Double.pi * Double(index % Self.arms) / Double(Self.arms) + 0.25 * exp(2 * along)
      return (
        along * cos(angle) - across * sin(angle), along * sin(angle) + across * cos(angle)
      )
    case .eightGaussians:
      let mean = Self.eightGaussians.means[index % Self.eightGaussians.means.count]
      let deviation = Self.eightGaussians.deviation
      return (mean[0] + deviation * z, mean[1] + deviation * z2)
    case .lineDrawing:
      let place = LineDrawing.cat.point(at: u[0])
      return (place.x + 0.006 * z, place.y + 0.006 * z2)
    }
  }
}
