import Files

/// A file that is often named in place of a safetensors file, by how it begins.
enum OtherFile: String, CaseIterable {
  case png = "a PNG picture"
  case jpeg = "a JPEG picture"
  case json = "JSON"
  case webPage = "a web page"
  case pointer = "a pointer of Git LFS"
  case archive = "a zip archive"
  case hdf5 = "HDF5"
  case gguf = "GGUF"

  private var beginnings: [[UInt8]] {
    switch self {
    case .png: [[0x89] + Array("PNG\r\n".utf8)]
    case .jpeg: [[0xFF, 0xD8, 0xFF]]
    // Read as a header's length this is more than any file has.
    case .json: ["{\n", "{\r\n", "{ ", "{\"", "[\n", "[{"].map { Array($0.utf8) }
    case .webPage: ["<!", "<html", "<HTML", "<?xml"].map { Array($0.utf8) }
    case .pointer: [Array("version https://git-lfs".utf8)]
    case .archive: [[0x50, 0x4B, 3, 4]]
    case .hdf5: [[0x89] + Array("HDF\r\n".utf8)]
    case .gguf: [Array("GGUF".utf8)]
    }
  }

  /// Nil where the bytes begin as those of none, or may be a safetensors file's: its ninth byte is "{", and the four
  /// before are 0 where its header is shorter than 4 GiB.
  init?(_ bytes: [UInt8]) {
    let isPossible =
      bytes.count > 8 && bytes[8] == UInt8(ascii: "{") && bytes[4..<8].allSatisfy { $0 == 0 }
    guard !isPossible,
      let kind = Self.allCases.first(where: { $0.beginnings.contains { bytes.starts(with: $0) } })
    else { return nil }
    self = kind
  }

  func refusal(_ path: String) -> DiffusionError {
    let hint =
      switch self {
      case .pointer: ": 'git lfs pull' fetches the file itself"
      case .json where Paths.name(of: path) == DiffusersFolder.configName:
        ": name the folder that it lies in, or the weights beside it"
      default: ""
      }
    return DiffusionError(
      .badInput, "'\(path)' is \(rawValue), not a safetensors file\(hint)")
  }
}
