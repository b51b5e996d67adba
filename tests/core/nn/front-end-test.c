#include "core/nn/front-end.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support.h"

enum { FFT = 32, BINS = FFT / 2 + 1, FRAMES = 3, CELLS = FRAMES * BINS };

static const SgModelFacts mid_side = { .rate_hz = 44100,
                                       .n_channels = 2,
                                       .fft_size = FFT,
                                       .hop = FFT / 4,
                                       .input = "magnitude",
                                       .output = "mask",
                                       .normalisation = "none",
                                       .channel_form = "mid-side",
                                       .bands = { 5, 4, 7 },
                                       .n_sources = 2,
                                       .sources = { "a", "b" } };

/* The first bin of each of its bands; the last has what is left. */
static const size_t starts[] = { 0, 1, 2, 3, 4, 5, 9, BINS };

/* Takes two channels of any bands and frames and gives four. */
static SgGraph *
graph_new(int64_t n_bands)
{
  SgGraph *graph = sg_graph_new();
  int x = sg_graph_add_input(graph, "x", SG_SHAPE(-1, 2, n_bands, -1));
  sg_graph_add_output(graph, sg_graph_add_2(graph, "concat", "y", x, x, &(SgAttributes){ .axis = 1 }));
  test_assert_ok(sg_graph_check(graph, NULL));
  return graph;
}

static SgComplex *
spectra_new(SgRandom *random)
{
  SgComplex *spectra = SG_NEW(SgComplex, 2 * CELLS);
  for (int i = 0; i < 2 * CELLS; i++)
    spectra[i] = (float)(sg_random_unit(random) - 0.5) + I * (float)(sg_random_unit(random) - 0.5);
  return spectra;
}

static SgFrontEnd
front_end_of(const SgModelFacts *facts)
{
  SgFrontEnd front_end;
  SgGraph *graph = graph_new(7);
  test_assert_ok(sg_front_end_of(graph, facts, &front_end, NULL));
  sg_graph_free(graph);
  return front_end;
}

/* Mid and side are half sum and half difference, and go back to what they were made of. */
static void
test_mid_side(void)
{
  SgRandom random = test_random();
  SgFrontEnd front_end = front_end_of(&mid_side);
  SgComplex *spectra = spectra_new(&random), *before = g_memdup2(spectra, 2 * CELLS * sizeof *spectra);
  sg_front_end_to_mid_side(&front_end, spectra, FRAMES);
  for (int i = 0; i < CELLS; i++) {
    g_assert_cmpfloat(cabsf(spectra[i] - (before[i] + before[CELLS + i]) / 2.0f), <, 1e-6);
    g_assert_cmpfloat(cabsf(spectra[CELLS + i] - (before[i] - before[CELLS + i]) / 2.0f), <, 1e-6);
  }
  sg_front_end_to_left_right(&front_end, spectra, FRAMES);
  for (int i = 0; i < 2 * CELLS; i++)
    g_assert_cmpfloat(cabsf(spectra[i] - before[i]), <, 1e-6);
  /* Networks of left and right are left alone. */
  front_end.mid_side = false;
  sg_front_end_to_mid_side(&front_end, before, FRAMES);
  for (int i = 0; i < 2 * CELLS; i++)
    g_assert_cmpfloat(cabsf(spectra[i] - before[i]), <, 1e-6);
  sg_free(spectra);
  g_free(before);
}

/* A band's magnitude is the root of its bins' power, and its mask is that of each of its bins. */
static void
test_bands(void)
{
  SgRandom random = test_random();
  SgFrontEnd front_end = front_end_of(&mid_side);
  g_assert_cmpuint(front_end.n_bins, ==, 7);
  SgComplex *spectra = spectra_new(&random);
  float tensor[2 * 7 * FRAMES], masks[2 * CELLS];
  sg_front_end_fill(&front_end, spectra, FRAMES, FRAMES, 2.0f, tensor);
  for (int c = 0; c < 2; c++)
    for (int t = 0; t < FRAMES; t++)
      for (int band = 0; band < 7; band++) {
        double power = 0.0;
        for (size_t k = starts[band]; k < starts[band + 1]; k++)
          power += pow(cabs(spectra[c * CELLS + t * BINS + (int)k]), 2.0);
        g_assert_cmpfloat_with_epsilon(tensor[(c * 7 + band) * FRAMES + t], sqrt(power) / 2.0, 1e-6);
      }
  sg_front_end_read(&front_end, tensor, FRAMES, 1.0f, FRAMES, masks);
  for (int c = 0; c < 2; c++)
    for (int t = 0; t < FRAMES; t++)
      for (int band = 0; band < 7; band++)
        for (size_t k = starts[band]; k < starts[band + 1]; k++)
          g_assert_cmpfloat(masks[c * CELLS + t * BINS + (int)k], ==, tensor[(c * 7 + band) * FRAMES + t]);
  sg_free(spectra);
}

/* Σ|mX − S|² = (m·a − p)² + r² for any mask m, a being the band's magnitude. */
static void
test_project(void)
{
  SgRandom random = test_random();
  SgFrontEnd front_end = front_end_of(&mid_side);
  SgComplex *mixture = spectra_new(&random), *source = spectra_new(&random);
  float a[2 * 7 * FRAMES], p[2 * 7 * FRAMES], r2[2 * 7 * FRAMES];
  memset(mixture, 0, 5 * sizeof *mixture); /* where the mixture is silent nothing can be projected */
  sg_front_end_fill(&front_end, mixture, FRAMES, FRAMES, 1.0f, a);
  sg_front_end_project(&front_end, mixture, source, FRAMES, p, r2);
  for (int c = 0; c < 2; c++)
    for (int t = 0; t < FRAMES; t++)
      for (int band = 0; band < 7; band++) {
        float m = (float)sg_random_unit(&random);
        double error = 0.0;
        for (size_t k = starts[band]; k < starts[band + 1]; k++) {
          int at = c * CELLS + t * BINS + (int)k;
          error += pow(cabs(m * mixture[at] - source[at]), 2.0);
        }
        int at = (c * 7 + band) * FRAMES + t;
        g_assert_cmpfloat_with_epsilon(pow(m * a[at] - p[at], 2.0) + r2[at], error, 1e-5);
      }
  sg_free(mixture);
  sg_free(source);
}

/* Facts that no front end fits, each refused with the word's name. */
static void
test_refused(void)
{
  SgModelFacts wrong[7];
  static const char *const named[] = { "input",        "output", "channel_form", "mid and side",
                                       "mid and side", "bands",  "7 bins" };
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
    wrong[i] = mid_side;
  strcpy(wrong[0].input, "waveform");
  strcpy(wrong[1].output, "waveform");
  strcpy(wrong[2].channel_form, "up-down");
  wrong[3].n_channels = 1;
  strcpy(wrong[4].output, "magnitude");
  wrong[5].bands.n_single = 8;
  wrong[6].n_sources = 3;
  SgGraph *graph = graph_new(7);
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    SgFrontEnd front_end;
    SgError error = { 0 };
    test_assert_status(sg_front_end_of(graph, &wrong[i], &front_end, &error),
                       i == 6 ? SG_BAD_GRAPH : SG_BAD_MODEL);
    g_test_message("%s", error.detail);
    g_assert_nonnull(strstr(error.detail, named[i]));
  }
  sg_graph_free(graph);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/front-end/mid-side", test_mid_side);
  g_test_add_func("/front-end/bands", test_bands);
  g_test_add_func("/front-end/project", test_project);
  g_test_add_func("/front-end/refused", test_refused);
  return g_test_run();
}
