#include "ui/song-view.h"

#include <glib/gi18n.h>
#include <math.h>

#include "core/session/cell-probe.h"
#include "core/session/session-marks.h"
#include "ui/colour-legend.h"
#include "ui/frequency-scale.h"
#include "ui/inspector-line.h"
#include "ui/overview.h"
#include "ui/popovers.h"
#include "ui/row-order.h"
#include "ui/source-style.h"
#include "ui/time-ruler.h"
#include "ui/track-row.h"
#include "ui/transport-bar.h"
#include "ui/view-options.h"

enum {
  /* While a strength fader moves, stems are painted anew at most this often. */
  STRENGTH_INTERVAL_MS = 60,
};

struct _SgSongView {
  GtkBox parent_instance;

  SgSession *session;
  SgViewRange *range;
  SgSpectrogramTiles *tiles;
  SgTimeMarks *marks;
  SgCellProbe *probe;
  SgSpectrogramView *probed; /* the view that was asked about; it may be gone */
  gboolean reads_out;        /* the cell cursor asked, not the pointer */
  SgSongOverview *overview_model;
  gboolean follow;
  gint64 position;
  guint tick;
  guint strength_timeout;

  GtkSizeGroup *strips; /* the rows' controls and what stands for them beside the ruler */
  GtkWidget *overview_box;
  GtkWidget *ruler_box;
  GtkWidget *scroller;
  GtkWidget *rows;
  GtkWidget *foot;
  GtkMenuButton *options_button;
  SgTransportBar *transport;
  SgTimeRuler *ruler;
  SgOverview *overview;
  SgInspectorLine *inspector;
  SgColourLegend *legend;
};

G_DEFINE_FINAL_TYPE(SgSongView, sg_song_view, GTK_TYPE_BOX)

enum { PROP_0, PROP_FOLLOW, N_PROPS };
static GParamSpec *props[N_PROPS];

enum { SELECTION, N_SIGNALS };
static guint signals[N_SIGNALS];

static guint
get_rate(SgSongView *self)
{
  return sg_view_range_get_rate(self->range);
}

/* The playhead */

static void
show_position(SgSongView *self, gint64 sample)
{
  self->position = sample;
  sg_transport_bar_set_position(self->transport, (double)sample / get_rate(self));
  sg_time_ruler_set_playhead(self->ruler, sample);
  sg_overview_set_playhead(self->overview, sample);
  for (GtkWidget *row = gtk_widget_get_first_child(self->rows); row != NULL;
       row = gtk_widget_get_next_sibling(row))
    sg_spectrogram_view_set_playhead(sg_track_row_get_view(SG_TRACK_ROW(row)), sample);
}

static gboolean
on_tick(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  SgSongView *self = SG_SONG_VIEW(widget);
  double before_x = sg_view_range_x_of(self->range, (double)self->position);
  gint64 position = sg_player_get_position(sg_session_get_player(self->session));
  show_position(self, position);
  /* The page is turned when the playhead runs out of it, not while someone looks elsewhere. */
  if (self->follow && before_x >= 0.0 && before_x <= sg_view_range_get_width(self->range))
    sg_view_range_reveal(self->range, (double)position);
  return G_SOURCE_CONTINUE;
}

static void
on_playing_changed(SgSongView *self)
{
  gboolean playing = sg_player_get_playing(sg_session_get_player(self->session));
  sg_transport_bar_set_playing(self->transport, playing);
  if (playing && self->tick == 0)
    self->tick = gtk_widget_add_tick_callback(GTK_WIDGET(self), on_tick, NULL, NULL);
  if (!playing && self->tick != 0) {
    gtk_widget_remove_tick_callback(GTK_WIDGET(self), self->tick);
    self->tick = 0;
    show_position(self, sg_player_get_position(sg_session_get_player(self->session)));
  }
}

static void
seek_to_sample(SgSongView *self, gint64 sample)
{
  sample = CLAMP(sample, 0, sg_view_range_get_n_samples(self->range));
  SgPlayer *player = sg_session_get_player(self->session);
  if (player != NULL)
    sg_player_seek(player, sample);
  SgMaskSet *mask_set = sg_session_get_mask_set(self->session);
  if (mask_set != NULL)
    sg_separation_set_focus(sg_mask_set_get_separation(mask_set), sample);
  show_position(self, sample);
}

