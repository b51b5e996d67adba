#include "ui/spectrogram-view-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/view-overlay.h"

enum { MIN_HEIGHT = 48 };

G_DEFINE_FINAL_TYPE(SgSpectrogramView, sg_spectrogram_view, GTK_TYPE_WIDGET)

enum { SEEK, POINTED, MENU, N_SIGNALS };
static guint signals[N_SIGNALS];

/* What is in sight, in device columns of a scale. */
typedef struct {
  SgTileScale scale;
  gint64 first_column;
  gint64 n_columns;
  gint64 first_tile, last_tile;
} Sight;

static gint64
floor_div(gint64 a, gint64 b)
{
  return a / b - (a % b < 0);
}

static Sight
get_sight(SgSpectrogramView *self)
{
  GtkWidget *widget = GTK_WIDGET(self);
  int pixel = gtk_widget_get_scale_factor(widget);
  Sight sight = {
    .scale = { .samples_per_column = sg_view_range_get_samples_per_pixel(self->range) / pixel,
               .height = (guint)(gtk_widget_get_height(widget) * pixel),
               .mode = self->mode,
               .axes = sg_spectrogram_tiles_get_axes(self->tiles) },
    .n_columns = (gint64)gtk_widget_get_width(widget) * pixel,
  };
  sight.first_column = llround(sg_view_range_get_start(self->range) / sight.scale.samples_per_column);
  sight.first_tile = floor_div(sight.first_column, SG_TILE_COLUMNS);
  sight.last_tile = floor_div(sight.first_column + MAX(sight.n_columns, 1) - 1, SG_TILE_COLUMNS);
  return sight;
}

/* Borrowed; NULL when nothing is known of this stretch. */
static GskRenderNode *
preview_of_tile(SgSpectrogramView *self, SgTileScale scale, gint64 index, int pixel)
{
  if (!sg_tile_scale_equal(scale, self->preview_scale))
    g_hash_table_remove_all(self->previews);
  self->preview_scale = scale;
  GskRenderNode *node = g_hash_table_lookup(self->previews, &index);
  if (node == NULL) {
    node = sg_tile_preview_new(self->tiles, self->source, scale, index, pixel, self->shown,
                               G_N_ELEMENTS(self->shown));
    if (node != NULL)
      g_hash_table_insert(self->previews, g_memdup2(&index, sizeof index), node);
  }
  return node;
}

/* Puts a scale first among those that previews are made of. The last place is for one that showed the whole
 * song, so that there is something of every stretch. */
static void
remember_shown(SgSpectrogramView *self, SgTileScale scale)
{
  if (sg_view_range_is_fitted(self->range))
    self->shown[SG_MAX_OLD_SCALES - 1] = scale;
  guint at = 0;
  while (at < SG_MAX_OLD_SCALES - 2 && !sg_tile_scale_equal(self->shown[at], scale))
    at++;
  for (; at > 0; at--)
    self->shown[at] = self->shown[at - 1];
  self->shown[0] = scale;
}

static void
snapshot_tiles(SgSpectrogramView *self, GtkSnapshot *snapshot, const Sight *sight)
{
  int pixel = gtk_widget_get_scale_factor(GTK_WIDGET(self));
  gboolean complete = TRUE;
  for (gint64 i = sight->first_tile; i <= sight->last_tile; i++) {
    SgSpectrogramTile *tile = sg_spectrogram_tiles_get(self->tiles, self->source, sight->scale, i);
    GskRenderNode *node =
        tile != NULL ? sg_tile_node(tile, pixel) : preview_of_tile(self, sight->scale, i, pixel);
    complete = complete && tile != NULL;
    if (node == NULL)
      continue;
    float x = (float)((double)(i * SG_TILE_COLUMNS - sight->first_column) / pixel);
    gtk_snapshot_save(snapshot);
    gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(x, 0));
    gtk_snapshot_append_node(snapshot, node);
    gtk_snapshot_restore(snapshot);
  }
  self->complete = complete;
  if (!complete)
    return;
  remember_shown(self, sight->scale);
  g_hash_table_remove_all(self->previews);
}

