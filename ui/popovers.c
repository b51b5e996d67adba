#include "ui/popovers.h"

void
sg_popovers_close_in(GtkWidget *widget)
{
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;) {
    GtkWidget *next = gtk_widget_get_next_sibling(child); /* a closed one may leave */
    sg_popovers_close_in(child);
    if (GTK_IS_POPOVER(child) && gtk_widget_get_visible(child))
      gtk_popover_popdown(GTK_POPOVER(child));
    child = next;
  }
}

/* Sets how far the widget's scroller has to go down, in pixels, to show it, or as much of it as fits. Returns
 * false where it has no place yet. */
static gboolean
find_way(GtkWidget *widget, GtkWidget *scroller, double *out_way)
{
  graphene_rect_t bounds;
  if (gtk_widget_get_height(widget) == 0 || !gtk_widget_compute_bounds(widget, scroller, &bounds))
    return FALSE;
  double above = (double)bounds.origin.y;
  double below = above + (double)bounds.size.height - gtk_widget_get_height(scroller);
  *out_way = above < 0.0 ? above : CLAMP(below, 0.0, above);
  return TRUE;
}

typedef struct {
  void (*open)(GtkWidget *widget);
  int n_frames;
} Opening;

/* The first frame lays out, after this call. */
static gboolean
on_frame(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Opening *opening = data;
  if (opening->n_frames++ == 0)
    return G_SOURCE_CONTINUE;
  if (gtk_widget_get_mapped(widget))
    opening->open(widget);
  return G_SOURCE_REMOVE;
}

void
sg_popovers_open_at(GtkWidget *widget, void (*open)(GtkWidget *widget))
{
  GtkWidget *scroller = gtk_widget_get_ancestor(widget, GTK_TYPE_SCROLLED_WINDOW);
  double way = 0.0;
  if (scroller == NULL || (find_way(widget, scroller, &way) && way == 0.0)) {
    open(widget);
    return;
  }
  GtkAdjustment *down = gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(scroller));
  gtk_adjustment_set_value(down, gtk_adjustment_get_value(down) + way);
  Opening *opening = g_new0(Opening, 1);
  opening->open = open;
  gtk_widget_add_tick_callback(widget, on_frame, opening, g_free);
}
