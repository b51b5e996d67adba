#include "ui/song-view.h"

#include <adwaita.h>
#include <math.h>

#include "tests/support-ui.h"
#include "tests/support.h"
#include "ui/colour-legend.h"
#include "ui/inspector-line.h"
#include "ui/resources.h"
#include "ui/time-ruler.h"
#include "ui/track-row.h"

enum { RATE = 44100, N_SECONDS = 8 };

typedef struct {
  TestFolder *folder;
  SgSession *session;
  GtkWidget *window;
  SgSongView *view;
} Fixture;

static void
on_opened(GObject *source, GAsyncResult *result, gpointer data)
{
  g_assert_true(sg_session_open_finish(SG_SESSION(source), result, NULL));
}

static void
on_separated(GObject *source, GAsyncResult *result, gpointer data)
{
  g_assert_true(sg_session_separate_finish(SG_SESSION(source), result, NULL));
}

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
tear_down(Fixture *f, gconstpointer data)
{
  gtk_window_destroy(GTK_WINDOW(f->window));
  g_clear_object(&f->session);
  test_settle(20);
  test_folder_remove(f->folder);
}

/* The n-th widget of a type, depth first. */
static GtkWidget *
find(GtkWidget *parent, GType type, int *n)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE(parent, type) && (*n)-- == 0)
    return parent;
  GtkWidget *found = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child(parent); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling(child))
    found = find(child, type, n);
  return found;
}

static GtkWidget *
nth(Fixture *f, GType type, int n)
{
  GtkWidget *found = find(GTK_WIDGET(f->view), type, &n);
  g_assert_nonnull(found);
  return found;
}

/* Layout takes its time on a busy machine. */
static void
wait_for_height(GtkWidget *widget, int from, int to)
{
  gint64 deadline = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
  while (gtk_widget_get_height(widget) < from || gtk_widget_get_height(widget) > to) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    test_settle(5);
  }
}

/* A separated song in a window. */
static void
set_up(Fixture *f, gconstpointer data)
{
  g_autofree float *samples = test_band_new(RATE, 2, N_SECONDS * RATE, 1);
  f->folder = test_folder_new();
  g_autofree char *path = g_build_filename(f->folder, "song.wav", NULL);
  test_sound_write(path, "wav32f", RATE, 2, samples, N_SECONDS * RATE);
  g_autoptr(GFile) file = g_file_new_for_path(path);
  f->session = sg_session_new(NULL);
  f->view = g_object_new(SG_TYPE_SONG_VIEW, NULL);
  sg_song_view_set_session(f->view, f->session);
  f->window = test_window_new(GTK_WIDGET(f->view), 1000, 600);
  sg_session_open_async(f->session, file, on_opened, NULL);
  wait_for_job(f);
  sg_session_separate_async(f->session, "hpss", on_separated, NULL);
  wait_for_job(f);
  wait_for_height(nth(f, SG_TYPE_TRACK_ROW, 2), 1, G_MAXINT);
}

static void
wait_until_complete(Fixture *f)
{
  gint64 deadline = g_get_monotonic_time() + 40 * G_USEC_PER_SEC;
  test_settle(50);
  while (!sg_song_view_is_complete(f->view)) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_main_context_iteration(NULL, FALSE);
    g_usleep(500);
  }
}

static const char *
row_name(Fixture *f, int n)
{
  return sg_stem_get_name(sg_track_row_get_stem(SG_TRACK_ROW(nth(f, SG_TYPE_TRACK_ROW, n))));
}

