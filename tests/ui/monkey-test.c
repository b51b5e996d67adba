/* A monkey at the window: 200 random actions a second, drawn by a seed that is printed (--seed repeats the
 * draws, though not when work ends that runs beside them; --verbose tells each action). Nothing may warn,
 * nothing may leak the window, and nothing may keep the main loop for long.
 *
 * Three seconds in the suite; STEMGLASS_MONKEY_SECONDS=60 for a minute, which is held to 50 ms.
 *
 * Two times are taken between two polls: what the thread computed, which is judged, and that with what it was
 * blocked for (locks, files, the display), less what the kernel let it or the display's server wait for a
 * processor (schedstat): to open a popover GTK asks the server some 50 things, one after the other. The
 * second is only held to a second: on a busy machine whoever has the lock may be without a processor. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/memory.h"
#include "tests/support.h"
#include "ui/preferences.h"
#include "ui/resources.h"
#include "ui/window.h"

enum { RATE = 44100, N_SECONDS = 20, ACTIONS_A_SECOND = 200 };
/* Computed, in the suite (any machine, anything beside it) and in a run by itself; and blocked. */
#define LONGEST_IN_SUITE_MS 250.0
#define LONGEST_MS 50.0
#define LONGEST_BLOCKED_MS 1000.0
/* What a run may add to resident memory, between jobs, once its caches are full. */
#define MOST_GROWTH_MB 60.0
/* Of the actions that are due while the thread has a processor or waits for something else. */
#define LEAST_SHARE 0.95
/* Its checks take several times as long, and its memory is kept apart when it is freed. */
#ifdef __SANITIZE_ADDRESS__
#define IS_SANITIZED TRUE
#else
#define IS_SANITIZED FALSE
#endif

typedef struct {
  TestFolder *folder;
  char *songs[3];
  SgWindow *window;
  SgSession *session;
  SgRandom random;
  GSource *clock;
  gint64 next_us; /* when the next action is due */
  guint64 n_actions;
  gint64 starved_us; /* of the time it acted: ready, without a processor */
  const char *last;  /* what was done last */
} Monkey;

/* The watch */

typedef struct {
  gint64 since_us, waited_us; /* waited: and the display's server */
  double computed_ms;         /* by this thread, at since_us */
  double longest_ms, longest_blocked_ms;
  const char *doing; /* what was done in the longest */
  Monkey *monkey;
} Watch;

static Watch watch;

/* Microseconds that a thread was ready and had no processor. */
static gint64
get_starved_us(const char *schedstat)
{
  unsigned long long ran_ns = 0, waited_ns = 0;
  FILE *file = fopen(schedstat, "r");
  if (file == NULL)
    return 0;
  if (fscanf(file, "%llu %llu", &ran_ns, &waited_ns) != 2)
    waited_ns = 0;
  fclose(file);
  return (gint64)(waited_ns / 1000);
}

/* Of this thread. */
static gint64
get_own_starved_us(void)
{
  return get_starved_us("/proc/thread-self/schedstat");
}

/* Of those that this thread may wait for: itself and the display's server, which tests/with-display started.
 */
static gint64
get_waited_us(void)
{
  char path[64];
  const char *server = g_getenv("SG_TEST_DISPLAY_PID");
  if (server == NULL)
    return get_own_starved_us();
  g_snprintf(path, sizeof path, "/proc/%s/schedstat", server);
  return get_own_starved_us() + get_starved_us(path);
}

static double
get_computed_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static int
watched_poll(GPollFD *fds, guint n, int timeout)
{
  gint64 now = g_get_monotonic_time(), waited = get_waited_us();
  if (watch.since_us != 0) {
    double computed_ms = get_computed_ms() - watch.computed_ms;
    double blocked_ms = (double)(now - watch.since_us - (waited - watch.waited_us)) / 1000.0;
    watch.longest_blocked_ms = MAX(watch.longest_blocked_ms, MAX(blocked_ms, computed_ms));
    if (computed_ms > watch.longest_ms) {
      watch.longest_ms = computed_ms;
      watch.doing = watch.monkey->last;
    }
  }
  int result = g_poll(fds, n, timeout);
  watch.since_us = g_get_monotonic_time();
  watch.computed_ms = get_computed_ms();
  watch.waited_us = get_waited_us();
  return result;
}

static double
get_resident_mb(void)
{
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
    pages = 0;
  if (file != NULL)
    fclose(file);
  return (double)pages * 4096.0 / 1e6;
}

/* What it does */

