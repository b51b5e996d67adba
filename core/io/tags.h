/* What a song file says about its song, in words and a picture.
 *
 * Texts are UTF-8, "" where the file has none, cut between characters when they are too long. The cover is
 * the bytes of a picture file as they stand in the song's. FFmpeg reads them where this build has it;
 * libsndfile alone knows no covers.
 *
 * Ownership: free with sg_tags_free (NULL ignored). Threads: no shared state. Audio callback: never.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

enum { SG_MAX_COVER_BYTES = 16 << 20 };

typedef struct {
  char title[256], artist[256], album[256];
  char date[64];  /* as the file writes it: "1999", "1999-12-31" */
  char track[32]; /* number in the album: "3", "3/12" */
  char genre[128];
  char comment[1024];
  char cover_type[32]; /* "image/jpeg" or "image/png" */
  size_t n_cover;      /* 0: no cover */
  uint8_t *cover;
} SgTags;

/* A file without tags gives empty ones. Errors: as of sg_decoder_open. */
SgStatus sg_tags_read(const char *path, SgTags **out_tags, SgError *error);
void sg_tags_free(SgTags *tags);

/* The same with the stem's name behind the title, "Song (drums)"; without a title that is the stem's name
 * alone. NULL when memory is out, or `tags` is NULL. */
SgTags *sg_tags_for_stem(const SgTags *tags, const char *stem);

/* An ID3v2.4 tag (id3.org, "ID3 tag version 2.4.0") and a PICTURE block of FLAC (RFC 9639 §8.8) without the
 * mark of the last one; free with sg_free. NULL when memory is out or there is nothing to write. */
uint8_t *sg_tags_dup_id3(const SgTags *tags, size_t *out_n);
uint8_t *sg_tags_dup_flac_picture(const SgTags *tags, size_t *out_n);
