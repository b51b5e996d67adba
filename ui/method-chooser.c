#include "ui/method-chooser.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "core/session/display-name.h"
#include "core/session/method-text.h"
#include "core/session/model-library.h"
#include "ui/describe.h"
#include "ui/knob-row.h"
#include "ui/popovers.h"
#include "ui/text-width.h"

struct _SgMethodChooser {
  GtkWidget parent_instance;

  SgMethodChoice *choice;
  char *shown_id;    /* the method that is shown as chosen */
  GPtrArray *rows;   /* of methods, borrowed */
  GPtrArray *knobs;  /* rows of the method's own settings, borrowed */
  guint reveal_tick; /* 0: none */
  int n_frames;      /* since it began */
  gboolean has_models;
  gboolean has_old_knobs; /* another method's, as nobody sees them */

  GtkMenuButton *button;
  GtkLabel *name_label;
  GtkPopover *popover;
  GtkScrolledWindow *scroller;
  GtkListBox *list;
  GtkWidget *model_button;
  GtkWidget *reset_row;
  GtkWidget *reset_button;
  GtkWidget *wiener_row;
  GtkSwitch *wiener_switch;
};

G_DEFINE_FINAL_TYPE(SgMethodChooser, sg_method_chooser, GTK_TYPE_WIDGET)

static const char MODEL_PREFIX[] = "model:";
static const char ID_KEY[] = "method-id";

/* Of the rows' sentences: they make the popover as wide as it is. */
enum { TEXT_CHARS = 46, KNOB_TEXT_CHARS = 30 };

static gboolean
is_standard_model(const char *method_id)
{
  return g_str_has_prefix(method_id, MODEL_PREFIX) &&
         (g_str_equal(method_id, SG_METHOD_CHOICE_STANDARD) ||
          g_str_equal(method_id, sg_method_choice_standard_id()));
}

char *
sg_method_dup_name(const char *method_id)
{
  if (is_standard_model(method_id))
    return g_strdup(sg_method_name(SG_METHOD_CHOICE_STANDARD));
  if (!g_str_has_prefix(method_id, MODEL_PREFIX))
    return g_strdup(sg_method_name(method_id));
  g_autofree char *base = g_path_get_basename(method_id + strlen(MODEL_PREFIX));
  char *ending = strrchr(base, '.');
  if (ending != NULL && ending != base)
    *ending = '\0';
  return sg_dup_display_name(base);
}

/* The list of methods */

static const char *
row_id(GtkWidget *row)
{
  return g_object_get_data(G_OBJECT(row), ID_KEY);
}

static GtkCheckButton *
row_check(GtkWidget *row)
{
  return g_object_get_data(G_OBJECT(row), "check");
}

static void
show_chosen_row(SgMethodChooser *self)
{
  const char *id = sg_method_choice_get_method_id(self->choice);
  for (guint i = 0; i < self->rows->len; i++)
    if (g_str_equal(row_id(self->rows->pdata[i]), id))
      gtk_check_button_set_active(row_check(self->rows->pdata[i]), TRUE);
}

static void
on_check_toggled(GtkCheckButton *check, SgMethodChooser *self)
{
  GtkWidget *row = gtk_widget_get_ancestor(GTK_WIDGET(check), ADW_TYPE_ACTION_ROW);
  if (self->choice != NULL && gtk_check_button_get_active(check))
    sg_method_choice_set_method_id(self->choice, row_id(row));
}

/* The radio button is what gets the focus; its row only makes it easier to hit. */
static void
add_method(SgMethodChooser *self, const char *id, const char *sentence)
{
  g_autofree char *name = sg_method_dup_name(id);
  GtkWidget *check = g_object_new(GTK_TYPE_CHECK_BUTTON, "accessible-role", GTK_ACCESSIBLE_ROLE_RADIO, NULL);
  gtk_widget_set_valign(check, GTK_ALIGN_CENTER);
  if (self->rows->len > 0)
    gtk_check_button_set_group(GTK_CHECK_BUTTON(check), row_check(self->rows->pdata[0]));

  GtkWidget *row = g_object_new(ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "title", name, "subtitle", sentence,
                                "focusable", FALSE, NULL);
  sg_widget_set_text_width(row, TEXT_CHARS, TEXT_CHARS);
  g_object_set_data_full(G_OBJECT(row), ID_KEY, g_strdup(id), g_free);
  g_object_set_data(G_OBJECT(row), "check", check);
  adw_action_row_add_prefix(ADW_ACTION_ROW(row), check);
  adw_action_row_set_activatable_widget(ADW_ACTION_ROW(row), check);
  sg_widget_describe(check, name, sentence);
  g_signal_connect_object(check, "toggled", G_CALLBACK(on_check_toggled), self, 0);
  gtk_list_box_append(self->list, row);
  g_ptr_array_add(self->rows, row);
}

