import Foundation
import TestSupport
import Testing

@testable import Diffusion

/// Weights as people have them: variants, shards, averages, pickles, tensors that nobody asks for.
@Suite struct NetworkFolderTests {
  private static let golden = DiffusersGoldens.folder("ddpm_options")
  private static let weights = "diffusion_pytorch_model"

  private static func file() throws -> Safetensors {
    try Safetensors(contentsOf: "\(golden)/\(weights).safetensors")
  }

  private static func bytes(of tensors: [String], in file: Safetensors) throws -> [UInt8] {
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    for name in tensors {
      writer.add(name, shape: try file.entry(name).shape, try file.floats(name))
    }
    return writer.bytes()
  }

  /// A folder with the model's `config.json` and nothing else.
  private static func model(in part: String = "") throws -> TemporaryFolder {
    let place = try TemporaryFolder()
    let config = try #require(FileManager.default.contents(atPath: "\(golden)/config.json"))
    try place.write([UInt8](config), part + "config.json")
    return place
  }

  private static func error(_ body: () throws -> Void) -> DiffusionError {
    do {
      try body()
      return DiffusionError(.inputOutput, "no error")
    } catch {
      return error as? DiffusionError ?? DiffusionError(.inputOutput, "\(error)")
    }
  }

  // MARK: Variants

  @Test(arguments: [
    "diffusion_pytorch_model.ema.safetensors", "diffusion_pytorch_model.fp16.safetensors",
    "diffusion_pytorch_model.non_ema.safetensors", "weights.safetensors",
  ])
  func aVariantHasTheConfigurationBesideIt(name: String) throws {
    let place = try Self.model()
    let file = try Self.file()
    try place.write(try Self.bytes(of: Array(file.entries.keys), in: file), name)
    let read = try NetworkFile(contentsOf: "\(place.path)/\(name)")
    let whole = try NetworkFile(contentsOf: Self.golden)
    #expect(read.description == whole.description)
    #expect(read.bytes() == whole.bytes())
    #expect(read.description.model.residual?.downsamplePadding == 0, "not what shapes tell")
  }

  /// A network of the workbench beside a configuration that is not its own is what its metadata say.
  @Test func aNetworkOfOursKeepsItsOwn() throws {
    let place = try Self.model()
    let ours = try NetworkFile(contentsOf: DiffusersGoldens.folder("two_levels"))
    try place.write(ours.bytes(), "network.safetensors")
    let read = try NetworkFile(contentsOf: "\(place.path)/network.safetensors")
    #expect(read.description == ours.description)
    #expect(read.origin.saysSize && read.origin.saysProcess && !read.origin.isInferred)
  }

