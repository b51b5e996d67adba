#include "ui/spectrogram-view-private.h"

#include <math.h>

#include "ui/time-gestures.h"
#include "ui/time-selection.h"

enum { CELLS_PER_BIG_STEP = 10, MIN_BAND_PX = 4 };

static const double FREQUENCY_ZOOM_PER_CLICK = 1.2;
/* The frequency axis shows at least this share of its height of the whole one. */
static const double MIN_AXIS_SHARE = 0.02;
static const double FIRST_CURSOR_HZ = 440.0;

/* The pointer */

void
sg_spectrogram_view_tell_pointed(SgSpectrogramView *self)
{
  if (isnan(self->pointer_x))
    return;
  SgFrequencyAxis axis = sg_spectrogram_view_get_axis(self);
  double x = CLAMP(self->pointer_x, 0.0, sg_view_range_get_width(self->range));
  sg_spectrogram_view_emit_pointed(self, sg_view_range_sample_at(self->range, x),
                                   sg_frequency_axis_hz(&axis, CLAMP(self->pointer_y, 0.0, axis.height)));
}

static void
on_motion(GtkEventControllerMotion *controller, double x, double y, gpointer data)
{
  SgSpectrogramView *self = data;
  self->pointer_x = x;
  self->pointer_y = y;
  sg_spectrogram_view_tell_pointed(self);
}

static void
on_leave(GtkEventControllerMotion *controller, gpointer data)
{
  SgSpectrogramView *self = data;
  self->pointer_x = self->pointer_y = NAN;
  sg_spectrogram_view_emit_pointed(self, NAN, NAN);
}

static void
on_pressed(GtkGestureClick *gesture, int n_press, double x, double y, gpointer data)
{
  gtk_widget_grab_focus(GTK_WIDGET(data));
}

static void
on_released(GtkGestureClick *gesture, int n_press, double x, double y, gpointer data)
{
  SgSpectrogramView *self = data;
  /* With Shift it was a rubber band. */
  if ((gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(gesture)) & GDK_SHIFT_MASK) == 0)
    sg_spectrogram_view_emit_seek(self, sg_view_range_sample_at(self->range, x));
}

static void
on_menu_pressed(GtkGestureClick *gesture, int n_press, double x, double y, gpointer data)
{
  sg_spectrogram_view_emit_menu(data, x, y);
}

/* The frequency axis */

/* Shows what lies between two heights of the axis as it is now, which may lie outside it. */
static void
show_heights(SgSpectrogramView *self, double top, double bottom)
{
  SgTileAxes axes = sg_spectrogram_tiles_get_axes(self->tiles);
  SgFrequencyAxis axis = sg_spectrogram_view_get_axis(self);
  SgFrequencyAxis whole =
      sg_frequency_axis_whole(axes.kind, sg_view_range_get_rate(self->range), axis.height);
  /* In heights of the whole axis, where the bounds are plain. */
  double from = sg_frequency_axis_y(&whole, sg_frequency_axis_hz(&axis, top));
  double to = sg_frequency_axis_y(&whole, sg_frequency_axis_hz(&axis, bottom));
  if (to - from < MIN_AXIS_SHARE * whole.height)
    return;
  if (from < 0.0) {
    to = MIN(to - from, whole.height);
    from = 0.0;
  }
  if (to > whole.height) {
    from = MAX(from - (to - whole.height), 0.0);
    to = whole.height;
  }
  gboolean is_whole = from <= 0.0 && to >= whole.height;
  axes.high_hz = is_whole ? 0.0 : sg_frequency_axis_hz(&whole, from);
  axes.low_hz = is_whole ? 0.0 : sg_frequency_axis_hz(&whole, to);
  sg_spectrogram_tiles_set_axes(self->tiles, axes);
}

