#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/io/tags-private.h"

/* Bytes of the UTF-8 sequence (RFC 3629 §4) at `text`, 0 when it is none. */
static size_t
sequence_length(const unsigned char *text)
{
  size_t n = text[0] < 0x80   ? 1
             : text[0] < 0xc2 ? 0
             : text[0] < 0xe0 ? 2
             : text[0] < 0xf0 ? 3
             : text[0] < 0xf5 ? 4
                              : 0;
  for (size_t i = 1; i < n; i++)
    if ((text[i] & 0xc0) != 0x80)
      return 0;
  bool is_overlong = n >= 3 && ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90));
  bool is_surrogate = n == 3 && text[0] == 0xed && text[1] >= 0xa0;
  bool is_beyond = n == 4 && text[0] == 0xf4 && text[1] >= 0x90;
  return is_overlong || is_surrogate || is_beyond ? 0 : n;
}

void
sg_tag_set(char *out_text, size_t size, const char *text)
{
  size_t n_out = 0;
  while (text != NULL && *text != '\0') {
    size_t n = sequence_length((const unsigned char *)text);
    if (n_out + n >= size)
      break;
    memcpy(out_text + n_out, text, n);
    n_out += n;
    text += n > 0 ? n : 1;
  }
  out_text[n_out] = '\0';
}

SgStatus
sg_tags_set_cover(SgTags *tags, const uint8_t *bytes, size_t n, SgError *error)
{
  const char *type = n > 8 && memcmp(bytes, "\xff\xd8\xff", 3) == 0        ? "image/jpeg"
                     : n > 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0 ? "image/png"
                                                                           : NULL;
  if (type == NULL || n > SG_MAX_COVER_BYTES || tags->cover != NULL)
    return SG_OK;
  tags->cover = SG_NEW(uint8_t, n);
  if (tags->cover == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  memcpy(tags->cover, bytes, n);
  tags->n_cover = n;
  snprintf(tags->cover_type, sizeof tags->cover_type, "%s", type);
  return SG_OK;
}

SgStatus
sg_tags_read(const char *path, SgTags **out_tags, SgError *error)
{
  *out_tags = NULL;
  SgTags *tags = SG_NEW(SgTags, 1);
  if (tags == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
#ifdef SG_HAVE_FFMPEG
  SgStatus status = sg_tags_ffmpeg_read(path, tags, error);
  if (status == SG_NOT_AUDIO)
    status = sg_tags_sndfile_read(path, tags, error);
#else
  SgStatus status = sg_tags_sndfile_read(path, tags, error);
#endif
  if (status != SG_OK) {
    sg_tags_free(tags);
    return status;
  }
  *out_tags = tags;
  return SG_OK;
}

void
sg_tags_free(SgTags *tags)
{
  if (tags == NULL)
    return;
  sg_free(tags->cover);
  sg_free(tags);
}

SgTags *
sg_tags_for_stem(const SgTags *tags, const char *stem)
{
  SgTags *copy = tags != NULL ? SG_NEW(SgTags, 1) : NULL;
  char title[sizeof tags->title + 64];
  if (copy == NULL)
    return NULL;
  *copy = *tags;
  copy->cover = NULL;
  copy->n_cover = 0;
  /* The stem's name stays whole, however long the title. */
  size_t n_stem = strlen(stem) + 4, n_title = sizeof copy->title > n_stem ? sizeof copy->title - n_stem : 1;
  char cut[sizeof tags->title];
  sg_tag_set(cut, n_title, tags->title);
  snprintf(title, sizeof title, cut[0] != '\0' ? "%s (%s)" : "%s%s", cut, stem);
  sg_tag_set(copy->title, sizeof copy->title, title);
  if (tags->n_cover > 0 && sg_tags_set_cover(copy, tags->cover, tags->n_cover, NULL) != SG_OK) {
    sg_tags_free(copy);
    return NULL;
  }
  return copy;
}
