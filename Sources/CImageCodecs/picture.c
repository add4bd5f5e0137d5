#include "picture.h"

#include <stdio.h>
#include <stdlib.h>

int wb_picture_allocate(wb_picture *picture) {
  size_t count = picture->width * picture->height * (size_t)picture->channels * (size_t)picture->bytes;
  picture->samples = malloc(count);
  return picture->samples != NULL;
}

void wb_picture_free(wb_picture *picture) {
  free(picture->samples);
  picture->samples = NULL;
}

void wb_picture_say(wb_picture *picture, const char *message) {
  snprintf(picture->message, sizeof picture->message, "%s", message);
}
