#include "core/mask/wiener.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "tests/support.h"

/* Mixture, masks and estimates of one block, all in [frame][source][channel][bin] but the mixture, which is
 * [channel][frame][bin]. */
typedef struct {
  SgWienerShape shape;
  SgComplex *mixture;
  float *masks;
  double complex *wanted;
  SgComplex *got;
} Block;

static gsize
n_cells(const Block *block)
{
  return block->shape.n_frames * block->shape.n_channels * block->shape.n_bins;
}

static gsize
at_estimate(const Block *block, gsize t, gsize j, gsize c, gsize k)
{
  return ((t * block->shape.n_sources + j) * block->shape.n_channels + c) * block->shape.n_bins + k;
}

static SgComplex
mixture_at(const Block *block, gsize t, gsize c, gsize k)
{
  return block->mixture[(c * block->shape.n_frames + t) * block->shape.n_bins + k];
}

static void
block_init(Block *block, SgWienerShape shape)
{
  block->shape = shape;
  gsize n_estimates = n_cells(block) * shape.n_sources;
  block->mixture = g_new0(SgComplex, n_cells(block));
  block->masks = g_new0(float, n_estimates);
  block->wanted = g_new0(double complex, n_estimates);
  block->got = g_new0(SgComplex, n_estimates);
}

static void
block_clear(Block *block)
{
  g_free(block->mixture);
  g_free(block->masks);
  g_free(block->wanted);
  g_free(block->got);
}

/* Sources that stand somewhere (so that channels are alike but not equal), some cells silent, masks that are
 * wrong and need not sum to one. */
static void
block_draw(Block *block, SgRandom *random, double level)
{
  const SgWienerShape *shape = &block->shape;
  for (gsize k = 0; k < shape->n_bins; k++)
    for (gsize t = 0; t < shape->n_frames; t++) {
      double silent = sg_random_below(random, 16) == 0 ? 0.0 : 1.0;
      for (gsize j = 0; j < shape->n_sources; j++) {
        double complex sound =
            silent * level * (sg_random_unit(random) - 0.5 + (sg_random_unit(random) - 0.5) * I);
        for (gsize c = 0; c < shape->n_channels; c++) {
          double place = 1.0 / (1.0 + (double)((j + c) % 3)) + 0.01 * sg_random_unit(random);
          block->mixture[(c * shape->n_frames + t) * shape->n_bins + k] += (SgComplex)(place * sound);
          block->masks[at_estimate(block, t, j, c, k)] = (float)sg_random_unit(random);
        }
      }
    }
}

/* Runs the code under test. */
static void
run(Block *block, unsigned n_iterations, gboolean from_spectra)
{
  const SgWienerShape *shape = &block->shape;
  gsize n_frame = shape->n_sources * shape->n_channels * shape->n_bins;
  SgWiener *wiener = sg_wiener_new(*shape);
  g_autofree SgComplex *first = g_new(SgComplex, n_frame);
  sg_wiener_begin(wiener, block->mixture, shape->n_frames * shape->n_bins, shape->n_frames);
  for (gsize t = 0; t < shape->n_frames; t++) {
    for (gsize i = 0; i < n_frame && from_spectra; i++) {
      gsize c = i / shape->n_bins % shape->n_channels;
      first[i] = block->masks[t * n_frame + i] * mixture_at(block, t, c, i % shape->n_bins);
    }
    if (from_spectra)
      sg_wiener_start_spectra(wiener, t, first);
    else
      sg_wiener_start_masks(wiener, t, block->masks + t * n_frame);
  }
  g_assert_true(sg_wiener_iterate(wiener, n_iterations, NULL));
  for (gsize t = 0; t < shape->n_frames; t++)
    sg_wiener_estimate(wiener, t, block->got + t * n_frame);
  sg_wiener_free(wiener);
}

enum { MAX_C = SG_WIENER_MAX_CHANNELS, MAX_J = 6, MAX_T = 40 };

/* Solves a·z = x by Gauss with pivots, in place. */
static void
gauss(double complex a[MAX_C][MAX_C], double complex *x, gsize n)
{
  for (gsize p = 0; p < n; p++) {
    gsize best = p;
    for (gsize r = p; r < n; r++)
      if (cabs(a[r][p]) > cabs(a[best][p]))
        best = r;
    for (gsize c = 0; c < n; c++) {
      double complex kept = a[p][c];
      a[p][c] = a[best][c];
      a[best][c] = kept;
    }
    double complex kept = x[p];
    x[p] = x[best];
    x[best] = kept;
    for (gsize r = 0; r < n; r++) {
      double complex factor = a[r][p] / a[p][p];
      for (gsize c = p; c < n && r != p; c++)
        a[r][c] -= factor * a[p][c];
      if (r != p)
        x[r] -= factor * x[p];
    }
  }
  for (gsize p = 0; p < n; p++)
    x[p] /= a[p][p];
}

static double complex y[MAX_T][MAX_J][MAX_C], R[MAX_J][MAX_C][MAX_C];
static double v[MAX_T][MAX_J];

