import Diffusion
import Foundation
import TestSupport
import Testing

/// `sample`, `predict` and `model` on networks that others made: their classes, what nobody says of them, their
/// schedules, and files that are no networks.
@Suite struct ForeignNetworkVerbTests {
  private static let goldens = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("DiffusionTests/Goldens").path

  /// Six rows of classes, of which nobody says that the last is none.
  private static let classes = "\(goldens)/unet/one_level_classes"

  private let place: Workplace

  init() throws {
    place = try Workplace()
  }

  private struct Drawn {
    var values: [Float]
    var errors: String
  }

  /// Tensor `sample`, unclipped, of two steps of DDIM.
  private func draw(_ source: String, _ arguments: String...) throws -> Drawn {
    let path = "\(place.path)/\(UUID().uuidString).safetensors"
    let ending = try place.start(
      ["sample", source, "--no-clip", "--sampler", "ddim", "--steps", "2", "--output", path]
        + arguments
    ).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    return Drawn(
      values: try Safetensors(contentsOf: path).floats("sample"), errors: ending.errors)
  }

  private func refusal(
    _ code: Int, _ arguments: String..., says: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let ending = try place.start(["sample"] + arguments + ["-o", "\(place.path)/x.png"]).wait()
    #expect(ending.code == code, "\(ending.errors)", sourceLocation: sourceLocation)
    #expect(ending.errors.contains(says), "\(ending.errors)", sourceLocation: sourceLocation)
  }

  // MARK: Classes

  @Test func everyClassIsAClass() throws {
    let all = try draw(Self.classes, "--count", "7").values
    for k in 0..<6 {
      let one = try draw(Self.classes, "--count", "7", "--class", "\(k)").values
      let range = (k * 64)..<((k + 1) * 64)
      #expect(one[range] == all[range], "image \(k) is of class \(k)")
      #expect((one[384..<448] == all[384..<448]) == (k == 0), "image 6 is of class 0")
    }
    try refusal(64, Self.classes, "--class", "6", says: "the network's classes are 0 to 5")
  }

  @Test func guidanceAsksForTheNullClass() throws {
    try refusal(
      64, Self.classes, "--guidance", "3",
      says: "which of its classes, 0 to 5, it is, if any: give --null-class 5")
    try refusal(
      64, Self.classes, "sampling.guidance=3", says: "give --null-class 5 if it is the last")
    try refusal(64, Self.classes, "--null-class", "6", says: "the network's classes are 0 to 5")
    for k in [5, 2] {
      let without = try draw(
        Self.classes, "--count", "3", "--guidance", "0", "--null-class", "\(k)"
      ).values
      let null = try draw(Self.classes, "--count", "3", "--class", "\(k)").values
      #expect(without == null, "guidance 0 is the null class alone")
    }
    // Not drawn in turn, then.
    let turn = try draw(Self.classes, "--count", "6", "--null-class", "5").values
    let first = try draw(Self.classes, "--count", "6", "--class", "0").values
    #expect(turn[320..<384] == first[320..<384])
    try refusal(
      64, "\(Self.goldens)/unet/two_levels", "--null-class", "0", says: "has no classes")
  }

  @Test func classesAreNamedOnTheCommandLine() throws {
    try refusal(
      64, Self.classes, "--class", "cat",
      says: "they are 0 to 5, and data.class_names=[NAME, …] beside --class sets them")
    let third = try draw(Self.classes, "--count", "2", "--class", "2").values
    let names = "data.class_names=[dog, '7', cat, '3', a, b]"
    let named = try draw(Self.classes, "--count", "2", "--class", "Cat", names)
    #expect(named.values == third && named.errors.contains("draws class 2 (cat)"))
    try refusal(
      64, Self.classes, "--class", "cat", "data.class_names=[cat, dog]",
      says: "data.class_names has 2 names, and the network's classes are 0 to 5")
    // Names that are numbers.
    let seven = try draw(Self.classes, "--count", "1", "--class", "7", names)
    #expect(seven.errors.contains("draws class 1 (7)"))
    try refusal(
      64, Self.classes, "--class", "3", "data.class_names=[dog, '3', cat, fox, a, b]",
      says: "class 3 is called 'fox', and '3' is the name of class 1: use number:3 or name:3")
    for (word, index) in [
      ("number:3", "3 (3)"), ("name:3", "3 (3)"), ("3", "3 (3)"), ("name:7", "1 (7)"),
    ] {
      let drawn = try draw(Self.classes, "--count", "1", "--class", word, names)
      #expect(drawn.errors.contains("draws class \(index)"), "\(word)")
    }
    try refusal(
      64, Self.classes, "--labels", "9,3", names,
      says: "--labels 9: the network's classes are 0 to 5")
  }

