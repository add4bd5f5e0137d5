import Diffusion
import Foundation

/// What every answer tells the browser: nothing from elsewhere, no script but the page's own, known by its hash.
enum SafetyHeaders {
  static func all(for type: String) -> [(name: String, value: String)] {
    [
      ("Content-Security-Policy", type.hasPrefix("image/svg") ? picturePolicy : pagePolicy),
      ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
      ("Cross-Origin-Resource-Policy", "same-origin"),
      ("Cross-Origin-Opener-Policy", "same-origin"), ("X-Frame-Options", "DENY"),
    ]
  }

  private static let pagePolicy =
    "default-src 'none'; script-src '\(PageFiles.script.integrity)'; style-src '\(PageFiles.style.integrity)'; "
    + "img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

  /// A drawing brings its colours with it and does nothing.
  private static let picturePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
}