static void
snapshot_cursor(SgSpectrogramView *self, GtkSnapshot *snapshot, const SgFrequencyAxis *axis)
{
  GtkWidget *widget = GTK_WIDGET(self);
  if (!isnan(self->cursor_sample) && gtk_widget_has_focus(widget))
    sg_overlay_cursor(snapshot, sg_view_range_x_of(self->range, self->cursor_sample),
                      sg_frequency_axis_y(axis, self->cursor_hz), gtk_widget_get_width(widget),
                      gtk_widget_get_height(widget));
  if (!isnan(self->band_x))
    sg_overlay_band(snapshot, self->band_x, self->band_y, self->band_to_x, self->band_to_y);
}

static void
sg_spectrogram_view_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  SgSpectrogramView *self = SG_SPECTROGRAM_VIEW(widget);
  int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  if (width < 1 || height < 1)
    return;
  Sight sight = get_sight(self);
  sg_spectrogram_tiles_want(
      self->tiles, self->source, sight.scale, sight.first_tile,
      (guint)(sight.last_tile - sight.first_tile + 1),
      (gint64)((double)self->playhead / sight.scale.samples_per_column / SG_TILE_COLUMNS));
  gtk_snapshot_push_clip(snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
  snapshot_tiles(self, snapshot, &sight);
  SgFrequencyAxis axis = sg_spectrogram_view_get_axis(self);
  if (self->mode != SG_TILE_WAVEFORM)
    sg_overlay_grid(snapshot, &axis, width);
  sg_overlay_marks(snapshot, self->range, self->marks, width, height);
  sg_overlay_playhead(snapshot, self->range, self->playhead, width, height);
  snapshot_cursor(self, snapshot, &axis);
  gtk_snapshot_pop(snapshot);
}

static void
sg_spectrogram_view_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
  SgSpectrogramView *self = SG_SPECTROGRAM_VIEW(widget);
  sg_view_range_set_width(self->range, width);
}

static void
sg_spectrogram_view_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                            int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? MIN_HEIGHT : 0;
}

SgFrequencyAxis
sg_spectrogram_view_get_axis(SgSpectrogramView *self)
{
  return sg_tile_axes_frequency(sg_spectrogram_tiles_get_axes(self->tiles),
                                sg_view_range_get_rate(self->range),
                                MAX(gtk_widget_get_height(GTK_WIDGET(self)), 1));
}

double
sg_spectrogram_view_clamp_sample(SgSpectrogramView *self, double sample)
{
  return CLAMP(sample, 0.0, (double)sg_view_range_get_n_samples(self->range));
}

void
sg_spectrogram_view_emit_seek(SgSpectrogramView *self, double sample)
{
  g_signal_emit(self, signals[SEEK], 0, (gint64)sg_spectrogram_view_clamp_sample(self, sample));
}

void
sg_spectrogram_view_emit_pointed(SgSpectrogramView *self, double sample, double freq_hz)
{
  g_signal_emit(self, signals[POINTED], 0, sample, freq_hz);
}

void
sg_spectrogram_view_emit_menu(SgSpectrogramView *self, double x, double y)
{
  g_signal_emit(self, signals[MENU], 0, x, y);
}

static void
on_range_changed(SgSpectrogramView *self)
{
  gtk_widget_queue_draw(GTK_WIDGET(self));
  sg_spectrogram_view_tell_pointed(self);
}

static void
on_tiles_changed(SgSpectrogramTiles *tiles, int source, SgSpectrogramView *self)
{
  if (source != self->source && source != SG_TILE_ALL)
    return;
  gtk_widget_queue_draw(GTK_WIDGET(self));
  sg_spectrogram_view_tell_pointed(self);
}

static void
sg_spectrogram_view_dispose(GObject *object)
{
  SgSpectrogramView *self = SG_SPECTROGRAM_VIEW(object);
  if (self->range != NULL)
    g_signal_handlers_disconnect_by_data(self->range, self);
  if (self->tiles != NULL)
    g_signal_handlers_disconnect_by_data(self->tiles, self);
  if (self->marks != NULL)
    g_signal_handlers_disconnect_by_data(self->marks, self);
  g_clear_object(&self->range);
  g_clear_object(&self->tiles);
  g_clear_object(&self->marks);
  g_clear_pointer(&self->previews, g_hash_table_unref);
  G_OBJECT_CLASS(sg_spectrogram_view_parent_class)->dispose(object);
}

