#include "core/session/tile-work.h"

#include <math.h>
#include <string.h>

#include "core/render/spectrum.h"
#include "core/render/stem-reader.h"

enum {
  MAX_FRAMES_PER_COLUMN = 4,
  /* A column of a waveform that is longer than MAX_FRAMES_PER_COLUMN of these looks only at them. */
  PEAK_SAMPLES = 1024,
};

/* Levels of one frame that a column between two frames is made from. */
typedef struct {
  gint64 frame; /* −1: none */
  float *levels_db;
} FrameLevels;

struct SgTileWork {
  SgTrack *track;
  SgMaskSet *mask_set;
  guint window;
  guint n_sources;
  SgStftSize own;  /* of the separation */
  SgStftSize size; /* of the view */
  SgSpectrum *spectrum;
  SgRenderWork *render;
  SgStemReader *reader;
  float *samples[SG_MAX_CHANNELS]; /* [max(N, PEAK_SAMPLES)] */
  float *power;                    /* [n_bins] */
  float *levels;                   /* [n_bins] */
  float *own_shares;               /* [n_sources][own n_bins] of shares_frame */
  gint64 shares_frame;             /* −1: none */
  float *shares;                   /* [n_sources][n_bins] */
  FrameLevels around[2];
  SgSpectrogramPainter *painter;
  SgFrequencyAxis axis;
};

SgTileWork *
sg_tile_work_new(void)
{
  return g_new0(SgTileWork, 1);
}

static void
clear_masks(SgTileWork *work)
{
  g_clear_pointer(&work->reader, sg_stem_reader_free);
  g_clear_pointer(&work->render, sg_render_work_free);
  g_clear_pointer(&work->own_shares, g_free);
  g_clear_pointer(&work->shares, g_free);
  g_clear_object(&work->mask_set);
}

static void
clear_song(SgTileWork *work)
{
  clear_masks(work);
  g_clear_pointer(&work->spectrum, sg_spectrum_free);
  g_clear_pointer(&work->painter, sg_spectrogram_painter_free);
  g_clear_pointer(&work->power, g_free);
  g_clear_pointer(&work->levels, g_free);
  for (int c = 0; c < SG_MAX_CHANNELS; c++)
    g_clear_pointer(&work->samples[c], g_free);
  for (int i = 0; i < 2; i++)
    g_clear_pointer(&work->around[i].levels_db, g_free);
  g_clear_object(&work->track);
}

void
sg_tile_work_free(SgTileWork *work)
{
  if (work == NULL)
    return;
  clear_song(work);
  g_free(work);
}

static void
prepare_song(SgTileWork *work, const SgTileRecipe *recipe, guint window)
{
  const SgPcm *pcm = sg_track_get_pcm(recipe->track);
  clear_song(work);
  work->track = g_object_ref(recipe->track);
  work->window = window;
  work->own = sg_stft_size_for_rate(sg_track_get_rate(recipe->track));
  work->size = (SgStftSize){ .window = window, .hop = window / 4, .n_bins = window / 2 + 1 };
  work->power = g_new0(float, work->size.n_bins);
  work->levels = g_new0(float, work->size.n_bins);
  for (guint c = 0; c < sg_pcm_n_channels(pcm); c++)
    work->samples[c] = g_new0(float, MAX(window, PEAK_SAMPLES));
  for (int i = 0; i < 2; i++)
    work->around[i].levels_db = g_new0(float, work->size.n_bins);
  work->spectrum = sg_spectrum_new_sized(pcm, window);
}

static gboolean
prepare_masks(SgTileWork *work, const SgTileRecipe *recipe)
{
  if (work->mask_set == recipe->mask_set)
    return TRUE;
  clear_masks(work);
  work->mask_set = g_object_ref(recipe->mask_set);
  work->n_sources = sg_mask_set_get_n_sources(recipe->mask_set);
  const SgRenderer *renderer = sg_mask_set_get_renderer(recipe->mask_set);
  work->render = sg_render_work_new(renderer);
  work->reader =
      sg_stem_reader_new(renderer, work->n_sources, sg_pcm_n_channels(sg_track_get_pcm(recipe->track)));
  work->own_shares = g_new0(float, (gsize)work->n_sources * work->own.n_bins);
  work->shares = g_new0(float, (gsize)work->n_sources * work->size.n_bins);
  return work->render != NULL && work->reader != NULL;
}

