import Foundation
import TestSupport
import Testing

/// `import` of runs that other programs have logged, as one types it.
@Suite struct ImportVerbTests {
  private static let golden: String = {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
    return tests.path + "/ExperimentsTests/Exchange/Goldens/"
  }()

  private static let table = """
    name,epoch,loss,lr
    a,0,1.5,0.1
    a,1,0.5,0.1
    b,1,0.75,0.01

    """

  @Test func whatCameInIsSaidAndListed() throws {
    let place = try Workplace()
    let first = try place.workbench("import", Self.golden + "wandb")
    #expect(first == "\(Self.golden)wandb: runs of wandb: 3 new, in 'digits'\n")
    #expect(
      try place.workbench("import", Self.golden + "wandb")
        == "\(Self.golden)wandb: runs of wandb: 3 already here, in 'digits'\n")
    let list = try place.workbench(
      "runs", "digits", "--where", "`batch size` == 64 and source == 'wandb'", "--columns",
      "label,lr,best",
      "--csv")
    #expect(list == "\"label\",\"lr\",\"best\"\n\"first\",0.001,0.125\n")
    let document = try place.json("import", Self.golden + "mlruns") as? [[String: Any]]
    #expect(document?.first?["source"] as? String == "mlflow")
    #expect(
      (document?.first?["notices"] as? [String])?.contains(
        "runs that were deleted in MLflow, left out: 1") == true)
    let sample = try place.ending(of: "sample", "digits/failed", "-o", "\(place.path)/x.png")
    #expect(
      sample.code == 66 && sample.errors.contains("was imported from wandb"), "\(sample.errors)")
  }

  @Test func columnsAreNamedAndNotGuessed() throws {
    let place = try Workplace()
    let path = try place.folder.write(Array(Self.table.utf8), "losses.csv")
    let without = try place.ending(of: "import", path)
    #expect(
      without.code == 64 && without.errors.contains("it has name, epoch, loss, lr"),
      "\(without.errors)")
    let steps = try place.ending(of: "import", path, "--metric", "loss")
    #expect(steps.code == 64 && steps.errors.contains("--steps counted"), "\(steps.errors)")
    let text = try place.workbench(
      "import", path, "--run", "name", "--step", "epoch", "--metric", "loss", "--setting", "lr",
      "--minimize",
      "loss", "--experiment", "old")
    #expect(text == "\(path): runs of CSV: 2 new, in 'old'\n")
    let best = try place.workbench("best", "old")
    #expect(best.contains("lr=0.1 is best") && !best.contains("workbench sample"), "\(best)")
  }

  @Test func optionsThatWouldDoNothingAreErrors() throws {
    let place = try Workplace()
    let path = Self.golden + "trackio"
    for (arguments, message) in [
      (["--metric", "loss"], "--metric is for tables"), (["--rename", "lr"], "OLD=NEW"),
      (["--minimize", "a", "--maximize", "b"], "not both"),
      (["--experiment", "a/b"], "--experiment"),
      (["--from", "tensorflow"], "tensorboard"), (["--value", "x"], "go together"),
    ] {
      let ending = try place.start(["import", path] + arguments).wait()
      #expect(
        ending.code == 64 && ending.errors.contains(message), "\(arguments): \(ending.errors)")
    }
    let unknown = try place.ending(of: "import", path, "--rename", "lrr=x")
    #expect(unknown.code == 65 && unknown.errors.contains("'lrr'"))
  }
}
