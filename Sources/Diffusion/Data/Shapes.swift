private import Kernels

#if canImport(Darwin)
  private import Darwin
#else
  private import Glibc
#endif

/// Synthetic images: one coloured shape on black, generated on the fly, so that everything runs with no
/// data installed. The class is the shape; place, size, colour and tilt vary.
///
/// Image i of a split is a function of (i, split, side) alone; its class is i mod 8. Edges are
/// antialiased: coverage is ½ − d, clamped, with d the signed distance to the edge in pixels.
package struct Shapes: Sendable {
  static let classNames = [
    "circle", "ring", "square", "frame", "triangle", "cross", "star", "moon",
  ]
  static let defaultSide = 32

  private static let seed: UInt64 = 0x5348_4150_4553

  let side: Int
  let split: DataSettings.Split
  private let random = CounterRandom(seed: Self.seed)

  init(side: Int, split: DataSettings.Split) {
    self.side = side
    self.split = split
  }

  static func dataSet(
    size: Int?, split: DataSettings.Split, limit: Int?, conditions: [String] = []
  ) throws(DiffusionError) -> DataSet {
    if let other = conditions.first(where: { Attribute(rawValue: $0) == nil }) {
      throw DiffusionError(
        .badInput,
        "shapes: data.conditions names '\(other)', expected "
          + Attribute.allCases.map(\.rawValue).alternatives)
    }
    let side = size ?? defaultSide
    guard side >= 8 else {
      throw DiffusionError(.badInput, "shapes: data.size is \(side), expected at least 8")
    }
    let count = try split.madeUpCount(limit)
    let shapes = Shapes(side: side, split: split)
    let told = conditions.compactMap(Attribute.init)
    return DataSet(
      name: "shapes", count: count, height: side, width: side, channels: 3,
      storage: .shapes(shapes),
      labels: (0..<count).map { Int32($0 % classNames.count) }, classes: classNames.count,
      classNames: classNames, conditionNames: conditions,
      conditions: told.isEmpty
        ? []
        : (0..<count).flatMap { index in
          let parameters = shapes.parameters(index)
          return told.map {
            $0 == .shape
              ? Float(index % classNames.count) : parameters.value($0, side: Float(side))
          }
        })
  }

  /// What an image is drawn by.
  package enum Attribute: String, Sendable, CaseIterable {
    /// The class, 0 … 7.
    case shape
    /// Radius over the image's side.
    case size
    /// Of the middle, over the image's side.
    case x, y
    /// Of the colour, 0 … 1.
    case red, green, blue
    /// In radians.
    case tilt
  }

  private struct Parameters {
    let radius: Float
    let x: Float
    let y: Float
    let colour: (red: Float, green: Float, blue: Float)
    let tilt: Float

    func value(_ attribute: Attribute, side: Float) -> Float {
      switch attribute {
      // Not drawn: it follows from the number of the image.
      case .shape: 0
      case .size: radius / side
      case .x: x / side
      case .y: y / side
      case .red: colour.red
      case .green: colour.green
      case .blue: colour.blue
      case .tilt: tilt
      }
    }
  }

  private func parameters(_ index: Int) -> Parameters {
    let u = random.uniforms(count: 6, image: index, step: split.number, purpose: .data)
    let radius = Float(side) * (0.22 + 0.16 * u[0])
    // With tilt, a corner lies up to 1.15 radii out along an axis.
    let room = max(0, Float(side) / 2 - 1.15 * radius - 1)
    let (x, y) = (Float(side) / 2 + room * (2 * u[1] - 1), Float(side) / 2 + room * (2 * u[2] - 1))
    return Parameters(
      radius: radius, x: x, y: y, colour: Self.colour(hue: u[3], saturation: 0.5 + 0.5 * u[4]),
      // At most 15° either way: a square stays a square.
      tilt: (2 * u[5] - 1) * Float.pi / 12)
  }

  /// All that the values depend on.
  var identity: String { "shapes 1 \(split.rawValue)" }

  /// (side, side, 3), each value one of the 256 levels of a byte.
  func draw(_ index: Int, into out: UnsafeMutableBufferPointer<Float>) {
    let parameters = parameters(index)
    let (radius, x, y) = (parameters.radius, parameters.x, parameters.y)
    let (colour, tilt) = (parameters.colour, parameters.tilt)
    let (c, s) = (cosf(tilt), sinf(tilt))
    let shape = index % Self.classNames.count
    out.update(repeating: -1)
    /// The pixels along one side that the shape may touch.
    func reach(_ centre: Float) -> Range<Int> {
      max(0, Int(centre - 1.15 * radius - 1))..<min(side, Int(centre + 1.15 * radius + 2))
    }
    for row in reach(y) {
      for column in reach(x) {
        let (dx, dy) = (Float(column) + 0.5 - x, Float(row) + 0.5 - y)
        let distance = Self.distance(
          shape, x: (c * dx + s * dy) / radius, y: (c * dy - s * dx) / radius)
        let coverage = max(0, min(1, 0.5 - distance * radius))
        guard coverage > 0 else { continue }
        let place = (row * side + column) * 3
        out[place] = Self.level(255 * coverage * colour.red)
        out[place + 1] = Self.level(255 * coverage * colour.green)
        out[place + 2] = Self.level(255 * coverage * colour.blue)
      }
    }
  }

  /// The nearest of a byte's levels 0 … 255, as −1 … 1.
  private static func level(_ byte: Float) -> Float {
    let below = Float(Int32(byte))
    return (byte - below >= 0.5 ? below + 1 : below) / 127.5 - 1
  }

  /// Signed distance to the edge of a shape of radius 1, below 0 inside; y points down.
  private static func distance(_ shape: Int, x: Float, y: Float) -> Float {
    let r = (x * x + y * y).squareRoot()
    switch shape {
    case 0: return r - 1
    case 1: return abs(r - 0.78) - 0.22
    case 2: return box(x, y, 0.8, 0.8)
    case 3: return max(box(x, y, 0.85, 0.85), -box(x, y, 0.45, 0.45))
    case 4: return polygon(triangle, x, y)
    case 5: return min(box(x, y, 0.95, 0.3), box(x, y, 0.3, 0.95))
    case 6: return polygon(star, x, y)
    default:
      let (dx, dy) = (x - 0.5, y + 0.25)
      return max(r - 1, 0.82 - (dx * dx + dy * dy).squareRoot())
    }
  }

  private static func box(_ x: Float, _ y: Float, _ width: Float, _ height: Float) -> Float {
    let (dx, dy) = (abs(x) - width, abs(y) - height)
    let (ox, oy) = (max(dx, 0), max(dy, 0))
    return (ox * ox + oy * oy).squareRoot() + min(max(dx, dy), 0)
  }

  private typealias Point = (x: Float, y: Float)

  private static let triangle: [Point] = [(0, -1), (0.95, 0.75), (-0.95, 0.75)]
  private static let star: [Point] = (0..<10).map { corner in
    let angle = Float(corner) * Float.pi / 5
    let r: Float = corner % 2 == 0 ? 1.05 : 0.45
    return (r * sinf(angle), -r * cosf(angle))
  }

  /// Distance to the nearest edge; the sign by counting edges crossed on the way to the right.
  private static func polygon(_ corners: [Point], _ x: Float, _ y: Float) -> Float {
    var nearest = Float.infinity
    var isInside = false
    var last = corners[corners.count - 1]
    for corner in corners {
      let edge = (x: corner.x - last.x, y: corner.y - last.y)
      let here = (x: x - last.x, y: y - last.y)
      let along = (here.x * edge.x + here.y * edge.y) / (edge.x * edge.x + edge.y * edge.y)
      let t = max(0, min(1, along))
      let away = (x: here.x - t * edge.x, y: here.y - t * edge.y)
      nearest = min(nearest, away.x * away.x + away.y * away.y)
      if (last.y > y) != (corner.y > y), x < last.x + (y - last.y) / edge.y * edge.x {
        isInside.toggle()
      }
      last = corner
    }
    return isInside ? -nearest.squareRoot() : nearest.squareRoot()
  }

  /// In 0 … 1 at full brightness; hue in 0 … 1 once around.
  private static func colour(
    hue: Float, saturation: Float
  ) -> (red: Float, green: Float, blue: Float) {
    func part(_ third: Int) -> Float {
      let distance = abs((hue + Float(third) / 3).truncatingRemainder(dividingBy: 1) - 0.5) * 6
      return 1 - saturation * (1 - max(0, min(1, distance - 1)))
    }
    return (part(0), part(2), part(1))
  }
}
