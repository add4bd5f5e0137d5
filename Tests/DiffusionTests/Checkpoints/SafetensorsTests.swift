import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

@Suite struct SafetensorsTests {
  private func sample() -> [UInt8] {
    var writer = SafetensorsWriter(metadata: ["note": "a \"quoted\"\n\u{1}text ✓"])
    writer.add("b", shape: [2, 3], [1, -2, 3.5, .infinity, -.infinity, 1e-30] as [Float])
    writer.add("a", shape: [2], [-1, Int.max])
    writer.add("empty", shape: [0, 4], [] as [Float])
    writer.add("scalar", shape: [], [7] as [Float])
    return writer.bytes()
  }

  @Test func roundTrip() throws {
    let file = try Safetensors(bytes: sample(), name: "sample")
    #expect(file.metadata == ["note": "a \"quoted\"\n\u{1}text ✓"])
    #expect(try file.floats("b") == [1, -2, 3.5, .infinity, -.infinity, 1e-30])
    #expect(try file.integers("a") == [-1, Int.max])
    #expect(try file.floats("empty") == [])
    #expect(try file.floats("scalar") == [7])
    #expect(file.entries["b"]?.shape == [2, 3])
    #expect(sample() == sample())
  }

  /// One tensor of every type, as its bytes stand.
  @Test func types() throws {
    let header =
      #"{"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},"#
      + #""b":{"dtype":"BF16","shape":[1],"data_offsets":[8,10]},"#
      + #""u":{"dtype":"U8","shape":[2],"data_offsets":[10,12]},"#
      + #""i":{"dtype":"I32","shape":[1],"data_offsets":[12,16]},"#
      + #""d":{"dtype":"F64","shape":[1],"data_offsets":[16,24]}}"#
    let data: [UInt8] =
      [0x00, 0x3C, 0x01, 0x00, 0x00, 0xFC, 0xFF, 0x7B] + [0x80, 0x3F] + [1, 255]
      + [0xFE, 0xFF, 0xFF, 0xFF] + [0, 0, 0, 0, 0, 0, 0xF8, 0x3F]
    let file = try Safetensors(bytes: Self.file(header, data), name: "types")
    #expect(try file.floats("h") == [1, 0x1p-24, -.infinity, 65504])
    #expect(try file.floats("b") == [1])
    #expect(try file.integers("u") == [1, 255])
    #expect(try file.integers("i") == [-2])
    #expect(try file.floats("d") == [1.5])
    #expect(throws: DiffusionError.self) { try file.floats("i") }
    #expect(throws: DiffusionError.self) { try file.integers("d") }
    #expect(throws: DiffusionError.self) { try file.floats("none") }
  }

