import ArgumentParser
import Images
import Text

/// - Parameter path: where a picture shall go.
/// - Throws: `ValidationError` where its name promises another format than PNG.
func requirePNG(_ path: String?) throws {
  guard let path, Image.isForeign(path) else { return }
  throw ValidationError(
    "-o \(printable(path)): the picture is a PNG: give it a name that ends in .png.")
}
