#include "core/play/song-reader.h"

#include "core/base/memory.h"
#include "core/play/mixer.h"
#include "core/render/fold.h"

struct SgSongReader {
  SgPlaySource *source;
  SgRenderSettings settings;
  SgLoop loop;
  uint32_t n_stems, n_pairs, n_channels;
  int64_t next;                 /* sample of the song to read next */
  int64_t seam_next;            /* while the seam is cross-faded: the sample that is faded out next */
  int64_t n_seam, seam_left;    /* length of the cross-fade, and what is left of it */
  size_t block;                 /* samples read at a time */
  float *stems[SG_MAX_SOURCES]; /* [block][n_channels] of each stem */
  float *song[SG_MAX_CHANNELS]; /* [block] of each channel */
  float *tail;                  /* [block][n_pairs × 2]: what is faded out at the seam */
};

SgPlaySource *
sg_play_source_new(const SgTransportSource *what)
{
  SgPlaySource *source = SG_NEW(SgPlaySource, 1);
  if (source != NULL)
    *source = (SgPlaySource){ .what = *what, .n_references = 1 };
  return source;
}

bool
sg_play_source_unref(SgPlaySource *source)
{
  return source != NULL && --source->n_references == 0;
}

void
sg_play_source_release(SgPlaySource *source)
{
  if (source == NULL)
    return;
  sg_render_work_free(source->work);
  if (source->what.release != NULL)
    source->what.release(source->what.user);
  sg_free(source);
}

static bool
allocate(SgSongReader *reader)
{
  bool complete = true;
  SgPlaySource *source = reader->source;
  for (uint32_t c = 0; c < reader->n_channels; c++) {
    reader->song[c] = SG_NEW(float, reader->block);
    complete = complete && reader->song[c] != NULL;
  }
  for (uint32_t j = 0; j < reader->n_stems && source->what.renderer != NULL; j++) {
    reader->stems[j] = SG_NEW(float, reader->block * reader->n_channels);
    complete = complete && reader->stems[j] != NULL;
  }
  reader->tail = SG_NEW(float, reader->block * 2 * reader->n_pairs);
  if (source->what.renderer != NULL && source->work == NULL)
    source->work = sg_render_work_new(source->what.renderer);
  return complete && reader->tail != NULL && (source->what.renderer == NULL || source->work != NULL);
}

