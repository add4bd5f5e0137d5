import Diffusion
import Testing

@testable import ExperimentFiles
@testable import Planning
@testable import Values

/// Keys of what a network is told, from the file to the engine's settings.
@Suite struct ConditioningKeyTests {
  private func run(_ overrides: String...) throws -> PlannedRun {
    let text = "data: {source: shapes}\ntraining: {steps: 1}\n"
    let plan = try Plan(
      ExperimentFile.read(text: text, path: "x.yaml", overrides: overrides)
    ) { _ in "" }
    return try #require(plan.runs.first)
  }

  @Test func everyKeyReachesTheEngine() throws {
    let found = try run("conditioning.self=true", "model.resnet_time_scale_shift=scale_shift")
    #expect(found.settings.conditioning == ConditioningSettings(selfConditioning: true))
    #expect(found.settings.model.timeScaleShift == .scaleShift)
    #expect(found.settings.model.residual == nil)
  }

  /// Of the residual U-Net the key is among its own settings, as it always was.
  @Test func theResidualNetworkKeepsItsOwn() throws {
    let found = try run(
      "model.architecture=unet", "model.resnet_time_scale_shift=scale_shift")
    #expect(found.settings.model.residual?.timeScaleShift == .scaleShift)
    #expect(found.settings.model.timeScaleShift == .default)
  }

  @Test func vectorsReachTheEngine() throws {
    let found = try run(
      "conditioning.kind=vector", "data.conditions=[size, red]", "conditioning.dropout=0.25")
    #expect(found.settings.data.conditions == ["size", "red"])
    #expect(found.settings.conditioning == ConditioningSettings(kind: .vector, dropout: 0.25))
  }

  @Test func categoriesReachTheEngine() throws {
    let plain = try run("conditioning.kind=vector", "data.conditions=[shape, red]")
    let found = try run(
      "conditioning.kind=vector", "data.conditions=[shape, red]", "conditioning.categories=[shape]")
    #expect(
      found.settings.conditioning == ConditioningSettings(kind: .vector, categories: ["shape"]))
    #expect(found.id != plain.id && plain.settings.conditioning.categories.isEmpty)
  }

  @Test func tasksReachTheEngine() throws {
    let usual = try run("conditioning.kind=image")
    #expect(usual.settings.conditioning.degradation == Degradation(.superResolution, factor: 4))
    #expect(usual.settings.conditioning.dropout == 0)
    let found = try run("conditioning.kind=image", "conditioning.task=inpainting")
    #expect(found.settings.conditioning.degradation == Degradation(.inpainting))
    let two = try run("conditioning.kind=image", "conditioning.factor=2")
    #expect(two.settings.conditioning.factor == 2 && two.id != usual.id && found.id != usual.id)
  }

  @Test func whatIsDoneToImagesReachesTheEngine() throws {
    let found = try run(
      "data.flip=true", "data.shift=3", "data.brightness=0.25", "conditioning.augmentation=true",
      "model.dropout=0.1")
    #expect(
      found.settings.data.augmentation == Augmentation(flip: true, shift: 3, brightness: 0.25))
    #expect(found.settings.conditioning == ConditioningSettings(augmentation: true))
    #expect(found.settings.model.dropout == 0.1)
    let residual = try run("model.architecture=unet", "model.dropout=0.1")
    #expect(residual.settings.model.residual?.dropout == 0.1)
    #expect(residual.settings.model.dropout == 0)
  }

  @Test func theDefaultsChangeNoIdentity() throws {
    let plain = try run()
    #expect(
      try run(
        "data.shift=0", "data.brightness=0", "model.dropout=0", "conditioning.augmentation=false"
      ).id == plain.id)
    for other in ["data.shift=1", "data.brightness=0.5", "model.dropout=0.5"] {
      #expect(try run(other).id != plain.id)
    }
    #expect(
      try run("conditioning.self=false", "model.resnet_time_scale_shift=default").id == plain.id)
    #expect(try run("conditioning.self=true").id != plain.id)
    #expect(try run("model.resnet_time_scale_shift=scale_shift").id != plain.id)
  }
}
