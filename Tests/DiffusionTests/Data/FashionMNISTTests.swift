import TestSupport
import Testing

@testable import Diffusion

@Suite struct FashionMNISTTests {
  private static let isInstalled = DataFolders().findFashionMNIST() != nil

  /// Counts and labels as the data set's authors publish them.
  @Test(.enabled(if: isInstalled)) func theInstalledFiles() throws {
    let train = try DataSet.load(DataSettings(limit: 100, size: 32), split: .train)
    #expect((train.count, train.height, train.width, train.channels) == (100, 32, 32, 1))
    #expect(train.labels.prefix(5) == [9, 0, 0, 3, 0])
    #expect(train.classNames[9] == "Ankle boot" && train.classes == 10)
    // Padded by two on each side, with the value −1.
    let values = train.values(0..<1)
    for i in 0..<32 {
      for place in [i, 32 + i, 30 * 32 + i, 31 * 32 + i, 32 * i, 32 * i + 1, 32 * i + 30] {
        #expect(values[place] == -1)
      }
    }
    #expect(values.max()! > 0.9)

    let test = try DataSet.load(DataSettings(limit: 100), split: .test)
    #expect((test.count, test.height) == (10_000, 28))
    #expect(test.labels.prefix(5) == [9, 2, 1, 1, 6])
    for label in 0..<10 {
      #expect(test.labels.count { $0 == label } == 1000)
    }
    #expect(try DataSet.load(DataSettings()).count == 60_000)
  }

  @Test func ownFoldersComeFirst() throws {
    let folder = try TemporaryFolder()
    for name in ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"] {
      try folder.write(SmallFiles.idxImages, "fashion-mnist/" + name)
    }
    try folder.write(SmallFiles.idxLabels, "fashion-mnist/train-labels-idx1-ubyte")
    let folders = DataFolders(environment: ["WORKBENCH_DATA": "/nowhere:\(folder.path)"])
    #expect(folders.folders.prefix(3) == ["/nowhere", folder.path, "/usr/share/datasets"])
    #expect(folders.findFashionMNIST() == folder.path + "/fashion-mnist")
    // Files of its own for testing: nothing is held out of these.
    let train = try DataSet.load(DataSettings(), split: .train, folders: folders)
    #expect(train.count == 6 && train.classes == 10)

    let error = #expect(throws: DiffusionError.self) {
      try DataSet.load(DataSettings(), split: .test, folders: folders)
    }
    #expect(error?.kind == .notFound)
    #expect(error?.description.contains("but not t10k-labels-idx1-ubyte") == true)
    try folder.write(
      SmallFiles.bigEndian([0x0801, 6]) + [2, 0, 10, 1, 0, 2],
      "fashion-mnist/t10k-labels-idx1-ubyte")
    let range = #expect(throws: DiffusionError.self) {
      try DataSet.load(DataSettings(), split: .test, folders: folders)
    }
    #expect(range?.description.contains("label 2 is 10, expected 0 to 9") == true)
  }

  @Test func whereItIsMissingTheErrorSaysHowToGetIt() {
    let error = #expect(throws: DiffusionError.self) {
      try DataSet.load(DataSettings(), split: nil, folders: DataFolders(folders: ["/a", "/b"]))
    }
    #expect(error?.kind == .notFound)
    #expect(error?.description.contains("`apt-get install dataset-fashion-mnist`") == true)
    #expect(error?.description.contains("Looked in /a/fashion-mnist, /b/fashion-mnist.") == true)
  }
}
