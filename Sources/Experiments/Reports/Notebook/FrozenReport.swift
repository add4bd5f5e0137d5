import Diffusion
import Foundation
package import Store
import Values

extension ExperimentReport {
  /// The report with copies of its numbers beside it, so that it outlives the runs: page and
  /// pictures as they are, and in `NAME/frozen.json` what each cell shows, the runs it was made of
  /// and the experiment's file. `init(frozen:)` reads it back, without a store.
  /// - Precondition: it keeps numbers.
  /// - Throws: `StoreError`.
  package func frozen(store: RunStore) throws -> ExperimentReport {
    precondition(keepsNumbers, "a report to be frozen keeps its numbers")
    guard let page = files.first else { return self }
    let stem = String(page.name.dropLast(".md".count))
    let name = "\(stem)/\(FrozenReport.fileName)"
    var text = String(decoding: page.bytes, as: UTF8.self)
    let title = text.prefix { $0 != "\n" }
    text =
      title + "\n\n> [!NOTE]\n> Frozen: the numbers and pictures are copies, kept in `\(stem)/` "
      + "whatever becomes of the runs. `workbench report \(name)` writes this page again."
      + text.dropFirst(title.count)
    let markdown = ReportFile(
      name: page.name, mediaType: page.mediaType, bytes: Array(text.utf8))
    let pictures = Array(files.dropFirst())
    let document = try FrozenReport.document(
      self, page: markdown, pictures: pictures, store: store)
    let json = ReportFile(
      name: name, mediaType: "application/json", bytes: Array((document + "\n").utf8))
    return ExperimentReport(
      experiment: experiment, answer: answer, claims: claims, cells: cells,
      files: [markdown] + pictures + [json], keepsNumbers: true)
  }

  /// A frozen report, from its `frozen.json` with the pictures beside it.
  /// - Throws: `StoreError`: `notFound`, `badInput` for a file that is none or pictures that are not
  ///   what they were.
  package init(frozen path: String) throws {
    self = try FrozenReport.read(path)
  }
}

/// What `frozen.json` holds.
enum FrozenReport {
  static let fileName = "frozen.json"
  static let format = 1

  static func document(
    _ report: ExperimentReport, page: ReportFile, pictures: [ReportFile], store: RunStore
  ) throws -> String {
    let experiment = try store.experiment(report.experiment)
    let runs = try store.runs(experiment: report.experiment).filter { !$0.isOrphan }
    let document: JSONValue = .object([
      "format": .integer(format),
      "experiment": .string(report.experiment),
      "question": .string(experiment.question),
      "experimentFile": .string(experiment.fileText),
      "answer": .string(report.answer),
      "page": .object([
        "name": .string(page.name), "text": .string(String(decoding: page.bytes, as: UTF8.self)),
      ]),
      "pictures": .array(
        pictures.map { picture in
          .object([
            "name": .string(picture.name), "mediaType": .string(picture.mediaType),
            "sha256": .string(SHA256.hexadecimal(of: picture.bytes)),
          ])
        }),
      "claims": .array(
        report.claims.map { claim in
          .object([
            "name": claim.name.map { .string($0) } ?? .null, "claim": .string(claim.claim),
            "verdict": .string(claim.verdict.rawValue),
            "reason": claim.reason.map { .string($0) } ?? .null,
          ])
        }),
      "cells": .array(report.cells.map(\.json)),
      "runs": .array(runs.map(json)),
    ])
    return document.canonical
  }

  private static func json(_ run: RunSummary) -> JSONValue {
    func object(_ pairs: [(String, JSONValue)]) -> JSONValue {
      .object(Dictionary(pairs, uniquingKeysWith: { $1 }))
    }
    return .object([
      "id": .string(run.id), "label": .string(run.label ?? ""),
      "state": .string(run.state.rawValue), "seed": .integer(run.seed),
      "step": .integer(run.step), "ended": run.ended.map { .string($0) } ?? .null,
      "parameters": object(run.parameters.map { ($0.key, $0.value.json) }),
      "metrics": object(
        run.metrics.map { name, summary in
          (
            name,
            .object([
              "last": .number(summary.last), "min": .number(summary.min),
              "max": .number(summary.max), "count": .integer(summary.count),
            ])
          )
        }),
    ])
  }

  static func read(_ path: String) throws -> ExperimentReport {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw StoreError(.notFound, "no such file: \(path)")
    }
    func damaged(_ reason: String) -> StoreError {
      StoreError(.badInput, "\(path) is not a frozen report: \(reason)")
    }
    guard let text = String(validating: [UInt8](data), as: UTF8.self),
      case .object(let root)? = JSONValue(text: text)
    else { throw damaged("it is no JSON") }
    guard root["format"] == .integer(format) else {
      throw damaged("its format is not \(format)")
    }
    guard case .string(let experiment)? = root["experiment"],
      case .string(let answer)? = root["answer"], case .object(let page)? = root["page"],
      case .string(let name)? = page["name"], case .string(let markdown)? = page["text"],
      case .array(let list)? = root["pictures"], case .array(let claims)? = root["claims"],
      case .array(let cells)? = root["cells"],
      name.hasSuffix(".md"), isPlain(name)
    else { throw damaged("something is missing in it") }
    let stem = String(name.dropLast(".md".count))
    let folder = String(path.dropLast(path.split(separator: "/").last?.count ?? 0))
    var files = [
      ReportFile(name: name, mediaType: "text/markdown", bytes: Array(markdown.utf8))
    ]
    for item in list {
      guard case .object(let picture) = item, case .string(let name)? = picture["name"],
        case .string(let mediaType)? = picture["mediaType"],
        case .string(let sha256)? = picture["sha256"], name.hasPrefix(stem + "/")
      else { throw damaged("something is missing of a picture") }
      let file = String(name.dropFirst(stem.count + 1))
      guard isPlain(file) else { throw damaged("a picture lies elsewhere") }
      guard let content = FileManager.default.contents(atPath: folder + file) else {
        throw StoreError(.notFound, "the picture \(folder + file) of \(path) is not there")
      }
      guard SHA256.hexadecimal(of: [UInt8](content)) == sha256 else {
        throw damaged("the picture \(file) is not what it was")
      }
      files.append(ReportFile(name: name, mediaType: mediaType, bytes: [UInt8](content)))
    }
    files.append(
      ReportFile(
        name: "\(stem)/\(fileName)", mediaType: "application/json", bytes: [UInt8](data)))
    return ExperimentReport(
      experiment: experiment, answer: answer, claims: claims.compactMap(claim),
      cells: cells.compactMap(ReportCellSummary.init(frozen:)),
      files: files, keepsNumbers: true)
  }

  private static func claim(_ value: JSONValue) -> ReportClaim? {
    guard case .object(let members) = value, case .string(let claim)? = members["claim"],
      case .string(let word)? = members["verdict"], let verdict = ClaimVerdict(rawValue: word)
    else { return nil }
    var name: String?
    if case .string(let text)? = members["name"] { name = text }
    var reason: String?
    if case .string(let text)? = members["reason"] { reason = text }
    return ReportClaim(name: name, claim: claim, verdict: verdict, reason: reason)
  }

  /// Whether a name is that of a file in the folder itself.
  private static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && !name.contains("/") && !name.hasPrefix(".") && !name.contains("\0")
  }
}
