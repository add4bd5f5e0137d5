/// TensorBoard's messages, by the field numbers of `tensorboard/compat/proto`: event.proto,
/// summary.proto, tensor.proto, types.proto.
enum EventMessages {
  /// `Event` of a summary.
  static func event(wallTime: Double, step: Int, summary: ProtobufMessage) -> ProtobufMessage {
    var event = ProtobufMessage()
    event.double(1, wallTime)
    event.integer(2, step)
    event.message(5, summary)
    return event
  }

  /// The `Event` that every file begins with.
  static func version(wallTime: Double) -> ProtobufMessage {
    var event = ProtobufMessage()
    event.double(1, wallTime)
    event.text(3, "brain.Event:2")
    return event
  }

  // MARK: Summary.Value

  /// A scalar is a float, as everything that writes such files makes it.
  static func scalar(_ tag: String, _ value: Double) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.text(1, tag)
    message.float(2, Float(value))
    return message
  }

  /// - Parameter colors: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.
  static func image(
    _ tag: String, png: [UInt8], width: Int, height: Int, colors: Int
  ) -> ProtobufMessage {
    var image = ProtobufMessage()
    image.integer(1, height)
    image.integer(2, width)
    image.integer(3, colors)
    image.data(4, png)
    var message = ProtobufMessage()
    message.text(1, tag)
    message.message(4, image)
    return message
  }

  /// Markdown, for the Text tab.
  static func text(_ tag: String, _ markdown: String) -> ProtobufMessage {
    var tensor = ProtobufMessage()
    tensor.integer(1, 7)  // DT_STRING
    var shape = ProtobufMessage()
    var dimension = ProtobufMessage()
    dimension.integer(1, 1)
    shape.message(2, dimension)
    tensor.message(2, shape)
    tensor.text(8, markdown)
    var message = ProtobufMessage()
    message.text(1, tag)
    message.message(8, tensor)
    message.message(9, metadata(plugin: "text", content: nil, dataClass: 2))
    return message
  }

  /// A message of the HParams plugin travels in a summary's metadata, beside a tensor of no
  /// elements.
  static func hyperparameters(_ tag: String, _ content: ProtobufMessage) -> ProtobufMessage {
    var tensor = ProtobufMessage()
    tensor.integer(1, 1)  // DT_FLOAT
    var shape = ProtobufMessage()
    var dimension = ProtobufMessage()
    dimension.integer(1, 0)
    shape.message(2, dimension)
    tensor.message(2, shape)
    var message = ProtobufMessage()
    message.text(1, tag)
    message.message(8, tensor)
    message.message(9, metadata(plugin: "hparams", content: content, dataClass: 2))
    return message
  }

  /// - Parameter dataClass: 1 scalar, 2 tensor, 3 blob sequence.
  private static func metadata(
    plugin: String, content: ProtobufMessage?, dataClass: Int
  ) -> ProtobufMessage {
    var data = ProtobufMessage()
    data.text(1, plugin)
    if let content { data.message(2, content) }
    var metadata = ProtobufMessage()
    metadata.message(1, data)
    metadata.integer(4, dataClass)
    return metadata
  }

  /// `Summary` of one value; a summary of several is their bytes one after the other.
  static func summary(_ values: [ProtobufMessage]) -> ProtobufMessage {
    var summary = ProtobufMessage()
    for value in values { summary.message(1, value) }
    return summary
  }
}

/// Writes `Event`s as records: length (8 bytes, little-endian), its masked checksum (4), the event,
/// its masked checksum (4).
struct EventFile {
  private let file: BufferedFile

  init(_ path: String) throws { file = try BufferedFile(path) }

  func write(_ event: ProtobufMessage) throws { try file.write(Self.record(event.bytes)) }

  func close() throws { try file.close() }

  static func record(_ content: [UInt8]) -> [UInt8] {
    let length = bytes(UInt64(content.count))
    return length + bytes(CRC32C.masked(length)) + content + bytes(CRC32C.masked(content))
  }

  private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
