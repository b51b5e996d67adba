#include "ui/preferences.h"

#include <glib/gi18n.h>

#include "core/base/scratch.h"
#include "core/plot/colormap.h"
#include "core/session/display-name.h"
#include "core/session/error.h"
#include "core/session/method-text.h"
#include "ui/describe.h"
#include "ui/method-chooser.h"
#include "ui/text-width.h"
#include "ui/toast-guard.h"

struct _SgPreferences {
  AdwPreferencesWindow parent_instance;

  SgSettings *settings;
  AdwComboRow *scheme_row;
  AdwComboRow *colours_row;
  GtkWidget *range_row;
  GtkWidget *range_spin;
  GtkAdjustment *range_adjustment;
  AdwComboRow *device_row;
  AdwComboRow *buffer_row;
  AdwComboRow *method_row;
  AdwActionRow *scratch_row;
  GtkWidget *standard_button;
  GtkWidget *choose_button;
};

G_DEFINE_FINAL_TYPE(SgPreferences, sg_preferences, ADW_TYPE_PREFERENCES_WINDOW)

/* A list whose lines stand for values of a setting, kept with it as text in GStrv "values". */

static const char *const *
values_of(AdwComboRow *row)
{
  return g_object_get_data(G_OBJECT(row), "values");
}

/* FALSE leaves the list as it is: the setting has a value that it does not know. */
static gboolean
value_to_line(GBinding *binding, const GValue *from, GValue *to, gpointer row)
{
  g_auto(GValue) text = G_VALUE_INIT;
  g_value_init(&text, G_TYPE_STRING);
  g_value_transform(from, &text);
  const char *const *values = values_of(row);
  for (guint i = 0; values[i] != NULL; i++)
    if (g_strcmp0(values[i], g_value_get_string(&text)) == 0) {
      g_value_set_uint(to, i);
      return TRUE;
    }
  return FALSE;
}

static gboolean
line_to_value(GBinding *binding, const GValue *from, GValue *to, gpointer row)
{
  const char *const *values = values_of(row);
  guint line = g_value_get_uint(from);
  if (line >= g_strv_length((char **)values))
    return FALSE;
  if (G_VALUE_HOLDS_UINT(to))
    g_value_set_uint(to, (guint)g_ascii_strtoull(values[line], NULL, 10));
  else
    g_value_set_string(to, values[line]);
  return TRUE;
}

/* Takes `names` and `values`. A list that was bound before is replaced. */
static void
bind_list(SgPreferences *self, AdwComboRow *row, const char *setting, GStrv names, GStrv values)
{
  g_autoptr(GtkStringList) list = gtk_string_list_new((const char *const *)names);
  GBinding *before = g_object_get_data(G_OBJECT(row), "binding");
  if (before != NULL)
    g_binding_unbind(before);
  g_object_set_data_full(G_OBJECT(row), "values", values, (GDestroyNotify)g_strfreev);
  adw_combo_row_set_model(row, G_LIST_MODEL(list));
  GBinding *binding = g_object_bind_property_full(self->settings, setting, row, "selected",
                                                  G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE,
                                                  value_to_line, line_to_value, row, NULL);
  g_object_set_data(G_OBJECT(row), "binding", binding); /* goes with the row */
  sg_widget_describe(GTK_WIDGET(row), adw_preferences_row_get_title(ADW_PREFERENCES_ROW(row)),
                     adw_action_row_get_subtitle(ADW_ACTION_ROW(row)));
  g_strfreev(names);
}

static GStrv
dup_strings(const char *const *strings)
{
  return g_strdupv((char **)strings);
}

static void
bind_schemes(SgPreferences *self)
{
  const char *const names[] = { _("Follow the System"), _("Light"), _("Dark"), NULL };
  static const char *const values[] = { "system", "light", "dark", NULL };
  bind_list(self, self->scheme_row, "colour-scheme", dup_strings(names), dup_strings(values));
}

static void
bind_colours(SgPreferences *self)
{
  const char *const names[] = { _("Magma"), _("Inferno"), _("Viridis"), _("Grey"), NULL };
  static const char *const values[] = { "magma", "inferno", "viridis", "grey", NULL };
  bind_list(self, self->colours_row, "colours", dup_strings(names), dup_strings(values));
}

