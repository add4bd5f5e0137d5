import Files
import Foundation

/// The index of a model in shards, `….safetensors.index.json`: which tensor is in which file beside it.
enum SafetensorsIndex {
  /// `diffusion_pytorch_model.safetensors.index.json`, and with a variant `….safetensors.index.fp16.json`.
  static func isName(_ file: String) -> Bool {
    file.hasSuffix(".json") && file.contains(".safetensors.index.")
  }

  /// Of `…-00001-of-00003.safetensors` how many there are; nil for any other name.
  static func shards(_ file: String) -> Int? {
    let parts = Paths.withoutEnding(file).split(separator: "-").suffix(3)
    guard parts.count == 3, parts[parts.startIndex + 1] == "of", let last = parts.last,
      [parts[parts.startIndex], last].allSatisfy({ $0.count >= 5 && $0.allSatisfy(\.isNumber) })
    else { return nil }
    return Int(last)
  }

  private struct Document: Decodable {
    var weightMap: [String: String]

    enum CodingKeys: String, CodingKey {
      case weightMap = "weight_map"
    }
  }

  /// All tensors, as if they were in one file: every shard is read, and holds what the index says and nothing else.
  /// - Throws: `DiffusionError`: `badInput`, `notFound` where a shard is missing, `inputOutput`.
  static func read(_ path: String) throws(DiffusionError) -> Safetensors {
    guard let json = FileManager.default.contents(atPath: path) else {
      throw DiffusionError(.inputOutput, "cannot read '\(path)'")
    }
    guard let document = try? JSONDecoder.ofPython.decode(Document.self, from: json),
      !document.weightMap.isEmpty
    else {
      throw DiffusionError(.badInput, "'\(path)' is not an index of shards: it has no 'weight_map'")
    }
    let folder = Paths.folder(of: path)
    var shards: [Safetensors] = []
    for name in Set(document.weightMap.values).sorted() {
      guard !name.contains("/"), name != "..", name != ".", !name.isEmpty else {
        throw DiffusionError(
          .badInput, "'\(path)' names '\(name)', which is not a file beside it")
      }
      let shard = Paths.path(name, in: folder)
      guard FileManager.default.fileExists(atPath: shard) else {
        throw DiffusionError(.notFound, "'\(path)' names the shard '\(name)', which is not there")
      }
      shards.append(try Safetensors(contentsOf: shard))
    }
    func promised(_ shard: Safetensors) -> Set<String> {
      let file = Paths.name(of: shard.name)
      return Set(document.weightMap.filter { $0.value == file }.keys)
    }
    for shard in shards {
      let file = Paths.name(of: shard.name)
      if let missing = promised(shard).subtracting(shard.entries.keys).min() {
        throw DiffusionError(
          .badInput,
          "'\(path)' says that tensor '\(missing)' is in '\(file)', which does not have it")
      }
    }
    for shard in shards {
      if let extra = Set(shard.entries.keys).subtracting(promised(shard)).min() {
        throw DiffusionError(
          .badInput, "'\(shard.name)' has a tensor '\(extra)' that '\(path)' does not put there")
      }
    }
    return try Safetensors(joining: shards, name: path)
  }
}