/* Every mode can be chosen by its action and is painted; a mixture has no mask, a stem no sources. */
static void
test_modes(Fixture *f, gconstpointer data)
{
  static const struct {
    int row;
    const char *mode;
    SgTileMode expected;
  } cases[] = {
    { 0, "sources", SG_TILE_SOURCES },   { 0, "mask", SG_TILE_SOURCES },
    { 1, "mask", SG_TILE_MASK },         { 2, "tinted", SG_TILE_TINTED },
    { 2, "sources", SG_TILE_TINTED },    { 2, "nonsense", SG_TILE_TINTED },
    { 0, "waveform", SG_TILE_WAVEFORM }, { 1, "spectrum", SG_TILE_SPECTRUM },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    SgTrackRow *row = SG_TRACK_ROW(nth(f, SG_TYPE_TRACK_ROW, cases[i].row));
    g_assert_true(gtk_widget_activate_action(GTK_WIDGET(row), "row.mode", "s", cases[i].mode));
    g_assert_cmpint(sg_spectrogram_view_get_mode(sg_track_row_get_view(row)), ==, cases[i].expected);
    wait_until_complete(f);
  }
}

/* A folded row is low and shows the waveform; unfolded it is as it was. */
static void
test_fold(Fixture *f, gconstpointer data)
{
  GtkWidget *row = nth(f, SG_TYPE_TRACK_ROW, 1);
  int before = gtk_widget_get_height(row);
  g_object_set(row, "mode", "mask", NULL);
  g_assert_true(gtk_widget_activate_action(row, "row.folded", NULL));
  wait_for_height(row, 1, 60);
  g_assert_cmpint(sg_spectrogram_view_get_mode(sg_track_row_get_view(SG_TRACK_ROW(row))), ==,
                  SG_TILE_WAVEFORM);
  /* The second part of the row is what is left of the strip: swatch, name, Solo, Mute. */
  GtkWidget *strip = gtk_widget_get_next_sibling(gtk_widget_get_first_child(row));
  GtkToggleButton *solo = GTK_TOGGLE_BUTTON(gtk_widget_get_prev_sibling(gtk_widget_get_last_child(strip)));
  gtk_toggle_button_set_active(solo, TRUE);
  g_assert_true(sg_stem_get_soloed(sg_track_row_get_stem(SG_TRACK_ROW(row))));
  g_assert_true(gtk_widget_activate_action(row, "row.folded", NULL));
  wait_for_height(row, before, before);
  g_assert_cmpint(sg_spectrogram_view_get_mode(sg_track_row_get_view(SG_TRACK_ROW(row))), ==, SG_TILE_MASK);
}

/* The mixture stays at the top; moved rows go with their stems. */
static void
test_rows(Fixture *f, gconstpointer data)
{
  g_assert_cmpstr(row_name(f, 1), ==, "Drums");
  GtkWidget *drums = nth(f, SG_TYPE_TRACK_ROW, 1);
  g_assert_true(gtk_widget_activate_action(drums, "row.move-up", NULL));
  g_assert_cmpstr(row_name(f, 1), ==, "Drums");
  g_assert_true(gtk_widget_activate_action(drums, "row.move-down", NULL));
  g_assert_cmpstr(row_name(f, 1), ==, "Rest");
  g_assert_cmpstr(row_name(f, 2), ==, "Drums");
  gtk_widget_activate_action(nth(f, SG_TYPE_TRACK_ROW, 0), "row.move-down", NULL);
  g_assert_null(sg_track_row_get_stem(SG_TRACK_ROW(nth(f, SG_TYPE_TRACK_ROW, 0))));

  g_assert_true(gtk_widget_activate_action(drums, "row.colour", "s", "yellow"));
  SgTileLook look = sg_spectrogram_tiles_get_look(sg_song_view_get_tiles(f->view));
  g_assert_cmphex(look.source_colours[0], ==, 0xfff0e442);
  g_assert_cmphex(look.source_colours[1], ==, 0xff009e73);
  sg_stem_set_name(sg_track_row_get_stem(SG_TRACK_ROW(drums)), "Kit");
  g_autofree char *difference =
      gtk_test_accessible_check_property(GTK_ACCESSIBLE(sg_track_row_get_view(SG_TRACK_ROW(drums))),
                                         GTK_ACCESSIBLE_PROPERTY_LABEL, "Spectrogram of Kit");
  g_assert_cmpstr(difference, ==, NULL);
}

