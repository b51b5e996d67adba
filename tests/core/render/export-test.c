#include "core/render/export.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/io/decoder.h"
#include "tests/support.h"

enum { RATE = 44100, N = 8 * RATE + 5 };

typedef struct {
  TestFolder *folder;
  char *out;
  SgPcm *pcm;
  SgSeparation *separation;
  SgExportOptions options;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
  fixture->folder = test_folder_new();
  fixture->out = g_build_filename(fixture->folder, "out", NULL);
  fixture->pcm = test_band_pcm_new(RATE, 2, N);
  fixture->separation = test_hpss_new(fixture->pcm, 2);
  fixture->options = (SgExportOptions){ .folder = fixture->out,
                                        .container = SG_CONTAINER_WAV,
                                        .bits = SG_BITS_32F,
                                        .settings = { .strength = { 2.0f, 0.5f } } };
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  sg_separation_free(fixture->separation);
  sg_pcm_free(fixture->pcm);
  g_free(fixture->out);
  test_folder_remove(fixture->folder);
}

static float *
read_stem(const Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename(fixture->out, name, NULL);
  g_autoptr(SgPcm) pcm = NULL;
  test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, NULL, NULL));
  g_assert_cmpint(sg_pcm_n_samples(pcm), ==, N);
  g_assert_cmpuint(sg_pcm_n_channels(pcm), ==, 2);
  g_assert_cmpuint(sg_pcm_rate(pcm), ==, RATE);
  return test_pcm_dup(pcm);
}

/* The files hold what the renderer gives, byte for byte, from any number of threads. */
static void
test_is_what_is_rendered(Fixture *fixture, gconstpointer data)
{
  g_autofree float *stems = test_render_dup(fixture->separation, &fixture->options.settings, 5000);
  gsize n_bytes = (gsize)N * 2 * sizeof(float);
  fixture->options.overwrite = true;
  for (guint n_threads = 1; n_threads <= 3; n_threads++) {
    SgExportReport report;
    fixture->options.n_threads = n_threads;
    test_assert_ok(sg_export_stems(fixture->separation, &fixture->options, NULL, NULL, &report, NULL));
    g_autofree float *drums = read_stem(fixture, "drums.wav");
    g_autofree float *rest = read_stem(fixture, "rest.wav");
    g_assert_cmpmem(drums, n_bytes, stems, n_bytes);
    g_assert_cmpmem(rest, n_bytes, stems + (gsize)N * 2, n_bytes);
    float peak = 0.0f;
    for (gsize i = 0; i < (gsize)N * 2; i++)
      peak = MAX(peak, fabsf(drums[i]));
    g_assert_cmpfloat(report.peak[0], ==, peak);
    g_assert_cmpint(report.n_over[0], ==, 0);
  }
}

static void
test_wanted(Fixture *fixture, gconstpointer data)
{
  const bool wanted[] = { false, true };
  fixture->options.wanted = wanted;
  fixture->options.container = SG_CONTAINER_FLAC;
  fixture->options.bits = SG_BITS_24;
  test_assert_ok(sg_export_stems(fixture->separation, &fixture->options, NULL, NULL, NULL, NULL));
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 1);
  g_autofree float *rest = read_stem(fixture, "rest.flac");
}

