/// A grey 8-bit PNG without compression, for tests that need a picture and no codec.
package func tinyPNG(width: Int, height: Int, _ grey: (_ x: Int, _ y: Int) -> UInt8) -> [UInt8] {
  tinyPNG(width: width, height: height, bits: 8) { x, y in UInt16(grey(x, y)) }
}

/// The same of 8 or 16 bits.
package func tinyPNG(
  width: Int, height: Int, bits: UInt8, _ grey: (_ x: Int, _ y: Int) -> UInt16
) -> [UInt8] {
  func bigEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) }
  }
  func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    return bigEndian(UInt32(data.count)) + body + bigEndian(crc32(body))
  }
  var rows: [UInt8] = []
  for y in 0..<height {
    rows.append(0)  // no filter
    for x in 0..<width {
      let level = grey(x, y)
      if bits == 16 { rows.append(UInt8(level >> 8)) }
      rows.append(UInt8(level & 255))
    }
  }
  precondition(rows.count < 65536, "one stored block holds at most 65535 bytes")
  let length = UInt16(rows.count)
  let block: [UInt8] = [
    1, UInt8(length & 255), UInt8(length >> 8), UInt8(~length & 255), UInt8(~length >> 8),
  ]
  var (low, high): (UInt32, UInt32) = (1, 0)
  for byte in rows {
    low = (low + UInt32(byte)) % 65521
    high = (high + low) % 65521
  }
  let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [bits, 0, 0, 0, 0] as [UInt8]
  let data: [UInt8] = [0x78, 0x01] + block + rows + bigEndian(high << 16 | low)
  let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  return signature + chunk("IHDR", header) + chunk("IDAT", data) + chunk("IEND", [])
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
  var crc = ~UInt32(0)
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 {
      crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1
    }
  }
  return ~crc
}
