/// Foreign text on the command line of a POSIX shell.
package enum ShellText {
  /// As one word, in quotes where the shell would see more in it.
  package static func word(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.unicodeScalars.allSatisfy {
        switch $0 {
        case "A"..."Z", "a"..."z", "0"..."9", "_", "-", ".", ",", ":", "=", "/", "+", "@", "%": true
        default: false
        }
      }
    return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
