import ArgumentParser
import Diffusion
import Images
import Kernels
import Serving
import Store
import Synchronization

/// Samples trained networks of a store for its pages: the latest request alone, on all workers.
final class NetworkPlayer: PageSampler {
  private let folder: String
  private let turn = Turn()
  /// The number of the latest request: an earlier one ends at its next step.
  private let latest = Mutex(0)
  private let known = Mutex<[String: PageSamplerChoices?]>([:])

  /// - Parameter folder: the store's.
  init(folder: String) { self.folder = folder }

  /// Requests go one after another.
  private actor Turn {
    func take<Success>(_ body: () throws -> Success) rethrows -> Success { try body() }
  }

  func choices(run: String) async throws -> PageSamplerChoices? {
    if let known = known.withLock({ $0[run] }) { return known }
    let found = await turn.take { try? choices(of: run) }
    // What has no network yet may have one soon.
    if let found { known.withLock { $0[run] = found } }
    return found
  }

  private func choices(of run: String) throws -> PageSamplerChoices? {
    let drawing = try DrawingNetwork(options(run, []))
    guard drawing.description.height * drawing.description.width > 1 else { return nil }
    let classes = try drawing.knownClasses()
    let sampling = drawing.settings.sampling
    return PageSamplerChoices(
      samplers: SamplingSettings.Sampler.allCases.map(\.rawValue),
      sampler: sampling.sampler.rawValue, steps: sampling.steps,
      guidance: classes.null == nil ? nil : sampling.guidance,
      classes: classes.inTurn.map { classes.names.isEmpty ? "class \($0)" : classes.names[$0] })
  }

  func sample(_ request: PageSamplerRequest) async throws -> [UInt8] {
    let number = latest.withLock { latest in
      latest += 1
      return latest
    }
    do {
      return try await turn.take { try sheet(request, number) }
    } catch let error as Failure {
      let problem = error.message.hasPrefix("error: ") ? 7 : 0
      throw StoreError(
        error.code == .notFound ? .notFound : .badInput, String(error.message.dropFirst(problem)))
    } catch let error as DiffusionError {
      throw StoreError(.badInput, error.description)
    } catch let error where !(error is SamplingStopped) {
      throw StoreError(.badInput, DrawingOptions.message(for: error))
    }
  }

  /// Ends the latest request at its next step.
  func stop() async { latest.withLock { $0 += 1 } }

  private func sheet(_ request: PageSamplerRequest, _ number: Int) throws -> [UInt8] {
    @Sendable func check() throws {
      if latest.withLock({ $0 != number }) { throw SamplingStopped() }
    }
    try check()
    var arguments = [
      "--sampler", request.sampler, "--steps", String(request.steps), "--seed",
      String(request.seed),
    ]
    if let guidance = request.guidance { arguments += ["--guidance", String(guidance)] }
    let drawing = try DrawingNetwork(options(request.run, arguments), count: request.count)
    let known = try drawing.knownClasses()
    if known.count == 0, request.classIndex != nil {
      throw Failure(.usage, "this network has no classes")
    }
    var classes = known.count == 0 ? nil : known.inTurn
    if let index = request.classIndex, let all = classes {
      guard all.indices.contains(index) else {
        throw Failure(.usage, "there is no class \(index): they are 0 to \(all.count - 1)")
      }
      classes = [all[index]]
    }
    let pool = drawing.options.threads.pool()
    defer { pool.end() }
    let drawn = try drawing.generator(pool).images(
      drawing.settings.sampling, indices: 0..<request.count,
      classes: classes.map { given in (0..<request.count).map { given[$0 % given.count] } },
      nullClass: known.null, clip: drawing.clips, progress: { _, _ in try check() })
    return try Image.grid(
      Drawings(drawing.description).pictures(drawn.values),
      columns: classes.map { (2...16).contains($0.count) ? $0.count : 8 } ?? 8, padding: 2
    ).png(isQuick: true)
  }

  private func options(_ run: String, _ arguments: [String]) throws -> DrawingOptions {
    try DrawingOptions.parse([run, "--store", folder] + arguments)
  }
}
