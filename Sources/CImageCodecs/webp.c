#include "picture.h"

#include <string.h>

#include <webp/decode.h>

static int result_of(wb_picture *picture, VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_OK: return wb_codec_read;
    case VP8_STATUS_OUT_OF_MEMORY: return wb_codec_no_memory;
    case VP8_STATUS_NOT_ENOUGH_DATA: return wb_codec_truncated;
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      wb_picture_say(picture, "a feature that libwebp does not know");
      return wb_codec_unsupported;
    default: wb_picture_say(picture, "no sound bitstream"); return wb_codec_damaged;
  }
}

int wb_webp_read(wb_picture *picture, const uint8_t *bytes, size_t count, size_t most_pixels) {
  memset(picture, 0, sizeof *picture);
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) {
    wb_picture_say(picture, "libwebp is of another version than its headers");
    return wb_codec_unsupported;
  }
  VP8StatusCode status = WebPGetFeatures(bytes, count, &config.input);
  if (status != VP8_STATUS_OK) return result_of(picture, status);
  picture->width = (size_t)config.input.width;
  picture->height = (size_t)config.input.height;
  picture->channels = config.input.has_alpha ? 4 : 3;
  picture->bytes = 1;
  if (config.input.has_animation) {
    wb_picture_say(picture, "an animation");
    return wb_codec_unsupported;
  }
  if (picture->width > most_pixels / picture->height) return wb_codec_too_large;
  if (!wb_picture_allocate(picture)) return wb_codec_no_memory;
  config.output.colorspace = config.input.has_alpha ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = picture->samples;
  config.output.u.RGBA.stride = (int)(picture->width * (size_t)picture->channels);
  config.output.u.RGBA.size = picture->width * picture->height * (size_t)picture->channels;
  status = WebPDecode(bytes, count, &config);
  WebPFreeDecBuffer(&config.output);
  if (status != VP8_STATUS_OK) wb_picture_free(picture);
  return result_of(picture, status);
}
