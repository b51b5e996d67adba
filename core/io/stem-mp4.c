#include "core/io/stem-mp4.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/json.h"
#include "core/base/memory.h"
#include "core/io/decoder-private.h"
#include "core/io/mp4-atoms.h"
#include "core/io/tags-private.h"

enum { ATOM_HEADER = 8 };

static bool
is_colour(const char *text)
{
  return text != NULL && strlen(text) == 7 && text[0] == '#' &&
         strspn(text + 1, "0123456789abcdefABCDEF") == 6;
}

SgStatus
sg_stem_mp4_parse_json(const char *text, size_t n, SgStemMp4Info *out_info, SgError *error)
{
  SgJson *json;
  *out_info = (SgStemMp4Info){ 0 };
  /* Some programs write the text's end mark too. */
  while (n > 0 && text[n - 1] == '\0')
    n--;
  SgStatus status = sg_json_parse(text, n, &json, error);
  if (status != SG_OK)
    return status;
  const SgJsonValue *stems = sg_json_get(sg_json_root(json), "stems");
  if (sg_json_kind(stems) != SG_JSON_ARRAY || sg_json_size(stems) != SG_STEM_MP4_STEMS)
    status = sg_error_set(error, SG_NO_STEMS, NULL, NULL);
  for (size_t k = 0; k < SG_STEM_MP4_STEMS && status == SG_OK; k++) {
    SgStemMp4Stem *stem = &out_info->stems[k];
    const char *colour = sg_json_text(sg_json_get(sg_json_at(stems, k), "color"));
    sg_tag_set(stem->name, sizeof stem->name, sg_json_text(sg_json_get(sg_json_at(stems, k), "name")));
    snprintf(stem->colour, sizeof stem->colour, "%s", is_colour(colour) ? colour : "#808080");
  }
  sg_json_free(json);
  return status;
}

SgStatus
sg_stem_mp4_parse_moov(const uint8_t *moov, size_t n, SgStemMp4Info *out_info, SgError *error)
{
  SgAtom stem;
  *out_info = (SgStemMp4Info){ 0 };
  if (!sg_atom_find(moov, n, "moov/udta/stem", &stem))
    return sg_error_set(error, SG_NO_STEMS, NULL, NULL);
  return sg_stem_mp4_parse_json((const char *)stem.body, stem.n_body, out_info, error);
}

SgStatus
sg_stem_mp4_read_info(const char *path, SgStemMp4Info *out_info, SgError *error)
{
  *out_info = (SgStemMp4Info){ 0 };
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  SgMp4Map map = sg_mp4_map(fd);
  size_t n;
  uint8_t *moov = sg_mp4_read_moov(fd, &map, &n);
  close(fd);
  SgStatus status = moov != NULL ? sg_stem_mp4_parse_moov(moov, n, out_info, error)
                                 : sg_error_set(error, SG_NO_STEMS, NULL, NULL);
  sg_free(moov);
  if (status != SG_OK && error != NULL)
    snprintf(error->path, sizeof error->path, "%s", path);
  return status;
}

SgStatus
sg_stem_mp4_decode(const char *path, uint32_t stream, bool strict, const char *scratch_folder,
                   SgProgress progress, void *user, SgPcm **out_pcm, SgDecodeReport *out_report,
                   SgError *error)
{
  SgStemMp4Info info;
  *out_pcm = NULL;
  SgStatus status = sg_stem_mp4_read_info(path, &info, error);
  if (status == SG_OK && stream >= SG_STEM_MP4_STREAMS)
    status = sg_error_set(error, SG_BAD_ARGUMENT, path, "stream");
  if (status != SG_OK)
    return status;
  return sg_decode_stream(path, (int)stream, strict, scratch_folder, progress, user, out_pcm, out_report,
                          error);
}

/* The mastering chain that the format asks for, switched off. */
static SgJson *
mastering_new(void)
{
  static const struct {
    const char *name;
    double value;
  } compressor[] = { { "ratio", 3 },        { "output_gain", 0.5 }, { "release", 0.3 },   { "attack", 0.003 },
                     { "input_gain", 0.5 }, { "threshold", 0 },     { "hp_cutoff", 300 }, { "dry_wet", 50 } },
    limiter[] = { { "release", 0.05 }, { "threshold", 0 }, { "ceiling", -0.35 } };
  SgJson *mastering = sg_json_object_new(), *parts[] = { sg_json_object_new(), sg_json_object_new() };
  for (size_t i = 0; i < sizeof compressor / sizeof *compressor; i++)
    sg_json_set_number(parts[0], compressor[i].name, compressor[i].value);
  for (size_t i = 0; i < sizeof limiter / sizeof *limiter; i++)
    sg_json_set_number(parts[1], limiter[i].name, limiter[i].value);
  sg_json_set_bool(parts[0], "enabled", false);
  sg_json_set_bool(parts[1], "enabled", false);
  sg_json_set(mastering, "compressor", parts[0]);
  sg_json_set(mastering, "limiter", parts[1]);
  return mastering;
}

