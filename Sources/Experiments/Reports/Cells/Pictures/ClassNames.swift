import Analysis
import Diffusion
import ExperimentFiles
import Store

/// What the classes of some runs are called.
struct ClassNames {
  /// Empty where nothing tells.
  let names: [String]

  /// Of the first run that tells: by its file, its data set, what it has written down of its data, or the network that it
  /// has trained.
  /// - Throws: `StoreError`.
  init(of runs: [RunSummary], _ store: RunStore) throws {
    var names: [String] = []
    for run in runs where names.isEmpty {
      guard let data = try? FrozenSettings.decode(try store.settingsJSON(run: run.id)).data else {
        continue
      }
      names = data.classNames.isEmpty ? data.source.classNames : data.classNames
      if names.isEmpty { names = Self.counted(try store.attempts(run: run.id).last?.environment) }
      guard names.isEmpty,
        let artifact = try store.artifacts(run: run.id).first(where: {
          $0.name == RunStore.NetworkName.drawing
        }),
        let network = try? NetworkFile(
          bytes: try store.content(sha256: artifact.sha256), name: artifact.name)
      else { continue }
      names = network.description.classNames ?? []
    }
    self.names = names
  }

  /// Those of "cat 90 + 10, dog 45 + 5", how many images of each class were trained on and held out; none where they are
  /// numbers.
  private static func counted(_ environment: [String: String]?) -> [String] {
    guard let text = environment?["data.classes"] else { return [] }
    let names = text.matches(of: /(?:^|, )(.+?) \d+ \+ \d+(?=, |$)/).map { String($0.1) }
    return names.allSatisfy { Int($0) != nil } ? [] : names
  }

  /// In a picture: its name, or "class 3".
  func label(_ index: Int) -> String {
    let name = names.indices.contains(index) ? names[index] : ""
    return name.isEmpty || name == String(index) ? "class \(index)" : name
  }

  /// In a sentence: "of class bag", "of class 3".
  func phrase(_ index: Int) -> String {
    " of class " + (names.indices.contains(index) ? names[index] : String(index))
  }
}
