#include "ui/toast-guard.h"

#include "tests/support-ui.h"

typedef struct {
  GtkWidget *window;
  AdwToastOverlay *overlay;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  f->overlay = ADW_TOAST_OVERLAY(adw_toast_overlay_new());
  f->window = test_window_new(GTK_WIDGET(f->overlay), 400, 300);
  test_settle(50);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  gtk_window_destroy(GTK_WINDOW(f->window));
}

/* Adds a toast; *out_weak becomes NULL when it has gone. */
static AdwToast *
add_toast(Fixture *f, const char *title, gpointer *out_weak)
{
  AdwToast *toast = adw_toast_new(title);
  *out_weak = toast;
  g_object_add_weak_pointer(G_OBJECT(toast), out_weak);
  adw_toast_set_timeout(toast, 0);
  sg_toast_guard(toast, GTK_WIDGET(f->overlay));
  adw_toast_overlay_add_toast(f->overlay, toast);
  return toast;
}

static void
wait_for_end(gpointer *weak)
{
  gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  while (*weak != NULL) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    test_settle(5);
  }
}

static void
count(AdwToast *toast, guint *n)
{
  ++*n;
}

/* Closed as soon as it appears, in the place of another or not: libadwaita 1.2 alone writes to freed memory
 * then. */
static void
test_early(Fixture *f, gconstpointer data)
{
  gpointer weak[3];
  guint n_dismissed = 0;
  AdwToast *first = add_toast(f, "first", &weak[0]), *second = add_toast(f, "second", &weak[1]);
  g_signal_connect(first, "dismissed", G_CALLBACK(count), &n_dismissed);
  g_signal_connect(second, "dismissed", G_CALLBACK(count), &n_dismissed);
  adw_toast_dismiss(first);
  adw_toast_dismiss(first); /* twice is no different */
  g_assert_cmpuint(n_dismissed, ==, 0);
  wait_for_end(&weak[0]);
  g_assert_cmpuint(n_dismissed, ==, 1);
  g_assert_nonnull(weak[1]);
  adw_toast_dismiss(second);
  g_assert_cmpuint(n_dismissed, ==, 1);
  wait_for_end(&weak[1]);
  g_assert_cmpuint(n_dismissed, ==, 2);
  adw_toast_dismiss(add_toast(f, "third", &weak[2]));
  wait_for_end(&weak[2]);
}

/* One that has been there for a while leaves at once. */
static void
test_late(Fixture *f, gconstpointer data)
{
  gpointer weak;
  guint n_dismissed = 0;
  AdwToast *toast = add_toast(f, "toast", &weak);
  g_signal_connect(toast, "dismissed", G_CALLBACK(count), &n_dismissed);
  test_settle(1000);
  adw_toast_dismiss(toast);
  g_assert_cmpuint(n_dismissed, ==, 1);
  wait_for_end(&weak);
}

/* Toasts that are still there, or wait to leave, go with the window. */
static void
test_window_closed(Fixture *f, gconstpointer data)
{
  gpointer weak[2];
  adw_toast_dismiss(add_toast(f, "first", &weak[0]));
  add_toast(f, "second", &weak[1]);
  gtk_window_set_child(GTK_WINDOW(f->window), NULL);
  wait_for_end(&weak[0]);
  wait_for_end(&weak[1]);
}

int
main(int argc, char **argv)
{
  gtk_test_init(&argc, &argv, NULL);
  adw_init();
  g_test_add("/ui/toast-guard/early", Fixture, NULL, set_up, test_early, tear_down);
  g_test_add("/ui/toast-guard/late", Fixture, NULL, set_up, test_late, tear_down);
  g_test_add("/ui/toast-guard/window-closed", Fixture, NULL, set_up, test_window_closed, tear_down);
  return g_test_run();
}
