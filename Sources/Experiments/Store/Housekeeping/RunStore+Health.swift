import Diffusion
import Foundation
package import GRDB

/// A file of the store that is gone or damaged.
package struct ArtifactProblem: Sendable, Hashable, CustomStringConvertible {
  package var sha256: String
  /// Where it is, or was to be.
  package var path: String
  /// `is gone` and the like.
  package var what: String
  /// What it is to whom: `network.safetensors of run 1a2b3c4d (x/seed=1)`.
  package var owners: [String]
  /// What to do about it.
  package var advice: String

  package var description: String {
    let names = owners.prefix(3).joined(separator: ", ") + (owners.count > 3 ? ", …" : "")
    return "the artifact \(path) \(what)" + (names.isEmpty ? "" : "; it is \(names)")
      + "; \(advice)"
  }
}

extension RunStore {
  /// What SQLite's own check finds wrong with the database; nil if it is sound.
  /// - Throws: `StoreError`.
  package func healthProblem() throws -> String? {
    let verdict = try read { db in try String.fetchOne(db, sql: "PRAGMA quick_check(1)") }
    return verdict == "ok" ? nil : verdict ?? "no answer"
  }

  /// Artifacts whose files are gone, cannot be read, or are of another length than they should be.
  /// - Parameter deep: also those whose content is not what it was, in files and in the database; reads all of it.
  /// - Returns: how many were looked at, and what is wrong.
  /// - Throws: `StoreError`.
  package func artifactProblems(deep: Bool = false) throws -> (count: Int, [ArtifactProblem]) {
    let files = ArtifactFiles(folder: folder)
    return try read { db in
      var (count, problems): (Int, [ArtifactProblem]) = (0, [])
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT sha256, bytes, iif(\(deep), content, NULL) AS content FROM artifact
          WHERE \(deep) OR content IS NULL ORDER BY sha256
          """)
      while let row = try rows.next() {
        count += 1
        let sha256: String = row["sha256"]
        var damage: ArtifactFiles.Damage?
        if let content = row["content"] as Data? {
          if SHA256.hexadecimal(of: [UInt8](content)) != sha256 { damage = .content }
        } else if deep {
          do throws(ArtifactFiles.Damage) { _ = try files.read(sha256, bytes: row["bytes"]) } catch
          { damage = error }
        } else {
          damage = files.damage(sha256, bytes: row["bytes"])
        }
        if let damage { problems.append(try problem(sha256, damage, db)) }
      }
      return (count, problems)
    }
  }

  package func problem(
    _ sha256: String, _ damage: ArtifactFiles.Damage, _ db: Database
  ) throws -> ArtifactProblem {
    let runs = try Row.fetchAll(
      db,
      sql: """
        SELECT link.runId, link.name, (
          SELECT experiment.name || '/' || member.label FROM experimentRun AS member
          JOIN experiment ON experiment.id = member.experimentId
          WHERE member.runId = link.runId ORDER BY experiment.name LIMIT 1)
        FROM runArtifact AS link WHERE link.sha256 = ? ORDER BY link.runId, link.name
        """, arguments: [sha256])
    let reports = try String.fetchAll(
      db,
      sql: """
        SELECT DISTINCT experiment.name FROM report
        JOIN experiment ON experiment.id = report.experimentId WHERE report.sha256 = ? ORDER BY 1
        """, arguments: [sha256])
    let owners = runs.map { row in
      "\(row[1] as String) of run \((row[0] as String).prefix(8))"
        + ((row[2] as String?).map { " (\($0))" } ?? "")
    }
    let advice: String
    if case .unreadable = damage {
      advice = "see to it that it can be read"
    } else if let run = (runs.first?[0] as String?)?.prefix(8) {
      advice =
        "to redo that run: 'workbench rm \(run)', 'workbench gc', then 'workbench run' its file"
    } else if let experiment = reports.first {
      advice = "'workbench report \(experiment)' writes it again"
    } else {
      advice = "nothing needs it: 'workbench gc' forgets it"
    }
    return ArtifactProblem(
      sha256: sha256, path: ArtifactFiles(folder: folder).path(of: sha256), what: damage.text,
      owners: owners + reports.map { "of the report of \($0)" }, advice: advice)
  }
}
