/// How long MLflow takes texts, in Unicode code points, as Python counts (`mlflow/utils/validation.py`
/// and its database's columns).
enum MLflowLimits {
  static let name = 250
  static let parameter = 6000
  static let tag = 8000

  static func cut(_ text: String, to limit: Int) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
  }
}
