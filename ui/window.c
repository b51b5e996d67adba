#include "ui/window-private.h"

#include <glib/gi18n.h>

#include "ui/describe.h"
#include "ui/diagnostics.h"
#include "ui/popovers.h"
#include "ui/recent-songs.h"
#include "ui/text-format.h"

G_DEFINE_FINAL_TYPE(SgWindow, sg_window, ADW_TYPE_APPLICATION_WINDOW)

enum { PROP_0, PROP_COLOURS, N_PROPS };
static GParamSpec *props[N_PROPS];

enum { RESPONSE_RETRY = 1, N_RECENT = 10 };

SgSession *
sg_window_get_session(SgWindow *self)
{
  g_return_val_if_fail(SG_IS_WINDOW(self), NULL);
  return self->session;
}

SgSettings *
sg_window_get_settings(SgWindow *self)
{
  g_return_val_if_fail(SG_IS_WINDOW(self), NULL);
  return self->settings;
}

SgMethodChoice *
sg_window_get_choice(SgWindow *self)
{
  g_return_val_if_fail(SG_IS_WINDOW(self), NULL);
  return self->choice;
}

/* What can be done now */

void
sg_window_update(SgWindow *self)
{
  GtkWidget *widget = GTK_WIDGET(self);
  gboolean has_track = sg_session_get_track(self->session) != NULL;
  gboolean has_stems = sg_session_get_mask_set(self->session) != NULL;
  gboolean busy = sg_session_get_job(self->session) != NULL;
  gtk_stack_set_visible_child_name(self->pages, has_track ? "song" : busy ? "opening" : "empty");
  /* One button, for what most people do next; all are in the menu and have keys. */
  gboolean as_chosen = has_stems && sg_window_is_separated_as_chosen(self);
  gtk_widget_set_visible(GTK_WIDGET(self->chooser), has_track);
  gtk_stack_set_visible_child_name(self->tasks, !has_track  ? "none"
                                                : busy      ? "job"
                                                : as_chosen ? "export"
                                                            : "separate");

  gtk_widget_action_set_enabled(widget, "win.separate", has_track && !as_chosen && !busy);
  gtk_widget_action_set_enabled(widget, "win.choose-method", has_track);
  gtk_widget_action_set_enabled(widget, "win.export", has_stems && !busy);
  gtk_widget_action_set_enabled(widget, "win.export-to", has_stems && !busy);
  gtk_widget_action_set_enabled(widget, "win.cancel", busy);
  static const char *const with_song[] = { "win.play-pause", "win.seek-start",   "win.seek-end",
                                           "win.seek-back",  "win.seek-forward", "win.pan-left",
                                           "win.pan-right",  "win.zoom-in",      "win.zoom-out",
                                           "win.zoom-fit",   "win.row-up",       "win.row-down",
                                           "win.mute",       "win.solo",         "win.focus-row" };
  for (gsize i = 0; i < G_N_ELEMENTS(with_song); i++)
    gtk_widget_action_set_enabled(widget, with_song[i], has_track);
  sg_window_update_playback(self);
}

void
sg_window_job_ended(SgWindow *self)
{
  self->task = SG_TASK_NONE;
  sg_window_update(self);
  if (self->closing) {
    gtk_window_destroy(GTK_WINDOW(self));
    return;
  }
  g_autoptr(GFile) file = g_steal_pointer(&self->next_file);
  if (file != NULL)
    sg_window_open(self, file);
}

/* Following the session */

void
sg_window_show_progress(SgWindow *self, double fraction, const char *message, double seconds_left)
{
  g_autofree char *left = seconds_left >= 0.0 ? sg_format_time_left(seconds_left) : NULL;
  g_autofree char *text = left != NULL ? g_strdup_printf("%s, %s", message, left) : g_strdup(message);
  gtk_label_set_label(self->job_label, message != NULL ? message : "");
  gtk_label_set_label(self->job_time_label, left != NULL ? left : "");
  gtk_widget_set_tooltip_text(self->job_box, text);
  gtk_progress_bar_set_fraction(self->job_bar, fraction);
  gtk_progress_bar_set_fraction(self->opening_bar, fraction);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->job_bar), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

