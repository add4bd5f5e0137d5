extension MalformedFile {
  /// Keys of the residual U-Net that are wrong by themselves or beside others.
  static let residualUNets: [MalformedFile] = [
    unet(
      "channels as a number", "block_out_channels: 64",
      ["1:50: 'model.block_out_channels' expects a list of whole numbers, not 64"]),
    unet(
      "no channels", "block_out_channels: []",
      ["1:50: 'model.block_out_channels' is empty"]),
    unet(
      "channels of zero", "block_out_channels: [64, 0]",
      ["1:55: 'model.block_out_channels' must be at least 1, not 0"]),
    unet(
      "half a channel", "block_out_channels: [64, 0.5, x]",
      [
        "1:55: 'model.block_out_channels' expects a list of whole numbers, not 0.5",
        "1:60: 'model.block_out_channels' expects a list of whole numbers, not 'x'",
      ]),
    unet(
      "channels nested", "block_out_channels: [[64, 128]]",
      ["1:51: 'model.block_out_channels' expects a list of whole numbers, not a list"]),
    unet(
      "nine levels", "block_out_channels: [32, 32, 32, 32, 32, 32, 32, 32, 32]",
      ["1:50: 'model.block_out_channels' has 9 values"]),
    unet(
      "block misspelt", "down_block_types: [DownBlock2D, AttnDownBlock, DownBlock2D]",
      [
        "1:62: 'model.down_block_types' is DownBlock2D or AttnDownBlock2D, not 'AttnDownBlock'"
      ]),
    unet(
      "block of the other way", "up_block_types: [UpBlock2D, UpBlock2D, DownBlock2D]",
      ["1:69: 'model.up_block_types' is UpBlock2D or AttnUpBlock2D, not 'DownBlock2D'"]),
    unet(
      "padding two", "downsample_padding: 2",
      ["1:50: 'model.downsample_padding' must be at most 1, not 2"]),
    unet(
      "levels of unet", "levels: 3",
      ["1:30: 'model.levels' does not belong to model.architecture 'unet'"]),
    MalformedFile(
      "channels of small-unet",
      "model: {architecture: small-unet, block_out_channels: [8]}\n" + rest,
      [
        "1:35: 'model.block_out_channels' does not belong to model.architecture 'small-unet'"
      ]),
    unet(
      "too few blocks", "down_block_types: [DownBlock2D, AttnDownBlock2D]",
      ["1:48: block_out_channels has 3 levels and down_block_types 2"]),
    unet(
      "too many blocks up",
      "block_out_channels: [32], up_block_types: [UpBlock2D, UpBlock2D]",
      ["1:72: block_out_channels has 1 level and up_block_types 2"]),
    unet(
      "groups", "block_out_channels: [64, 80]",
      ["1:50: 80 channels cannot be cut into 32 groups of one size"]),
    unet(
      "groups given", "norm_num_groups: 24",
      ["1:47: 64 channels cannot be cut into 24 groups of one size"]),
    unet(
      "heads", "attention_head_dim: 48",
      ["1:50: 128 channels cannot be cut into attention heads of 48"]),
    unet(
      "frequencies", "freq_shift: 32",
      [
        "1:42: freq_shift is taken from the 32 frequencies of the time, and nothing is left"
      ]),
    unet(
      "size of four levels", "block_out_channels: [32, 32, 32, 32]", size: 20,
      ["2:30: 4 levels need a size that is a multiple of 8, not 20"]),
    MalformedFile(
      "size of four levels, native",
      "model: {architecture: unet, block_out_channels: [32, 32, 32, 32]}\ntraining: {steps: 1}\n",
      [
        "1:49: 4 levels need a size that is a multiple of 8, not 28, the native size of fashion-mnist"
      ]),
    MalformedFile(
      "unet of points",
      "data: {source: gaussian}\nmodel: {architecture: unet}\ntraining: {steps: 1}\n",
      ["2:23: unet needs images, but data source 'gaussian' gives points"]),
    MalformedFile(
      "unet by concatenation",
      "model: {architecture: unet}\nconditioning: {kind: class, inject: concat}\n" + rest,
      [
        "2:37: unet takes the class through the time embedding, but conditioning.inject is concat"
      ]),
  ]

  private static let rest = "data: {source: shapes}\ntraining: {steps: 1}\n"

  /// `keys` begin in column 30.
  private static func unet(
    _ name: String, _ keys: String, size: Int = 32, _ errors: [String]
  ) -> MalformedFile {
    MalformedFile(
      name,
      "model: {architecture: unet,  \(keys)}\n"
        + "data: {source: shapes, size: \(size)}\ntraining: {steps: 1}\n", errors)
  }
}