/* v and R of one bin's estimates y. */
static void
measure(const SgWienerShape *shape)
{
  memset(R, 0, sizeof R);
  for (gsize j = 0; j < shape->n_sources; j++) {
    double sum = 1e-10;
    for (gsize t = 0; t < shape->n_frames; t++) {
      v[t][j] = 0.0;
      for (gsize a = 0; a < shape->n_channels; a++) {
        v[t][j] += creal(y[t][j][a] * conj(y[t][j][a])) / (double)shape->n_channels;
        for (gsize b = 0; b < shape->n_channels; b++)
          R[j][a][b] += y[t][j][a] * conj(y[t][j][b]);
      }
      sum += v[t][j];
    }
    for (gsize a = 0; a < shape->n_channels; a++)
      for (gsize b = 0; b < shape->n_channels; b++)
        R[j][a][b] /= sum;
  }
}

/* The equations of wiener.h as they stand there, one bin. */
static void
em_of_bin(Block *block, gsize k, unsigned n_iterations, double scale)
{
  const SgWienerShape *shape = &block->shape;
  gsize n = shape->n_channels;
  for (gsize t = 0; t < shape->n_frames; t++)
    for (gsize j = 0; j < shape->n_sources; j++)
      for (gsize c = 0; c < n; c++)
        y[t][j][c] = (double)block->masks[at_estimate(block, t, j, c, k)] *
                     (double complex)mixture_at(block, t, c, k) / scale;
  for (unsigned i = 0; i < n_iterations; i++) {
    measure(shape);
    for (gsize t = 0; t < shape->n_frames; t++) {
      double complex C[MAX_C][MAX_C], z[MAX_C];
      for (gsize a = 0; a < n; a++) {
        z[a] = (double complex)mixture_at(block, t, a, k) / scale;
        for (gsize b = 0; b < n; b++) {
          C[a][b] = a == b ? 1e-5 : 0.0;
          for (gsize j = 0; j < shape->n_sources; j++)
            C[a][b] += v[t][j] * R[j][a][b];
        }
      }
      gauss(C, z, n);
      for (gsize j = 0; j < shape->n_sources; j++)
        for (gsize a = 0; a < n; a++) {
          y[t][j][a] = 0.0;
          for (gsize b = 0; b < n; b++)
            y[t][j][a] += v[t][j] * R[j][a][b] * z[b];
        }
    }
  }
  for (gsize t = 0; t < shape->n_frames; t++)
    for (gsize j = 0; j < shape->n_sources; j++)
      for (gsize c = 0; c < n; c++)
        block->wanted[at_estimate(block, t, j, c, k)] = y[t][j][c] * scale;
}

/* ‖wanted − got‖ / ‖wanted‖ over the block; three iterations may leave less of quiet cells than a float
 * holds. */
static double
relative_error(const Block *block)
{
  double error = 0.0, all = 1e-30;
  for (gsize i = 0; i < n_cells(block) * block->shape.n_sources; i++) {
    double complex difference = block->wanted[i] - (double complex)block->got[i];
    error += creal(difference * conj(difference));
    all += creal(block->wanted[i] * conj(block->wanted[i]));
  }
  return sqrt(error / all);
}

static void
check_against_equations(SgRandom *random, SgWienerShape shape, unsigned n_iterations, double level)
{
  Block block;
  block_init(&block, shape);
  block_draw(&block, random, level);
  double largest = 0.0;
  for (gsize i = 0; i < n_cells(&block); i++)
    largest = MAX(largest, cabs((double complex)block.mixture[i]));
  for (gsize k = 0; k < shape.n_bins; k++)
    em_of_bin(&block, k, n_iterations, MAX(1.0, largest / 10.0));
  for (int from_spectra = 0; from_spectra < 2; from_spectra++) {
    run(&block, n_iterations, from_spectra);
    double error = relative_error(&block);
    /* As spectra the first estimates are rounded to floats, which few frames of alike channels amplify. */
    if (!(error < (from_spectra ? 1e-4 : 1e-6)))
      g_error("%zu frames, %zu sources, %zu channels, %zu bins, %u iterations, level %g: off by %g",
              shape.n_frames, shape.n_sources, shape.n_channels, shape.n_bins, n_iterations, level, error);
  }
  block_clear(&block);
}

static void
test_equations(void)
{
  SgRandom random = test_random();
  const double levels[] = { 1e-4, 0.1, 3.0, 500.0 };
  for (gsize n_channels = 1; n_channels <= MAX_C; n_channels++)
    for (unsigned n_iterations = 1; n_iterations <= 3; n_iterations++)
      for (gsize i = 0; i < G_N_ELEMENTS(levels); i++) {
        SgWienerShape shape = { .n_frames = 1 + sg_random_below(&random, MAX_T),
                                .n_sources = 1 + sg_random_below(&random, MAX_J),
                                .n_channels = n_channels,
                                .n_bins = 1 + sg_random_below(&random, 140) };
        check_against_equations(&random, shape, n_iterations, levels[i]);
      }
}

