/// What the name of a file in a folder of images says of it.
enum ImageNames {
  enum Kind: Equatable {
    /// One that is read.
    case image
    /// An image of a format that is not read: `GIF`.
    case foreign(String)
    /// Not an image.
    case other
  }

  /// Formats that a person may keep pictures in.
  private static let formats = [
    "png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "jpe": "JPEG", "jfif": "JPEG", "webp": "WebP",
    "gif": "GIF", "bmp": "BMP", "dib": "BMP", "tif": "TIFF", "tiff": "TIFF", "heic": "HEIC",
    "heif": "HEIF", "avif": "AVIF", "jp2": "JPEG 2000", "j2k": "JPEG 2000", "jxl": "JPEG XL",
    "ppm": "PPM", "pgm": "PGM", "pbm": "PBM", "pnm": "PNM", "tga": "TGA", "exr": "OpenEXR",
    "hdr": "Radiance HDR", "psd": "Photoshop", "dcm": "DICOM", "nef": "raw camera",
    "cr2": "raw camera", "cr3": "raw camera", "arw": "raw camera", "dng": "raw camera",
  ]

  /// Extensions that no image has; of any other file the first bytes are asked.
  private static let others: Set = [
    "txt", "md", "rst", "json", "jsonl", "csv", "tsv", "xml", "yaml", "yml", "toml", "html", "htm",
    "pdf", "db", "ini", "log", "py", "sh", "ipynb", "mat", "npy", "npz", "pkl", "pt", "pth", "h5",
    "zip", "tar", "gz", "tgz", "7z", "rar", "bz2", "xz", "zst", "parquet", "sqlite", "lnk",
    "caption",
  ]

  static func kind(_ name: String, in folder: String) -> Kind {
    if ImageFiles.isReadable(name) { return .image }
    let parts = name.lowercased().split(separator: ".", omittingEmptySubsequences: false)
    let suffix = parts.count > 1 ? String(parts[parts.count - 1]) : ""
    if let format = formats[suffix] { return .foreign(format) }
    if others.contains(suffix) { return .other }
    let beginning = FolderListing.beginning(of: "\(folder)/\(name)", count: 12)
    return format(of: beginning).map(Kind.foreign) ?? .other
  }

  /// By the first bytes.
  private static func format(of bytes: [UInt8]) -> String? {
    func starts(_ magic: [UInt8]) -> Bool { bytes.starts(with: magic) }
    if starts([0x89, 0x50, 0x4E, 0x47]) { return "PNG" }
    if starts([0xFF, 0xD8, 0xFF]) { return "JPEG" }
    if starts(Array("GIF8".utf8)) { return "GIF" }
    if starts([0x49, 0x49, 0x2A, 0]) || starts([0x4D, 0x4D, 0, 0x2A]) { return "TIFF" }
    if starts(Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
      return "WebP"
    }
    return nil
  }

  /// What to do about a file of a format that is not read, or whose name hides its format.
  static func advice(_ name: String, format: String) -> String {
    switch format {
    case "PNG" where !name.lowercased().hasSuffix(".png"),
      "JPEG" where ImageFiles.isReadable("x.jpg"), "WebP" where ImageFiles.isReadable("x.webp"):
      "is a \(format) file by its content or extension: give it a name that ends in "
        + ".\(format.lowercased())"
    default:
      "\(format) files are not read: convert it to PNG"
    }
  }
}