static guint
below(Monkey *monkey, guint n)
{
  return n > 0 ? (guint)sg_random_below(&monkey->random, n) : 0;
}

static double
between(Monkey *monkey, double low, double high)
{
  return low + (high - low) * sg_random_unit(&monkey->random);
}

/* Whether it has its place on the screen, which it gets in the frame after it was made. No hand is as quick,
 * and GTK 4.8 on X11 complains of a list or menu that is opened in a popover before that
 * (gdk_monitor_get_geometry). */
static gboolean
is_laid_out(GtkWidget *widget)
{
  GtkWidget *native = GTK_WIDGET(gtk_widget_get_native(widget));
  return gtk_widget_get_mapped(widget) && gtk_widget_get_width(widget) > 0 &&
         gtk_widget_get_width(native) > 0;
}

/* A program's own dialogs for files are GTK's, slow, and not ours to judge; closing is done at the end. */
static gboolean
is_left_alone(const char *action)
{
  static const char *const names[] = { "win.open",         "win.open-demo",   "win.export",
                                       "window.close",     "window.minimize", "window.toggle-maximized",
                                       "default.activate", "win.retry-output" };
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (g_strcmp0(names[i], action) == 0)
      return TRUE;
  return FALSE;
}

/* An action of the widget's class that takes no parameter. */
static void
act(Monkey *monkey, GtkWidget *widget)
{
  const GVariantType *type;
  const char *name, *property;
  GType owner;
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0;
       gtk_widget_class_query_action(GTK_WIDGET_GET_CLASS(widget), i, &owner, &name, &type, &property); i++)
    if (type == NULL && !is_left_alone(name))
      g_ptr_array_add(names, (char *)name);
  if (names->len == 0)
    return;
  monkey->last = names->pdata[below(monkey, names->len)];
  gtk_widget_activate_action(widget, monkey->last, NULL);
}

static void
act_on_window(Monkey *monkey)
{
  act(monkey, GTK_WIDGET(monkey->window));
}

static void
act_on_row(Monkey *monkey)
{
  static const char *const names[] = { "win.mute", "win.solo", "win.focus-row" };
  monkey->last = names[below(monkey, G_N_ELEMENTS(names))];
  gtk_widget_activate_action(GTK_WIDGET(monkey->window), monkey->last, "i", (int)below(monkey, 7) - 1);
}

static void
choose_colours(Monkey *monkey)
{
  static const char *const names[] = { "magma", "inferno", "viridis", "grey" };
  monkey->last = "win.colours";
  gtk_widget_activate_action(GTK_WIDGET(monkey->window), "win.colours", "s", names[below(monkey, 4)]);
}

/* Widgets that a mouse would find */

static void
collect(GtkWidget *widget, GType type, GPtrArray *out)
{
  if (!gtk_widget_get_visible(widget) || !gtk_widget_get_child_visible(widget))
    return;
  if (g_type_is_a(G_OBJECT_TYPE(widget), type) && gtk_widget_is_sensitive(widget))
    g_ptr_array_add(out, widget);
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    collect(child, type, out);
}

/* One of all that is of this type in the window, or NULL. */
static gpointer
find_any(Monkey *monkey, GType type)
{
  g_autoptr(GPtrArray) found = g_ptr_array_new();
  collect(GTK_WIDGET(monkey->window), type, found);
  return found->len > 0 ? found->pdata[below(monkey, found->len)] : NULL;
}

static void
move_range(Monkey *monkey)
{
  GtkRange *range = find_any(monkey, GTK_TYPE_RANGE);
  if (range == NULL)
    return;
  GtkAdjustment *adjustment = gtk_range_get_adjustment(range);
  double value = between(monkey, gtk_adjustment_get_lower(adjustment), gtk_adjustment_get_upper(adjustment));
  gboolean handled;
  monkey->last = "a fader";
  g_signal_emit_by_name(range, "change-value", GTK_SCROLL_JUMP, value, &handled);
}

static void
turn_spin(Monkey *monkey)
{
  GtkSpinButton *spin = find_any(monkey, GTK_TYPE_SPIN_BUTTON);
  monkey->last = "a number";
  if (spin != NULL)
    gtk_spin_button_spin(spin, below(monkey, 2) == 0 ? GTK_SPIN_STEP_FORWARD : GTK_SPIN_STEP_BACKWARD,
                         between(monkey, 0.0, 10.0));
}

static gboolean
opens_file_dialog(GtkWidget *button)
{
  const char *label = GTK_IS_BUTTON(button) ? gtk_button_get_label(GTK_BUTTON(button)) : NULL;
  return label != NULL && strstr(label, "…") != NULL;
}

