#include "ui/window-private.h"

#include <glib/gi18n.h>

#include "core/session/error.h"
#include "ui/describe.h"

static const struct {
  SgContainer container;
  SgBits bits;
  const char *id; /* in the settings */
  const char *name;
} formats[] = {
  { SG_CONTAINER_WAV, SG_BITS_32F, "wav-32f", N_("WAV, 32-bit float (exact)") },
  { SG_CONTAINER_WAV, SG_BITS_24, "wav-24", N_("WAV, 24-bit") },
  { SG_CONTAINER_WAV, SG_BITS_16, "wav-16", N_("WAV, 16-bit") },
  { SG_CONTAINER_FLAC, SG_BITS_24, "flac-24", N_("FLAC, 24-bit") },
  { SG_CONTAINER_FLAC, SG_BITS_16, "flac-16", N_("FLAC, 16-bit") },
  { SG_CONTAINER_OGG, SG_BITS_LOSSY, "ogg", N_("Ogg Vorbis") },
  { SG_CONTAINER_OPUS, SG_BITS_LOSSY, "opus", N_("Opus") },
  { SG_CONTAINER_MP3, SG_BITS_LOSSY, "mp3", N_("MP3") },
  { SG_CONTAINER_STEM_MP4, SG_BITS_LOSSY, "stem-mp4", N_("Stem file (stem.mp4)") },
};

/* One export from the choice to the toast. */
typedef struct {
  SgWindow *window; /* NULL while a dialog asks: that has it as its parent and must not keep it */
  GFile *folder;
  SgExportChoice choice;
} Export;

