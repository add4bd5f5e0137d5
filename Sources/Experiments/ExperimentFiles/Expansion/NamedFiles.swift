import Text
import Values

extension ExperimentFile {
  /// Keys whose value is a file or a folder.
  private static let paths = [
    "data.path", "data.images", "data.labels", "data.test", "data.test_labels",
    "diffusion.schedule.betas", "training.from", "sampling.guide", "evaluation.inception",
  ]

  /// An error for each file that its runs name and that is not there.
  package func missingFiles(_ exists: (_ path: String) -> Bool) -> [Diagnostic] {
    var diagnostics = Diagnostics()
    var said: Set<[String]> = []
    for run in runs {
      for key in Self.paths {
        guard let path = run.values[key]?.word, Self.isFile(path, key), !exists(path),
          said.insert([key, path]).inserted
        else { continue }
        let swept = run.overrides.contains { $0.path == key }
        diagnostics.error(
          "\(key) is \(quoted(path)), and there is no such file or folder",
          at: swept ? run.place : base.place(key),
          hint: path.hasPrefix("/") ? nil : "paths begin where the program is called")
      }
    }
    return diagnostics.list
  }

  /// What training begins with, and what guides, may be a run: EXPERIMENT/LABEL, where labels of several runs have a "=".
  private static func isFile(_ word: String, _ key: String) -> Bool {
    guard ["training.from", "sampling.guide"].contains(key) else { return true }
    if word.hasSuffix(".safetensors") { return true }
    let parts = word.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count > 2 || parts.count == 2 && (parts[0].isEmpty || !parts[1].contains("="))
  }
}
