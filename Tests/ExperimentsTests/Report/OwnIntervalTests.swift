import Plots
import Statistics
import Testing

@testable import Reports
@testable import Store
@testable import Values

/// Intervals that a run has logged beside its measures, and what real images reach, where people read the measure.
@Suite struct OwnIntervalTests {
  private func page(_ input: FakeExperiment) throws -> String {
    String(decoding: try ExperimentReport(input).files[0].bytes, as: UTF8.self)
  }

  /// FIDs of 1,000 samples by schedule and precision, the floor of 700 images.
  private func measured(seeds: Int) -> FakeExperiment {
    var input = FakeReport.quickstart(seeds: seeds)
    for index in input.runs.indices {
      let value = 20 + Double(index)
      input.runs[index].last.merge([
        "eval/fid": value, "eval/fid_low": value - 1.25, "eval/fid_high": value + 2.5,
        "eval/fid_floor": 9.5, "sample/measured": 1000, "sample/measured_real": 700,
      ]) { $1 }
    }
    return input
  }

  private let ofFewer = "two halves of the training images with 700 in each"

  @Test func ofOneRunItStandsBesideTheValue() throws {
    let text = try page(measured(seeds: 1))
    #expect(text.contains("21.00 [19.8, 23.5]"))
    #expect(
      text.contains("In square brackets: the 95 % interval over the samples or images of one run"))
    #expect(text.contains("| *real images* |") && text.contains("| *9.50* |"))
    #expect(text.contains(ofFewer))
    // Neither the ends nor the floor are results of their own.
    #expect(!text.contains("fid_low") && !text.contains("fid_floor"))
  }

  /// Over seeds there is another interval, which says more.
  @Test func ofSeveralRunsItIsThatOverSeeds() throws {
    let text = try page(measured(seeds: 2))
    #expect(text.contains("± ") && !text.contains("In square brackets"))
    #expect(text.contains("± is the 95 % interval of the mean over seeds"))
  }

  @Test func whereNothingIsSaidNothingIsAdded() throws {
    var input = measured(seeds: 1)
    for index in input.runs.indices {
      input.runs[index].last["eval/fid_low"] = nil
      input.runs[index].last["sample/measured_real"] = 1000
    }
    let text = try page(input)
    #expect(!text.contains("In square brackets") && !text.contains("two halves of the training"))
    #expect(try !page(FakeReport.quickstart(seeds: 1)).contains("In square brackets"))
  }

  // MARK: Lists of a run's metrics

  @Test func whatStandsBesideAMeasure() {
    let run = [
      "eval/recall": 0.5, "eval/recall_low": 0.4, "eval/recall_high": 0.6, "eval/recall_real": 0.9,
      "eval/psnr_low": 3, "train/loss": 0.1, "eval/vendi_low": 1,
    ]
    let recall = BesideMeasure("eval/recall") { run[$0] }
    #expect(recall.interval == 0.4...0.6 && recall.real == 0.9 && !recall.isEmpty)
    #expect(BesideMeasure("train/loss") { run[$0] }.isEmpty)
    #expect(
      BesideMeasure("eval/recall") { $0 == "eval/recall_low" ? .nan : run[$0] }.interval == nil)
    // Whose measure is not there keeps a line of its own.
    #expect(
      BesideMeasure.names(run.keys).intersection(run.keys) == [
        "eval/recall_low", "eval/recall_high", "eval/recall_real",
      ])
  }
}
