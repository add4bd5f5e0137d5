import Images
package import Store

/// One image of a run on its way from noise, as a sheet that a page cuts up: a column a step of the sampler, and in the
/// rows what the sampler holds, what the network takes the image to be, and where the forward process would be.
package struct DenoisingSheet: Sendable {
  /// PNG, without gaps.
  package let png: [UInt8]
  /// Of the columns: "t=981", "σ=0.37"; "done" of the last.
  package let labels: [String]
  /// Of one picture, in pixels.
  package let width: Int
  package let height: Int

  /// Steps that are kept at most, spread evenly.
  private static let mostFrames = 100

  /// - Parameters:
  ///   - run: id.
  ///   - image: which of the run's samples.
  ///   - classIndex: its class; nil: as the run drew it.
  /// - Throws: `StoreError`: `notFound` where the run has no network, `badInput` where it draws no such image.
  package init(store: RunStore, run: String, image: Int, classIndex: Int?) throws {
    let trajectory: DenoisingTrajectory?
    do {
      trajectory = try DenoisingTrajectory(
        store: store, run: run, image: image, classIndex: classIndex)
    } catch let error as CellError {
      throw StoreError(.badInput, error.message)
    }
    guard let all = trajectory?.frames else {
      throw StoreError(.notFound, "the run has no trained network to sample from")
    }
    let frames = SampleGrid.evenly(Array(all.indices), Self.mostFrames).map { all[$0] }
    labels = frames.map(\.label)
    let pictures = frames.map(\.x) + frames.map(\.x0) + frames.map(\.forward)
    do {
      let sheet = Image.sheet(pictures, columns: frames.count, gap: 0)
      (width, height) = sheet.cell
      png = try sheet.image.png(isQuick: true)
    } catch {
      throw StoreError(.badInput, error.description)
    }
  }
}
