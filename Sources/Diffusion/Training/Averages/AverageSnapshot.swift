import Foundation
public import Kernels

/// An average of the weights with a power profile, as training carries it on.
public struct PowerAverage: Sendable {
  /// What it counts.
  public let profile: PowerProfile
  /// Laid out as the network's layout says; changed in place by each update.
  public let values: AlignedBuffer

  init(_ profile: PowerProfile, first values: [Float]) {
    self.profile = profile
    self.values = AlignedBuffer(values)
  }

  fileprivate init(_ profile: PowerProfile, _ values: AlignedBuffer) {
    self.profile = profile
    self.values = values
  }

  /// θ̄ += (1 − β)·(θ − θ̄) for the parameters in `range`.
  func update(with weights: AlignedBuffer, range: Range<Int>, update: Int) {
    let share = Float(profile.share(at: update))
    let (average, weights) = (values.values, weights.values)
    for i in range { average[i] += share * (weights[i] - average[i]) }
  }

  /// How a file calls it, like `0.05`.
  static func name(_ width: Double) -> String { "\(width)" }
}

/// All averages of a training at one step: what any width between them is made of later (``PostHocAverage``).
public struct AverageSnapshot: Sendable {
  /// Steps done, taken or skipped.
  public let step: Int
  /// Updates of the averages: steps taken.
  public let updates: Int
  /// One a width.
  public let averages: [PowerAverage]

  private static let key = "workbench.averages"

  private struct Header: Codable {
    var step: Int
    var updates: Int
    var widths: [Double]
  }

  init(step: Int, updates: Int, averages: [PowerAverage]) {
    self.step = step
    self.updates = updates
    self.averages = averages
  }

  /// One that later steps leave alone.
  func copied() -> AverageSnapshot {
    AverageSnapshot(
      step: step, updates: updates,
      averages: averages.map { PowerAverage($0.profile, first: $0.values.array()) })
  }

  /// As a safetensors file: parameters under their PyTorch names after `WIDTH/`; step, updates and widths in the
  /// metadata.
  public func bytes(layout: ParameterLayout) -> [UInt8] {
    var writer = SafetensorsWriter(metadata: [
      Self.key: NetworkFile.json(
        Header(step: step, updates: updates, widths: averages.map(\.profile.width)))
    ])
    for average in averages {
      NetworkFile.add(
        average.values, layout: layout, prefix: PowerAverage.name(average.profile.width) + "/",
        to: &writer)
    }
    return writer.bytes()
  }

  /// What `bytes` wrote.
  /// - Throws: `DiffusionError(.badInput)` where it is something else, or of another network.
  public init(bytes: [UInt8], name: String, layout: ParameterLayout) throws(DiffusionError) {
    let file = try Safetensors(bytes: bytes, name: name)
    guard let text = file.metadata[Self.key],
      let header = try? JSONDecoder().decode(Header.self, from: Data(text.utf8)),
      header.updates > 0, header.updates <= header.step,
      header.widths.allSatisfy(PowerProfile.widths.contains)
    else { throw DiffusionError(.badInput, "'\(name)' holds no averages of weights") }
    var averages: [PowerAverage] = []
    for width in header.widths {
      let values = AlignedBuffer(count: layout.count)
      try NetworkFile.load(
        file, prefix: PowerAverage.name(width) + "/", layout: layout, into: values)
      averages.append(PowerAverage(PowerProfile(width: width), values))
    }
    self.init(step: header.step, updates: header.updates, averages: averages)
  }
}

extension AverageSnapshot {
  /// The average of a width at the last snapshot up to a step.
  /// - Parameters:
  ///   - count: parameters.
  ///   - snapshots: load them; each is asked twice, and let go.
  /// - Returns: nil where there is none so early.
  package static func average(
    width: Double, until step: Int, count: Int, from snapshots: [() throws -> AverageSnapshot]
  ) throws -> [Float]? {
    var tracked: [PostHocAverage.Tracked] = []
    var used: [() throws -> AverageSnapshot] = []
    for load in snapshots {
      let snapshot = try load()
      guard snapshot.step <= step, !tracked.contains(where: { $0.updates == snapshot.updates })
      else { continue }
      used.append(load)
      tracked += snapshot.averages.map { .init(profile: $0.profile, updates: snapshot.updates) }
    }
    guard let last = tracked.map(\.updates).max() else { return nil }
    var coefficients = try PostHocAverage.coefficients(
      of: .init(profile: PowerProfile(width: width), updates: last), from: tracked)[...]
    var sum = [Double](repeating: 0, count: count)
    for load in used {
      for average in try load().averages {
        let x = coefficients.removeFirst()
        guard x != 0 else { continue }
        for (i, value) in average.values.values.enumerated() { sum[i] += x * Double(value) }
      }
    }
    return sum.map { Float($0) }
  }
}
