import Diffusion
import Statistics
import Testing
import Values

/// What is known of measures by their names: intervals, references, which way is better.
@Suite struct MeasureNameTests {
  @Test func endsOfIntervalsAreNoResults() {
    #expect(MetricName.measure(ofBound: "eval/recall_low") == "eval/recall")
    #expect(MetricName.measure(ofBound: "eval/loss_by_snr/-4_high") == "eval/loss_by_snr/-4")
    #expect(MetricName.measure(ofBound: "eval/loss") == nil)
    // Somebody else's metric.
    #expect(MetricName.measure(ofBound: "eval/psnr_low") == nil)
    #expect(MetricName.bounds(of: "eval/recall")?.low == "eval/recall_low")
    #expect(MetricName.bounds(of: "eval/loss_by_snr/-4")?.high == "eval/loss_by_snr/-4_high")
    #expect(MetricName.bounds(of: "eval/psnr") == nil)
    #expect(MetricName.bounds(of: "eval/recall_low") == nil)
    for measure in EvaluationSettings.Metric.allCases {
      #expect(MetricName.isResult(measure.name))
      #expect(MetricName.isBesideHalves(measure.name) == measure.isBesideHalves)
      if let reference = measure.referenceName {
        #expect(!MetricName.isResult(reference))
        #expect(MetricName.references[measure.name]?.metric == reference)
      }
      // Measures beside a measure.
      let others: Set = [
        MetricName.classifierFrechetInfinity, MetricName.fidInfinity, MetricName.bitsPerDimODE,
        MetricName.bitsPerDim + "_trajectory", "eval/noise_error",
      ]
      for name in measure.furtherNames where !others.contains(name) {
        #expect(!MetricName.isResult(name), "\(name)")
      }
    }
  }

  @Test(arguments: [
    ("eval/recall", Objective.Goal.maximize), ("eval/classifier_accuracy", .maximize),
    ("eval/class_agreement", .maximize), ("eval/classifier_kernel", .minimize),
    ("eval/fid", .minimize), ("eval/fid_infinity", .minimize),
    ("eval/loss_by_snr/2", .minimize), ("eval/anything", .minimize),
  ])
  func theGoalFollowsFromTheName(metric: String, goal: Objective.Goal) {
    #expect(Objective(metric: metric, goal: nil).goal == goal)
  }
}
