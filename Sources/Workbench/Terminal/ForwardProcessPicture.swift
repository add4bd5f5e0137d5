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
    let rows = try processes.map { process in
      let steps = process.schedule.steps
      return try SamplingSettings.Spacing.trailing.timesteps(min(Self.columns, steps), of: steps)
    }
    let columns = 1 + (rows.map(\.count).max() ?? 0)
    var images: [Image] = []
    for (process, timesteps) in zip(processes, rows) {
      images += row(under: process.schedule, timesteps: timesteps)
      let blank = Image(width: 1, height: 1, channels: 1, level: 250)
      images += [Image](repeating: blank, count: columns - 1 - timesteps.count)
    }
    // Rows of different timesteps cannot share their labels.
    let shared = rows.allSatisfy { $0 == rows.first }
    return Image.grid(
      images, columns: columns,
      rowLabels: processes.count == 1
        ? [] : processes.map { shared ? $0.kind : "\($0.kind) T = \($0.schedule.steps)" },
      columnLabels: ["data"] + (shared ? rows.first ?? [] : []).map { "t = \($0)" })
  }

  /// x_0, then x_t at each timestep.
  func row(under schedule: NoiseSchedule, timesteps: [Int]) -> [Image] {
    [image(x0)]
      + timesteps.map { image(schedule.addNoise(to: x0, noise: noise, timestep: $0)) }
  }

  private func image(_ values: [Float]) -> Image {
    Image(values: values, height: data.height, width: data.width, channels: data.channels)
  }
}
