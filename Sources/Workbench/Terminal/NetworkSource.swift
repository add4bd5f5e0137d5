import Analysis
import ArgumentParser
import Diffusion
import ExperimentFiles
import Foundation
import Kernels
import Planning
import Store
import Text
import Values

/// A trained network that a person names: a file, a folder of diffusers, or a run of the store.
struct NetworkSource {
  let network: NetworkFile
  /// The run's settings; nil for a file or folder.
  let settings: RunSettings?
  /// Where the run is, to ask for more of its networks; nil for a file or folder.
  private let place: (store: RunStore, run: String)?
  private let options: StoreOptions

  /// Of each class that the network is conditioned on; empty if they are not known.
  var classNames: [String] {
    network.description.classNames ?? settings?.data.source.classNames ?? []
  }

  /// - Parameters:
  ///   - name: a `.safetensors` file, the folder of a diffusers model or pipeline, or a run.
  ///   - raw: the weights themselves, not their average, of a run or of a folder with `unet_ema`.
  /// - Throws: `DiffusionError`, `StoreError`.
  init(_ name: String, raw: Bool = false, store options: StoreOptions) throws {
    self.options = options
    if FileManager.default.fileExists(atPath: name) || name.hasSuffix(".safetensors") {
      network = try NetworkFile(contentsOf: name, raw: raw)
      (settings, place) = (nil, nil)
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
    let wanted = (raw ? [RunStore.NetworkName.raw] : []) + [RunStore.NetworkName.drawing]
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
    place = (store, run)
    warn(name)
  }

  /// What draws and what guides by these settings, where overrides ask for other averages than the run's own.
  /// - Returns: weights, laid out as the network's layout says; nil of the guide where none guides.
  /// - Throws: `Failure(.usage)` where there is nothing to make them of; `StoreError`, `DiffusionError`.
  func weights(for asked: RunSettings) throws -> (own: AlignedBuffer, guide: AlignedBuffer?) {
    let (now, before) = (asked.sampling, settings?.sampling)
    let isOwn = now.ema == before?.ema
    if isOwn, now.guideStep == nil { return (network.values, nil) }
    guard let place, let settings else {
      throw Failure(
        .usage,
        "sampling.ema and sampling.guide_step draw by averages that a run has kept, and this is no run of the store"
      )
    }
    func average(_ width: Double, _ step: Int) throws -> AlignedBuffer {
      let loaders = try place.store.averages(of: place.run, layout: network.network.layout)
      guard
        let values = try AverageSnapshot.average(
          width: width, until: step, count: network.network.layout.count, from: loaders)
      else {
        throw Failure(
          .usage,
          "run \(place.run.prefix(8)) has kept no averages up to step \(step): training.ema_widths says which are kept, and training.ema_every how often"
        )
      }
      return AlignedBuffer(values)
    }
    var own = network.values
    if !isOwn {
      if let width = now.ema {
        own = try average(width, settings.training.steps)
      } else if let kept = try place.store.network(of: place.run, RunStore.NetworkName.kept) {
        own = kept.values
      }
    }
    let guide = try now.guideStep.map { step in
      try average(now.ema ?? settings.training.emaWidths?.first ?? 0.1, step)
    }
    return (own, guide)
  }

  /// The network that guides by these settings, where that is another one: the one that the run was guided by, or what
  /// the settings name now.
  /// - Throws: `StoreError`, `DiffusionError` where it cannot be had.
  func guide(for asked: RunSettings) throws -> NetworkFile? {
    guard let name = asked.sampling.guide else { return nil }
    if let place, name == settings?.sampling.guide,
      let kept = try place.store.network(of: place.run, RunStore.NetworkName.guide)
    {
      return kept
    }
    let found = try NamedWeights.find(
      name, as: .guide, in: nil, seed: settings?.training.seed, untold: nil,
      store: { try place?.store ?? options.openIfThere() })
    guard let network = found.network else { throw NamedWeights.hasNoNetwork(name, .guide) }
    return network
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
