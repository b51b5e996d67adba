#include "core/play/feeder.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/dsp/resample.h"
#include "core/play/click.h"
#include "core/play/stretch.h"

enum {
  RUN_IN_SAMPLES = 1024, /* longer than the resampler's filter at rates near each other */
  OUT_FRAMES = 4096,
};

struct SgFeeder {
  SgPlayStyle style;
  SgDeckPlan plan;
  SgSongReader *reader;
  SgStretch *stretch; /* NULL: speed and pitch are the song's */
  SgResampler *resampler;
  SgClick click;
  int64_t travelled; /* of the next sample that is read */
  uint32_t width;    /* floats of a frame of the resampler: the deck's without the click */
  int64_t n_skip;    /* frames of the run-in, still to be dropped */
  int64_t n_lead;    /* frames of silence, still to be written */
  int64_t n_left;    /* frames until the stretched song's end; −1: as many as come */
  bool fades_in;     /* the song begins within, after a lead */
  int64_t n_written; /* frames after the lead */
  bool at_end;       /* the reader has given its last sample */
  float *block;      /* [reader's block][n_pairs × 2] */
  size_t block_left, block_at;
  float *stretched;   /* [SG_STRETCH_MAX_SAMPLES][2] */
  const float *ready; /* samples that the resampler has not taken yet */
  size_t n_ready;
  float *out;    /* [OUT_FRAMES][width] */
  float *frames; /* [OUT_FRAMES][width + 1], with the click */
};

