import Diffusion
import Foundation

extension DrawingNetwork {
  /// The classes that images can be drawn of, with what they are called.
  /// - Throws: `Failure(.usage)` for options that name classes which the network does not have, or guidance needs
  ///   the null class and it is not known which it is.
  func knownClasses() throws -> ClassSelection {
    func usage(_ what: String) -> Failure { Failure(.usage, "\(what)") }
    let nullClass = options.nullClass
    // Whether the settings' guidance was asked for here, and their names are the command line's.
    let guided =
      options.guidance != nil || keys.contains("sampling.guidance") || source.settings == nil
    let overridden = keys.contains("data.class_names")
    let (last, saysNull) = (source.network.network.classes, source.network.origin.saysNullClass)
    // Away from another network there is something to go without classes too.
    let hasGuide = settings.sampling.guidanceRule.guide == .network
    guard last > 0 else {
      if nullClass != nil { throw usage("the network has no classes; leave --null-class out") }
      if guided, !hasGuide, settings.sampling.guidance != 1 {
        throw usage("the network has no classes; leave --guidance out")
      }
      if settings.sampling.classifierGuidance != 0, source.settings != nil {
        // Those that the classifier leads to.
        let data = try DataSet.load(settings.data)
        return ClassSelection(count: data.classes, names: data.classNames)
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
    } else if !saysNull, !hasGuide, settings.sampling.guidance != 1 {
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
}