/* Whether a mouse would find it: nothing lies over its middle, and no scroller hides that. */
static gboolean
is_in_sight(GtkWidget *widget)
{
  GtkWidget *native = GTK_WIDGET(gtk_widget_get_native(widget));
  graphene_rect_t bounds;
  graphene_point_t middle;
  if (!is_laid_out(widget) || !gtk_widget_compute_bounds(widget, native, &bounds))
    return FALSE;
  graphene_rect_get_center(&bounds, &middle);
  GtkWidget *hit = gtk_widget_pick(native, (double)middle.x, (double)middle.y, GTK_PICK_DEFAULT);
  return hit != NULL && (hit == widget || gtk_widget_is_ancestor(hit, widget));
}

static void
press_button(Monkey *monkey)
{
  GtkWidget *button = find_any(monkey, GTK_TYPE_BUTTON);
  if (button == NULL || opens_file_dialog(button) ||
      gtk_widget_get_ancestor(button, GTK_TYPE_WINDOW_CONTROLS) ||
      is_left_alone(gtk_actionable_get_action_name(GTK_ACTIONABLE(button))))
    return;
  monkey->last = "a button";
  if (is_in_sight(button))
    g_signal_emit_by_name(button, "clicked");
  else /* as a key would; a mouse cannot press it */
    gtk_widget_grab_focus(button);
}

static void
close_popovers(Monkey *monkey)
{
  GtkPopover *popover = find_any(monkey, GTK_TYPE_POPOVER);
  monkey->last = "a popover";
  if (popover != NULL)
    gtk_popover_popdown(popover);
}

static void
move_focus(Monkey *monkey)
{
  monkey->last = "the focus";
  /* GTK 4.8 complains of itself where a popover is open and nothing has the focus. */
  if (gtk_window_get_focus(GTK_WINDOW(monkey->window)) == NULL)
    return;
  g_signal_emit_by_name(monkey->window, "move-focus", (GtkDirectionType)below(monkey, 6));
}

/* An action of what has the focus: rows and views have their own. */
static void
act_on_focus(Monkey *monkey)
{
  GtkWidget *focus = gtk_window_get_focus(GTK_WINDOW(monkey->window));
  for (guint up = below(monkey, 4); focus != NULL && up > 0; up--)
    focus = gtk_widget_get_parent(focus);
  if (focus != NULL && is_laid_out(focus))
    act(monkey, focus);
}

static void
resize(Monkey *monkey)
{
  monkey->last = "the size";
  gtk_window_set_default_size(GTK_WINDOW(monkey->window), (int)between(monkey, 760.0, 1500.0),
                              (int)between(monkey, 480.0, 950.0));
}

static void
choose_method(Monkey *monkey)
{
  static const char *const ids[] = { "hpss", "center", "manual" }; /* quick ones */
  SgMethodChoice *choice = sg_window_get_choice(monkey->window);
  monkey->last = "the method";
  sg_method_choice_set_method_id(choice, ids[below(monkey, G_N_ELEMENTS(ids))]);
  const SgMethodClass *method = sg_method_choice_get_class(choice);
  if (method->n_knobs > 0) {
    guint knob = below(monkey, (guint)method->n_knobs);
    sg_method_choice_set_knob(choice, knob,
                              between(monkey, method->knobs[knob].minimum, method->knobs[knob].maximum));
  }
}

static void
change_settings(Monkey *monkey)
{
  g_autoptr(SgSettings) settings = sg_settings_new();
  monkey->last = "a setting";
  switch (below(monkey, 3)) {
  case 0:
    g_object_set(settings, "range-db", between(monkey, SG_SETTINGS_RANGE_MIN_DB, SG_SETTINGS_RANGE_MAX_DB),
                 NULL);
    break;
  case 1:
    g_object_set(settings, "buffer-frames", 64u << below(monkey, 6), NULL);
    break;
  default:
    g_object_set(settings, "wiener-iterations", below(monkey, 2), NULL);
  }
}

/* Another song, or what is none; seldom, as it takes a while. */
static void
open_something(Monkey *monkey)
{
  monkey->last = "opening";
  if (below(monkey, 20) != 0)
    return;
  g_autoptr(GFile) file = g_file_new_for_path(monkey->songs[below(monkey, G_N_ELEMENTS(monkey->songs))]);
  sg_window_open(monkey->window, file);
}