bool
sg_play_style_is_stretched(const SgPlayStyle *style)
{
  return style->speed != 1.0 || style->semitones != 0.0;
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

/* By how many samples reading begins before the start; of those the stretch takes its own for itself. */
static int64_t
run_in(SgFeeder *feeder, uint32_t device_rate_hz)
{
  uint32_t song_rate_hz = feeder->plan.song_rate_hz;
  if (song_rate_hz == device_rate_hz && feeder->stretch == NULL)
    return 0;
  int64_t step = song_rate_hz / greatest_common_divisor(song_rate_hz, device_rate_hz);
  int64_t n = RUN_IN_SAMPLES * (1 + song_rate_hz / device_rate_hz);
  if (step <= 8 * n)
    n = (n + step - 1) / step * step;
  if (feeder->stretch == NULL) {
    feeder->n_skip = sg_resampled_length(n, song_rate_hz, device_rate_hz);
    return n;
  }
  feeder->n_skip = llround((double)n / sg_deck_plan_step(&feeder->plan, device_rate_hz));
  return n + sg_stretch_n_run_in(feeder->stretch);
}

static void
fill_plan(const SgPlaySource *source, const SgPlayStyle *style, SgDeckPlan *plan)
{
  bool stretched = sg_play_style_is_stretched(style);
  plan->n_stems = stretched ? 1 : source->what.n_stems;
  plan->n_mixed = stretched ? source->what.n_stems : 0;
  plan->has_mixture = !stretched && source->what.renderer != NULL;
  plan->has_click = style->grid != NULL;
  plan->song_rate_hz = sg_pcm_rate(source->what.pcm);
  plan->speed = style->speed;
  plan->loop = plan->start < style->loop.end ? style->loop : (SgLoop){ 0 };
}

static SgStatus
make_stages(SgFeeder *feeder, SgPlaySource *source, uint32_t device_rate_hz, SgError *error)
{
  const SgDeckPlan *plan = &feeder->plan;
  if (sg_play_style_is_stretched(&feeder->style)) {
    feeder->stretch = sg_stretch_new(plan->song_rate_hz, feeder->style.speed, feeder->style.semitones);
    feeder->stretched = SG_NEW(float, 2 * SG_STRETCH_MAX_SAMPLES);
    if (feeder->stretch == NULL || feeder->stretched == NULL)
      return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    double n = (double)(sg_pcm_n_samples(source->what.pcm) - plan->start);
    feeder->n_left = sg_loop_is_set(plan->loop) ? -1 : llround(n / sg_deck_plan_step(plan, device_rate_hz));
  }
  feeder->travelled = plan->start - run_in(feeder, device_rate_hz);
  SgStatus status = sg_song_reader_new(source, &feeder->style.settings, plan->loop, feeder->travelled,
                                       plan->returned, &feeder->reader, error);
  if (status != SG_OK)
    return status;
  feeder->width = 2 * (plan->n_stems + (plan->has_mixture ? 1 : 0));
  feeder->block =
      SG_NEW(float, sg_song_reader_block(feeder->reader) * 2 * sg_song_reader_n_pairs(feeder->reader));
  feeder->out = SG_NEW(float, (size_t)OUT_FRAMES * feeder->width);
  feeder->frames = SG_NEW(float, (size_t)OUT_FRAMES *(feeder->width + 1));
  if (feeder->block == NULL || feeder->out == NULL || feeder->frames == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  return sg_resampler_new(plan->song_rate_hz, device_rate_hz, feeder->width, &feeder->resampler, error);
}

SgStatus
sg_feeder_new(SgPlaySource *source, const SgPlayStyle *style, uint32_t device_rate_hz, SgDeckPlan *plan,
              SgFeeder **out_feeder, SgError *error)
{
  *out_feeder = NULL;
  SgFeeder *feeder = SG_NEW(SgFeeder, 1);
  if (feeder == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  fill_plan(source, style, plan);
  feeder->style = *style;
  feeder->style.grid = sg_beat_grid_ref(style->grid);
  feeder->plan = *plan;
  feeder->n_lead = plan->n_lead;
  feeder->n_left = -1;
  feeder->fades_in = plan->n_lead > 0 && plan->start > 0;
  if (plan->has_click)
    sg_click_init(&feeder->click, style->grid, plan, device_rate_hz);
  SgStatus status = make_stages(feeder, source, device_rate_hz, error);
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
  sg_song_reader_free(feeder->reader);
  sg_stretch_free(feeder->stretch);
  sg_resampler_free(feeder->resampler);
  sg_beat_grid_unref(feeder->style.grid);
  sg_free(feeder->block);
  sg_free(feeder->stretched);
  sg_free(feeder->out);
  sg_free(feeder->frames);
  sg_free(feeder);
}

/* Notes the levels of the block's stems for their meters. */
static void
note_levels(SgFeeder *feeder, SgMixer *mixer, int deck, size_t n)
{
  size_t n_pairs = sg_song_reader_n_pairs(feeder->reader);
  for (size_t at = 0; at < n; at += SG_MIXER_LEVEL_SAMPLES) {
    size_t end = n - at < SG_MIXER_LEVEL_SAMPLES ? n : at + SG_MIXER_LEVEL_SAMPLES;
    for (uint32_t j = 0; j < feeder->plan.n_mixed; j++) {
      float peak[2] = { 0.0f, 0.0f };
      for (size_t i = at; i < end; i++)
        for (int side = 0; side < 2; side++)
          peak[side] = fmaxf(peak[side], fabsf(feeder->style.gains[j][side] *
                                               feeder->block[2 * (i * n_pairs + j) + (size_t)side]));
      sg_mixer_note_level(mixer, deck, j, feeder->travelled + (int64_t)at, peak);
    }
  }
}

/* Sums the stems of the block with their gains, in place. */
static void
mix_stems(SgFeeder *feeder, size_t n)
{
  size_t n_pairs = sg_song_reader_n_pairs(feeder->reader), n_stems = feeder->plan.n_mixed;
  for (size_t i = 0; i < n; i++)
    for (int side = 0; side < 2; side++) {
      float sum = 0.0f;
      for (size_t j = 0; j < n_stems; j++)
        sum += feeder->style.gains[j][side] * feeder->block[2 * (i * n_pairs + j) + (size_t)side];
      feeder->block[2 * i + (size_t)side] = sum;
    }
}

static SgStatus
read_block(SgFeeder *feeder, SgMixer *mixer, int deck, SgError *error)
{
  size_t n;
  SgStatus status = sg_song_reader_read(feeder->reader, feeder->block, &n, error);
  feeder->block_left = n;
  feeder->block_at = 0;
  feeder->at_end = status == SG_OK && n == 0;
  if (feeder->stretch != NULL) {
    note_levels(feeder, mixer, deck, n);
    mix_stems(feeder, n);
  }
  feeder->travelled += (int64_t)n;
  return status;
}

/* Pushes what is read into the stretch until something comes out; n_ready stays 0 at the song's end. */
static SgStatus
stretch_some(SgFeeder *feeder, SgMixer *mixer, int deck, SgError *error)
{
  SgStatus status = SG_OK;
  for (;;) {
    feeder->ready = feeder->stretched;
    feeder->n_ready = sg_stretch_retrieve(feeder->stretch, feeder->stretched, SG_STRETCH_MAX_SAMPLES);
    if (feeder->n_ready > 0 || feeder->at_end)
      return SG_OK;
    if (feeder->block_left == 0)
      status = read_block(feeder, mixer, deck, error);
    if (status != SG_OK)
      return status;
    size_t n = feeder->block_left < SG_STRETCH_MAX_SAMPLES ? feeder->block_left : SG_STRETCH_MAX_SAMPLES;
    sg_stretch_process(feeder->stretch, feeder->block + 2 * feeder->block_at, n, feeder->at_end);
    feeder->block_at += n;
    feeder->block_left -= n;
  }
}

/* Makes the next samples ready for the resampler; none at the song's end. */
static SgStatus
refill(SgFeeder *feeder, SgMixer *mixer, int deck, SgError *error)
{
  if (feeder->stretch != NULL)
    return stretch_some(feeder, mixer, deck, error);
  SgStatus status = read_block(feeder, mixer, deck, error);
  feeder->ready = feeder->block;
  feeder->n_ready = feeder->block_left;
  return status;
}

/* Hands `n` frames on to the deck, with the click beside them. */
static void
write_frames(SgFeeder *feeder, SgMixer *mixer, int deck, const float *frames, size_t n)
{
  if (!feeder->plan.has_click) {
    sg_mixer_write(mixer, deck, frames, n);
    return;
  }
  size_t width = feeder->width;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < width; k++)
      feeder->frames[i * (width + 1) + k] = frames[i * width + k];
  sg_click_make(&feeder->click, feeder->frames + width, n, width + 1);
  sg_mixer_write(mixer, deck, feeder->frames, n);
}

/* After a lead the song would begin in its middle with a step. */
static void
fade_in(SgFeeder *feeder, float *frames, size_t n, uint32_t rate_hz)
{
  double length = SG_MIXER_FADE_S * rate_hz;
  for (size_t i = 0; i < n && (double)feeder->n_written + (double)i < length; i++)
    for (size_t k = 0; k < feeder->width; k++)
      frames[i * feeder->width + k] *= (float)(((double)feeder->n_written + (double)i) / length);
}

/* Hands frames of feeder->out on, without those of the run-in and those after the stretched song's end. */
static void
write_song(SgFeeder *feeder, SgMixer *mixer, int deck, size_t n)
{
  size_t skip = feeder->n_skip < (int64_t)n ? (size_t)feeder->n_skip : n;
  float *frames = feeder->out + skip * feeder->width;
  feeder->n_skip -= (int64_t)skip;
  n -= skip;
  if (feeder->n_left >= 0) {
    n = feeder->n_left < (int64_t)n ? (size_t)feeder->n_left : n;
    feeder->n_left -= (int64_t)n;
  }
  if (feeder->fades_in)
    fade_in(feeder, frames, n, sg_mixer_rate(mixer));
  feeder->n_written += (int64_t)n;
  write_frames(feeder, mixer, deck, frames, n);
}

/* The count-in; true while it is not all written. */
static bool
write_lead(SgFeeder *feeder, SgMixer *mixer, int deck)
{
  while (feeder->n_lead > 0) {
    size_t n = sg_mixer_writable(mixer, deck);
    n = n < OUT_FRAMES ? n : OUT_FRAMES;
    n = (int64_t)n < feeder->n_lead ? n : (size_t)feeder->n_lead;
    if (n == 0)
      return true;
    for (size_t i = 0; i < n * feeder->width; i++)
      feeder->out[i] = 0.0f;
    write_frames(feeder, mixer, deck, feeder->out, n);
    feeder->n_lead -= (int64_t)n;
    if (sg_mixer_writable(mixer, deck) == 0)
      return true;
  }
  return false;
}

SgStatus
sg_feeder_feed(SgFeeder *feeder, SgMixer *mixer, int deck, bool *out_ended, SgError *error)
{
  *out_ended = false;
  if (write_lead(feeder, mixer, deck))
    return SG_OK;
  SgStatus status = feeder->n_ready == 0 ? refill(feeder, mixer, deck, error) : SG_OK;
  bool draining = status == SG_OK && feeder->n_ready == 0;
  for (;;) {
    size_t room = sg_mixer_writable(mixer, deck), taken = 0, made = 0;
    room = room < OUT_FRAMES ? room : OUT_FRAMES;
    if (status != SG_OK || room == 0)
      return status;
    if (draining)
      status = sg_resampler_drain(feeder->resampler, feeder->out, room, &made, error);
    else
      status = sg_resampler_process(feeder->resampler, feeder->ready, feeder->n_ready, &taken, feeder->out,
                                    room, &made, error);
    feeder->ready += taken * feeder->width;
    feeder->n_ready -= taken;
    write_song(feeder, mixer, deck, made);
    *out_ended = status == SG_OK && ((draining && made == 0) || feeder->n_left == 0);
    if (*out_ended || (!draining && feeder->n_ready == 0 && made < room))
      return status;
  }
}
