/// What a reader brings: images with whatever the source knows of them (labels, names of classes), and
/// those for testing where the source has some of its own.
struct SourceData {
  /// To train on; all there are where `test` is nil.
  var images: RawData
  /// nil: the source has no images of its own for testing, and a part of `images` is held out.
  var test: RawData?
  /// Images that are in neither.
  var ignored: [DataSummary.Ignored] = []
}
