#include "core/separate/model-blend.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/nn/model-file.h"
#include "core/separate/classic.h"
#include "core/separate/model.h"
#include "core/separate/separation.h"
#include "tests/support.h"

enum { FFT = 4096, RATE_HZ = 44100, N_SOURCES = 4 };

static const double SHARE = 0.25;
static const double masks[N_SOURCES] = { 0.1, 0.2, 0.3, 0.4 };

/* A network of constant masks, of mid and side alike. */
static void
write_model(const char *path, double classic_share, const char *last_source)
{
  double values[2 * N_SOURCES];
  for (int i = 0; i < 2 * N_SOURCES; i++)
    values[i] = masks[i / 2];
  SgGraph *graph = sg_graph_new();
  int mixture = sg_graph_add_input(graph, "mixture", SG_SHAPE(-1, 2, 100, -1));
  int ones =
      sg_graph_add_1(graph, "scale", "ones", mixture, &(SgAttributes){ .addend = 1.0, .multiplier = 1e-30 });
  int two = sg_graph_add_2(graph, "concat", "two", ones, ones, &(SgAttributes){ .axis = 1 });
  int four = sg_graph_add_2(graph, "concat", "four", two, two, &(SgAttributes){ .axis = 1 });
  int share = sg_graph_add(
      graph, "constant", "share", NULL, 0,
      &(SgAttributes){ .shape = SG_SHAPE(2 * N_SOURCES, 1, 1), .values = values, .n_values = 2 * N_SOURCES });
  sg_graph_add_output(graph, sg_graph_add_2(graph, "mul", "mask", four, share, NULL));
  test_assert_ok(sg_graph_check(graph, NULL));
  SgModelFacts facts = { .rate_hz = RATE_HZ,
                         .n_channels = 2,
                         .fft_size = FFT,
                         .hop = FFT / 4,
                         .input = "magnitude",
                         .output = "mask",
                         .normalisation = "none",
                         .channel_form = "mid-side",
                         .bands = { 50, 40, 100 },
                         .classic_share = classic_share,
                         .n_sources = N_SOURCES,
                         .sources = { "vocals", "drums", "bass" } };
  strcpy(facts.sources[3], last_source);
  SgWeightTable table = { 0 };
  test_assert_ok(sg_model_write(path, graph, &facts, NULL, &table, NULL, NULL, SG_DTYPE_F32, true, NULL));
  sg_graph_free(graph);
}

/* Hits over a swelling chord, the same in every channel: longer than three of classic's chunks. */
static SgPcm *
song_new(guint n_channels)
{
  gint64 n = 12 * RATE_HZ;
  SgRandom random = sg_random_seeded(7);
  float *samples = SG_NEW(float, (gsize)n *n_channels);
  for (gint64 i = 0; i < n; i++) {
    double t = (double)i / RATE_HZ, hit = exp(-30.0 * fmod(t, 0.5));
    float sound = (float)(0.1 * sin(2.0 * M_PI * 220.0 * t) * (1.0 + sin(t)) +
                          0.2 * sin(2.0 * M_PI * 660.0 * t) * fmod(t, 3.0) / 3.0 +
                          0.4 * hit * (2.0 * sg_random_unit(&random) - 1.0));
    for (guint c = 0; c < n_channels; c++)
      samples[i * n_channels + c] = sound;
  }
  SgPcm *pcm = test_pcm_new(RATE_HZ, n_channels, n, samples);
  sg_free(samples);
  return pcm;
}

static float *
stems_dup(const SgPcm *pcm, const SgMethodClass *method, const char *path, const double *knobs)
{
  SgSeparation *separation = NULL;
  const SgSeparationSetup setup = { .method = method, .model_path = path, .knobs = knobs };
  const SgRenderSettings settings = SG_RENDER_SETTINGS_NATURAL;
  test_assert_ok(sg_separation_new_with(pcm, &setup, &separation, NULL));
  test_assert_ok(sg_separation_run(separation, 2, NULL, NULL, NULL));
  float *stems = test_render_dup(separation, &settings, 4096);
  sg_separation_free(separation);
  return stems;
}

