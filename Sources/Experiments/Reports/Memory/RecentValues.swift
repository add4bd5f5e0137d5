/// Values by key, of which those asked for last are kept: two generations, the older of which goes when the younger has
/// grown to half of what all may take.
package struct RecentValues<Key: Hashable, Value> {
  private let most: Int
  private var young: [Key: (value: Value, bytes: Int)] = [:]
  private var old: [Key: (value: Value, bytes: Int)] = [:]
  /// Of the younger generation.
  private var bytes = 0

  /// - Parameter most: bytes that the values may take.
  package init(most: Int) { self.most = most }

  package mutating func value(for key: Key) -> Value? {
    if let known = young[key] { return known.value }
    guard let known = old[key] else { return nil }
    insert(known.value, for: key, bytes: known.bytes)
    return known.value
  }

  package mutating func insert(_ value: Value, for key: Key, bytes size: Int) {
    if bytes + size > most / 2 { (old, young, bytes) = (young, [:], 0) }
    bytes += size - (young.updateValue((value, size), forKey: key)?.bytes ?? 0)
  }
}
