import Diffusion
import Images
import Text

/// Images of a network's size on their way to files.
struct Drawings {
  /// (N, H, W, C)
  struct Tensor {
    let name: String
    let values: [Float]

    init(_ name: String, _ values: [Float]) {
      self.name = name
      self.values = values
    }
  }

  let height: Int
  let width: Int
  let channels: Int

  init(_ description: NetworkDescription) {
    (height, width, channels) = (
      description.height, description.width, description.channels
    )
  }

  private var elements: Int { height * width * channels }

  func pictures(_ values: [Float]) -> [Image] {
    Image.pictures(
      values, count: values.count / elements, height: height, width: width, channels: channels)
  }

  /// Writes tensors, and a sheet of the first.
  /// - Parameter heads: above the columns; none: nothing is.
  func write(
    _ tensors: [Tensor], to sheet: SheetOptions, columns: Int, heads: [String] = []
  ) throws {
    try write(
      tensors, to: sheet,
      picture: Image.grid(
        pictures(tensors[0].values), columns: columns, padding: 2, scale: sheet.scale,
        columnLabels: heads))
  }

  /// Writes tensors (N, C, H, W), and a picture.
  func write(
    _ tensors: [Tensor], to sheet: SheetOptions, picture: @autoclosure () -> Image
  ) throws {
    if let output = sheet.output {
      var writer = SafetensorsWriter()
      for tensor in tensors {
        let count = tensor.values.count / elements
        writer.add(
          tensor.name, shape: [count, channels, height, width],
          ChannelOrder.first(
            tensor.values, count: count, channels: channels, pixels: height * width))
      }
      try writer.write(to: output)
      printDiagnostic("wrote \(printable(output))")
    }
    if let grid = sheet.grid {
      try picture().write(to: grid)
      printDiagnostic("wrote \(printable(grid))")
    }
  }
}