static void
on_view_seek(SgSongView *self, gint64 sample)
{
  seek_to_sample(self, sample);
}

static void
on_transport_seek(SgSongView *self, double seconds)
{
  sg_song_view_seek(self, seconds);
}

/* The pointer */

/* The legend is about the row that was looked at last. */
static void
show_legend(SgSongView *self, SgSpectrogramView *view)
{
  sg_colour_legend_set_mode(self->legend, sg_spectrogram_view_get_mode(view));
}

static void
on_pointed(SgSongView *self, double sample, double freq_hz, SgSpectrogramView *view)
{
  double cursor_sample, cursor_hz;
  SgTrack *track = sg_session_get_track(self->session);
  if (isnan(sample) || track == NULL) {
    sg_cell_probe_forget(self->probe);
    sg_inspector_line_clear(self->inspector);
    sg_spectrogram_view_set_reading(view, NULL);
    return;
  }
  show_legend(self, view);
  g_set_weak_pointer(&self->probed, view);
  self->reads_out = sg_spectrogram_view_get_cursor(view, &cursor_sample, &cursor_hz) &&
                    cursor_sample == sample && cursor_hz == freq_hz;
  SgCellQuestion question = { .track = track,
                              .mask_set = sg_session_get_mask_set(self->session),
                              .settings = sg_session_get_settings(self->session),
                              .source = sg_spectrogram_view_get_source(view),
                              .sample = sample,
                              .freq_hz = freq_hz };
  sg_cell_probe_ask(self->probe, &question);
}

static void
on_cell_found(SgSongView *self)
{
  if (self->session == NULL || sg_session_get_track(self->session) == NULL)
    return;
  sg_inspector_line_set_cell(self->inspector, sg_cell_probe_get_cell(self->probe), get_rate(self),
                             sg_session_get_stems(self->session));
  if (self->reads_out && self->probed != NULL)
    sg_spectrogram_view_set_reading(self->probed, sg_inspector_line_get_text(self->inspector));
}

static void
on_overview_changed(SgSongView *self)
{
  GBytes *hop_peaks = sg_song_overview_get_hop_peaks(self->overview_model);
  if (hop_peaks != NULL)
    sg_spectrogram_tiles_set_hop_peaks(self->tiles, hop_peaks);
}

static void
on_selected(SgSongView *self, gint64 start, gint64 end)
{
  g_signal_emit(self, signals[SELECTION], 0, start, end);
}

/* Rows */

/* The stems' colours, for tiles and overview. */
static void
update_colours(SgSongView *self)
{
  SgTileLook look = sg_spectrogram_tiles_get_look(self->tiles);
  GListModel *stems = sg_session_get_stems(self->session);
  gboolean changed = FALSE;
  for (guint i = 0; i < g_list_model_get_n_items(stems); i++) {
    g_autoptr(SgStem) stem = g_list_model_get_item(stems, i);
    guint32 *colour = &look.source_colours[MIN(sg_stem_get_index(stem), SG_MAX_SOURCES - 1)];
    changed = changed || *colour != sg_source_colour_of_stem(stem)->argb;
    *colour = sg_source_colour_of_stem(stem)->argb;
  }
  if (changed)
    sg_spectrogram_tiles_set_look(self->tiles, look);
}

static void
on_move(SgSongView *self, int rows, GtkWidget *row)
{
  sg_row_order_move_by(row, rows, sg_session_get_history(self->session));
}

static void
on_dropped(SgSongView *self, GtkWidget *dragged, gboolean below, GtkWidget *row)
{
  sg_row_order_move_behind(dragged, below ? row : gtk_widget_get_prev_sibling(row),
                           sg_session_get_history(self->session));
}

static void
on_place_changed(SgSongView *self)
{
  sg_row_order_apply(self->rows);
}

static void
on_row_mode(SgSongView *self, GParamSpec *pspec, SgTrackRow *row)
{
  show_legend(self, sg_track_row_get_view(row));
}

