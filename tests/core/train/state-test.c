#include "core/train/state.h"

#include "tests/support.h"

static void
test_keeps_what_it_is_given(void)
{
  SgTrainState *state = sg_train_state_new();
  const float a[] = { 1.0f, 2.0f, 3.0f }, b[] = { 4.0f };
  float out[3] = { 0.0f };
  double value;
  sg_train_state_add_array(state, "a", a, 3);
  sg_train_state_add_scalar(state, "steps", 0x1p53);
  sg_train_state_add_array(state, "b", b, 1);
  sg_train_state_add_array(state, "none", NULL, 0);
  g_assert_true(sg_train_state_is_complete(state));
  g_assert_cmpuint(sg_train_state_n_arrays(state), ==, 3);
  g_assert_cmpuint(sg_train_state_n_scalars(state), ==, 1);
  g_assert_cmpstr(sg_train_state_array(state, 1)->name, ==, "b");
  g_assert_true(sg_train_state_array(state, 0)->values == a);
  g_assert_cmpstr(sg_train_state_scalar(state, 0)->name, ==, "steps");
  test_assert_ok(sg_train_state_read_array(state, "a", out, 3, NULL));
  g_assert_cmpmem(out, sizeof out, a, sizeof a);
  test_assert_ok(sg_train_state_read_array(state, "none", NULL, 0, NULL));
  test_assert_ok(sg_train_state_read_scalar(state, "steps", &value, NULL));
  g_assert_cmpfloat(value, ==, 0x1p53);
  sg_train_state_free(state);
  sg_train_state_free(NULL);
}

static void
test_names_what_is_missing(void)
{
  SgTrainState *state = sg_train_state_new();
  const float a[] = { 1.0f, 2.0f };
  float out[3] = { 7.0f, 7.0f, 7.0f };
  double value;
  SgError error;
  sg_train_state_add_array(state, "a", a, 2);
  test_assert_status(sg_train_state_read_array(state, "a", out, 3, &error), SG_BAD_ARGUMENT);
  g_assert_cmpstr(error.detail, ==, "a");
  g_assert_cmpfloat(out[0], ==, 7.0f);
  test_assert_status(sg_train_state_read_array(state, "b", out, 2, &error), SG_BAD_ARGUMENT);
  g_assert_cmpstr(error.detail, ==, "b");
  test_assert_status(sg_train_state_read_scalar(state, "a", &value, &error), SG_BAD_ARGUMENT);
  sg_train_state_free(state);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/train/state/keeps-what-it-is-given", test_keeps_what_it_is_given);
  g_test_add_func("/train/state/names-what-is-missing", test_names_what_is_missing);
  return g_test_run();
}
