/* The objective of networks on waveforms: no spectra, losses on samples. */
#include <math.h>
#include <string.h>

#include "core/train/objective.h"
#include "tests/support.h"

enum { BATCH = 3, SOURCES = 2, TARGETS = 3, CHANNELS = 2, WINDOW = 10, SIGNAL = CHANNELS * WINDOW };
enum { EXAMPLE = SOURCES * SIGNAL };

typedef struct {
  SgTeam *team;
  SgObjective *objective;
  float mixtures[BATCH * SIGNAL], targets[BATCH * TARGETS * SIGNAL], estimates[BATCH * EXAMPLE];
  SgBatch batch;
} Fixture;

static SgObjectiveSetup
setup_of(SgLossKind loss)
{
  return (SgObjectiveSetup){ .front_end = { .layout = SG_LAYOUT_CHANNELS_SAMPLES,
                                            .n_channels = CHANNELS,
                                            .frame_multiple = 1,
                                            .n_window = WINDOW },
                             .n_sources = SOURCES,
                             .n_targets = TARGETS,
                             .batch_size = BATCH,
                             .n_samples = WINDOW,
                             .loss = { .kind = loss } };
}

static void
draw(SgRandom *random, float *out, gsize n)
{
  for (gsize i = 0; i < n; i++)
    out[i] = (float)(sg_random_unit(random) - 0.5);
}

static void
set_up(Fixture *f, gconstpointer loss)
{
  SgRandom random = test_random();
  SgObjectiveSetup setup = setup_of((SgLossKind)GPOINTER_TO_INT(loss));
  f->team = sg_team_new(2);
  test_assert_ok(sg_objective_new(&setup, f->team, &f->objective, NULL));
  draw(&random, f->mixtures, G_N_ELEMENTS(f->mixtures));
  draw(&random, f->targets, G_N_ELEMENTS(f->targets));
  draw(&random, f->estimates, G_N_ELEMENTS(f->estimates));
  f->batch = (SgBatch){ .targets = f->targets, .mixtures = f->mixtures };
}

static void
tear_down(Fixture *f, gconstpointer loss)
{
  sg_objective_free(f->objective);
  sg_team_free(f->team);
}

static double
target_at(const Fixture *f, gsize example, gsize i)
{
  return f->targets[example * TARGETS * SIGNAL + i];
}

static void
test_loss(Fixture *f, gconstpointer loss)
{
  bool squared = GPOINTER_TO_INT(loss) == SG_LOSS_MSE;
  float input[BATCH * SIGNAL], gradient[BATCH * EXAMPLE];
  sg_objective_begin(f->objective, &f->batch, input);
  g_assert_cmpmem(input, sizeof input, f->mixtures, sizeof f->mixtures);
  double value = sg_objective_loss(f->objective, f->estimates, gradient), expected = 0.0;
  for (gsize b = 0; b < BATCH; b++)
    for (gsize i = 0; i < EXAMPLE; i++) {
      double error = f->estimates[b * EXAMPLE + i] - target_at(f, b, i);
      expected += (squared ? error * error : fabs(error)) / (BATCH * EXAMPLE);
      double slope = (squared ? 2.0 * error : error > 0.0 ? 1.0 : -1.0) / (BATCH * EXAMPLE);
      g_assert_cmpfloat_with_epsilon(gradient[b * EXAMPLE + i], slope, 1e-6);
    }
  g_assert_cmpfloat_with_epsilon(value, expected, 1e-6);
}

static void
test_score(Fixture *f, gconstpointer loss)
{
  float input[BATCH * SIGNAL];
  double scores[BATCH * SOURCES];
  memset(f->targets, 0, SIGNAL * sizeof *f->targets);
  sg_objective_begin(f->objective, &f->batch, input);
  sg_objective_score(f->objective, f->estimates, scores);
  g_assert_true(isnan(scores[0])); /* a silent source */
  for (gsize s = 1; s < BATCH * SOURCES; s++) {
    double power = 0.0, error = 0.0;
    for (gsize i = 0; i < SIGNAL; i++) {
      double target = target_at(f, s / SOURCES, s % SOURCES * SIGNAL + i);
      power += target * target;
      error += pow(target - f->estimates[s * SIGNAL + i], 2.0);
    }
    g_assert_cmpfloat_with_epsilon(scores[s], 10.0 * log10(power / error), 1e-4);
  }
}

static void
test_refuses(void)
{
  SgTeam *team = sg_team_new(1);
  SgObjective *objective = NULL;
  SgError error;
  SgObjectiveSetup setup = setup_of(SG_LOSS_KL);
  test_assert_status(sg_objective_new(&setup, team, &objective, &error), SG_BAD_ARGUMENT);
  g_assert_nonnull(strstr(error.detail, "loss"));
  setup = setup_of(SG_LOSS_MAE);
  setup.n_samples++;
  test_assert_status(sg_objective_new(&setup, team, &objective, &error), SG_BAD_ARGUMENT);
  g_assert_nonnull(strstr(error.detail, "window"));
  sg_team_free(team);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/objective-samples/mae", Fixture, GINT_TO_POINTER(SG_LOSS_MAE), set_up, test_loss, tear_down);
  g_test_add("/objective-samples/mse", Fixture, GINT_TO_POINTER(SG_LOSS_MSE), set_up, test_loss, tear_down);
  g_test_add("/objective-samples/score", Fixture, GINT_TO_POINTER(SG_LOSS_MAE), set_up, test_score,
             tear_down);
  g_test_add_func("/objective-samples/refuses", test_refuses);
  return g_test_run();
}
