/* What somebody meets who cannot see the window or has no mouse: every control that can have the focus has a
 * name, what has a value tells it in words, and what a mouse does a key or an action does too. */
#include "tests/support.h"
#include "ui/preferences.h"
#include "ui/resources.h"
#include "ui/window.h"

enum { RATE = 44100, N_SECONDS = 3 };

typedef struct {
  TestFolder *folder;
  SgWindow *window;
  SgSession *session;
} Fixture;

static void
wait_for_job(Fixture *f)
{
  gint64 deadline = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
  while (sg_session_get_job(f->session) != NULL) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_main_context_iteration(NULL, TRUE);
  }
}

static void
run_for(guint ms)
{
  gint64 until = g_get_monotonic_time() + ms * 1000;
  while (g_get_monotonic_time() < until)
    if (!g_main_context_iteration(NULL, FALSE))
      g_usleep(1000);
}

static void
set_up(Fixture *f, gconstpointer data)
{
  g_autofree float *samples = test_band_new(RATE, 2, N_SECONDS * RATE, 1);
  f->folder = test_folder_new();
  g_autofree char *song = g_build_filename(f->folder, "A song with a long name.wav", NULL);
  test_sound_write(song, "wav16", RATE, 2, samples, N_SECONDS * RATE);
  f->window = g_object_ref(sg_window_new(NULL));
  f->session = sg_window_get_session(f->window);
  gtk_window_present(GTK_WINDOW(f->window));
  g_autoptr(GFile) file = g_file_new_for_path(song);
  if (data != NULL) {
    sg_window_open(f->window, file);
    wait_for_job(f);
    sg_method_choice_set_method_id(sg_window_get_choice(f->window),
                                   "hpss"); /* the last test's is remembered */
    gtk_widget_activate_action(GTK_WIDGET(f->window), "win.separate", NULL);
    wait_for_job(f);
  }
  run_for(50);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  gtk_window_destroy(GTK_WINDOW(f->window));
  g_object_unref(f->window);
  run_for(20);
  test_folder_remove(f->folder);
}

/* Names */

static gboolean
has_name(GtkWidget *widget)
{
  /* The button in a menu button is named by that one. */
  GtkWidget *parent = gtk_widget_get_parent(widget);
  GtkAccessible *accessible = GTK_ACCESSIBLE(GTK_IS_MENU_BUTTON(parent) ? parent : widget);
  return gtk_test_accessible_has_property(accessible, GTK_ACCESSIBLE_PROPERTY_LABEL) ||
         gtk_test_accessible_has_relation(accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY);
}

/* Whether a screen reader stops here: what can have the focus and is no mere container of others. The lines
 * of a list are named by what is in them. */
static gboolean
is_control(GtkWidget *widget)
{
  if (!gtk_widget_get_focusable(widget) || !gtk_widget_get_can_focus(widget) ||
      GTK_IS_SCROLLED_WINDOW(widget) || GTK_IS_LIST_VIEW(widget) || GTK_IS_LIST_BOX(widget) ||
      g_str_equal(G_OBJECT_TYPE_NAME(widget), "GtkListItemWidget"))
    return FALSE;
  static const GtkAccessibleRole containers[] = {
    GTK_ACCESSIBLE_ROLE_WINDOW,       GTK_ACCESSIBLE_ROLE_DIALOG, GTK_ACCESSIBLE_ROLE_GENERIC,
    GTK_ACCESSIBLE_ROLE_PRESENTATION, GTK_ACCESSIBLE_ROLE_NONE,
  };
  GtkAccessibleRole role = gtk_accessible_get_accessible_role(GTK_ACCESSIBLE(widget));
  for (gsize i = 0; i < G_N_ELEMENTS(containers); i++)
    if (role == containers[i])
      return FALSE;
  return TRUE;
}

static char *
dup_place(GtkWidget *widget)
{
  GString *place = g_string_new(NULL);
  for (; widget != NULL; widget = gtk_widget_get_parent(widget))
    if (G_OBJECT_TYPE(widget) != GTK_TYPE_BOX)
      g_string_append_printf(place, " < %s", G_OBJECT_TYPE_NAME(widget));
  return g_string_free(place, FALSE);
}