static void
export_somewhere(Monkey *monkey)
{
  monkey->last = "win.export-to";
  if (below(monkey, 4) != 0)
    return;
  g_autofree char *name = g_strdup_printf("stems %u", below(monkey, 3));
  g_autofree char *folder = g_build_filename(monkey->folder, name, NULL);
  gtk_widget_activate_action(GTK_WIDGET(monkey->window), "win.export-to", "s", folder);
}

/* Answers what asks, so that dialogs do not pile up. */
static void
answer(Monkey *monkey)
{
  g_autoptr(GPtrArray) dialogs = g_ptr_array_new_with_free_func(g_object_unref);
  GListModel *windows = gtk_window_get_toplevels();
  monkey->last = "a dialog";
  for (guint i = 0; i < g_list_model_get_n_items(windows); i++) {
    GtkWindow *window = g_list_model_get_item(windows, i);
    if (window != GTK_WINDOW(monkey->window) &&
        gtk_window_get_transient_for(window) == GTK_WINDOW(monkey->window))
      g_ptr_array_add(dialogs, window);
    else
      g_object_unref(window);
  }
  if (dialogs->len == 0)
    return;
  GtkWindow *dialog = dialogs->pdata[below(monkey, dialogs->len)];
  static const char *const responses[] = { "cancel", "close" };
  if (ADW_IS_MESSAGE_DIALOG(dialog)) {
    const char *response = responses[below(monkey, 2)];
    if (!adw_message_dialog_has_response(ADW_MESSAGE_DIALOG(dialog), response))
      response = adw_message_dialog_get_close_response(ADW_MESSAGE_DIALOG(dialog));
    adw_message_dialog_response(ADW_MESSAGE_DIALOG(dialog), response);
  }
  gtk_window_close(dialog);
}

static const struct {
  guint weight;
  void (*act)(Monkey *monkey);
} deeds[] = {
  { 30, act_on_window }, { 10, act_on_row },      { 2, choose_colours },  { 30, move_range },
  { 10, turn_spin },     { 20, press_button },    { 15, close_popovers }, { 15, move_focus },
  { 15, act_on_focus },  { 3, resize },           { 4, choose_method },   { 3, change_settings },
  { 3, open_something }, { 3, export_somewhere }, { 40, answer },
};

static void
do_something(Monkey *monkey)
{
  guint sum = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(deeds); i++)
    sum += deeds[i].weight;
  guint drawn = below(monkey, sum);
  gsize i = 0;
  while (drawn >= deeds[i].weight)
    drawn -= deeds[i++].weight;
  deeds[i].act(monkey);
  monkey->n_actions++;
}

/* By the clock: what is late is made up for, as keys wait for a program that is busy. */
static gboolean
on_time(gpointer data)
{
  Monkey *monkey = data;
  do_something(monkey);
  if (g_test_verbose())
    g_test_message("%" G_GUINT64_FORMAT " %s", monkey->n_actions, monkey->last);
  monkey->next_us += G_USEC_PER_SEC / ACTIONS_A_SECOND;
  g_source_set_ready_time(monkey->clock, monkey->next_us);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch(GSource *source, GSourceFunc function, gpointer data)
{
  return function(data);
}

static void
start_clock(Monkey *monkey)
{
  static GSourceFuncs functions = { .dispatch = dispatch };
  monkey->clock = g_source_new(&functions, sizeof(GSource));
  monkey->next_us = g_get_monotonic_time();
  g_source_set_ready_time(monkey->clock, monkey->next_us);
  g_source_set_callback(monkey->clock, on_time, monkey, NULL);
  g_source_attach(monkey->clock, NULL);
}

static void
stop_clock(Monkey *monkey)
{
  g_source_destroy(monkey->clock);
  g_clear_pointer(&monkey->clock, g_source_unref);
}

/* The run */

static void
make_songs(Monkey *monkey)
{
  g_autofree float *samples = test_band_new(RATE, 2, N_SECONDS * RATE, 1);
  static const char *const names[] = { "song.wav", "short.wav", "cut.wav" };
  static const int seconds[] = { N_SECONDS, 1, 4 };
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    monkey->songs[i] = g_build_filename(monkey->folder, names[i], NULL);
    test_sound_write(monkey->songs[i], "wav16", RATE, 2, samples, seconds[i] * RATE);
  }
  test_file_cut(monkey->songs[2], 2 * RATE * 4);
}

static void
run_for(double seconds)
{
  gint64 until = g_get_monotonic_time() + (gint64)(seconds * G_USEC_PER_SEC);
  while (g_get_monotonic_time() < until)
    g_main_context_iteration(NULL, TRUE);
}

