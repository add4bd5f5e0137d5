package import Diffusion
import Foundation

/// What a run's process tells the one that started it, a line of JSON at a time on standard output.
package struct RunProgress: Sendable, Hashable, Codable {
  package var phase: SessionEvent.Phase
  package var done: Int
  package var of: Int
  package var loss: Double?
  package var imagesPerSecond: Double?
  /// Steps skipped since the last one that was taken, if any.
  package var skippedInARow: Int?

  init(_ progress: SessionEvent.Progress) {
    phase = progress.phase
    done = progress.done
    of = progress.of
    // JSON has no NaN: a loss that is not finite is left out.
    loss = progress.loss.flatMap { $0.isFinite ? $0 : nil }
    imagesPerSecond = progress.imagesPerSecond
    skippedInARow = progress.skippedInARow > 0 ? progress.skippedInARow : nil
  }

  init?(line: some StringProtocol) {
    guard let value = try? JSONDecoder().decode(RunProgress.self, from: Data(line.utf8)) else {
      return nil
    }
    self = value
  }

  /// One line of JSON.
  package var line: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}
