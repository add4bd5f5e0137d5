import Diffusion
import Foundation
import Images
import TestSupport
import Testing

/// What `sample` can be told: pipelines of diffusers, classes by name, sizes, sheets, overrides.
@Suite struct SampleVerbTests {
  /// One store with one trained run, told the class, for all tests here: they only read it.
  private static let trained = Result {
    let place = try Workplace()
    try place.run()
    return SharedPlace(place)
  }

  private final class SharedPlace: @unchecked Sendable {
    let place: Workplace
    init(_ place: Workplace) { self.place = place }
  }

  private func place() throws -> Workplace { try Self.trained.get().place }

  private func free(_ ending: String) throws -> String {
    try "\(place().path)/\(UUID().uuidString).\(ending)"
  }

  private struct Drawn {
    var shape: [Int]
    var values: [Float]
    var errors: String
  }

  /// Tensor `sample`, unclipped, of `sample` with these arguments.
  private func draw(_ source: String = "last", _ arguments: String...) throws -> Drawn {
    let path = try free("safetensors")
    let ending = try place().start(
      ["sample", source, "--no-clip", "--output", path] + arguments
    ).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    let file = try Safetensors(contentsOf: path)
    return Drawn(
      shape: try file.entry("sample").shape, values: try file.floats("sample"),
      errors: ending.errors)
  }

