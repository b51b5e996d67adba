#include "core/train/losses.h"

#include <math.h>

#include "tests/support.h"

enum { N_SOURCES = 3, N = 7, N_ALL = N_SOURCES * N };

/* Estimates (or masks), the mixture and the targets, the latter two complex where a loss wants it. */
typedef struct {
  float estimates[N_ALL], targets[N_ALL], mixture[N];
  SgComplex complex_targets[N_ALL], complex_mixture[N];
  float projections[N_ALL], residuals[N_ALL];
} Drawn;

typedef struct {
  const char *name;
  double (*ours)(const Drawn *drawn, float *out_gradient);
  /* The definition, in double, of estimates that may lie between floats. */
  double (*reference)(const Drawn *drawn, const double *estimates);
} Case;

static Drawn
drawn_new(SgRandom *random)
{
  Drawn drawn;
  for (int i = 0; i < N_ALL; i++) {
    drawn.estimates[i] = (float)(0.1 + sg_random_unit(random));
    drawn.targets[i] = (float)(0.1 + sg_random_unit(random));
    drawn.complex_targets[i] =
        (float)(sg_random_unit(random) - 0.5) + I * (float)(sg_random_unit(random) - 0.5);
    drawn.projections[i] = (float)(sg_random_unit(random) - 0.3);
    drawn.residuals[i] = (float)(0.2 * sg_random_unit(random));
  }
  for (int i = 0; i < N; i++) {
    drawn.mixture[i] = (float)(0.1 + sg_random_unit(random));
    drawn.complex_mixture[i] =
        (float)(sg_random_unit(random) - 0.5) + I * (float)(sg_random_unit(random) - 0.5);
  }
  return drawn;
}

static double
ours_mse(const Drawn *d, float *out_gradient)
{
  return sg_loss_mse(N_ALL, d->estimates, d->targets, out_gradient);
}

static double
reference_mse(const Drawn *d, const double *estimates)
{
  double sum = 0.0;
  for (int i = 0; i < N_ALL; i++)
    sum += pow(estimates[i] - d->targets[i], 2.0);
  return sum / N_ALL;
}

static double
ours_mae(const Drawn *d, float *out_gradient)
{
  return sg_loss_mae(N_ALL, d->estimates, d->targets, out_gradient);
}

static double
reference_mae(const Drawn *d, const double *estimates)
{
  double sum = 0.0;
  for (int i = 0; i < N_ALL; i++)
    sum += fabs(estimates[i] - d->targets[i]);
  return sum / N_ALL;
}

static double
ours_kl(const Drawn *d, float *out_gradient)
{
  return sg_loss_kl(N_ALL, d->estimates, d->targets, 1e-3, out_gradient);
}

static double
reference_kl(const Drawn *d, const double *estimates)
{
  double sum = 0.0;
  for (int i = 0; i < N_ALL; i++) {
    double p = d->targets[i] + 1e-3, q = estimates[i] + 1e-3;
    sum += p * log(p) - p * log(q) - p + q;
  }
  return sum / N_ALL;
}

static double
ours_difference(const Drawn *d, float *out_gradient)
{
  return sg_loss_difference(N_SOURCES, N, d->estimates, d->targets, 0.1, out_gradient);
}

static double
reference_difference(const Drawn *d, const double *estimates)
{
  double sum = 0.0;
  for (int k = 0; k < N_SOURCES; k++)
    for (int i = 0; i < N; i++)
      sum += pow(estimates[k * N + i] - d->targets[k * N + i], 2.0);
  for (int k = 0; k < N_SOURCES; k++)
    for (int l = k + 1; l < N_SOURCES; l++)
      for (int i = 0; i < N; i++)
        sum -= 0.1 * pow(estimates[k * N + i] - estimates[l * N + i], 2.0);
  return sum / N;
}

static double
ours_discriminative(const Drawn *d, float *out_gradient)
{
  return sg_loss_discriminative(N_SOURCES, N, d->estimates, d->targets, 0.05, out_gradient);
}

