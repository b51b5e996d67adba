/* A network on waveforms as a method: where its windows lie, the rest, and what it refuses. */
#include <math.h>
#include <string.h>

#include "core/nn/model-file.h"
#include "core/separate/model-wave.h"
#include "core/separate/model.h"
#include "tests/support.h"

enum { RATE = 16000, WINDOW = 64, STEP = WINDOW / 2 };

/* A network that multiplies every window by a ramp: estimate = i/WINDOW · mixture. */
static void
write_ramp(const char *path, size_t n_channels)
{
  double ramp[WINDOW];
  for (int i = 0; i < WINDOW; i++)
    ramp[i] = (double)i / WINDOW;
  SgGraph *graph = sg_graph_new();
  int mixture = sg_graph_add_input(graph, "mixture", SG_SHAPE(-1, (int64_t)n_channels, WINDOW));
  int factors =
      sg_graph_add(graph, "constant", "ramp", NULL, 0,
                   &(SgAttributes){ .shape = SG_SHAPE(WINDOW), .values = ramp, .n_values = WINDOW });
  sg_graph_add_output(graph, sg_graph_add_2(graph, "mul", "estimate", mixture, factors, NULL));
  const SgModelFacts facts = { .rate_hz = RATE,
                               .n_channels = (uint32_t)n_channels,
                               .input = "waveform",
                               .output = "waveform",
                               .normalisation = "none",
                               .n_sources = 1,
                               .sources = { "ramped" } };
  SgWeightTable table = { 0 };
  test_assert_ok(sg_model_write(path, graph, &facts, NULL, &table, NULL, NULL, SG_DTYPE_F32, true, NULL));
  sg_graph_free(graph);
}

/* Of the two windows over a sample, each by its triangle. */
static double
factor_at(gint64 sample)
{
  double i = (double)(sample % STEP);
  double early = 1.0 - fabs((2.0 * i + 1.0) / WINDOW - 1.0);
  return early * i / WINDOW + (1.0 - early) * (i + STEP) / WINDOW;
}

/* The stems are what the grid of windows says, over several chunks, and sum to the song. */
static void
check_song(const char *path, guint n_channels, unsigned n_threads)
{
  gint64 n = RATE * 20;
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, n_channels, n);
  g_autofree float *mixture = test_pcm_dup(pcm);
  SgSeparation *separation = NULL;
  const SgSeparationSetup setup = { .method = &sg_model_class, .model_path = path };
  test_assert_ok(sg_separation_new_with(pcm, &setup, &separation, NULL));
  test_assert_ok(sg_separation_run(separation, n_threads, NULL, NULL, NULL));
  g_assert_cmpuint(sg_separation_plan(separation)->n_sources, ==, 2);
  g_assert_cmpstr(sg_separation_plan(separation)->sources[1], ==, "rest");
  SgRenderSettings natural = SG_RENDER_SETTINGS_NATURAL;
  g_autofree float *stems = test_render_dup(separation, &natural, 4096);
  gsize n_values = (gsize)n * n_channels;
  for (gsize i = 0; i < n_values; i++) {
    g_assert_cmpfloat_with_epsilon(stems[i], factor_at((gint64)(i / n_channels)) * mixture[i], 2e-5);
    g_assert_cmpfloat_with_epsilon(stems[i] + stems[n_values + i], mixture[i], 2e-5);
  }
  sg_separation_free(separation);
}

static void
test_windows(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "ramp.safetensors", NULL);
  write_ramp(path, 1);
  check_song(path, 1, 1);
  check_song(path, 2, 2);
  write_ramp(path, 2);
  check_song(path, 1, 1);
  check_song(path, 3, 2);
}

static void
test_refuses(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "ramp.safetensors", NULL);
  write_ramp(path, 1);
  g_autoptr(SgPcm) pcm = test_band_pcm_new(44100, 1, 44100);
  SgSeparation *separation = NULL;
  SgError error;
  const SgSeparationSetup setup = { .method = &sg_model_class, .model_path = path };
  test_assert_status(sg_separation_new_with(pcm, &setup, &separation, &error), SG_BAD_FORMAT);
  g_assert_nonnull(strstr(error.detail, "16000"));
  g_assert_null(separation);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/model-wave/windows", test_windows);
  g_test_add_func("/model-wave/refuses", test_refuses);
  return g_test_run();
}