/* Notes what has no name; counts what has one. */
static void
look_at(GtkWidget *widget, GString *out_nameless, guint *out_n_named)
{
  if (is_control(widget)) {
    if (has_name(widget))
      ++*out_n_named;
    else {
      g_autofree char *place = dup_place(widget);
      g_string_append_printf(out_nameless, "%s\n", place);
    }
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    look_at(child, out_nameless, out_n_named);
}

static void
assert_all_named(GtkWidget *root, guint n_least)
{
  g_autoptr(GString) nameless = g_string_new(NULL);
  guint n_named = 0;
  look_at(root, nameless, &n_named);
  g_test_message("%u controls have names", n_named);
  if (nameless->len > 0)
    g_error("without a name:\n%s", nameless->str);
  g_assert_cmpuint(n_named, >=, n_least);
}

static void
test_start_page(Fixture *f, gconstpointer data)
{
  assert_all_named(GTK_WIDGET(f->window), 4);
}

static void
test_song(Fixture *f, gconstpointer data)
{
  assert_all_named(GTK_WIDGET(f->window), 20);
}

/* Every method's settings in turn. */
static void
test_methods(Fixture *f, gconstpointer data)
{
  gtk_widget_activate_action(GTK_WIDGET(f->window), "win.choose-method", NULL);
  for (const SgMethodClass *const *method = sg_methods(); *method != NULL; method++) {
    sg_method_choice_set_method_id(sg_window_get_choice(f->window), (*method)->id);
    assert_all_named(GTK_WIDGET(f->window), 20 + (guint)(*method)->n_knobs);
  }
}

static void
test_preferences(Fixture *f, gconstpointer data)
{
  static const char *const pages[] = { "appearance", "sound", "files" };
  for (gsize i = 0; i < G_N_ELEMENTS(pages); i++) {
    g_autoptr(SgSettings) settings = sg_settings_new();
    GtkWidget *preferences = sg_preferences_new(GTK_WINDOW(f->window), settings);
    sg_preferences_turn_to(SG_PREFERENCES(preferences), sg_session_get_player(f->session), pages[i]);
    gtk_window_present(GTK_WINDOW(preferences));
    run_for(20);
    assert_all_named(preferences, 8);
    gtk_window_destroy(GTK_WINDOW(preferences));
  }
}

/* Values in words, with their unit. */

static void
look_at_values(GtkWidget *widget, GString *out_wordless, guint *out_n)
{
  if (GTK_IS_SCALE(widget)) {
    ++*out_n;
    if (!gtk_test_accessible_has_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT)) {
      g_autofree char *place = dup_place(widget);
      g_string_append_printf(out_wordless, "%s\n", place);
    }
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    look_at_values(child, out_wordless, out_n);
}

static void
test_values(Fixture *f, gconstpointer data)
{
  g_autoptr(GString) wordless = g_string_new(NULL);
  guint n = 0;
  look_at_values(GTK_WIDGET(f->window), wordless, &n);
  if (wordless->len > 0)
    g_error("values without words:\n%s", wordless->str);
  g_assert_cmpuint(n, >=, 5); /* gain and strength of two stems, the position */
}

/* Without a mouse */

static SgStem *
stem_at(Fixture *f, guint i)
{
  g_autoptr(SgStem) stem = g_list_model_get_item(sg_session_get_stems(f->session), i);
  return stem;
}

static gboolean
act_on_row(Fixture *f, const char *action, int row)
{
  return gtk_widget_activate_action(GTK_WIDGET(f->window), action, "i", row);
}

static void
test_rows(Fixture *f, gconstpointer data)
{
  g_assert_true(act_on_row(f, "win.mute", 1));
  g_assert_true(sg_stem_get_muted(stem_at(f, 0)));
  act_on_row(f, "win.mute", 1);
  g_assert_false(sg_stem_get_muted(stem_at(f, 0)));
  act_on_row(f, "win.solo", 2);
  g_assert_true(sg_stem_get_soloed(stem_at(f, 1)));
  g_assert_false(sg_stem_get_soloed(stem_at(f, 0)));
  act_on_row(f, "win.mute", 0); /* the mixture has none, and there is no row 9 */
  act_on_row(f, "win.solo", 9);
  act_on_row(f, "win.focus-row", -1);

  GtkWidget *rows[3];
  for (int i = 0; i < 3; i++) {
    act_on_row(f, "win.focus-row", i);
    rows[i] = gtk_window_get_focus(GTK_WINDOW(f->window));
    g_assert_nonnull(rows[i]);
    g_assert_true(i == 0 || rows[i] != rows[i - 1]);
  }
  gtk_widget_activate_action(GTK_WIDGET(f->window), "win.row-up", NULL);
  g_assert_true(gtk_window_get_focus(GTK_WINDOW(f->window)) == rows[1]);
  gtk_widget_activate_action(GTK_WIDGET(f->window), "win.row-down", NULL);
  gtk_widget_activate_action(GTK_WIDGET(f->window), "win.row-down", NULL); /* stays at the last */
  g_assert_true(gtk_window_get_focus(GTK_WINDOW(f->window)) == rows[2]);
}

/* Tab goes once round everything and comes to the song, the transport and the header. */
static void
test_tab_order(Fixture *f, gconstpointer data)
{
  gtk_window_set_focus(GTK_WINDOW(f->window), NULL);
  g_autoptr(GHashTable) visited = g_hash_table_new(NULL, NULL);
  gboolean came_to_view = FALSE, came_to_transport = FALSE, came_to_header = FALSE;
  for (int i = 0; i < 200; i++) {
    g_signal_emit_by_name(f->window, "move-focus", GTK_DIR_TAB_FORWARD);
    GtkWidget *focus = gtk_window_get_focus(GTK_WINDOW(f->window));
    g_assert_nonnull(focus);
    g_autofree char *place = dup_place(focus);
    if (!g_hash_table_add(visited, focus))
      break;
    came_to_view = came_to_view || strstr(place, "SgSpectrogramView") != NULL;
    came_to_transport = came_to_transport || strstr(place, "SgTransportBar") != NULL;
    came_to_header = came_to_header || strstr(place, "AdwHeaderBar") != NULL;
  }
  g_test_message("%u stops", g_hash_table_size(visited));
  g_assert_true(came_to_view && came_to_transport && came_to_header);
}

/* With letters of twice the size the window still fits where a small one does. */
static void
test_big_text(Fixture *f, gconstpointer data)
{
  GtkSettings *settings = gtk_settings_get_default();
  sg_method_choice_set_method_id(sg_window_get_choice(f->window), "classic");
  int dpi, minimum, natural;
  g_object_get(settings, "gtk-xft-dpi", &dpi, NULL);
  g_object_set(settings, "gtk-xft-dpi", 2 * (dpi > 0 ? dpi : 96 * 1024), NULL);
  run_for(50);
  gtk_widget_measure(GTK_WIDGET(f->window), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  g_test_message("least width with big text: %d", minimum);
  g_assert_cmpint(minimum, <=, 900);
  gtk_widget_measure(GTK_WIDGET(f->window), GTK_ORIENTATION_VERTICAL, 900, &minimum, &natural, NULL, NULL);
  g_test_message("least height with big text: %d", minimum);
  g_assert_cmpint(minimum, <=, 600);
  g_object_set(settings, "gtk-xft-dpi", dpi, NULL);
}

int
main(int argc, char **argv)
{
  g_setenv("STEMGLASS_OUTPUT", "null", TRUE);
  gtk_test_init(&argc, &argv, NULL);
  adw_init();
  sg_ui_register_resources();
  sg_ui_load_style();
  static const struct {
    const char *path;
    gboolean with_song;
    void (*test)(Fixture *f, gconstpointer data);
  } tests[] = {
    { "/ui/access/start-page", FALSE, test_start_page },
    { "/ui/access/song", TRUE, test_song },
    { "/ui/access/methods", TRUE, test_methods },
    { "/ui/access/preferences", FALSE, test_preferences },
    { "/ui/access/values", TRUE, test_values },
    { "/ui/access/rows", TRUE, test_rows },
    { "/ui/access/tab-order", TRUE, test_tab_order },
    { "/ui/access/big-text", TRUE, test_big_text },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, Fixture, GINT_TO_POINTER(tests[i].with_song), set_up, tests[i].test, tear_down);
  return g_test_run();
}
