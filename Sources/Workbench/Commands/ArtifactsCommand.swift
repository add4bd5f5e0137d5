import Analysis
import ArgumentParser
import Diffusion
import Foundation
import Store
import Text

struct ArtifactsCommand: StoreQuestion {
  static let configuration = CommandConfiguration(
    commandName: "artifacts",
    abstract: "List a run's pictures, networks and reports, or write them to a folder.",
    discussion: "Reports are those of the experiments that contain the run.")

  @Argument(help: RunArgument.help)
  var reference: String

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("Write the files to this folder.", valueName: "dir"))
  var folder: String?

  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func output(_ store: RunStore, style: TerminalStyle) throws -> String {
    let id = try store.resolve(reference)
    var artifacts = try store.artifacts(run: id)
    for experiment in try store.memberships(run: id).compactMap(\.experiment) {
      artifacts += try store.report(experiment: experiment).map { file in
        var file = file
        file.name = "report-\(experiment)/\(file.name)"
        return file
      }
    }
    if let folder { return try write(artifacts, into: folder, store) }
    return format.json ? try jsonDocument(artifacts) : artifactTable(artifacts).rendered()
  }

  private struct Written: Encodable {
    var name: String
    var step: Int?
    var path: String
  }

  private func write(_ artifacts: [Artifact], into folder: String, _ store: RunStore) throws
    -> String
  {
    var taken: Set<String> = []
    var written: [Written] = []
    for artifact in artifacts {
      let path = folder + "/" + ArtifactsCommand.freePath(artifact, &taken)
      let bytes = try store.content(sha256: artifact.sha256)
      try makeFolder(URL(filePath: path).deletingLastPathComponent().path)
      try bytes.withUnsafeBytes { try AtomicFile.write([$0], to: path) }
      written.append(Written(name: artifact.name, step: artifact.step, path: path))
    }
    return format.json
      ? try jsonDocument(written) : written.map { printable($0.path) + "\n" }.joined()
  }

  /// A path below the folder that cannot leave it: a report's file keeps the folders it lies in,
  /// so that its pictures are found.
  static func freePath(_ artifact: Artifact, _ taken: inout Set<String>) -> String {
    var parts = artifact.name.split(separator: "/").map(String.init)
    var last = artifact
    last.name = parts.popLast() ?? ""
    let folders = parts.map { part in
      var folder = artifact
      (folder.name, folder.step, folder.mediaType) = (part, nil, "")
      return folder.fileName
    }
    let isReport = artifact.name.hasPrefix("report-") && !folders.isEmpty
    let name = isReport ? last.fileName : artifact.fileName
    let prefix = isReport ? folders.joined(separator: "/") + "/" : ""
    var candidate = prefix + name
    var number = 2
    // Some file systems do not tell case apart.
    while !taken.insert(candidate.lowercased()).inserted {
      candidate = prefix + "\(number)-" + name
      number += 1
    }
    return candidate
  }
}
