#include "ui/song-view.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/frequency-scale.h"
#include "ui/text-format.h"
#include "ui/time-ruler.h"
#include "ui/track-row.h"
#include "ui/transport-bar.h"

enum {
  /* While a strength fader moves, stems are painted anew at most this often. */
  STRENGTH_INTERVAL_MS = 60,
  RULER_INSET = SG_TRACK_ROW_STRIP_WIDTH + SG_FREQUENCY_SCALE_WIDTH + 2 * SG_TRACK_ROW_SPACING,
};

struct _SgSongView {
  GtkBox parent_instance;

  SgSession *session;
  SgViewRange *range;
  SgSpectrogramTiles *tiles;
  gint64 position;
  guint tick;
  guint strength_timeout;

  GtkWidget *ruler_box;
  GtkWidget *scroller;
  GtkWidget *rows;
  GtkLabel *inspector_label;
  SgTransportBar *transport;
  SgTimeRuler *ruler;
};

G_DEFINE_FINAL_TYPE(SgSongView, sg_song_view, GTK_TYPE_BOX)

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
  if (before_x >= 0.0 && before_x <= sg_view_range_get_width(self->range))
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

static void
on_pointed(SgSongView *self, double sample, double freq_hz, double level_db, SgSpectrogramView *view)
{
  if (isnan(sample)) {
    gtk_label_set_label(self->inspector_label, "");
    return;
  }
  SgStem *stem = sg_track_row_get_stem(SG_TRACK_ROW(gtk_widget_get_parent(GTK_WIDGET(view))));
  g_autofree char *time = sg_format_time(sample / get_rate(self), 3);
  g_autofree char *frequency = sg_format_frequency(freq_hz);
  g_autofree char *pitch = sg_format_pitch(freq_hz);
  g_autofree char *level = isnan(level_db) ? NULL : sg_format_level(level_db);
  g_autofree char *text = g_strjoin("   ", stem != NULL ? sg_stem_get_name(stem) : _("Mixture"), time,
                                    frequency, pitch, level, NULL);
  gtk_label_set_label(self->inspector_label, text);
}

/* Rows */

static GtkWidget *
make_row(SgSongView *self, SgStem *stem)
{
  GtkWidget *row = sg_track_row_new(stem, self->range, self->tiles);
  SgSpectrogramView *view = sg_track_row_get_view(SG_TRACK_ROW(row));
  sg_spectrogram_view_set_playhead(view, self->position);
  g_signal_connect_object(view, "seek", G_CALLBACK(on_view_seek), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(view, "pointed", G_CALLBACK(on_pointed), self, G_CONNECT_SWAPPED);
  return row;
}

static GtkWidget *
nth_child(GtkWidget *parent, guint n)
{
  GtkWidget *child = gtk_widget_get_first_child(parent);
  for (; child != NULL && n > 0; n--)
    child = gtk_widget_get_next_sibling(child);
  return child;
}

/* Row 0 is the mixture, row i + 1 stem i. */
static void
on_stems_changed(GListModel *stems, guint position, guint removed, guint added, SgSongView *self)
{
  if (sg_session_get_track(self->session) == NULL)
    return;
  for (guint i = 0; i < removed; i++)
    gtk_box_remove(GTK_BOX(self->rows), nth_child(self->rows, position + 1));
  for (guint i = 0; i < added; i++) {
    g_autoptr(SgStem) stem = g_list_model_get_item(stems, position + i);
    gtk_box_insert_child_after(GTK_BOX(self->rows), make_row(self, stem),
                               nth_child(self->rows, position + i));
  }
}

static void
on_track_changed(SgSongView *self)
{
  SgTrack *track = sg_session_get_track(self->session);
  for (GtkWidget *row; (row = gtk_widget_get_first_child(self->rows)) != NULL;)
    gtk_box_remove(GTK_BOX(self->rows), row);
  sg_spectrogram_tiles_set_source(self->tiles, track, sg_session_get_mask_set(self->session));
  if (track == NULL)
    return;
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
}

static void
on_masks_changed(SgSongView *self, gint64 first_frame, gint64 n_frames)
{
  sg_spectrogram_tiles_invalidate(self->tiles, first_frame, n_frames);
}

static gboolean
on_strength_timeout(gpointer data)
{
  SgSongView *self = data;
  self->strength_timeout = 0;
  SgRenderSettings settings = sg_session_get_settings(self->session);
  sg_spectrogram_tiles_set_settings(self->tiles, &settings);
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
  gtk_widget_dispose_template(GTK_WIDGET(self), SG_TYPE_SONG_VIEW);
  g_clear_object(&self->range);
  g_clear_object(&self->tiles);
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
  };
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
    gtk_widget_class_add_binding_action(widget_class, keys[i].key, keys[i].modifiers, keys[i].action, NULL);
}

static void
sg_song_view_class_init(SgSongViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_song_view_dispose;
  widget_class->grab_focus = sg_song_view_grab_focus;
  g_type_ensure(SG_TYPE_TRANSPORT_BAR);
  gtk_widget_class_set_css_name(widget_class, "songview");
  add_keys(widget_class);
  gtk_widget_class_set_template_from_resource(widget_class, "/io/github/stemglass/Stemglass/ui/song-view.ui");
  gtk_widget_class_bind_template_child(widget_class, SgSongView, ruler_box);
  gtk_widget_class_bind_template_child(widget_class, SgSongView, scroller);
  gtk_widget_class_bind_template_child(widget_class, SgSongView, rows);
  gtk_widget_class_bind_template_child(widget_class, SgSongView, inspector_label);
  gtk_widget_class_bind_template_child(widget_class, SgSongView, transport);
  gtk_widget_class_bind_template_callback(widget_class, on_transport_seek);
}

static void
sg_song_view_init(SgSongView *self)
{
  gtk_widget_init_template(GTK_WIDGET(self));
  self->range = sg_view_range_new();
  self->tiles = sg_spectrogram_tiles_new();
  self->ruler = SG_TIME_RULER(sg_time_ruler_new(self->range));
  gtk_widget_set_hexpand(GTK_WIDGET(self->ruler), TRUE);
  gtk_widget_set_margin_start(GTK_WIDGET(self->ruler), RULER_INSET);
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
