import Diffusion
import Foundation
import Testing

/// Files that Python's safetensors wrote (`Goldens/make_safetensors.py`).
@Suite struct SafetensorsGoldenTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Goldens")

  private static func path(_ name: String) -> String { folder.appending(path: name).path }

  /// The same tensors and texts become the same bytes: order, padding, escapes.
  @Test func theWriterWritesTheReferencesBytes() throws {
    var writer = SafetensorsWriter(metadata: ["no\\te": "a \"q\"\n\u{1}✓ é 🎈"])
    writer.add("scalar", shape: [], [7 as Float])
    writer.add("odd", shape: [3], [1, 2, 3] as [Float])
    writer.add("näme \"x\"", shape: [1, 1], [Float.infinity])
    writer.add("i", shape: [2, 2], [-1, 2, Int.max, Int.min])
    writer.add("empty", shape: [0, 4], [Float]())
    let reference = [UInt8](
      try Data(contentsOf: URL(filePath: Self.path("same_bytes.safetensors"))))
    #expect(writer.bytes() == reference)
  }

  @Test func everyTypeIsRead() throws {
    let file = try Safetensors(contentsOf: Self.path("every_type.safetensors"))
    // 1e-45 is the smallest float32; the smallest float16 and the smallest bfloat16 are subnormal.
    #expect(try file.floats("f32") == [1.5, -Float.greatestFiniteMagnitude, 0x1p-149])
    #expect(try file.floats("f64") == [1.5, -0.0, 0.1])
    #expect(try file.floats("f16") == [1, -65504, 0x1p-24, -.infinity])
    #expect(try file.floats("bf16") == [1, -0x1.FEp127, 0x1p-133])
    #expect(try file.integers("i64") == [Int.min, Int.max])
    #expect(try file.integers("i32") == [-(1 << 31), (1 << 31) - 1])
    #expect(try file.integers("u8") == [0, 128, 255])
    #expect(try file.integers("bool") == [1, 0, 0, 1])
    #expect(file.entries["bool"]?.shape == [2, 2])
    #expect(file.entries.count == 8)
  }
}