static gboolean
on_scroll(GtkEventControllerScroll *controller, double dx, double dy, gpointer data)
{
  SgSpectrogramView *self = data;
  GdkModifierType state = gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(controller));
  if ((state & GDK_ALT_MASK) == 0 || isnan(self->pointer_y))
    return GDK_EVENT_PROPAGATE;
  double height = gtk_widget_get_height(GTK_WIDGET(self)), y = self->pointer_y;
  double factor = pow(FREQUENCY_ZOOM_PER_CLICK, fabs(dy) > fabs(dx) ? dy : dx);
  show_heights(self, y - y * factor, y + (height - y) * factor);
  return GDK_EVENT_STOP;
}

/* The rubber band */

static void
on_band_begin(GtkGestureDrag *gesture, double x, double y, gpointer data)
{
  SgSpectrogramView *self = data;
  GdkModifierType state = gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(gesture));
  if ((state & GDK_SHIFT_MASK) == 0) {
    gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_DENIED);
    return;
  }
  gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  self->band_x = self->band_to_x = x;
  self->band_y = self->band_to_y = y;
}

static void
on_band_update(GtkGestureDrag *gesture, double dx, double dy, gpointer data)
{
  SgSpectrogramView *self = data;
  if (isnan(self->band_x))
    return;
  GtkWidget *widget = GTK_WIDGET(self);
  self->band_to_x = CLAMP(self->band_x + dx, 0.0, gtk_widget_get_width(widget) - 1.0);
  self->band_to_y = CLAMP(self->band_y + dy, 0.0, gtk_widget_get_height(widget) - 1.0);
  gtk_widget_queue_draw(widget);
}

/* A flat band zooms the time only, a slim one the frequency only. */
static void
on_band_end(GtkGestureDrag *gesture, double dx, double dy, gpointer data)
{
  SgSpectrogramView *self = data;
  double x0 = MIN(self->band_x, self->band_to_x), x1 = MAX(self->band_x, self->band_to_x);
  double y0 = MIN(self->band_y, self->band_to_y), y1 = MAX(self->band_y, self->band_to_y);
  self->band_x = self->band_y = NAN;
  gtk_widget_queue_draw(GTK_WIDGET(self));
  if (isnan(x0))
    return;
  if (y1 - y0 >= MIN_BAND_PX)
    show_heights(self, y0, y1);
  if (x1 - x0 >= MIN_BAND_PX)
    sg_view_range_show(self->range, sg_view_range_sample_at(self->range, x0),
                       sg_view_range_sample_at(self->range, x1));
}