static gboolean
axis_equal(const SgFrequencyAxis *a, const SgFrequencyAxis *b)
{
  return a->kind == b->kind && a->low_hz == b->low_hz && a->high_hz == b->high_hz && a->height == b->height;
}

gboolean
sg_tile_work_prepare(SgTileWork *work, const SgTileRecipe *recipe)
{
  guint rate_hz = sg_track_get_rate(recipe->track);
  guint window =
      recipe->scale.axes.window > 0 ? recipe->scale.axes.window : sg_stft_size_for_rate(rate_hz).window;
  if (work->track != recipe->track || work->window != window)
    prepare_song(work, recipe, window);
  if (work->spectrum == NULL || (recipe->mask_set != NULL && !prepare_masks(work, recipe)))
    return FALSE;
  SgFrequencyAxis axis = sg_tile_axes_frequency(recipe->scale.axes, rate_hz, recipe->scale.height);
  if (work->painter == NULL || !axis_equal(&axis, &work->axis)) {
    g_clear_pointer(&work->painter, sg_spectrogram_painter_free);
    work->painter = sg_spectrogram_painter_new(&axis, work->size.n_bins, (double)rate_hz / window);
    work->axis = axis;
  }
  /* Strengths and masks may have changed since the last tile. */
  work->shares_frame = -1;
  for (int i = 0; i < 2; i++)
    work->around[i].frame = -1;
  if (work->reader != NULL)
    sg_stem_reader_forget(work->reader);
  return work->painter != NULL;
}

gsize
sg_tile_work_get_n_bins(SgTileWork *work)
{
  return work->size.n_bins;
}

const SgSpectrogramPainter *
sg_tile_work_get_painter(SgTileWork *work)
{
  return work->painter;
}

static gint64
last_frame(SgTileWork *work)
{
  return sg_stft_n_frames(work->own, sg_track_get_n_samples(work->track)) - 1;
}

static gboolean
masks_are_ready(SgTileWork *work, gint64 frame)
{
  const SgMaskStore *masks = sg_separation_masks(sg_mask_set_get_separation(work->mask_set));
  return sg_mask_store_is_ready(masks, frame / sg_mask_store_shape(masks)->chunk_frames);
}

/* Whether all masks that act on samples start … start+n−1 are there. */
static gboolean
stem_is_ready(SgTileWork *work, gint64 start, gint64 n)
{
  gint64 first = CLAMP(start / work->own.hop, 0, last_frame(work));
  gint64 last = CLAMP((start + n) / work->own.hop + 1, 0, last_frame(work));
  return masks_are_ready(work, first) && masks_are_ready(work, last);
}

/* Samples of the row into work->samples; `ahead` will be wanted next. */
static gboolean
read_row(SgTileWork *work, const SgTileRecipe *recipe, gint64 start, gint64 n, gint64 ahead)
{
  if (recipe->source == SG_TILE_MIXTURE)
    return sg_pcm_read(sg_track_get_pcm(work->track), start, n, work->samples, NULL) == SG_OK;
  return stem_is_ready(work, start, n) &&
         sg_stem_reader_read(work->reader, work->render, &recipe->settings, (guint)recipe->source, start, n,
                             ahead, work->samples, NULL) == SG_OK;
}

static gboolean
shows_masks(const SgTileRecipe *recipe)
{
  return recipe->scale.mode == SG_TILE_MASK || recipe->scale.mode == SG_TILE_TINTED ||
         recipe->scale.mode == SG_TILE_SOURCES;
}

/* The stem's own frames serve when the window is the separation's; any other must see the stem's samples. */
static gboolean
has_frames(SgTileWork *work, const SgTileRecipe *recipe)
{
  return recipe->source != SG_TILE_MIXTURE && !shows_masks(recipe) && work->window == work->own.window;
}

