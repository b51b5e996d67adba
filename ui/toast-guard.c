#include "ui/toast-guard.h"

/* The longest of the overlay's animations takes 500 ms. */
static const gint64 SLIDE_US = 550000;

/* Of one overlay: since when a toast may be sliding, and which are to leave afterwards. */
typedef struct {
  gint64 since_us;    /* time of frames */
  gboolean is_over;   /* as of the last frame; in the next, all animations have seen it */
  guint tick;         /* 0: nothing slides */
  GPtrArray *present; /* not dismissed yet, unowned */
  GPtrArray *leaving;
} Guard;

static void
guard_free(gpointer data)
{
  Guard *guard = data;
  g_ptr_array_unref(guard->present);
  g_ptr_array_unref(guard->leaving);
  g_free(guard);
}

static Guard *
get_guard(GtkWidget *within)
{
  Guard *guard = g_object_get_data(G_OBJECT(within), "toast-guard");
  if (guard == NULL) {
    guard = g_new0(Guard, 1);
    guard->present = g_ptr_array_new();
    guard->leaving = g_ptr_array_new_with_free_func(g_object_unref);
    g_object_set_data_full(G_OBJECT(within), "toast-guard", guard, guard_free);
  }
  return guard;
}

/* Animations are told the time once a frame, the youngest first; so two frames are waited for. */
static gboolean
on_tick(GtkWidget *within, GdkFrameClock *clock, gpointer data)
{
  Guard *guard = data;
  if (!guard->is_over) {
    guard->is_over = gdk_frame_clock_get_frame_time(clock) - guard->since_us > SLIDE_US;
    return G_SOURCE_CONTINUE;
  }
  guard->tick = 0;
  if (guard->leaving->len > 0) {
    g_autoptr(AdwToast) toast = g_ptr_array_steal_index(guard->leaving, 0);
    g_signal_emit_by_name(toast,
                          "dismissed"); /* it counts as dismissed, so adw_toast_dismiss() does nothing */
  }
  return G_SOURCE_REMOVE;
}

static void
watch_slide(Guard *guard, GtkWidget *within)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock(within);
  if (clock == NULL) /* what is not shown does not slide */
    return;
  guard->since_us = gdk_frame_clock_get_frame_time(clock);
  guard->is_over = FALSE;
  if (guard->tick == 0)
    guard->tick = gtk_widget_add_tick_callback(within, on_tick, guard, NULL);
}

static void
on_dismissed(AdwToast *toast, gpointer data)
{
  GtkWidget *within = data;
  Guard *guard = get_guard(within);
  if (guard->tick == 0) {
    g_ptr_array_remove(guard->present, toast);
    watch_slide(guard, within); /* the next one slides in */
    return;
  }
  g_signal_stop_emission_by_name(toast, "dismissed");
  if (!g_ptr_array_find(guard->leaving, toast, NULL))
    g_ptr_array_add(guard->leaving, g_object_ref(toast));
}

void
sg_toast_guard(AdwToast *toast, GtkWidget *within)
{
  g_return_if_fail(ADW_IS_TOAST(toast));
  g_return_if_fail(GTK_IS_WIDGET(within));
  /* Before the overlay's handler. */
  g_signal_connect_object(toast, "dismissed", G_CALLBACK(on_dismissed), within, 0);
  Guard *guard = get_guard(within);
  g_ptr_array_add(guard->present, toast);
  if (guard->present->len == 1) /* the others wait for their turn */
    watch_slide(guard, within);
}