static void
on_band_cancel(GtkGesture *gesture, GdkEventSequence *sequence, gpointer data)
{
  SgSpectrogramView *self = data;
  self->band_x = self->band_y = NAN;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* The cell cursor */

static double
cell_samples(SgSpectrogramView *self)
{
  double hop = sg_stft_size_for_rate(sg_view_range_get_rate(self->range)).hop;
  return MAX(hop, sg_view_range_get_samples_per_pixel(self->range));
}

/* One bin, or one pixel where that is more. */
static double
step_frequency(SgSpectrogramView *self, double freq_hz, int direction)
{
  SgFrequencyAxis axis = sg_spectrogram_view_get_axis(self);
  guint rate_hz = sg_view_range_get_rate(self->range);
  double bin_hz = (double)rate_hz / sg_stft_size_for_rate(rate_hz).window;
  double pixel_hz = sg_frequency_axis_hz(&axis, sg_frequency_axis_y(&axis, freq_hz) - direction);
  double stepped = freq_hz + direction * bin_hz;
  stepped = direction > 0 ? MAX(stepped, pixel_hz) : MIN(stepped, pixel_hz);
  return CLAMP(stepped, axis.low_hz, axis.high_hz);
}

static void
cursor_moved(SgSpectrogramView *self)
{
  SgFrequencyAxis axis = sg_spectrogram_view_get_axis(self);
  self->cursor_hz = CLAMP(self->cursor_hz, axis.low_hz, axis.high_hz);
  self->cursor_sample = sg_spectrogram_view_clamp_sample(self, self->cursor_sample);
  sg_view_range_reveal(self->range, self->cursor_sample);
  gtk_widget_queue_draw(GTK_WIDGET(self));
  sg_spectrogram_view_emit_pointed(self, self->cursor_sample, self->cursor_hz);
}

/* Shows the cursor where it was not yet; TRUE when it was there. */
static gboolean
ensure_cursor(SgSpectrogramView *self)
{
  if (!isnan(self->cursor_sample))
    return TRUE;
  double x = sg_view_range_x_of(self->range, (double)self->playhead),
         width = sg_view_range_get_width(self->range);
  self->cursor_sample = sg_view_range_sample_at(self->range, x >= 0.0 && x <= width ? x : width / 2.0);
  self->cursor_hz = FIRST_CURSOR_HZ;
  cursor_moved(self);
  return FALSE;
}

static gboolean
move_cursor(GtkWidget *widget, GVariant *arguments, gpointer data)
{
  SgSpectrogramView *self = SG_SPECTROGRAM_VIEW(widget);
  int columns, rows;
  g_variant_get(arguments, "(ii)", &columns, &rows);
  if (!ensure_cursor(self))
    return TRUE;
  self->cursor_sample += columns * cell_samples(self);
  for (int i = 0; i < ABS(rows); i++)
    self->cursor_hz = step_frequency(self, self->cursor_hz, rows > 0 ? 1 : -1);
  cursor_moved(self);
  return TRUE;
}

static gboolean
move_octave(GtkWidget *widget, GVariant *arguments, gpointer data)
{
  SgSpectrogramView *self = SG_SPECTROGRAM_VIEW(widget);
  int direction;
  g_variant_get(arguments, "(i)", &direction);
  if (!ensure_cursor(self))
    return TRUE;
  self->cursor_hz *= direction > 0 ? 2.0 : 0.5;
  cursor_moved(self);
  return TRUE;
}

static gboolean
seek_to_cursor(GtkWidget *widget, GVariant *arguments, gpointer data)
{
  SgSpectrogramView *self = SG_SPECTROGRAM_VIEW(widget);
  if (isnan(self->cursor_sample))
    return FALSE;
  sg_spectrogram_view_emit_seek(self, self->cursor_sample);
  return TRUE;
}

static gboolean
hide_cursor(GtkWidget *widget, GVariant *arguments, gpointer data)
{
  SgSpectrogramView *self = SG_SPECTROGRAM_VIEW(widget);
  if (isnan(self->cursor_sample))
    return FALSE;
  self->cursor_sample = self->cursor_hz = NAN;
  gtk_widget_queue_draw(widget);
  sg_spectrogram_view_emit_pointed(self, NAN, NAN);
  return TRUE;
}

/* "(dd)": what lies between these shares of the height fills it. */
static gboolean
scale_axis(GtkWidget *widget, GVariant *arguments, gpointer data)
{
  double top, bottom, height = gtk_widget_get_height(widget);
  g_variant_get(arguments, "(dd)", &top, &bottom);
  show_heights(SG_SPECTROGRAM_VIEW(widget), top * height, bottom * height);
  return TRUE;
}

static void
add_axis_keys(GtkWidgetClass *widget_class)
{
  static const struct {
    guint key;
    double top, bottom;
  } keys[] = {
    { GDK_KEY_plus, 0.125, 0.875 },    { GDK_KEY_equal, 0.125, 0.875 },      { GDK_KEY_KP_Add, 0.125, 0.875 },
    { GDK_KEY_minus, -0.17, 1.17 },    { GDK_KEY_KP_Subtract, -0.17, 1.17 }, { GDK_KEY_Page_Up, -0.25, 0.75 },
    { GDK_KEY_Page_Down, 0.25, 1.25 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
    gtk_widget_class_add_binding(widget_class, keys[i].key, GDK_ALT_MASK, scale_axis, "(dd)", keys[i].top,
                                 keys[i].bottom);
}

static gboolean
open_menu(GtkWidget *widget, GVariant *arguments, gpointer data)
{
  sg_spectrogram_view_emit_menu(SG_SPECTROGRAM_VIEW(widget), gtk_widget_get_width(widget) / 2.0,
                                gtk_widget_get_height(widget) / 2.0);
  return TRUE;
}

void
sg_spectrogram_view_add_keys(GtkWidgetClass *widget_class)
{
  static const struct {
    guint key, keypad;
    int columns, rows;
  } arrows[] = {
    { GDK_KEY_Left, GDK_KEY_KP_Left, -1, 0 },
    { GDK_KEY_Right, GDK_KEY_KP_Right, 1, 0 },
    { GDK_KEY_Up, GDK_KEY_KP_Up, 0, 1 },
    { GDK_KEY_Down, GDK_KEY_KP_Down, 0, -1 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(arrows); i++)
    for (int big = 0; big < 2; big++) {
      int n = big ? CELLS_PER_BIG_STEP : 1;
      GdkModifierType modifiers = big ? GDK_SHIFT_MASK : 0;
      gtk_widget_class_add_binding(widget_class, arrows[i].key, modifiers, move_cursor, "(ii)",
                                   n * arrows[i].columns, n * arrows[i].rows);
      gtk_widget_class_add_binding(widget_class, arrows[i].keypad, modifiers, move_cursor, "(ii)",
                                   n * arrows[i].columns, n * arrows[i].rows);
    }
  add_axis_keys(widget_class);
  gtk_widget_class_add_binding(widget_class, GDK_KEY_Page_Up, 0, move_octave, "(i)", 1);
  gtk_widget_class_add_binding(widget_class, GDK_KEY_Page_Down, 0, move_octave, "(i)", -1);
  gtk_widget_class_add_binding(widget_class, GDK_KEY_Return, 0, seek_to_cursor, NULL);
  gtk_widget_class_add_binding(widget_class, GDK_KEY_KP_Enter, 0, seek_to_cursor, NULL);
  gtk_widget_class_add_binding(widget_class, GDK_KEY_Escape, 0, hide_cursor, NULL);
  gtk_widget_class_add_binding(widget_class, GDK_KEY_Menu, 0, open_menu, NULL);
  gtk_widget_class_add_binding(widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, open_menu, NULL);
}

void
sg_spectrogram_view_add_controllers(SgSpectrogramView *self)
{
  GtkWidget *widget = GTK_WIDGET(self);
  GtkEventController *motion = gtk_event_controller_motion_new();
  g_signal_connect(motion, "motion", G_CALLBACK(on_motion), self);
  g_signal_connect(motion, "leave", G_CALLBACK(on_leave), self);
  gtk_widget_add_controller(widget, motion);

  GtkEventController *scroll = gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  g_signal_connect(scroll, "scroll", G_CALLBACK(on_scroll), self);
  gtk_widget_add_controller(widget, scroll);

  GtkGesture *click = gtk_gesture_click_new();
  g_signal_connect(click, "pressed", G_CALLBACK(on_pressed), self);
  g_signal_connect(click, "released", G_CALLBACK(on_released), self);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(click));

  GtkGesture *menu = gtk_gesture_click_new();
  gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(menu), GDK_BUTTON_SECONDARY);
  g_signal_connect(menu, "pressed", G_CALLBACK(on_menu_pressed), self);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(menu));

  GtkGesture *band = gtk_gesture_drag_new();
  g_signal_connect(band, "drag-begin", G_CALLBACK(on_band_begin), self);
  g_signal_connect(band, "drag-update", G_CALLBACK(on_band_update), self);
  g_signal_connect(band, "drag-end", G_CALLBACK(on_band_end), self);
  g_signal_connect(band, "cancel", G_CALLBACK(on_band_cancel), self);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(band));

  sg_time_gestures_attach(widget, self->range, GDK_BUTTON_MIDDLE);
  sg_time_selection_attach(widget, self->range, self->marks);
}
