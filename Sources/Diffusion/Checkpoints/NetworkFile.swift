import Files
import Foundation
public import Kernels

/// A network with its weights, as a safetensors file: the parameters under their PyTorch names and nothing else, what
/// the network is in the metadata. PyTorch's `load_state_dict` takes it as it is.
public struct NetworkFile {
  /// What the network is: enough to make it again.
  public let description: NetworkDescription
  /// The network, whose weights are `values`.
  public let network: any Network
  /// Laid out as the network's layout says.
  public let values: AlignedBuffer
  /// What its files say beside the weights.
  package let origin: NetworkOrigin

  static let formatKey = "workbench.format"
  static let settingsKey = "workbench.network"
  static let format = "1"

  /// - Parameters:
  ///   - network: as `description` makes it.
  ///   - values: parameters, laid out as the network's layout says; not copied.
  public init(description: NetworkDescription, network: any Network, values: AlignedBuffer) {
    self.init(
      description: description, network: network, values: values, origin: NetworkOrigin())
  }

  package init(
    description: NetworkDescription, network: any Network, values: AlignedBuffer,
    origin: NetworkOrigin
  ) {
    self.description = description
    self.network = network
    self.values = values
    self.origin = origin
  }

  /// Reads a network that the workbench, PyTorch or diffusers wrote.
  /// - Parameters:
  ///   - path: a safetensors file, the index of shards, or the folder of a diffusers model or pipeline.
  ///   - description: what the network is; nil: as the metadata or the `config.json` beside it say, or where there are
  ///     none, as the names and shapes tell.
  ///   - raw: of a folder with `unet` and `unet_ema`: the weights themselves, not their average.
  ///   - untold: a residual network's options where nothing but tensors comes with it; nil: as diffusers has them.
  /// - Throws: `DiffusionError`.
  public init(
    contentsOf path: String, description: NetworkDescription? = nil, raw: Bool = false,
    untold: ResidualUNetSettings? = nil
  ) throws(DiffusionError) {
    guard let model = try DiffusersFolder.model(at: path, raw: raw) else {
      try self.init(
        try Safetensors(contentsOf: path), description: description, untold: untold,
        origin: NetworkOrigin())
      return
    }
    let config = try model.config.map { (path) throws(DiffusionError) in
      try DiffusersFolder.config(path)
    }
    let isIndex = SafetensorsIndex.isName(Paths.name(of: model.weights))
    let file =
      isIndex
      ? try SafetensorsIndex.read(model.weights) : try Safetensors(contentsOf: model.weights)
    var origin = NetworkOrigin()
    if let note = model.note { origin.notes.append(note) }
    let written = try Self.written(in: file)
    // A file of the workbench may lie beside a configuration that is not its own.
    let isOfDiffusers = Paths.name(of: model.weights).hasPrefix(
      DiffusersFolder.stem)
    let own = isOfDiffusers ? nil : written
    var described = description ?? own
    if described == nil, let config { described = try config.description(written: written) }
    origin.saysSize = own != nil || config?.saysSize == true
    // No more than for the classes' names.
    if described?.classNames == nil, described?.classes == written?.classes {
      described?.classNames = written?.classNames
    }
    // `config.json` has no place for the noise process: the pipeline's scheduler has, or what the workbench wrote.
    var process = written?.diffusion
    if let pipeline = model.pipeline {
      process = try origin.read(pipeline: pipeline) ?? process
    }
    origin.saysProcess = process != nil
    try self.init(
      file, description: described, untold: untold, process: process, origin: origin)
  }

  /// The same from memory.
  public init(
    bytes: [UInt8], name: String, description: NetworkDescription? = nil
  ) throws(DiffusionError) {
    try self.init(
      try Safetensors(bytes: bytes, name: name), description: description, origin: NetworkOrigin())
  }

  private init(
    _ given: Safetensors, description: NetworkDescription?, untold: ResidualUNetSettings? = nil,
    process: DiffusionSettings? = nil, origin: NetworkOrigin
  ) throws(DiffusionError) {
    let file = try DiffusersFolder.currentNames(given)
    var origin = origin
    let written = try Self.written(in: file)
    var found: NetworkDescription
    if let given = description ?? written {
      found = given
    } else {
      found = try NetworkDescription(inferredFrom: file, untold: untold)
      (origin.isInferred, origin.saysSize, origin.saysProcess) = (true, false, process != nil)
      try origin.note(found.model.residual, of: file.name, given: untold != nil)
    }
    if let process {
      let learns = found.diffusion.variance == .learned
      found.diffusion = process
      if learns != (process.variance == .learned), written == nil || origin.isInferred {
        // It still predicts; nothing is drawn from it.
        found.diffusion.variance = learns ? .learned : .fixedSmall
        origin.refusal = DiffusionError(
          .badInput,
          learns
            ? "'\(file.name)' says variances beside its prediction, which its \(DiffusersFolder.schedulerName) "
              + "does not take: its variance_type would be \"learned_range\""
            : "'\(file.name)' says no variances, which its \(DiffusersFolder.schedulerName) takes from it: "
              + "variance_type is \"learned_range\"")
      }
    }
    // The small U-Net always has one.
    origin.saysNullClass =
      found.model.architecture != .unet || found.conditioning.kind == .none
      || written?.classes == found.classes
    self.description = found
    self.origin = origin
    network = try found.makeNetwork()
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

  /// That images can be drawn from it, and it be trained on, as it was trained.
  /// - Throws: `DiffusionError(.badInput)` where its pipeline needs what is not supported, naming it.
  public func requireProcess() throws(DiffusionError) {
    if let refusal = origin.refusal { throw refusal }
  }

  /// Whether a path looks like a network's: a `.safetensors` file, the index of shards, a file of pickles (which is then
  /// refused by that name), or a folder.
  package static func isNamed(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      return true
    }
    let file = Paths.name(of: path)
    return [".safetensors", ".bin", ".pt", ".pth", ".ckpt"].contains { file.hasSuffix($0) }
      || SafetensorsIndex.isName(file)
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