static size_t
classics_index(const char *source)
{
  static const char *const order[] = { "drums", "bass", "other", "vocals" };
  size_t i = 0;
  while (!g_str_equal(order[i], source))
    i++;
  return i;
}

/* Stems are (1 − k) of the network's and k of classic's, in every channel, and sum to the song. */
static void
test_average(void)
{
  static const char *const sources[] = { "vocals", "drums", "bass", "other" };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "model.safetensors", NULL);
  write_model(path, SHARE, "other");
  g_autoptr(SgPcm) mono = song_new(1);
  float *classic = stems_dup(mono, &sg_classic_class, NULL, NULL), *song = test_pcm_dup(mono);
  gint64 n = sg_pcm_n_samples(mono);
  for (guint n_channels = 1; n_channels <= 3; n_channels++) {
    g_autoptr(SgPcm) pcm = song_new(n_channels);
    float *stems = stems_dup(pcm, &sg_model_class, path, NULL);
    double worst = 0.0, worst_sum = 0.0;
    for (gint64 i = 0; i < n; i++)
      for (guint c = 0; c < n_channels; c++) {
        double sum = 0.0;
        for (size_t j = 0; j < N_SOURCES; j++) {
          double stem = (double)stems[((gint64)j * n + i) * n_channels + c];
          double expected = (1.0 - SHARE) * masks[j] * (double)song[i] +
                            SHARE * (double)classic[(gint64)classics_index(sources[j]) * n + i];
          worst = fmax(worst, fabs(stem - expected));
          sum += stem;
        }
        worst_sum = fmax(worst_sum, fabs(sum - (double)song[i]));
      }
    g_test_message("%u channels: %g, sum %g", n_channels, worst, worst_sum);
    /* classic's masks are kept in 8 bits when it works alone: half a step of its share of the loudest. */
    g_assert_cmpfloat(worst, <, SHARE * 0.6 / 510.0);
    g_assert_cmpfloat(worst_sum, <, 2e-6);
    sg_free(stems);
  }
  sg_free(classic);
  sg_free(song);
}

/* The fast quality is the network alone. */
static void
test_fast(void)
{
  static const double fast = 0.0;
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "model.safetensors", NULL);
  write_model(path, SHARE, "other");
  g_autoptr(SgPcm) pcm = song_new(2);
  float *stems = stems_dup(pcm, &sg_model_class, path, &fast), *song = test_pcm_dup(pcm);
  gint64 n = 2 * sg_pcm_n_samples(pcm);
  for (size_t j = 0; j < N_SOURCES; j++)
    for (gint64 i = 0; i < n; i++)
      g_assert_cmpfloat_with_epsilon(stems[(gint64)j * n + i], masks[j] * (double)song[i], 1e-6);
  sg_free(stems);
  sg_free(song);
}

static void
test_refused(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "model.safetensors", NULL);
  g_autoptr(SgPcm) pcm = song_new(2);
  const SgSeparationSetup setup = { .method = &sg_model_class, .model_path = path };
  SgSeparation *separation = NULL;
  SgError error;
  write_model(path, SHARE, "flute");
  test_assert_status(sg_separation_new_with(pcm, &setup, &separation, &error), SG_BAD_MODEL);
  g_assert_cmpstr(error.detail, ==, "flute");
  write_model(path, 1.5, "other");
  test_assert_status(sg_separation_new_with(pcm, &setup, &separation, &error), SG_BAD_MODEL);
  g_assert_nonnull(strstr(error.detail, "classic_share"));
  write_model(path, 0.0, "flute");
  test_assert_ok(sg_separation_new_with(pcm, &setup, &separation, &error));
  sg_separation_free(separation);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/model-blend/average", test_average);
  g_test_add_func("/model-blend/fast", test_fast);
  g_test_add_func("/model-blend/refused", test_refused);
  return g_test_run();
}
