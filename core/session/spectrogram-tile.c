#include "core/session/spectrogram-tile.h"

#include <math.h>
#include <string.h>

#include "core/plot/axis.h"
#include "core/plot/spectrogram-painter.h"
#include "core/render/spectrum.h"

enum { MAX_FRAMES_PER_COLUMN = 4 };

struct _SgSpectrogramTile {
  GObject parent_instance;

  guint height;
  SgTileLook look;
  GBytes *pixels; /* [height][SG_TILE_COLUMNS] */
  guint8 *codes;  /* the same shape */
  guint8 painted[SG_TILE_COLUMNS];
  guint n_painted;
};

G_DEFINE_FINAL_TYPE(SgSpectrogramTile, sg_spectrogram_tile, G_TYPE_OBJECT)

static void
sg_spectrogram_tile_finalize(GObject *object)
{
  SgSpectrogramTile *self = SG_SPECTROGRAM_TILE(object);
  g_clear_pointer(&self->pixels, g_bytes_unref);
  g_clear_pointer(&self->codes, g_free);
  G_OBJECT_CLASS(sg_spectrogram_tile_parent_class)->finalize(object);
}

static void
sg_spectrogram_tile_class_init(SgSpectrogramTileClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = sg_spectrogram_tile_finalize;
}

static void
sg_spectrogram_tile_init(SgSpectrogramTile *self)
{
}

guint
sg_spectrogram_tile_get_height(SgSpectrogramTile *self)
{
  return self->height;
}

GBytes *
sg_spectrogram_tile_get_pixels(SgSpectrogramTile *self)
{
  return self->pixels;
}

gsize
sg_spectrogram_tile_get_size(SgSpectrogramTile *self)
{
  return (gsize)self->height * SG_TILE_COLUMNS * (sizeof(guint32) + sizeof(guint8));
}

double
sg_spectrogram_tile_get_level(SgSpectrogramTile *self, guint column, guint row)
{
  if (column >= SG_TILE_COLUMNS || row >= self->height || !self->painted[column])
    return NAN;
  double share = self->codes[(gsize)row * SG_TILE_COLUMNS + column] / 255.0;
  return self->look.floor_db + share * (self->look.ceiling_db - self->look.floor_db);
}

guint
sg_spectrogram_tile_get_n_painted(SgSpectrogramTile *self)
{
  return self->n_painted;
}

/* Levels of one frame that a column between two frames is made from. */
typedef struct {
  gint64 frame; /* −1: none */
  float *levels_db;
} FrameLevels;

struct SgTileWork {
  SgTrack *track;
  SgMaskSet *mask_set;
  SgSpectrum *spectrum;
  SgRenderWork *render;
  SgStftSize size;
  float *power;  /* [n_bins] */
  float *levels; /* [n_bins] */
  FrameLevels around[2];
  SgSpectrogramPainter *painter;
  guint painter_height;
};

SgTileWork *
sg_tile_work_new(void)
{
  return g_new0(SgTileWork, 1);
}

static void
work_clear(SgTileWork *work)
{
  g_clear_pointer(&work->spectrum, sg_spectrum_free);
  g_clear_pointer(&work->render, sg_render_work_free);
  g_clear_pointer(&work->painter, sg_spectrogram_painter_free);
  g_clear_pointer(&work->power, g_free);
  g_clear_pointer(&work->levels, g_free);
  for (int i = 0; i < 2; i++)
    g_clear_pointer(&work->around[i].levels_db, g_free);
  g_clear_object(&work->mask_set);
  g_clear_object(&work->track);
}

void
sg_tile_work_free(SgTileWork *work)
{
  if (work == NULL)
    return;
  work_clear(work);
  g_free(work);
}

/* Makes the buffers fit the recipe; FALSE when memory is out. */
static gboolean
work_prepare(SgTileWork *work, const SgTileRecipe *recipe)
{
  guint rate_hz = sg_track_get_rate(recipe->track);
  if (work->track != recipe->track) {
    work_clear(work);
    work->track = g_object_ref(recipe->track);
    work->size = sg_stft_size_for_rate(rate_hz);
    work->power = g_new0(float, work->size.n_bins);
    work->levels = g_new0(float, work->size.n_bins);
    for (int i = 0; i < 2; i++)
      work->around[i].levels_db = g_new0(float, work->size.n_bins);
    work->spectrum = sg_spectrum_new(sg_track_get_pcm(recipe->track));
  }
  if (recipe->mask_set != NULL && work->mask_set != recipe->mask_set) {
    g_clear_pointer(&work->render, sg_render_work_free);
    g_set_object(&work->mask_set, recipe->mask_set);
    work->render = sg_render_work_new(sg_mask_set_get_renderer(recipe->mask_set));
  }
  if (work->painter == NULL || work->painter_height != recipe->scale.height) {
    g_clear_pointer(&work->painter, sg_spectrogram_painter_free);
    SgFrequencyAxis axis = sg_frequency_axis_for_rate(rate_hz, recipe->scale.height);
    work->painter = sg_spectrogram_painter_new(&axis, work->size.n_bins, (double)rate_hz / work->size.window);
    work->painter_height = recipe->scale.height;
  }
  for (int i = 0; i < 2; i++)
    work->around[i].frame = -1;
  return work->spectrum != NULL && work->painter != NULL &&
         (recipe->mask_set == NULL || work->render != NULL);
}

static gboolean
masks_are_ready(const SgTileRecipe *recipe, gint64 frame)
{
  const SgMaskStore *masks = sg_separation_masks(sg_mask_set_get_separation(recipe->mask_set));
  return sg_mask_store_is_ready(masks, frame / sg_mask_store_shape(masks)->chunk_frames);
}

