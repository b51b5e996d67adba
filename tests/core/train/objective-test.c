#include "core/train/objective.h"

#include <complex.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/dsp/stft.h"
#include "tests/support.h"

enum {
  FFT = 64,
  BINS = FFT / 2 + 1,
  FRAMES = 9,
  SAMPLES = (FRAMES - 1) * FFT / 4,
  BATCH = 2,
  SOURCES = 2,
  BANDS = 12,
  N_EXAMPLE = SOURCES * 2 * BANDS * FRAMES
};

typedef struct {
  SgTeam *team;
  SgObjective *objective;
  SgBatch batch;
  float *input, *masks;
} Fixture;

static SgObjectiveSetup
setup_of_masks(void)
{
  return (SgObjectiveSetup){ .front_end = { .layout = SG_LAYOUT_CHANNELS_BINS_FRAMES,
                                            .n_channels = 2,
                                            .n_spectrum_bins = BINS,
                                            .n_bins = BANDS,
                                            .frame_multiple = 1,
                                            .bands = { 6, 3, BANDS },
                                            .mid_side = true,
                                            .gives_masks = true },
                             .fft_size = FFT,
                             .n_sources = SOURCES,
                             .n_targets = SOURCES,
                             .batch_size = BATCH,
                             .n_samples = SAMPLES,
                             .loss = { .kind = SG_LOSS_COMPLEX_L1 } };
}

/* Noise as sources, the second example a tenth as loud, and any masks. */
static Fixture
fixture_new(void)
{
  SgRandom random = test_random();
  SgObjectiveSetup setup = setup_of_masks();
  Fixture f = { .team = sg_team_new(2) };
  test_assert_ok(sg_objective_new(&setup, f.team, &f.objective, NULL));
  gsize n_signal = 2 * SAMPLES;
  f.batch.targets = SG_NEW(float, BATCH *SOURCES *n_signal);
  f.batch.mixtures = SG_NEW(float, BATCH *n_signal);
  for (gsize b = 0; b < BATCH; b++)
    for (gsize j = 0; j < SOURCES; j++)
      for (gsize i = 0; i < n_signal; i++) {
        float x = (float)(sg_random_unit(&random) - 0.5) * (b == 0 ? 1.0f : 0.1f);
        f.batch.targets[(b * SOURCES + j) * n_signal + i] = x;
        f.batch.mixtures[b * n_signal + i] += x;
      }
  f.input = SG_NEW(float, BATCH *N_EXAMPLE);
  f.masks = SG_NEW(float, BATCH *N_EXAMPLE);
  for (int i = 0; i < BATCH * N_EXAMPLE; i++)
    f.masks[i] = (float)sg_random_unit(&random);
  return f;
}

static void
fixture_free(Fixture *f)
{
  sg_objective_free(f->objective);
  sg_team_free(f->team);
  sg_free(f->batch.targets);
  sg_free(f->batch.mixtures);
  sg_free(f->input);
  sg_free(f->masks);
}

/* Mid or side of samples[2][SAMPLES] as spectra[FRAMES][BINS]. */
static SgComplex *
spectra_new(const float *samples, int side)
{
  SgStft *stft = sg_stft_new((SgStftSize){ FFT, FFT / 4, BINS });
  SgStftWork *work = sg_stft_work_new(stft);
  float padded[(FRAMES - 1) * FFT / 4 + FFT] = { 0 };
  SgComplex *spectra = SG_NEW(SgComplex, FRAMES * BINS);
  for (int i = 0; i < SAMPLES; i++)
    padded[FFT / 2 + i] = 0.5f * (samples[i] + (side ? -1.0f : 1.0f) * samples[SAMPLES + i]);
  sg_stft_analyse(stft, work, padded, FRAMES, spectra);
  sg_stft_work_free(work);
  sg_stft_free(stft);
  return spectra;
}

/* The definition: per example the mean over channels, bands and frames of √(Σ|mX − S|² + ε), divided by the
 * mean of √Σ|X|². */