static GtkWidget *
find_row(SgMethodChooser *self, const char *id)
{
  for (guint i = 0; i < self->rows->len; i++)
    if (g_str_equal(row_id(self->rows->pdata[i]), id))
      return self->rows->pdata[i];
  return NULL;
}

/* The models that are there are looked for when the list is first opened: that opens every file. */

static void
list_models(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer(task, sg_model_library_new(), (GDestroyNotify)g_ptr_array_unref);
}

static char *
dup_model_sentence(const SgModelEntry *entry)
{
  g_autoptr(GString) sources = g_string_new(NULL);
  for (char **source = entry->sources; source != NULL && *source != NULL; source++)
    g_string_append_printf(sources, "%s%s", sources->len > 0 ? ", " : "", sg_source_name(*source));
  if (entry->scores != NULL)
    return g_strdup_printf(_("A trained network: %s. %s"), sources->str, entry->scores);
  return g_strdup_printf(_("A trained network: %s."), sources->str);
}

/* A model that was chosen before has a row already, which knew only that it is one. */
static void
show_model(SgMethodChooser *self, const char *id, const char *sentence)
{
  GtkWidget *row = find_row(self, id);
  if (row == NULL) {
    add_method(self, id, sentence);
    return;
  }
  adw_action_row_set_subtitle(ADW_ACTION_ROW(row), sentence);
  sg_widget_describe(GTK_WIDGET(row_check(row)), adw_preferences_row_get_title(ADW_PREFERENCES_ROW(row)),
                     sentence);
}

static void
on_models_listed(GObject *source, GAsyncResult *result, gpointer data)
{
  SgMethodChooser *self = SG_METHOD_CHOOSER(source);
  g_autoptr(GPtrArray) models = g_task_propagate_pointer(G_TASK(result), NULL);
  for (guint i = 0; models != NULL && self->choice != NULL && i < models->len; i++) {
    const SgModelEntry *entry = models->pdata[i];
    if (entry->fault != NULL)
      continue;
    g_autofree char *id = g_strconcat(MODEL_PREFIX, entry->path, NULL);
    if (is_standard_model(id))
      continue;
    g_autofree char *sentence = dup_model_sentence(entry);
    show_model(self, id, sentence);
  }
}

static void
find_models(SgMethodChooser *self)
{
  if (self->has_models)
    return;
  self->has_models = TRUE;
  g_autoptr(GTask) task = g_task_new(self, NULL, on_models_listed, NULL);
  g_task_run_in_thread(task, list_models);
}

/* Settings of the chosen method, right below it. Their rows are made when the popover is opened: to make them
 * takes up to 10 ms, and most who step through the methods never look. */

static void
put_at(SgMethodChooser *self, GtkWidget *row, int index)
{
  g_object_ref(row);
  gtk_list_box_remove(self->list, row);
  gtk_list_box_insert(self->list, row, index);
  g_object_unref(row);
}

static void
show_settings(SgMethodChooser *self)
{
  self->has_old_knobs = FALSE;
  const SgMethodClass *method = sg_method_choice_get_class(self->choice);
  sg_popovers_close_in(GTK_WIDGET(self->list));
  for (guint i = 0; i < self->knobs->len; i++)
    gtk_list_box_remove(self->list, self->knobs->pdata[i]);
  g_ptr_array_set_size(self->knobs, 0);
  put_at(self, self->wiener_row, -1);
  put_at(self, self->reset_row, -1);
  GtkWidget *chosen = find_row(self, sg_method_choice_get_method_id(self->choice));
  int index = gtk_list_box_row_get_index(GTK_LIST_BOX_ROW(chosen)) + 1;
  for (guint k = 0; k < method->n_knobs; k++) {
    GtkWidget *row = sg_knob_row_new(self->choice, k);
    sg_widget_set_text_width(row, KNOB_TEXT_CHARS, KNOB_TEXT_CHARS);
    gtk_widget_add_css_class(row, "method-setting");
    gtk_list_box_insert(self->list, row, index++);
    g_ptr_array_add(self->knobs, row);
  }
  put_at(self, self->wiener_row, index++);
  put_at(self, self->reset_row, index);
  gtk_widget_set_visible(self->reset_row, method->n_knobs > 0);
}