/* `devices` of SgOutputDevice, or NULL while they are not known. */
static void
bind_devices(SgPreferences *self, GArray *devices)
{
  g_autoptr(GStrvBuilder) names = g_strv_builder_new(), values = g_strv_builder_new();
  const char *chosen = sg_settings_get_string(self->settings, "output-device");
  gboolean is_listed = chosen[0] == '\0';
  g_strv_builder_add(names, _("The System’s Choice"));
  g_strv_builder_add(values, "");
  for (guint i = 0; devices != NULL && i < devices->len; i++) {
    const SgOutputDevice *device = &g_array_index(devices, SgOutputDevice, i);
    g_autofree char *name = g_utf8_make_valid(device->name, -1);
    g_strv_builder_add(names, name);
    g_strv_builder_add(values, device->name);
    is_listed = is_listed || g_str_equal(device->name, chosen);
  }
  if (!is_listed) {
    g_autofree char *name = devices != NULL ? g_strdup_printf(_("%s (not there)"), chosen) : g_strdup(chosen);
    g_strv_builder_add(names, name);
    g_strv_builder_add(values, chosen);
  }
  bind_list(self, self->device_row, "output-device", g_strv_builder_end(names), g_strv_builder_end(values));
}

static void
on_devices_listed(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SgPreferences) self = data;
  g_autoptr(GArray) devices = sg_player_list_devices_finish(SG_PLAYER(source), result, NULL);
  if (devices != NULL && self->settings != NULL)
    bind_devices(self, devices);
}

static void
bind_buffers(SgPreferences *self)
{
  static const guint frames[] = { 64, 128, 256, 512, 1024, 2048, 4096 };
  g_autoptr(GStrvBuilder) names = g_strv_builder_new(), values = g_strv_builder_new();
  g_strv_builder_add(names, _("The Device’s Choice"));
  g_strv_builder_add(values, "0");
  for (gsize i = 0; i < G_N_ELEMENTS(frames); i++) {
    g_autofree char *name = g_strdup_printf(_("%u frames (%.1f ms)"), frames[i], frames[i] / 44.1);
    g_autofree char *value = g_strdup_printf("%u", frames[i]);
    g_strv_builder_add(names, name);
    g_strv_builder_add(values, value);
  }
  bind_list(self, self->buffer_row, "buffer-frames", g_strv_builder_end(names), g_strv_builder_end(values));
}

static void
bind_methods(SgPreferences *self)
{
  g_autoptr(GStrvBuilder) names = g_strv_builder_new(), values = g_strv_builder_new();
  const char *chosen = sg_settings_get_string(self->settings, "method");
  gboolean has_model = !g_str_equal(sg_method_choice_standard_id(), "classic"), is_listed = FALSE;
  if (has_model) {
    g_strv_builder_add(names, sg_method_name(SG_METHOD_CHOICE_STANDARD));
    g_strv_builder_add(values, SG_METHOD_CHOICE_STANDARD);
    is_listed = g_str_equal(chosen, SG_METHOD_CHOICE_STANDARD);
  }
  for (const SgMethodClass *const *method = sg_methods(); *method != NULL; method++) {
    g_autofree char *name = sg_method_dup_name((*method)->id);
    g_strv_builder_add(names, name);
    g_strv_builder_add(values, (*method)->id);
    is_listed = is_listed || g_str_equal((*method)->id, chosen);
  }
  if (!is_listed) { /* a model file */
    g_autofree char *name = sg_method_dup_name(chosen);
    g_strv_builder_add(names, name);
    g_strv_builder_add(values, chosen);
  }
  bind_list(self, self->method_row, "method", g_strv_builder_end(names), g_strv_builder_end(values));
}

/* Scratch */

static void
show_scratch(SgPreferences *self)
{
  char standard[4096];
  SgError error;
  const char *folder = sg_settings_get_scratch_folder(self->settings);
  gtk_widget_set_visible(self->standard_button, folder != NULL);
  if (folder == NULL && sg_scratch_default_folder(standard, sizeof standard, &error) == SG_OK)
    folder = standard;
  g_autofree char *shown = folder != NULL ? sg_dup_display_name(folder) : sg_error_dup_sentence(&error);
  g_autoptr(GFile) file = g_file_new_for_path(folder != NULL ? folder : "/");
  g_autoptr(GFileInfo) info =
      g_file_query_filesystem_info(file, G_FILE_ATTRIBUTE_FILESYSTEM_FREE, NULL, NULL);
  g_autofree char *size =
      info != NULL ? g_format_size(g_file_info_get_attribute_uint64(info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE))
                   : NULL;
  g_autofree char *space = size != NULL ? g_strdup_printf(_("%s free"), size) : g_strdup(_("not there"));
  g_autofree char *text = g_strdup_printf("%s\n%s", shown, space);
  g_autofree char *escaped = g_markup_escape_text(text, -1);
  adw_action_row_set_subtitle(self->scratch_row, escaped);
  sg_widget_describe(GTK_WIDGET(self->scratch_row), _("Folder for temporary files"), text);
}