char *
sg_stem_mp4_dup_json(const SgStemMp4Info *info)
{
  SgJson *json = sg_json_object_new(), *stems = sg_json_array_new();
  for (size_t k = 0; k < SG_STEM_MP4_STEMS; k++) {
    SgJson *stem = sg_json_object_new();
    sg_json_set_text(stem, "name", info->stems[k].name);
    sg_json_set_text(stem, "color", info->stems[k].colour);
    sg_json_append(stems, stem);
  }
  sg_json_set(json, "mastering_dsp", mastering_new());
  sg_json_set_integer(json, "version", 1);
  sg_json_set(json, "stems", stems);
  char *text = sg_json_dup_text(json, false);
  sg_json_free(json);
  return text;
}

static uint8_t *
put_bytes(uint8_t *to, const void *from, size_t n)
{
  if (n > 0)
    memcpy(to, from, n);
  return to + n;
}

static uint8_t *
put_header(uint8_t *to, const char *type, size_t n_atom)
{
  sg_atom_put_number(to, 4, n_atom);
  memcpy(to + 4, type, 4);
  return to + ATOM_HEADER;
}

/* Copies the atoms of a list but those of one type; counts alone with to == NULL. */
static size_t
copy_others(const SgAtom *list, const char *type, uint8_t *to)
{
  SgAtom atom;
  size_t n = 0;
  const uint8_t *at = list->body, *end = list->body + list->n_body;
  while (sg_atom_next(&at, end, &atom)) {
    if (strcmp(atom.type, type) == 0)
      continue;
    if (to != NULL)
      memcpy(to + n, atom.atom, atom.n_atom);
    n += atom.n_atom;
  }
  return n;
}

uint8_t *
sg_stem_mp4_dup_moov(const uint8_t *moov, size_t n, const char *text, size_t *out_n)
{
  SgAtom movie, data = { 0 };
  const uint8_t *at = moov;
  if (!sg_atom_next(&at, moov + n, &movie) || strcmp(movie.type, "moov") != 0)
    return NULL;
  sg_atom_find(movie.body, movie.n_body, "udta", &data);
  if (strcmp(data.type, "udta") != 0)
    data = (SgAtom){ 0 };
  size_t n_text = strlen(text), n_stem = ATOM_HEADER + n_text;
  size_t n_data = ATOM_HEADER + (data.body != NULL ? copy_others(&data, "stem", NULL) : 0) + n_stem;
  size_t n_movie = ATOM_HEADER + copy_others(&movie, "udta", NULL) + n_data;
  uint8_t *bytes = n_movie <= UINT32_MAX ? SG_NEW(uint8_t, n_movie) : NULL;
  if (bytes == NULL)
    return NULL;
  uint8_t *to = put_header(bytes, "moov", n_movie);
  to += copy_others(&movie, "udta", to);
  to = put_header(to, "udta", n_data);
  if (data.body != NULL)
    to += copy_others(&data, "stem", to);
  to = put_header(to, "stem", n_stem);
  put_bytes(to, text, n_text);
  *out_n = n_movie;
  return bytes;
}

#ifndef SG_HAVE_FFMPEG

SgStatus
sg_stem_mp4_writer_new(const char *path, SgEncoderFormat format, const SgStemMp4Info *info, bool overwrite,
                       SgStemMp4Writer **out_writer, SgError *error)
{
  *out_writer = NULL;
  return sg_error_set(error, SG_NEEDS_FFMPEG, path, "stem.mp4");
}

void
sg_stem_mp4_writer_free(SgStemMp4Writer *writer)
{
}

SgStatus
sg_stem_mp4_writer_write(SgStemMp4Writer *writer, const float *const streams[SG_STEM_MP4_STREAMS], int64_t n,
                         SgError *error)
{
  return sg_error_set(error, SG_NEEDS_FFMPEG, NULL, "stem.mp4");
}

SgStatus
sg_stem_mp4_writer_complete(SgStemMp4Writer *writer, SgError *error)
{
  return sg_error_set(error, SG_NEEDS_FFMPEG, NULL, "stem.mp4");
}

SgStatus
sg_stem_mp4_writer_publish(SgStemMp4Writer *writer, SgError *error)
{
  return sg_error_set(error, SG_NEEDS_FFMPEG, NULL, "stem.mp4");
}

#endif
