#include <string.h>

#include "core/base/memory.h"
#include "core/io/mp4-atoms.h"
#include "core/io/tags.h"

enum {
  ID3_HEADER = 10,
  ID3_FRAME_HEADER = 10,
  ID3_UTF8 = 3,
  FRONT_COVER = 3,
  FLAC_HEADER = 4,
  FLAC_PICTURE = 6,
};

/* Bytes that grow; with to == NULL they are only counted. */
typedef struct {
  uint8_t *to;
  size_t n;
} Bytes;

static void
put(Bytes *bytes, const void *from, size_t n)
{
  if (bytes->to != NULL && n > 0)
    memcpy(bytes->to + bytes->n, from, n);
  bytes->n += n;
}

static void
put_number(Bytes *bytes, size_t n_bytes, uint64_t number)
{
  uint8_t big_endian[8];
  sg_atom_put_number(big_endian, n_bytes, number);
  put(bytes, big_endian, n_bytes);
}

/* ID3's numbers have seven bits a byte. */
static void
put_syncsafe(Bytes *bytes, size_t number)
{
  for (int shift = 21; shift >= 0; shift -= 7)
    put_number(bytes, 1, number >> shift & 0x7f);
}

static void
put_frame_header(Bytes *bytes, const char *id, size_t n_body)
{
  put(bytes, id, 4);
  put_syncsafe(bytes, n_body);
  put_number(bytes, 2, 0);
}

static void
put_text_frame(Bytes *bytes, const char *id, const char *text)
{
  if (text[0] == '\0')
    return;
  put_frame_header(bytes, id, 1 + strlen(text));
  put_number(bytes, 1, ID3_UTF8);
  put(bytes, text, strlen(text));
}

static void
put_comment_frame(Bytes *bytes, const char *text)
{
  static const char language_and_name[] = "und"; /* and an empty name with its end mark */
  if (text[0] == '\0')
    return;
  put_frame_header(bytes, "COMM", 1 + sizeof language_and_name + strlen(text));
  put_number(bytes, 1, ID3_UTF8);
  put(bytes, language_and_name, sizeof language_and_name);
  put(bytes, text, strlen(text));
}

static void
put_picture_frame(Bytes *bytes, const SgTags *tags)
{
  if (tags->n_cover == 0)
    return;
  size_t n_type = strlen(tags->cover_type) + 1;
  put_frame_header(bytes, "APIC", 1 + n_type + 2 + tags->n_cover);
  put_number(bytes, 1, ID3_UTF8);
  put(bytes, tags->cover_type, n_type);
  put_number(bytes, 1, FRONT_COVER);
  put_number(bytes, 1, 0); /* no description */
  put(bytes, tags->cover, tags->n_cover);
}

static void
put_frames(Bytes *bytes, const SgTags *tags)
{
  put_text_frame(bytes, "TIT2", tags->title);
  put_text_frame(bytes, "TPE1", tags->artist);
  put_text_frame(bytes, "TALB", tags->album);
  put_text_frame(bytes, "TDRC", tags->date);
  put_text_frame(bytes, "TRCK", tags->track);
  put_text_frame(bytes, "TCON", tags->genre);
  put_comment_frame(bytes, tags->comment);
  put_picture_frame(bytes, tags);
}

uint8_t *
sg_tags_dup_id3(const SgTags *tags, size_t *out_n)
{
  Bytes frames = { 0 }, tag = { 0 };
  put_frames(&frames, tags);
  tag.to = frames.n > 0 ? SG_NEW(uint8_t, ID3_HEADER + frames.n) : NULL;
  if (tag.to == NULL)
    return NULL;
  put(&tag, "ID3\x04\0\0", 6);
  put_syncsafe(&tag, frames.n);
  put_frames(&tag, tags);
  *out_n = tag.n;
  return tag.to;
}

uint8_t *
sg_tags_dup_flac_picture(const SgTags *tags, size_t *out_n)
{
  enum { FIXED = 32, MAX_BLOCK = (1 << 24) - 1 };
  size_t n_type = strlen(tags->cover_type), n_body = FIXED + n_type + tags->n_cover;
  if (tags->n_cover == 0 || n_body > MAX_BLOCK)
    return NULL;
  Bytes block = { .to = SG_NEW(uint8_t, FLAC_HEADER + n_body) };
  if (block.to == NULL)
    return NULL;
  put_number(&block, 1, FLAC_PICTURE);
  put_number(&block, 3, n_body);
  put_number(&block, 4, FRONT_COVER);
  put_number(&block, 4, n_type);
  put(&block, tags->cover_type, n_type);
  put_number(&block, 4, 0); /* no description; */
  for (int i = 0; i < 4; i++)
    put_number(&block, 4, 0); /* width, height, depth and colours are not known */
  put_number(&block, 4, tags->n_cover);
  put(&block, tags->cover, tags->n_cover);
  *out_n = block.n;
  return block.to;
}
