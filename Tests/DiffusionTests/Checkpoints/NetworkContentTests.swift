import Kernels
import Testing

@testable import Diffusion

@Suite struct NetworkContentTests {
  /// From the definition: "network 1", then each parameter by name, its shape, and PyTorch's order of values.
  @Test func isTheHashOfTheTensorsOfTheFile() throws {
    let description = NetworkDescription(
      model: ModelSettings(baseChannels: 8, timeEmbeddingDim: 16), channels: 1, height: 8, width: 8)
    let network = try description.makeNetwork()
    let file = NetworkFile(
      description: description, network: network,
      values: AlignedBuffer(network.layout.initialValues(seed: 3)))
    let tensors = try Safetensors(bytes: file.bytes(), name: "n")
    var content = Array("network 1\n".utf8)
    for name in tensors.entries.keys.sorted() {
      let entry = try tensors.entry(name)
      content += "\(name) [\(entry.shape.map(String.init).joined(separator: ", "))]\n".utf8
      content += tensors.withBytes(entry) { Array($0) }
    }
    #expect(file.contentHash == SHA256.hexadecimal(of: content))
    // A file without metadata, as PyTorch writes it, holds the same.
    var bare = SafetensorsWriter()
    for name in tensors.entries.keys.sorted(by: >) {
      bare.add(name, shape: try tensors.entry(name).shape, try tensors.floats(name))
    }
    #expect(try NetworkFile(bytes: bare.bytes(), name: "bare").contentHash == file.contentHash)
  }
}
