import Diffusion
import Foundation
import TestSupport
import Testing

/// `export`, and diffusers folders as CHECKPOINT of the other verbs.
@Suite struct ExportVerbTests {
  private static let unet = """
    model: {architecture: unet, block_out_channels: [8, 8], layers_per_block: 1, norm_num_groups: 4, attention_head_dim: 4}
    training: {steps: 2, batch: 4, ema: 0.5}
    evaluation: {images: 8, metrics: [loss]}

    """

  /// One trained residual U-Net for all tests here: they only read it.
  private static let trained = Result {
    let place = try Workplace(unet)
    try place.run()
    return SharedPlace(place)
  }

  /// Its folder lives as long as this.
  private final class SharedPlace: @unchecked Sendable {
    let place: Workplace
    init(_ place: Workplace) { self.place = place }
  }

  private func place() throws -> Workplace { try Self.trained.get().place }

  private func free(_ ending: String = "") throws -> String {
    try "\(place().path)/\(UUID().uuidString)\(ending)"
  }

  private func predict(_ checkpoint: String) throws -> [Float] {
    let (input, output) = (try free(".safetensors"), try free(".safetensors"))
    var writer = SafetensorsWriter()
    writer.add("x", shape: [2, 3, 8, 8], (0..<384).map { Float($0 % 13) / 6 - 1 })
    writer.add("t", shape: [2], [3, 90])
    writer.add("class", shape: [2], [1, 8])
    try writer.write(to: input)
    try place().workbench("predict", checkpoint, "--input", input, "--output", output)
    return try Safetensors(contentsOf: output).floats("prediction")
  }

  @Test func oneFile() throws {
    let (file, raw) = (try free(".safetensors"), try free(".safetensors"))
    try place().workbench("export", "last", "--format", "safetensors", "-o", file)
    try place().workbench("export", "last", "--format", "safetensors", "-o", raw, "--raw")
    let folder = try free()
    try place().workbench("artifacts", "last", "-o", folder)
    for (exported, artifact) in [(file, "network"), (raw, "network.raw")] {
      let isSame =
        FileManager.default.contents(atPath: exported)
        == FileManager.default.contents(atPath: "\(folder)/\(artifact).safetensors")
      #expect(isSame, "\(artifact)")
    }
  }

  @Test func aFolderAndBack() throws {
    let folder = try free()
    let output = try place().workbench("export", "last", "--format", "diffusers", "-o", folder)
    #expect(output.isEmpty, "what it did goes to standard error")
    let isSame = try predict(folder) == predict("last")
    #expect(isSame)
    // From the folder to one file, and from that to a folder.
    let (file, again) = (try free(".safetensors"), try free())
    try place().workbench("export", folder, "--format", "safetensors", "-o", file)
    try place().workbench("export", file, "--format", "diffusers", "-o", again)
    for name in ["config.json", "diffusion_pytorch_model.safetensors"] {
      let isSame =
        FileManager.default.contents(atPath: "\(again)/\(name)")
        == FileManager.default.contents(atPath: "\(folder)/\(name)")
      #expect(isSame, "\(name)")
    }
    #expect(try NetworkFile(contentsOf: folder).description.diffusion.steps == 100)
  }

  @Test func samplesOfAFolderAreTheRuns() throws {
    let folder = try free()
    try place().workbench("export", "last", "--format", "diffusers", "-o", folder)
    let images = try ["last", folder].map { source in
      let path = try free(".safetensors")
      try place().workbench(
        "sample", source, "--sampler", "ddim", "--steps", "2", "--count", "2", "--output", path)
      return try Safetensors(contentsOf: path).floats("sample")
    }
    let isSame = images[0] == images[1]
    #expect(isSame)
    #expect(images[0].count == 2 * 3 * 64)
  }

  @Test func modelShowsExperimentsAndFolders() throws {
    let folder = try free()
    try place().workbench("export", "last", "--format", "diffusers", "-o", folder)
    let file = "\(folder)/diffusion_pytorch_model.safetensors"
    let documents = try [place().file, folder, file].map {
      try #require(try place().json("model", $0) as? NSDictionary)
    }
    #expect(documents[0]["architecture"] as? String == "unet")
    #expect(documents[0]["input"] as? [Int] == [3, 8, 8])
    #expect(documents[0] == documents[1] && documents[0] == documents[2])
    let count = try Safetensors(contentsOf: file).entries.values
      .map { $0.shape.reduce(1, *) }.reduce(0, +)
    #expect(documents[0]["parameters"] as? Int == count)
    try place().workbench("model", folder, "model.levels=3", code: 64)
  }

  @Test func whatIsThereStays() throws {
    let folder = try free()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    for format in ["safetensors", "diffusers"] {
      let ending = try place().ending(of: "export", "last", "--format", format, "-o", folder)
      #expect(ending.code == 73 && ending.errors.contains("already exists"))
      let nowhere = try place().ending(
        of: "export", "last", "--format", format, "-o", "\(folder)/none/x")
      #expect(nowhere.code == 73, "\(nowhere.errors)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
  }

  @Test func errors() throws {
    let place = try place()
    let path = try free()
    let format = try place.ending(of: "export", "last", "--format", "onnx", "-o", path)
    #expect(format.code == 64 && format.errors.contains("safetensors"), "\(format.errors)")
    #expect(try place.ending(of: "export", "last", "-o", path).code == 64)
    #expect(
      try place.ending(of: "export", "nothing", "--format", "diffusers", "-o", path).code == 66)
    let folder = try place.ending(
      of: "export", place.path, "--format", "diffusers", "-o", path)
    #expect(folder.code == 65 && folder.errors.contains("config.json"), "\(folder.errors)")
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func theSmallUNetIsNoModelOfDiffusers() throws {
    let place = try Workplace(
      "training: {steps: 1, batch: 4}\nevaluation: {images: 8, metrics: [loss]}\n")
    try place.run()
    let path = "\(place.path)/exported"
    let ending = try place.ending(of: "export", "last", "--format", "diffusers", "-o", path)
    #expect(ending.code == 65 && ending.errors.contains("small-unet"), "\(ending.errors)")
    #expect(!FileManager.default.fileExists(atPath: path))
    try place.workbench("export", "last", "--format", "safetensors", "-o", path)
    #expect(try NetworkFile(contentsOf: path).description.model.baseChannels == 8)
  }
}