/* Lets go of `dragged` over a row, at a share of that one's height. */
static gboolean
drop(GtkWidget *dragged, GtkWidget *row, double share)
{
  gboolean done = FALSE;
  g_auto(GValue) value = G_VALUE_INIT;
  g_value_init(&value, SG_TYPE_TRACK_ROW);
  g_value_set_object(&value, dragged);
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(row);
  for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
    g_autoptr(GtkEventController) controller = g_list_model_get_item(controllers, i);
    if (GTK_IS_DROP_TARGET(controller))
      g_signal_emit_by_name(controller, "drop", &value, 10.0, share * gtk_widget_get_height(row), &done);
  }
  return done;
}

/* A move is one step of the history, whether by key or by pointer. */
static void
test_undo_move(Fixture *f, gconstpointer data)
{
  SgHistory *history = sg_session_get_history(f->session);
  GtkWidget *drums = nth(f, SG_TYPE_TRACK_ROW, 1), *rest = nth(f, SG_TYPE_TRACK_ROW, 2);
  test_settle(50);
  g_assert_null(sg_history_get_undo_name(history));
  gtk_widget_activate_action(drums, "row.move-up", NULL);
  g_assert_null(sg_history_get_undo_name(history));
  gtk_widget_activate_action(drums, "row.move-down", NULL);
  g_assert_cmpstr(sg_history_get_undo_name(history), ==, "Drums: Move");
  g_assert_true(drop(rest, drums, 0.9));
  g_assert_cmpstr(sg_history_get_undo_name(history), ==, "Rest: Move");
  g_assert_cmpstr(row_name(f, 1), ==, "Drums");
  g_assert_true(sg_history_undo(history));
  g_assert_cmpstr(row_name(f, 1), ==, "Rest");
  g_assert_true(sg_history_undo(history));
  g_assert_cmpstr(row_name(f, 1), ==, "Drums");
  g_assert_null(sg_history_get_undo_name(history));
  g_assert_true(sg_history_redo(history));
  g_assert_cmpstr(row_name(f, 1), ==, "Rest");
  g_assert_null(sg_track_row_get_stem(SG_TRACK_ROW(nth(f, SG_TYPE_TRACK_ROW, 0))));
}

static void
wait_for_no_entry(GtkWidget *row)
{
  gint64 deadline = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
  for (int first = 0; find(row, GTK_TYPE_ENTRY, &first) != NULL; first = 0) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    test_settle(5);
  }
}

/* A row is renamed where its name is, folded or not; an empty name is none. */
static void
test_rename(Fixture *f, gconstpointer data)
{
  static const char *const typed[] = { " Kit ", "  ", "Toms" };
  static const char *const expected[] = { "Kit", "Kit", "Toms" };
  GtkWidget *row = nth(f, SG_TYPE_TRACK_ROW, 1);
  for (gsize i = 0; i < G_N_ELEMENTS(typed); i++) {
    int first = 0;
    g_object_set(row, "folded", i == 2, NULL);
    g_assert_true(gtk_widget_activate_action(row, "row.rename", NULL));
    GtkWidget *entry = find(row, GTK_TYPE_ENTRY, &first);
    g_assert_nonnull(entry);
    GtkWidget *popover = gtk_widget_get_ancestor(entry, GTK_TYPE_POPOVER);
    g_assert_true(gtk_widget_get_mapped(popover));
    first = 0;
    g_assert_nonnull(find(gtk_widget_get_parent(popover), GTK_TYPE_LABEL, &first));
    g_assert_cmpstr(gtk_editable_get_text(GTK_EDITABLE(entry)), ==, i == 0 ? "Drums" : "Kit");
    gtk_editable_set_text(GTK_EDITABLE(entry), typed[i]);
    g_signal_emit_by_name(entry, "activate");
    g_assert_cmpstr(row_name(f, 1), ==, expected[i]);
    wait_for_no_entry(row);
  }
}

