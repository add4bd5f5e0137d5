import Diffusion
import Testing

@testable import ExperimentFiles
@testable import Planning
@testable import Values

@Suite struct IdentityTests {
  private func run(_ text: String, fingerprint: String = "") throws -> PlannedRun {
    let file = try ExperimentFile.read(text: text, path: "x.yaml")
    return try #require(try Plan(file) { _ in fingerprint }.runs.first)
  }

  /// The hashes of stored runs. If this breaks, every run of every store would be done again:
  /// a new key needs a default that means what was before, not new numbers here.
  @Test func pinned() throws {
    // printf '%s' '{"dataFingerprint":"abc","settings":{"data":{"source":"shapes"}},"version":1}'
    // | sha256sum; for the id '{"settings":{"training":{"steps":100}},"trainKey":"…","version":1}'.
    let plain = try run("data: {source: shapes}\ntraining: {steps: 100}\n", fingerprint: "abc")
    #expect(plain.trainKey == "fc8a425eacbd332be28cfeba699ab1b3f3a6e192a069a37f6ee3e6c1be9afa47")
    #expect(plain.id == "53b336c864e3d6508f429aa60efd743a4d749efc58b82bfa55769457c34e2b32")
    #expect(plain.groupKey == "72fb4144fd9a1b6150df236b6814b2b0d1d24ed71f401dfadb54829698173c91")
    let full = try run(
      """
      data: {source: idx, images: a, labels: b, size: 32, fit: resize, limit: 100, flip: true}
      model: {levels: 3, base_channels: 32, time_embedding: {kind: sinusoidal, dim: 64}}
      conditioning: {kind: class, inject: time, dropout: 0.2}
      diffusion: {steps: 500, schedule: {kind: cosine, offset: 0.01}, variance: fixed-large}
      training:
        steps: 100
        batch: 32
        seed: 3
        precision: bf16
        lanes: 4
        ema: 0.99
        clip: 1
        optimizer: {lr: 1e-3, betas: [0.8, 0.99], eps: 1e-7}
        lr_schedule: {kind: linear, warmup: 10}
        from: r
      sampling:
        {sampler: ddim, steps: 20, spacing: trailing, eta: 0.5, clip: false, guidance: 2, count: 8,
        seed: 1, every: 50}
      evaluation: {every: 50, images: 10, metrics: [frechet-pca64, loss]}
      """, fingerprint: "abc")
    #expect(full.trainKey == "a81569d97c0895f590a8f25c21b017dfca1a642c65134a09da4b63a60adf4a63")
    #expect(full.id == "6c2724a025b984aa7665e6d6a49a780ad1bd0f67f38c0e537792e471cf884b8c")
  }

  private static let base = "data: {source: shapes}\ntraining: {steps: 100}\n"

  @Test(arguments: [
    "name: other\n", "question: Why?\n", "objective: {metric: train/loss}\n",
    "model: {levels: 2}\n", "diffusion: {schedule: {kind: linear}}\n",
    "sampling: {guidance: 1.0, clip: auto}\n", "evaluation: {metrics: [loss]}\n",
  ])
  func whatChangesNothing(addition: String) throws {
    #expect(try run(Self.base + addition).id == run(Self.base).id)
    #expect(try run(Self.base + addition).trainKey == run(Self.base).trainKey)
  }

  @Test func namesOfClassesChangeNothing() throws {
    let source = "data: {source: npy, path: a"
    let named = try run(source + ", class_names: [cat, 1]}\ntraining: {steps: 1}\n")
    #expect(try named.id == run(source + "}\ntraining: {steps: 1}\n").id)
    #expect(named.settings.data.classNames == ["cat", "1"])
  }

  @Test func loggingChangesNothing() throws {
    let logged = try run(
      """
      data: {source: shapes}
      training: {steps: 1e2, log_every: 1, checkpoint_every: 7, keep_state: true}
      """)
    #expect(try logged.id == run(Self.base).id)
    #expect(logged.settings.training.keepState)
  }

  @Test(arguments: [
    "model: {levels: 3}\n", "conditioning: {kind: class}\n", "diffusion: {steps: 999}\n",
    "diffusion: {schedule: {kind: cosine}}\n",
  ])
  func whatChangesTheWeights(addition: String) throws {
    #expect(try run(Self.base + addition).trainKey != run(Self.base).trainKey)
    #expect(try run(Self.base + addition).id != run(Self.base).id)
  }

  @Test(arguments: ["sampling: {steps: 51}\n", "evaluation: {images: 999}\n"])
  func whatChangesTheRunAlone(addition: String) throws {
    #expect(try run(Self.base + addition).trainKey == run(Self.base).trainKey)
    #expect(try run(Self.base + addition).id != run(Self.base).id)
  }

  @Test func stepsChangeTheRunAlone() throws {
    let longer = try run("data: {source: shapes}\ntraining: {steps: 101}\n")
    #expect(try longer.trainKey == run(Self.base).trainKey)
    #expect(try longer.id != run(Self.base).id)
  }

  @Test func dataChangeEverything() throws {
    #expect(try run(Self.base, fingerprint: "b").trainKey != run(Self.base).trainKey)
    #expect(try run(Self.base, fingerprint: "b").id != run(Self.base).id)
  }

  /// Keys that do not belong to the kind chosen, and numbers written another way.
  @Test func oneValueHasOneHash() throws {
    #expect(
      try run(
        Self.base
          + "training: {steps: 1}\n".replacing("training", with: "evaluation")
          .replacing("steps: 1", with: "images: 1e3")
      ).id == run(Self.base).id)
    let a = try run("data: {source: shapes}\ntraining: {steps: 1, optimizer: {lr: 2e-3}}\n")
    let b = try run("training: {optimizer: {lr: 0.0020}, steps: 1}\ndata: {source: shapes}\n")
    #expect(a.id == b.id)
    #expect(a.settingsJSON == b.settingsJSON)
  }

  @Test func shortIDsGrowUntilTheyDiffer() {
    #expect(ShortID.length(for: ["aaaaaaaaaa", "bbbbbbbbbb"]) == 8)
    #expect(ShortID.length(for: ["aaaaaaaaab", "aaaaaaaaaa", "cccccccccc"]) == 10)
    #expect(ShortID.length(for: ["aaaaaaaaab", "aaaaaaaaab"]) == 8)
    #expect(ShortID.length(for: [String]()) == 8)
  }
}