static double
reference_discriminative(const Drawn *d, const double *estimates)
{
  double sum = 0.0;
  for (int i = 0; i < N; i++)
    for (int k = 0; k < N_SOURCES; k++)
      for (int l = 0; l < N_SOURCES; l++)
        sum += (k == l ? 0.5 : -0.5 * 0.05) * pow(estimates[k * N + i] - d->targets[l * N + i], 2.0);
  return sum / N;
}

static double
ours_masked(const Drawn *d, float *out_gradient)
{
  return sg_loss_masked_l1(N_SOURCES, N, d->estimates, d->mixture, d->targets, out_gradient);
}

static double
reference_masked(const Drawn *d, const double *estimates)
{
  double sum = 0.0;
  for (int i = 0; i < N_ALL; i++)
    sum += fabs(estimates[i] * d->mixture[i % N] - d->targets[i]);
  return sum / N_ALL;
}

static double
ours_complex(const Drawn *d, float *out_gradient)
{
  return sg_loss_complex_l1(N_SOURCES, N, d->estimates, d->complex_mixture, d->complex_targets, 1e-4,
                            out_gradient);
}

static double
reference_complex(const Drawn *d, const double *estimates)
{
  double sum = 0.0;
  for (int i = 0; i < N_ALL; i++) {
    double complex error = estimates[i] * (double complex)d->complex_mixture[i % N] - d->complex_targets[i];
    sum += sqrt(pow(cabs(error), 2.0) + 1e-4);
  }
  return sum / N_ALL;
}

static double
ours_band(const Drawn *d, float *out_gradient)
{
  return sg_loss_band_l1(N_SOURCES, N, d->estimates, d->mixture, d->projections, d->residuals, 1e-4,
                         out_gradient);
}

static double
reference_band(const Drawn *d, const double *estimates)
{
  double sum = 0.0;
  for (int i = 0; i < N_ALL; i++)
    sum += sqrt(pow(estimates[i] * d->mixture[i % N] - d->projections[i], 2.0) + d->residuals[i] + 1e-4);
  return sum / N_ALL;
}

static double
ours_square(const Drawn *d, float *out_gradient)
{
  return sg_loss_band_l2(N_SOURCES, N, d->estimates, d->mixture, d->projections, d->residuals, 1e-2,
                         out_gradient);
}

static double
reference_square(const Drawn *d, const double *estimates)
{
  double sum = 0.0;
  for (int i = 0; i < N_ALL; i++) {
    double along = estimates[i] * d->mixture[i % N] - d->projections[i];
    sum += (along * along + d->residuals[i]) / (d->mixture[i % N] + 1e-2);
  }
  return sum / N_ALL;
}

static const Case cases[] = {
  { "mse", ours_mse, reference_mse },
  { "mae", ours_mae, reference_mae },
  { "kl", ours_kl, reference_kl },
  { "discriminative", ours_discriminative, reference_discriminative },
  { "difference", ours_difference, reference_difference },
  { "masked-l1", ours_masked, reference_masked },
  { "complex-l1", ours_complex, reference_complex },
  { "band-l1", ours_band, reference_band },
  { "band-l2", ours_square, reference_square },
};

static void
test_central_differences(gconstpointer data)
{
  const Case *c = data;
  SgRandom random = test_random();
  for (int round = 0; round < 20; round++) {
    Drawn drawn = drawn_new(&random);
    double at[N_ALL];
    float gradient[N_ALL];
    for (int i = 0; i < N_ALL; i++)
      at[i] = drawn.estimates[i];
    double value = c->ours(&drawn, gradient);
    g_assert_cmpfloat_with_epsilon(value, c->reference(&drawn, at), 1e-12);
    g_assert_cmpfloat(c->ours(&drawn, NULL), ==, value);
    for (int i = 0; i < N_ALL; i++) {
      const double h = 1e-6;
      at[i] = drawn.estimates[i] + h;
      double above = c->reference(&drawn, at);
      at[i] = drawn.estimates[i] - h;
      double below = c->reference(&drawn, at);
      at[i] = drawn.estimates[i];
      g_assert_cmpfloat_with_epsilon(gradient[i], (above - below) / (2.0 * h), 1e-7);
    }
  }
}

