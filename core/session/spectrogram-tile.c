#include "core/session/spectrogram-tile.h"

#include <math.h>

#include "core/session/tile-work.h"

/* What of a mixture tinted by a mask belongs to others; behind a waveform; the mixture's own waveform. */
static const guint32 OTHERS = 0xff787880;
static const guint32 BACKGROUND = 0xff1b1b20;
static const guint32 MIXTURE_WAVE = 0xffc8c8d0;

struct _SgSpectrogramTile {
  GObject parent_instance;

  guint height;
  SgTileMode mode;
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
  if (column >= SG_TILE_COLUMNS || row >= self->height || !self->painted[column] ||
      self->mode == SG_TILE_MASK || self->mode == SG_TILE_WAVEFORM)
    return NAN;
  double share = self->codes[(gsize)row * SG_TILE_COLUMNS + column] / 255.0;
  return self->look.floor_db + share * (self->look.ceiling_db - self->look.floor_db);
}

guint
sg_spectrogram_tile_get_n_painted(SgSpectrogramTile *self)
{
  return self->n_painted;
}

gboolean
sg_tile_axes_equal(SgTileAxes a, SgTileAxes b)
{
  return a.kind == b.kind && a.low_hz == b.low_hz && a.high_hz == b.high_hz && a.window == b.window;
}

SgFrequencyAxis
sg_tile_axes_frequency(SgTileAxes axes, guint rate_hz, double height)
{
  SgFrequencyAxis axis = sg_frequency_axis_whole(axes.kind, rate_hz, height);
  if (axes.high_hz > axes.low_hz) {
    axis.low_hz = MAX(axes.low_hz, axis.low_hz);
    axis.high_hz = MIN(axes.high_hz, axis.high_hz);
  }
  return axis;
}

gboolean
sg_tile_scale_equal(SgTileScale a, SgTileScale b)
{
  return a.samples_per_column == b.samples_per_column && a.height == b.height && a.mode == b.mode &&
         sg_tile_axes_equal(a.axes, b.axes);
}

/* Painting */

static void
paint_waveform(const SgTileRecipe *recipe, const SgSpectrogramImage *image, guint column, float low,
               float high)
{
  guint32 colour =
      recipe->source == SG_TILE_MIXTURE ? MIXTURE_WAVE : recipe->look.source_colours[recipe->source];
  double middle = image->height / 2.0;
  /* At least the line of silence. */
  guint top = (guint)CLAMP(floor(middle - high * middle), 0.0, middle);
  guint bottom = (guint)CLAMP(ceil(middle - low * middle), top + 1.0, image->height);
  for (guint y = 0; y < image->height; y++)
    image->pixels[(gsize)y * image->width + column] = y >= top && y < bottom ? colour : BACKGROUND;
}

/* The mixture in the stem's colour where it owns it, grey elsewhere. */
static void
paint_tinted(const SgTileRecipe *recipe, SgTileWork *work, const SgTileColumn *column,
             const SgSpectrogramImage *image, guint at)
{
  const SgTileLook *look = &recipe->look;
  gsize n_bins = sg_tile_work_get_n_bins(work);
  const guint32 colours[] = { look->source_colours[recipe->source], OTHERS };
  g_autofree float *shares = g_new(float, 2 * n_bins);
  for (gsize k = 0; k < n_bins; k++) {
    shares[k] = column->shares[k];
    shares[n_bins + k] = 1.0f - column->shares[k];
  }
  sg_spectrogram_painter_paint_sources(sg_tile_work_get_painter(work), column->levels_db, shares, 2, colours,
                                       look->floor_db, look->ceiling_db, image, at);
}

/* FALSE when the column is to be painted again later. */
static gboolean
paint_spectrum(const SgTileRecipe *recipe, SgTileWork *work, const SgTileColumn *column,
               const SgSpectrogramImage *image, guint at)
{
  const SgTileLook *look = &recipe->look;
  const SgSpectrogramPainter *painter = sg_tile_work_get_painter(work);
  SgTileMode mode = recipe->scale.mode;
  if (mode == SG_TILE_SPECTRUM)
    sg_spectrogram_painter_paint(painter, column->levels_db, 1, look->floor_db, look->ceiling_db,
                                 sg_colormap(look->colormap), image, at);
  else if (mode == SG_TILE_SOURCES && column->shares == NULL)
    sg_spectrogram_painter_paint(painter, column->levels_db, 1, look->floor_db, look->ceiling_db,
                                 sg_colormap(SG_COLORMAP_GREY), image, at);
  else if (mode == SG_TILE_SOURCES)
    sg_spectrogram_painter_paint_sources(painter, column->levels_db, column->shares,
                                         sg_mask_set_get_n_sources(recipe->mask_set), look->source_colours,
                                         look->floor_db, look->ceiling_db, image, at);
  else if (column->shares == NULL)
    return FALSE;
  else if (mode == SG_TILE_MASK)
    sg_spectrogram_painter_paint_mask(painter, column->levels_db, column->shares, sg_colormap(look->colormap),
                                      image, at);
  else
    paint_tinted(recipe, work, column, image, at);
  return mode != SG_TILE_SOURCES || column->shares != NULL || recipe->mask_set == NULL;
}

static gboolean
paint_column(const SgTileRecipe *recipe, SgTileWork *work, const SgSpectrogramImage *image, guint at)
{
  gint64 column = recipe->index * SG_TILE_COLUMNS + at;
  if (recipe->scale.mode == SG_TILE_WAVEFORM) {
    float low, high;
    if (!sg_tile_work_extremes(work, recipe, column, &low, &high))
      return FALSE;
    paint_waveform(recipe, image, at, low, high);
    return TRUE;
  }
  SgTileColumn levels;
  return sg_tile_work_column(work, recipe, column, &levels) &&
         paint_spectrum(recipe, work, &levels, image, at);
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
  if (!sg_tile_work_prepare(work, recipe))
    return NULL;
  gsize n_pixels = (gsize)recipe->scale.height * SG_TILE_COLUMNS;
  g_autoptr(SgSpectrogramTile) tile = g_object_new(SG_TYPE_SPECTROGRAM_TILE, NULL);
  guint32 *pixels = g_new0(guint32, n_pixels);
  tile->pixels = g_bytes_new_take(pixels, n_pixels * sizeof *pixels);
  tile->codes = g_new0(guint8, n_pixels);
  tile->height = recipe->scale.height;
  tile->mode = recipe->scale.mode;
  tile->look = recipe->look;

  SgSpectrogramImage image = {
    .width = SG_TILE_COLUMNS, .height = tile->height, .pixels = pixels, .codes = tile->codes
  };
  for (guint i = 0; i < SG_TILE_COLUMNS; i++) {
    if (g_atomic_int_get(cancelled))
      return NULL;
    if (base != NULL && base->painted[i])
      copy_column(base, &image, i);
    else if (!paint_column(recipe, work, &image, i))
      continue;
    tile->painted[i] = TRUE;
    tile->n_painted++;
  }
  return g_steal_pointer(&tile);
}
