#include "core/corpus/clip.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/dsp/resample.h"
#include "core/io/decoder.h"
#include "core/io/encoder.h"

enum { BLOCK = 4096 };

SgClip *
sg_clip_new(int64_t n)
{
  SgClip *clip = SG_NEW(SgClip, 1);
  if (clip == NULL)
    return NULL;
  clip->n = n;
  for (int c = 0; c < 2; c++)
    if ((clip->channels[c] = SG_NEW(float, (size_t)n)) == NULL) {
      sg_clip_free(clip);
      return NULL;
    }
  return clip;
}

void
sg_clip_free(SgClip *clip)
{
  if (clip == NULL)
    return;
  sg_free(clip->channels[0]);
  sg_free(clip->channels[1]);
  sg_free(clip);
}

static void
store(SgClip *clip, int64_t at, const float *interleaved, size_t n)
{
  for (size_t i = 0; i < n; i++)
    for (int c = 0; c < 2; c++)
      clip->channels[c][at + (int64_t)i] = interleaved[2 * i + (size_t)c];
}

/* Reads up to `n` samples as two interleaved channels. */
static SgStatus
read_stereo(SgDecoder *decoder, float *wide, float *out_stereo, int64_t n, int64_t *out_n, SgError *error)
{
  uint32_t n_channels = sg_decoder_info(decoder)->n_channels;
  SgStatus status = sg_decoder_read(decoder, wide, n, out_n, error);
  for (int64_t i = 0; status == SG_OK && i < *out_n; i++) {
    const float *sample = wide + i * n_channels;
    out_stereo[2 * i] = sample[0];
    out_stereo[2 * i + 1] = n_channels > 1 ? sample[1] : sample[0];
  }
  return status;
}

/* Decodes and resamples until the clip is full or the file ends; *out_n tells how much of it is filled. */
static SgStatus
fill(SgClip *clip, SgDecoder *decoder, SgResampler *resampler, float *wide, int64_t *out_n, SgError *error)
{
  float stereo[2 * BLOCK], resampled[2 * BLOCK];
  int64_t n_read = 1;
  *out_n = 0;
  while (*out_n < clip->n && n_read > 0) {
    SgStatus status = read_stereo(decoder, wide, stereo, BLOCK, &n_read, error);
    if (status != SG_OK)
      return status;
    for (size_t at = 0, made = 1; (n_read > 0 ? at < (size_t)n_read : made > 0) && *out_n < clip->n;) {
      size_t room = (size_t)(clip->n - *out_n) < BLOCK ? (size_t)(clip->n - *out_n) : BLOCK, taken = 0;
      status = n_read > 0 ? sg_resampler_process(resampler, stereo + 2 * at, (size_t)n_read - at, &taken,
                                                 resampled, room, &made, error)
                          : sg_resampler_drain(resampler, resampled, room, &made, error);
      if (status != SG_OK)
        return status;
      store(clip, *out_n, resampled, made);
      *out_n += (int64_t)made;
      at += taken;
    }
  }
  return SG_OK;
}

SgStatus
sg_clip_load(const char *path, double max_s, SgClip **out_clip, SgError *error)
{
  SgDecoder *decoder = NULL;
  SgResampler *resampler = NULL;
  SgClip *clip = NULL;
  float *wide = NULL;
  *out_clip = NULL;
  SgStatus status = sg_decoder_open(path, &decoder, error);
  if (status != SG_OK)
    goto out;
  const SgAudioInfo *info = sg_decoder_info(decoder);
  double seconds = info->n_samples > 0 ? fmin(max_s, (double)info->n_samples / info->rate_hz + 1.0) : max_s;
  status = sg_resampler_new(info->rate_hz, SG_CORPUS_RATE_HZ, 2, &resampler, error);
  if (status != SG_OK)
    goto out;
  clip = sg_clip_new((int64_t)(seconds * SG_CORPUS_RATE_HZ));
  wide = SG_NEW(float, (size_t)BLOCK * info->n_channels);
  if (clip == NULL || wide == NULL) {
    status = sg_error_set(error, SG_NO_MEMORY, path, NULL);
    goto out;
  }
  int64_t n = 0;
  status = fill(clip, decoder, resampler, wide, &n, error);
  clip->n = n;
out:
  sg_free(wide);
  sg_resampler_free(resampler);
  sg_decoder_free(decoder);
  if (status != SG_OK) {
    sg_clip_free(clip);
    return status;
  }
  *out_clip = clip;
  return SG_OK;
}

