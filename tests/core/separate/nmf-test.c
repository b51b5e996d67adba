#include "core/separate/nmf.h"

#include <math.h>

#include "core/dsp/signals.h"
#include "tests/support.h"

/* A small grid on which the equations can be written out. */
enum { WINDOW = 64, HOP = 16, N_BINS = 33, N_FRAMES = 50, N_COMPONENTS = 4, N_ITERATIONS = 5 };

/* V ≈ A·B by the updates as they read, in double, from the method's own start. */
typedef struct {
  double v[N_FRAMES][N_BINS], a[N_FRAMES][N_COMPONENTS], b[N_COMPONENTS][N_BINS];
} Plain;

static void
plain_start(Plain *plain, SgRandom *random)
{
  for (int j = 0; j < N_COMPONENTS; j++)
    for (int k = 0; k < N_BINS; k++)
      plain->b[j][k] = (0.5 + sg_random_unit(random)) / N_BINS;
  for (int t = 0; t < N_FRAMES; t++)
    for (int j = 0; j < N_COMPONENTS; j++)
      plain->a[t][j] = 0.5 + sg_random_unit(random);
}

static double
plain_ratio(const Plain *plain, int t, int k)
{
  double model = 0.0;
  for (int j = 0; j < N_COMPONENTS; j++)
    model += plain->a[t][j] * plain->b[j][k];
  return plain->v[t][k] / model;
}

static void
plain_iterate(Plain *plain)
{
  Plain before = *plain;
  for (int t = 0; t < N_FRAMES; t++)
    for (int j = 0; j < N_COMPONENTS; j++) {
      double up = 0.0, down = 0.0;
      for (int k = 0; k < N_BINS; k++) {
        up += plain_ratio(&before, t, k) * before.b[j][k];
        down += before.b[j][k];
      }
      plain->a[t][j] *= up / down;
    }
  before = *plain;
  for (int j = 0; j < N_COMPONENTS; j++)
    for (int k = 0; k < N_BINS; k++) {
      double up = 0.0, down = 0.0;
      for (int t = 0; t < N_FRAMES; t++) {
        up += before.a[t][j] * plain_ratio(&before, t, k);
        down += before.a[t][j];
      }
      plain->b[j][k] *= up / down;
    }
}

static double
plain_divergence(const Plain *plain)
{
  double sum = 0.0;
  for (int t = 0; t < N_FRAMES; t++)
    for (int k = 0; k < N_BINS; k++) {
      double ratio = plain_ratio(plain, t, k), v = plain->v[t][k];
      sum += v * log(ratio) - v + v / ratio;
    }
  return sum;
}

/* The two models of the method add up to A·B as the plain updates make it, and masks follow from the models.
 */
static void
test_golden(void)
{
  static Plain plain;
  SgRandom random = sg_random_seeded(21);
  g_autofree SgComplex *spectra = g_new(SgComplex, N_FRAMES * N_BINS);
  for (int t = 0; t < N_FRAMES; t++)
    for (int k = 0; k < N_BINS; k++) {
      plain.v[t][k] = 0.1 + sg_random_unit(&random) * (k % 5 == t % 3 ? 5.0 : 1.0);
      spectra[t * N_BINS + k] = (float)plain.v[t][k] * (SgComplex)I;
    }
  SgRandom start = sg_random_seeded(1);
  plain_start(&plain, &start);
  double divergence = plain_divergence(&plain);
  for (int i = 0; i < N_ITERATIONS; i++) {
    plain_iterate(&plain);
    g_assert_cmpfloat(plain_divergence(&plain), <, divergence);
    divergence = plain_divergence(&plain);
  }

  const double knobs[] = { N_COMPONENTS, N_ITERATIONS };
  SgMethodSetup setup = { .rate_hz = 8000,
                          .n_channels = 1,
                          .n_frames = N_FRAMES,
                          .stft = { .window = WINDOW, .hop = HOP, .n_bins = N_BINS },
                          .knobs = knobs };
  SgMethod *method;
  test_assert_ok(sg_nmf_class.create(&setup, &method, NULL));
  SgMethodWork *work = sg_nmf_class.work_new(method);
  g_autofree float *masks = g_new(float, N_FRAMES * 2 * N_BINS);
  atomic_bool cancelled = false;
  SgMethodInput input = {
    .spectra = spectra, .n_frames = N_FRAMES, .chunk_n = N_FRAMES, .cancelled = &cancelled
  };
  test_assert_ok(sg_nmf_class.process(method, work, &input, masks, NULL));
  for (int t = 0; t < N_FRAMES; t++)
    for (int k = 0; k < N_BINS; k++) {
      SgInspectValue values[2];
      g_assert_cmpuint(sg_nmf_class.inspect(method, work, t, 0, (guint)k, values, 2), ==, 2);
      double d = values[0].value, r = values[1].value, model = plain.v[t][k] / plain_ratio(&plain, t, k);
      g_assert_cmpfloat(fabs(d + r - model), <, 1e-3 * model);
      g_assert_cmpfloat(fabs(masks[t * 2 * N_BINS + k] - d * d / (d * d + r * r)), <, 1e-4);
      g_assert_cmpfloat(fabs(masks[(t * 2 + 1) * N_BINS + k] - r * r / (d * d + r * r)), <, 1e-4);
    }
  cancelled = true;
  test_assert_status(sg_nmf_class.process(method, work, &input, masks, NULL), SG_CANCELLED);
  sg_nmf_class.work_free(work);
  sg_nmf_class.free(method);
}

static void
test_beat_and_notes(void)
{
  enum { RATE = 22050, N = 8 * RATE };
  SgRandom random = sg_random_seeded(5);
  g_autofree float *beat = g_new0(float, N);
  g_autofree float *notes = g_new0(float, N);
  g_autofree float *mixture = g_new(float, N);
  sg_signal_add_beat(beat, N, RATE, 0.5, &random);
  sg_signal_add_notes(notes, N, RATE, 220.0);
  for (int i = 0; i < N; i++)
    mixture[i] = beat[i] + notes[i];
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 1, N, mixture);
  g_autoptr(SgSeparation) separation = test_separation_new(pcm, &sg_nmf_class, 0, 2);
  SgRenderSettings natural = SG_RENDER_SETTINGS_NATURAL;
  g_autofree float *stems = test_render_dup(separation, &natural, SG_RENDER_MAX_SAMPLES);
  double drums_gain = test_sdr(beat, stems, N) - test_sdr(beat, mixture, N);
  double notes_gain = test_sdr(notes, stems + N, N) - test_sdr(notes, mixture, N);
  g_test_message("SDR over the mixture's own: drums %+.1f dB, harmonic %+.1f dB", drums_gain, notes_gain);
  g_assert_cmpfloat(drums_gain, >, 10.0);
  g_assert_cmpfloat(notes_gain, >, 2.0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/nmf/golden", test_golden);
  g_test_add_func("/nmf/beat-and-notes", test_beat_and_notes);
  return g_test_run();
}
