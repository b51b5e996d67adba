#include "ui/window-private.h"

#include <glib/gi18n.h>

#include "core/io/decoder.h"
#include "ui/recent-songs.h"

/* The demo song in the source tree (STEMGLASS_DATA_DIR) or where it was installed; NULL when it is not there.
 */
char *
sg_window_dup_demo_path(void)
{
  const char *data = g_getenv("STEMGLASS_DATA_DIR");
  g_autofree char *path = g_build_filename(data != NULL ? data : SG_PKGDATADIR, "demo", "mixture.flac", NULL);
  return g_file_test(path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer(&path) : NULL;
}

static void
on_opened(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SgWindow) self = data;
  g_autoptr(GError) error = NULL;
  if (!sg_session_open_finish(SG_SESSION(source), result, &error)) {
    sg_window_show_error(self, SG_TASK_OPEN, error);
  } else {
    g_autoptr(GFile) file = g_file_new_for_path(sg_track_get_path(sg_session_get_track(self->session)));
    g_autofree char *demo = sg_window_dup_demo_path();
    if (g_strcmp0(demo, sg_track_get_path(sg_session_get_track(self->session))) != 0)
      sg_recent_songs_add(file);
  }
  sg_window_job_ended(self);
  gtk_widget_grab_focus(GTK_WIDGET(self->song_view));
}

void
sg_window_open(SgWindow *self, GFile *file)
{
  g_return_if_fail(SG_IS_WINDOW(self));
  g_return_if_fail(G_IS_FILE(file));
  SgJob *job = sg_session_get_job(self->session);
  if (job != NULL) {
    g_set_object(&self->next_file, file);
    sg_job_cancel(job);
    return;
  }
  g_autofree char *name = g_file_get_basename(file);
  g_autofree char *shown = g_filename_display_name(name != NULL ? name : "");
  adw_status_page_set_title(self->opening_page, shown);
  self->task = SG_TASK_OPEN;
  sg_session_open_async(self->session, file, on_opened, g_object_ref(self));
}

static void
open_in_new_window(SgWindow *self, GFile *file)
{
  SgWindow *window = sg_window_new(gtk_window_get_application(GTK_WINDOW(self)));
  gtk_window_present(GTK_WINDOW(window));
  sg_window_open(window, file);
}

static void
on_replace_response(AdwMessageDialog *dialog, const char *response, gpointer data)
{
  SgWindow *self = SG_WINDOW(gtk_window_get_transient_for(GTK_WINDOW(dialog)));
  if (g_str_equal(response, "do"))
    sg_window_open(self, data);
  else if (g_str_equal(response, "window"))
    open_in_new_window(self, data);
}

static void
unref_with_closure(gpointer data, GClosure *closure)
{
  g_object_unref(data);
}

void
sg_window_open_asking(SgWindow *self, GFile *file)
{
  if (sg_session_get_mask_set(self->session) == NULL && self->task != SG_TASK_SEPARATE) {
    sg_window_open(self, file);
    return;
  }
  AdwMessageDialog *dialog =
      sg_window_ask(self, _("Close the Song That Is Open?"),
                    _("Its stems and how they are mixed go with it. What was exported stays."),
                    _("Close _It"), ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_add_response(dialog, "window", _("Open in a _New Window"));
  adw_message_dialog_set_response_appearance(dialog, "window", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response(dialog, "window");
  g_signal_connect_data(dialog, "response", G_CALLBACK(on_replace_response), g_object_ref(file),
                        unref_with_closure, 0);
  sg_window_present_dialog(GTK_WIDGET(dialog));
}

void
sg_window_open_demo(SgWindow *self)
{
  g_autofree char *path = sg_window_dup_demo_path();
  g_autoptr(GFile) file = path != NULL ? g_file_new_for_path(path) : NULL;
  if (file != NULL)
    sg_window_open_asking(self, file);
}

static void
on_song_chosen(GtkNativeDialog *dialog, int response, gpointer data)
{
  g_autoptr(SgWindow) self = data;
  g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
  if (response == GTK_RESPONSE_ACCEPT && file != NULL)
    sg_window_open_asking(self, file);
  gtk_native_dialog_destroy(dialog);
  g_object_unref(dialog);
}

static void
add_filters(GtkFileChooser *chooser)
{
  g_autoptr(GtkFileFilter) sound = gtk_file_filter_new();
  gtk_file_filter_set_name(sound, _("Sound files"));
  gtk_file_filter_add_mime_type(sound, "audio/*");
  for (const char *const *ending = sg_decoder_endings(); *ending != NULL; ending++)
    gtk_file_filter_add_suffix(sound, *ending);
  gtk_file_chooser_add_filter(chooser, sound);
  g_autoptr(GtkFileFilter) all = gtk_file_filter_new();
  gtk_file_filter_set_name(all, _("All files"));
  gtk_file_filter_add_pattern(all, "*");
  gtk_file_chooser_add_filter(chooser, all);
}

void
sg_window_choose_song(SgWindow *self)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new(_("Open a Song"), GTK_WINDOW(self),
                                                             GTK_FILE_CHOOSER_ACTION_OPEN, _("_Open"), NULL);
  gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(dialog), TRUE);
  add_filters(GTK_FILE_CHOOSER(dialog));
  g_signal_connect(dialog, "response", G_CALLBACK(on_song_chosen), g_object_ref(self));
  gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

static gboolean
on_drop(GtkDropTarget *target, const GValue *value, double x, double y, gpointer data)
{
  GSList *files = g_value_get_boxed(value);
  if (files == NULL)
    return FALSE;
  sg_window_open_asking(data, files->data);
  for (GSList *link = files->next; link != NULL; link = link->next)
    open_in_new_window(data, link->data);
  return TRUE;
}

void
sg_window_add_drop_target(SgWindow *self)
{
  GtkDropTarget *target = gtk_drop_target_new(GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  g_signal_connect(target, "drop", G_CALLBACK(on_drop), self);
  gtk_widget_add_controller(GTK_WIDGET(self->toasts), GTK_EVENT_CONTROLLER(target));
}
