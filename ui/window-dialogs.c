/* What the window says and asks. */
#include <glib/gi18n.h>

#include "core/session/error.h"
#include "ui/toast-guard.h"
#include "ui/window-private.h"

void
sg_window_present_dialog(GtkWidget *dialog)
{
  gtk_window_set_destroy_with_parent(GTK_WINDOW(dialog), TRUE);
  gtk_window_present(GTK_WINDOW(dialog));
}

/* Errors */

/* What can be done about an error: a sentence, and the action that does it, or only the sentence. */
typedef struct {
  SgTask task;
  SgStatus status;
  const char *hint;
  const char *label, *action;
} Remedy;

static const Remedy remedies[] = {
  { SG_TASK_OPEN, SG_NO_SPACE,
    N_("While a song is open it takes space on a disk. Free some, or choose another folder in the "
       "preferences."),
    N_("_Preferences"), "win.choose-scratch" },
  { SG_TASK_SEPARATE, SG_NO_SPACE,
    N_("Masks take space on a disk. Free some, or choose another folder in the preferences and open the song "
       "again."),
    N_("_Preferences"), "win.choose-scratch" },
  { SG_TASK_EXPORT, SG_NO_SPACE,
    N_("Nothing was written. Free some space, or choose a folder on another disk."),
    N_("Choose Another _Folder…"), "win.export" },
  { SG_TASK_EXPORT, SG_NO_PERMISSION, N_("Nothing was written. Choose a folder that you may write to."),
    N_("Choose Another _Folder…"), "win.export" },
  { SG_TASK_EXPORT, SG_WRITE_FAILED, N_("Nothing was written."), N_("Choose Another _Folder…"),
    "win.export" },
  { SG_TASK_EXPORT, SG_N_STEMS, N_("Choose another format, or a method that gives four stems."),
    N_("Choose Another _Format…"), "win.export" },
  { SG_TASK_EXPORT, SG_NEEDS_FFMPEG, N_("Choose another format."), N_("Choose Another _Format…"),
    "win.export" },
  { SG_TASK_EXPORT, SG_BAD_FORMAT, N_("Choose another format."), N_("Choose Another _Format…"),
    "win.export" },
  { SG_TASK_OPEN, SG_NO_PERMISSION, N_("Ask whoever owns the file, or open another one."),
    N_("_Open Another…"), "win.open" },
  { SG_TASK_OPEN, SG_NOT_AUDIO, N_("The start page lists the formats that can be opened."),
    N_("_Open Another…"), "win.open" },
  { SG_TASK_OPEN, SG_BAD_SAMPLE,
    N_("Such a file comes of a fault in the program that wrote it; write it anew there."),
    N_("_Open Another…"), "win.open" },
  { SG_TASK_SEPARATE, SG_NEEDS_STEREO, N_("Choose a method that does not ask for two channels."),
    N_("Choose a _Method…"), "win.choose-method" },
  { SG_TASK_SEPARATE, SG_BAD_MODEL, N_("Choose another method or another model file."),
    N_("Choose a _Method…"), "win.choose-method" },
  { SG_TASK_SEPARATE, SG_NOT_FOUND, N_("Choose another method or another model file."),
    N_("Choose a _Method…"), "win.choose-method" },
  { SG_TASK_SEPARATE, SG_NO_MEMORY, N_("Close other programs, or choose a method that takes less."),
    N_("Choose a _Method…"), "win.choose-method" },
};

static const Remedy *
find_remedy(SgTask task, const GError *error)
{
  for (gsize i = 0; i < G_N_ELEMENTS(remedies); i++)
    if (remedies[i].task == task && g_error_matches(error, SG_ENGINE_ERROR, (int)remedies[i].status))
      return &remedies[i];
  static const Remedy others[] = {
    [SG_TASK_NONE] = { .hint = "" },
    [SG_TASK_OPEN] = { .hint = "", .label = N_("_Open Another…"), .action = "win.open" },
    [SG_TASK_SEPARATE] = { .hint = "" },
    [SG_TASK_EXPORT] = { .hint = "" },
  };
  return &others[task];
}

static const char *
heading_of(SgTask task)
{
  switch (task) {
  case SG_TASK_OPEN:
    return _("The Song Could Not Be Opened");
  case SG_TASK_SEPARATE:
    return _("The Song Could Not Be Separated");
  case SG_TASK_EXPORT:
    return _("The Stems Could Not Be Exported");
  default:
    return _("Something Went Wrong");
  }
}

static void
on_remedy_response(AdwMessageDialog *dialog, const char *response, gpointer action)
{
  GtkWindow *window = gtk_window_get_transient_for(GTK_WINDOW(dialog));
  if (g_str_equal(response, "do") && window != NULL)
    gtk_widget_activate_action(GTK_WIDGET(window), action, NULL);
}