static void
on_folder_chosen(GtkNativeDialog *dialog, int response, gpointer data)
{
  g_autoptr(SgPreferences) self = data;
  g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
  g_autofree char *path = file != NULL ? g_file_get_path(file) : NULL;
  if (response == GTK_RESPONSE_ACCEPT && path != NULL && self->settings != NULL) {
    SgError error;
    /* Small, but all that can go wrong with a folder goes wrong here and not in the middle of a song. */
    SgScratch *trial = NULL;
    if (sg_scratch_new(path, 1, &trial, &error) == SG_OK)
      g_object_set(self->settings, "scratch-folder", path, NULL);
    else {
      g_autofree char *sentence = sg_error_dup_sentence(&error);
      g_autofree char *title = g_markup_escape_text(sentence, -1);
      AdwToast *toast = adw_toast_new(title);
      sg_toast_guard(toast, GTK_WIDGET(self));
      adw_preferences_window_add_toast(ADW_PREFERENCES_WINDOW(self), toast);
    }
    sg_scratch_free(trial);
  }
  gtk_native_dialog_destroy(dialog);
  g_object_unref(dialog);
}

static void
on_choose_clicked(SgPreferences *self)
{
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new(_("Choose a Folder for Temporary Files"), GTK_WINDOW(self),
                                  GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Choose"), NULL);
  gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(dialog), TRUE);
  g_signal_connect(dialog, "response", G_CALLBACK(on_folder_chosen), g_object_ref(self));
  gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

static void
on_standard_clicked(SgPreferences *self)
{
  g_object_set(self->settings, "scratch-folder", "", NULL);
}

static void
sg_preferences_dispose(GObject *object)
{
  SgPreferences *self = SG_PREFERENCES(object);
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data(self->settings, self);
  g_clear_object(&self->settings);
  gtk_widget_dispose_template(GTK_WIDGET(self), SG_TYPE_PREFERENCES);
  G_OBJECT_CLASS(sg_preferences_parent_class)->dispose(object);
}

static void
sg_preferences_class_init(SgPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_preferences_dispose;
  gtk_widget_class_set_template_from_resource(widget_class,
                                              "/io/github/stemglass/Stemglass/ui/preferences.ui");
  gtk_widget_class_bind_template_child(widget_class, SgPreferences, scheme_row);
  gtk_widget_class_bind_template_child(widget_class, SgPreferences, colours_row);
  gtk_widget_class_bind_template_child(widget_class, SgPreferences, range_row);
  gtk_widget_class_bind_template_child(widget_class, SgPreferences, range_spin);
  gtk_widget_class_bind_template_child(widget_class, SgPreferences, range_adjustment);
  gtk_widget_class_bind_template_child(widget_class, SgPreferences, device_row);
  gtk_widget_class_bind_template_child(widget_class, SgPreferences, buffer_row);
  gtk_widget_class_bind_template_child(widget_class, SgPreferences, method_row);
  gtk_widget_class_bind_template_child(widget_class, SgPreferences, scratch_row);
  gtk_widget_class_bind_template_child(widget_class, SgPreferences, standard_button);
  gtk_widget_class_bind_template_child(widget_class, SgPreferences, choose_button);
}

static void
sg_preferences_init(SgPreferences *self)
{
  gtk_widget_init_template(GTK_WIDGET(self));
  const char *title = adw_preferences_row_get_title(ADW_PREFERENCES_ROW(self->range_row));
  const char *subtitle = adw_action_row_get_subtitle(ADW_ACTION_ROW(self->range_row));
  sg_widget_describe(self->range_row, title, subtitle);
  sg_widget_describe(self->range_spin, title, subtitle);
  sg_widget_set_text_width(GTK_WIDGET(self), 24, -1);
  g_signal_connect_swapped(self->choose_button, "clicked", G_CALLBACK(on_choose_clicked), self);
  g_signal_connect_swapped(self->standard_button, "clicked", G_CALLBACK(on_standard_clicked), self);
}

GtkWidget *
sg_preferences_new(GtkWindow *parent, SgSettings *settings)
{
  SgPreferences *self =
      g_object_new(SG_TYPE_PREFERENCES, "transient-for", parent, "modal", TRUE, "hide-on-close", TRUE, NULL);
  self->settings = g_object_ref(settings);
  bind_schemes(self);
  bind_colours(self);
  bind_devices(self, NULL);
  bind_buffers(self);
  bind_methods(self);
  g_object_bind_property(settings, "range-db", self->range_adjustment, "value",
                         G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_signal_connect_swapped(settings, "notify::scratch-folder", G_CALLBACK(show_scratch), self);
  return GTK_WIDGET(self);
}

void
sg_preferences_turn_to(SgPreferences *self, SgPlayer *player, const char *page)
{
  g_return_if_fail(SG_IS_PREFERENCES(self));
  if (player != NULL)
    sg_player_list_devices_async(player, on_devices_listed, g_object_ref(self));
  show_scratch(self); /* what is free there changes */
  adw_preferences_window_set_visible_page_name(ADW_PREFERENCES_WINDOW(self),
                                               page != NULL ? page : "appearance");
}