/* The paper's own form for two sources: ∂J/∂ŷ1 = (1−γ)ŷ1 + γy2 − y1. */
static void
test_discriminative_of_two(void)
{
  const float estimates[] = { 0.5f, 0.25f }, targets[] = { 0.75f, 0.125f };
  float gradient[2];
  sg_loss_discriminative(2, 1, estimates, targets, 0.05, gradient);
  g_assert_cmpfloat_with_epsilon(gradient[0], 0.95 * 0.5 + 0.05 * 0.125 - 0.75, 1e-7);
  g_assert_cmpfloat_with_epsilon(gradient[1], 0.95 * 0.25 + 0.05 * 0.75 - 0.125, 1e-7);
}

/* A band of several bins gives what the bins' own errors give. */
static void
test_bands_are_sums_of_bins(void)
{
  enum { N_BINS = 5 };
  SgRandom random = test_random();
  SgComplex x[N_BINS], s[N_BINS];
  double power = 0.0, along = 0.0, target_power = 0.0, error = 0.0;
  const float mask = 0.37f;
  for (int i = 0; i < N_BINS; i++) {
    x[i] = (float)(sg_random_unit(&random) - 0.5) + I * (float)(sg_random_unit(&random) - 0.5);
    s[i] = (float)(sg_random_unit(&random) - 0.5) + I * (float)(sg_random_unit(&random) - 0.5);
    power += pow(cabs(x[i]), 2.0);
    target_power += pow(cabs(s[i]), 2.0);
    along += creal(conj((double complex)x[i]) * s[i]);
    error += pow(cabs(mask * (double complex)x[i] - s[i]), 2.0);
  }
  float amplitude = (float)sqrt(power), projection = (float)(along / sqrt(power));
  float residual = (float)(target_power - along * along / power);
  double loss = sg_loss_band_l1(1, 1, &mask, &amplitude, &projection, &residual, 1e-5, NULL);
  g_assert_cmpfloat_with_epsilon(loss, sqrt(error + 1e-5), 1e-6);
}

/* At a perfect estimate values and gradients are zero, and nowhere is a NaN. */
static void
test_at_the_kink(void)
{
  const float zero[2] = { 0.0f, 0.0f }, one[2] = { 1.0f, 1.0f };
  const SgComplex none[2] = { 0.0f, 0.0f };
  float gradient[2];
  g_assert_cmpfloat(sg_loss_mae(2, one, one, gradient), ==, 0.0);
  g_assert_cmpfloat(gradient[0], ==, 0.0f);
  g_assert_cmpfloat(sg_loss_complex_l1(1, 2, one, none, none, 0.0, gradient), ==, 0.0);
  g_assert_cmpfloat(gradient[0], ==, 0.0f);
  g_assert_cmpfloat(sg_loss_band_l1(1, 2, one, zero, zero, zero, 0.0, gradient), ==, 0.0);
  g_assert_cmpfloat(gradient[1], ==, 0.0f);
  g_assert_cmpfloat(sg_loss_kl(2, zero, zero, 1e-10, gradient), ==, 0.0);
  g_assert_cmpfloat(gradient[0], ==, 0.0f);
  g_assert_true(isfinite(sg_loss_kl(2, zero, one, 1e-10, gradient)));
  g_assert_true(isfinite(gradient[0]));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *path = g_strconcat("/train/losses/central-differences/", cases[i].name, NULL);
    g_test_add_data_func(path, &cases[i], test_central_differences);
  }
  g_test_add_func("/train/losses/discriminative-of-two", test_discriminative_of_two);
  g_test_add_func("/train/losses/bands-are-sums-of-bins", test_bands_are_sums_of_bins);
  g_test_add_func("/train/losses/at-the-kink", test_at_the_kink);
  return g_test_run();
}
