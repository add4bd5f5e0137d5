extension ResidualUNetSettings {
  /// Why no network has these settings.
  package struct Problem: Sendable, Hashable {
    /// The option that is likeliest to change, under diffusers' name.
    package var option: String
    /// Others that clash with it.
    package var others: [String]
    package var message: String
    package var hint: String?

    init(_ option: String, with others: [String] = [], _ message: String, hint: String? = nil) {
      self.option = option
      self.others = others
      self.message = message
      self.hint = hint
    }
  }

  /// Bounds of what is accepted: what a damaged file asks for beyond them must not get as far as the
  /// arithmetic of sizes.
  package static let levelRange = 1...8
  package static let channelRange = 1...65_536
  package static let layerRange = 1...64

  /// Heights and widths are multiples of it.
  package var sizeMultiple: Int { 1 << max(blockOutChannels.count - 1, 0) }

  /// Whether a level has self-attention on the way down, on the way up or, at the coarsest, in the middle.
  private func hasAttention(level: Int) -> Bool {
    downBlockTypes[level] == .attention
      || upBlockTypes[upBlockTypes.count - 1 - level] == .attention
      || (addAttention && level == blockOutChannels.count - 1)
  }

  /// What keeps a network from being made of these; empty if nothing does.
  package var problems: [Problem] {
    let bad = outOfRange
    guard bad.isEmpty else { return bad }
    var problems: [Problem] = []
    let levels = blockOutChannels.count
    // One of them: the way up mostly follows the way down.
    if let (option, count) = [
      ("down_block_types", downBlockTypes.count), ("up_block_types", upBlockTypes.count),
    ].first(where: { $0.1 != levels }) {
      problems.append(
        Problem(
          option, with: ["block_out_channels"],
          "block_out_channels has \(Self.levels(levels)) and \(option) \(count)",
          hint: "one of each per level"))
    }
    // The channels of a concatenation are sums of these, and so multiples too.
    if let odd = blockOutChannels.first(where: { $0 % normNumGroups != 0 }) {
      problems.append(
        Problem(
          "norm_num_groups", with: ["block_out_channels"],
          "\(odd) channels cannot be cut into \(normNumGroups) groups of one size",
          hint: "norm_num_groups must divide all of block_out_channels"))
    }
    if freqShift >= Double(blockOutChannels[0] / 2) {
      problems.append(
        Problem(
          "freq_shift", with: ["block_out_channels"],
          "freq_shift is taken from the \(blockOutChannels[0] / 2) frequencies of the time, and "
            + "nothing is left", hint: "0 or 1"))
    }
    if let head = attentionHeadDim, problems.isEmpty {
      for (level, channels) in blockOutChannels.enumerated()
      where hasAttention(level: level) && channels % head != 0 {
        problems.append(
          Problem(
            "attention_head_dim", with: ["block_out_channels"],
            "\(channels) channels cannot be cut into attention heads of \(head)",
            hint: "attention_head_dim must divide the channels of every level with attention"))
        break
      }
    }
    return problems
  }

  static func levels(_ count: Int) -> String { count == 1 ? "1 level" : "\(count) levels" }

  /// Single options that nothing can be made of.
  private var outOfRange: [Problem] {
    var problems: [Problem] = []
    func expect(_ holds: Bool, _ option: String, _ message: @autoclosure () -> String) {
      if !holds { problems.append(Problem(option, message())) }
    }
    expect(
      Self.levelRange.contains(blockOutChannels.count), "block_out_channels",
      "block_out_channels has \(Self.levels(blockOutChannels.count)), not 1 to "
        + "\(Self.levelRange.upperBound)")
    expect(
      blockOutChannels.allSatisfy(Self.channelRange.contains), "block_out_channels",
      "block_out_channels takes 1 to \(Self.channelRange.upperBound) channels per level")
    expect(
      Self.layerRange.contains(layersPerBlock), "layers_per_block",
      "layers_per_block is \(layersPerBlock), not 1 to \(Self.layerRange.upperBound)")
    expect(
      Self.channelRange.contains(normNumGroups), "norm_num_groups",
      "norm_num_groups is \(normNumGroups), not 1 or more")
    expect(
      attentionHeadDim.map(Self.channelRange.contains) ?? true, "attention_head_dim",
      "attention_head_dim is \(attentionHeadDim ?? 0), not 1 or more")
    expect(
      normEps.isFinite && normEps > 0, "norm_eps", "norm_eps is \(normEps), not above 0")
    expect(dropout >= 0 && dropout < 1, "dropout", "dropout is \(dropout), not in [0, 1)")
    expect(
      (0...1).contains(downsamplePadding), "downsample_padding",
      "downsample_padding is \(downsamplePadding), not 0 or 1")
    expect(
      freqShift.isFinite && freqShift >= 0, "freq_shift",
      "freq_shift is \(freqShift), not 0 or more")
    expect(
      midBlockScaleFactor.isFinite && midBlockScaleFactor > 0, "mid_block_scale_factor",
      "mid_block_scale_factor is \(midBlockScaleFactor), not above 0")
    return problems
  }

  // MARK: Defaults that follow from other options

  /// Attention at the second level and nowhere else: what stands where `down_block_types` does not.
  package static func usualDownBlockTypes(levels: Int) -> [DownBlock] {
    (0..<max(levels, 0)).map { $0 == 1 ? .attention : .plain }
  }

  /// The way up with attention where the way down has it.
  package static func mirrored(_ down: [DownBlock]) -> [UpBlock] {
    down.reversed().map { $0 == .attention ? .attention : .plain }
  }
}
