import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Files that are sound safetensors and lie about the network in them. Each is an error that names
/// the file, before any memory is taken for the network.
@Suite struct HostileNetworkFileTests {
  private static let model = ModelSettings(levels: 1, baseChannels: 8, timeEmbeddingDim: 4)

  private static func network(
    _ description: NetworkDescription = .init(model: model, channels: 1)
  ) throws -> NetworkFile {
    let network = try description.makeNetwork()
    return NetworkFile(
      description: description, network: network,
      values: AlignedBuffer(network.layout.initialValues(seed: 1)))
  }

  private static func isBadInput(_ error: any Error) -> Bool {
    (error as? DiffusionError)?.kind == .badInput
  }

  /// The description in the metadata is not that of the tensors, and of a size that would overflow
  /// or fill the memory.
  @Test(arguments: [
    #""baseChannels":8"#: #""baseChannels":9223372036854775800"#,
    #""channels":1"#: #""channels":9223372036854775807"#,
    #""classes":0"#: #""classes":9223372036854775807"#,
    #""timeEmbeddingDim":4"#: #""timeEmbeddingDim":9223372036854775806"#,
    #""levels":1"#: #""levels":12"#,
    #""height":32"#: #""height":9223372036854775807"#,
    #""width":32"#: #""width":0"#,
    #""steps":1000"#: #""steps":9223372036854775807"#,
  ])
  func liesInTheMetadata(truth: String, lie: String) throws {
    let description = try NetworkFile.json(Self.network().description)
    let lied = description.replacingOccurrences(of: truth, with: lie)
    #expect(lied != description, "the description has no \(truth): \(description)")
    for kind in ["none", "class"] {
      let text = lied.replacingOccurrences(of: #""kind":"none""#, with: #""kind":"\#(kind)""#)
      let file = try Safetensors(bytes: Self.network().bytes(), name: "original")
      var writer = SafetensorsWriter(metadata: [
        "workbench.format": "1", "workbench.network": text,
      ])
      for (name, entry) in file.entries {
        writer.add(name, shape: entry.shape, try file.floats(name))
      }
      // A number of classes matters to a conditional network alone.
      guard kind == "class" || !truth.contains("classes") else { continue }
      #expect {
        try NetworkFile(bytes: writer.bytes(), name: "lie.safetensors")
      } throws: { Self.isBadInput($0) }
    }
  }

  /// Shapes with a 0 in them hold no bytes, so that every other side may be as large as it likes.
  @Test(arguments: [Int.max, Int.max - 7, 1 << 40, 1 << 62, 0])
  func shapesWithoutValues(side: Int) throws {
    for injected in ["", "condition_embed.0.weight", "class_embedding.weight"] {
      var writer = SafetensorsWriter()
      writer.add("output.weight", shape: [1, 0, side, 3], [Float]())
      writer.add("encoder.0.0.weight", shape: [side, 0, 3, 3], [Float]())
      writer.add("time_mlp.0.weight", shape: [side, 0], [Float]())
      if !injected.isEmpty { writer.add(injected, shape: [0, side], [Float]()) }
      #expect {
        try NetworkFile(bytes: writer.bytes(), name: "hollow.safetensors")
      } throws: { Self.isBadInput($0) }
    }
  }

  @Test func tensorsMissingOrTooMany() throws {
    let file = try Safetensors(bytes: Self.network().bytes(), name: "original")
    func rewritten(without left: String?, adding extra: String?) throws -> [UInt8] {
      var writer = SafetensorsWriter()
      for (name, entry) in file.entries where name != left {
        writer.add(name, shape: entry.shape, try file.floats(name))
      }
      if let extra { writer.add(extra, shape: [1], [0 as Float]) }
      return writer.bytes()
    }
    _ = try NetworkFile(bytes: rewritten(without: nil, adding: nil), name: "whole")
    for name in file.entries.keys {
      #expect {
        try NetworkFile(bytes: rewritten(without: name, adding: nil), name: "less.safetensors")
      } throws: { Self.isBadInput($0) && "\($0)".contains("less.safetensors") }
    }
    #expect {
      try NetworkFile(bytes: rewritten(without: nil, adding: "stranger"), name: "more.safetensors")
    } throws: { Self.isBadInput($0) && "\($0)".contains("stranger") }
  }

  @Test func headersNestedDeeply() {
    for nesting in ["[", #"{"a":"#] {
      let header = #"{"a":"# + String(repeating: nesting, count: 200_000)
      let count = UInt64(header.utf8.count)
      let bytes =
        (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * UInt64($0))) } + Array(header.utf8)
      #expect {
        try Safetensors(bytes: bytes, name: "deep")
      } throws: { Self.isBadInput($0) }
    }
  }

  /// 3,000 damaged headers of a real network: an error, or a network of other numbers.
  @Test func damageNeverTraps() throws {
    let bytes = try Self.network().bytes()
    let header = 8 + bytes[..<8].enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    var random = SplitMix(seed: 11)
    var refused = 0
    for _ in 0..<3000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        // Digits and letters of the header, so that it often stays JSON.
        damaged[Int.random(in: 8..<header, using: &random)] = UInt8.random(
          in: UInt8(ascii: "0")...UInt8(ascii: "z"), using: &random)
      }
      do {
        _ = try NetworkFile(bytes: damaged, name: "damaged")
      } catch {
        #expect(Self.isBadInput(error))
        refused += 1
      }
    }
    #expect(refused > 1000)
  }
}
