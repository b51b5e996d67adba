#include "core/session/history.h"

#include "core/session/marker.h"
#include "core/session/playback.h"
#include "core/session/stem.h"

typedef struct {
  SgHistory *history;
  SgStem *stem;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  f->history = sg_history_new();
  f->stem = sg_stem_new("drums", "Drums", 0);
  sg_history_watch(f->history, f->stem, "gain-db", "Gain", TRUE);
  sg_history_watch(f->history, f->stem, "pan", "Pan", TRUE);
  sg_history_watch(f->history, f->stem, "muted", "Mute", FALSE);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  g_assert_finalize_object(f->history);
  g_assert_finalize_object(f->stem);
}

/* A fader that is dragged is one step, and another one after a rest. */
static void
test_drag(Fixture *f, gconstpointer data)
{
  g_assert_null(sg_history_get_undo_name(f->history));
  g_assert_false(sg_history_undo(f->history));
  for (int i = 1; i <= 12; i++)
    sg_stem_set_gain_db(f->stem, -0.5 * i);
  g_assert_cmpstr(sg_history_get_undo_name(f->history), ==, "Gain");
  g_usleep(1100 * 1000);
  sg_stem_set_gain_db(f->stem, 3.0);
  g_assert_true(sg_history_undo(f->history));
  g_assert_cmpfloat(sg_stem_get_gain_db(f->stem), ==, -6.0);
  g_assert_true(sg_history_undo(f->history));
  g_assert_cmpfloat(sg_stem_get_gain_db(f->stem), ==, 0.0);
  g_assert_false(sg_history_undo(f->history));
  g_assert_true(sg_history_redo(f->history));
  g_assert_true(sg_history_redo(f->history));
  g_assert_cmpfloat(sg_stem_get_gain_db(f->stem), ==, 3.0);
  g_assert_false(sg_history_redo(f->history));
}

/* Another control, a toggle and an undo end a step; toggles never join. */
static void
test_steps(Fixture *f, gconstpointer data)
{
  sg_stem_set_gain_db(f->stem, -3.0);
  sg_stem_set_pan(f->stem, 0.5);
  sg_stem_set_gain_db(f->stem, -4.0);
  sg_stem_set_muted(f->stem, TRUE);
  sg_stem_set_muted(f->stem, FALSE);
  g_assert_true(sg_history_undo(f->history));
  g_assert_true(sg_stem_get_muted(f->stem));
  g_assert_true(sg_history_undo(f->history));
  g_assert_true(sg_history_undo(f->history));
  g_assert_cmpfloat(sg_stem_get_gain_db(f->stem), ==, -3.0);
  g_assert_cmpstr(sg_history_get_redo_name(f->history), ==, "Gain");
  sg_stem_set_gain_db(f->stem, -8.0); /* a step of its own, and what was undone is gone */
  g_assert_null(sg_history_get_redo_name(f->history));
  g_assert_true(sg_history_undo(f->history));
  g_assert_cmpfloat(sg_stem_get_gain_db(f->stem), ==, -3.0);
  g_assert_true(sg_history_undo(f->history));
  g_assert_cmpfloat(sg_stem_get_pan(f->stem), ==, 0.0);
}

static void
test_back_where_it_was(Fixture *f, gconstpointer data)
{
  sg_stem_set_gain_db(f->stem, -3.0);
  sg_stem_set_gain_db(f->stem, 0.0);
  g_assert_null(sg_history_get_undo_name(f->history));
  sg_history_pause(f->history);
  sg_stem_set_gain_db(f->stem, -9.0);
  sg_history_resume(f->history);
  g_assert_null(sg_history_get_undo_name(f->history));
  sg_stem_set_gain_db(f->stem, -10.0);
  g_assert_true(sg_history_undo(f->history));
  g_assert_cmpfloat(sg_stem_get_gain_db(f->stem), ==, -9.0);
}

/* Loop and beats are values of a kind of their own. */
static void
test_playback(Fixture *f, gconstpointer data)
{
  g_autoptr(SgPlayback) playback = sg_playback_new();
  sg_history_watch(f->history, playback, "loop", "Loop", FALSE);
  sg_history_watch(f->history, playback, "beats", "Tempo", FALSE);
  g_autoptr(SgBeatGrid) grid = sg_beat_grid_new_regular(0.0, 20000.0, 4, 441000);
  sg_playback_set_loop(playback, (SgLoop){ 100, 5000 }, TRUE);
  sg_playback_set_beats(playback, grid);
  sg_playback_set_loop(playback, (SgLoop){ 100, 5000 }, FALSE);
  sg_history_undo(f->history);
  g_assert_true(sg_playback_get_loop_on(playback));
  sg_history_undo(f->history);
  g_assert_null(sg_playback_get_beats(playback));
  sg_history_undo(f->history);
  g_assert_cmpint(sg_playback_get_loop(playback).end, ==, 0);
  sg_history_redo(f->history);
  g_assert_cmpint(sg_playback_get_loop(playback).end, ==, 5000);
  sg_history_redo(f->history);
  g_assert_true(sg_playback_get_beats(playback) == grid);
}