static Export *
export_new(SgWindow *window, GFile *folder, SgExportChoice choice)
{
  Export *export = g_new0(Export, 1);
  g_set_object(&export->window, window);
  g_set_object(&export->folder, folder);
  export->choice = choice;
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
on_folder_shown(GObject *source, GAsyncResult *result, gpointer data)
{
  SgWindow *self = SG_WINDOW(source);
  g_autoptr(GError) error = NULL;
  if (!gtk_show_uri_full_finish(GTK_WINDOW(self), result, &error) && self->session != NULL)
    sg_window_show_error(self, SG_TASK_NONE, error);
}

static void
on_open_folder(AdwToast *toast, gpointer data)
{
  g_autofree char *uri = g_file_get_uri(g_object_get_data(G_OBJECT(toast), "folder"));
  gtk_show_uri_full(GTK_WINDOW(data), uri, GDK_CURRENT_TIME, NULL, on_folder_shown, NULL);
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
  g_object_set_data_full(G_OBJECT(toast), "folder", g_object_ref(folder), g_object_unref);
  g_signal_connect_object(toast, "button-clicked", G_CALLBACK(on_open_folder), self, 0);
  sg_window_replace_toast(self, &self->exported, toast);
}

static void
free_with_closure(gpointer data, GClosure *closure)
{
  export_free(data);
}

/* Asks whether to export again with another choice. `label` is the button's. */
static void
offer(Export *export, const char *heading, const char *body, const char *label, gboolean is_destructive,
      GCallback on_response, SgExportChoice choice)
{
  AdwMessageDialog *dialog =
      sg_window_ask(export->window, heading, body, label,
                    is_destructive ? ADW_RESPONSE_DESTRUCTIVE : ADW_RESPONSE_SUGGESTED);
  if (!is_destructive)
    adw_message_dialog_set_default_response(dialog, "do");
  Export *again = export_new(NULL, export->folder, choice);
  g_signal_connect_data(dialog, "response", on_response, again, free_with_closure, 0);
  sg_window_present_dialog(GTK_WIDGET(dialog));
}

static void
on_again_response(AdwMessageDialog *dialog, const char *response, gpointer data)
{
  Export *export = data;
  if (g_str_equal(response, "do"))
    sg_window_export_to(SG_WINDOW(gtk_window_get_transient_for(GTK_WINDOW(dialog))), export->folder,
                        export->choice);
}

/* Says which stems are over full scale, if any are, and offers one gain for all. */
static void
show_over_full_scale(Export *export, const SgExportReport *report)
{
  GListModel *stems = sg_session_get_stems(export->window->session);
  g_autoptr(GString) lines = g_string_new(NULL);
  for (guint i = 0; i < g_list_model_get_n_items(stems); i++) {
    g_autoptr(SgStem) stem = g_list_model_get_item(stems, i);
    gint64 n_over = report->n_over[sg_stem_get_index(stem)];
    if (n_over > 0)
      g_string_append_printf(lines, _("%s: %" G_GINT64_FORMAT " samples over full scale\n"),
                             sg_stem_get_name(stem), n_over);
  }
  if (lines->len == 0 || export->choice.bits == SG_BITS_32F)
    return;
  g_string_append(lines, export->choice.bits == SG_BITS_LOSSY
                             ? _("\nThey will be limited when they are played.")
                             : _("\nThe chosen format cannot hold them, so they were limited to full scale. "
                                 "32-bit float keeps them as they are."));
  g_string_append(lines, _(" All stems can be exported again, lowered alike so that they fit."));
  SgExportChoice lowered = export->choice;
  lowered.common_gain = lowered.overwrite = TRUE;
  offer(export, _("Some Samples Are Over Full Scale"), lines->str, _("_Lower All Alike"), FALSE,
        G_CALLBACK(on_again_response), lowered);
}

static void
ask_to_overwrite(Export *export, const GError *error)
{
  g_autofree char *body =
      g_strdup_printf(_("%s Files of these names in the folder will be replaced."), error->message);
  SgExportChoice overwriting = export->choice;
  overwriting.overwrite = TRUE;
  offer(export, _("Replace Files?"), body, _("_Replace"), TRUE, G_CALLBACK(on_again_response), overwriting);
}

/* What the format does hold, as a question. */
static void
ask_to_convert(Export *export)
{
  SgTrack *track = sg_session_get_track(export->window->session);
  const SgAudioInfo *info = sg_track_get_info(track);
  const SgEncoderLimits *limits = sg_encoder_limits(export->choice.container);
  guint rate_hz = sg_encoder_nearest_rate(export->choice.container, info->rate_hz);
  g_autofree char *body =
      g_strdup_printf(_("The format cannot hold %g kHz with this number of channels (%u). "
                        "The stems can be converted to %g kHz and %u channels."),
                      info->rate_hz / 1000.0, info->n_channels, rate_hz / 1000.0,
                      MIN(info->n_channels, limits->max_channels));
  SgExportChoice converting = export->choice;
  converting.convert = TRUE;
  offer(export, _("Convert the Stems?"), body, _("_Convert"), FALSE, G_CALLBACK(on_again_response),
        converting);
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
    show_over_full_scale(export, &report);
  } else if (g_error_matches(error, SG_ENGINE_ERROR, SG_EXISTS)) {
    ask_to_overwrite(export, error);
  } else if (g_error_matches(error, SG_ENGINE_ERROR, SG_BAD_FORMAT) && !export->choice.convert) {
    ask_to_convert(export);
  } else {
    sg_window_show_error(self, SG_TASK_EXPORT, error);
  }
  sg_window_job_ended(self);
}

void
sg_window_export_to(SgWindow *self, GFile *folder, SgExportChoice choice)
{
  self->task = SG_TASK_EXPORT;
  sg_session_export_async(self->session, folder, choice, on_exported, export_new(self, folder, choice));
}

/* The choice */

/* The format that was chosen last. */
static guint
find_format(SgWindow *self)
{
  const char *id = sg_settings_get_string(self->settings, "export-format");
  for (guint i = 0; i < G_N_ELEMENTS(formats); i++)
    if (g_strcmp0(formats[i].id, id) == 0)
      return i;
  return 0;
}

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
    guint format = find_format(self);
    SgExportChoice choice = { .container = formats[format].container, .bits = formats[format].bits };
    sg_window_export_to(self, folder, choice);
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
  guint format = gtk_drop_down_get_selected(GTK_DROP_DOWN(list));
  g_object_set(self->settings, "export-format", formats[format].id, NULL);
  choose_folder(self);
}

void
sg_window_choose_export(SgWindow *self)
{
  GtkStringList *names = gtk_string_list_new(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
    gtk_string_list_append(names, _(formats[i].name));
  GtkWidget *list = gtk_drop_down_new(G_LIST_MODEL(names), NULL);
  gtk_drop_down_set_selected(GTK_DROP_DOWN(list), find_format(self));
  sg_widget_describe(list, _("Format"), _("The file format of the stems"));

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
