#include "tests/support.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/dsp/signals.h"
#include "core/io/encoder.h"
#include "core/separate/hpss.h"

TestFolder *
test_folder_new(void)
{
  const char *parent = g_getenv("TMPDIR");
  char *folder = g_build_filename(parent != NULL ? parent : "/var/tmp", "stemglass-test-XXXXXX", NULL);
  if (g_mkdtemp(folder) == NULL)
    g_error("no folder %s", folder);
  return folder;
}

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
  return remove(path);
}

void
test_folder_remove(TestFolder *folder)
{
  nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  g_free(folder);
}

guint
test_folder_count(const char *folder)
{
  guint n = 0;
  GDir *dir = g_dir_open(folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    n += 1 + (g_file_test(path, G_FILE_TEST_IS_DIR) ? test_folder_count(path) : 0);
  }
  g_clear_pointer(&dir, g_dir_close);
  return n;
}

void
test_file_write(const char *path, const void *bytes, gsize n)
{
  g_autoptr(GError) error = NULL;
  /* GLib 2.74 does not cut a longer file. */
  g_unlink(path);
  g_file_set_contents_full(path, bytes, (gssize)n, G_FILE_SET_CONTENTS_NONE, 0666, &error);
  g_assert_no_error(error);
}

GBytes *
test_file_read(const char *path)
{
  char *bytes;
  gsize n;
  g_autoptr(GError) error = NULL;
  g_file_get_contents(path, &bytes, &n, &error);
  g_assert_no_error(error);
  return g_bytes_new_take(bytes, n);
}

gboolean
test_file_equal(const char *a, const char *b)
{
  g_autoptr(GBytes) in_a = test_file_read(a), in_b = test_file_read(b);
  return g_bytes_equal(in_a, in_b);
}

void
test_file_cut(const char *path, gint64 n)
{
  g_assert_cmpint(truncate(path, n), ==, 0);
}

SgRandom
test_random(void)
{
  guint32 seed = (guint32)g_test_rand_int();
  g_test_message("seed %u", seed);
  return sg_random_seeded(seed);
}

double
test_seconds(void)
{
  return (double)g_get_monotonic_time() / G_USEC_PER_SEC;
}

double
test_worked_seconds(GPid process)
{
  clockid_t clock;
  struct timespec worked = { 0 };
  if (clock_getcpuclockid(process, &clock) == 0)
    clock_gettime(clock, &worked);
  return (double)worked.tv_sec + 1e-9 * (double)worked.tv_nsec;
}

TestTime
test_time(void)
{
  return (TestTime){ .clock_s = test_seconds(), .worked_s = test_worked_seconds(0) };
}

TestTime
test_time_since(TestTime then)
{
  TestTime now = test_time();
  return (TestTime){ .clock_s = now.clock_s - then.clock_s, .worked_s = now.worked_s - then.worked_s };
}

void
test_assert_soon(TestTime passed, double seconds)
{
  g_test_message("%.3f s of work within %.3f s", passed.worked_s, passed.clock_s);
  g_assert_cmpfloat(passed.worked_s, <, seconds);
  g_assert_cmpfloat(passed.clock_s, <, seconds);
}

double
test_dbfs(double amplitude)
{
  return 20.0 * log10(amplitude);
}

double
test_sdr(const float *wanted, const float *got, gint64 n)
{
  double signal = 0.0, error = 0.0;
  for (gint64 i = 0; i < n; i++) {
    signal += (double)wanted[i] * wanted[i];
    error += ((double)wanted[i] - got[i]) * ((double)wanted[i] - got[i]);
  }
  return 10.0 * log10(signal / error);
}

float *
test_band_new(guint rate_hz, guint n_channels, gint64 n, guint64 seed)
{
  SgRandom random = sg_random_seeded(seed);
  float *interleaved = g_new(float, (gsize)(n * n_channels));
  g_autofree float *channel = g_new(float, (gsize)n);
  for (guint c = 0; c < n_channels; c++) {
    sg_signal_noise(channel, n, 0.01f, &random);
    sg_signal_add_beat(channel, n, rate_hz, 0.5 + 0.02 * c, &random);
    sg_signal_add_notes(channel, n, rate_hz, 220.0 * (1.0 + 0.25 * c));
    for (gint64 i = 0; i < n; i++)
      interleaved[i * n_channels + c] = channel[i];
  }
  return interleaved;
}

void
test_long_song_write(const char *path, guint rate_hz, guint n_channels, guint minutes)
{
  gint64 n = 10 * (gint64)rate_hz;
  g_autofree float *band = test_band_new(rate_hz, n_channels, n, 1);
  SgEncoderFormat format = {
    .container = SG_CONTAINER_WAV, .bits = SG_BITS_16, .rate_hz = rate_hz, .n_channels = n_channels
  };
  SgEncoder *encoder;
  test_assert_ok(sg_encoder_new(path, format, true, &encoder, NULL));
  for (guint i = 0; i < 6 * minutes; i++)
    test_assert_ok(sg_encoder_write(encoder, band, n, NULL));
  test_assert_ok(sg_encoder_finish(encoder, NULL));
  sg_encoder_free(encoder);
}