  private func refusal(
    _ code: Int, _ arguments: String..., says: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let ending = try place().start(["sample"] + arguments + ["-o", try free("png")]).wait()
    #expect(ending.code == code, "\(ending.errors)", sourceLocation: sourceLocation)
    #expect(
      ending.errors.contains(says), "\(ending.errors)", sourceLocation: sourceLocation)
  }

  // MARK: Classes

  @Test func classesHaveNames() throws {
    let star = try draw("last", "--class", "6")
    #expect(star.errors.contains("draws class 6 (star)"))
    for name in ["star", "Star", "STAR"] {
      #expect(try draw("last", "--class", name).values == star.values)
    }
    #expect(try draw("last", "--class", "moon").values != star.values)
    // The network's file carries them.
    let folder = "\(try place().path)/\(UUID().uuidString)"
    try place().workbench("artifacts", "last", "-o", folder)
    let file = "\(folder)/network.safetensors"
    #expect(
      try NetworkFile(contentsOf: file).description.classNames == [
        "circle", "ring", "square", "frame", "triangle", "cross", "star", "moon",
      ])
    let options = ["--sampler", "ddim", "--steps", "3", "--count", "4"]
    let ofFile = try draw(
      file, "--class", "star", options[0], options[1], options[2], options[3], options[4],
      options[5])
    #expect(ofFile.values == star.values)
  }

  @Test func aLabelForEachImage() throws {
    let labels = ["0", "star", " 3", "Moon", "0"]
    let drawn = try draw("last", "--labels", labels.joined(separator: ","))
    #expect(drawn.shape == [5, 3, 8, 8])
    #expect(
      drawn.errors.contains(
        "draws classes 0 (circle), 6 (star), 3 (frame), 7 (moon), 0 (circle)"))
    let size = 3 * 8 * 8
    for (i, index) in [0, 6, 3, 7, 0].enumerated() {
      let alone = try draw("last", "--class", "\(index)", "--count", "5")
      let range = (i * size)..<((i + 1) * size)
      #expect(drawn.values[range] == alone.values[range], "image \(i)")
    }
  }

  @Test func classesThatAreNotThere() throws {
    try refusal(
      64, "last", "--class", "stars",
      says: "--class stars: there is no such class; the classes are 0 circle, 1 ring, 2 square, ")
    try refusal(64, "last", "--class", "stars", says: "did you mean 'star'?")
    try refusal(
      64, "last", "--class", "8", says: "--class 8: the network's classes are 0 to 7: 0 circle")
    try refusal(64, "last", "--labels", "1,,2", says: "--labels : there is no such class")
    try refusal(
      64, "last", "--labels", "1,2", "--count", "3",
      says: "--labels has 2 classes, one per image, but --count is 3")
    try refusal(64, "last", "--labels", "1", "--class", "2", says: "--class, one for all images")
  }

  // MARK: Sizes and sheets

  @Test func imagesOfAnotherSize() throws {
    let drawn = try draw("last", "--size", "12", "--count", "2")
    #expect(drawn.shape == [2, 3, 12, 12])
    #expect(drawn.values.allSatisfy { $0.isFinite })
    try refusal(
      64, "last", "--size", "7",
      says: "--size 7: the network requires sides that are multiples of 2")
    try refusal(64, "last", "--size", "0", says: "--size takes 1 to 4096 pixels")
  }

  @Test func theSheetIsEnlarged() throws {
    let (plain, large) = (try free("png"), try free("png"))
    for (sheet, scale) in [(plain, "1"), (large, "3")] {
      try place().workbench("sample", "last", "--class", "2", "--scale", scale, "-o", sheet)
    }
    let (small, big) = (try Image(contentsOf: plain), try Image(contentsOf: large))
    // Four images of 8 pixels in a row, 2 between, a margin of 12.
    #expect((small.width, small.height) == (4 * 8 + 3 * 2 + 24, 8 + 24))
    #expect((big.width, big.height) == (4 * 24 + 3 * 2 + 24, 24 + 24))
    for i in 0..<4 {
      for y in 0..<24 {
        for x in 0..<24 {
          let there = (12 + y) * big.width + 12 + i * 26 + x
          let here = (12 + y / 3) * small.width + 12 + i * 10 + x / 3
          #expect(
            big.pixels[there * 3..<there * 3 + 3] == small.pixels[here * 3..<here * 3 + 3],
            "image \(i), pixel \(x), \(y)")
        }
      }
    }
    let ending = try place().start(
      ["sample", "last", "--output", try free("safetensors"), "--scale", "2"]
    ).wait()
    #expect(ending.code == 64 && ending.errors.contains("--scale enlarges the sheet"))
  }

  // MARK: Overrides

  @Test func optionsAndOverridesAreTheSame() throws {
    let usual = try draw("last")
    let trailing = try draw("last", "--spacing", "trailing")
    #expect(trailing.values != usual.values)
    #expect(try draw("last", "sampling.spacing=trailing").values == trailing.values)
    let more = try draw("last", "--steps", "7", "--seed", "3")
    #expect(try draw("last", "sampling.steps=7", "sampling.seed=3").values == more.values)
    // The process that it was trained on, said again.
    #expect(try draw("last", "diffusion.schedule.kind=linear").values == usual.values)
    #expect(try draw("last", "diffusion.schedule.kind=cosine").values != usual.values)
  }

  /// A run, a file of which nobody knows anything, a folder of diffusers: of each the process, the target and the sampler
  /// may be said anew.
  @Test func processAndTargetAreOverridden() throws {
    let folder = "\(try place().path)/\(UUID().uuidString)"
    try place().workbench("artifacts", "last", "-o", folder)
    let file = try Safetensors(contentsOf: "\(folder)/network.safetensors")
    var writer = SafetensorsWriter()
    for (name, entry) in file.entries {
      writer.add(name, shape: entry.shape, try file.floats(name))
    }
    let bare = try free("safetensors")
    try writer.write(to: bare)
    let pipeline = try pipeline(Array(#"{"_class_name": "DDIMScheduler"}"#.utf8))
    for source in ["last", "\(folder)/network.safetensors", bare, pipeline] {
      func draw(_ overrides: String...) throws -> [Float] {
        let path = try free("safetensors")
        let ending = try place().start(
          ["sample", source, "--output", path, "--count", "1", "--steps", "6"] + overrides
        ).wait()
        #expect(ending.code == 0, "\(source) \(overrides): \(ending.errors)")
        return try Safetensors(contentsOf: path).floats("sample")
      }
      let usual = try draw("--no-clip", "--sampler", "ddim")
      let others = [
        try draw("--no-clip", "--sampler", "ddim", "diffusion.prediction=v"),
        try draw("--no-clip", "--sampler", "ddim", "diffusion.process=edm"),
        try draw(
          "--no-clip", "--sampler", "ddim", "diffusion.process=flow", "diffusion.prediction=v"),
        try draw("--no-clip", "--sampler", "unipc", "sampling.order=3"),
        try draw("--no-clip", "--sampler", "unipc"),
        try draw("--sampler", "ddim", "sampling.threshold=0.995"),
      ]
      #expect(Set(others + [usual]).count == 7, "\(source)")
      #expect(others.allSatisfy { $0.allSatisfy(\.isFinite) })
    }
    // Where nobody says the process, the target is the usual one of what is said here; a run's network predicts what it
    // was trained to.
    for (source, target) in [(bare, "edm"), ("last", "epsilon")] {
      let said = try draw(
        source, "--count", "1", "diffusion.process=edm", "diffusion.prediction=\(target)")
      #expect(try draw(source, "--count", "1", "diffusion.process=edm").values == said.values)
    }
  }

  /// Levels and evaluations are two things.
  @Test func evaluationsAreSaidWhereTheyAreNotTheSteps() throws {
    let heun = try draw("last", "--count", "2", "--steps", "5", "--sampler", "heun")
    #expect(heun.errors.contains("an image took 9 evaluations of the network (heun, 5 steps)"))
    let ddim = try draw("last", "--count", "2", "--steps", "5")
    #expect(!ddim.errors.contains("evaluations"))
  }

  @Test func overridesAreChecked() throws {
    try refusal(
      65, "last", "--steps", "3", "sampling.steps=4",
      says: "'sampling.steps' is given twice, as --steps too")
    try refusal(
      65, "last", "training.batch=4",
      says: "'training.batch' changes nothing about what a network draws")
    try refusal(65, "last", "sampling.stepz=4", says: "did you mean 'steps'?")
    try refusal(
      65, "last", "diffusion.steps=2",
      says: "sampling.steps is 3, more than the 2 of diffusion.steps")
    try refusal(65, "last", "--steps", "101", says: "the noise process has only 100 steps")
    try refusal(
      65, "last", "diffusion.schedule.offset=0.1",
      says: "does not belong to diffusion.schedule.kind")
    try refusal(
      64, "last", "--sampler", "ddpm", "--eta", "0.5",
      says: "--eta belongs to ddim, but the sampler is ddpm")
    try refusal(65, "last", "sweep=none", says: "changes nothing about what a network draws")
  }

  // MARK: diffusers

  private static let goldens = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("DiffusionTests/Goldens").path

  private func pipeline(_ scheduler: [UInt8]) throws -> String {
    let name = UUID().uuidString
    let path = try "\(place().path)/\(name)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: "\(Self.goldens)/unet/two_levels", toPath: "\(path)/unet")
    try place().folder.write(scheduler, "\(name)/scheduler/scheduler_config.json")
    return path
  }

  /// From the noise that diffusers began with to the samples it drew, all settings being the pipeline's.
  @Test func aPipelineDrawsWhatDiffusersDraws() throws {
    let folder = "\(Self.goldens)/schedulers/ddim_defaults"
    let golden = try Safetensors(contentsOf: "\(folder)/golden.safetensors")
    let scheduler = try #require(
      FileManager.default.contents(atPath: "\(folder)/scheduler_config.json"))
    let path = try pipeline([UInt8](scheduler))
    let (initial, output) = (try free("safetensors"), try free("safetensors"))
    var writer = SafetensorsWriter()
    writer.add("x", shape: try golden.entry("x").shape, try golden.floats("x"))
    try writer.write(to: initial)
    let ending = try place().start(
      ["sample", path, "--steps", "20", "--initial", initial, "--output", output]
    ).wait()
    #expect(ending.code == 0)
    #expect(
      ending.errors.contains(
        "of a pipeline with DDIMScheduler: ddim, 20 of 1000 steps (leading), schedule linear, "
          + "x̂0 clipped to [−1, 1]"))
    let drawn = try Safetensors(contentsOf: output).floats("sample")
    // As in DiffusersPipelineTests.
    let expected = try golden.floats("sample")
    #expect(relativeError(drawn, expected) < 4e-6)
  }

  @Test func whatAPipelineAsksForIsObeyedOrRefused() throws {
    let v = try pipeline(
      Array(#"{"_class_name": "DDPMScheduler", "variance_type": "learned_range"}"#.utf8))
    try refusal(
      65, v, "--count", "1", says: #"takes from it: variance_type is "learned_range""#)
    let short = try pipeline(
      Array(#"{"_class_name": "DDPMScheduler", "num_train_timesteps": 500}"#.utf8))
    try refusal(
      65, short, "--count", "1", "--steps", "600",
      says: "sampling.steps is 600, but the noise process has only 500 steps")
    let euler = try pipeline(Array(#"{"_class_name": "EulerDiscreteScheduler"}"#.utf8))
    let drawn = try draw(euler, "--count", "1", "--steps", "2")
    #expect(drawn.errors.contains("the pipeline's scheduler is EulerDiscreteScheduler"))
    let scaled = try pipeline(
      Array(#"{"_class_name": "DDIMScheduler", "beta_schedule": "scaled_linear"}"#.utf8))
    let linear = try draw(
      scaled, "--count", "1", "--steps", "2", "diffusion.schedule.kind=linear")
    #expect(try draw(scaled, "--count", "1", "--steps", "2").values != linear.values)
  }

  @Test func whatNobodySaysIsSaid() throws {
    let folder = "\(try place().path)/\(UUID().uuidString)"
    try place().workbench("artifacts", "last", "-o", folder)
    let file = try Safetensors(contentsOf: "\(folder)/network.safetensors")
    var writer = SafetensorsWriter()
    for (name, entry) in file.entries {
      writer.add(name, shape: entry.shape, try file.floats(name))
    }
    let bare = try free("safetensors")
    try writer.write(to: bare)
    let drawn = try draw(bare, "--count", "1", "--steps", "1")
    #expect(
      drawn.errors.contains("the network's files do not say what size of images it draws: 32×32"))
    #expect(
      drawn.errors.contains("the network's files do not say which noise process it was trained on"))
    #expect(drawn.shape == [1, 3, 32, 32])
    let said = try draw(
      bare, "--count", "1", "--steps", "1", "--size", "8", "diffusion.schedule.kind=linear")
    #expect(said.errors.contains("nothing says") == false)
    #expect(said.shape == [1, 3, 8, 8])
    // What is said counts: t/T is what this network is told of the time.
    let of100 = try draw(
      bare, "--sampler", "ddim", "--steps", "3", "diffusion.steps=100", "--count", "2", "--size",
      "8")
    let ofRun = try draw("last", "--count", "2")
    #expect(of100.values == ofRun.values)
    try refusal(
      64, bare, "--class", "star",
      says: "the network does not name its classes; they are 0 to 7")
    let unconditional = "\(Self.goldens)/unet/two_levels"
    try refusal(
      64, unconditional, "--guidance", "2", says: "has no classes; leave --guidance out")
    try refusal(64, unconditional, "--class", "a", says: "has no classes; leave --class out")
  }

  @Test func picklesAreCalledThat() throws {
    let pickle = try place().folder.write(
      [0x80, 2, 0x8A, 0x0A] + [UInt8](repeating: 0, count: 64), "old.pt")
    try refusal(65, pickle, says: "is a PyTorch pickle")
    let ending = try place().ending(of: "model", pickle)
    #expect(ending.code == 65 && ending.errors.contains("is a PyTorch pickle"))
  }
}
