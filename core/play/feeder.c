#include "core/play/feeder.h"

#include "core/base/memory.h"
#include "core/dsp/resample.h"
#include "core/render/fold.h"

enum {
  RUN_IN_SAMPLES = 1024, /* longer than the resampler's filter at rates near each other */
  OUT_FRAMES = 4096,
};

struct SgFeeder {
  SgPlaySource *source;
  SgRenderSettings settings;
  SgResampler *resampler;
  uint32_t n_stems, n_channels;
  int64_t next;                 /* sample of the song to read next */
  int64_t n_skip;               /* frames of the run-in, still to be dropped */
  size_t block;                 /* samples read at a time */
  size_t n_ready, ready_at;     /* folded samples that the resampler has not taken yet */
  float *stems[SG_MAX_SOURCES]; /* without a renderer: the song's channels */
  float *folded;                /* [block][n_stems × 2] */
  float *out;                   /* [OUT_FRAMES][n_stems × 2] */
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

static int64_t
greatest_common_divisor(int64_t a, int64_t b)
{
  while (b != 0) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

int64_t
sg_feeder_grid(uint32_t song_rate_hz, uint32_t device_rate_hz)
{
  return device_rate_hz / greatest_common_divisor(song_rate_hz, device_rate_hz);
}

/* Moves the begin back by the run-in, a whole number of grid steps where these are short. */
static void
begin_before(SgFeeder *feeder, int64_t start, uint32_t song_rate_hz, uint32_t device_rate_hz)
{
  feeder->next = start;
  if (song_rate_hz == device_rate_hz)
    return;
  int64_t step = song_rate_hz / greatest_common_divisor(song_rate_hz, device_rate_hz);
  int64_t run_in = RUN_IN_SAMPLES * (1 + song_rate_hz / device_rate_hz);
  if (step <= 8 * run_in)
    run_in = (run_in + step - 1) / step * step;
  feeder->next = start - run_in;
  feeder->n_skip = sg_resampled_length(run_in, song_rate_hz, device_rate_hz);
}

static bool
allocate(SgFeeder *feeder)
{
  bool complete = true;
  uint32_t n_buffers = feeder->source->what.renderer != NULL ? feeder->n_stems : feeder->n_channels;
  size_t width = feeder->source->what.renderer != NULL ? feeder->n_channels : 1;
  for (uint32_t i = 0; i < n_buffers; i++) {
    feeder->stems[i] = SG_NEW(float, feeder->block *width);
    complete = complete && feeder->stems[i] != NULL;
  }
  feeder->folded = SG_NEW(float, feeder->block * 2 * feeder->n_stems);
  feeder->out = SG_NEW(float, (size_t)OUT_FRAMES * 2 * feeder->n_stems);
  if (feeder->source->what.renderer != NULL && feeder->source->work == NULL)
    feeder->source->work = sg_render_work_new(feeder->source->what.renderer);
  return complete && feeder->folded != NULL && feeder->out != NULL &&
         (feeder->source->what.renderer == NULL || feeder->source->work != NULL);
}

SgStatus
sg_feeder_new(SgPlaySource *source, const SgRenderSettings *settings, uint32_t device_rate_hz, int64_t start,
              SgFeeder **out_feeder, SgError *error)
{
  *out_feeder = NULL;
  SgFeeder *feeder = SG_NEW(SgFeeder, 1);
  if (feeder == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  uint32_t rate = sg_pcm_rate(source->what.pcm);
  size_t block = rate / 10 + 1;
  *feeder = (SgFeeder){ .source = source,
                        .settings = *settings,
                        .n_stems = source->what.n_stems,
                        .n_channels = sg_pcm_n_channels(source->what.pcm),
                        .block = block < SG_RENDER_MAX_SAMPLES ? block : SG_RENDER_MAX_SAMPLES };
  begin_before(feeder, start, rate, device_rate_hz);
  SgStatus status = allocate(feeder) ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK)
    status = sg_resampler_new(rate, device_rate_hz, 2 * feeder->n_stems, &feeder->resampler, error);
  if (status != SG_OK) {
    sg_feeder_free(feeder);
    return status;
  }
  *out_feeder = feeder;
  return SG_OK;
}

void
sg_feeder_free(SgFeeder *feeder)
{
  if (feeder == NULL)
    return;
  sg_resampler_free(feeder->resampler);
  for (int i = 0; i < SG_MAX_SOURCES; i++)
    sg_free(feeder->stems[i]);
  sg_free(feeder->folded);
  sg_free(feeder->out);
  sg_free(feeder);
}

static void
interleave(float *const *channels, uint32_t n_channels, size_t n, float *out)
{
  for (size_t i = 0; i < n; i++)
    for (uint32_t c = 0; c < n_channels; c++)
      out[i * n_channels + c] = channels[c][i];
}

static SgStatus
read_song(SgFeeder *feeder, size_t n, SgError *error)
{
  SgStatus status = sg_pcm_read(feeder->source->what.pcm, feeder->next, (int64_t)n, feeder->stems, error);
  if (status != SG_OK)
    return status;
  float samples[64 * SG_MAX_CHANNELS];
  for (size_t at = 0; at < n; at += 64) {
    size_t count = n - at < 64 ? n - at : 64;
    float *channels[SG_MAX_CHANNELS];
    for (uint32_t c = 0; c < feeder->n_channels; c++)
      channels[c] = feeder->stems[c] + at;
    interleave(channels, feeder->n_channels, count, samples);
    sg_fold(samples, feeder->n_channels, count, feeder->folded + 2 * at, 1);
  }
  return SG_OK;
}

static SgStatus
read_stems(SgFeeder *feeder, size_t n, SgError *error)
{
  const SgTransportSource *what = &feeder->source->what;
  SgStatus status = sg_renderer_render(what->renderer, feeder->source->work, &feeder->settings, feeder->next,
                                       (int64_t)n, feeder->stems, error);
  for (uint32_t j = 0; j < feeder->n_stems && status == SG_OK; j++)
    sg_fold(feeder->stems[j], feeder->n_channels, n, feeder->folded + 2 * j, feeder->n_stems);
  return status;
}

/* Reads the next block into `folded`; leaves n_ready 0 at the song's end. */
static SgStatus
refill(SgFeeder *feeder, SgError *error)
{
  int64_t left = sg_pcm_n_samples(feeder->source->what.pcm) - feeder->next;
  size_t n = left < (int64_t)feeder->block ? (size_t)(left > 0 ? left : 0) : feeder->block;
  if (n == 0)
    return SG_OK;
  SgStatus status =
      feeder->source->what.renderer != NULL ? read_stems(feeder, n, error) : read_song(feeder, n, error);
  if (status != SG_OK)
    return status;
  feeder->next += (int64_t)n;
  feeder->n_ready = n;
  feeder->ready_at = 0;
  return SG_OK;
}

/* Hands frames of feeder->out on, without those of the run-in. */
static void
write_frames(SgFeeder *feeder, SgMixer *mixer, int deck, size_t n)
{
  size_t skip = feeder->n_skip < (int64_t)n ? (size_t)feeder->n_skip : n;
  feeder->n_skip -= (int64_t)skip;
  sg_mixer_write(mixer, deck, feeder->out + skip * 2 * feeder->n_stems, n - skip);
}

SgStatus
sg_feeder_feed(SgFeeder *feeder, SgMixer *mixer, int deck, bool *out_ended, SgError *error)
{
  *out_ended = false;
  SgStatus status = feeder->n_ready == 0 ? refill(feeder, error) : SG_OK;
  bool draining = status == SG_OK && feeder->n_ready == 0;
  for (;;) {
    size_t room = sg_mixer_writable(mixer, deck), taken = 0, made = 0;
    room = room < OUT_FRAMES ? room : OUT_FRAMES;
    if (status != SG_OK || room == 0)
      return status;
    if (draining)
      status = sg_resampler_drain(feeder->resampler, feeder->out, room, &made, error);
    else
      status =
          sg_resampler_process(feeder->resampler, feeder->folded + feeder->ready_at * 2 * feeder->n_stems,
                               feeder->n_ready, &taken, feeder->out, room, &made, error);
    feeder->ready_at += taken;
    feeder->n_ready -= taken;
    write_frames(feeder, mixer, deck, made);
    *out_ended = status == SG_OK && draining && made == 0;
    if (*out_ended || (!draining && feeder->n_ready == 0 && made < room))
      return status;
  }
}
