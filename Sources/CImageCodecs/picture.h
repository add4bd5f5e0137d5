/* What the decoders share. */
#ifndef PICTURE_H
#define PICTURE_H

#include "CImageCodecs.h"

/* Room for a picture whose size and kind are set; zero if there is no memory. */
int wb_picture_allocate(wb_picture *picture);

/* Writes the picture's message, cut where it is too long. */
void wb_picture_say(wb_picture *picture, const char *message);

#endif
