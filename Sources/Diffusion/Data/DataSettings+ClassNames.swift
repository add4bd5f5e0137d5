extension DataSettings.Source {
  /// What the classes of a well-known data set are called; empty of data that bring their own names.
  public var classNames: [String] {
    switch self {
    case .fashionMNIST: FashionMNIST.classNames
    case .cifar10: CIFAR10.classNames
    case .shapes: Shapes.classNames
    default: []
    }
  }
}