/* F2 for a row that the wheel has scrolled out of sight brings it back, and its popover has a place. */
static void
test_rename_out_of_sight(Fixture *f, gconstpointer data)
{
  int first = 0;
  GtkWidget *row = nth(f, SG_TYPE_TRACK_ROW, 2), *scroller = nth(f, GTK_TYPE_SCROLLED_WINDOW, 0);
  graphene_rect_t bounds;
  gtk_widget_set_size_request(nth(f, SG_TYPE_TRACK_ROW, 1), -1, 700);
  wait_for_height(nth(f, SG_TYPE_TRACK_ROW, 1), 700, 2000);
  gtk_adjustment_set_value(gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(scroller)), 0.0);
  test_settle(50);
  g_assert_true(gtk_widget_compute_bounds(row, scroller, &bounds));
  g_assert_cmpfloat(bounds.origin.y, >, gtk_widget_get_height(scroller));
  g_assert_true(gtk_widget_activate_action(row, "row.rename", NULL));
  gint64 deadline = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
  GtkWidget *entry = NULL;
  while ((entry = find(row, GTK_TYPE_ENTRY, &first)) == NULL) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    test_settle(5);
  }
  g_assert_true(gtk_widget_compute_bounds(row, scroller, &bounds));
  g_assert_cmpfloat(bounds.origin.y, >=, 0.0);
  g_assert_cmpfloat(bounds.origin.y, <, gtk_widget_get_height(scroller));
  gtk_popover_popdown(GTK_POPOVER(gtk_widget_get_ancestor(entry, GTK_TYPE_POPOVER)));
  test_settle(50);
}

/* A row that is dropped on the upper half of another goes above it, on the lower half below; never above the
 * mixture, and not where it is already. */
static void
test_dragged_rows(Fixture *f, gconstpointer data)
{
  test_settle(50);
  GtkWidget *mixture = nth(f, SG_TYPE_TRACK_ROW, 0);
  GtkWidget *drums = nth(f, SG_TYPE_TRACK_ROW, 1), *rest = nth(f, SG_TYPE_TRACK_ROW, 2);
  g_assert_true(drop(drums, rest, 0.9));
  g_assert_cmpstr(row_name(f, 1), ==, "Rest");
  g_assert_true(drop(drums, rest, 0.1));
  g_assert_cmpstr(row_name(f, 1), ==, "Drums");
  g_assert_true(drop(drums, rest, 0.1));
  g_assert_cmpstr(row_name(f, 1), ==, "Drums");
  g_assert_true(drop(rest, mixture, 0.1));
  g_assert_cmpstr(row_name(f, 1), ==, "Rest");
  g_assert_true(nth(f, SG_TYPE_TRACK_ROW, 0) == mixture);
  g_assert_false(drop(rest, rest, 0.9));

  Fixture other = { 0 };
  set_up(&other, NULL);
  g_assert_false(drop(nth(&other, SG_TYPE_TRACK_ROW, 1), rest, 0.9));
  tear_down(&other, NULL);
  g_assert_cmpstr(row_name(f, 2), ==, "Drums");
}

static void
assert_legend(Fixture *f, const char *expected)
{
  g_autofree char *difference = gtk_test_accessible_check_property(
      GTK_ACCESSIBLE(nth(f, SG_TYPE_COLOUR_LEGEND, 0)), GTK_ACCESSIBLE_PROPERTY_LABEL, expected);
  g_assert_cmpstr(difference, ==, NULL);
}

/* The legend is about the row that was changed, focused or pointed at last: levels, or shares in a mask. */
static void
test_legend(Fixture *f, gconstpointer data)
{
  static const char levels[] = "Colours from −85 dB to −8 dB";
  static const char shares[] = "Colours from 0 % to 100 % of the mixture";
  SgTrackRow *drums = SG_TRACK_ROW(nth(f, SG_TYPE_TRACK_ROW, 1));
  SgTrackRow *rest = SG_TRACK_ROW(nth(f, SG_TYPE_TRACK_ROW, 2));
  assert_legend(f, levels);
  g_object_set(drums, "mode", "mask", NULL);
  assert_legend(f, shares);
  gtk_widget_grab_focus(GTK_WIDGET(sg_track_row_get_view(rest)));
  test_settle(50);
  assert_legend(f, levels);
  g_signal_emit_by_name(sg_track_row_get_view(drums), "pointed", 100.0, 440.0);
  assert_legend(f, shares);
  g_signal_emit_by_name(sg_track_row_get_view(rest), "pointed", (double)NAN, 440.0); /* it left */
  assert_legend(f, shares);
}

