import Diffusion
import Images
import Kernels

/// One image under growing noise: what the forward process does, to look at.
struct ForwardProcessPicture {
  /// Noisy images beside the clean one.
  private static let columns = 8

  private let data: DataSet
  private let x0: [Float]
  /// ε, the same at each timestep and under each schedule, so that pictures differ by the noise's
  /// share alone.
  private let noise: [Float]

  /// - Throws: `DiffusionError(.badInput)` if the data are not images or there is none at `index`.
  init(data: DataSet, index: Int) throws {
    guard data.isImage else {
      throw DiffusionError(
        .badInput, "\(data.name) holds vectors, not images: there is no picture of its noise")
    }
    guard index < data.count else {
      throw DiffusionError(
        .badInput, "\(data.name) has \(data.count) images: --image goes from 0 to \(data.count - 1)"
      )
    }
    self.data = data
    x0 = data.values(index..<index + 1)
    noise = CounterRandom(seed: 0).normals(
      count: x0.count, image: index, step: 0, purpose: .evaluationNoise)
  }

  /// A row per process: the image, then x_t at timesteps spread evenly to T − 1.
  func drawn(under processes: [ShownProcess]) throws -> Image {
    let rows = try processes.map { shown in
      guard let table = shown.process.table else {
        return (1...Self.columns).map { shown.process.level(at: Double($0) / Double(Self.columns)) }
      }
      return try SamplingSettings.Spacing.trailing.timesteps(
        min(Self.columns, table.steps), of: table.steps
      ).map(table.level)
    }
    let labels = zip(processes, rows).map { shown, levels in
      shown.process.table == nil
        ? (1...Self.columns).map { "u = \(Double($0) / Double(Self.columns))" }
        : levels.map { "t = \(Int($0.time))" }
    }
    let columns = 1 + (rows.map(\.count).max() ?? 0)
    var images: [Image] = []
    for levels in rows {
      images += row(at: levels)
      let blank = Image(width: 1, height: 1, channels: 1, level: 250)
      images += [Image](repeating: blank, count: columns - 1 - levels.count)
    }
    // Rows of different timesteps cannot share their labels.
    let shared = labels.allSatisfy { $0 == labels.first }
    return Image.grid(
      images, columns: columns,
      rowLabels: processes.count == 1
        ? []
        : processes.map {
          shared
            ? $0.kind
            : $0.process.table == nil ? $0.kind : "\($0.kind) T = \($0.process.settings.steps)"
        },
      columnLabels: ["data"] + (shared ? labels.first ?? [] : []))
  }

  /// x_0, then x at each level.
  func row(at levels: [NoiseLevel]) -> [Image] {
    [image(x0)] + levels.map { image($0.addNoise(to: x0, noise: noise)) }
  }

  private func image(_ values: [Float]) -> Image {
    Image(values: values, height: data.height, width: data.width, channels: data.channels)
  }
}
