#include "ui/spectrogram-view.h"

#include <math.h>

#include "core/plot/axis.h"
#include "ui/tile-node.h"
#include "ui/time-gestures.h"

enum { MIN_HEIGHT = 48, MAX_TICKS = 32, GRID_GAP = 20 };

struct _SgSpectrogramView {
  GtkWidget parent_instance;

  SgViewRange *range;
  SgSpectrogramTiles *tiles;
  int source;
  gint64 playhead;
  double pointer_x, pointer_y; /* NAN while the pointer is elsewhere */

  SgTileScale shown;  /* the last scale at which everything in sight was there */
  SgTileScale fitted; /* the last scale that showed the whole song */
  gboolean complete;
  GHashTable *previews; /* tile index → GskRenderNode at preview_scale, until everything is there */
  SgTileScale preview_scale;
};

G_DEFINE_FINAL_TYPE(SgSpectrogramView, sg_spectrogram_view, GTK_TYPE_WIDGET)

enum { SEEK, POINTED, N_SIGNALS };
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
               .height = (guint)(gtk_widget_get_height(widget) * pixel) },
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
  if (scale.samples_per_column != self->preview_scale.samples_per_column ||
      scale.height != self->preview_scale.height)
    g_hash_table_remove_all(self->previews);
  self->preview_scale = scale;
  GskRenderNode *node = g_hash_table_lookup(self->previews, &index);
  if (node == NULL) {
    const SgTileScale old_scales[] = { self->shown, self->fitted };
    node = sg_tile_preview_new(self->tiles, self->source, scale, index, pixel, old_scales,
                               G_N_ELEMENTS(old_scales));
    if (node != NULL)
      g_hash_table_insert(self->previews, g_memdup2(&index, sizeof index), node);
  }
  return node;
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
  self->shown = sight->scale;
  if (sg_view_range_is_fitted(self->range))
    self->fitted = sight->scale;
  g_hash_table_remove_all(self->previews);
}

static void
snapshot_grid(SgSpectrogramView *self, GtkSnapshot *snapshot)
{
  static const GdkRGBA line = { 1, 1, 1, 0.07f };
  int width = gtk_widget_get_width(GTK_WIDGET(self)), height = gtk_widget_get_height(GTK_WIDGET(self));
  SgFrequencyAxis axis = sg_frequency_axis_for_rate(sg_view_range_get_rate(self->range), height);
  SgTick ticks[MAX_TICKS];
  size_t n = sg_frequency_axis_ticks(&axis, GRID_GAP, ticks, MAX_TICKS);
  for (size_t i = 0; i < n; i++)
    if (ticks[i].labelled)
      gtk_snapshot_append_color(snapshot, &line,
                                &GRAPHENE_RECT_INIT(0, (float)(int)ticks[i].position, (float)width, 1));
}

