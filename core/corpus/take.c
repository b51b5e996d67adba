#include "core/corpus/take.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/dsp/biquad.h"
#include "core/io/decoder.h"

enum { LOWEST_RATE_HZ = 22050, BLOCK = SG_VOCODER_HOP, MARGIN_BLOCKS = 2 };

static const double MAX_TAKE_S = 4.0, MIN_SPEECH_S = 0.15, FADE_IN_S = 0.004, FADE_OUT_S = 0.02;

static int
by_size(const void *a, const void *b)
{
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

static SgStatus
look_at_rate(const char *path, SgError *error)
{
  SgDecoder *decoder = NULL;
  SgStatus status = sg_decoder_open(path, &decoder, error);
  if (status == SG_OK && sg_decoder_info(decoder)->rate_hz < LOWEST_RATE_HZ)
    status = sg_error_set(error, SG_NO_SAMPLES, path, "a low rate");
  sg_decoder_free(decoder);
  return status;
}

/* Where speech begins and ends, in blocks: between the first and last that stand clear of the recording's
 * floor (its quietest tenth) and within 34 dB of the loudest. An empty range when there is none. */
static SgStatus
find_speech(const float *samples, int64_t n_blocks, int64_t *out_first, int64_t *out_end, SgError *error)
{
  float *levels = SG_NEW(float, 2 * (size_t)n_blocks);
  *out_first = *out_end = 0;
  if (levels == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  float *sorted = levels + n_blocks;
  for (int64_t b = 0; b < n_blocks; b++) {
    double power = 0.0;
    for (int64_t i = b * BLOCK; i < (b + 1) * BLOCK; i++)
      power += (double)samples[i] * samples[i];
    levels[b] = sorted[b] = (float)sqrt(power / BLOCK);
  }
  qsort(sorted, (size_t)n_blocks, sizeof *sorted, by_size);
  float loudest = sorted[n_blocks - 1], floor_level = sorted[n_blocks / 10];
  float threshold = fmaxf(0.02f * loudest, fminf(3.0f * floor_level, 0.1f * loudest));
  *out_first = n_blocks;
  for (int64_t b = 0; b < n_blocks; b++)
    if (levels[b] > threshold) {
      *out_first = b < *out_first ? b : *out_first;
      *out_end = b + 1;
    }
  *out_first = *out_first > MARGIN_BLOCKS ? *out_first - MARGIN_BLOCKS : 0;
  *out_end = *out_end + MARGIN_BLOCKS < n_blocks ? *out_end + MARGIN_BLOCKS : n_blocks;
  sg_free(levels);
  return SG_OK;
}

/* Lowers blocks that are near the recording's floor, the more so the nearer: stretched, room noise would be
 * heard with every note. Gains go in straight lines from block to block. */
static bool
expand(float *samples, int64_t n_blocks)
{
  float *levels = SG_NEW(float, 2 * (size_t)n_blocks), *gains = levels + (levels != NULL ? n_blocks : 0);
  if (levels == NULL)
    return false;
  float loudest = 0.0f;
  for (int64_t b = 0; b < n_blocks; b++) {
    double power = 0.0;
    for (int64_t i = b * BLOCK; i < (b + 1) * BLOCK; i++)
      power += (double)samples[i] * samples[i];
    levels[b] = (float)sqrt(power / BLOCK);
    loudest = fmaxf(loudest, levels[b]);
  }
  for (int64_t b = 0; b < n_blocks; b++) {
    float ratio = fminf(1.0f, levels[b] / (0.04f * loudest + 1e-9f));
    gains[b] = ratio * ratio;
  }
  for (int64_t b = 0; b < n_blocks; b++) {
    float before = gains[b > 0 ? b - 1 : b], here = gains[b], after = gains[b + 1 < n_blocks ? b + 1 : b];
    for (int i = 0; i < BLOCK; i++) {
      float t = ((float)i + 0.5f) / BLOCK - 0.5f; /* from the block's middle */
      samples[b * BLOCK + i] *= t < 0.0f ? here - t * (before - here) : here + t * (after - here);
    }
  }
  sg_free(levels);
  return true;
}

static void
fade_ends(float *samples, int64_t n)
{
  int64_t in = (int64_t)(FADE_IN_S * SG_CORPUS_RATE_HZ), out = (int64_t)(FADE_OUT_S * SG_CORPUS_RATE_HZ);
  for (int64_t i = 0; i < in && i < n; i++)
    samples[i] *= (float)i / (float)in;
  for (int64_t i = 0; i < out && i < n; i++)
    samples[n - 1 - i] *= (float)i / (float)out;
}

/* Mean of |rough| in block b. */
static double
roughness(const float *rough, int64_t b)
{
  double sum = 0.0;
  for (int64_t i = b * BLOCK; i < (b + 1) * BLOCK; i++)
    sum += fabsf(rough[i]);
  return sum / BLOCK;
}

/* What a mean over 2·reach + 1 samples leaves is faded out around those that jump out of their own block and
 * its neighbours: clicks of the recording, which stretching would multiply. */
static bool
remove_clicks(float *samples, int64_t n, int reach)
{
  enum { CLICK = 10, AROUND = 40 };
  float *rough = SG_NEW(float, (size_t)n), *kept = SG_NEW(float, (size_t)n);
  bool fine = rough != NULL && kept != NULL;
  for (int64_t i = 0; fine && i < n; i++) {
    double sum = 0.0, weights = 0.0;
    for (int k = -reach; k <= reach; k++) {
      double weight = 1.0 + cos(M_PI * k / (reach + 1.0));
      sum += i + k >= 0 && i + k < n ? weight * samples[i + k] : 0.0;
      weights += weight;
    }
    rough[i] = samples[i] - (float)(sum / weights);
    kept[i] = 1.0f;
  }
  for (int64_t b = 1; fine && b + 2 <= n / BLOCK; b++) {
    double around = fmin(roughness(rough, b - 1), roughness(rough, b + 1));
    double limit = 9.0 * fmax(fmin(roughness(rough, b), 2.0 * around), 2e-5);
    for (int64_t i = b * BLOCK; i < (b + 1) * BLOCK; i++)
      if (fabsf(rough[i]) > limit)
        for (int64_t k = i - AROUND < 0 ? 0 : i - AROUND; k <= i + AROUND && k < n; k++)
          kept[k] = fminf(kept[k], fmaxf(0.0f, (float)(llabs(k - i) - CLICK) / (AROUND - CLICK)));
  }
  for (int64_t i = 0; fine && i < n; i++)
    samples[i] -= (1.0f - kept[i]) * rough[i];
  sg_free(rough);
  sg_free(kept);
  return fine;
}

/* The pitch line: octave errors brought near the median, unvoiced frames take the last voiced one's pitch, a
 * running mean of five. */
static bool
follow_pitch(SgTake *take)
{
  size_t n = take->speech->n_frames, n_voiced = 0;
  const SgVoiceFrame *frames = take->speech->frames;
  float *voiced = SG_NEW(float, n);
  take->pitch_hz = SG_NEW(float, n);
  if (voiced == NULL || take->pitch_hz == NULL) {
    sg_free(voiced);
    return false;
  }
  for (size_t i = 0; i < n; i++)
    if (frames[i].voicing > 0.5f && frames[i].level > 0.05f)
      voiced[n_voiced++] = frames[i].pitch_hz;
  if (n_voiced >= 4) {
    qsort(voiced, n_voiced, sizeof *voiced, by_size);
    take->middle_hz = voiced[n_voiced / 2];
  }
  double last_hz = take->middle_hz > 0.0 ? take->middle_hz : 150.0;
  for (size_t i = 0; i < n; i++) {
    if (frames[i].voicing > 0.5f && frames[i].level > 0.05f && take->middle_hz > 0.0) {
      last_hz = frames[i].pitch_hz;
      while (last_hz > take->middle_hz * M_SQRT2)
        last_hz *= 0.5;
      while (last_hz < take->middle_hz * M_SQRT1_2)
        last_hz *= 2.0;
    }
    voiced[i] = (float)last_hz;
  }
  for (size_t i = 0; i < n; i++) {
    float sum = 0.0f;
    for (int k = -2; k <= 2; k++)
      sum += voiced[(size_t)fmin((double)(n - 1), fmax(0.0, (double)i + k))];
    take->pitch_hz[i] = sum / 5.0f;
  }
  sg_free(voiced);
  return true;
}

/* Makes the take from a clip that holds just the speech. */
static SgStatus
prepare(SgTake *take, const SgClip *speech, SgError *error)
{
  take->n = speech->n;
  take->samples = SG_NEW(float, (size_t)speech->n);
  if (take->samples == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (int64_t i = 0; i < speech->n; i++)
    take->samples[i] = speech->channels[0][i];
  SgStatus status = sg_speech_analyse(speech, &take->speech, error);
  if (status == SG_OK && !follow_pitch(take))
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  return status;
}

/* Cuts the clip (left channel, high-passed against rumble) to its speech at peak 1. */
static SgStatus
trim(const SgClip *clip, const char *path, SgClip **out_speech, SgError *error)
{
  int64_t first = 0, end = 0, n_blocks = clip->n / BLOCK;
  const SgBiquad filters[] = {
    sg_biquad(SG_BIQUAD_HIGH_PASS, SG_CORPUS_RATE_HZ, 70.0, M_SQRT1_2, 0.0),
    sg_biquad(SG_BIQUAD_PEAK, SG_CORPUS_RATE_HZ, 15650.0, 10.0, -40.0), /* the whistle of old screens */
  };
  for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
    sg_biquad_filter(&filters[i], clip->channels[0], clip->n);
  SgStatus status = n_blocks > 0 ? find_speech(clip->channels[0], n_blocks, &first, &end, error) : SG_OK;
  if (status != SG_OK)
    return status;
  if ((double)(end - first - 2 * MARGIN_BLOCKS) * BLOCK < MIN_SPEECH_S * SG_CORPUS_RATE_HZ)
    return sg_error_set(error, SG_NO_SAMPLES, path, "too short");
  SgClip *speech = sg_clip_new((end - first) * BLOCK);
  if (speech == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  for (int64_t i = 0; i < speech->n; i++)
    speech->channels[0][i] = clip->channels[0][first * BLOCK + i];
  if (!remove_clicks(speech->channels[0], speech->n, 8) ||
      !remove_clicks(speech->channels[0], speech->n, 2) || !expand(speech->channels[0], speech->n / BLOCK)) {
    sg_clip_free(speech);
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  }
  fade_ends(speech->channels[0], speech->n);
  float peak = sg_clip_peak(speech);
  if (peak < 1e-3f) {
    sg_clip_free(speech);
    return sg_error_set(error, SG_NO_SAMPLES, path, "silence");
  }
  sg_clip_scale(speech, 1.0f / peak);
  *out_speech = speech;
  return SG_OK;
}

SgStatus
sg_take_load(const char *path, SgTake **out_take, SgError *error)
{
  SgClip *clip = NULL, *speech = NULL;
  SgTake *take = SG_NEW(SgTake, 1);
  *out_take = NULL;
  SgStatus status = take != NULL ? look_at_rate(path, error) : sg_error_set(error, SG_NO_MEMORY, path, NULL);
  if (status == SG_OK)
    status = sg_clip_load(path, MAX_TAKE_S, &clip, error);
  if (status == SG_OK)
    status = trim(clip, path, &speech, error);
  if (status == SG_OK)
    status = prepare(take, speech, error);
  sg_clip_free(clip);
  sg_clip_free(speech);
  if (status != SG_OK) {
    sg_take_free(take);
    return status;
  }
  *out_take = take;
  return SG_OK;
}

void
sg_take_free(SgTake *take)
{
  if (take == NULL)
    return;
  sg_free(take->samples);
  sg_free(take->pitch_hz);
  sg_speech_free(take->speech);
  sg_free(take);
}