  @Test func foldersOfVariantsNameThem() throws {
    let place = try Self.model()
    for variant in ["fp16", "ema"] {
      try place.write([0], "\(Self.weights).\(variant).safetensors")
    }
    try place.write([0], "\(Self.weights).safetensors.index.fp16.json")
    try place.write([0], "\(Self.weights).fp16-00001-of-00002.safetensors")
    let error = Self.error { _ = try NetworkFile(contentsOf: place.path) }
    #expect(error.kind == .notFound)
    #expect(
      error.description.contains(
        "has no 'diffusion_pytorch_model.safetensors', only the variants "
          + "'diffusion_pytorch_model.ema.safetensors', 'diffusion_pytorch_model.fp16.safetensors', "
          + "'diffusion_pytorch_model.safetensors.index.fp16.json'; name the file"))
  }

  // MARK: Shards

  /// The tensors in three files and their index, as diffusers names them.
  private static func shards(
    in place: TemporaryFolder, change: (inout [String: String]) -> Void = { _ in }
  ) throws {
    let file = try file()
    var map: [String: String] = [:]
    for (place, name) in file.entries.keys.sorted().enumerated() {
      map[name] = "\(weights)-0000\(place % 3 + 1)-of-00003.safetensors"
    }
    for shard in Set(map.values) {
      try place.write(
        try bytes(of: map.filter { $0.value == shard }.map(\.key), in: file), shard)
    }
    change(&map)
    let index = try JSONSerialization.data(withJSONObject: [
      "metadata": ["total_size": 1], "weight_map": map,
    ])
    try place.write([UInt8](index), "\(weights).safetensors.index.json")
  }

  @Test(arguments: ["", "/diffusion_pytorch_model.safetensors.index.json"])
  func shardsAreOneNetwork(name: String) throws {
    let place = try Self.model()
    try Self.shards(in: place)
    let whole = try NetworkFile(contentsOf: Self.golden)
    #expect(try NetworkFile(contentsOf: place.path + name).bytes() == whole.bytes())
  }

  /// Whatever else the index holds.
  @Test func indicesAreReadAsPythonWritesThem() throws {
    let place = try Self.model()
    try Self.shards(in: place)
    let path = "\(place.path)/\(Self.weights).safetensors.index.json"
    let text = String(
      decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
    let odd = text.replacingOccurrences(of: #""total_size":1"#, with: #""loss":NaN"#)
    #expect(odd != text)
    try Data(odd.utf8).write(to: URL(fileURLWithPath: path))
    #expect(
      try NetworkFile(contentsOf: place.path).bytes()
        == NetworkFile(contentsOf: Self.golden).bytes())
  }

  @Test func everyShardIsChecked() throws {
    let name = "\(Self.weights)-00002-of-00003.safetensors"
    func error(_ spoil: (TemporaryFolder) throws -> Void) throws -> DiffusionError {
      let place = try Self.model()
      try Self.shards(in: place)
      try spoil(place)
      return Self.error { _ = try NetworkFile(contentsOf: place.path) }
    }
    let gone = try error { try FileManager.default.removeItem(atPath: "\($0.path)/\(name)") }
    #expect(gone.kind == .notFound && gone.description.contains("names the shard '\(name)'"))
    let cut = try error { try $0.write([1, 2, 3], name) }
    #expect(cut.kind == .badInput && cut.description.contains(name))
    let less = try error { place in
      try Self.shards(in: place) { $0["conv_in.bias"] = name }
    }
    #expect(less.description.contains("says that tensor 'conv_in.bias' is in '\(name)'"))
    let more = try error { place in
      try Self.shards(in: place) { $0["conv_in.bias"] = nil }
    }
    #expect(more.description.contains("has a tensor 'conv_in.bias' that"))
    let outside = try error { place in
      try Self.shards(in: place) { $0["conv_in.bias"] = "../x.safetensors" }
    }
    #expect(outside.description.contains("names '../x.safetensors', which is not a file beside it"))
    for text in ["", "{}", #"{"weight_map": {}}"#, #"{"weight_map": {"a": 1}}"#] {
      let empty = try error {
        try $0.write(Array(text.utf8), "\(Self.weights).safetensors.index.json")
      }
      #expect(empty.description.contains("is not an index of shards"), "\(text)")
    }
  }

  @Test func aShardAloneIsNoNetwork() throws {
    let place = try Self.model()
    try Self.shards(in: place)
    let error = Self.error {
      _ = try NetworkFile(
        contentsOf: "\(place.path)/\(Self.weights)-00001-of-00003.safetensors")
    }
    #expect(error.description.contains("is one of 3 shards of a model: name its folder"))
  }

  // MARK: Averages

  /// `EMAModel.save_pretrained` writes its own counters into `config.json`.
  @Test func anAverageIsTakenUnlessItIsNotWanted() throws {
    let place = try TemporaryFolder()
    for (part, golden) in [("unet", "two_levels"), ("unet_ema", "ddpm_options")] {
      try FileManager.default.copyItem(
        atPath: DiffusersGoldens.folder(golden), toPath: "\(place.path)/\(part)")
    }
    let path = "\(place.path)/unet_ema/config.json"
    let text = String(
      decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
    try place.write(
      Array(
        text.replacingOccurrences(
          of: "\"dropout\":",
          with:
            #""decay": 0.9999, "inv_gamma": 1.0, "min_decay": 0.0, "optimization_step": 3, "power": 0.75,"#
            + #""update_after_step": 0, "use_ema_warmup": true, "dropout":"#
        ).utf8), "unet_ema/config.json")
    let average = try NetworkFile(contentsOf: place.path)
    #expect(average.description.model.residual?.freqShift == 1)
    #expect(average.origin.notes.count == 1)
    #expect(average.origin.notes.first?.hasSuffix("this is 'unet_ema'") == true)
    let raw = try NetworkFile(contentsOf: place.path, raw: true)
    #expect(raw.description.model.residual?.freqShift == 0)
    try FileManager.default.removeItem(atPath: "\(place.path)/unet")
    #expect(try NetworkFile(contentsOf: place.path).origin.notes.isEmpty)
    let error = Self.error { _ = try NetworkFile(contentsOf: place.path, raw: true) }
    #expect(error.kind == .notFound && error.description.contains("has no 'unet'"))
  }

  // MARK: Pickles

  /// The beginnings of what `torch.save` of PyTorch 2.15 writes, as an archive and as before 1.6.
  @Test(arguments: [
    [0x50, 0x4B, 3, 4, 0, 0, 8, 8, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 18)
      + Array("x/data.pklFB".utf8),
    [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19],
  ])
  func picklesAreCalledThat(bytes: [UInt8]) throws {
    let place = try TemporaryFolder()
    for name in ["model.pt", "it's.safetensors"] {
      let error = Self.error {
        _ = try NetworkFile(
          contentsOf: try place.write(bytes + [UInt8](repeating: 0, count: 99), name))
      }
      #expect(error.kind == .badInput)
      #expect(error.description.contains("is a PyTorch pickle"))
      #expect(error.description.contains("save_file({k: v.clone().contiguous()"))
      // Never over itself.
      #expect(
        error.description.hasSuffix(
          name == "model.pt" ? "/model.safetensors" : #"/it'\''s.converted.safetensors'"#))
    }
    let model = try Self.model()
    try model.write(bytes, "\(Self.weights).bin")
    let error = Self.error { _ = try NetworkFile(contentsOf: model.path) }
    #expect(error.description.contains("'diffusion_pytorch_model.bin' is a PyTorch pickle"))
    #expect(
      error.description.contains("UNet2DModel.from_pretrained(sys.argv[1], use_safetensors=False)"))
  }

  @Test func otherArchivesAreNoPickles() {
    let bytes: [UInt8] = [0x50, 0x4B, 3, 4] + Array("x/arr_0.npy".utf8) + [0, 0, 0, 0, 0, 0, 0, 0]
    #expect(PyTorchPickle(bytes) == nil)
    // A header of 640 bytes begins with the byte that pickles begin with.
    #expect(PyTorchPickle([0x80, 2, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)) == nil)
    #expect(PyTorchPickle([]) == nil && PyTorchPickle([0x80]) == nil)
  }
}