static gboolean
power_at(SgTileWork *work, const SgTileRecipe *recipe, gint64 centre, float *out_power)
{
  gint64 window = work->window;
  if (recipe->source == SG_TILE_MIXTURE || shows_masks(recipe))
    return sg_spectrum_power_at(work->spectrum, centre, out_power, NULL) == SG_OK;
  if (has_frames(work, recipe)) {
    gint64 frame = CLAMP((centre + work->own.hop / 2) / work->own.hop, 0, last_frame(work));
    return masks_are_ready(work, frame) &&
           sg_renderer_frame_power(sg_mask_set_get_renderer(work->mask_set), work->render, &recipe->settings,
                                   recipe->source, frame, out_power, NULL) == SG_OK;
  }
  gboolean dense = recipe->scale.samples_per_column < (double)window;
  if (!read_row(work, recipe, centre - window / 2, window, dense ? SG_RENDER_MAX_SAMPLES : 0))
    return FALSE;
  sg_spectrum_power_of(work->spectrum, work->samples, out_power);
  return TRUE;
}

/* The levels of `frame`, from those kept around the last column when it is one of them. */
static const float *
kept_frame(SgTileWork *work, const SgTileRecipe *recipe, gint64 frame)
{
  FrameLevels *kept = &work->around[frame & 1];
  if (kept->frame != frame) {
    kept->frame = -1;
    if (!power_at(work, recipe, frame * work->own.hop, kept->levels_db))
      return NULL;
    sg_power_to_db(kept->levels_db, work->size.n_bins);
    kept->frame = frame;
  }
  return kept->levels_db;
}

/* The share of a source in bin `k` of the view, from the nearest bin of the separation. */
static float
own_share(SgTileWork *work, guint source, guint k)
{
  guint bin = work->window == work->own.window
                  ? k
                  : (guint)(((guint64)k * work->own.window + work->window / 2) / work->window);
  return work->own_shares[(gsize)source * work->own.n_bins + MIN(bin, work->own.n_bins - 1)];
}

static gboolean
load_shares(SgTileWork *work, const SgTileRecipe *recipe, gint64 centre)
{
  if (work->mask_set == NULL)
    return FALSE;
  gint64 frame = CLAMP((centre + work->own.hop / 2) / work->own.hop, 0, last_frame(work));
  if (frame == work->shares_frame)
    return TRUE;
  work->shares_frame = -1;
  if (!masks_are_ready(work, frame) ||
      sg_renderer_frame_shares(sg_mask_set_get_renderer(work->mask_set), work->render, &recipe->settings,
                               frame, work->own_shares, NULL) != SG_OK)
    return FALSE;
  work->shares_frame = frame;
  return TRUE;
}

/* Takes the loaded shares for the bins that are louder in work->power than in work->levels; all `first`. */
static void
keep_shares(SgTileWork *work, const SgTileRecipe *recipe, gboolean first)
{
  gboolean all = recipe->scale.mode == SG_TILE_SOURCES;
  guint n = all ? work->n_sources : 1;
  for (guint j = 0; j < n; j++)
    for (guint k = 0; k < work->size.n_bins; k++)
      if (first || work->power[k] > work->levels[k])
        work->shares[(gsize)j * work->size.n_bins + k] = own_share(work, all ? j : (guint)recipe->source, k);
}

/* A column shorter than a hop of a stem, made from the two frames around its centre. */
static gboolean
between_frames(SgTileWork *work, const SgTileRecipe *recipe, double centre)
{
  double place = centre / work->own.hop;
  gint64 last = last_frame(work);
  gint64 before = CLAMP((gint64)place, 0, last);
  const float *a = kept_frame(work, recipe, before);
  const float *b = a == NULL || before == last ? a : kept_frame(work, recipe, before + 1);
  if (b == NULL)
    return FALSE;
  float share = (float)(place - (double)before);
  for (guint k = 0; k < work->size.n_bins; k++)
    work->levels[k] = a[k] + share * (b[k] - a[k]);
  return TRUE;
}

/* The middle of samples start … end, or where the song's peak between them is as far as that is known: the
 * start of its hop. */
