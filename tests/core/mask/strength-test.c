#include "core/mask/strength.h"

#include <math.h>

#include "tests/support.h"

enum { N_CELLS = 500 };

static guint8 codes[SG_MAX_SOURCES * N_CELLS];
static float masks[SG_MAX_SOURCES * N_CELLS];

/* Random codes, many of them at the ends of the scale. */
static void
draw_codes(SgRandom *random, gsize n_sources)
{
  for (gsize i = 0; i < n_sources * N_CELLS; i++) {
    guint64 kind = sg_random_below(random, 8);
    codes[i] = kind == 0 ? 0 : kind == 1 ? 255 : kind == 2 ? 1 : (guint8)sg_random_below(random, 256);
  }
}

/* M_j before strength, in double. */
static double
plain_mask(gsize n_sources, gsize source, gsize cell)
{
  double sum = 0.0;
  for (gsize j = 0; j < n_sources; j++)
    sum += (double)codes[j * N_CELLS + cell] * codes[j * N_CELLS + cell];
  double q = codes[source * N_CELLS + cell];
  return sum > 0.0 ? q * q / sum : 1.0 / (double)n_sources;
}

static void
draw_strengths(SgRandom *random, gsize n_sources, float *out_alpha)
{
  for (gsize j = 0; j < n_sources; j++) {
    guint64 kind = sg_random_below(random, 6);
    out_alpha[j] = kind == 0   ? SG_STRENGTH_MIN
                   : kind == 1 ? SG_STRENGTH_MAX
                   : kind == 2 ? 1.0f
                               : SG_STRENGTH_MAX * (float)sg_random_unit(random);
  }
}

static void
set_all(float *alpha, float value)
{
  for (int j = 0; j < SG_MAX_SOURCES; j++)
    alpha[j] = value;
}

static void
test_sums_to_one(void)
{
  SgRandom random = test_random();
  float alpha[SG_MAX_SOURCES];
  for (gsize n_sources = 1; n_sources <= SG_MAX_SOURCES; n_sources++)
    for (int round = 0; round < 20; round++) {
      draw_codes(&random, n_sources);
      draw_strengths(&random, n_sources, alpha);
      sg_strength_apply(codes, n_sources, N_CELLS, alpha, masks);
      for (gsize i = 0; i < N_CELLS; i++) {
        double sum = 0.0;
        for (gsize j = 0; j < n_sources; j++) {
          float mask = masks[j * N_CELLS + i];
          g_assert_true(mask >= 0.0f && mask <= 1.0f);
          sum += mask;
        }
        g_assert_cmpfloat(fabs(sum - 1.0), <, 1e-6);
      }
    }
}

static void
test_natural_is_identity(void)
{
  SgRandom random = test_random();
  float alpha[SG_MAX_SOURCES];
  set_all(alpha, 1.0f);
  for (gsize n_sources = 1; n_sources <= SG_MAX_SOURCES; n_sources++) {
    draw_codes(&random, n_sources);
    sg_strength_apply(codes, n_sources, N_CELLS, alpha, masks);
    for (gsize j = 0; j < n_sources; j++)
      for (gsize i = 0; i < N_CELLS; i++)
        g_assert_cmpfloat(fabs(masks[j * N_CELLS + i] - plain_mask(n_sources, j, i)), <, 2e-7);
  }
}

/* The definition in the header, evaluated in double. */
static void
test_definition(void)
{
  SgRandom random = test_random();
  float alpha[SG_MAX_SOURCES];
  for (int round = 0; round < 40; round++) {
    gsize n_sources = 2 + sg_random_below(&random, 4);
    draw_codes(&random, n_sources);
    draw_strengths(&random, n_sources, alpha);
    alpha[0] = 2.5f;
    sg_strength_apply(codes, n_sources, N_CELLS, alpha, masks);
    for (gsize i = 0; i < N_CELLS; i++) {
      double r[SG_MAX_SOURCES], sum = 0.0;
      for (gsize j = 0; j < n_sources; j++) {
        double m = CLAMP(plain_mask(n_sources, j, i), 0x1p-16, 1.0 - 0x1p-16);
        sum += r[j] = 1.0 / (1.0 + pow((1.0 - m) / m, alpha[j]));
      }
      for (gsize j = 0; j < n_sources; j++)
        g_assert_cmpfloat(fabs(masks[j * N_CELLS + i] - r[j] / sum), <, 2e-5);
    }
  }
}

