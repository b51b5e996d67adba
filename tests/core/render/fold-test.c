#include "core/render/fold.h"

#include <glib.h>

static void
test_mono_and_stereo(void)
{
  float mono[2] = { 0.5f, -0.25f }, stereo[4] = { 1, 2, 3, 4 }, out[8] = { 0 };
  sg_fold(mono, 1, 2, out, 1);
  g_assert_cmpfloat(out[0], ==, 0.5f);
  g_assert_cmpfloat(out[1], ==, 0.5f);
  g_assert_cmpfloat(out[3], ==, -0.25f);
  sg_fold(stereo, 2, 2, out, 2);
  g_assert_cmpfloat(out[0], ==, 1.0f);
  g_assert_cmpfloat(out[1], ==, 2.0f);
  g_assert_cmpfloat(out[4], ==, 3.0f);
  g_assert_cmpfloat(out[5], ==, 4.0f);
}

/* The weights of each side sum to one, so full scale in every channel stays full scale. */
static void
test_never_over(void)
{
  for (uint32_t n_channels = 1; n_channels <= SG_MAX_CHANNELS; n_channels++) {
    float in[SG_MAX_CHANNELS] = { 1, 1, 1, 1, 1, 1, 1, 1 }, out[2];
    float weights[SG_MAX_CHANNELS][2];
    sg_fold_weights(n_channels, weights);
    sg_fold(in, n_channels, 1, out, 1);
    for (int side = 0; side < 2; side++) {
      float sum = 0.0f;
      for (uint32_t c = 0; c < n_channels; c++)
        sum += weights[c][side];
      g_assert_cmpfloat_with_epsilon(sum, 1.0f, 1e-6f);
      g_assert_cmpfloat_with_epsilon(out[side], 1.0f, 1e-6f);
    }
  }
}

/* 5.1: left is heard on the left only, the centre on both at −3 dB of it, the LFE not at all. */
static void
test_surround(void)
{
  float weights[SG_MAX_CHANNELS][2];
  sg_fold_weights(6, weights);
  g_assert_cmpfloat(weights[0][1], ==, 0.0f);
  g_assert_cmpfloat(weights[1][0], ==, 0.0f);
  g_assert_cmpfloat_with_epsilon(weights[2][0] / weights[0][0], 0.7071f, 1e-4f);
  g_assert_cmpfloat(weights[2][0], ==, weights[2][1]);
  g_assert_cmpfloat(weights[3][0] + weights[3][1], ==, 0.0f);
  g_assert_cmpfloat(weights[4][1], ==, 0.0f);
  g_assert_cmpfloat_with_epsilon(weights[5][1] / weights[1][1], 0.7071f, 1e-4f);
}

/* Which side hears each channel, in the order that files have them: left, right, centre, LFE (none), and
 * those at the sides and behind. */
static void
test_sides(void)
{
  static const char *const sides[SG_MAX_CHANNELS + 1] = {
    [3] = "LRC", [4] = "LRLR", [5] = "LRCLR", [6] = "LRC-LR", [7] = "LRC-CLR", [8] = "LRC-LRLR"
  };
  for (uint32_t n_channels = 3; n_channels <= SG_MAX_CHANNELS; n_channels++) {
    float weights[SG_MAX_CHANNELS][2];
    sg_fold_weights(n_channels, weights);
    for (uint32_t c = 0; c < n_channels; c++) {
      char side = sides[n_channels][c];
      g_assert_cmpint(weights[c][0] > 0.0f, ==, side == 'L' || side == 'C');
      g_assert_cmpint(weights[c][1] > 0.0f, ==, side == 'R' || side == 'C');
    }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fold/mono-and-stereo", test_mono_and_stereo);
  g_test_add_func("/fold/never-over", test_never_over);
  g_test_add_func("/fold/sides", test_sides);
  g_test_add_func("/fold/surround", test_surround);
  return g_test_run();
}
