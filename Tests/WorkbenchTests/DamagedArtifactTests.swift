import Foundation
import Store
import TestSupport
import Testing
import Values

/// Files of the store that are gone or changed: runs do without them, and every verb says which run to repeat.
@Suite struct DamagedArtifactTests {
  /// A network of more than 1 MiB, so that it lies beside the database.
  private static let experiment = """
    model: {levels: 3, base_channels: 72}
    training: {steps: 4, batch: 4, checkpoint_every: 2, log_every: 2}
    sampling: {steps: 2, count: 4}
    evaluation: {images: 8, metrics: [loss]}

    """

  private static func place() throws -> Workplace {
    let place = try Workplace(experiment)
    try place.run()
    return place
  }

  private func artifact(_ place: Workplace) throws -> String {
    let files = filesBelow(place.storeFolder + "/artifacts")
    try #require(files.count == 1, "\(files)")
    return "\(place.storeFolder)/artifacts/\(files[0])"
  }

  enum Damage: String, CaseIterable {
    case gone, cut, changed
  }

  private func damage(_ path: String, _ kind: Damage) throws {
    let url = URL(filePath: path)
    var bytes = try Data(contentsOf: url)
    switch kind {
    case .gone: try FileManager.default.removeItem(at: url)
    case .cut: try bytes.prefix(1000).write(to: url)
    case .changed:
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: url)
    }
  }

  @Test(arguments: Damage.allCases) func aTwinThatCannotBeTakenIsTrained(_ kind: Damage) throws {
    let place = try Self.place()
    let first = try place.runs()[0]
    let path = try artifact(place)
    let whole = try Data(contentsOf: URL(filePath: path))
    try damage(path, kind)
    try place.write(
      Self.experiment.replacingOccurrences(of: "steps: 2, count", with: "steps: 3, count"))
    try place.run()
    let second = try #require(try place.runs().first { $0.id != first.id && $0.state == .finished })
    let warning = try #require(
      try place.store().events(run: second.id).first { $0.level == .warning })
    #expect(
      warning.text.hasPrefix(
        "the weights of run \(first.id.prefix(8)), trained with the same settings, cannot be used: the artifact "
      ))
    #expect(warning.text.contains("workbench rm \(first.id.prefix(8))"))
    #expect(second.metrics["train/loss"]?.count == 2, "it has trained")
    // The same weights have the same hash: the file is whole again.
    #expect(try Data(contentsOf: URL(filePath: path)) == whole)
    try place.workbench("doctor", "--deep")
  }

  @Test(arguments: Damage.allCases) func doctorFindsIt(_ kind: Damage) throws {
    let place = try Self.place()
    let path = try artifact(place)
    let sound = try place.workbench("doctor")
    #expect(sound.contains("1 file beside the database, of the right size"))
    try damage(path, kind)
    let run = try place.runs()[0].id.prefix(8)
    // Its content is looked at only where that is asked for.
    if kind == .changed { try place.workbench("doctor") }
    let said = try place.workbench("doctor", "--deep", code: 1)
    #expect(said.contains("✗ artifact"))
    #expect(said.contains("network.safetensors of run \(run) (tiny/"))
    #expect(said.contains("workbench rm \(run)"))
    guard kind != .changed else { return }
    #expect(try place.workbench("doctor", code: 1).contains("✗ artifact"))
    let cleaning = try place.ending(of: "gc", "--dry-run")
    #expect(cleaning.code == 0 && cleaning.output == "nothing to remove\n")
    #expect(
      cleaning.errors.contains("1 artifact is missing or damaged; 'workbench doctor' says which"))
    // What it says to do, helps.
    try place.workbench("rm", String(run))
    try place.workbench("gc")
    try place.run()
    #expect(try place.workbench("doctor", "--deep").contains("✓ artifacts"))
  }

  @Test(arguments: Damage.allCases) func sampleSaysWhichRunToRepeat(_ kind: Damage) throws {
    let place = try Self.place()
    try damage(try artifact(place), kind)
    let run = try place.runs()[0].id
    let ending = try place.ending(of: "sample", String(run.prefix(8)), "-o", place.path + "/x.png")
    #expect(ending.code == (kind == .gone ? 66 : 65))
    #expect(ending.errors.contains("workbench rm \(run.prefix(8))"), "\(ending.errors)")
    #expect(try place.workbench("report", "tiny", "-o", place.reports).contains("tiny.md"))
  }

  /// A checkpoint that a process left when it died after its run was finished goes at the next look.
  @Test(arguments: ["run", "gc"]) func theCheckpointOfAFinishedRunGoes(verb: String) throws {
    let place = try Self.place()
    let run = try place.runs()[0].id
    let work = "\(place.storeFolder)/work/\(run)"
    let before = filesBelow(work)
    #expect(before == ["lock"])
    for name in ["state.safetensors", "state.safetensors.4242.tmp", "state.safetensors.4242-3.tmp"]
    {
      try Data("left".utf8).write(to: URL(filePath: "\(work)/\(name)"))
    }
    if verb == "run" {
      try place.run()
    } else {
      let listed = try place.workbench("gc", "--dry-run")
      #expect(listed.contains("the checkpoint of a finished run"))
      #expect(listed.contains("partially written"))
      #expect(filesBelow(work).count == 4, "a dry run removes nothing")
      #expect(try place.workbench("doctor").contains("– leftovers"))
      try place.workbench("gc")
    }
    #expect(filesBelow(work) == before)
  }
}
