#include "tests/support-ui.h"

gboolean
test_press(GtkWidget *widget, guint key, GdkModifierType modifiers)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(widget);
  for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
    g_autoptr(GtkEventController) controller = g_list_model_get_item(controllers, i);
    if (!GTK_IS_SHORTCUT_CONTROLLER(controller))
      continue;
    for (guint k = 0; k < g_list_model_get_n_items(G_LIST_MODEL(controller)); k++) {
      g_autoptr(GtkShortcut) shortcut = g_list_model_get_item(G_LIST_MODEL(controller), k);
      GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger(shortcut);
      if (GTK_IS_KEYVAL_TRIGGER(trigger) &&
          gtk_keyval_trigger_get_keyval(GTK_KEYVAL_TRIGGER(trigger)) == key &&
          gtk_keyval_trigger_get_modifiers(GTK_KEYVAL_TRIGGER(trigger)) == modifiers)
        return gtk_shortcut_action_activate(gtk_shortcut_get_action(shortcut), 0, widget,
                                            gtk_shortcut_get_arguments(shortcut));
    }
  }
  return FALSE;
}

static void
emit_drag(GtkWidget *widget, const char *signal, double x, double y)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(widget);
  for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
    g_autoptr(GtkEventController) controller = g_list_model_get_item(controllers, i);
    if (GTK_IS_GESTURE_DRAG(controller) &&
        gtk_gesture_single_get_button(GTK_GESTURE_SINGLE(controller)) == GDK_BUTTON_PRIMARY)
      g_signal_emit_by_name(controller, signal, x, y);
  }
}

void
test_drag(GtkWidget *widget, double x0, double y0, double x1, double y1)
{
  emit_drag(widget, "drag-begin", x0, y0);
  emit_drag(widget, "drag-update", (x1 - x0) / 2.0, (y1 - y0) / 2.0);
  emit_drag(widget, "drag-update", x1 - x0, y1 - y0);
  emit_drag(widget, "drag-end", x1 - x0, y1 - y0);
}

void
test_settle(guint milliseconds)
{
  gint64 end = g_get_monotonic_time() + milliseconds * 1000;
  while (g_get_monotonic_time() < end) {
    g_main_context_iteration(NULL, FALSE);
    g_usleep(500);
  }
}

guint32 *
test_render(GtkWidget *widget, int *out_width, int *out_height)
{
  int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(widget);
  g_autoptr(GskRenderNode) node = NULL;
  while (node == NULL) {
    GtkSnapshot *snapshot = gtk_snapshot_new();
    g_main_context_iteration(NULL, FALSE);
    gdk_paintable_snapshot(paintable, snapshot, width, height);
    node = gtk_snapshot_free_to_node(snapshot);
  }
  GskRenderer *renderer = gtk_native_get_renderer(gtk_widget_get_native(widget));
  g_autoptr(GdkTexture) texture =
      gsk_renderer_render_texture(renderer, node, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
  guint32 *pixels = g_new(guint32, (gsize)width * (gsize)height);
  gdk_texture_download(texture, (guchar *)pixels, (gsize)width * sizeof *pixels);
  *out_width = width;
  *out_height = height;
  return pixels;
}

GtkWidget *
test_window_new(GtkWidget *child, int width, int height)
{
  GtkWidget *window = gtk_window_new();
  gtk_window_set_decorated(GTK_WINDOW(window), FALSE);
  gtk_widget_set_size_request(child, width, height);
  gtk_window_set_child(GTK_WINDOW(window), child);
  gtk_window_present(GTK_WINDOW(window));
  gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  while (gtk_widget_get_width(child) < width) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_main_context_iteration(NULL, FALSE);
    g_usleep(500);
  }
  return window;
}
