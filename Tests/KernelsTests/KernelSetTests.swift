import Foundation
import Kernels
import Testing

@Suite struct KernelSetTests {
  @Test func orderAndAvailability() {
    let available = KernelSet.available.map(\.description)
    #expect(available == KernelSet.all.map(\.name).filter(available.contains))
    #expect(available.last == "portable")
    #expect(KernelSet.best == KernelSet.available.first)
    for (name, _) in KernelSet.all {
      #expect(KernelSet(named: name)?.description == (available.contains(name) ? name : nil))
    }
    #expect(KernelSet(named: "avx") == nil)
  }

  /// The table of docs/performance.md is the table of the code.
  @Test func documentation() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/performance.md")
    let table = "|---|---|\n" + KernelSet.all.map { "| `\($0.name)` | \($0.needs) |\n" }.joined()
    #expect(try String(contentsOf: file, encoding: .utf8).contains("\n" + table + "\n"))
  }
}
