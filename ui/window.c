#include "ui/window-private.h"

#include <glib/gi18n.h>

#include "ui/diagnostics.h"
#include "ui/text-format.h"

G_DEFINE_FINAL_TYPE(SgWindow, sg_window, ADW_TYPE_APPLICATION_WINDOW)

enum { PROP_0, PROP_COLOURS, N_PROPS };
static GParamSpec *props[N_PROPS];

enum { RESPONSE_RETRY = 1 };

SgSession *
sg_window_get_session(SgWindow *self)
{
  g_return_val_if_fail(SG_IS_WINDOW(self), NULL);
  return self->session;
}

/* What can be done now */

static const char *
choose_task(SgWindow *self, gboolean opening_first)
{
  if (opening_first || sg_session_get_track(self->session) == NULL)
    return "none";
  if (sg_session_get_job(self->session) != NULL)
    return "job";
  return sg_session_get_mask_set(self->session) != NULL ? "export" : "separate";
}

void
sg_window_update(SgWindow *self)
{
  GtkWidget *widget = GTK_WIDGET(self);
  gboolean has_track = sg_session_get_track(self->session) != NULL;
  gboolean has_stems = sg_session_get_mask_set(self->session) != NULL;
  gboolean busy = sg_session_get_job(self->session) != NULL;
  gtk_stack_set_visible_child_name(self->pages, has_track ? "song" : busy ? "opening" : "empty");
  gtk_stack_set_visible_child_name(self->tasks, choose_task(self, busy && !has_track));

  gtk_widget_action_set_enabled(widget, "win.separate", has_track && !has_stems && !busy);
  gtk_widget_action_set_enabled(widget, "win.export", has_stems && !busy);
  gtk_widget_action_set_enabled(widget, "win.export-to", has_stems && !busy);
  gtk_widget_action_set_enabled(widget, "win.cancel", busy);
  static const char *const with_song[] = { "win.play-pause", "win.seek-start",   "win.seek-end",
                                           "win.seek-back",  "win.seek-forward", "win.pan-left",
                                           "win.pan-right",  "win.zoom-in",      "win.zoom-out",
                                           "win.zoom-fit" };
  for (gsize i = 0; i < G_N_ELEMENTS(with_song); i++)
    gtk_widget_action_set_enabled(widget, with_song[i], has_track);
  sg_window_update_playback(self);
}

void
sg_window_job_ended(SgWindow *self)
{
  sg_window_update(self);
  if (self->closing) {
    gtk_window_destroy(GTK_WINDOW(self));
    return;
  }
  g_autoptr(GFile) file = g_steal_pointer(&self->next_file);
  if (file != NULL)
    sg_window_open(self, file);
}

void
sg_window_present_dialog(GtkWidget *dialog)
{
  gtk_window_set_destroy_with_parent(GTK_WINDOW(dialog), TRUE);
  gtk_window_present(GTK_WINDOW(dialog));
}

void
sg_window_show_error(SgWindow *self, const char *heading, const GError *error)
{
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->closing)
    return;
  GtkWidget *dialog = adw_message_dialog_new(GTK_WINDOW(self), heading, error->message);
  adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(dialog), "close", _("_Close"));
  sg_window_present_dialog(dialog);
}

/* Following the session */

static void
on_job_progress(SgWindow *self)
{
  SgJob *job = sg_session_get_job(self->session);
  if (job == NULL)
    return;
  double fraction = sg_job_get_fraction(job), seconds_left = sg_job_get_seconds_left(job);
  const char *message = sg_job_get_message(job);
  g_autofree char *left = seconds_left >= 0.0 ? sg_format_time_left(seconds_left) : NULL;
  g_autofree char *text = left != NULL ? g_strdup_printf("%s, %s", message, left) : g_strdup(message);
  gtk_label_set_label(self->job_label, text != NULL ? text : "");
  gtk_progress_bar_set_fraction(self->job_bar, fraction);
  gtk_progress_bar_set_fraction(self->opening_bar, fraction);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->job_bar), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