/* Where the rows from `first` to `last` lie in what scrolls, margins included, once each stands right below
 * the one before it: rows that were moved or are new may have their places a frame later or, while the
 * popover grows, several. */
static gboolean
find_places(SgMethodChooser *self, GtkWidget *first, GtkWidget *last, double *out_top, double *out_bottom)
{
  for (GtkWidget *row = first; row != NULL; row = gtk_widget_get_next_sibling(row)) {
    double scrolled = gtk_adjustment_get_value(gtk_scrolled_window_get_vadjustment(self->scroller));
    graphene_rect_t bounds;
    if (!gtk_widget_get_visible(row))
      continue;
    if (!gtk_widget_compute_bounds(row, GTK_WIDGET(self->scroller), &bounds) ||
        gtk_widget_get_height(row) == 0 ||
        (row != first && fabs((double)bounds.origin.y + scrolled - *out_bottom) > 2.0))
      return FALSE;
    if (row == first)
      *out_top = (double)bounds.origin.y + scrolled;
    *out_bottom = (double)bounds.origin.y + (double)bounds.size.height + scrolled;
    if (row == last)
      return TRUE;
  }
  return FALSE;
}

/* Brings the chosen method into view, and as many of its settings as there is room for. */
static gboolean
reveal_chosen(GtkWidget *popover, GdkFrameClock *clock, gpointer data)
{
  SgMethodChooser *self = data;
  double top = 0.0, bottom = 0.0;
  GtkWidget *row = find_row(self, sg_method_choice_get_method_id(self->choice));
  GtkWidget *last = gtk_widget_get_visible(self->reset_row) ? self->reset_row : self->wiener_row;
  if (self->n_frames++ == 0 || (row != NULL && !find_places(self, row, last, &top, &bottom)))
    return G_SOURCE_CONTINUE;
  self->reveal_tick = 0;
  if (row != NULL)
    gtk_adjustment_clamp_page(gtk_scrolled_window_get_vadjustment(self->scroller), top, bottom);
  return G_SOURCE_REMOVE;
}

/* A frame gives the rows their new places after its callbacks. */
static void
reveal_soon(SgMethodChooser *self)
{
  self->n_frames = 0;
  if (self->reveal_tick == 0)
    self->reveal_tick = gtk_widget_add_tick_callback(GTK_WIDGET(self->popover), reveal_chosen, self, NULL);
}

static void
before_popup(GtkMenuButton *button, gpointer data)
{
  SgMethodChooser *self = data;
  if (self->has_old_knobs)
    show_settings(self);
}

static void
focus_chosen(SgMethodChooser *self)
{
  GtkWidget *row = find_row(self, sg_method_choice_get_method_id(self->choice));
  if (row != NULL)
    gtk_widget_grab_focus(GTK_WIDGET(row_check(row)));
}

static void
on_popover_mapped(SgMethodChooser *self)
{
  find_models(self);
  focus_chosen(self);
}

/* As among any radio buttons the arrow keys choose the next one; the list's own would go to the settings,
 * where Tab leads. */
static gboolean
on_list_key(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, gpointer data)
{
  SgMethodChooser *self = data;
  GtkWidget *row = find_row(self, sg_method_choice_get_method_id(self->choice));
  gboolean down = key == GDK_KEY_Down || key == GDK_KEY_KP_Down;
  if ((!down && key != GDK_KEY_Up && key != GDK_KEY_KP_Up) ||
      (state & gtk_accelerator_get_default_mod_mask()) != 0 || row == NULL ||
      !gtk_widget_has_focus(GTK_WIDGET(row_check(row))))
    return FALSE;
  sg_method_chooser_step(self, down ? 1 : -1);
  focus_chosen(self);
  return TRUE;
}

