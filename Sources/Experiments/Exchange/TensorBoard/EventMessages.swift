import Files

/// TensorBoard's messages, by the field numbers of `tensorboard/compat/proto`: event.proto,
/// summary.proto, tensor.proto, types.proto.
enum EventMessages {
  /// `Event` of a `Summary` with these values.
  static func event(wallTime: Double, step: Int, values: [ProtobufMessage]) -> ProtobufMessage {
    let summary = ProtobufMessage(values.map { .message(1, $0) })
    return [.double(1, wallTime), .integer(2, step), .message(5, summary)]
  }

  /// The `Event` that every file begins with.
  static func version(wallTime: Double) -> ProtobufMessage {
    [.double(1, wallTime), .text(3, "brain.Event:2")]
  }

  // MARK: Summary.Value

  /// A scalar is a float, as everything that writes such files makes it.
  static func scalar(_ tag: String, _ value: Double) -> ProtobufMessage {
    [.text(1, tag), .float(2, Float(value))]
  }

  /// - Parameter colors: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.
  static func image(
    _ tag: String, png: [UInt8], width: Int, height: Int, colors: Int
  ) -> ProtobufMessage {
    let image: ProtobufMessage = [
      .integer(1, height), .integer(2, width), .integer(3, colors), .data(4, png),
    ]
    return [.text(1, tag), .message(4, image)]
  }

  /// Markdown, for the Text tab.
  static func text(_ tag: String, _ markdown: String) -> ProtobufMessage {
    let string = 7  // DT_STRING
    return [
      .text(1, tag), .message(8, tensor(string, count: 1, [.text(8, markdown)])),
      .message(9, metadata(plugin: "text")),
    ]
  }

  /// A message of the HParams plugin travels in a summary's metadata, beside a tensor of no
  /// elements.
  static func hyperparameters(_ tag: String, _ content: ProtobufMessage) -> ProtobufMessage {
    let float = 1  // DT_FLOAT
    return [
      .text(1, tag), .message(8, tensor(float, count: 0, [])),
      .message(9, metadata(plugin: "hparams", [.message(2, content)])),
    ]
  }

  /// A vector.
  private static func tensor(
    _ type: Int, count: Int, _ values: ProtobufMessage
  ) -> ProtobufMessage {
    let dimension = ProtobufMessage.integer(1, count)
    return [.integer(1, type), .message(2, .message(2, dimension)), values]
  }

  private static func metadata(
    plugin: String, _ content: ProtobufMessage = []
  ) -> ProtobufMessage {
    let tensor = 2  // 1 is scalar, 3 blob sequence.
    return [.message(1, [.text(1, plugin), content]), .integer(4, tensor)]
  }
}

/// Writes `Event`s as records: length (8 bytes, little-endian), its masked checksum (4), the event,
/// its masked checksum (4).
struct EventFile {
  private let file: FileWriter

  init(_ name: String, in folder: NewFolder) throws { file = try folder.file(name) }

  func write(_ event: ProtobufMessage) throws { try file.write(Self.record(event.bytes)) }

  func close() throws { try file.end(durably: false) }

  static func record(_ content: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(content.count))
    return length + littleEndian(CyclicRedundancyCheck.castagnoli.masked(length)) + content
      + littleEndian(CyclicRedundancyCheck.castagnoli.masked(content))
  }
}