  // MARK: Numbers

  @Test func numbersOutOfBounds() throws {
    let network = "\(Self.goldens)/unet/two_levels"
    try refusal(64, network, "--eta", "2", says: "--eta takes a number from 0 to 1.")
    try refusal(64, network, "--guidance", "-1", says: "--guidance takes a number from 0 to 1000.")
    try refusal(64, network, "--size", "-8", says: "--size takes 1 to 4096 pixels.")
    try refusal(64, network, "--seed", "-1", says: "The value '-1' is invalid for '--seed")
    var writer = SafetensorsWriter()
    writer.add("x", shape: [3, 3, 8, 8], [Float](repeating: 0.5, count: 3 * 192))
    let noise = "\(place.path)/noise.safetensors"
    try writer.write(to: noise)
    let says =
      "--count is 50, and '\(noise)' holds the noise of 3 images: leave --count out"
    try refusal(64, network, "--initial", noise, "--count", "50", says: says)
    try refusal(64, network, "--initial", noise, "sampling.count=50", says: says)
    #expect(try draw(network, "--initial", noise, "--count", "3").values.count == 3 * 192)
  }

  // MARK: Schedules

  private func pipeline(_ scheduler: String) throws -> String {
    let name = UUID().uuidString
    let path = "\(place.path)/\(name)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: "\(Self.goldens)/unet/two_levels", toPath: "\(path)/unet")
    try place.folder.write(
      Array("{\"_class_name\": \"DDIMScheduler\", \(scheduler)}".utf8),
      "\(name)/scheduler/scheduler_config.json")
    return path
  }

  /// What is overridden is overridden, and the rest stays: as if the file said it.
  @Test(
    arguments: [
      ("diffusion.schedule.beta_end=0.05", "scaled_linear", 1000, 0.001, 0.05),
      ("diffusion.schedule.beta_start=0.002", "scaled_linear", 1000, 0.002, 0.03),
      ("diffusion.steps=500", "scaled_linear", 500, 0.001, 0.03),
      ("diffusion.schedule.kind=linear", "linear", 1000, 0.001, 0.03),
      ("diffusion.variance=fixed-large", "scaled_linear", 1000, 0.001, 0.03),
    ])
  func overridesLieOverThePipelines(
    override: String, kind: String, steps: Int, start: Double, end: Double
  ) throws {
    func scheduler(_ kind: String, _ steps: Int, _ start: Double, _ end: Double) -> String {
      #""beta_schedule": "\#(kind)", "beta_start": \#(start), "beta_end": \#(end), "#
        + #""num_train_timesteps": \#(steps)"#
    }
    let own = try pipeline(scheduler("scaled_linear", 1000, 0.001, 0.03))
    let said = try pipeline(scheduler(kind, steps, start, end))
    let drawn = try draw(own, override, "--count", "2")
    #expect(try draw(said, "--count", "2").values == drawn.values)
    let isOwn = override.hasPrefix("diffusion.variance")
    #expect(
      drawn.errors.contains(
        "schedule \(kind)\(isOwn ? "" : " from β \(start) to \(end)"), x̂0"), "\(drawn.errors)")
    if !isOwn { #expect(try draw(own, "--count", "2").values != drawn.values) }
  }