/* In a window of 1000 × 700 the mixture and four stems are all seen; below the header is this much. */
static void
test_four_stems(Fixture *f, gconstpointer data)
{
  sg_session_separate_async(f->session, "classic", on_separated, NULL);
  wait_for_job(f);
  gtk_window_set_default_size(GTK_WINDOW(f->window), 1000, 700 - 47);
  GtkScrolledWindow *scroller = GTK_SCROLLED_WINDOW(nth(f, GTK_TYPE_SCROLLED_WINDOW, 0));
  wait_for_height(GTK_WIDGET(scroller), 450, 480);
  g_assert_nonnull(nth(f, SG_TYPE_TRACK_ROW, 4));
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment(scroller);
  g_assert_cmpfloat(gtk_adjustment_get_upper(adjustment), <=, gtk_adjustment_get_page_size(adjustment));
}

/* The cell cursor is read out: row, place, note, and shares that sum to 100 %. */
static void
test_reading(Fixture *f, gconstpointer data)
{
  SgTrackRow *row = SG_TRACK_ROW(nth(f, SG_TYPE_TRACK_ROW, 2));
  SgInspectorLine *line = SG_INSPECTOR_LINE(nth(f, SG_TYPE_INSPECTOR_LINE, 0));
  g_assert_cmpstr(sg_inspector_line_get_text(line), ==, "");
  sg_song_view_seek(f->view, 4.0);
  g_assert_true(test_press(GTK_WIDGET(sg_track_row_get_view(row)), GDK_KEY_Up, 0));
  gint64 deadline = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
  while (sg_inspector_line_get_text(line)[0] == '\0') {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_main_context_iteration(NULL, FALSE);
    g_usleep(500);
  }
  const char *text = sg_inspector_line_get_text(line);
  g_assert_true(g_str_has_prefix(text, "Rest, 0:04.0"));
  g_assert_nonnull(strstr(text, "440 Hz, A4 +0 ¢, "));
  int drums = -1, rest = -1;
  g_assert_nonnull(strstr(text, "Drums "));
  g_assert_cmpint(sscanf(strstr(text, "Drums "), "Drums %d %%, Rest %d %%", &drums, &rest), ==, 2);
  g_assert_cmpint(drums + rest, >=, 99);
  g_assert_cmpint(drums + rest, <=, 101);
  g_autofree char *difference = gtk_test_accessible_check_property(GTK_ACCESSIBLE(sg_track_row_get_view(row)),
                                                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text);
  g_assert_cmpstr(difference, ==, NULL);
}

static void
on_selection(SgSongView *view, gint64 start, gint64 end, gint64 *out)
{
  out[0] = start;
  out[1] = end;
}

/* Dragging in the ruler or a row is told once as the selection. The ruler grows by a line for beats. */
static void
test_ruler(Fixture *f, gconstpointer data)
{
  gint64 selected[2] = { -1, -1 };
  GtkWidget *ruler = nth(f, SG_TYPE_TIME_RULER, 0);
  SgTimeMarks *marks = sg_song_view_get_marks(f->view);
  g_signal_connect(f->view, "selection", G_CALLBACK(on_selection), selected);
  double per_pixel = sg_view_range_get_samples_per_pixel(sg_song_view_get_range(f->view));
  test_drag(ruler, 100.0, 10.0, 200.0, 10.0);
  g_assert_cmpfloat_with_epsilon((double)selected[0], 100.0 * per_pixel, 2.0);
  g_assert_cmpfloat_with_epsilon((double)selected[1], 200.0 * per_pixel, 2.0);
  test_drag(GTK_WIDGET(sg_track_row_get_view(SG_TRACK_ROW(nth(f, SG_TYPE_TRACK_ROW, 1)))), 300.0, 10.0, 350.0,
            10.0);
  g_assert_cmpfloat_with_epsilon((double)selected[0], 300.0 * per_pixel, 2.0);

  int before = gtk_widget_get_height(ruler);
  const gint64 beats[] = { 0, RATE / 2, RATE, 3 * RATE / 2, 2 * RATE };
  sg_time_marks_set_beats(marks, beats, G_N_ELEMENTS(beats), 4, 0);
  wait_for_height(ruler, before + 1, 100);
}