static void
snapshot_playhead(SgSpectrogramView *self, GtkSnapshot *snapshot)
{
  static const GdkRGBA shadow = { 0, 0, 0, 0.5f }, line = { 1, 1, 1, 0.95f };
  float x = (float)floor(sg_view_range_x_of(self->range, (double)self->playhead));
  float height = (float)gtk_widget_get_height(GTK_WIDGET(self));
  if (x < 0 || x > (float)gtk_widget_get_width(GTK_WIDGET(self)))
    return;
  gtk_snapshot_append_color(snapshot, &shadow, &GRAPHENE_RECT_INIT(x - 1, 0, 3, height));
  gtk_snapshot_append_color(snapshot, &line, &GRAPHENE_RECT_INIT(x, 0, 1, height));
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
  snapshot_grid(self, snapshot);
  snapshot_playhead(self, snapshot);
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

static double
level_at(SgSpectrogramView *self, double x, double y)
{
  Sight sight = get_sight(self);
  int pixel = gtk_widget_get_scale_factor(GTK_WIDGET(self));
  gint64 column = sight.first_column + (gint64)(x * pixel);
  gint64 index = floor_div(column, SG_TILE_COLUMNS);
  SgSpectrogramTile *tile = sg_spectrogram_tiles_get(self->tiles, self->source, sight.scale, index);
  if (tile == NULL || y < 0.0)
    return NAN;
  return sg_spectrogram_tile_get_level(tile, (guint)(column - index * SG_TILE_COLUMNS), (guint)(y * pixel));
}

/* Tells what lies under the pointer, which changes when it moves and when the view moves below it. */
static void
tell_pointed(SgSpectrogramView *self)
{
  if (isnan(self->pointer_x))
    return;
  double x = self->pointer_x, y = self->pointer_y;
  int height = gtk_widget_get_height(GTK_WIDGET(self));
  SgFrequencyAxis axis = sg_frequency_axis_for_rate(sg_view_range_get_rate(self->range), MAX(height, 1));
  double hz = sg_frequency_axis_hz(&axis, CLAMP(y, 0.0, height));
  double shown_x = CLAMP(x, 0.0, sg_view_range_get_width(self->range));
  g_signal_emit(self, signals[POINTED], 0, sg_view_range_sample_at(self->range, shown_x), hz,
                level_at(self, x, y));
}

static void
on_motion(GtkEventControllerMotion *controller, double x, double y, gpointer data)
{
  SgSpectrogramView *self = data;
  self->pointer_x = x;
  self->pointer_y = y;
  tell_pointed(self);
}

static void
on_leave(GtkEventControllerMotion *controller, gpointer data)
{
  SgSpectrogramView *self = data;
  self->pointer_x = self->pointer_y = NAN;
  g_signal_emit(self, signals[POINTED], 0, NAN, NAN, NAN);
}

static void
on_range_changed(SgSpectrogramView *self)
{
  gtk_widget_queue_draw(GTK_WIDGET(self));
  tell_pointed(self);
}

static void
on_pressed(GtkGestureClick *gesture, int n_press, double x, double y, gpointer data)
{
  SgSpectrogramView *self = data;
  gtk_widget_grab_focus(GTK_WIDGET(self));
  double sample =
      CLAMP(sg_view_range_sample_at(self->range, x), 0.0, (double)sg_view_range_get_n_samples(self->range));
  g_signal_emit(self, signals[SEEK], 0, (gint64)sample);
}

static void
on_tiles_changed(SgSpectrogramTiles *tiles, int source, SgSpectrogramView *self)
{
  if (source != self->source && source != SG_TILE_ALL)
    return;
  gtk_widget_queue_draw(GTK_WIDGET(self));
  tell_pointed(self);
}

static void
sg_spectrogram_view_dispose(GObject *object)
{
  SgSpectrogramView *self = SG_SPECTROGRAM_VIEW(object);
  if (self->range != NULL)
    g_signal_handlers_disconnect_by_data(self->range, self);
  if (self->tiles != NULL)
    g_signal_handlers_disconnect_by_data(self->tiles, self);
  g_clear_object(&self->range);
  g_clear_object(&self->tiles);
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
                                  G_TYPE_NONE, 3, G_TYPE_DOUBLE, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
}

static void
sg_spectrogram_view_init(SgSpectrogramView *self)
{
  GtkWidget *widget = GTK_WIDGET(self);
  self->pointer_x = self->pointer_y = NAN;
  self->previews =
      g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)gsk_render_node_unref);
  gtk_widget_set_focusable(widget, TRUE);
  gtk_widget_set_hexpand(widget, TRUE);
  gtk_widget_set_vexpand(widget, TRUE);
  gtk_widget_set_overflow(widget, GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_cursor_from_name(widget, "crosshair");

  GtkEventController *motion = gtk_event_controller_motion_new();
  g_signal_connect(motion, "motion", G_CALLBACK(on_motion), self);
  g_signal_connect(motion, "leave", G_CALLBACK(on_leave), self);
  gtk_widget_add_controller(widget, motion);

  GtkGesture *click = gtk_gesture_click_new();
  g_signal_connect(click, "pressed", G_CALLBACK(on_pressed), self);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(click));
}

GtkWidget *
sg_spectrogram_view_new(SgViewRange *range, SgSpectrogramTiles *tiles, int source)
{
  SgSpectrogramView *self = g_object_new(SG_TYPE_SPECTROGRAM_VIEW, NULL);
  self->range = g_object_ref(range);
  self->tiles = g_object_ref(tiles);
  self->source = source;
  g_signal_connect_swapped(range, "changed", G_CALLBACK(on_range_changed), self);
  g_signal_connect(tiles, "changed", G_CALLBACK(on_tiles_changed), self);
  sg_time_gestures_attach(GTK_WIDGET(self), range, GDK_BUTTON_MIDDLE);
  return GTK_WIDGET(self);
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