/* Acts for a while, then has what runs cancelled; returns resident memory. A separation takes hundreds of
 * megabytes while it runs, so what is compared is what is left without one. */
static double
act_for(Monkey *monkey, double seconds)
{
  gint64 starved_us = get_own_starved_us();
  start_clock(monkey);
  run_for(seconds);
  stop_clock(monkey);
  monkey->starved_us += get_own_starved_us() - starved_us;
  gtk_widget_activate_action(GTK_WIDGET(monkey->window), "win.cancel", NULL);
  while (sg_session_get_job(monkey->session) != NULL)
    g_main_context_iteration(NULL, TRUE);
  run_for(0.3);
  return get_resident_mb();
}

static gboolean
wake(gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
wait_for_end(Monkey *monkey, gpointer *weak_window)
{
  gint64 until = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
  while (*weak_window != NULL && g_get_monotonic_time() < until)
    g_main_context_iteration(NULL, TRUE);
}

static void
test_monkey(void)
{
  const char *wanted = g_getenv("STEMGLASS_MONKEY_SECONDS");
  double seconds = wanted != NULL ? g_ascii_strtod(wanted, NULL) : 3.0;
  Monkey monkey = { .folder = test_folder_new(), .random = test_random(), .last = "nothing" };
  guint waker = g_timeout_add(10, wake, NULL);
  make_songs(&monkey);
  monkey.window = sg_window_new(NULL);
  monkey.session = sg_window_get_session(monkey.window);
  gpointer weak_window = monkey.window, weak_session = monkey.session;
  g_object_add_weak_pointer(G_OBJECT(monkey.window), &weak_window);
  g_object_add_weak_pointer(G_OBJECT(monkey.session), &weak_session);
  gtk_window_present(GTK_WINDOW(monkey.window));
  g_autoptr(GFile) song = g_file_new_for_path(monkey.songs[0]);
  sg_window_open(monkey.window, song);
  while (sg_session_get_job(monkey.session) != NULL)
    g_main_context_iteration(NULL, TRUE);

  run_for(0.3);
  watch = (Watch){ .monkey = &monkey, .doing = "nothing" };
  g_main_context_set_poll_func(NULL, watched_poll);
  double half_mb = act_for(&monkey, seconds / 2.0);
  double end_mb = act_for(&monkey, seconds / 2.0);
  g_main_context_set_poll_func(NULL, NULL);
  g_test_message(
      "%" G_GUINT64_FORMAT
      " actions in %g s (%.1f s without a processor); the main loop was kept for %.1f ms at most (%s), "
      "%.1f ms with what it was blocked for; resident %.0f MB at half time, %.0f MB at the end",
      monkey.n_actions, seconds, (double)monkey.starved_us * 1e-6, watch.longest_ms, watch.doing,
      watch.longest_blocked_ms, half_mb, end_mb);

  sg_window_open(monkey.window, song); /* cancels what runs, so that nothing is asked */
  while (sg_session_get_job(monkey.session) != NULL)
    g_main_context_iteration(NULL, TRUE);
  gtk_window_destroy(GTK_WINDOW(monkey.window));
  wait_for_end(&monkey, &weak_window);
  g_assert_null(weak_window);
  g_assert_null(weak_session);
  g_source_remove(waker);
  for (gsize i = 0; i < G_N_ELEMENTS(monkey.songs); i++)
    g_free(monkey.songs[i]);
  test_folder_remove(monkey.folder);
  if (IS_SANITIZED)
    return;
  g_assert_cmpfloat(watch.longest_ms, <=, wanted != NULL ? LONGEST_MS : LONGEST_IN_SUITE_MS);
  g_assert_cmpfloat(watch.longest_blocked_ms, <=, LONGEST_BLOCKED_MS);
  g_assert_cmpfloat(end_mb - half_mb, <=, MOST_GROWTH_MB);
  g_assert_cmpfloat((double)monkey.n_actions, >=,
                    LEAST_SHARE * ACTIONS_A_SECOND * (seconds - (double)monkey.starved_us * 1e-6));
}

int
main(int argc, char **argv)
{
  sg_memory_give_back();
  g_setenv("STEMGLASS_OUTPUT", "null", TRUE);
  gtk_test_init(&argc, &argv, NULL);
  /* GTK only mentions a dialog that belongs to no window. */
  g_log_set_fatal_mask("Gtk",
                       G_LOG_FATAL_MASK | G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_MESSAGE);
  adw_init();
  sg_ui_register_resources();
  sg_ui_load_style();
  g_test_add_func("/ui/monkey", test_monkey);
  return g_test_run();
}
