#include "core/session/cell-probe.h"

#include <math.h>

#include "tests/support.h"

enum { RATE = 44100, N_SAMPLES = 6 * RATE };

typedef struct {
  TestFolder *folder;
  SgTrack *track;
  SgMaskSet *mask_set;
  SgCellProbe *probe;
  guint n_found;
} Fixture;

static void
on_found(SgCellProbe *probe, Fixture *f)
{
  f->n_found++;
}

/* A held note of 1 kHz and −20 dB. */
static void
set_up(Fixture *f, gconstpointer data)
{
  g_autofree float *samples = g_new(float, N_SAMPLES);
  for (int i = 0; i < N_SAMPLES; i++)
    samples[i] = (float)(0.1 * sin(2.0 * G_PI * 1000.0 * i / RATE));
  f->folder = test_folder_new();
  g_autofree char *path = g_build_filename(f->folder, "sine.wav", NULL);
  test_sound_write(path, "wav32f", RATE, 1, samples, N_SAMPLES);
  f->track = sg_track_load(path, TRUE, NULL, NULL, NULL);
  f->mask_set = sg_mask_set_new(f->track, "hpss", NULL);
  f->probe = sg_cell_probe_new();
  g_signal_connect(f->probe, "found", G_CALLBACK(on_found), f);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  /* A worker may have them in hand. */
  g_object_unref(f->probe);
  g_clear_object(&f->mask_set);
  gpointer track = f->track;
  g_object_add_weak_pointer(G_OBJECT(f->track), &track);
  g_object_unref(f->track);
  for (int i = 0; i < 5000 && g_atomic_pointer_get(&track) != NULL; i++) {
    g_main_context_iteration(NULL, FALSE);
    g_usleep(1000);
  }
  g_assert_null(track);
  test_folder_remove(f->folder);
}

static SgCellQuestion
question(Fixture *f, int source, double freq_hz)
{
  return (SgCellQuestion){ .track = f->track,
                           .mask_set = f->mask_set,
                           .settings = SG_RENDER_SETTINGS_NATURAL,
                           .source = source,
                           .sample = 3.0 * RATE,
                           .freq_hz = freq_hz };
}

static const SgCell *
ask(Fixture *f, const SgCellQuestion *q)
{
  guint before = f->n_found;
  sg_cell_probe_ask(f->probe, q);
  while (f->n_found == before)
    g_main_context_iteration(NULL, TRUE);
  return sg_cell_probe_get_cell(f->probe);
}

static void
test_levels_and_shares(Fixture *f, gconstpointer data)
{
  SgCellQuestion mixture = question(f, -1, 1000.0), rest = question(f, 1, 1000.0);
  const SgCell *cell = ask(f, &mixture);
  g_assert_cmpuint(cell->n_sources, ==, 0); /* not separated yet */
  g_assert_cmpfloat_with_epsilon(cell->level_db, -20.0, 1.0);
  cell = ask(f, &rest);
  g_assert_true(isnan(cell->level_db));

  test_assert_ok(sg_separation_run(sg_mask_set_get_separation(f->mask_set), 2, NULL, NULL, NULL));
  cell = ask(f, &rest);
  g_assert_cmpuint(cell->n_sources, ==, 2);
  g_assert_cmpfloat_with_epsilon(cell->shares[0] + cell->shares[1], 1.0, 1e-5);
  g_assert_cmpfloat(cell->shares[1], >, 0.95);
  g_assert_cmpfloat_with_epsilon(cell->level_db, -20.0, 1.0);
  double natural = cell->shares[0];
  rest.settings.strength[0] = rest.settings.strength[1] = 0.125f;
  cell = ask(f, &rest);
  g_assert_cmpfloat(cell->shares[0], >, natural + 0.1);
  /* Far from the note there is next to nothing. */
  mixture.freq_hz = 9000.0;
  g_assert_cmpfloat(ask(f, &mixture)->level_db, <, -90.0);
}

/* Of many questions the last is answered, and none after it was taken back. */
static void
test_last_wins(Fixture *f, gconstpointer data)
{
  for (int i = 0; i < 50; i++) {
    SgCellQuestion q = question(f, -1, 100.0 + i);
    sg_cell_probe_ask(f->probe, &q);
  }
  while (sg_cell_probe_get_cell(f->probe)->freq_hz != 149.0)
    g_main_context_iteration(NULL, TRUE);
  g_assert_cmpuint(f->n_found, <=, 3);

  guint before = f->n_found;
  SgCellQuestion q = question(f, -1, 500.0);
  sg_cell_probe_ask(f->probe, &q);
  sg_cell_probe_forget(f->probe);
  for (int i = 0; i < 100; i++) {
    g_main_context_iteration(NULL, FALSE);
    g_usleep(500);
  }
  g_assert_cmpuint(f->n_found, ==, before);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/session/cell-probe/levels-and-shares", Fixture, NULL, set_up, test_levels_and_shares,
             tear_down);
  g_test_add("/session/cell-probe/last-wins", Fixture, NULL, set_up, test_last_wins, tear_down);
  return g_test_run();
}
