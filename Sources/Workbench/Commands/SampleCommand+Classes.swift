import Diffusion
import Foundation

/// The classes that `sample` draws.
extension SampleCommand {
  /// The classes that images can be drawn of, with what they are called.
  /// - Parameters:
  ///   - overridden: whether the settings' names are the command line's.
  ///   - guided: whether the settings' guidance was asked for here.
  /// - Throws: `Failure(.usage)` for options that name classes which the network does not have, or guidance needs
  ///   the null class and it is not known which it is.
  func knownClasses(
    _ source: NetworkSource, _ settings: RunSettings, overridden: Bool, guided: Bool
  ) throws -> ClassSelection {
    func usage(_ what: String) -> Failure { Failure(.usage, "\(what)") }
    let (last, saysNull) = (source.network.network.classes, source.network.origin.saysNullClass)
    guard last > 0 else {
      if nullClass != nil { throw usage("the network has no classes; leave --null-class out") }
      if guided, settings.sampling.guidance != 1 {
        throw usage("the network has no classes; leave --guidance out")
      }
      return ClassSelection(count: 0, names: [])
    }
    if let nullClass {
      guard !saysNull else {
        throw usage(
          "the network's null class is the one after the last, \(last); leave --null-class out")
      }
      guard (0...last).contains(nullClass) else {
        throw usage("--null-class \(nullClass): the network's classes are 0 to \(last)")
      }
    } else if !saysNull, settings.sampling.guidance != 1 {
      throw usage(
        "guidance needs the null class, and the network's files do not say which of its classes, "
          + "0 to \(last), it is, if any: give --null-class \(last) if it is the last")
    }
    let null = saysNull ? last : nullClass
    let count = null == last ? last : last + 1
    let names = overridden ? settings.data.classNames : source.classNames
    guard !overridden || names.isEmpty || names.count == count else {
      throw usage(
        "data.class_names has \(names.count) names, and the network's classes are 0 to \(count - 1)"
      )
    }
    return ClassSelection(count: count, names: names, null: null)
  }

  /// The classes to draw, again and again; nil: the network knows none.
  /// - Parameter count: how many images were asked for.
  func classes(
    _ known: ClassSelection, count: Int?, _ sampling: inout SamplingSettings
  ) throws -> [Int]? {
    if let className {
      let index = try known.index(of: className, option: "--class")
      if !known.names.isEmpty { printDiagnostic("draws class \(known.text(index))") }
      return [index]
    }
    guard let labels else { return known.count == 0 ? nil : known.inTurn }
    let words = labels.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    let indices = try words.map { try known.index(of: $0, option: "--labels") }
    if let count, count != indices.count {
      throw Failure(
        .usage,
        "--labels has \(indices.count) classes, one per image, but --count is \(count)")
    }
    sampling.count = indices.count
    if !known.names.isEmpty {
      printDiagnostic("draws classes \(indices.map(known.text).joined(separator: ", "))")
    }
    return indices
  }
}
