#include "ui/knob-row.h"

#include <glib/gi18n.h>
#include <math.h>

#include "core/session/method-text.h"
#include "ui/describe.h"

struct _SgKnobRow {
  AdwActionRow parent_instance;

  SgMethodChoice *choice;
  const SgMethodClass *method; /* another one may be chosen a moment before the row goes */
  guint knob;
  GtkAdjustment *adjustment; /* of a number, else NULL */
  GtkDropDown *list;         /* of a choice, else NULL */
};

G_DEFINE_FINAL_TYPE(SgKnobRow, sg_knob_row, ADW_TYPE_ACTION_ROW)

/* A knob without steps moves by this share of its range. */
static const double SHARE = 0.01;

static void
show_value(SgKnobRow *self)
{
  if (sg_method_choice_get_class(self->choice) != self->method)
    return;
  double value = sg_method_choice_get_knob(self->choice, self->knob);
  if (self->adjustment != NULL)
    gtk_adjustment_set_value(self->adjustment, value);
  else
    gtk_drop_down_set_selected(self->list, (guint)lround(value - self->method->knobs[self->knob].minimum));
}

static void
on_changed(SgKnobRow *self)
{
  if (sg_method_choice_get_class(self->choice) != self->method)
    return;
  double value = self->adjustment != NULL
                     ? gtk_adjustment_get_value(self->adjustment)
                     : self->method->knobs[self->knob].minimum + gtk_drop_down_get_selected(self->list);
  sg_method_choice_set_knob(self->choice, self->knob, value);
  show_value(self); /* what is not on a step was brought there */
}

/* Digits after the point that a step shows. */
static guint
digits_of(double step)
{
  guint digits = 0;
  for (double scaled = step; digits < 4 && fabs(scaled - round(scaled)) > 1e-6; scaled *= 10.0)
    digits++;
  return digits;
}

static GtkWidget *
make_number(SgKnobRow *self, const SgMethodKnob *knob)
{
  double step = knob->step > 0.0 ? knob->step : SHARE * (knob->maximum - knob->minimum);
  self->adjustment = gtk_adjustment_new(knob->standard, knob->minimum, knob->maximum, step, 10.0 * step, 0.0);
  g_signal_connect_object(self->adjustment, "value-changed", G_CALLBACK(on_changed), self, G_CONNECT_SWAPPED);
  GtkWidget *spin = gtk_spin_button_new(self->adjustment, 0.0, digits_of(step));
  gtk_spin_button_set_numeric(GTK_SPIN_BUTTON(spin), TRUE);
  return spin;
}

static GtkWidget *
make_list(SgKnobRow *self, const SgMethodKnob *knob)
{
  GtkStringList *names = gtk_string_list_new(NULL);
  for (guint i = 0; i <= (guint)lround(knob->maximum - knob->minimum); i++)
    gtk_string_list_append(names, sg_choice_name(knob->choices[i]));
  GtkWidget *list = gtk_drop_down_new(G_LIST_MODEL(names), NULL);
  self->list = GTK_DROP_DOWN(list);
  g_signal_connect_object(list, "notify::selected", G_CALLBACK(on_changed), self, G_CONNECT_SWAPPED);
  return list;
}

static void
sg_knob_row_dispose(GObject *object)
{
  g_clear_object(&SG_KNOB_ROW(object)->choice);
  G_OBJECT_CLASS(sg_knob_row_parent_class)->dispose(object);
}

static void
sg_knob_row_class_init(SgKnobRowClass *klass)
{
  G_OBJECT_CLASS(klass)->dispose = sg_knob_row_dispose;
}

static void
sg_knob_row_init(SgKnobRow *self)
{
}

GtkWidget *
sg_knob_row_new(SgMethodChoice *choice, guint knob)
{
  SgKnobRow *self = g_object_new(SG_TYPE_KNOB_ROW, NULL);
  self->choice = g_object_ref(choice);
  self->method = sg_method_choice_get_class(choice);
  self->knob = knob;
  const SgMethodKnob *described = &self->method->knobs[knob];
  const char *name = sg_knob_name(self->method->id, described->id);
  const char *sentence = sg_knob_sentence(self->method->id, described->id);
  g_autofree char *title = described->unit != NULL
                               ? g_strdup_printf(_("%s (%s)"), name, sg_unit_name(described->unit))
                               : g_strdup(name);

  GtkWidget *control = described->choices != NULL ? make_list(self, described) : make_number(self, described);
  show_value(self);
  gtk_widget_set_valign(control, GTK_ALIGN_CENTER);
  adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(self), FALSE);
  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(self), title);
  adw_action_row_set_subtitle(ADW_ACTION_ROW(self), sentence);
  adw_action_row_add_suffix(ADW_ACTION_ROW(self), control);
  adw_action_row_set_activatable_widget(ADW_ACTION_ROW(self), control);
  sg_widget_describe(control, title, sentence);
  sg_widget_describe(GTK_WIDGET(self), title, sentence);
  g_signal_connect_object(choice, "changed", G_CALLBACK(show_value), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET(self);
}