SgStatus
sg_clip_save(const SgClip *clip, const char *path, SgError *error)
{
  if (sg_clip_peak(clip) > 1.0f)
    return sg_error_set(error, SG_BAD_ARGUMENT, path, "samples over full scale");
  SgEncoderFormat format = { .container = SG_CONTAINER_FLAC,
                             .bits = SG_BITS_16,
                             .rate_hz = SG_CORPUS_RATE_HZ,
                             .n_channels = 2,
                             .n_samples = clip->n };
  SgEncoder *encoder = NULL;
  SgStatus status = sg_encoder_new(path, format, false, &encoder, error);
  float interleaved[2 * BLOCK];
  for (int64_t at = 0; status == SG_OK && at < clip->n; at += BLOCK) {
    if (sg_clip_is_stopped(clip)) {
      status = sg_error_set(error, SG_CANCELLED, path, NULL);
      break;
    }
    int64_t n = clip->n - at < BLOCK ? clip->n - at : BLOCK;
    for (int64_t i = 0; i < n; i++)
      for (int c = 0; c < 2; c++)
        interleaved[2 * i + c] = clip->channels[c][at + i];
    status = sg_encoder_write(encoder, interleaved, n, error);
  }
  if (status == SG_OK)
    status = sg_encoder_finish(encoder, error);
  sg_encoder_free(encoder);
  return status;
}

void
sg_clip_add(SgClip *destination, int64_t at, const SgClip *source, float gain_left, float gain_right)
{
  const float gains[2] = { gain_left, gain_right };
  int64_t first = at < 0 ? -at : 0;
  int64_t end = source->n < destination->n - at ? source->n : destination->n - at;
  for (int c = 0; c < 2; c++)
    for (int64_t i = first; i < end; i++)
      destination->channels[c][at + i] += gains[c] * source->channels[c][i];
}

void
sg_clip_scale(SgClip *clip, float gain)
{
  for (int c = 0; c < 2; c++)
    for (int64_t i = 0; i < clip->n; i++)
      clip->channels[c][i] *= gain;
}

float
sg_clip_peak(const SgClip *clip)
{
  float peak = 0.0f;
  for (int c = 0; c < 2; c++)
    for (int64_t i = 0; i < clip->n; i++)
      peak = fmaxf(peak, fabsf(clip->channels[c][i]));
  return peak;
}

static double
block_power(const SgClip *clip, int64_t start, int64_t n)
{
  double sum = 0.0;
  for (int c = 0; c < 2; c++)
    for (int64_t i = start; i < start + n; i++)
      sum += (double)clip->channels[c][i] * clip->channels[c][i];
  return sum / (2.0 * (double)n);
}

float
sg_clip_level(const SgClip *clip)
{
  const int64_t n = SG_CORPUS_RATE_HZ / 10;
  double loudest = 0.0, sum = 0.0;
  int64_t n_blocks = 0;
  for (int64_t start = 0; start + n <= clip->n; start += n)
    loudest = fmax(loudest, block_power(clip, start, n));
  for (int64_t start = 0; start + n <= clip->n; start += n) {
    double power = block_power(clip, start, n);
    if (power <= 1e-4 * loudest)
      continue;
    sum += power;
    n_blocks++;
  }
  return n_blocks > 0 ? (float)sqrt(sum / (double)n_blocks) : 0.0f;
}
