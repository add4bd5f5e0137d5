import Kernels

extension NetworkFile {
  /// SHA-256 of the parameters' names, shapes and values in float32, as 64 hexadecimal digits: what training that begins
  /// with them depends on. It is the same for a file, its copy, and a file that holds the same values in another layout.
  public var contentHash: String {
    var hash = SHA256()
    hash.update("network 1\n")
    for parameter in network.layout.parameters.sorted(by: { $0.name < $1.name }) {
      hash.update("\(parameter.name) \(parameter.shape)\n")
      let exported = parameter.exported(Array(values.values[parameter.range]))
      exported.withUnsafeBytes { hash.update($0) }
    }
    return hash.hexadecimal()
  }
}