static void
test_lists(Fixture *f, gconstpointer data)
{
  g_autoptr(GListStore) list = g_list_store_new(SG_TYPE_MARKER);
  g_autoptr(SgMarker) marker = sg_marker_new(44100, "Chorus");
  g_list_store_append(list, marker);
  sg_history_added(f->history, list, 0, marker, "Add Marker");
  sg_history_undo(f->history);
  g_assert_cmpuint(g_list_model_get_n_items(G_LIST_MODEL(list)), ==, 0);
  sg_history_redo(f->history);
  g_autoptr(SgMarker) back = g_list_model_get_item(G_LIST_MODEL(list), 0);
  g_assert_true(back == marker);
  g_list_store_remove(list, 0);
  sg_history_removed(f->history, list, 0, marker, "Remove Marker");
  sg_history_undo(f->history);
  g_assert_cmpuint(g_list_model_get_n_items(G_LIST_MODEL(list)), ==, 1);
}

/* What is no longer there takes its steps along, and only those. */
static void
test_unwatch(Fixture *f, gconstpointer data)
{
  g_autoptr(SgStem) bass = sg_stem_new("bass", "Bass", 1);
  sg_history_watch(f->history, bass, "gain-db", "Bass", FALSE);
  sg_stem_set_gain_db(f->stem, -1.0);
  sg_stem_set_gain_db(bass, -2.0);
  sg_stem_set_pan(f->stem, 0.5);
  sg_stem_set_gain_db(bass, -3.0);
  sg_history_undo(f->history);
  sg_history_unwatch(f->history, bass);
  g_assert_null(sg_history_get_redo_name(f->history));
  g_assert_cmpstr(sg_history_get_undo_name(f->history), ==, "Pan");
  sg_history_undo(f->history);
  sg_history_undo(f->history);
  g_assert_cmpfloat(sg_stem_get_gain_db(f->stem), ==, 0.0);
  g_assert_cmpfloat(sg_stem_get_gain_db(bass), ==, -2.0);
  g_assert_false(sg_history_undo(f->history));
}

/* A group is one step with a name of its own, and no part of it joins with what was before or comes after. */
static void
test_group(Fixture *f, gconstpointer data)
{
  sg_stem_set_gain_db(f->stem, -1.0);
  sg_history_begin_group(f->history, "Both");
  sg_stem_set_gain_db(f->stem, -2.0);
  sg_stem_set_pan(f->stem, 0.5);
  sg_history_end_group(f->history);
  sg_history_begin_group(f->history, "Nothing");
  sg_history_end_group(f->history);
  g_assert_cmpstr(sg_history_get_undo_name(f->history), ==, "Both");
  sg_stem_set_pan(f->stem, 0.75);
  g_assert_true(sg_history_undo(f->history));
  g_assert_cmpfloat(sg_stem_get_pan(f->stem), ==, 0.5);
  g_assert_true(sg_history_undo(f->history));
  g_assert_cmpfloat(sg_stem_get_gain_db(f->stem), ==, -1.0);
  g_assert_cmpfloat(sg_stem_get_pan(f->stem), ==, 0.0);
  g_assert_cmpstr(sg_history_get_undo_name(f->history), ==, "Gain");
  g_assert_cmpstr(sg_history_get_redo_name(f->history), ==, "Both");
  g_assert_true(sg_history_redo(f->history));
  g_assert_cmpfloat(sg_stem_get_gain_db(f->stem), ==, -2.0);
  g_assert_cmpfloat(sg_stem_get_pan(f->stem), ==, 0.5);
  g_assert_cmpstr(sg_history_get_redo_name(f->history), ==, "Pan");
}

/* The oldest group goes as a whole. */
static void
test_bounded_groups(Fixture *f, gconstpointer data)
{
  for (int i = 0; i <= SG_HISTORY_MAX_STEPS / 2; i++) {
    sg_history_begin_group(f->history, "Both");
    sg_stem_set_gain_db(f->stem, -1.0 - i % 2);
    sg_stem_set_pan(f->stem, i % 2 == 0 ? 0.25 : 0.5);
    sg_history_end_group(f->history);
  }
  while (sg_history_undo(f->history)) {
  }
  g_assert_cmpfloat(sg_stem_get_gain_db(f->stem), ==, -1.0);
  g_assert_cmpfloat(sg_stem_get_pan(f->stem), ==, 0.25);
}

static void
test_bounded(Fixture *f, gconstpointer data)
{
  int n = 0;
  for (int i = 0; i < 2 * SG_HISTORY_MAX_STEPS; i++)
    sg_stem_set_muted(f->stem, i % 2 == 0);
  while (sg_history_undo(f->history))
    n++;
  g_assert_cmpint(n, ==, SG_HISTORY_MAX_STEPS);
  sg_history_clear(f->history);
  g_assert_false(sg_history_redo(f->history));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/history/drag", Fixture, NULL, set_up, test_drag, tear_down);
  g_test_add("/history/steps", Fixture, NULL, set_up, test_steps, tear_down);
  g_test_add("/history/back-where-it-was", Fixture, NULL, set_up, test_back_where_it_was, tear_down);
  g_test_add("/history/playback", Fixture, NULL, set_up, test_playback, tear_down);
  g_test_add("/history/lists", Fixture, NULL, set_up, test_lists, tear_down);
  g_test_add("/history/unwatch", Fixture, NULL, set_up, test_unwatch, tear_down);
  g_test_add("/history/group", Fixture, NULL, set_up, test_group, tear_down);
  g_test_add("/history/bounded-groups", Fixture, NULL, set_up, test_bounded_groups, tear_down);
  g_test_add("/history/bounded", Fixture, NULL, set_up, test_bounded, tear_down);
  return g_test_run();
}
