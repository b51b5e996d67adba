#include "ui/window-private.h"

#include <glib/gi18n.h>

#include "core/session/error.h"

static const struct {
  SgContainer container;
  SgBits bits;
  const char *name;
} formats[] = {
  { SG_CONTAINER_WAV, SG_BITS_32F, N_("WAV, 32-bit float (exact)") },
  { SG_CONTAINER_WAV, SG_BITS_24, N_("WAV, 24-bit") },
  { SG_CONTAINER_WAV, SG_BITS_16, N_("WAV, 16-bit") },
  { SG_CONTAINER_FLAC, SG_BITS_24, N_("FLAC, 24-bit") },
  { SG_CONTAINER_FLAC, SG_BITS_16, N_("FLAC, 16-bit") },
};

/* One export from the choice to the toast. */
typedef struct {
  SgWindow *window; /* NULL while a dialog asks: that has it as its parent and must not keep it */
  GFile *folder;
  SgContainer container;
  SgBits bits;
} Export;

static Export *
export_new(SgWindow *window, GFile *folder, SgContainer container, SgBits bits)
{
  Export *export = g_new0(Export, 1);
  g_set_object(&export->window, window);
  g_set_object(&export->folder, folder);
  export->container = container;
  export->bits = bits;
  return export;
}

static void
export_free(Export *export)
{
  g_clear_object(&export->window);
  g_clear_object(&export->folder);
  g_free(export);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Export, export_free)

/* The result */

static void
on_open_folder(AdwToast *toast, gpointer data)
{
  g_autofree char *uri = g_file_get_uri(data);
  gtk_show_uri(NULL, uri, GDK_CURRENT_TIME);
}

static void
show_exported(SgWindow *self, GFile *folder)
{
  guint n = g_list_model_get_n_items(sg_session_get_stems(self->session));
  g_autofree char *path = g_file_get_parse_name(folder);
  g_autofree char *text =
      g_strdup_printf(ngettext("Exported %u stem to %s", "Exported %u stems to %s", n), n, path);
  g_autofree char *escaped = g_markup_escape_text(text, -1);
  AdwToast *toast = adw_toast_new(escaped);
  adw_toast_set_timeout(toast, 10);
  adw_toast_set_button_label(toast, _("Open Folder"));
  g_signal_connect_data(toast, "button-clicked", G_CALLBACK(on_open_folder), g_object_ref(folder),
                        (GClosureNotify)(void (*)(void))g_object_unref, 0);
  adw_toast_overlay_add_toast(self->toasts, toast);
}

/* Says which stems were limited to full scale, if any were. */
static void
show_limited(SgWindow *self, const SgExportReport *report)
{
  GListModel *stems = sg_session_get_stems(self->session);
  g_autoptr(GString) lines = g_string_new(NULL);
  for (guint i = 0; i < g_list_model_get_n_items(stems); i++) {
    g_autoptr(SgStem) stem = g_list_model_get_item(stems, i);
    gint64 n_over = report->n_over[sg_stem_get_index(stem)];
    if (n_over > 0)
      g_string_append_printf(lines, _("%s: %" G_GINT64_FORMAT " samples over full scale\n"),
                             sg_stem_get_name(stem), n_over);
  }
  if (lines->len == 0)
    return;
  g_string_append(lines, _("\nThe chosen format cannot hold them, so they were limited to full scale. "
                           "32-bit float keeps them as they are."));
  GtkWidget *dialog = adw_message_dialog_new(GTK_WINDOW(self), _("Some Samples Were Limited"), lines->str);
  adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(dialog), "close", _("_Close"));
  sg_window_present_dialog(dialog);
}

static void
on_overwrite_response(AdwMessageDialog *dialog, const char *response, gpointer data)
{
  Export *export = data;
  if (g_str_equal(response, "replace"))
    sg_window_export_to(SG_WINDOW(gtk_window_get_transient_for(GTK_WINDOW(dialog))), export->folder,
                        export->container, export->bits, TRUE);
}

static void
free_with_closure(gpointer data, GClosure *closure)
{
  export_free(data);
}

