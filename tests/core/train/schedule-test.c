#include "core/train/schedule.h"

#include <math.h>

#include "tests/golden/train.h"
#include "tests/support.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgTrainState, sg_train_state_free)

static void
test_cosine(void)
{
  SgSchedule schedule = { .kind = SG_SCHEDULE_COSINE, .rate = 0.3, .minimum_rate = 0.02, .n_steps = 20 };
  for (int step = 0; step <= 20; step++)
    g_assert_cmpfloat_with_epsilon(sg_schedule_rate(&schedule, step), golden_cosine[step], 1e-12);
  g_assert_cmpfloat(sg_schedule_rate(&schedule, 1000000), ==, 0.02);
}

static void
test_warm_up(void)
{
  SgSchedule schedule = {
    .kind = SG_SCHEDULE_COSINE, .rate = 1.0, .minimum_rate = 0.1, .warm_up_steps = 4, .n_steps = 14
  };
  const double warm[] = { 0.25, 0.5, 0.75, 1.0, 1.0 };
  for (int step = 0; step < 5; step++)
    g_assert_cmpfloat_with_epsilon(sg_schedule_rate(&schedule, step), warm[step], 1e-12);
  g_assert_cmpfloat_with_epsilon(sg_schedule_rate(&schedule, 9), 0.55, 1e-12);
  g_assert_cmpfloat(sg_schedule_rate(&schedule, 14), ==, 0.1);
  schedule.kind = SG_SCHEDULE_CONSTANT;
  g_assert_cmpfloat(sg_schedule_rate(&schedule, 1), ==, 0.5);
  g_assert_cmpfloat(sg_schedule_rate(&schedule, 10000), ==, 1.0);
  schedule = (SgSchedule){ .kind = SG_SCHEDULE_COSINE, .rate = 1.0, .minimum_rate = 0.1, .warm_up_steps = 4 };
  g_assert_cmpfloat(sg_schedule_rate(&schedule, 4), ==, 0.1);
}

static SgPlateau
golden_plateau_new(void)
{
  SgPlateau plateau = sg_plateau_standard(0.3);
  plateau.factor = 0.3;
  plateau.patience = 2;
  plateau.cooldown = 2;
  plateau.minimum_rate = 0.01;
  return plateau;
}

static void
test_plateau(void)
{
  SgPlateau plateau = golden_plateau_new();
  for (int look = 0; look < 20; look++) {
    g_assert_cmpfloat_with_epsilon(sg_plateau_update(&plateau, golden_looks[look]), golden_plateau[look],
                                   1e-12);
    /* A resumed one goes on as the first. */
    g_autoptr(SgTrainState) state = sg_train_state_new();
    SgPlateau resumed = golden_plateau_new();
    sg_plateau_save(&plateau, state);
    test_assert_ok(sg_plateau_load(&resumed, state, NULL));
    plateau = resumed;
  }
  plateau = golden_plateau_new();
  plateau.is_absolute = true;
  plateau.threshold = 0.5;
  plateau.patience = 0;
  plateau.cooldown = 0;
  g_assert_cmpfloat(sg_plateau_update(&plateau, -8.0), ==, 0.3);
  g_assert_cmpfloat(sg_plateau_update(&plateau, -8.6), ==, 0.3);
  g_assert_cmpfloat_with_epsilon(sg_plateau_update(&plateau, -9.0), 0.09, 1e-12);
  g_assert_cmpfloat_with_epsilon(sg_plateau_update(&plateau, NAN), 0.027, 1e-12);
  g_assert_cmpfloat_with_epsilon(sg_plateau_update(&plateau, NAN), 0.01, 1e-12);
  g_assert_cmpfloat_with_epsilon(sg_plateau_update(&plateau, NAN), 0.01, 1e-12);
}

static void
test_early_stop(void)
{
  SgEarlyStop stop = sg_early_stop_new(3, 0.1);
  g_assert_false(sg_early_stop_update(&stop, 100, 5.0));
  g_assert_false(sg_early_stop_update(&stop, 200, 4.0));
  g_assert_false(sg_early_stop_update(&stop, 300, 3.95));
  g_assert_false(sg_early_stop_update(&stop, 400, NAN));
  g_assert_cmpint(stop.best_step, ==, 200);
  g_autoptr(SgTrainState) state = sg_train_state_new();
  SgEarlyStop resumed = sg_early_stop_new(3, 0.1);
  sg_early_stop_save(&stop, state);
  test_assert_ok(sg_early_stop_load(&resumed, state, NULL));
  g_assert_false(sg_early_stop_update(&resumed, 500, 3.8));
  g_assert_cmpint(resumed.best_step, ==, 500);
  g_assert_true(sg_early_stop_update(&stop, 500, 3.95));
  g_assert_cmpfloat(stop.best, ==, 4.0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/train/schedule/cosine", test_cosine);
  g_test_add_func("/train/schedule/warm-up", test_warm_up);
  g_test_add_func("/train/schedule/plateau", test_plateau);
  g_test_add_func("/train/schedule/early-stop", test_early_stop);
  return g_test_run();
}