SgPcm *
test_pcm_new(guint rate_hz, guint n_channels, gint64 n, const float *interleaved)
{
  SgPcm *pcm;
  test_assert_ok(sg_pcm_new(rate_hz, n_channels, SG_PCM_FLOAT, n, NULL, &pcm, NULL));
  test_assert_ok(sg_pcm_append(pcm, interleaved, n, NULL));
  return pcm;
}

SgPcm *
test_band_pcm_new(guint rate_hz, guint n_channels, gint64 n)
{
  g_autofree float *band = test_band_new(rate_hz, n_channels, n, 1);
  return test_pcm_new(rate_hz, n_channels, n, band);
}

float *
test_pcm_dup(const SgPcm *pcm)
{
  gint64 n = sg_pcm_n_samples(pcm);
  guint n_channels = sg_pcm_n_channels(pcm);
  float *interleaved = g_new(float, (gsize)(n * n_channels));
  g_autofree float *planar = g_new(float, (gsize)(n * n_channels));
  float *channels[SG_MAX_CHANNELS];
  for (guint c = 0; c < n_channels; c++)
    channels[c] = planar + c * n;
  test_assert_ok(sg_pcm_read(pcm, 0, n, channels, NULL));
  for (guint c = 0; c < n_channels; c++)
    for (gint64 i = 0; i < n; i++)
      interleaved[i * n_channels + c] = channels[c][i];
  return interleaved;
}

SgSeparation *
test_hpss_new(const SgPcm *pcm, guint n_threads)
{
  SgSeparation *separation;
  test_assert_ok(sg_separation_new(pcm, &sg_hpss_class, NULL, NULL, &separation, NULL));
  if (n_threads > 0)
    test_assert_ok(sg_separation_run(separation, n_threads, NULL, NULL, NULL));
  return separation;
}

SgSeparation *
test_separation_new(const SgPcm *pcm, const SgMethodClass *method, guint wiener_iterations, guint n_threads)
{
  SgSeparation *separation;
  SgSeparationSetup setup = { .method = method, .wiener_iterations = wiener_iterations };
  test_assert_ok(sg_separation_new_with(pcm, &setup, &separation, NULL));
  if (n_threads > 0)
    test_assert_ok(sg_separation_run(separation, n_threads, NULL, NULL, NULL));
  return separation;
}

guint8 *
test_codes_dup(const SgSeparation *separation, gsize *out_n)
{
  const SgMaskStore *masks = sg_separation_masks(separation);
  const SgMaskShape *shape = sg_mask_store_shape(masks);
  *out_n = (gsize)sg_mask_shape_bytes(*shape);
  guint8 *codes = g_malloc(*out_n);
  test_assert_ok(sg_mask_store_read(masks, 0, shape->n_frames, codes, NULL));
  return codes;
}

float *
test_render_dup(const SgSeparation *separation, const SgRenderSettings *settings, gint64 block)
{
  const SgPcm *pcm = sg_separation_pcm(separation);
  gsize n_sources = sg_separation_plan(separation)->n_sources;
  gint64 n = sg_pcm_n_samples(pcm), n_floats = n * sg_pcm_n_channels(pcm);
  float *all = g_new(float, n_sources *(gsize)n_floats);
  SgRenderer *renderer = sg_renderer_new(separation);
  SgRenderWork *work = sg_render_work_new(renderer);
  for (gint64 at = 0; at < n; at += block) {
    float *stems[SG_MAX_SOURCES];
    for (gsize j = 0; j < n_sources; j++)
      stems[j] = all + (gint64)j * n_floats + at * sg_pcm_n_channels(pcm);
    test_assert_ok(sg_renderer_render(renderer, work, settings, at, MIN(block, n - at), stems, NULL));
  }
  sg_render_work_free(work);
  sg_renderer_free(renderer);
  return all;
}

double
test_null_peak(const SgSeparation *separation, const float *mixture, const SgRenderSettings *settings,
               gint64 block)
{
  const SgPcm *pcm = sg_separation_pcm(separation);
  gsize n_sources = sg_separation_plan(separation)->n_sources;
  gint64 n = sg_pcm_n_samples(pcm) * sg_pcm_n_channels(pcm);
  g_autofree float *stems = test_render_dup(separation, settings, block);
  double peak = 0.0;
  for (gint64 i = 0; i < n; i++) {
    double missing = mixture[i];
    for (gsize j = 0; j < n_sources; j++)
      missing -= (double)stems[(gint64)j * n + i];
    if (!(fabs(missing) <= peak)) /* NaN too */
      peak = fabs(missing);
  }
  return peak;
}