/* Ink above the ticks beside a place in the ruler. */
static guint
count_ink(GtkWidget *ruler, int left, int right)
{
  int width, height;
  guint n = 0;
  g_autofree guint32 *pixels = test_render(ruler, &width, &height);
  for (int y = 5; y < 14; y++)
    for (int x = left; x < right; x++)
      n += pixels[y * width + x] >> 24 != 0;
  return n;
}

/* The name of a marker and a time do not lie on each other: a name of spaces leaves no ink at all, and one
 * ends where the next marker is. */
static void
test_marker_names(Fixture *f, gconstpointer data)
{
  static const char spaces[] = "\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0";
  GtkWidget *ruler = nth(f, SG_TYPE_TIME_RULER, 0);
  SgTimeMarks *marks = sg_song_view_get_marks(f->view);
  test_settle(50);
  g_assert_cmpuint(count_ink(ruler, 2, 30), >, 10); /* 0:00 */
  sg_time_marks_set_markers(marks, (const SgTimeMarker[]){ { .name = spaces } }, 1);
  test_settle(20);
  g_assert_cmpuint(count_ink(ruler, 8, 30), ==, 0);
  const SgTimeMarker near[] = { { .name = "MMMMMMMMMM" }, { .sample = RATE / 10, .name = spaces } };
  sg_time_marks_set_markers(marks, near, 2);
  test_settle(20);
  int x = (int)sg_view_range_x_of(sg_song_view_get_range(f->view), RATE / 10.0);
  g_assert_cmpint(x, <, 40);
  g_assert_cmpuint(count_ink(ruler, x + 8, x + 30), ==, 0);
}

static float
left_of(Fixture *f, GtkWidget *widget)
{
  graphene_rect_t bounds;
  g_assert_true(gtk_widget_compute_bounds(widget, GTK_WIDGET(f->view), &bounds));
  return bounds.origin.x;
}

/* The ruler begins where the rows do, with letters of the usual size and twice that; then it is higher. */
static void
test_big_letters(Fixture *f, gconstpointer data)
{
  GtkSettings *settings = gtk_settings_get_default();
  GtkWidget *ruler = nth(f, SG_TYPE_TIME_RULER, 0);
  GtkWidget *row = GTK_WIDGET(sg_track_row_get_view(SG_TRACK_ROW(nth(f, SG_TYPE_TRACK_ROW, 1))));
  int dpi, before = gtk_widget_get_height(ruler);
  g_assert_cmpfloat(left_of(f, ruler), ==, left_of(f, row));
  float usual = left_of(f, row);
  g_object_get(settings, "gtk-xft-dpi", &dpi, NULL);
  g_object_set(settings, "gtk-xft-dpi", 2 * dpi, NULL);
  wait_for_height(ruler, before + 1, 200);
  test_settle(50);
  for (int n = 0; n < 3; n++) {
    row = GTK_WIDGET(sg_track_row_get_view(SG_TRACK_ROW(nth(f, SG_TYPE_TRACK_ROW, n))));
    g_assert_cmpfloat(left_of(f, ruler), ==, left_of(f, row));
  }
  g_assert_cmpfloat(left_of(f, row), >, usual + 20.0f);
  g_object_set(settings, "gtk-xft-dpi", dpi, NULL);
  wait_for_height(ruler, before, before);
}

/* A row that goes while its menu is open, as when a separation ends, takes it along: the pointer and the keys
 * are the window's again. */