  private static func file(_ header: String, _ data: [UInt8]) -> [UInt8] {
    let count = UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * UInt64($0))) }
      + Array(header.utf8) + data
  }

  /// A tensor that nobody asks for does no harm, whatever its type: bytes of three rows of eight values.
  @Test(
    arguments: [
      ("I8", 24), ("U8", 24), ("BOOL", 24), ("I16", 48), ("U16", 48), ("U32", 96), ("U64", 192),
      ("C64", 192), ("F8_E4M3", 24), ("F8_E5M2", 24), ("F8_E8M0", 24), ("F6_E2M3", 18),
      ("F6_E3M2", 18), ("F4", 12), ("F16", 48), ("BF16", 48), ("F64", 192),
    ] as [(String, Int)])
  func otherTypesAreCarriedAlong(dtype: String, size: Int) throws {
    func bytes(_ size: Int) -> [UInt8] {
      Self.file(
        #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[\#(size),\#(size + 4)]},"#
          + #""z":{"dtype":"\#(dtype)","shape":[3,8],"data_offsets":[0,\#(size)]}}"#,
        [UInt8](repeating: 0xFF, count: size) + [0, 0, 0x80, 0x3F])
    }
    let file = try Safetensors(bytes: bytes(size), name: "more")
    #expect(try file.floats("x") == [1])
    #expect(file.entries["z"]?.dtype.rawValue == dtype)
    for other in [size - 1, size + 1, 2 * size] {
      #expect(throws: DiffusionError.self) { try Safetensors(bytes: bytes(other), name: "more") }
    }
  }

  @Test func smallIntegers() throws {
    let header =
      #"{"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]},"#
      + #""b":{"dtype":"U16","shape":[1],"data_offsets":[2,4]},"#
      + #""c":{"dtype":"I16","shape":[1],"data_offsets":[4,6]},"#
      + #""d":{"dtype":"U32","shape":[1],"data_offsets":[6,10]},"#
      + #""e":{"dtype":"U64","shape":[2],"data_offsets":[10,26]},"#
      + #""f":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[26,27]}}"#
    let data: [UInt8] =
      [0x80, 0x7F] + [0xFE, 0xFF] + [0xFE, 0xFF] + [0xFE, 0xFF, 0xFF, 0xFF]
      + [7, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8) + [0]
    let file = try Safetensors(bytes: Self.file(header, data), name: "integers")
    #expect(try file.integers("a") == [-128, 127])
    #expect(try file.integers("b") == [65534])
    #expect(try file.integers("c") == [-2])
    #expect(try file.integers("d") == [4_294_967_294])
    #expect(try file.integers("e") == [7, Int.max], "beyond any index is as far as it goes")
    #expect(throws: DiffusionError.self) { try file.integers("f") }
    #expect(throws: DiffusionError.self) { try file.floats("f") }
  }

  /// As Python's reader takes it.
  @Test func noMetadataIsNull() throws {
    let file = try Safetensors(
      bytes: Self.file(
        #"{"__metadata__":null,"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        [0, 0, 0, 0x40]), name: "null")
    #expect(file.metadata.isEmpty)
    #expect(try file.floats("a") == [2])
  }

  @Test(
    arguments: [
      ("", [0, 0, 0, 0]),
      ("[]", []),
      ("{", []),
      (#"{"a":3}"#, []),
      (#"{"a":{"dtype":"F32","shape":[1]}}"#, [0, 0, 0, 0]),
      (#"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, [0, 0, 0, 0]),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, [0, 0, 0, 0]),
      (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, [0, 0, 0, 0]),
      (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,6]}}"#, [0, 0, 0, 0, 0, 0]),
      (#"{"a":{"dtype":"F32","shape":[true],"data_offsets":[0,4]}}"#, [0, 0, 0, 0]),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, [0, 0, 0, 0, 0, 0, 0, 0]),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, [0, 0, 0, 0, 0]),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, [0, 0, 0, 0]),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, [0, 0, 0, 0]),
      (
        #"{"a":{"dtype":"F32","shape":[9000000000000000000,4],"data_offsets":[0,4]}}"#,
        [0, 0, 0, 0]
      ),
      (#"{"__metadata__":{"a":1}}"#, []),
      // Three values of four bits are no whole number of bytes.
      (#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}"#, [0]),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        [0, 0, 0, 0, 0, 0, 0, 0]
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        [0, 0, 0, 0]
      ),
    ] as [(String, [UInt8])])
  func badHeaders(header: String, data: [UInt8]) {
    #expect {
      try Safetensors(bytes: Self.file(header, data), name: "some.safetensors")
    } throws: { error in
      guard let error = error as? DiffusionError else { return false }
      return error.kind == .badInput && error.description.contains("some.safetensors")
    }
  }

  @Test func everyTruncationIsAnError() {
    let bytes = sample()
    for count in 0..<bytes.count {
      #expect(throws: DiffusionError.self) {
        try Safetensors(bytes: Array(bytes[..<count]), name: "cut")
      }
    }
  }

  /// Bytes changed at random are an error or another file, never a trap.
  @Test func damageNeverTraps() {
    var random = SplitMix(seed: 5)
    let bytes = sample()
    for _ in 0..<3000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(
          in: .min ... .max, using: &random)
      }
      guard let file = try? Safetensors(bytes: damaged, name: "damaged") else { continue }
      for name in file.entries.keys {
        _ = try? file.floats(name)
        _ = try? file.integers(name)
      }
    }
  }

  @Test(
    arguments: [
      (
        "config.json", "{\n  \"_class_name\": \"UNet2DModel\"}",
        "is JSON, not a safetensors file: name the folder"
      ),
      ("x.safetensors", "{\"a\": 1}", "is JSON, not a safetensors file"),
      (
        "x.safetensors", "version https://git-lfs.github.com/spec/v1\noid",
        "of Git LFS, not a safetensors file: 'git lfs pull'"
      ),
      ("x.safetensors", "<!DOCTYPE html><html>", "is a web page"),
      ("x.safetensors", "GGUF\u{3}\0\0\0\0\0\0", "is GGUF"),
    ])
  func otherFilesAreCalledWhatTheyAre(name: String, text: String, says: String) {
    #expect {
      try Safetensors(bytes: Array(text.utf8), name: name)
    } throws: { "\($0)".contains("'\(name)' ") && "\($0)".contains(says) }
  }

  @Test func picturesAreCalledThat() {
    #expect {
      try Safetensors(
        bytes: [0x89] + Array("PNG\r\n".utf8) + [0x1A, 10, 0, 0, 0, 13], name: "x.png")
    } throws: { "\($0)" == "'x.png' is a PNG picture, not a safetensors file" }
    // A header of 0x227B bytes begins as JSON does.
    let header = "{\"__metadata__\":{\"a\":\"\"}}"
    let padding = String(repeating: " ", count: 0x227B - header.utf8.count)
    let sound = [0x7B, 0x22, 0, 0, 0, 0, 0, 0] + Array((header + padding).utf8)
    #expect(throws: Never.self) { try Safetensors(bytes: sound, name: "sound") }
  }

  @Test func filesThatAreNotThere() throws {
    let folder = try TemporaryFolder()
    #expect {
      try Safetensors(contentsOf: folder.path + "/none.safetensors")
    } throws: { ($0 as? DiffusionError)?.kind == .notFound }
    #expect {
      try Safetensors(contentsOf: folder.path)
    } throws: { ($0 as? DiffusionError)?.kind == .badInput }
    let file = try folder.write([1, 2, 3], "plain")
    #expect {
      try SafetensorsWriter().write(to: file + "/below-a-file.safetensors")
    } throws: { ($0 as? DiffusionError)?.kind == .cannotCreate }
  }

  @Test func aDamagedStateIsNotLoaded() throws {
    let folder = try TemporaryFolder()
    let network = SmallUNet(
      ModelSettings(levels: 1, baseChannels: 8, timeEmbeddingDim: 4), conditioning: .init(),
      channels: 1, classes: 0, timeSpan: 10)
    let settings = TrainingSettings(steps: 1, ema: 0.9)
    let state = TrainingState(
      layout: network.layout, values: network.layout.initialValues(seed: 1), settings: settings)
    let path = folder.path + "/state.safetensors"
    try state.save(to: path, owner: "a")
    try state.load(from: path, owner: "a", steps: 1)
    #expect(throws: DiffusionError.self) { try state.load(from: path, owner: "b", steps: 1) }
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    bytes[bytes.count - 3] ^= 1
    try folder.write(bytes, "state.safetensors")
    #expect {
      try state.load(from: path, owner: "a", steps: 1)
    } throws: { "\($0)".contains("damaged") }
  }
}