static void
test_nothing_is_shared_equally(void)
{
  float alpha[SG_MAX_SOURCES];
  SgRandom random = test_random();
  for (gsize i = 0; i < G_N_ELEMENTS(codes); i++)
    codes[i] = 0;
  for (int round = 0; round < 10; round++) {
    set_all(alpha, (float)round);
    sg_strength_apply(codes, 5, N_CELLS, alpha, masks);
    for (gsize i = 0; i < 5 * N_CELLS; i++)
      g_assert_cmpfloat_with_epsilon(masks[i], 0.2f, 1e-6);
  }
  /* No strength: equal shares whatever the masks say. */
  set_all(alpha, 0.0f);
  draw_codes(&random, 4);
  sg_strength_apply(codes, 4, N_CELLS, alpha, masks);
  for (gsize i = 0; i < 4 * N_CELLS; i++)
    g_assert_cmpfloat_with_epsilon(masks[i], 0.25f, 1e-6);
}

/* Raises the owner's α from 0 in quarters. Where all α are 1 the masks are not clamped, so the step away from
 * there may take the clamp of each other source, 2⁻¹⁶, from the owner; no other step takes anything. */
static void
raise_strength(gsize n_sources, gsize owner, float *alpha)
{
  float before[N_CELLS];
  gboolean was_natural = FALSE;
  for (alpha[owner] = 0.0f; alpha[owner] <= SG_STRENGTH_MAX; alpha[owner] += 0.25f) {
    sg_strength_apply(codes, n_sources, N_CELLS, alpha, masks);
    float allowed = was_natural ? (float)n_sources * 0x1p-16f : 1e-6f;
    for (gsize i = 0; i < N_CELLS; i++) {
      float mask = masks[owner * N_CELLS + i];
      if (alpha[owner] > 0.0f && plain_mask(n_sources, owner, i) > 0.5 && !(mask >= before[i] - allowed))
        g_error("α %g: the owner fell from %g to %g", alpha[owner], before[i], mask);
      before[i] = mask;
    }
    was_natural = TRUE;
    for (gsize j = 0; j < n_sources; j++)
      was_natural = was_natural && alpha[j] == 1.0f;
  }
}

static void
test_owner_never_loses(void)
{
  SgRandom random = test_random();
  for (int round = 0; round < 60; round++) {
    float alpha[SG_MAX_SOURCES];
    gsize n_sources = 2 + sg_random_below(&random, 5);
    draw_codes(&random, n_sources);
    draw_strengths(&random, n_sources, alpha);
    if (round % 3 == 0)
      set_all(alpha, 1.0f);
    raise_strength(n_sources, sg_random_below(&random, n_sources), alpha);
  }
}

/* Two sources: the share of the stronger grows towards all, and at the most a clear winner has it. */
static void
test_hardens(void)
{
  codes[0] = 255;       /* M = 0.8 … */
  codes[N_CELLS] = 127; /* … and 0.2 */
  float last = 0.5f;
  for (float strength = 0.5f; strength <= SG_STRENGTH_MAX; strength += 0.5f) {
    const float alpha[2] = { strength, strength };
    float two[2];
    const guint8 cell[2] = { codes[0], codes[N_CELLS] };
    sg_strength_apply(cell, 2, 1, alpha, two);
    g_assert_cmpfloat(two[0], >, last);
    last = two[0];
  }
  g_assert_cmpfloat(last, >, 0.9999f);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/strength/sums-to-one", test_sums_to_one);
  g_test_add_func("/strength/natural-is-identity", test_natural_is_identity);
  g_test_add_func("/strength/definition", test_definition);
  g_test_add_func("/strength/nothing-is-shared-equally", test_nothing_is_shared_equally);
  g_test_add_func("/strength/owner-never-loses", test_owner_never_loses);
  g_test_add_func("/strength/hardens", test_hardens);
  return g_test_run();
}
