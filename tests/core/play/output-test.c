#include "core/play/output.h"

#include <glib.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>

#include "core/io/decoder.h"
#include "core/play/playhead.h"
#include "tests/support.h"

/* Counts the frames and numbers them. */
typedef struct {
  _Atomic int64_t n_frames;
  _Atomic int64_t n_calls;
} Counter;

static void
count(float *out_stereo, size_t n, void *user)
{
  Counter *counter = user;
  int64_t at = atomic_load(&counter->n_frames);
  for (size_t i = 0; i < n; i++) {
    out_stereo[2 * i] = (float)(at + (int64_t)i) / 1e6f;
    out_stereo[2 * i + 1] = -out_stereo[2 * i];
  }
  atomic_store(&counter->n_frames, at + (int64_t)n);
  atomic_fetch_add(&counter->n_calls, 1);
}

/* Starts, runs for `seconds` and stops; true when the frames kept to the clock. */
static gboolean
is_paced_now(SgOutput *output, Counter *counter, guint rate_hz, double seconds)
{
  int64_t before = atomic_load(&counter->n_frames);
  double began_s = sg_playhead_clock_s();
  test_assert_ok(sg_output_start(output, NULL));
  g_usleep((gulong)(seconds * 1e6));
  test_assert_ok(sg_output_check(output, NULL));
  sg_output_stop(output);
  double passed_s = sg_playhead_clock_s() - began_s;
  double played_s = (double)(atomic_load(&counter->n_frames) - before) / rate_hz;
  g_test_message("%.3f s of sound in %.3f s", played_s, passed_s);
  return fabs(played_s - passed_s) < 0.06;
}

/* The same; a machine that is busy may hold it up once or twice. */
static gboolean
is_paced(SgOutput *output, Counter *counter, guint rate_hz, double seconds)
{
  for (int i = 0; i < 8; i++)
    if (is_paced_now(output, counter, rate_hz, seconds))
      return TRUE;
  return FALSE;
}

static void
test_null(void)
{
  Counter counter = { 0 };
  SgOutput *output = sg_output_null_new(0);
  g_assert_cmpuint(sg_output_rate(output), ==, 0);
  test_assert_ok(sg_output_open(output, 32000, count, &counter, NULL));
  test_assert_ok(sg_output_open(output, 44100, count, &counter, NULL)); /* open already */
  g_assert_cmpuint(sg_output_rate(output), ==, 32000);
  g_assert_true(is_paced(output, &counter, 32000, 0.3));
  int64_t stopped = atomic_load(&counter.n_calls);
  g_usleep(50000);
  g_assert_cmpint(atomic_load(&counter.n_calls), ==, stopped);
  g_assert_true(is_paced(output, &counter, 32000, 0.3));
  sg_output_close(output);
  g_assert_cmpuint(sg_output_rate(output), ==, 0);
  test_assert_ok(sg_output_open(output, 48000, count, &counter, NULL));
  g_assert_cmpuint(sg_output_rate(output), ==, 48000);
  sg_output_free(output);

  output = sg_output_null_new(22050);
  test_assert_ok(sg_output_open(output, 48000, count, &counter, NULL));
  g_assert_cmpuint(sg_output_rate(output), ==, 22050);
  test_assert_ok(sg_output_start(output, NULL));
  sg_output_free(output); /* stops it */
  sg_output_free(NULL);
}

static void
test_file(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "captured.wav", NULL);
  Counter counter = { 0 };
  SgOutput *output = sg_output_file_new(path, 0);
  test_assert_ok(sg_output_open(output, 44100, count, &counter, NULL));
  g_assert_true(is_paced(output, &counter, 44100, 0.3));
  g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS)); /* it appears complete */
  sg_output_free(output);

  g_autoptr(SgPcm) pcm = NULL;
  test_assert_ok(sg_decode_file(path, true, folder, NULL, NULL, &pcm, NULL, NULL));
  g_assert_cmpuint(sg_pcm_rate(pcm), ==, 44100);
  g_assert_cmpuint(sg_pcm_n_channels(pcm), ==, 2);
  g_assert_cmpint(sg_pcm_n_samples(pcm), ==, atomic_load(&counter.n_frames));
  g_autofree float *samples = test_pcm_dup(pcm);
  for (int64_t i = 0; i < sg_pcm_n_samples(pcm); i++) {
    g_assert_cmpfloat(samples[2 * i], ==, (float)i / 1e6f);
    g_assert_cmpfloat(samples[2 * i + 1], ==, -samples[2 * i]);
  }
}

static void
test_file_cannot_be_written(void)
{
  Counter counter = { 0 };
  SgError error;
  SgOutput *output = sg_output_file_new("/dev/null/no/file.wav", 44100);
  SgStatus status = sg_output_open(output, 44100, count, &counter, &error);
  g_assert_cmpint(status, !=, SG_OK);
  g_assert_cmpint(error.status, ==, status);
  g_assert_cmpuint(sg_output_rate(output), ==, 0);
  sg_output_free(output);
}

/* With or without a sound device: an answer soon, nothing on stderr, and again as often as asked. */
static void
test_device(void)
{
  for (int i = 0; i < 3; i++) {
    Counter counter = { 0 };
    SgError error = { 0 };
    SgOutput *output = sg_output_portaudio_new();
    double began_s = sg_playhead_clock_s();
    SgStatus status = sg_output_open(output, 44100, count, &counter, &error);
    g_assert_cmpfloat(sg_playhead_clock_s() - began_s, <, 5.0);
    if (status == SG_OK) {
      g_assert_cmpuint(sg_output_rate(output), >=, 8000);
      g_assert_cmpfloat(sg_output_latency_s(output), >=, 0.0);
      test_assert_ok(sg_output_start(output, NULL));
      for (int j = 0; j < 1000 && atomic_load(&counter.n_calls) == 0; j++)
        g_usleep(10000);
      g_assert_cmpint(atomic_load(&counter.n_calls), >, 0);
    } else {
      g_assert_cmpint(status, ==, SG_NO_DEVICE);
      g_assert_cmpstr(error.detail, !=, "");
      g_assert_cmpuint(sg_output_rate(output), ==, 0);
    }
    g_test_message("%s %s", sg_status_id(status), error.detail);
    sg_output_free(output);
  }
}

static void
test_device_is_quiet(void)
{
  if (g_test_subprocess()) {
    Counter counter = { 0 };
    SgOutput *output = sg_output_portaudio_new();
    sg_output_open(output, 44100, count, &counter, NULL);
    sg_output_free(output);
    fputs("still here\n", stderr);
    return;
  }
  g_test_trap_subprocess(NULL, 0, 0);
  g_test_trap_assert_passed();
  g_test_trap_assert_stderr("still here\n");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/output/null", test_null);
  g_test_add_func("/output/file", test_file);
  g_test_add_func("/output/file-cannot-be-written", test_file_cannot_be_written);
  g_test_add_func("/output/device", test_device);
  g_test_add_func("/output/device-is-quiet", test_device_is_quiet);
  return g_test_run();
}