void
sg_window_show_error(SgWindow *self, SgTask task, const GError *error)
{
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->closing)
    return;
  const Remedy *remedy = find_remedy(task, error);
  g_autofree char *body = remedy->hint[0] != '\0'
                              ? g_strdup_printf("%s\n\n%s", error->message, _(remedy->hint))
                              : g_strdup(error->message);
  GtkWidget *dialog = adw_message_dialog_new(GTK_WINDOW(self), heading_of(task), body);
  adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(dialog), "close", _("_Close"));
  adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(dialog), "close");
  if (remedy->label != NULL) {
    adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(dialog), "do", _(remedy->label));
    g_signal_connect(dialog, "response", G_CALLBACK(on_remedy_response), (gpointer)remedy->action);
  }
  sg_window_present_dialog(dialog);
}

/* Questions */

AdwMessageDialog *
sg_window_ask(SgWindow *self, const char *heading, const char *body, const char *label,
              AdwResponseAppearance appearance)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG(adw_message_dialog_new(GTK_WINDOW(self), heading, NULL));
  adw_message_dialog_set_body(dialog, body);
  adw_message_dialog_add_responses(dialog, "cancel", _("_Cancel"), "do", label, NULL);
  adw_message_dialog_set_close_response(dialog, "cancel");
  adw_message_dialog_set_response_appearance(dialog, "do", appearance);
  return dialog;
}

static void
on_close_response(AdwMessageDialog *dialog, const char *response, gpointer data)
{
  SgWindow *self = data;
  self->closing_dialog = NULL;
  if (!g_str_equal(response, "do"))
    return;
  SgJob *job = sg_session_get_job(self->session);
  self->closing = TRUE;
  if (job == NULL) {
    gtk_window_close(GTK_WINDOW(self));
    return;
  }
  sg_job_cancel(job);
  gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
}

void
sg_window_ask_to_close(SgWindow *self)
{
  if (self->closing_dialog != NULL) {
    gtk_window_present(self->closing_dialog);
    return;
  }
  gboolean exports = self->task == SG_TASK_EXPORT;
  AdwMessageDialog *dialog = sg_window_ask(
      self, exports ? _("Stop Exporting and Close?") : _("Stop Separating and Close?"),
      exports ? _("The export is not complete. Stopped, it leaves no files behind.")
              : _("The song is still being separated. What is done by now goes with the window."),
      _("_Stop and Close"), ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_response_label(dialog, "cancel", _("_Keep Running"));
  adw_message_dialog_set_default_response(dialog, "cancel");
  g_signal_connect_object(dialog, "response", G_CALLBACK(on_close_response), self, 0);
  self->closing_dialog = GTK_WINDOW(dialog);
  sg_window_present_dialog(GTK_WIDGET(dialog));
}

/* Toasts */

void
sg_window_replace_toast(SgWindow *self, AdwToast **toast, AdwToast *next)
{
  if (*toast != NULL)
    adw_toast_dismiss(*toast);
  g_set_weak_pointer(toast, next);
  if (next == NULL)
    return;
  sg_toast_guard(next, GTK_WIDGET(self->toasts));
  adw_toast_overlay_add_toast(self->toasts, next);
}

/* What was lost of a song */

static void
on_details(AdwToast *toast, gpointer data)
{
  SgWindow *self = data;
  const char *sentence = g_object_get_data(G_OBJECT(toast), "sentence");
  g_autofree char *body = g_strdup_printf(
      _("%s\n\nThe rest can be used as it is. If the file was copied or downloaded, do that anew."),
      sentence);
  GtkWidget *dialog = adw_message_dialog_new(GTK_WINDOW(self), _("The Song Is Not Complete"), NULL);
  adw_message_dialog_set_body(ADW_MESSAGE_DIALOG(dialog), body);
  adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(dialog), "close", _("_Close"));
  sg_window_present_dialog(dialog);
}

void
sg_window_show_warning(SgWindow *self, const char *sentence)
{
  if (sentence == NULL) {
    sg_window_replace_toast(self, &self->warning, NULL);
    return;
  }
  AdwToast *toast = adw_toast_new(_("The song is not complete"));
  adw_toast_set_button_label(toast, _("Details"));
  adw_toast_set_timeout(toast, 0); /* stays until it is dismissed */
  g_object_set_data_full(G_OBJECT(toast), "sentence", g_strdup(sentence), g_free);
  g_signal_connect_object(toast, "button-clicked", G_CALLBACK(on_details), self, 0);
  sg_window_replace_toast(self, &self->warning, toast);
}