static void
on_row_focus(SgSongView *self, GParamSpec *pspec, GtkWidget *view)
{
  if (gtk_widget_has_focus(view))
    show_legend(self, SG_SPECTROGRAM_VIEW(view));
}

/* A popover that closes with its row may put the focus back there, and the window would keep one that is not
 * in it.
 */
static void
remove_row(SgSongView *self, GtkWidget *row)
{
  GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));
  sg_popovers_close_in(row);
  gtk_box_remove(GTK_BOX(self->rows), row);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus(root) : NULL;
  if (focus != NULL && gtk_widget_get_root(focus) != root)
    gtk_root_set_focus(root, NULL);
}

static GtkWidget *
make_row(SgSongView *self, SgStem *stem)
{
  GtkWidget *row = sg_track_row_new(stem, self->range, self->tiles, self->marks);
  SgSpectrogramView *view = sg_track_row_get_view(SG_TRACK_ROW(row));
  sg_spectrogram_view_set_playhead(view, self->position);
  g_signal_connect_object(view, "seek", G_CALLBACK(on_view_seek), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(view, "pointed", G_CALLBACK(on_pointed), self, G_CONNECT_SWAPPED);
  sg_track_row_set_strip_group(SG_TRACK_ROW(row), self->strips);
  g_signal_connect_object(row, "move", G_CALLBACK(on_move), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(row, "dropped", G_CALLBACK(on_dropped), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(row, "notify::mode", G_CALLBACK(on_row_mode), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(view, "notify::has-focus", G_CALLBACK(on_row_focus), self, G_CONNECT_SWAPPED);
  if (stem != NULL) {
    g_signal_connect_object(stem, "notify::colour", G_CALLBACK(update_colours), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(stem, "notify::place", G_CALLBACK(on_place_changed), self, G_CONNECT_SWAPPED);
  }
  return row;
}

/* Row 0 is the mixture; the others may have been moved. */
static void
on_stems_changed(GListModel *stems, guint position, guint removed, guint added, SgSongView *self)
{
  if (sg_session_get_track(self->session) == NULL)
    return;
  for (GtkWidget *row = gtk_widget_get_first_child(self->rows); removed > 0 && row != NULL;) {
    GtkWidget *next = gtk_widget_get_next_sibling(row);
    SgStem *stem = sg_track_row_get_stem(SG_TRACK_ROW(row));
    guint place;
    if (stem != NULL && !g_list_store_find(G_LIST_STORE(stems), stem, &place))
      remove_row(self, row);
    row = next;
  }
  for (guint i = 0; i < added; i++) {
    g_autoptr(SgStem) stem = g_list_model_get_item(stems, position + i);
    gtk_box_append(GTK_BOX(self->rows), make_row(self, stem));
  }
  sg_row_order_apply(self->rows);
  update_colours(self);
}

static void
show_whole_axis(SgSongView *self)
{
  SgTileAxes axes = sg_spectrogram_tiles_get_axes(self->tiles);
  axes.low_hz = axes.high_hz = 0.0;
  sg_spectrogram_tiles_set_axes(self->tiles, axes);
}

static void
on_track_changed(SgSongView *self)
{
  SgTrack *track = sg_session_get_track(self->session);
  for (GtkWidget *row; (row = gtk_widget_get_first_child(self->rows)) != NULL;)
    remove_row(self, row);
  sg_spectrogram_tiles_set_source(self->tiles, track, sg_session_get_mask_set(self->session));
  sg_song_overview_set_source(self->overview_model, track, sg_session_get_mask_set(self->session));
  sg_cell_probe_forget(self->probe);
  sg_inspector_line_clear(self->inspector);
  if (track == NULL)
    return;
  show_whole_axis(self);
  sg_colour_legend_set_mode(self->legend, SG_TILE_SPECTRUM);
  sg_view_range_set_song(self->range, sg_track_get_n_samples(track), sg_track_get_rate(track));
  gtk_box_append(GTK_BOX(self->rows), make_row(self, NULL));
  GListModel *stems = sg_session_get_stems(self->session);
  on_stems_changed(stems, 0, 0, g_list_model_get_n_items(stems), self);
  sg_transport_bar_set_duration(self->transport, (double)sg_track_get_n_samples(track) / get_rate(self));
  show_position(self, 0);
}

static void
on_mask_set_changed(SgSongView *self)
{
  SgRenderSettings settings = sg_session_get_settings(self->session);
  sg_spectrogram_tiles_set_settings(self->tiles, &settings);
  sg_spectrogram_tiles_set_source(self->tiles, sg_session_get_track(self->session),
                                  sg_session_get_mask_set(self->session));
  sg_song_overview_set_settings(self->overview_model, &settings);
  sg_song_overview_set_source(self->overview_model, sg_session_get_track(self->session),
                              sg_session_get_mask_set(self->session));
}

static void
on_masks_changed(SgSongView *self, gint64 first_frame, gint64 n_frames)
{
  sg_spectrogram_tiles_invalidate(self->tiles, first_frame, n_frames);
  sg_song_overview_invalidate(self->overview_model, first_frame, n_frames);
}

static gboolean
on_strength_timeout(gpointer data)
{
  SgSongView *self = data;
  self->strength_timeout = 0;
  SgRenderSettings settings = sg_session_get_settings(self->session);
  sg_spectrogram_tiles_set_settings(self->tiles, &settings);
  sg_song_overview_set_settings(self->overview_model, &settings);
  return G_SOURCE_REMOVE;
}

static void
on_strength_changed(SgSongView *self)
{
  if (self->strength_timeout == 0)
    self->strength_timeout = g_timeout_add(STRENGTH_INTERVAL_MS, on_strength_timeout, self);
}

static void
sg_song_view_dispose(GObject *object)
{
  SgSongView *self = SG_SONG_VIEW(object);
  g_clear_handle_id(&self->strength_timeout, g_source_remove);
  if (self->tick != 0)
    gtk_widget_remove_tick_callback(GTK_WIDGET(self), self->tick);
  self->tick = 0;
  g_clear_object(&self->session);
  g_clear_weak_pointer(&self->probed);
  gtk_widget_dispose_template(GTK_WIDGET(self), SG_TYPE_SONG_VIEW);
  g_clear_object(&self->range);
  g_clear_object(&self->tiles);
  g_clear_object(&self->marks);
  g_clear_object(&self->probe);
  g_clear_object(&self->overview_model);
  g_clear_object(&self->strips);
  G_OBJECT_CLASS(sg_song_view_parent_class)->dispose(object);
}

/* The rows take the focus, so that the keys of the transport and the zoom act at once. */
static gboolean
sg_song_view_grab_focus(GtkWidget *widget)
{
  GtkWidget *row = gtk_widget_get_first_child(SG_SONG_VIEW(widget)->rows);
  return row != NULL && gtk_widget_grab_focus(GTK_WIDGET(sg_track_row_get_view(SG_TRACK_ROW(row))));
}

/* Keys that GtkWindow has a use of its own for, so that they must be caught below it. */
static void
add_keys(GtkWidgetClass *widget_class)
{
  static const struct {
    guint key;
    GdkModifierType modifiers;
    const char *action;
  } keys[] = {
    { GDK_KEY_space, 0, "win.play-pause" },
    { GDK_KEY_Home, 0, "win.seek-start" },
    { GDK_KEY_End, 0, "win.seek-end" },
    { GDK_KEY_Left, 0, "win.seek-back" },
    { GDK_KEY_Right, 0, "win.seek-forward" },
    { GDK_KEY_Left, GDK_CONTROL_MASK, "win.pan-left" },
    { GDK_KEY_Right, GDK_CONTROL_MASK, "win.pan-right" },
    { GDK_KEY_Left, GDK_ALT_MASK, "win.seek-back" },
    { GDK_KEY_Right, GDK_ALT_MASK, "win.seek-forward" },
    { GDK_KEY_f, 0, "view.follow" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
    gtk_widget_class_add_binding_action(widget_class, keys[i].key, keys[i].modifiers, keys[i].action, NULL);
}

static void
sg_song_view_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id) {
  case PROP_FOLLOW:
    g_value_set_boolean(value, SG_SONG_VIEW(object)->follow);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_song_view_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id) {
  case PROP_FOLLOW:
    sg_song_view_set_follow(SG_SONG_VIEW(object), g_value_get_boolean(value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_song_view_class_init(SgSongViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  object_class->dispose = sg_song_view_dispose;
  object_class->get_property = sg_song_view_get_property;
  object_class->set_property = sg_song_view_set_property;
  props[PROP_FOLLOW] = g_param_spec_boolean(
      "follow", NULL, NULL, TRUE, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties(object_class, N_PROPS, props);
  signals[SELECTION] = g_signal_new("selection", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                    NULL, G_TYPE_NONE, 2, G_TYPE_INT64, G_TYPE_INT64);
  gtk_widget_class_install_property_action(widget_class, "view.follow", "follow");
  widget_class->grab_focus = sg_song_view_grab_focus;
  g_type_ensure(SG_TYPE_TRANSPORT_BAR);
  gtk_widget_class_set_css_name(widget_class, "songview");
  add_keys(widget_class);
  gtk_widget_class_set_template_from_resource(widget_class, "/io/github/stemglass/Stemglass/ui/song-view.ui");
  gtk_widget_class_bind_template_child(widget_class, SgSongView, overview_box);
  gtk_widget_class_bind_template_child(widget_class, SgSongView, ruler_box);
  gtk_widget_class_bind_template_child(widget_class, SgSongView, scroller);
  gtk_widget_class_bind_template_child(widget_class, SgSongView, rows);
  gtk_widget_class_bind_template_child(widget_class, SgSongView, foot);
  gtk_widget_class_bind_template_child(widget_class, SgSongView, options_button);
  gtk_widget_class_bind_template_child(widget_class, SgSongView, transport);
  gtk_widget_class_bind_template_callback(widget_class, on_transport_seek);
}

/* Empty stand-ins for a row's controls and frequency axis, so that the ruler begins where the rows do. */
static void
add_ruler_inset(SgSongView *self)
{
  GtkWidget *strip = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *scale = sg_frequency_scale_new(self->tiles, get_rate(self));
  sg_frequency_scale_set_mode(SG_FREQUENCY_SCALE(scale), SG_TILE_WAVEFORM);
  gtk_widget_set_size_request(strip, SG_TRACK_ROW_STRIP_WIDTH, -1);
  self->strips = gtk_size_group_new(GTK_SIZE_GROUP_HORIZONTAL);
  gtk_size_group_add_widget(self->strips, strip);
  gtk_box_set_spacing(GTK_BOX(self->ruler_box), SG_TRACK_ROW_SPACING);
  gtk_box_append(GTK_BOX(self->ruler_box), strip);
  gtk_box_append(GTK_BOX(self->ruler_box), scale);
}

static void
sg_song_view_init(SgSongView *self)
{
  gtk_widget_init_template(GTK_WIDGET(self));
  self->range = sg_view_range_new();
  self->tiles = sg_spectrogram_tiles_new();
  self->marks = sg_time_marks_new();
  self->probe = sg_cell_probe_new();
  self->overview_model = sg_song_overview_new();
  self->follow = TRUE;
  g_signal_connect_object(self->overview_model, "changed", G_CALLBACK(on_overview_changed), self,
                          G_CONNECT_SWAPPED);
  self->overview = SG_OVERVIEW(sg_overview_new(self->overview_model, self->tiles, self->range, self->marks));
  gtk_widget_set_hexpand(GTK_WIDGET(self->overview), TRUE);
  gtk_box_append(GTK_BOX(self->overview_box), GTK_WIDGET(self->overview));
  self->inspector = SG_INSPECTOR_LINE(sg_inspector_line_new());
  self->legend = SG_COLOUR_LEGEND(sg_colour_legend_new(self->tiles));
  gtk_box_prepend(GTK_BOX(self->foot), GTK_WIDGET(self->legend));
  gtk_box_prepend(GTK_BOX(self->foot), GTK_WIDGET(self->inspector));
  gtk_menu_button_set_popover(self->options_button, sg_view_options_new(self->tiles, G_OBJECT(self)));
  g_signal_connect_object(self->probe, "found", G_CALLBACK(on_cell_found), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(self->marks, "selected", G_CALLBACK(on_selected), self, G_CONNECT_SWAPPED);
  self->ruler = SG_TIME_RULER(sg_time_ruler_new(self->range, self->marks));
  gtk_widget_set_hexpand(GTK_WIDGET(self->ruler), TRUE);
  add_ruler_inset(self);
  gtk_box_append(GTK_BOX(self->ruler_box), GTK_WIDGET(self->ruler));
  g_signal_connect_object(self->ruler, "seek", G_CALLBACK(on_view_seek), self, G_CONNECT_SWAPPED);
}

void
sg_song_view_set_session(SgSongView *self, SgSession *session)
{
  g_return_if_fail(SG_IS_SONG_VIEW(self));
  g_return_if_fail(self->session == NULL);
  self->session = g_object_ref(session);
  g_signal_connect_object(session, "notify::track", G_CALLBACK(on_track_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(session, "notify::mask-set", G_CALLBACK(on_mask_set_changed), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(session, "masks-changed", G_CALLBACK(on_masks_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(session, "strength-changed", G_CALLBACK(on_strength_changed), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(sg_session_get_stems(session), "items-changed", G_CALLBACK(on_stems_changed), self,
                          0);
  if (sg_session_get_player(session) != NULL)
    g_signal_connect_object(sg_session_get_player(session), "notify::playing", G_CALLBACK(on_playing_changed),
                            self, G_CONNECT_SWAPPED);
  on_track_changed(self);
  sg_session_bind_marks(session, self->marks);
}

void
sg_song_view_zoom(SgSongView *self, double factor)
{
  g_return_if_fail(SG_IS_SONG_VIEW(self));
  double width = sg_view_range_get_width(self->range);
  double x = sg_view_range_x_of(self->range, (double)self->position);
  sg_view_range_zoom(self->range, factor, x >= 0.0 && x <= width ? x : width / 2.0);
}

SgViewRange *
sg_song_view_get_range(SgSongView *self)
{
  return self->range;
}

SgSpectrogramTiles *
sg_song_view_get_tiles(SgSongView *self)
{
  return self->tiles;
}

SgTimeMarks *
sg_song_view_get_marks(SgSongView *self)
{
  return self->marks;
}

SgSongOverview *
sg_song_view_get_overview(SgSongView *self)
{
  return self->overview_model;
}

void
sg_song_view_fit(SgSongView *self)
{
  g_return_if_fail(SG_IS_SONG_VIEW(self));
  show_whole_axis(self);
  sg_view_range_fit(self->range);
}

gboolean
sg_song_view_get_follow(SgSongView *self)
{
  return self->follow;
}

void
sg_song_view_set_follow(SgSongView *self, gboolean follow)
{
  g_return_if_fail(SG_IS_SONG_VIEW(self));
  if (follow == self->follow)
    return;
  self->follow = follow;
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_FOLLOW]);
}

void
sg_song_view_seek(SgSongView *self, double seconds)
{
  g_return_if_fail(SG_IS_SONG_VIEW(self));
  if (sg_session_get_track(self->session) == NULL)
    return;
  seek_to_sample(self, (gint64)(seconds * get_rate(self)));
  sg_view_range_reveal(self->range, (double)self->position);
}

double
sg_song_view_get_position(SgSongView *self)
{
  return (double)self->position / get_rate(self);
}

gboolean
sg_song_view_is_complete(SgSongView *self)
{
  g_return_val_if_fail(SG_IS_SONG_VIEW(self), FALSE);
  GtkWidget *row = gtk_widget_get_first_child(self->rows);
  for (; row != NULL; row = gtk_widget_get_next_sibling(row))
    if (!sg_spectrogram_view_is_complete(sg_track_row_get_view(SG_TRACK_ROW(row))))
      return FALSE;
  return gtk_widget_get_first_child(self->rows) != NULL;
}

SgTransportBar *
sg_song_view_get_transport(SgSongView *self)
{
  g_return_val_if_fail(SG_IS_SONG_VIEW(self), NULL);
  return self->transport;
}
