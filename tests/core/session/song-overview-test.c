#include "core/session/song-overview.h"

#include <math.h>

#include "tests/support.h"

enum { RATE = 44100, N_SAMPLES = 12 * RATE };

typedef struct {
  TestFolder *folder;
  SgTrack *track;
  SgSongOverview *overview;
} Fixture;

/* Silence, then a held note of amplitude 0.5 with one louder sample in it. */
static void
set_up(Fixture *f, gconstpointer data)
{
  g_autofree float *samples = g_new0(float, N_SAMPLES);
  for (int i = N_SAMPLES / 2; i < N_SAMPLES; i++)
    samples[i] = (float)(0.5 * sin(2.0 * G_PI * 500.0 * i / RATE));
  samples[N_SAMPLES / 4 * 3] = -0.9f;
  f->folder = test_folder_new();
  g_autofree char *path = g_build_filename(f->folder, "song.wav", NULL);
  test_sound_write(path, "wav32f", RATE, 1, samples, N_SAMPLES);
  f->track = sg_track_load(path, TRUE, NULL, NULL, NULL);
  f->overview = sg_song_overview_new();
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  /* A worker may have it in hand. */
  g_object_unref(f->overview);
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

static void
wait_until_complete(Fixture *f)
{
  gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  while (!sg_song_overview_is_complete(f->overview)) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_main_context_iteration(NULL, TRUE);
  }
}

static void
test_peaks(Fixture *f, gconstpointer data)
{
  g_assert_false(sg_song_overview_is_complete(f->overview));
  sg_song_overview_set_source(f->overview, f->track, NULL);
  g_assert_null(sg_song_overview_get_hop_peaks(f->overview));
  wait_until_complete(f);
  for (guint i = 0; i < SG_OVERVIEW_COLUMNS; i++) {
    /* The sample at three quarters is the first of its column. */
    float expected = i == SG_OVERVIEW_COLUMNS / 4 * 3 ? 0.9f : i < SG_OVERVIEW_COLUMNS / 2 ? 0.0f : 0.5f;
    g_assert_cmpfloat_with_epsilon(sg_song_overview_get_peak(f->overview, i), expected, 0.01);
    g_assert_null(sg_song_overview_get_shares(f->overview, i));
  }
  gsize n_bytes;
  const float *hops = g_bytes_get_data(sg_song_overview_get_hop_peaks(f->overview), &n_bytes);
  g_assert_cmpuint(n_bytes, ==, (N_SAMPLES / 1024 + 1) * sizeof *hops);
  for (int i = 0; i < N_SAMPLES / 1024; i++) {
    float expected = i == N_SAMPLES / 4 * 3 / 1024 ? 0.9f : i < N_SAMPLES / 2 / 1024 ? 0.0f : 0.5f;
    g_assert_cmpfloat_with_epsilon(hops[i], expected, 0.01);
  }
}

/* Shares come as masks become ready; the note is the rest's, and shared more evenly when made softer. */
static void
test_shares(Fixture *f, gconstpointer data)
{
  enum { AT = SG_OVERVIEW_COLUMNS / 4 * 3 + 300 };
  g_autoptr(SgMaskSet) masks = sg_mask_set_new(f->track, "hpss", NULL);
  sg_song_overview_set_source(f->overview, f->track, masks);
  wait_until_complete(f);
  g_assert_cmpuint(sg_song_overview_get_n_sources(f->overview), ==, 2);
  g_assert_cmpfloat(sg_song_overview_get_shares(f->overview, AT)[1], ==, 0.0f);

  test_assert_ok(sg_separation_run(sg_mask_set_get_separation(masks), 2, NULL, NULL, NULL));
  sg_song_overview_invalidate(f->overview, 0, 100000);
  wait_until_complete(f);
  float rest = sg_song_overview_get_shares(f->overview, AT)[1];
  g_assert_cmpfloat(rest, >, 0.9f);
  g_assert_cmpfloat_with_epsilon(rest + sg_song_overview_get_shares(f->overview, AT)[0], 1.0f, 1e-5);
  g_assert_cmpfloat_with_epsilon(sg_song_overview_get_peak(f->overview, AT), 0.5f, 0.01);

  SgRenderSettings settings = SG_RENDER_SETTINGS_NATURAL;
  settings.strength[0] = settings.strength[1] = 0.125f;
  sg_song_overview_set_settings(f->overview, &settings);
  wait_until_complete(f);
  g_assert_cmpfloat(sg_song_overview_get_shares(f->overview, AT)[1], <, rest - 0.1f);
}

/* Another song while the first is being looked at. */
static void
test_replaced(Fixture *f, gconstpointer data)
{
  sg_song_overview_set_source(f->overview, f->track, NULL);
  sg_song_overview_set_source(f->overview, NULL, NULL);
  g_assert_cmpfloat(sg_song_overview_get_peak(f->overview, SG_OVERVIEW_COLUMNS - 1), ==, 0.0f);
  sg_song_overview_set_source(f->overview, f->track, NULL);
  wait_until_complete(f);
  g_assert_cmpfloat_with_epsilon(sg_song_overview_get_peak(f->overview, SG_OVERVIEW_COLUMNS - 1), 0.5f, 0.01);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/session/song-overview/peaks", Fixture, NULL, set_up, test_peaks, tear_down);
  g_test_add("/session/song-overview/shares", Fixture, NULL, set_up, test_shares, tear_down);
  g_test_add("/session/song-overview/replaced", Fixture, NULL, set_up, test_replaced, tear_down);
  return g_test_run();
}
