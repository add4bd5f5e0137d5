import Diffusion

enum SHA256Text {
  static func of(_ text: String) -> String { SHA256.hexadecimal(of: text) }
}
