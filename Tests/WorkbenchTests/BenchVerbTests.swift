import Foundation
import TestSupport
import Testing

/// What `bench` prints; no test asserts a time.
@Suite struct BenchVerbTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private static let fields: Set<String> = [
    "imagesPerSecond", "millisecondsPerStep", "gflopPerSecond", "peakFraction", "peakMemoryMiB",
    "precision", "workers", "kernels",
  ]

  @Test(arguments: ["train", "sample"]) func trainAndSample(task: String) throws {
    let place = try Workplace()
    let document = try object(
      try place.workbench(
        "bench", task, place.file, "training.precision=bf16", "--workers", "2", "--seconds", "0.01",
        "--json"))
    #expect(Set(document.keys) == Self.fields)
    #expect(document["precision"] as? String == "bf16")
    #expect(document["workers"] as? Int == 2)
    let fraction = try #require(document["peakFraction"] as? Double)
    #expect(fraction > 0 && fraction < 1)
  }

  @Test func peak() throws {
    let place = try Workplace()
    let document = try object(try place.workbench("bench", "peak", "--workers", "1", "--json"))
    #expect(
      Set(document.keys) == ["workers", "peaks", "bandwidths", "arrayMiB", "lastLevelCacheMiB"])
    let peaks = try #require(document["peaks"] as? [[String: Any]])
    for peak in peaks {
      #expect(Set(peak.keys) == ["kernels", "precision", "isNative", "gflopPerSecond"])
    }
    #expect(peaks.contains { $0["kernels"] as? String == "portable" })
    let streams = try #require(document["bandwidths"] as? [[String: Any]])
    #expect(streams.map { $0["stream"] as? String } == ["read", "copy", "scale", "triad"])
  }

  @Test func operations() throws {
    let place = try Workplace()
    let text = try place.workbench(
      "bench", "operations", place.file, place.file, "training.batch=4", "--precision", "fp32",
      "--workers", "1", "--seconds", "0.01", "--json")
    let documents = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    #expect(documents.count == 2)
    for document in documents {
      #expect(document["file"] as? String == place.file)
      let result = try #require(document["result"] as? [String: Any])
      #expect(result["images"] as? Int == 4)
      #expect(result["task"] as? String == "train")
      let rows = try #require(result["operations"] as? [[String: Any]])
      #expect(rows.contains { $0["operation"] as? String == "convolution 3×3" })
      let shares = rows.compactMap { $0["share"] as? Double }
      #expect(shares.count == rows.count && abs(shares.reduce(0, +) - 1) < 1e-9)
    }
    let table = try place.workbench(
      "bench", "operations", place.file, "--sample", "--seconds", "0.01", "--markdown")
    #expect(table.contains("| convolution 3×3 | 3→8, 8×8 | forward |"))
  }

  @Test func aGridMeasuresEveryRun() throws {
    let place = try Workplace(
      Workplace.training
        + "sweep: {zip: [{training.batch: [2, 3], sampling.count: [2, 3]}]}\n")
    let document = try object(
      try place.workbench("bench", "grid", place.file, "--seconds", "0.01", "--json"))
    let rows = try #require(document["runs"] as? [[String: Any]])
    #expect(rows.map { $0["label"] as? String } == ["batch=2,count=2", "batch=3,count=3"])
    // Both runs do the same work an image, so spread and cost are the same ratio.
    for task in ["training", "sampling"] {
      let costs = rows.compactMap { $0["\(task)Cost"] as? Double }
      let spreads = rows.compactMap { $0["\(task)Spread"] as? Double }
      #expect(costs.count == 2 && costs.min() == 1)
      #expect(spreads.count == 2 && spreads.min() == 1)
      #expect(zip(costs, spreads).allSatisfy { abs($0 - $1) < 1e-9 * $0 })
    }
  }

  @Test func wrongUse() throws {
    let place = try Workplace()
    try place.workbench("bench", "train", place.file, "--seconds", "0", code: 64)
    try place.workbench("bench", "operations", place.path + "/none.yaml", code: 66)
    try place.workbench("bench", "operations", place.file, "training.batsh=3", code: 65)
  }
}
