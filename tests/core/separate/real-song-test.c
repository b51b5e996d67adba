/* HPSS on real music, where there is some: STEMGLASS_TEST_SONGS names a folder with dev/NAME/{drums,…}.ogg.
 */
#include <math.h>

#include "core/io/decoder.h"
#include "tests/support.h"

static const char *const stem_names[] = { "drums", "bass", "vocals", "other" };

/* Adds a stem to the mixture, up to the shorter of the two. */
static gint64
add_stem(const char *path, float **mixture, gint64 n_mixture, guint *rate_hz, guint *n_channels)
{
  g_autoptr(SgPcm) pcm = NULL;
  test_assert_ok(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, NULL, NULL));
  float *samples = test_pcm_dup(pcm);
  gint64 n = sg_pcm_n_samples(pcm);
  if (*mixture == NULL) {
    *mixture = samples;
    *rate_hz = sg_pcm_rate(pcm);
    *n_channels = sg_pcm_n_channels(pcm);
    return n;
  }
  g_assert_cmpuint(sg_pcm_rate(pcm), ==, *rate_hz);
  g_assert_cmpuint(sg_pcm_n_channels(pcm), ==, *n_channels);
  n = MIN(n, n_mixture);
  for (gint64 i = 0; i < n * *n_channels; i++)
    (*mixture)[i] += samples[i];
  g_free(samples);
  return n;
}

static void
check_song(const char *folder)
{
  g_autofree float *mixture = NULL;
  g_autofree float *drums = NULL;
  gint64 n = 0;
  guint rate_hz = 0, n_channels = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(stem_names); i++) {
    g_autofree char *path = g_strdup_printf("%s/%s.ogg", folder, stem_names[i]);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
      n = add_stem(path, &mixture, n, &rate_hz, &n_channels);
    if (i == 0 && mixture == NULL)
      return;
    if (i == 0)
      drums = g_memdup2(mixture, (gsize)n * n_channels * sizeof *mixture);
  }
  gint64 n_floats = n * n_channels;
  g_autoptr(SgPcm) pcm = test_pcm_new(rate_hz, n_channels, n, mixture);
  g_autoptr(SgSeparation) separation = test_hpss_new(pcm, 2);
  SgRenderSettings natural = SG_RENDER_SETTINGS_NATURAL;
  g_autofree float *stems = test_render_dup(separation, &natural, SG_RENDER_MAX_SAMPLES);
  double peak = 0.0;
  for (gint64 i = 0; i < n_floats; i++)
    peak = MAX(peak, fabs((double)mixture[i] - stems[i] - stems[n_floats + i]));
  double gained_db = test_sdr(drums, stems, n_floats) - test_sdr(drums, mixture, n_floats);
  g_autofree char *name = g_path_get_basename(folder);
  g_test_message("%s: null %.1f dBFS, SDR of the drums over the mixture's own %+.2f dB", name,
                 test_dbfs(peak), gained_db);
  g_assert_cmpfloat(test_dbfs(peak), <=, -90.0);
  g_assert_cmpfloat(gained_db, >, 0.0);
}

static void
test_songs(void)
{
  const char *songs = g_getenv("STEMGLASS_TEST_SONGS");
  if (songs == NULL) {
    g_test_skip("STEMGLASS_TEST_SONGS is not set");
    return;
  }
  g_autofree char *dev = g_build_filename(songs, "dev", NULL);
  GDir *dir = g_dir_open(dev, 0, NULL);
  g_assert_nonnull(dir);
  const char *name;
  int n_songs = 0;
  while ((name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *folder = g_build_filename(dev, name, NULL);
    check_song(folder);
    n_songs++;
  }
  g_dir_close(dir);
  g_assert_cmpint(n_songs, >, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/real-song/songs", test_songs);
  return g_test_run();
}