static double
defined_loss(const Fixture *f, gsize b)
{
  double error = 0.0, mean = 0.0;
  double cells[SOURCES][2][BANDS][FRAMES] = { 0 };
  for (int c = 0; c < 2; c++) {
    SgComplex *x = spectra_new(f->batch.mixtures + b * 2 * SAMPLES, c);
    for (int band = 0; band < BANDS; band++)
      for (int t = 0; t < FRAMES; t++) {
        int start = band < 6 ? band : 6 + 3 * (band - 6), end = band < 6 ? band + 1 : start + 3;
        double power = 0.0;
        for (int k = start; k < (band == BANDS - 1 ? BINS : end); k++)
          power += pow(cabs(x[t * BINS + k]), 2.0);
        mean += sqrt(power) / (2 * BANDS * FRAMES);
      }
    for (int j = 0; j < SOURCES; j++) {
      SgComplex *s = spectra_new(f->batch.targets + (b * SOURCES + (gsize)j) * 2 * SAMPLES, c);
      for (int t = 0; t < FRAMES; t++)
        for (int k = 0; k < BINS; k++) {
          int band = k < 6 ? k : MIN(6 + (k - 6) / 3, BANDS - 1);
          gsize at = b * N_EXAMPLE + (gsize)((j * 2 + c) * BANDS + band) * FRAMES + (gsize)t;
          cells[j][c][band][t] += pow(cabs(f->masks[at] * x[t * BINS + k] - s[t * BINS + k]), 2.0);
        }
      sg_free(s);
    }
    sg_free(x);
  }
  for (int i = 0; i < N_EXAMPLE; i++)
    error += sqrt((&cells[0][0][0][0])[i] + pow(3e-3 * mean, 2.0)) / N_EXAMPLE;
  return error / mean;
}

static void
test_mask_loss(void)
{
  Fixture f = fixture_new();
  sg_objective_begin(f.objective, &f.batch, f.input);
  double loss = sg_objective_loss(f.objective, f.masks, NULL);
  double defined = 0.5 * (defined_loss(&f, 0) + defined_loss(&f, 1));
  g_assert_cmpfloat_with_epsilon(loss / defined, 1.0, 1e-5);
  fixture_free(&f);
}

/* Against central differences. */
static void
test_mask_gradient(void)
{
  Fixture f = fixture_new();
  sg_objective_begin(f.objective, &f.batch, f.input);
  SgRandom random = test_random();
  float *gradient = SG_NEW(float, BATCH *N_EXAMPLE);
  sg_objective_loss(f.objective, f.masks, gradient);
  double power = 0.0, error = 0.0;
  for (int probe = 0; probe < 200; probe++) {
    gsize at = (gsize)(sg_random_unit(&random) * BATCH * N_EXAMPLE);
    float value = f.masks[at], step = 5e-4f;
    f.masks[at] = value + step;
    double above = sg_objective_loss(f.objective, f.masks, NULL);
    f.masks[at] = value - step;
    double below = sg_objective_loss(f.objective, f.masks, NULL);
    f.masks[at] = value;
    double difference = (above - below) / (2.0 * (double)step);
    power += difference * difference;
    error += pow(difference - gradient[at], 2.0);
  }
  g_test_message("error %.2e", sqrt(error / power));
  g_assert_cmpfloat(sqrt(error / power), <, 1e-3);
  sg_free(gradient);
  fixture_free(&f);
}

/* Masks of ½ leave half of each source's own sound: the score is that of the sum of both halves. */
static void
test_mask_score(void)
{
  Fixture f = fixture_new();
  sg_objective_begin(f.objective, &f.batch, f.input);
  double scores[BATCH * SOURCES];
  for (int i = 0; i < BATCH * N_EXAMPLE; i++)
    f.masks[i] = 0.5f;
  sg_objective_score(f.objective, f.masks, scores);
  for (gsize b = 0; b < BATCH; b++)
    for (gsize j = 0; j < SOURCES; j++) {
      const float *s = f.batch.targets + (b * SOURCES + j) * 2 * SAMPLES;
      const float *x = f.batch.mixtures + b * 2 * SAMPLES;
      double power = 0.0, error = 0.0;
      for (int i = 0; i < 2 * SAMPLES; i++) {
        power += pow(s[i], 2.0);
        error += pow(s[i] - 0.5 * x[i], 2.0);
      }
      g_assert_cmpfloat_with_epsilon(scores[b * SOURCES + j], 10.0 * log10(power / error), 1e-3);
    }
  fixture_free(&f);
}

/* Masks want the loss that is made for them, magnitudes one of the others. */
static void
test_refused(void)
{
  SgObjective *objective;
  SgTeam *team = sg_team_new(1);
  SgObjectiveSetup setup = setup_of_masks();
  setup.loss.kind = SG_LOSS_MAE;
  test_assert_status(sg_objective_new(&setup, team, &objective, NULL), SG_BAD_ARGUMENT);
  setup = setup_of_masks();
  setup.front_end.gives_masks = false;
  test_assert_status(sg_objective_new(&setup, team, &objective, NULL), SG_BAD_ARGUMENT);
  sg_team_free(team);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/objective/mask-loss", test_mask_loss);
  g_test_add_func("/objective/mask-gradient", test_mask_gradient);
  g_test_add_func("/objective/mask-score", test_mask_score);
  g_test_add_func("/objective/refused", test_refused);
  return g_test_run();
}