static void
on_choice_changed(SgMethodChooser *self)
{
  const char *id = sg_method_choice_get_method_id(self->choice);
  if (g_strcmp0(self->shown_id, id) != 0) {
    g_free(self->shown_id);
    self->shown_id = g_strdup(id);
    if (find_row(self, id) == NULL)
      add_method(self, id, sg_method_sentence("model"));
    show_chosen_row(self);
    self->has_old_knobs = TRUE;
    if (gtk_widget_get_visible(GTK_WIDGET(self->popover))) {
      show_settings(self);
      reveal_soon(self);
    }
  }
  g_autofree char *name = sg_method_dup_name(id);
  g_autofree char *label = g_strdup_printf(_("Method: %s"), name);
  g_autofree char *tooltip = g_strdup_printf(_("How the Song Is Separated: %s (Ctrl+M)"), name);
  gtk_label_set_label(self->name_label, name);
  sg_widget_set_tooltip(GTK_WIDGET(self->button), tooltip);
  sg_widget_describe(GTK_WIDGET(self->button), label, _("Chooses how the song is separated"));
  gtk_widget_set_sensitive(self->reset_button, !sg_method_choice_is_standard(self->choice));
  gtk_switch_set_active(self->wiener_switch, sg_method_choice_get_wiener_iterations(self->choice) > 0);
}

static void
on_reset_clicked(SgMethodChooser *self)
{
  sg_method_choice_reset(self->choice);
}

/* One round: more seldom pay. What was set elsewhere to more stays until the switch is moved. */
static void
on_wiener_switched(SgMethodChooser *self)
{
  gboolean is_on = sg_method_choice_get_wiener_iterations(self->choice) > 0;
  if (gtk_switch_get_active(self->wiener_switch) != is_on)
    sg_method_choice_set_wiener_iterations(self->choice, is_on ? 0 : 1);
}

/* A model file */

static void
on_model_chosen(GtkNativeDialog *dialog, int response, gpointer data)
{
  g_autoptr(SgMethodChooser) self = data;
  g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
  g_autofree char *path = file != NULL ? g_file_get_path(file) : NULL;
  if (response == GTK_RESPONSE_ACCEPT && path != NULL && self->choice != NULL) {
    g_autofree char *id = g_strconcat(MODEL_PREFIX, path, NULL);
    sg_method_choice_set_method_id(self->choice, id);
  }
  gtk_native_dialog_destroy(dialog);
  g_object_unref(dialog);
}

static void
on_model_clicked(SgMethodChooser *self)
{
  GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));
  gtk_popover_popdown(self->popover);
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new(
      _("Choose a Model File"), GTK_WINDOW(root), GTK_FILE_CHOOSER_ACTION_OPEN, _("_Choose"), NULL);
  gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(dialog), TRUE);
  g_autoptr(GtkFileFilter) models = gtk_file_filter_new();
  gtk_file_filter_set_name(models, _("Model files"));
  gtk_file_filter_add_suffix(models, "safetensors");
  gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(dialog), models);
  g_signal_connect(dialog, "response", G_CALLBACK(on_model_chosen), g_object_ref(self));
  gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

static void
sg_method_chooser_dispose(GObject *object)
{
  SgMethodChooser *self = SG_METHOD_CHOOSER(object);
  if (self->choice != NULL)
    g_signal_handlers_disconnect_by_data(self->choice, self);
  g_clear_object(&self->choice);
  gtk_widget_dispose_template(GTK_WIDGET(self), SG_TYPE_METHOD_CHOOSER);
  g_clear_pointer(&self->rows, g_ptr_array_unref);
  g_clear_pointer(&self->knobs, g_ptr_array_unref);
  g_clear_pointer(&self->shown_id, g_free);
  G_OBJECT_CLASS(sg_method_chooser_parent_class)->dispose(object);
}