/* The mixture without some stems is exactly what their files leave of it, also beside them. */
static void
test_minus(Fixture *fixture, gconstpointer data)
{
  const bool drums_only[] = { true, false }, both[] = { true, true }, none[] = { false, false };
  gsize n = (gsize)N * 2;
  g_autofree float *mixture = test_pcm_dup(fixture->pcm);
  fixture->options.minus = drums_only;
  fixture->options.n_threads = 2;
  SgExportReport report;
  test_assert_ok(sg_export_stems(fixture->separation, &fixture->options, NULL, NULL, &report, NULL));
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 3);
  g_autofree float *drums = read_stem(fixture, "drums.wav");
  g_autofree float *rest = read_stem(fixture, "rest.wav");
  g_autofree float *minus = read_stem(fixture, "minus-drums.wav");
  float peak = 0.0f;
  for (gsize i = 0; i < n; i++) {
    g_assert_cmpfloat(minus[i], ==, mixture[i] - drums[i]);
    peak = MAX(peak, fabsf(minus[i]));
  }
  g_assert_cmpfloat(report.peak[SG_EXPORT_MINUS], ==, peak);
  fixture->options.wanted = none;
  fixture->options.minus = both;
  test_assert_ok(sg_export_stems(fixture->separation, &fixture->options, NULL, NULL, NULL, NULL));
  g_autofree float *nothing = read_stem(fixture, "minus-drums-rest.wav");
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat(nothing[i], ==, mixture[i] - drums[i] - rest[i]);
}

/* A part has the bytes of the same part of the whole. */
static void
test_range(Fixture *fixture, gconstpointer data)
{
  const struct {
    gint64 start, n_samples;
  } ranges[] = { { 0, 1 }, { 3 * RATE + 1, 2 * SG_RENDER_MAX_SAMPLES }, { N - 70001, 0 }, { N - 1, 1 } };
  const bool drums_only[] = { true, false };
  fixture->options.minus = drums_only;
  test_assert_ok(sg_export_stems(fixture->separation, &fixture->options, NULL, NULL, NULL, NULL));
  const char *names[] = { "drums.wav", "rest.wav", "minus-drums.wav" };
  float *wholes[3];
  for (gsize j = 0; j < 3; j++)
    wholes[j] = read_stem(fixture, names[j]);
  fixture->options.overwrite = true;
  for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++) {
    fixture->options.start = ranges[i].start;
    fixture->options.n_samples = ranges[i].n_samples;
    test_assert_ok(sg_export_stems(fixture->separation, &fixture->options, NULL, NULL, NULL, NULL));
    gint64 n = ranges[i].n_samples > 0 ? ranges[i].n_samples : N - ranges[i].start;
    for (gsize j = 0; j < 3; j++) {
      g_autofree char *path = g_build_filename(fixture->out, names[j], NULL);
      g_autoptr(SgPcm) pcm = NULL;
      test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, NULL, NULL));
      g_autofree float *part = test_pcm_dup(pcm);
      g_assert_cmpmem(part, (gsize)sg_pcm_n_samples(pcm) * 8, wholes[j] + 2 * ranges[i].start, (gsize)n * 8);
    }
  }
  for (gsize j = 0; j < 3; j++)
    g_free(wholes[j]);
}

typedef struct {
  double stop_at, last;
  TestTime stopped;
} Stop;

static bool
stop_at_fraction(double fraction, const char *stage, void *user)
{
  Stop *stop = user;
  g_assert_cmpstr(stage, ==, "export");
  g_assert_true(fraction >= stop->last && fraction <= 1.0);
  stop->last = fraction;
  if (fraction < stop->stop_at)
    return true;
  stop->stopped = test_time();
  return false;
}

static void
test_cancel(Fixture *fixture, gconstpointer data)
{
  Stop stop = { 0 };
  SgError error;
  fixture->options.container = SG_CONTAINER_FLAC;
  fixture->options.bits = SG_BITS_24;
  test_assert_status(
      sg_export_stems(fixture->separation, &fixture->options, stop_at_fraction, &stop, NULL, &error),
      SG_CANCELLED);
  test_assert_soon(test_time_since(stop.stopped), 1.0);
  g_assert_cmpuint(test_folder_count(fixture->folder), ==, 0);
  stop = (Stop){ .stop_at = 2.0 };
  test_assert_ok(
      sg_export_stems(fixture->separation, &fixture->options, stop_at_fraction, &stop, NULL, NULL));
  g_assert_cmpfloat(stop.last, ==, 1.0);
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 2);
}