static void
ask_to_overwrite(Export *export, const GError *error)
{
  GtkWidget *dialog = adw_message_dialog_new(GTK_WINDOW(export->window), _("Replace Files?"), NULL);
  adw_message_dialog_format_body(ADW_MESSAGE_DIALOG(dialog),
                                 _("%s Files of these names in the folder will be replaced."),
                                 error->message);
  adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "cancel", _("_Cancel"), "replace",
                                   _("_Replace"), NULL);
  adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), "replace", ADW_RESPONSE_DESTRUCTIVE);
  Export *again = export_new(NULL, export->folder, export->container, export->bits);
  g_signal_connect_data(dialog, "response", G_CALLBACK(on_overwrite_response), again, free_with_closure, 0);
  sg_window_present_dialog(dialog);
}

static void
on_exported(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(Export) export = data;
  g_autoptr(GError) error = NULL;
  SgExportReport report = { 0 };
  SgWindow *self = export->window;
  if (sg_session_export_finish(SG_SESSION(source), result, &report, &error)) {
    show_exported(self, export->folder);
    if (export->bits != SG_BITS_32F)
      show_limited(self, &report);
  } else if (g_error_matches(error, SG_ENGINE_ERROR, SG_EXISTS)) {
    ask_to_overwrite(export, error);
  } else {
    sg_window_show_error(self, _("The Stems Could Not Be Exported"), error);
  }
  sg_window_job_ended(self);
}

void
sg_window_export_to(SgWindow *self, GFile *folder, SgContainer container, SgBits bits, gboolean overwrite)
{
  sg_session_export_async(self->session, folder, container, bits, overwrite, on_exported,
                          export_new(self, folder, container, bits));
}

/* The choice */

/* The stems get a folder of their own in the chosen one, as the command line makes it. */
static void
on_folder_chosen(GtkNativeDialog *dialog, int response, gpointer data)
{
  g_autoptr(SgWindow) self = data;
  g_autoptr(GFile) chosen = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
  if (response == GTK_RESPONSE_ACCEPT && chosen != NULL) {
    const char *song = sg_track_get_path(sg_session_get_track(self->session));
    g_autofree char *name = sg_track_dup_folder_name(song);
    g_autoptr(GFile) folder = g_file_get_child(chosen, name);
    g_set_object(&self->export_folder, chosen);
    sg_window_export_to(self, folder, formats[self->export_format].container,
                        formats[self->export_format].bits, FALSE);
  }
  gtk_native_dialog_destroy(dialog);
  g_object_unref(dialog);
}

static void
choose_folder(SgWindow *self)
{
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new(_("Choose a Folder for the Stems"), GTK_WINDOW(self),
                                  GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Export Here"), NULL);
  gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(dialog), TRUE);
  g_autoptr(GFile) song = g_file_new_for_path(sg_track_get_path(sg_session_get_track(self->session)));
  g_autoptr(GFile) beside = g_file_get_parent(song);
  gtk_file_chooser_set_current_folder(GTK_FILE_CHOOSER(dialog),
                                      self->export_folder != NULL ? self->export_folder : beside, NULL);
  g_signal_connect(dialog, "response", G_CALLBACK(on_folder_chosen), g_object_ref(self));
  gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

static void
on_format_response(AdwMessageDialog *dialog, const char *response, gpointer data)
{
  SgWindow *self = data;
  if (!g_str_equal(response, "choose"))
    return;
  GtkWidget *list = adw_message_dialog_get_extra_child(dialog);
  self->export_format = gtk_drop_down_get_selected(GTK_DROP_DOWN(list));
  choose_folder(self);
}

void
sg_window_choose_export(SgWindow *self)
{
  GtkStringList *names = gtk_string_list_new(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
    gtk_string_list_append(names, _(formats[i].name));
  GtkWidget *list = gtk_drop_down_new(G_LIST_MODEL(names), NULL);
  gtk_drop_down_set_selected(GTK_DROP_DOWN(list), self->export_format);
  gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Format"), -1);

  GtkWidget *dialog = adw_message_dialog_new(
      GTK_WINDOW(self), _("Export Stems"),
      _("Every stem becomes a file, with the strengths as they are set and without solo, mute and gain."));
  adw_message_dialog_set_extra_child(ADW_MESSAGE_DIALOG(dialog), list);
  adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "cancel", _("_Cancel"), "choose",
                                   _("Choose _Folder…"), NULL);
  adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), "choose", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "choose");
  g_signal_connect_object(dialog, "response", G_CALLBACK(on_format_response), self, 0);
  sg_window_present_dialog(dialog);
}
