/// The formats that pictures are read in, told apart by their first bytes, whatever a file is called.
enum PictureFormat {
  case png, jpeg, webp

  /// nil: none of them.
  init?(_ bytes: [UInt8]) {
    if bytes.starts(with: PNGChunks.signature) {
      self = .png
    } else if bytes.starts(with: [0xff, 0xd8, 0xff]) {
      self = .jpeg
    } else if bytes.count >= 12, bytes.starts(with: "RIFF".utf8),
      bytes[8..<12].elementsEqual("WEBP".utf8)
    {
      self = .webp
    } else {
      return nil
    }
  }

  /// Of files that are told apart only to be refused by name.
  static func foreignName(_ bytes: [UInt8]) -> String? {
    let foreign: [(name: String, place: Int, magic: [UInt8])] = [
      ("a GIF", 0, Array("GIF8".utf8)), ("a BMP", 0, Array("BM".utf8)),
      ("a TIFF", 0, [0x49, 0x49, 0x2a, 0]), ("a TIFF", 0, [0x4d, 0x4d, 0, 0x2a]),
      ("a HEIF or AVIF picture", 4, Array("ftyp".utf8)),
      ("a JPEG 2000 picture", 4, Array("jP  ".utf8)),
      ("a JPEG XL picture", 0, [0xff, 0x0a]), ("a JPEG XL picture", 4, Array("JXL ".utf8)),
      ("a PDF", 0, Array("%PDF".utf8)), ("a web page", 0, Array("<!DOCTYPE".utf8)),
      ("a web page", 0, Array("<html".utf8)),
      (
        "a Git LFS pointer: the picture itself was not fetched (`git lfs pull`)", 0,
        Array("version https://git-lfs".utf8)
      ),
    ]
    return foreign.first { bytes.dropFirst($0.place).starts(with: $0.magic) }?.name
  }
}

extension Image {
  /// How the names of pictures end that can be read, in small letters and without the dot.
  package static let fileExtensions = ["png", "jpg", "jpeg", "webp"]
}