/* One stem stands in the way: none is written, and it stays. */
static void
test_existing(Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename(fixture->out, "rest.wav", NULL);
  g_assert_cmpint(g_mkdir_with_parents(fixture->out, 0777), ==, 0);
  test_file_write(path, "precious", 8);
  SgError error;
  test_assert_status(sg_export_check(fixture->separation, &fixture->options, &error), SG_EXISTS);
  g_assert_cmpstr(error.path, ==, path);
  test_assert_status(sg_export_stems(fixture->separation, &fixture->options, NULL, NULL, NULL, &error),
                     SG_EXISTS);
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 1);
  g_autoptr(GBytes) kept = test_file_read(path);
  g_assert_cmpmem(g_bytes_get_data(kept, NULL), g_bytes_get_size(kept), "precious", 8);
}

/* A file that comes while the export runs is not replaced either, and the stem named before it is taken back.
 */
static bool
put_in_the_way(double fraction, const char *stage, void *user)
{
  const Fixture *fixture = user;
  g_autofree char *path = g_build_filename(fixture->out, "rest.wav", NULL);
  g_assert_cmpint(g_mkdir_with_parents(fixture->out, 0777), ==, 0);
  if (!g_file_test(path, G_FILE_TEST_EXISTS))
    test_file_write(path, "precious", 8);
  return true;
}

static void
test_existing_late(Fixture *fixture, gconstpointer data)
{
  SgError error;
  test_assert_status(
      sg_export_stems(fixture->separation, &fixture->options, put_in_the_way, fixture, NULL, &error),
      SG_EXISTS);
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 1);
  g_autofree char *path = g_build_filename(fixture->out, "rest.wav", NULL);
  g_autoptr(GBytes) kept = test_file_read(path);
  g_assert_cmpuint(g_bytes_get_size(kept), ==, 8);
}

static void *
export_once(void *data)
{
  Fixture *fixture = data;
  test_assert_ok(sg_export_stems(fixture->separation, &fixture->options, NULL, NULL, NULL, NULL));
  return NULL;
}

/* While one export names its files in a folder another waits with its own, so that two sets never mix. */
static void
test_waits_to_name(Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint(g_mkdir_with_parents(fixture->out, 0777), ==, 0);
  int folder = open(fixture->out, O_RDONLY | O_DIRECTORY);
  g_assert_cmpint(flock(folder, LOCK_EX), ==, 0);
  pthread_t other;
  fixture->options.n_samples = 1000;
  g_assert_cmpint(pthread_create(&other, NULL, export_once, fixture), ==, 0);
  g_usleep(400000);
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 0);
  close(folder);
  pthread_join(other, NULL);
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 2);
}

static void
test_check(Fixture *fixture, gconstpointer data)
{
  test_assert_ok(sg_export_check(fixture->separation, &fixture->options, NULL));
  g_assert_cmpuint(test_folder_count(fixture->folder), ==, 0);
  SgExportOptions bad = fixture->options;
  bad.container = SG_CONTAINER_FLAC;
  test_assert_status(sg_export_check(fixture->separation, &bad, NULL), SG_BAD_FORMAT);
  test_file_write(fixture->out, "x", 1);
  test_assert_status(sg_export_check(fixture->separation, &fixture->options, NULL), SG_EXISTS);
  /* Below a file nothing can be made: to be known before the work. */
  g_autofree char *below = g_build_filename(fixture->out, "below", NULL);
  bad = fixture->options;
  bad.folder = below;
  g_assert_cmpint(sg_export_check(fixture->separation, &bad, NULL), !=, SG_OK);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/export/" name, Fixture, NULL, set_up, test, tear_down)
  ADD("is-what-is-rendered", test_is_what_is_rendered);
  ADD("wanted", test_wanted);
  ADD("minus", test_minus);
  ADD("range", test_range);
  ADD("waits-to-name", test_waits_to_name);
  ADD("cancel", test_cancel);
  ADD("existing", test_existing);
  ADD("existing-late", test_existing_late);
  ADD("check", test_check);
  return g_test_run();
}
