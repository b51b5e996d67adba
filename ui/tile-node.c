#include "ui/tile-node.h"

#include <math.h>

GskRenderNode *
sg_pixels_node(GBytes *pixels, guint width, guint height, int pixel)
{
  static const cairo_user_data_key_t key;
  cairo_surface_t *surface = cairo_image_surface_create_for_data(
      (unsigned char *)g_bytes_get_data(pixels, NULL), CAIRO_FORMAT_ARGB32, (int)width, (int)height,
      (int)(width * sizeof(guint32)));
  cairo_surface_set_user_data(surface, &key, g_bytes_ref(pixels), (cairo_destroy_func_t)g_bytes_unref);

  GskRenderNode *node = gsk_cairo_node_new(
      &GRAPHENE_RECT_INIT(0, 0, (float)width / (float)pixel, (float)height / (float)pixel));
  cairo_t *cr = gsk_cairo_node_get_draw_context(node);
  cairo_scale(cr, 1.0 / pixel, 1.0 / pixel);
  cairo_set_source_surface(cr, surface, 0.0, 0.0);
  cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
  cairo_paint(cr);
  /* The node's recording takes a picture of the surface and copies its pixels when the surface goes, so the
   * surface stays as long as the recording does. */
  cairo_surface_set_user_data(cairo_get_target(cr), &key, surface,
                              (cairo_destroy_func_t)cairo_surface_destroy);
  cairo_destroy(cr);
  return node;
}

GskRenderNode *
sg_tile_node(SgSpectrogramTile *tile, int pixel)
{
  GskRenderNode *node = g_object_get_data(G_OBJECT(tile), "sg-node");
  if (node == NULL) {
    node = sg_pixels_node(sg_spectrogram_tile_get_pixels(tile), SG_TILE_COLUMNS,
                          sg_spectrogram_tile_get_height(tile), pixel);
    g_object_set_data_full(G_OBJECT(tile), "sg-node", node, (GDestroyNotify)gsk_render_node_unref);
  }
  return node;
}

/* Where a column of a preview comes from. */
typedef struct {
  const guint32 *pixels; /* top of the column, NULL: nothing is known of it */
  const gint *rows;      /* [height of the preview]: row of the old tile, or -1 */
} Column;

/* Which row of an old scale shows what each row of the new one is to show. */
static void
map_rows(SgTileScale scale, SgTileScale old, guint rate_hz, gint *out_rows)
{
  gboolean same_axes = scale.mode == SG_TILE_WAVEFORM || sg_tile_axes_equal(scale.axes, old.axes);
  SgFrequencyAxis axis = sg_tile_axes_frequency(scale.axes, rate_hz, scale.height);
  SgFrequencyAxis old_axis = sg_tile_axes_frequency(old.axes, rate_hz, old.height);
  for (guint y = 0; y < scale.height; y++) {
    double old_y = same_axes ? (y + 0.5) * old.height / scale.height
                             : sg_frequency_axis_y(&old_axis, sg_frequency_axis_hz(&axis, y + 0.5));
    out_rows[y] = old_y >= 0.0 && old_y < old.height ? (gint)old_y : -1;
  }
}

/* An old scale, and the tile of it that was looked at last: neighbours mostly lie on the same. */
typedef struct {
  SgTileScale scale;
  gint *rows; /* as in Column */
  gint64 index;
  const guint32 *pixels; /* of tile `index`; NULL: there is none */
} Old;

static gboolean
find_column(SgSpectrogramTiles *tiles, int source, Old *old, double centre_sample, Column *out_column)
{
  if (centre_sample < 0.0)
    return FALSE;
  gint64 column = (gint64)(centre_sample / old->scale.samples_per_column);
  gint64 index = column / SG_TILE_COLUMNS;
  if (index != old->index) {
    SgSpectrogramTile *tile = sg_spectrogram_tiles_get(tiles, source, old->scale, index);
    old->pixels = tile == NULL ? NULL : g_bytes_get_data(sg_spectrogram_tile_get_pixels(tile), NULL);
    old->index = index;
  }
  if (old->pixels == NULL)
    return FALSE;
  *out_column = (Column){ old->pixels + (column - index * SG_TILE_COLUMNS), old->rows };
  return *out_column->pixels != 0;
}

static gboolean
find_columns(SgSpectrogramTiles *tiles, int source, SgTileScale scale, gint64 index, Old *olds, guint n_olds,
             Column *out_columns)
{
  gboolean any = FALSE;
  for (guint x = 0; x < SG_TILE_COLUMNS; x++) {
    double centre = ((double)(index * SG_TILE_COLUMNS + x) + 0.5) * scale.samples_per_column;
    gboolean found = FALSE;
    for (guint i = 0; i < n_olds && !found; i++)
      found = find_column(tiles, source, &olds[i], centre, &out_columns[x]);
    if (!found)
      out_columns[x].pixels = NULL;
    any = any || found;
  }
  return any;
}

GskRenderNode *
sg_tile_preview_new(SgSpectrogramTiles *tiles, int source, SgTileScale scale, gint64 index, int pixel,
                    const SgTileScale *old_scales, guint n_old_scales)
{
  Column columns[SG_TILE_COLUMNS];
  Old olds[SG_MAX_OLD_SCALES];
  guint n = 0;
  if (sg_spectrogram_tiles_get_track(tiles) == NULL)
    return NULL;
  guint rate_hz = sg_track_get_rate(sg_spectrogram_tiles_get_track(tiles));
  g_autofree gint *rows = g_new(gint, (gsize)SG_MAX_OLD_SCALES * scale.height);
  for (guint i = 0; i < n_old_scales && n < SG_MAX_OLD_SCALES; i++)
    if (old_scales[i].samples_per_column > 0.0 && old_scales[i].mode == scale.mode) {
      olds[n] = (Old){ .scale = old_scales[i], .rows = rows + (gsize)n * scale.height, .index = -1 };
      map_rows(scale, old_scales[i], rate_hz, olds[n].rows);
      n++;
    }
  if (!find_columns(tiles, source, scale, index, olds, n, columns))
    return NULL;
  gsize n_bytes = (gsize)scale.height * SG_TILE_COLUMNS * sizeof(guint32);
  guint32 *pixels = g_malloc(n_bytes);
  for (guint y = 0; y < scale.height; y++)
    for (guint x = 0; x < SG_TILE_COLUMNS; x++) {
      const Column *column = &columns[x];
      pixels[(gsize)y * SG_TILE_COLUMNS + x] = column->pixels == NULL || column->rows[y] < 0
                                                   ? 0
                                                   : column->pixels[(gsize)column->rows[y] * SG_TILE_COLUMNS];
    }
  g_autoptr(GBytes) bytes = g_bytes_new_take(pixels, n_bytes);
  return sg_pixels_node(bytes, SG_TILE_COLUMNS, scale.height, pixel);
}
