#include "picture.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* What is read from, and where an error goes. */
typedef struct {
  const uint8_t *bytes;
  size_t count, place;
  int is_truncated;
  wb_picture *picture;
} source;

static void read_bytes(png_structp png, png_bytep out, png_size_t count) {
  source *from = png_get_io_ptr(png);
  if (count > from->count - from->place) {
    from->is_truncated = 1;
    png_error(png, "the bytes end");
  }
  memcpy(out, from->bytes + from->place, count);
  from->place += count;
}

static void fail(png_structp png, png_const_charp message) {
  source *from = png_get_error_ptr(png);
  wb_picture_say(from->picture, message);
  png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

/* The chunks that say how samples are meant or tell of the file: read over, so that none can change a sample, and a
   broken colour profile breaks no picture. */
static const png_byte passed_over[] = "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0"
                                      "sPLT\0sRGB\0sTER\0tEXt\0tIME\0zTXt";

int wb_png_read(wb_picture *picture, const uint8_t *bytes, size_t count, size_t most_pixels, int wide) {
  memset(picture, 0, sizeof *picture);
  source from = {.bytes = bytes, .count = count, .picture = picture};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &from, fail, ignore);
  if (png == NULL) return wb_codec_no_memory;
  png_infop info = png_create_info_struct(png);
  /* Changed after setjmp and read after longjmp. */
  png_bytep *volatile rows = NULL;
  if (info == NULL) {
    png_destroy_read_struct(&png, NULL, NULL);
    return wb_codec_no_memory;
  }
  if (setjmp(png_jmpbuf(png))) {
    free(rows);
    wb_picture_free(picture);
    png_destroy_read_struct(&png, &info, NULL);
    return from.is_truncated ? wb_codec_truncated : wb_codec_damaged;
  }
  png_set_read_fn(png, &from, read_bytes);
  png_set_benign_errors(png, 1);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, passed_over, sizeof passed_over / 5);
  /* Sides are bounded by the number of pixels. */
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_read_info(png, info);

  picture->width = png_get_image_width(png, info);
  picture->height = png_get_image_height(png, info);
  if (picture->width > most_pixels / picture->height) {
    png_destroy_read_struct(&png, &info, NULL);
    return wb_codec_too_large;
  }
  int bits = png_get_bit_depth(png, info);
  int type = png_get_color_type(png, info);
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (type == PNG_COLOR_TYPE_GRAY && bits < 8) png_set_expand_gray_1_2_4_to_8(png);
  if (png_get_valid(png, info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png);
  if (bits == 16) {
    if (!wide) {
      png_set_strip_16(png);
    } else {
      const uint16_t one = 1;
      if (*(const uint8_t *)&one == 1) png_set_swap(png);
    }
  }
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  picture->channels = png_get_channels(png, info);
  picture->bytes = png_get_bit_depth(png, info) / 8;
  size_t row = png_get_rowbytes(png, info);

  rows = malloc(picture->height * sizeof *rows);
  if (rows == NULL || !wb_picture_allocate(picture)) {
    free(rows);
    png_destroy_read_struct(&png, &info, NULL);
    return wb_codec_no_memory;
  }
  for (size_t i = 0; i < picture->height; i++) rows[i] = (png_bytep)picture->samples + i * row;
  png_read_image(png, rows);
  png_read_end(png, NULL);
  free(rows);
  png_destroy_read_struct(&png, &info, NULL);
  return wb_codec_read;
}
