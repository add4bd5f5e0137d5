import Foundation
import Store
import TestSupport
import Testing
import Values

@testable import Diffusion

/// A vector as condition from the file to the samples.
@Suite struct VectorRunTests {
  @Test func columnsAreTold() throws {
    let place = try Workplace()
    try place.write(
      """
      data: {source: points, path: '\(place.path)/line.csv', conditions: [heat]}
      model: {architecture: mlp, width: 16, layers: 2}
      conditioning: {kind: vector, self: true}
      training: {steps: 50, batch: 32, optimizer: {lr: 1.0e-2}}
      sampling: {sampler: ddim, steps: 10, count: 12, guidance: 2}
      evaluation: {images: 20, metrics: [loss, energy-distance]}
      report:
        - scatter: {over: sampling, paths: 3}

      """)
    let rows = (0..<200).map { i in
      "\(Double(i % 20) / 10 - 1),\(100 + i % 20),\(1 - Double(i % 20) / 10)\n"
    }
    try place.folder.write(Array(("x,heat,y\n" + rows.joined()).utf8), "line.csv")
    try place.run()
    let run = try #require(try place.runs().first)
    #expect(run.state == .finished)
    let store = try place.store()
    let artifacts = try store.artifacts(run: run.id)
    let told = try #require(artifacts.first { $0.name == "conditions.npy" })
    let table = try PointTable(npy: try store.content(sha256: told.sha256), name: told.name)
    #expect((table.count, table.dimensions) == (12, 1))
    #expect(table.values.allSatisfy { (100...119).contains($0) })

    let output = place.path + "/drawn.safetensors"
    let drawn = try place.start(
      ["sample", "last", "--vector", "110", "--count", "3", "--output", output]
    ).wait()
    #expect(drawn.code == 0, "\(drawn.errors)")
    #expect(try Safetensors(contentsOf: output).entry("sample").shape == [3, 2, 1, 1])
    let wrong = try place.start(
      ["sample", "last", "--vector", "1,2", "--output", output + "2"]
    ).wait()
    #expect(wrong.code == 64)
    #expect(wrong.errors.contains("the network takes 1 number, separated by commas: heat"))
    let heun = try place.start(
      ["sample", "last", "--sampler", "heun", "--output", output + "3"]
    ).wait()
    #expect(heun.code != 0 && heun.errors.contains("asks it more than once at a level"))
  }
}