static void
on_job_progress(SgWindow *self)
{
  SgJob *job = sg_session_get_job(self->session);
  if (job != NULL)
    sg_window_show_progress(self, sg_job_get_fraction(job), sg_job_get_message(job),
                            sg_job_get_seconds_left(job));
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
  g_clear_object(&self->separated);
  const char *warning = track != NULL ? sg_track_get_warning(track) : NULL;
  sg_window_show_warning(self, warning);
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
on_output_bar_response(GtkInfoBar *bar, int response, gpointer data)
{
  SgWindow *self = data;
  gtk_info_bar_set_revealed(bar, FALSE);
  if (response == RESPONSE_RETRY)
    gtk_widget_activate_action(GTK_WIDGET(self), "win.retry-output", NULL);
}

static void
on_choice_changed(SgWindow *self)
{
  sg_settings_set_method_choice(self->settings, self->choice);
  sg_window_update(self);
}

/* The window itself */

static void
remember_size(SgWindow *self)
{
  int width, height;
  gtk_window_get_default_size(GTK_WINDOW(self), &width, &height);
  g_object_set(self->settings, "window-maximized", gtk_window_is_maximized(GTK_WINDOW(self)), NULL);
  if (width > 0 && height > 0)
    g_object_set(self->settings, "window-width", width, "window-height", height, NULL);
}

static void
recall_size(SgWindow *self)
{
  int width, height;
  gboolean maximized;
  g_object_get(self->settings, "window-width", &width, "window-height", &height, "window-maximized",
               &maximized, NULL);
  gtk_window_set_default_size(GTK_WINDOW(self), width, height);
  if (maximized)
    gtk_window_maximize(GTK_WINDOW(self));
}

/* Before work is lost that takes long, it is asked; other jobs are cancelled first, out of sight, so that
 * they leave nothing behind. */
static gboolean
sg_window_close_request(GtkWindow *window)
{
  SgWindow *self = SG_WINDOW(window);
  SgJob *job = sg_session_get_job(self->session);
  SgPlayer *player = sg_session_get_player(self->session);
  if (job != NULL && !self->closing && (self->task == SG_TASK_SEPARATE || self->task == SG_TASK_EXPORT)) {
    sg_window_ask_to_close(self);
    return TRUE;
  }
  if (player != NULL)
    sg_player_pause(player);
  remember_size(self);
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
sg_window_unmap(GtkWidget *widget)
{
  sg_popovers_close_in(widget);
  GTK_WIDGET_CLASS(sg_window_parent_class)->unmap(widget);
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
  SgColormapId found;
  switch (id) {
  case PROP_COLOURS: /* the settings are followed */
    if (sg_colormap_find(g_value_get_string(value), &found))
      g_object_set(self->settings, "colours", g_value_get_string(value), NULL);
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
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data(self->settings, self);
  gtk_widget_dispose_template(GTK_WIDGET(self), SG_TYPE_WINDOW);
  g_clear_weak_pointer(&self->preferences);
  g_clear_weak_pointer(&self->warning);
  g_clear_weak_pointer(&self->exported);
  g_clear_weak_pointer(&self->beatless);
  g_clear_object(&self->choice);
  g_clear_object(&self->separated);
  g_clear_object(&self->trying);
  g_clear_object(&self->settings);
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
  gtk_widget_class_bind_template_child(widget_class, SgWindow, open_button);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, recent_popover);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, output_bar);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, output_label);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, start_page);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, opening_page);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, opening_bar);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, job_bar);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, job_box);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, job_label);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, job_time_label);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, chooser);
  gtk_widget_class_bind_template_child(widget_class, SgWindow, song_view);
  gtk_widget_class_bind_template_callback(widget_class, on_output_bar_response);
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
  widget_class->unmap = sg_window_unmap;
  GTK_WINDOW_CLASS(klass)->close_request = sg_window_close_request;

  props[PROP_COLOURS] =
      g_param_spec_string("colours", NULL, NULL, "magma", G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties(object_class, N_PROPS, props);

  g_type_ensure(SG_TYPE_METHOD_CHOOSER);
  g_type_ensure(SG_TYPE_SONG_VIEW);
  g_type_ensure(SG_TYPE_START_PAGE);
  gtk_widget_class_set_template_from_resource(widget_class, "/io/github/stemglass/Stemglass/ui/window.ui");
  bind_children(widget_class);
  sg_window_actions_class_init(widget_class);
  sg_window_playback_class_init(widget_class);
}

static void
follow_session(SgWindow *self)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SgPlayer) player = sg_player_new_default(&error);
  if (player == NULL)
    g_warning("%s", error->message);
  self->session = sg_session_new(player);
  sg_session_set_scratch_folder(self->session, sg_settings_get_scratch_folder(self->settings));
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
}

static void
sg_window_init(SgWindow *self)
{
  self->settings = sg_settings_new();
  self->choice = sg_settings_dup_method_choice(self->settings);
  gtk_widget_init_template(GTK_WIDGET(self));
  follow_session(self);
  sg_window_follow_settings(self);
  recall_size(self);
  sg_method_chooser_set_choice(self->chooser, self->choice);
  g_signal_connect_object(self->choice, "changed", G_CALLBACK(on_choice_changed), self, G_CONNECT_SWAPPED);
  sg_widget_describe(self->open_button, _("Recent songs"), _("Opens one of the songs that were open last"));
  gtk_popover_set_child(self->recent_popover, sg_recent_list_new(N_RECENT));
  sg_window_add_drop_target(self);
  sg_window_add_row_keys(self);

  g_autofree char *demo = sg_window_dup_demo_path();
  sg_start_page_set_has_demo(self->start_page, demo != NULL);
  gtk_widget_action_set_enabled(GTK_WIDGET(self), "win.open-demo", demo != NULL);
  sg_window_update(self);
}

SgWindow *
sg_window_new(GtkApplication *application)
{
  return g_object_new(SG_TYPE_WINDOW, "application", application, NULL);
}
