/// How samples are laid out in an area: as many as are still to be made out.
struct TileLayout {
  let columns: Int
  /// How many are shown.
  let count: Int
  /// Pixels of a picture.
  let tile: (width: Int, height: Int)
  /// Pixels between two.
  let gap: Int

  /// - Parameters:
  ///   - image: pixels of a picture as it was drawn.
  /// - Returns: nil where there is no room.
  init?(count: Int, image: (width: Int, height: Int), area: Area, abilities: TerminalAbilities) {
    let isBlocks = abilities.pictures == .blocks
    let cell = isBlocks ? (width: 1, height: 2) : abilities.cell
    let (width, height) = (area.width * cell.width, area.height * cell.height)
    guard width > 0, height > 0, count > 0, image.width > 0, image.height > 0 else { return nil }
    let gap = isBlocks ? 1 : 2
    let (longer, ratio) = (
      max(image.width, image.height), Double(image.height) / Double(image.width)
    )
    // In blocks some 10 to 16 pixels are needed to make a picture out: as many as let several in.
    let enough = min(count, 6)
    let small = (10...16).last { side -> Bool in
      let across = (width + gap) / (side + gap)
      let down = (height + gap) / (side + gap)
      return across * down >= enough
    }
    let side = isBlocks ? small ?? 10 : max(64, min(longer, 96))
    let most = min(isBlocks ? min(side, longer) : side, width, height)
    var tileWidth = max(1, ratio > 1 ? Int(Double(most) / ratio) : most)
    var tileHeight = max(1, ratio > 1 ? most : Int(Double(most) * ratio))
    func fitting(_ length: Int, _ tile: Int) -> Int { max(1, (length + gap) / (tile + gap)) }
    // Fewer than fit are drawn larger.
    while true {
      let larger = (width: tileWidth * 5 / 4 + 1, height: tileHeight * 5 / 4 + 1)
      guard larger.width <= width, larger.height <= height,
        larger.width <= image.width || !isBlocks,
        fitting(width, larger.width) * fitting(height, larger.height) >= count
      else { break }
      (tileWidth, tileHeight) = larger
    }
    let columns = min(fitting(width, tileWidth), count)
    (self.columns, self.gap) = (columns, gap)
    tile = (width: tileWidth, height: tileHeight)
    self.count = min(count, columns * fitting(height, tileHeight))
  }
}