static void
on_job_changed(SgWindow *self)
{
  SgJob *job = sg_session_get_job(self->session);
  sg_diagnostics_set_busy(job != NULL);
  if (job != NULL) {
    g_signal_connect_object(job, "notify::fraction", G_CALLBACK(on_job_progress), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(job, "notify::message", G_CALLBACK(on_job_progress), self, G_CONNECT_SWAPPED);
    on_job_progress(self);
  }
  sg_window_update(self);
}

static void
on_track_changed(SgWindow *self)
{
  SgTrack *track = sg_session_get_track(self->session);
  g_autofree char *description = track != NULL ? sg_track_dup_description(track) : NULL;
  const char *title = track != NULL ? sg_track_get_title(track) : "Stemglass";
  adw_window_title_set_title(self->title, title);
  adw_window_title_set_subtitle(self->title, description != NULL ? description : "");
  gtk_window_set_title(GTK_WINDOW(self), title);
  const char *warning = track != NULL ? sg_track_get_warning(track) : NULL;
  if (warning != NULL)
    gtk_label_set_label(self->warning_label, warning);
  gtk_info_bar_set_revealed(self->warning_bar, warning != NULL);
  sg_window_update(self);
}

static void
on_masks_changed(SgWindow *self)
{
  sg_diagnostics_masks_ready();
}

static void
on_output_error(SgWindow *self)
{
  const char *sentence = sg_player_get_output_error(sg_session_get_player(self->session));
  if (sentence != NULL) {
    g_autofree char *text = g_strdup_printf(_("Nothing can be heard: %s Everything else works."), sentence);
    gtk_label_set_label(self->output_label, text);
  }
  gtk_info_bar_set_revealed(self->output_bar, sentence != NULL);
}

static void
on_warning_bar_response(GtkInfoBar *bar, int response, gpointer data)
{
  gtk_info_bar_set_revealed(bar, FALSE);
}

static void
on_output_bar_response(GtkInfoBar *bar, int response, gpointer data)
{
  SgWindow *self = data;
  gtk_info_bar_set_revealed(bar, FALSE);
  if (response == RESPONSE_RETRY)
    gtk_widget_activate_action(GTK_WIDGET(self), "win.retry-output", NULL);
}

/* The window itself */

/* A running job is cancelled first, out of sight, so that it leaves nothing behind. */
static gboolean
sg_window_close_request(GtkWindow *window)
{
  SgWindow *self = SG_WINDOW(window);
  SgJob *job = sg_session_get_job(self->session);
  SgPlayer *player = sg_session_get_player(self->session);
  if (player != NULL)
    sg_player_pause(player);
  if (job == NULL)
    return GTK_WINDOW_CLASS(sg_window_parent_class)->close_request(window);
  self->closing = TRUE;
  sg_job_cancel(job);
  gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
  return TRUE;
}

static void
sg_window_map(GtkWidget *widget)
{
  GTK_WIDGET_CLASS(sg_window_parent_class)->map(widget);
  sg_diagnostics_window_shown(widget);
}

static void
sg_window_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  SgWindow *self = SG_WINDOW(object);
  switch (id) {
  case PROP_COLOURS:
    /* The menu asks while the template is still being built. */
    if (self->song_view != NULL)
      g_value_set_string(
          value,
          sg_colormap_name(sg_spectrogram_tiles_get_look(sg_song_view_get_tiles(self->song_view)).colormap));
    else
      g_value_set_static_string(value, sg_colormap_name(SG_COLORMAP_MAGMA));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_window_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  SgWindow *self = SG_WINDOW(object);
  SgSpectrogramTiles *tiles = sg_song_view_get_tiles(self->song_view);
  SgTileLook look = sg_spectrogram_tiles_get_look(tiles);
  switch (id) {
  case PROP_COLOURS:
    if (sg_colormap_find(g_value_get_string(value), &look.colormap))
      sg_spectrogram_tiles_set_look(tiles, look);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_window_dispose(GObject *object)
{
  SgWindow *self = SG_WINDOW(object);
  g_clear_object(&self->next_file);
  g_clear_object(&self->export_folder);
  gtk_widget_dispose_template(GTK_WIDGET(self), SG_TYPE_WINDOW);
  g_clear_object(&self->session);
  G_OBJECT_CLASS(sg_window_parent_class)->dispose(object);
}

static void
bind_children(GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child(widget_class, SgWindow, toasts);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, title);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, pages);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, tasks);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, warning_bar);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, warning_label);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, output_bar);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, output_label);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, demo_button);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, opening_page);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, opening_bar);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, job_bar);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, job_label);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, song_view);
  gtk_widget_class_bind_template_callback(widget_class, on_output_bar_response);
  gtk_widget_class_bind_template_callback(widget_class, on_warning_bar_response);
}

static void
sg_window_class_init(SgWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  object_class->get_property = sg_window_get_property;
  object_class->set_property = sg_window_set_property;
  object_class->dispose = sg_window_dispose;
  widget_class->map = sg_window_map;
  GTK_WINDOW_CLASS(klass)->close_request = sg_window_close_request;

  props[PROP_COLOURS] =
      g_param_spec_string("colours", NULL, NULL, "magma", G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties(object_class, N_PROPS, props);

  g_type_ensure(SG_TYPE_SONG_VIEW);
  gtk_widget_class_set_template_from_resource(widget_class, "/io/github/stemglass/Stemglass/ui/window.ui");
  bind_children(widget_class);
  sg_window_actions_class_init(widget_class);
  sg_window_playback_class_init(widget_class);
}

static void
sg_window_init(SgWindow *self)
{
  gtk_widget_init_template(GTK_WIDGET(self));
  g_autoptr(GError) error = NULL;
  g_autoptr(SgPlayer) player = sg_player_new_default(&error);
  if (player == NULL)
    g_warning("%s", error->message);
  self->session = sg_session_new(player);
  g_signal_connect_object(self->session, "notify::job", G_CALLBACK(on_job_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(self->session, "notify::track", G_CALLBACK(on_track_changed), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(self->session, "notify::mask-set", G_CALLBACK(sg_window_update), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(self->session, "masks-changed", G_CALLBACK(on_masks_changed), self,
                          G_CONNECT_SWAPPED);
  if (player != NULL)
    g_signal_connect_object(player, "notify::output-error", G_CALLBACK(on_output_error), self,
                            G_CONNECT_SWAPPED);
  sg_song_view_set_session(self->song_view, self->session);
  sg_window_init_playback(self);
  sg_window_add_drop_target(self);

  g_autofree char *demo = sg_window_dup_demo_path();
  gtk_widget_set_visible(self->demo_button, demo != NULL);
  gtk_widget_action_set_enabled(GTK_WIDGET(self), "win.open-demo", demo != NULL);
  sg_window_update(self);
}

SgWindow *
sg_window_new(GtkApplication *application)
{
  return g_object_new(SG_TYPE_WINDOW, "application", application, NULL);
}
