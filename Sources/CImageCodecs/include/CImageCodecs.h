/* Pictures out of bytes, by libpng, libjpeg and libwebp. Both of the first report errors by longjmp, which must not
   cross Swift: here it never leaves a function. */
#ifndef CIMAGECODECS_H
#define CIMAGECODECS_H

#include <stddef.h>
#include <stdint.h>

enum {
  wb_codec_read = 0,
  wb_codec_damaged = 1,   /* the library's own words are in the message */
  wb_codec_truncated = 2, /* the bytes end before the picture does */
  wb_codec_too_large = 3, /* more pixels than asked for; width and height say how many */
  wb_codec_no_memory = 4,
  wb_codec_unsupported = 5, /* the message says what */
};

enum { wb_codec_message = 256 };

typedef struct {
  /* (height, width, channels), rows from the top; 16-bit samples in the machine's order. To be freed by
     wb_picture_free. */
  void *samples;
  size_t width, height;
  int channels; /* 1 grey, 2 grey and alpha, 3 red-green-blue, 4 with alpha; alpha is straight */
  int bytes;    /* of a sample: 1 or 2 */
  char message[wb_codec_message];
} wb_picture;

void wb_picture_free(wb_picture *picture);

/* Samples as stored: gAMA, cHRM, sRGB, iCCP and all else that would change them is passed over. Palettes become
   colour, grey of 1, 2 and 4 bits is spread over a byte, tRNS becomes alpha. Of 16 bits the high byte, unless `wide`. */
int wb_png_read(wb_picture *picture, const uint8_t *bytes, size_t count, size_t most_pixels, int wide);

/* The accurate integer DCT with smooth upsampling, which is what libjpeg does by itself; grey stays grey, CMYK and
   YCCK become red-green-blue: max(0, 255 − k − c·(255 − k)/255) of the ink, stored inverted as Adobe does. */
int wb_jpeg_read(wb_picture *picture, const uint8_t *bytes, size_t count, size_t most_pixels);

/* Lossy or lossless, always colour. One picture: animations are wb_codec_unsupported. */
int wb_webp_read(wb_picture *picture, const uint8_t *bytes, size_t count, size_t most_pixels);

#endif
