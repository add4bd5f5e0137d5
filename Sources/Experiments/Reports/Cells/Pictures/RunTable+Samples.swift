import Analysis
import Store

extension RunTable {
  /// Samples that a run has left: the steps of its training at which it has drawn some, and the last step for those drawn
  /// at the end.
  ///
  /// - Parameter mediaType: of pictures, or of arrays.
  func samples(
    of run: RunSummary, mediaType: String
  ) throws -> [(step: Int, artifact: Artifact)] {
    let ending = mediaType == Artifact.arrayType ? ".npy" : ".png"
    let artifacts = try pictures(of: run).filter { $0.mediaType == mediaType }
    var steps = artifacts.compactMap { artifact -> (step: Int, artifact: Artifact)? in
      guard artifact.name.hasPrefix("samples") else { return nil }
      if let step = artifact.step { return (step, artifact) }
      // samples-00000500.png
      let digits = artifact.name.dropFirst("samples-".count).prefix { $0.isASCII && $0.isNumber }
      guard artifact.name == "samples-\(digits)\(ending)", let step = Int(digits) else {
        return nil
      }
      return (step, artifact)
    }.sorted { $0.step < $1.step }
    let final = artifacts.first {
      $0.step == nil && ($0.name == "samples\(ending)" || $0.name == "samples")
    }
    if let final {
      steps.removeAll { $0.step >= run.step }
      steps.append((run.step, final))
    }
    return steps
  }
}
