package import Images

/// A picture over places of the screen that are left blank for it.
package struct PlacedPicture: Sendable, Hashable {
  package var image: Image
  package var area: Area

  package init(_ image: Image, in area: Area) { (self.image, self.area) = (image, area) }
}
