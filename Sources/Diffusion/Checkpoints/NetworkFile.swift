import Foundation
public import Kernels

/// A network with its weights, as a safetensors file: the parameters under their PyTorch names and nothing else, what
/// the network is in the metadata. PyTorch's `load_state_dict` takes it as it is.
public struct NetworkFile {
  public let description: NetworkDescription
  public let network: any Network
  /// Laid out as the network's layout says.
  public let values: AlignedBuffer

  static let formatKey = "workbench.format"
  static let settingsKey = "workbench.network"
  static let format = "1"

  public init(description: NetworkDescription, network: any Network, values: AlignedBuffer) {
    self.description = description
    self.network = network
    self.values = values
  }

  /// Reads a network that the workbench, PyTorch or diffusers wrote.
  /// - Parameters:
  ///   - path: a safetensors file, or a diffusers model's folder.
  ///   - description: what the network is; nil: as the metadata or the folder's `config.json` say, or where there are
  ///     none, as the names and shapes tell.
  /// - Throws: `DiffusionError`.
  public init(contentsOf path: String, description: NetworkDescription? = nil)
    throws(DiffusionError)
  {
    guard let folder = try DiffusersFolder.model(at: path) else {
      try self.init(try Safetensors(contentsOf: path), description: description)
      return
    }
    let config = try DiffusersFolder.config("\(folder)/\(DiffusersFolder.configName)")
    let file = try Safetensors(contentsOf: "\(folder)/\(DiffusersFolder.weightsName)")
    var described = description ?? config.description
    // The noise process is the workbench's to know: `config.json` has no place for it.
    if let written = try Self.written(in: file) { described.diffusion = written.diffusion }
    try self.init(file, description: described)
  }

  /// The same from memory.
  public init(
    bytes: [UInt8], name: String, description: NetworkDescription? = nil
  ) throws(DiffusionError) {
    try self.init(try Safetensors(bytes: bytes, name: name), description: description)
  }

  private init(_ given: Safetensors, description: NetworkDescription?) throws(DiffusionError) {
    let file = try DiffusersFolder.currentNames(given)
    if let description {
      self.description = description
    } else if let written = try Self.written(in: file) {
      self.description = written
    } else {
      self.description = try NetworkDescription(inferredFrom: file)
    }
    network = try self.description.makeNetwork()
    // Before any memory is taken for what the description promises.
    try Self.check(file, prefix: "", layout: network.layout)
    values = AlignedBuffer(count: network.layout.count)
    try Self.load(file, prefix: "", layout: network.layout, into: values)
    let extra = Set(file.entries.keys).subtracting(network.layout.parameters.map(\.name))
    if let name = extra.min() {
      throw DiffusionError(
        .badInput, "'\(file.name)' has a tensor '\(name)' that the network has no place for")
    }
  }

  /// What the workbench wrote beside the tensors; nil where it did not write them.
  private static func written(in file: Safetensors) throws(DiffusionError) -> NetworkDescription? {
    guard let json = file.metadata[settingsKey] else { return nil }
    guard file.metadata[formatKey] == format else {
      throw DiffusionError(
        .badInput,
        "'\(file.name)' is of format \(file.metadata[formatKey] ?? "none"); this program reads \(format)"
      )
    }
    do {
      return try JSONDecoder().decode(NetworkDescription.self, from: Data(json.utf8))
    } catch {
      throw DiffusionError(.badInput, "the settings in '\(file.name)' cannot be read")
    }
  }

  /// That every parameter is there under `prefix`, in its shape.
  static func check(
    _ file: Safetensors, prefix: String, layout: ParameterLayout
  ) throws(DiffusionError) {
    for parameter in layout.parameters {
      let name = prefix + parameter.name
      let entry = try file.entry(name)
      guard entry.shape == parameter.shape else {
        throw DiffusionError(
          .badInput,
          "tensor '\(name)' of '\(file.name)' has the shape \(entry.shape); the network's is \(parameter.shape)"
        )
      }
    }
  }

  /// The values under `prefix`, into a buffer laid out as `layout` says.
  static func load(
    _ file: Safetensors, prefix: String, layout: ParameterLayout, into buffer: AlignedBuffer
  ) throws(DiffusionError) {
    try check(file, prefix: prefix, layout: layout)
    for parameter in layout.parameters {
      let laidOut = parameter.laidOut(try file.floats(prefix + parameter.name))
      (buffer.pointer + parameter.offset).update(from: laidOut, count: laidOut.count)
    }
  }

  /// Adds the values to a file under construction, under `prefix`.
  static func add(
    _ buffer: AlignedBuffer, layout: ParameterLayout, prefix: String,
    to writer: inout SafetensorsWriter
  ) {
    for parameter in layout.parameters {
      writer.add(
        prefix + parameter.name, shape: parameter.shape,
        parameter.exported(Array(buffer.values[parameter.range])))
    }
  }

  /// Writes it as a folder that diffusers' `UNet2DModel.from_pretrained` takes, whole or not at all.
  /// - Throws: `DiffusionError`: `badInput` where diffusers has no such network, `cannotCreate`, `inputOutput`.
  public func writeDiffusersFolder(to path: String) throws(DiffusionError) {
    try DiffusersFolder.write(self, to: path)
  }

  /// The file's bytes.
  public func bytes() -> [UInt8] {
    var writer = SafetensorsWriter(metadata: [
      Self.formatKey: Self.format, Self.settingsKey: Self.json(description),
    ])
    Self.add(values, layout: network.layout, prefix: "", to: &writer)
    return writer.bytes()
  }

  static func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }
}