static void
sg_method_chooser_class_init(SgMethodChooserClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_method_chooser_dispose;
  gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(widget_class, "methodchooser");
  gtk_widget_class_set_template_from_resource(widget_class,
                                              "/io/github/stemglass/Stemglass/ui/method-chooser.ui");
  gtk_widget_class_bind_template_child(widget_class, SgMethodChooser, button);
  gtk_widget_class_bind_template_child(widget_class, SgMethodChooser, name_label);
  gtk_widget_class_bind_template_child(widget_class, SgMethodChooser, popover);
  gtk_widget_class_bind_template_child(widget_class, SgMethodChooser, scroller);
  gtk_widget_class_bind_template_child(widget_class, SgMethodChooser, list);
  gtk_widget_class_bind_template_child(widget_class, SgMethodChooser, model_button);
  gtk_widget_class_bind_template_child(widget_class, SgMethodChooser, reset_row);
  gtk_widget_class_bind_template_child(widget_class, SgMethodChooser, reset_button);
  gtk_widget_class_bind_template_child(widget_class, SgMethodChooser, wiener_row);
  gtk_widget_class_bind_template_child(widget_class, SgMethodChooser, wiener_switch);
}

static void
sg_method_chooser_init(SgMethodChooser *self)
{
  gtk_widget_init_template(GTK_WIDGET(self));
  self->rows = g_ptr_array_new();
  self->knobs = g_ptr_array_new();
  if (is_standard_model(sg_method_choice_standard_id()))
    add_method(self, sg_method_choice_standard_id(), sg_method_sentence(SG_METHOD_CHOICE_STANDARD));
  for (const SgMethodClass *const *method = sg_methods(); *method != NULL; method++)
    add_method(self, (*method)->id, sg_method_sentence((*method)->id));
  gtk_menu_button_set_create_popup_func(self->button, before_popup, self, NULL);
  g_signal_connect_object(self->popover, "map", G_CALLBACK(on_popover_mapped), self,
                          G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object(gtk_scrolled_window_get_vadjustment(self->scroller), "changed",
                          G_CALLBACK(reveal_soon), self, G_CONNECT_SWAPPED);
  GtkEventController *keys = gtk_event_controller_key_new();
  gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
  g_signal_connect(keys, "key-pressed", G_CALLBACK(on_list_key), self);
  gtk_widget_add_controller(GTK_WIDGET(self->list), keys);
  g_signal_connect_swapped(self->model_button, "clicked", G_CALLBACK(on_model_clicked), self);
  g_signal_connect_swapped(self->reset_button, "clicked", G_CALLBACK(on_reset_clicked), self);
  g_signal_connect_swapped(self->wiener_switch, "notify::active", G_CALLBACK(on_wiener_switched), self);
  const char *title = adw_preferences_row_get_title(ADW_PREFERENCES_ROW(self->wiener_row));
  const char *subtitle = adw_action_row_get_subtitle(ADW_ACTION_ROW(self->wiener_row));
  sg_widget_describe(self->wiener_row, title, subtitle);
  sg_widget_set_text_width(self->wiener_row, KNOB_TEXT_CHARS, KNOB_TEXT_CHARS);
  sg_widget_describe(GTK_WIDGET(self->wiener_switch), title, subtitle);
}

void
sg_method_chooser_set_choice(SgMethodChooser *self, SgMethodChoice *choice)
{
  g_return_if_fail(SG_IS_METHOD_CHOOSER(self));
  g_return_if_fail(self->choice == NULL);
  self->choice = g_object_ref(choice);
  g_signal_connect_swapped(choice, "changed", G_CALLBACK(on_choice_changed), self);
  on_choice_changed(self);
}

void
sg_method_chooser_popup(SgMethodChooser *self)
{
  g_return_if_fail(SG_IS_METHOD_CHOOSER(self));
  gtk_menu_button_popup(self->button);
}

void
sg_method_chooser_step(SgMethodChooser *self, int step)
{
  g_return_if_fail(SG_IS_METHOD_CHOOSER(self));
  const char *id = sg_method_choice_get_method_id(self->choice);
  for (guint i = 0; i < self->rows->len; i++)
    if (g_str_equal(row_id(self->rows->pdata[i]), id)) {
      int next = CLAMP((int)i + step, 0, (int)self->rows->len - 1);
      sg_method_choice_set_method_id(self->choice, row_id(self->rows->pdata[next]));
      return;
    }
}
