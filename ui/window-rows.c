/* The rows of the song from the keyboard. */
#include "ui/track-row.h"
#include "ui/window-private.h"

/* The rows below a widget, from top to bottom. */
static void
collect_rows(GtkWidget *parent, GPtrArray *out_rows)
{
  for (GtkWidget *child = gtk_widget_get_first_child(parent); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    if (SG_IS_TRACK_ROW(child))
      g_ptr_array_add(out_rows, child);
    else
      collect_rows(child, out_rows);
}

static GPtrArray *
find_rows(SgWindow *self)
{
  GPtrArray *rows = g_ptr_array_new();
  collect_rows(GTK_WIDGET(self->song_view), rows);
  return rows;
}

static SgStem *
find_stem(SgWindow *self, guint row)
{
  g_autoptr(GPtrArray) rows = find_rows(self);
  return row < rows->len ? sg_track_row_get_stem(rows->pdata[row]) : NULL;
}

void
sg_window_focus_row(SgWindow *self, guint row)
{
  g_autoptr(GPtrArray) rows = find_rows(self);
  if (row < rows->len)
    gtk_widget_grab_focus(GTK_WIDGET(sg_track_row_get_view(rows->pdata[row])));
}

void
sg_window_focus_next_row(SgWindow *self, int step)
{
  g_autoptr(GPtrArray) rows = find_rows(self);
  GtkWidget *focus = gtk_window_get_focus(GTK_WINDOW(self));
  GtkWidget *row = focus != NULL ? gtk_widget_get_ancestor(focus, SG_TYPE_TRACK_ROW) : NULL;
  guint at;
  if (rows->len == 0)
    return;
  if (row == NULL || !g_ptr_array_find(rows, row, &at))
    sg_window_focus_row(self, step > 0 ? 0 : rows->len - 1);
  else
    sg_window_focus_row(self, (guint)CLAMP((int)at + step, 0, (int)rows->len - 1));
}

void
sg_window_toggle_mute(SgWindow *self, guint row)
{
  SgStem *stem = find_stem(self, row);
  if (stem != NULL)
    sg_stem_set_muted(stem, !sg_stem_get_muted(stem));
}

void
sg_window_toggle_solo(SgWindow *self, guint row)
{
  SgStem *stem = find_stem(self, row);
  if (stem != NULL)
    sg_stem_set_soloed(stem, !sg_stem_get_soloed(stem));
}

/* The digit on a key, whatever the layout and Shift make of it: some layouts have digits on Shift only. −1:
 * none. */
static int
digit_of(GdkDisplay *display, guint keyval, guint keycode)
{
  if (keyval >= GDK_KEY_0 && keyval <= GDK_KEY_9)
    return (int)(keyval - GDK_KEY_0);
  g_autofree guint *keyvals = NULL;
  int n = 0;
  if (gdk_display_map_keycode(display, keycode, NULL, &keyvals, &n))
    for (int i = 0; i < n; i++)
      if (keyvals[i] >= GDK_KEY_0 && keyvals[i] <= GDK_KEY_9)
        return (int)(keyvals[i] - GDK_KEY_0);
  return -1;
}

static gboolean
on_key_pressed(GtkEventControllerKey *controller, guint keyval, guint keycode, GdkModifierType state,
               gpointer data)
{
  SgWindow *self = data;
  GdkModifierType modifiers = state & gtk_accelerator_get_default_mod_mask();
  int digit = digit_of(gtk_widget_get_display(GTK_WIDGET(self)), keyval, keycode);
  if (digit < 0 || sg_session_get_track(self->session) == NULL)
    return FALSE;
  guint row = (guint)digit;
  if (modifiers == GDK_ALT_MASK)
    sg_window_focus_row(self, row);
  else if (modifiers == GDK_SHIFT_MASK && row > 0)
    sg_window_toggle_solo(self, row);
  else if (modifiers == 0 && row > 0)
    sg_window_toggle_mute(self, row);
  else
    return FALSE;
  return TRUE;
}

void
sg_window_add_row_keys(SgWindow *self)
{
  GtkEventController *keys = gtk_event_controller_key_new();
  g_signal_connect(keys, "key-pressed", G_CALLBACK(on_key_pressed), self);
  gtk_widget_add_controller(GTK_WIDGET(self), keys);
}