static gint64
choose_sample(SgTileWork *work, const SgTileRecipe *recipe, double start, double end)
{
  gsize n_bytes = 0;
  const float *peaks = recipe->hop_peaks != NULL ? g_bytes_get_data(recipe->hop_peaks, &n_bytes) : NULL;
  gint64 hop = work->own.hop, n = (gint64)(n_bytes / sizeof *peaks);
  gint64 first = (gint64)ceil(start / (double)hop), last = MIN((gint64)(end / (double)hop), n - 1);
  if (peaks == NULL || first >= last)
    return llround((start + end) / 2.0 / (double)hop) * hop;
  gint64 loudest_hop = first;
  for (gint64 i = first + 1; i <= last; i++)
    loudest_hop = peaks[i] > peaks[loudest_hop] ? i : loudest_hop;
  return loudest_hop * hop;
}

/* Any other column: the loudest of instants spread over it. */
static gboolean
loudest(SgTileWork *work, const SgTileRecipe *recipe, double start, gboolean *out_has_shares)
{
  double length = recipe->scale.samples_per_column;
  int n = (int)fmax(1.0, fmin(ceil(length / work->own.hop), MAX_FRAMES_PER_COLUMN));
  gboolean has_shares = shows_masks(recipe);
  for (int i = 0; i < n; i++) {
    /* Long columns look at the frames that the separation has. */
    gint64 sample = length < work->own.hop
                        ? (gint64)(start + length / 2.0)
                        : choose_sample(work, recipe, start + length * i / n, start + length * (i + 1) / n);
    if (!power_at(work, recipe, sample, work->power))
      return FALSE;
    has_shares = has_shares && load_shares(work, recipe, sample);
    if (has_shares)
      keep_shares(work, recipe, i == 0);
    for (guint k = 0; k < work->size.n_bins; k++)
      work->levels[k] = i == 0 ? work->power[k] : MAX(work->levels[k], work->power[k]);
  }
  sg_power_to_db(work->levels, work->size.n_bins);
  *out_has_shares = has_shares;
  return TRUE;
}

static gboolean
column_start(SgTileWork *work, const SgTileRecipe *recipe, gint64 column, double *out_start)
{
  *out_start = (double)column * recipe->scale.samples_per_column;
  return *out_start >= 0.0 && *out_start < (double)sg_track_get_n_samples(work->track);
}

gboolean
sg_tile_work_column(SgTileWork *work, const SgTileRecipe *recipe, gint64 column, SgTileColumn *out_column)
{
  double start, length = recipe->scale.samples_per_column;
  gboolean has_shares = FALSE;
  if (!column_start(work, recipe, column, &start))
    return FALSE;
  if (has_frames(work, recipe) && length < work->own.hop) {
    if (!between_frames(work, recipe, start + length / 2.0))
      return FALSE;
  } else if (!loudest(work, recipe, start, &has_shares))
    return FALSE;
  *out_column = (SgTileColumn){ .levels_db = work->levels, .shares = has_shares ? work->shares : NULL };
  return TRUE;
}

gboolean
sg_tile_work_extremes(SgTileWork *work, const SgTileRecipe *recipe, gint64 column, float *out_low,
                      float *out_high)
{
  double start, length = recipe->scale.samples_per_column;
  if (!column_start(work, recipe, column, &start))
    return FALSE;
  gint64 first = (gint64)start, end = MAX((gint64)(start + length), first + 1);
  gboolean dense = end - first <= MAX_FRAMES_PER_COLUMN * PEAK_SAMPLES;
  gint64 step = dense ? PEAK_SAMPLES : (end - first) / MAX_FRAMES_PER_COLUMN;
  float low = 1.0f, high = -1.0f;
  for (gint64 at = first; at < end; at += step) {
    gint64 from = dense ? at : choose_sample(work, recipe, (double)at, (double)(at + step));
    gint64 n = MIN(PEAK_SAMPLES, end - at);
    if (!read_row(work, recipe, from, n, dense ? SG_RENDER_MAX_SAMPLES : 0))
      return FALSE;
    for (guint c = 0; c < sg_pcm_n_channels(sg_track_get_pcm(work->track)); c++)
      for (gint64 i = 0; i < n; i++) {
        low = MIN(low, work->samples[c][i]);
        high = MAX(high, work->samples[c][i]);
      }
  }
  *out_low = low;
  *out_high = high;
  return TRUE;
}