/* Figures that go back to the authors' own program: tests/bench/reference/wiener-golden.py says how. */
static void
test_golden(void)
{
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", "wiener-em.f32", NULL);
  g_autoptr(GBytes) bytes = test_file_read(path);
  gsize n_bytes;
  const gint32 *sizes = g_bytes_get_data(bytes, &n_bytes);
  Block block;
  block_init(&block, (SgWienerShape){ .n_frames = (gsize)sizes[0],
                                      .n_bins = (gsize)sizes[1],
                                      .n_channels = (gsize)sizes[2],
                                      .n_sources = (gsize)sizes[3] });
  gsize n_mixture = n_cells(&block), n_estimates = n_mixture * block.shape.n_sources;
  g_assert_cmpuint(n_bytes, ==, 4 * sizeof *sizes + (2 * n_mixture + 5 * n_estimates) * sizeof(float));
  const float *at = (const float *)(sizes + 4);
  memcpy(block.mixture, at, n_mixture * sizeof *block.mixture);
  at += 2 * n_mixture;
  memcpy(block.masks, at, n_estimates * sizeof *block.masks);
  at += n_estimates;
  for (unsigned n_iterations = 1; n_iterations <= 2; n_iterations++) {
    for (gsize i = 0; i < n_estimates; i++, at += 2)
      block.wanted[i] = CMPLX((double)at[0], (double)at[1]);
    run(&block, n_iterations, FALSE);
    g_test_message("%u iterations: off by %.1e", n_iterations, relative_error(&block));
    g_assert_cmpfloat(relative_error(&block), <, 1e-6);
  }
  block_clear(&block);
}

/* Nothing in, nothing out: no division by zero anywhere. */
static void
test_silence(void)
{
  for (gsize n_channels = 1; n_channels <= 3; n_channels++) {
    Block block;
    block_init(&block,
               (SgWienerShape){ .n_frames = 3, .n_sources = 2, .n_channels = n_channels, .n_bins = 70 });
    for (gsize i = 0; i < n_cells(&block) * 2; i++)
      block.masks[i] = (float)(i % 2);
    run(&block, 3, FALSE);
    for (gsize i = 0; i < n_cells(&block) * 2; i++)
      g_assert_true(block.got[i] == 0.0f);
    block_clear(&block);
  }
}

/* Channels that are alike to the last bit, at full level: det C_x is all rounding and ε. */
static void
test_equal_channels(void)
{
  SgRandom random = test_random();
  for (gsize n_channels = 2; n_channels <= 4; n_channels++) {
    Block block;
    block_init(&block,
               (SgWienerShape){ .n_frames = 20, .n_sources = 3, .n_channels = n_channels, .n_bins = 100 });
    block_draw(&block, &random, 1000.0);
    gsize n_channel = n_cells(&block) / n_channels;
    for (gsize c = 1; c < n_channels; c++)
      memcpy(block.mixture + c * n_channel, block.mixture, n_channel * sizeof *block.mixture);
    for (gsize t = 0; t < 20; t++)
      for (gsize j = 0; j < 3; j++)
        for (gsize i = 100; i < 100 * n_channels; i++)
          block.masks[at_estimate(&block, t, j, 0, 0) + i] =
              block.masks[at_estimate(&block, t, j, 0, 0) + i % 100];
    run(&block, 2, FALSE);
    double worst = 0.0;
    for (gsize t = 0; t < 20; t++)
      for (gsize k = 0; k < 100; k++) {
        double complex sum = 0.0;
        for (gsize j = 0; j < 3; j++) {
          sum += (double complex)block.got[at_estimate(&block, t, j, 0, k)];
          double complex other = (double complex)block.got[at_estimate(&block, t, j, n_channels - 1, k)];
          worst = MAX(worst, cabs((double complex)block.got[at_estimate(&block, t, j, 0, k)] - other));
        }
        worst = MAX(worst, cabs(sum - (double complex)mixture_at(&block, t, 0, k)));
      }
    g_assert_cmpfloat(worst, <, 1.0); /* of 1000 */
    block_clear(&block);
  }
}

static void
test_cancel(void)
{
  atomic_bool cancelled = true;
  SgComplex mixture[2] = { 1.0f, 2.0f };
  float masks[2] = { 0.5f, 0.5f };
  SgWiener *wiener =
      sg_wiener_new((SgWienerShape){ .n_frames = 2, .n_sources = 1, .n_channels = 1, .n_bins = 1 });
  sg_wiener_begin(wiener, mixture, 2, 2);
  sg_wiener_start_masks(wiener, 0, masks);
  sg_wiener_start_masks(wiener, 1, masks + 1);
  g_assert_false(sg_wiener_iterate(wiener, 2, &cancelled));
  sg_wiener_free(wiener);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/wiener/equations", test_equations);
  g_test_add_func("/wiener/golden", test_golden);
  g_test_add_func("/wiener/silence", test_silence);
  g_test_add_func("/wiener/equal-channels", test_equal_channels);
  g_test_add_func("/wiener/cancel", test_cancel);
  return g_test_run();
}
