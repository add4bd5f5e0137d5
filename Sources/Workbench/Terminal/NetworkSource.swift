import Analysis
import ArgumentParser
import Diffusion
import ExperimentFiles
import Foundation
import Store
import Text
import Values

/// A trained network that a person names: a file, a folder of diffusers, or a run of the store.
struct NetworkSource {
  let network: NetworkFile
  /// The run's settings; nil for a file or folder.
  let settings: RunSettings?

  /// Of each class that the network is conditioned on; empty if they are not known.
  var classNames: [String] {
    network.description.classNames ?? settings?.data.source.classNames ?? []
  }

  /// - Parameters:
  ///   - name: a `.safetensors` file, the folder of a diffusers model or pipeline, or a run.
  ///   - raw: the weights themselves, not their average, of a run or of a folder with `unet_ema`.
  /// - Throws: `DiffusionError`, `StoreError`.
  init(_ name: String, raw: Bool = false, store options: StoreOptions) throws {
    if FileManager.default.fileExists(atPath: name) || name.hasSuffix(".safetensors") {
      network = try NetworkFile(contentsOf: name, raw: raw)
      settings = nil
      warn(name)
      for note in network.origin.notes { printDiagnostic(printable(note)) }
      return
    }
    let store: RunStore
    do {
      store = try options.open()
    } catch let error as StoreError where error.kind == .notFound {
      throw Failure(
        .notFound,
        "'\(printable(name))' is not a file, and there is no run store in '\(options.folder)' to find a run in"
      )
    }
    let run = try store.resolve(name)
    let artifacts = try store.artifacts(run: run)
    let wanted = raw ? ["network.raw.safetensors", "network.safetensors"] : ["network.safetensors"]
    let memberships = try store.memberships(run: run)
    guard
      let artifact = wanted.lazy.compactMap({ file in artifacts.first { $0.name == file } }).first
    else {
      if let source = memberships.first?.source {
        let origin =
          source == RunStore.loggedSource
          ? "logged by another program" : "imported from \(printable(source))"
        throw Failure(.notFound, "run '\(printable(name))' was \(origin), without a network")
      }
      let why =
        memberships.first.flatMap { $0.hasDiverged ? $0.error.map { ": it \($0)" } : nil }
        ?? (memberships.first?.state == .finished
          ? "; its model is exact, or it came in a capsule without networks (export --networks has them)"
          : "; it has not finished")
      throw Failure(.notFound, "run '\(printable(name))' has no network\(printable(why))")
    }
    network = try NetworkFile(
      bytes: try store.content(sha256: artifact.sha256), name: artifact.name)
    settings = try FrozenSettings.decode(try store.settingsJSON(run: run))
    warn(name)
  }

  /// Says of a network that has diverged that it has.
  private func warn(_ name: String) {
    guard let broken = network.notFinite else { return }
    printDiagnostic(
      "warning: \(broken.count) of the \(broken.of) weights of '\(printable(name))' "
        + "\(broken.count == 1 ? "is" : "are") not finite: the network has diverged, and its "
        + "predictions are not reliable")
  }
}

/// (N, C, H, W) to (N, H, W, C) and back: files have channels first, the engine last.
enum ChannelOrder {
  static func last(_ values: [Float], count: Int, channels: Int, pixels: Int) -> [Float] {
    reorder(values, count: count, rows: channels, columns: pixels)
  }

  static func first(_ values: [Float], count: Int, channels: Int, pixels: Int) -> [Float] {
    reorder(values, count: count, rows: pixels, columns: channels)
  }

  /// Transposes each (rows, columns).
  private static func reorder(_ values: [Float], count: Int, rows: Int, columns: Int) -> [Float] {
    var result = [Float](repeating: 0, count: values.count)
    for n in 0..<count {
      let base = n * rows * columns
      for r in 0..<rows {
        for c in 0..<columns { result[base + c * rows + r] = values[base + r * columns + c] }
      }
    }
    return result
  }
}
