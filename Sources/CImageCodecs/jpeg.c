#include "picture.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

/* Scans of a progressive picture; encoders write about ten, and each costs time in the whole picture's size. */
enum { most_scans = 500 };

typedef struct {
  struct jpeg_error_mgr manager; /* first: libjpeg knows only this */
  jmp_buf back;
  int result;
  wb_picture *picture;
} failure;

_Noreturn static void give_up(j_common_ptr codec, int result) {
  failure *error = (failure *)codec->err;
  char message[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, message);
  wb_picture_say(error->picture, message);
  error->result = result;
  longjmp(error->back, 1);
}

static void fail(j_common_ptr codec) {
  give_up(codec, codec->err->msg_code == JERR_OUT_OF_MEMORY ? wb_codec_no_memory : wb_codec_damaged);
}

/* Warnings are of damaged data, of which libjpeg makes up what is missing, but for three that cost no pixel. */
static void warn(j_common_ptr codec, int level) {
  if (level >= 0) return;
  switch (codec->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR: return;
    case JWRN_JPEG_EOF: give_up(codec, wb_codec_truncated);
    default: give_up(codec, wb_codec_damaged);
  }
}

static void watch(j_common_ptr codec) {
  if (((j_decompress_ptr)codec)->input_scan_number <= most_scans) return;
  failure *error = (failure *)codec->err;
  wb_picture_say(error->picture, "more scans than any picture needs");
  error->result = wb_codec_damaged;
  longjmp(error->back, 1);
}

/* a·b/255 to nearest, of bytes. */
static unsigned share(unsigned a, unsigned b) {
  unsigned product = a * b + 128;
  return (product + (product >> 8)) >> 8;
}

/* A row of four inks, inverted, to red-green-blue in place. */
static void mix(uint8_t *row, size_t width) {
  for (size_t i = 0; i < width; i++) {
    unsigned light = row[4 * i + 3]; /* 255 − k */
    for (int c = 0; c < 3; c++) {
      unsigned ink = share(255u - row[4 * i + c], light);
      row[3 * i + c] = ink > light ? 0 : (uint8_t)(light - ink);
    }
  }
}

int wb_jpeg_read(wb_picture *picture, const uint8_t *bytes, size_t count, size_t most_pixels) {
  memset(picture, 0, sizeof *picture);
  struct jpeg_decompress_struct codec;
  memset(&codec, 0, sizeof codec);
  failure error = {.result = wb_codec_damaged, .picture = picture};
  struct jpeg_progress_mgr progress = {.progress_monitor = watch};
  /* Changed after setjmp and read after longjmp. */
  uint8_t *volatile inks = NULL;
  codec.err = jpeg_std_error(&error.manager);
  error.manager.error_exit = fail;
  error.manager.emit_message = warn;
  if (setjmp(error.back)) {
    free(inks);
    wb_picture_free(picture);
    jpeg_destroy_decompress(&codec);
    return error.result;
  }
  jpeg_create_decompress(&codec);
  codec.progress = &progress;
  jpeg_mem_src(&codec, (unsigned char *)bytes, (unsigned long)count);
  jpeg_read_header(&codec, TRUE);
  picture->width = codec.image_width;
  picture->height = codec.image_height;
  picture->bytes = 1;
  int inked = 0;
  switch (codec.num_components) {
    case 1:
      codec.out_color_space = JCS_GRAYSCALE;
      picture->channels = 1;
      break;
    case 3:
      codec.out_color_space = JCS_RGB;
      picture->channels = 3;
      break;
    case 4:
      codec.out_color_space = JCS_CMYK;
      picture->channels = 3;
      inked = 1;
      break;
    default:
      snprintf(picture->message, sizeof picture->message, "%d components", codec.num_components);
      jpeg_destroy_decompress(&codec);
      return wb_codec_unsupported;
  }
  if (picture->width > most_pixels / picture->height) {
    jpeg_destroy_decompress(&codec);
    return wb_codec_too_large;
  }
  codec.dct_method = JDCT_ISLOW;
  codec.do_fancy_upsampling = TRUE;
  jpeg_start_decompress(&codec);
  size_t row = picture->width * (size_t)picture->channels;
  if (inked) inks = malloc(4 * picture->width);
  if ((inked && inks == NULL) || !wb_picture_allocate(picture)) {
    free(inks);
    jpeg_destroy_decompress(&codec);
    return wb_codec_no_memory;
  }
  while (codec.output_scanline < codec.output_height) {
    uint8_t *out = (uint8_t *)picture->samples + codec.output_scanline * row;
    JSAMPROW line = inked ? inks : out;
    jpeg_read_scanlines(&codec, &line, 1);
    if (inked) {
      mix(line, picture->width);
      memcpy(out, line, row);
    }
  }
  jpeg_finish_decompress(&codec);
  free(inks);
  jpeg_destroy_decompress(&codec);
  return wb_codec_read;
}