static gboolean
frame_power(const SgTileRecipe *recipe, SgTileWork *work, gint64 frame, float *out_power)
{
  if (recipe->source == SG_TILE_MIXTURE)
    return sg_spectrum_power_at(work->spectrum, frame * work->size.hop, out_power, NULL) == SG_OK;
  return masks_are_ready(recipe, frame) &&
         sg_renderer_frame_power(sg_mask_set_get_renderer(recipe->mask_set), work->render, &recipe->settings,
                                 recipe->source, frame, out_power, NULL) == SG_OK;
}

/* The levels of `frame`, from those kept around the last column when it is one of them. */
static const float *
kept_frame(const SgTileRecipe *recipe, SgTileWork *work, gint64 frame)
{
  FrameLevels *kept = &work->around[frame & 1];
  if (kept->frame != frame) {
    kept->frame = -1;
    if (!frame_power(recipe, work, frame, kept->levels_db))
      return NULL;
    sg_power_to_db(kept->levels_db, work->size.n_bins);
    kept->frame = frame;
  }
  return kept->levels_db;
}

/* A column shorter than a hop, centred on `centre`. */
static gboolean
short_column(const SgTileRecipe *recipe, SgTileWork *work, double centre, gint64 last_frame)
{
  if (recipe->source == SG_TILE_MIXTURE) {
    if (sg_spectrum_power_at(work->spectrum, (gint64)centre, work->levels, NULL) != SG_OK)
      return FALSE;
    sg_power_to_db(work->levels, work->size.n_bins);
    return TRUE;
  }
  double place = centre / work->size.hop;
  gint64 before = CLAMP((gint64)place, 0, last_frame);
  const float *a = kept_frame(recipe, work, before);
  const float *b = a == NULL || before == last_frame ? a : kept_frame(recipe, work, before + 1);
  if (b == NULL)
    return FALSE;
  float share = (float)(place - (double)before);
  for (guint k = 0; k < work->size.n_bins; k++)
    work->levels[k] = a[k] + share * (b[k] - a[k]);
  return TRUE;
}

/* A column of a hop or more: the loudest of frames spread over it. */
static gboolean
long_column(const SgTileRecipe *recipe, SgTileWork *work, double start, gint64 last_frame)
{
  double length = recipe->scale.samples_per_column;
  int n = (int)fmin(ceil(length / work->size.hop), MAX_FRAMES_PER_COLUMN);
  for (int i = 0; i < n; i++) {
    gint64 frame = llround((start + length * (i + 0.5) / n) / work->size.hop);
    float *power = i == 0 ? work->levels : work->power;
    if (!frame_power(recipe, work, CLAMP(frame, 0, last_frame), power))
      return FALSE;
    for (guint k = 0; i > 0 && k < work->size.n_bins; k++)
      work->levels[k] = MAX(work->levels[k], power[k]);
  }
  sg_power_to_db(work->levels, work->size.n_bins);
  return TRUE;
}

/* Fills work->levels; FALSE when the column cannot be shown (yet). */
static gboolean
column_levels(const SgTileRecipe *recipe, SgTileWork *work, gint64 column)
{
  gint64 n_samples = sg_track_get_n_samples(recipe->track);
  double length = recipe->scale.samples_per_column;
  double start = (double)column * length;
  if (start < 0.0 || start >= (double)n_samples)
    return FALSE;
  gint64 last_frame = sg_stft_n_frames(work->size, n_samples) - 1;
  if (length < work->size.hop)
    return short_column(recipe, work, start + length / 2.0, last_frame);
  return long_column(recipe, work, start, last_frame);
}

static void
copy_column(SgSpectrogramTile *base, const SgSpectrogramImage *image, guint column)
{
  const guint32 *pixels = g_bytes_get_data(base->pixels, NULL);
  for (guint y = 0; y < image->height; y++) {
    gsize at = (gsize)y * image->width + column;
    image->pixels[at] = pixels[at];
    image->codes[at] = base->codes[at];
  }
}

SgSpectrogramTile *
sg_spectrogram_tile_paint(const SgTileRecipe *recipe, SgTileWork *work, SgSpectrogramTile *base,
                          const gint *cancelled)
{
  if (!work_prepare(work, recipe))
    return NULL;
  gsize n_pixels = (gsize)recipe->scale.height * SG_TILE_COLUMNS;
  g_autoptr(SgSpectrogramTile) tile = g_object_new(SG_TYPE_SPECTROGRAM_TILE, NULL);
  guint32 *pixels = g_new0(guint32, n_pixels);
  tile->pixels = g_bytes_new_take(pixels, n_pixels * sizeof *pixels);
  tile->codes = g_new0(guint8, n_pixels);
  tile->height = recipe->scale.height;
  tile->look = recipe->look;

  SgSpectrogramImage image = {
    .width = SG_TILE_COLUMNS, .height = tile->height, .pixels = pixels, .codes = tile->codes
  };
  const uint32_t *colours = sg_colormap(recipe->look.colormap);
  for (guint i = 0; i < SG_TILE_COLUMNS; i++) {
    if (g_atomic_int_get(cancelled))
      return NULL;
    if (base != NULL && base->painted[i])
      copy_column(base, &image, i);
    else if (column_levels(recipe, work, recipe->index * SG_TILE_COLUMNS + i))
      sg_spectrogram_painter_paint(work->painter, work->levels, 1, recipe->look.floor_db,
                                   recipe->look.ceiling_db, colours, &image, i);
    else
      continue;
    tile->painted[i] = TRUE;
    tile->n_painted++;
  }
  return g_steal_pointer(&tile);
}