SgStatus
sg_song_reader_new(SgPlaySource *source, const SgRenderSettings *settings, SgLoop loop, int64_t start,
                   bool returned, SgSongReader **out_reader, SgError *error)
{
  *out_reader = NULL;
  SgSongReader *reader = SG_NEW(SgSongReader, 1);
  if (reader == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  uint32_t rate = sg_pcm_rate(source->what.pcm);
  size_t block = rate / 10 + 1;
  int64_t half = (loop.end - loop.start) / 2, fade = (int64_t)(SG_MIXER_FADE_S * rate);
  *reader = (SgSongReader){ .source = source,
                            .settings = *settings,
                            .loop = start < loop.end ? loop : (SgLoop){ 0 },
                            .n_stems = source->what.n_stems,
                            .n_pairs = source->what.n_stems + (source->what.renderer != NULL ? 1 : 0),
                            .n_channels = sg_pcm_n_channels(source->what.pcm),
                            .next = start,
                            .n_seam = half < fade ? half : fade,
                            .block = block < SG_RENDER_MAX_SAMPLES ? block : SG_RENDER_MAX_SAMPLES };
  int64_t in_seam = start - loop.start;
  if (returned && sg_loop_is_set(reader->loop) && in_seam >= 0 && in_seam < reader->n_seam) {
    reader->seam_left = reader->n_seam - in_seam;
    reader->seam_next = loop.end + in_seam;
  }
  if (!allocate(reader)) {
    sg_song_reader_free(reader);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  *out_reader = reader;
  return SG_OK;
}

void
sg_song_reader_free(SgSongReader *reader)
{
  if (reader == NULL)
    return;
  for (int j = 0; j < SG_MAX_SOURCES; j++)
    sg_free(reader->stems[j]);
  for (int c = 0; c < SG_MAX_CHANNELS; c++)
    sg_free(reader->song[c]);
  sg_free(reader->tail);
  sg_free(reader);
}

uint32_t
sg_song_reader_n_pairs(const SgSongReader *reader)
{
  return reader->n_pairs;
}

size_t
sg_song_reader_block(const SgSongReader *reader)
{
  return reader->block;
}

/* The song's own channels, folded into the last pair of each frame. */
static SgStatus
read_song(SgSongReader *reader, int64_t start, size_t n, float *out_frames, SgError *error)
{
  enum { PIECE = 64 };
  SgStatus status = sg_pcm_read(reader->source->what.pcm, start, (int64_t)n, reader->song, error);
  float samples[PIECE * SG_MAX_CHANNELS];
  size_t stride = reader->n_pairs;
  for (size_t at = 0; at < n && status == SG_OK; at += PIECE) {
    size_t count = n - at < PIECE ? n - at : PIECE;
    for (size_t i = 0; i < count; i++)
      for (uint32_t c = 0; c < reader->n_channels; c++)
        samples[i * reader->n_channels + c] = reader->song[c][at + i];
    sg_fold(samples, reader->n_channels, count, out_frames + 2 * (at * stride + stride - 1), stride);
  }
  return status;
}

static SgStatus
read_range(SgSongReader *reader, int64_t start, size_t n, float *out_frames, SgError *error)
{
  const SgTransportSource *what = &reader->source->what;
  SgStatus status = read_song(reader, start, n, out_frames, error);
  if (status != SG_OK || what->renderer == NULL)
    return status;
  status = sg_renderer_render(what->renderer, reader->source->work, &reader->settings, start, (int64_t)n,
                              reader->stems, error);
  for (uint32_t j = 0; j < reader->n_stems && status == SG_OK; j++)
    sg_fold(reader->stems[j], reader->n_channels, n, out_frames + 2 * j, reader->n_pairs);
  return status;
}

/* Fades what follows the loop's end into the first of the `n` frames. */
static SgStatus
fade_seam(SgSongReader *reader, float *frames, size_t n, SgError *error)
{
  size_t count = reader->seam_left < (int64_t)n ? (size_t)reader->seam_left : n, width = 2 * reader->n_pairs;
  SgStatus status = read_range(reader, reader->seam_next, count, reader->tail, error);
  for (size_t i = 0; i < count && status == SG_OK; i++) {
    float weight = (float)(reader->n_seam - reader->seam_left + (int64_t)i) / (float)reader->n_seam;
    for (size_t k = 0; k < width; k++)
      frames[i * width + k] = weight * frames[i * width + k] + (1.0f - weight) * reader->tail[i * width + k];
  }
  reader->seam_next += (int64_t)count;
  reader->seam_left -= (int64_t)count;
  return status;
}

SgStatus
sg_song_reader_read(SgSongReader *reader, float *out_frames, size_t *out_n, SgError *error)
{
  *out_n = 0;
  bool looped = sg_loop_is_set(reader->loop);
  int64_t end = looped ? reader->loop.end : sg_pcm_n_samples(reader->source->what.pcm);
  int64_t left = end - reader->next;
  size_t n = left < (int64_t)reader->block ? (size_t)(left > 0 ? left : 0) : reader->block;
  if (n == 0)
    return SG_OK;
  SgStatus status = read_range(reader, reader->next, n, out_frames, error);
  if (status == SG_OK && reader->seam_left > 0)
    status = fade_seam(reader, out_frames, n, error);
  if (status != SG_OK)
    return status;
  *out_n = n;
  reader->next += (int64_t)n;
  if (looped && reader->next == reader->loop.end) {
    reader->seam_next = reader->loop.end;
    reader->seam_left = reader->n_seam;
    reader->next = reader->loop.start;
  }
  return SG_OK;
}