  @Test func betasGivenByThemselvesHaveNoEnds() throws {
    let own = try pipeline(#""num_train_timesteps": 3, "trained_betas": [0.1, 0.2, 0.3]"#)
    for override in ["diffusion.steps=2", "diffusion.schedule.beta_end=0.5"] {
      try refusal(
        65, own, "--steps", "2", override,
        says: "gives each of its 3 β by itself, and they go with no other T, first or last β")
    }
    let linear = try pipeline(#""num_train_timesteps": 3"#)
    #expect(
      try draw(own, "diffusion.schedule.kind=linear", "--count", "1").values
        == draw(linear, "--count", "1").values)
  }

  // MARK: Bare files

  /// The tensors of a file and nothing else.
  private func bare(_ file: Safetensors, _ name: String) throws -> String {
    var writer = SafetensorsWriter()
    for (name, entry) in file.entries {
      writer.add(name, shape: entry.shape, try file.floats(name))
    }
    let path = "\(place.path)/\(name).safetensors"
    try writer.write(to: path)
    return path
  }

  private func bare(_ golden: String) throws -> String {
    try bare(
      Safetensors(
        contentsOf: "\(Self.goldens)/unet/\(golden)/diffusion_pytorch_model.safetensors"), golden)
  }

  @Test func aBareFileThatDoesNotFitIsNamed() throws {
    let path = try bare("two_levels")
    let message =
      "'\(path)' does not say what options its network has, and the assumed ones do not fit its "
      + "tensors: 8 channels cannot be cut into 32 groups of one size; put the network's 'config.json' beside the file"
    try refusal(65, path, says: message)
    let ending = try place.ending(of: "model", path)
    #expect(ending.code == 65 && ending.errors.contains(message))
  }

  @Test func whatIsTakenForGrantedIsSaid() throws {
    var residual = ResidualUNetSettings(
      blockOutChannels: [32], layersPerBlock: 1, attentionLevels: [])
    residual.addAttention = false
    let session = try RunSession(
      RunSettings(
        data: DataSettings(source: .shapes, limit: 16, size: 8),
        model: ModelSettings(architecture: .unet, residual: residual),
        conditioning: ConditioningSettings(), training: TrainingSettings(steps: 1)), workers: 1)
    let network = try #require(session.networkFile())
    let path = try bare(Safetensors(bytes: network.bytes(), name: "net"), "net")
    var input = SafetensorsWriter()
    input.add("x", shape: [1, 3, 8, 8], [Float](repeating: 0.5, count: 192))
    input.add("t", shape: [1], [3])
    try input.write(to: "\(place.path)/in.safetensors")
    let said =
      "'\(path)' does not say what options its network has: norm_num_groups 32, norm_eps 1e-05, "
      + "flip_sin_to_cos true, freq_shift 0.0, mid_block_scale_factor 1.0 and center_input_sample false are "
      + "assumed; the network's 'config.json' beside the file would tell\n"
    for arguments in [
      [
        "predict", path, "--input", "\(place.path)/in.safetensors", "--output",
        "\(place.path)/out.safetensors",
      ],
      ["model", path],
      ["sample", path, "--count", "1", "--steps", "1", "-o", "\(place.path)/x.png"],
    ] {
      let ending = try place.start(arguments).wait()
      #expect(ending.code == 0 && ending.errors.contains(said), "\(ending.errors)")
    }
  }

  /// The run's own options are what is known of a bare file's.
  @Test func trainingFromABareFileTakesTheRunsOptions() throws {
    let path = try bare("two_levels")
    func train(_ model: String) throws -> WorkbenchProcess.Ending {
      try place.write(
        """
        model: {architecture: unet, block_out_channels: [8, 12], layers_per_block: 1, \(model)}
        conditioning: {kind: none}
        training: {steps: 1, batch: 4, from: '\(path)'}
        evaluation: {metrics: [loss]}
        """)
      return try place.startRun().wait()
    }
    let four = try train("norm_num_groups: 4, attention_head_dim: 4")
    #expect(four.code == 0, "\(four.errors)")
    let other = try train("norm_num_groups: 4, attention_head_dim: 4, add_attention: false")
    #expect(other.code != 0)
    #expect(
      other.errors.contains("model.add_attention is true there and false here"), "\(other.errors)")
  }
}