static void
test_open_menu(Fixture *f, gconstpointer data)
{
  int first = 0;
  GtkWidget *button = find(nth(f, SG_TYPE_TRACK_ROW, 1), GTK_TYPE_MENU_BUTTON, &first);
  gtk_menu_button_popup(GTK_MENU_BUTTON(button));
  g_autoptr(GtkPopover) popover = g_object_ref(gtk_menu_button_get_popover(GTK_MENU_BUTTON(button)));
  /* GTK 4.8 looks for a tooltip there half a second later, and complains if it has left by then. */
  test_settle(600);
  g_assert_true(gtk_widget_get_mapped(GTK_WIDGET(popover)));
  sg_session_separate_async(f->session, "center", on_separated, NULL);
  wait_for_job(f);
  test_settle(50);
  g_assert_false(gtk_widget_get_visible(GTK_WIDGET(popover)));
}

/* What zooms in fits again; following can be switched. */
static void
test_view(Fixture *f, gconstpointer data)
{
  SgViewRange *range = sg_song_view_get_range(f->view);
  SgSpectrogramTiles *tiles = sg_song_view_get_tiles(f->view);
  sg_song_view_zoom(f->view, 8.0);
  sg_spectrogram_tiles_set_axes(tiles,
                                (SgTileAxes){ .kind = SG_AXIS_MEL, .low_hz = 100.0, .high_hz = 900.0 });
  sg_song_view_fit(f->view);
  g_assert_true(sg_view_range_is_fitted(range));
  g_assert_cmpfloat(sg_spectrogram_tiles_get_axes(tiles).high_hz, ==, 0.0);
  g_assert_cmpint(sg_spectrogram_tiles_get_axes(tiles).kind, ==, SG_AXIS_MEL);
  g_assert_true(sg_song_view_get_follow(f->view));
  g_assert_true(gtk_widget_activate_action(GTK_WIDGET(f->view), "view.follow", NULL));
  g_assert_false(sg_song_view_get_follow(f->view));
}

int
main(int argc, char **argv)
{
  g_setenv("GTK_A11Y", "test", TRUE);
  g_setenv("LC_ALL", "C.UTF-8", TRUE);
  gtk_test_init(&argc, &argv, NULL);
  adw_init();
  sg_ui_register_resources();
  sg_ui_load_style();
  g_test_add("/ui/song-view/modes", Fixture, NULL, set_up, test_modes, tear_down);
  g_test_add("/ui/song-view/fold", Fixture, NULL, set_up, test_fold, tear_down);
  g_test_add("/ui/song-view/rows", Fixture, NULL, set_up, test_rows, tear_down);
  g_test_add("/ui/song-view/undo-move", Fixture, NULL, set_up, test_undo_move, tear_down);
  g_test_add("/ui/song-view/rename", Fixture, NULL, set_up, test_rename, tear_down);
  g_test_add("/ui/song-view/rename-out-of-sight", Fixture, NULL, set_up, test_rename_out_of_sight, tear_down);
  g_test_add("/ui/song-view/dragged-rows", Fixture, NULL, set_up, test_dragged_rows, tear_down);
  g_test_add("/ui/song-view/legend", Fixture, NULL, set_up, test_legend, tear_down);
  g_test_add("/ui/song-view/four-stems", Fixture, NULL, set_up, test_four_stems, tear_down);
  g_test_add("/ui/song-view/reading", Fixture, NULL, set_up, test_reading, tear_down);
  g_test_add("/ui/song-view/ruler", Fixture, NULL, set_up, test_ruler, tear_down);
  g_test_add("/ui/song-view/marker-names", Fixture, NULL, set_up, test_marker_names, tear_down);
  g_test_add("/ui/song-view/big-letters", Fixture, NULL, set_up, test_big_letters, tear_down);
  g_test_add("/ui/song-view/open-menu", Fixture, NULL, set_up, test_open_menu, tear_down);
  g_test_add("/ui/song-view/view", Fixture, NULL, set_up, test_view, tear_down);
  return g_test_run();
}
