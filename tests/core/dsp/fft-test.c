#include "core/dsp/fft.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/workers.h"
#include "tests/support.h"

/* The sizes of the usual rates among them (720, 2048, 4096, 4500). */
static const guint sizes[] = { 2, 4, 6, 10, 12, 30, 60, 128, 500, 720, 1024, 2048, 4096, 4500 };

static float *
noise_new(guint n, SgRandom *random)
{
  float *samples = SG_NEW(float, n);
  for (guint i = 0; i < n; i++)
    samples[i] = (float)(2.0 * sg_random_unit(random) - 1.0);
  return samples;
}

/* Relative error of the whole spectrum, root mean square. */
static double
error_against_naive(const float *samples, const SgComplex *bins, guint size)
{
  double error = 0.0, power = 0.0;
  for (guint k = 0; k <= size / 2; k++) {
    double complex exact = 0.0;
    for (guint n = 0; n < size; n++)
      exact += samples[n] * cexp(-2.0 * M_PI * I * (double)((guint64)n * k % size) / size);
    error += pow(cabs(exact - bins[k]), 2.0);
    power += pow(cabs(exact), 2.0);
  }
  return sqrt(error / power);
}

static void
test_forward(void)
{
  SgRandom random = test_random();
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    SgFft *fft = sg_fft_new(sizes[i]);
    float *samples = noise_new(sizes[i], &random), *kept = SG_NEW(float, sizes[i]);
    SgComplex *bins = SG_NEW(SgComplex, sizes[i] / 2 + 1);
    memcpy(kept, samples, sizes[i] * sizeof *kept);
    sg_fft_forward(fft, samples, bins);
    g_assert_cmpfloat(error_against_naive(samples, bins, sizes[i]), <, 5e-7);
    g_assert_cmpmem(samples, sizes[i] * sizeof *samples, kept, sizes[i] * sizeof *kept);
    sg_free(bins);
    sg_free(kept);
    sg_free(samples);
    sg_fft_free(fft);
  }
}

/* inverse(forward(x)) = N·x */
static void
test_inverse(void)
{
  SgRandom random = test_random();
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    SgFft *fft = sg_fft_new(sizes[i]);
    float *samples = noise_new(sizes[i], &random), *back = SG_NEW(float, sizes[i]);
    SgComplex *bins = SG_NEW(SgComplex, sizes[i] / 2 + 1);
    sg_fft_forward(fft, samples, bins);
    sg_fft_inverse(fft, bins, back);
    for (guint n = 0; n < sizes[i]; n++)
      g_assert_cmpfloat_with_epsilon(back[n] / (float)sizes[i], samples[n], 1e-6);
    sg_free(bins);
    sg_free(back);
    sg_free(samples);
    sg_fft_free(fft);
  }
}

enum { N_THREADS = 4, SIZE = 4096 };

typedef struct {
  const SgFft *fft;
  const float *samples;
  SgComplex *bins[N_THREADS];
} Shared;

static void
transform_repeatedly(unsigned index, void *user)
{
  Shared *shared = user;
  for (int i = 0; i < 50; i++) {
    sg_fft_free(sg_fft_new(64 + 4 * index)); /* planning goes on beside */
    sg_fft_forward(shared->fft, shared->samples, shared->bins[index]);
  }
}

static void
test_threads(void)
{
  SgRandom random = test_random();
  SgFft *fft = sg_fft_new(SIZE);
  float *samples = noise_new(SIZE, &random);
  Shared shared = { .fft = fft, .samples = samples };
  for (int i = 0; i < N_THREADS; i++)
    shared.bins[i] = SG_NEW(SgComplex, SIZE / 2 + 1);
  sg_workers_join(sg_workers_start(N_THREADS, transform_repeatedly, &shared));
  gsize n_bytes = (SIZE / 2 + 1) * sizeof(SgComplex);
  for (int i = 1; i < N_THREADS; i++)
    g_assert_cmpmem(shared.bins[i], n_bytes, shared.bins[0], n_bytes);
  for (int i = 0; i < N_THREADS; i++)
    sg_free(shared.bins[i]);
  sg_free(samples);
  sg_fft_free(fft);
}

/* Double precision: forward against the plain sum, and inverse(forward(x)) = N·x. */
static void
test_double(void)
{
  SgRandom random = test_random();
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    guint size = sizes[i];
    SgFftDouble *fft = sg_fft_double_new(size);
    double *samples = SG_NEW(double, size), *back = SG_NEW(double, size);
    SgComplexDouble *bins = SG_NEW(SgComplexDouble, size / 2 + 1);
    for (guint n = 0; n < size; n++)
      samples[n] = 2.0 * sg_random_unit(&random) - 1.0;
    sg_fft_double_forward(fft, samples, bins);
    for (guint k = 0; k <= size / 2; k += 1 + size / 16) {
      double complex exact = 0.0;
      for (guint n = 0; n < size; n++)
        exact += samples[n] * cexp(-2.0 * M_PI * I * (double)((guint64)n * k % size) / size);
      g_assert_cmpfloat(cabs(exact - bins[k]), <, 1e-10);
    }
    sg_fft_double_inverse(fft, bins, back);
    for (guint n = 0; n < size; n++)
      g_assert_cmpfloat_with_epsilon(back[n] / size, samples[n], 1e-13);
    sg_free(bins);
    sg_free(back);
    sg_free(samples);
    sg_fft_double_free(fft);
  }
  sg_fft_double_free(NULL);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fft/forward", test_forward);
  g_test_add_func("/fft/inverse", test_inverse);
  g_test_add_func("/fft/threads", test_threads);
  g_test_add_func("/fft/double", test_double);
  return g_test_run();
}