static void
sg_spectrogram_view_class_init(SgSpectrogramViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_spectrogram_view_dispose;
  widget_class->snapshot = sg_spectrogram_view_snapshot;
  widget_class->size_allocate = sg_spectrogram_view_size_allocate;
  widget_class->measure = sg_spectrogram_view_measure;
  gtk_widget_class_set_css_name(widget_class, "spectrogram");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  signals[SEEK] = g_signal_new("seek", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_INT64);
  signals[POINTED] = g_signal_new("pointed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
  signals[MENU] = g_signal_new("menu", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
  sg_spectrogram_view_add_keys(widget_class);
}

static void
sg_spectrogram_view_init(SgSpectrogramView *self)
{
  GtkWidget *widget = GTK_WIDGET(self);
  self->pointer_x = self->pointer_y = NAN;
  self->cursor_sample = self->cursor_hz = NAN;
  self->band_x = self->band_y = NAN;
  self->previews =
      g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)gsk_render_node_unref);
  gtk_widget_set_focusable(widget, TRUE);
  gtk_widget_set_hexpand(widget, TRUE);
  gtk_widget_set_vexpand(widget, TRUE);
  gtk_widget_set_overflow(widget, GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_cursor_from_name(widget, "crosshair");
  g_signal_connect(self, "notify::has-focus", G_CALLBACK(gtk_widget_queue_draw), NULL);
}

GtkWidget *
sg_spectrogram_view_new(SgViewRange *range, SgSpectrogramTiles *tiles, SgTimeMarks *marks, int source)
{
  SgSpectrogramView *self = g_object_new(SG_TYPE_SPECTROGRAM_VIEW, NULL);
  self->range = g_object_ref(range);
  self->tiles = g_object_ref(tiles);
  self->marks = g_object_ref(marks);
  self->source = source;
  g_signal_connect_swapped(range, "changed", G_CALLBACK(on_range_changed), self);
  g_signal_connect(tiles, "changed", G_CALLBACK(on_tiles_changed), self);
  g_signal_connect_swapped(tiles, "look-changed", G_CALLBACK(on_range_changed), self);
  g_signal_connect_swapped(marks, "changed", G_CALLBACK(gtk_widget_queue_draw), self);
  sg_spectrogram_view_add_controllers(self);
  sg_spectrogram_view_set_reading(self, NULL);
  return GTK_WIDGET(self);
}

int
sg_spectrogram_view_get_source(SgSpectrogramView *self)
{
  return self->source;
}

void
sg_spectrogram_view_set_mode(SgSpectrogramView *self, SgTileMode mode)
{
  g_return_if_fail(SG_IS_SPECTROGRAM_VIEW(self));
  if (mode == self->mode)
    return;
  self->mode = mode;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

SgTileMode
sg_spectrogram_view_get_mode(SgSpectrogramView *self)
{
  return self->mode;
}

gboolean
sg_spectrogram_view_get_cursor(SgSpectrogramView *self, double *out_sample, double *out_hz)
{
  *out_sample = self->cursor_sample;
  *out_hz = self->cursor_hz;
  return !isnan(self->cursor_sample);
}

void
sg_spectrogram_view_set_reading(SgSpectrogramView *self, const char *reading)
{
  g_return_if_fail(SG_IS_SPECTROGRAM_VIEW(self));
  if (reading == NULL)
    reading = _("Time from left to right, pitch from bottom to top. Click to seek, drag to select a loop. "
                "Arrow keys move a cell cursor that reads out what is there.");
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, reading, -1);
}

void
sg_spectrogram_view_set_playhead(SgSpectrogramView *self, gint64 sample)
{
  g_return_if_fail(SG_IS_SPECTROGRAM_VIEW(self));
  if (sample == self->playhead)
    return;
  self->playhead = sample;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

gboolean
sg_spectrogram_view_is_complete(SgSpectrogramView *self)
{
  g_return_val_if_fail(SG_IS_SPECTROGRAM_VIEW(self), FALSE);
  return self->complete && sg_spectrogram_tiles_get_n_pending(self->tiles) == 0;
}
