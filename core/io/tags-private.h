/* How the libraries fill in tags. */
#pragma once

#include "core/io/tags.h"

/* Copies a text as valid UTF-8: bad bytes are left out, and what does not fit is cut between characters.
 * NULL: "". */
void sg_tag_set(char *out_text, size_t size, const char *text);
/* Copies a picture that is JPEG or PNG and not too big; all else is left out. */
SgStatus sg_tags_set_cover(SgTags *tags, const uint8_t *bytes, size_t n, SgError *error);

SgStatus sg_tags_sndfile_read(const char *path, SgTags *tags, SgError *error);
SgStatus sg_tags_ffmpeg_read(const char *path, SgTags *tags, SgError *error);
