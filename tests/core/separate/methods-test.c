/* What holds for every method of the registry. */
#include <math.h>
#include <string.h>

#include "core/separate/knobs.h"
#include "tests/support.h"

enum { RATE = 11025, N_SAMPLES = 40 * RATE };

static bool
move_focus(double fraction, const char *stage, void *user)
{
  SgRandom random = sg_random_seeded((guint64)(fraction * 1e9));
  sg_separation_set_focus(user, (gint64)sg_random_below(&random, N_SAMPLES));
  return true;
}

/* Threads and the order of work change only when, never what. */
static void
test_same_everywhere(gconstpointer method)
{
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, 2, N_SAMPLES);
  g_autoptr(SgSeparation) plain = test_separation_new(pcm, method, 0, 1);
  gsize n_codes, n_others;
  g_autofree guint8 *codes = test_codes_dup(plain, &n_codes);
  for (guint n_threads = 2; n_threads <= 3; n_threads++) {
    g_autoptr(SgSeparation) other = test_separation_new(pcm, method, 0, 0);
    sg_separation_set_focus(other, N_SAMPLES / 2);
    test_assert_ok(sg_separation_run(other, n_threads, move_focus, other, NULL));
    g_autofree guint8 *others = test_codes_dup(other, &n_others);
    g_assert_cmpmem(others, n_others, codes, n_codes);
  }
}

/* Masks are numbers from 0 to 1 that leave nothing of a cell to nobody. */
static void
assert_masks(const SgSeparation *separation)
{
  const SgMaskShape *shape = sg_mask_store_shape(sg_separation_masks(separation));
  gsize n_codes, n_cells = (gsize)shape->n_channels * shape->n_bins;
  g_autofree guint8 *codes = test_codes_dup(separation, &n_codes);
  for (gint64 t = 0; t < shape->n_frames; t++)
    for (gsize i = 0; i < n_cells; i++) {
      double sum = 0.0;
      for (gsize j = 0; j < shape->n_sources; j++) {
        double code = codes[((gsize)t * shape->n_sources + j) * n_cells + i];
        sum += code * code / (255.0 * 255.0);
      }
      if (sum != 0.0 && !(sum > 0.97 && sum < 1.03))
        g_error("frame %d cell %zu: the masks sum to %g", (int)t, i, sum);
    }
}

/* Stems sum to the song, at any length, rate and number of channels that the method takes. */
static void
test_stems_null(gconstpointer method)
{
  const struct {
    guint rate_hz, n_channels;
    gint64 n;
  } songs[] = { { 44100, 2, 1 },     { 44100, 1, 777 },   { 8000, 2, 5 * 8000 },
                { 48000, 1, 60000 }, { 22050, 6, 30000 }, { 96000, 2, 50000 } };
  SgRenderSettings natural = SG_RENDER_SETTINGS_NATURAL;
  gsize n_refused = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(songs); i++) {
    g_autoptr(SgPcm) pcm = test_band_pcm_new(songs[i].rate_hz, songs[i].n_channels, songs[i].n);
    g_autoptr(SgSeparation) separation = NULL;
    SgError error;
    SgStatus status = sg_separation_new(pcm, method, NULL, NULL, &separation, &error);
    if (status == SG_NEEDS_STEREO && songs[i].n_channels != 2) {
      n_refused++;
      continue;
    }
    test_assert_ok(status);
    test_assert_ok(sg_separation_run(separation, 2, NULL, NULL, NULL));
    assert_masks(separation);
    g_autofree float *stems = test_render_dup(separation, &natural, SG_RENDER_MAX_SAMPLES);
    g_autofree float *song = test_pcm_dup(pcm);
    gint64 n_floats = songs[i].n * songs[i].n_channels;
    double peak = 0.0;
    for (gint64 k = 0; k < n_floats; k++) {
      double sum = 0.0;
      for (gsize j = 0; j < sg_separation_plan(separation)->n_sources; j++)
        sum += stems[(gint64)j * n_floats + k];
      peak = fmax(peak, fabs(sum - song[k]));
    }
    g_assert_cmpfloat(test_dbfs(peak), <=, -90.0);
  }
  g_assert_cmpuint(n_refused, <, G_N_ELEMENTS(songs) / 2 + 1);
}

static void
test_silence(gconstpointer method)
{
  enum { N = 3 * RATE };
  g_autofree float *silence = g_new0(float, 2 * N);
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 2, N, silence);
  g_autoptr(SgSeparation) separation = test_separation_new(pcm, method, 0, 2);
  SgRenderSettings settings = { .strength = { 3.0f, 0.5f, 1.0f, 2.0f } };
  g_autofree float *stems = test_render_dup(separation, &settings, 4096);
  for (gsize i = 0; i < sg_separation_plan(separation)->n_sources * 2 * N; i++)
    g_assert_cmpfloat(stems[i], ==, 0.0f);
}

/* Every knob at both ends of its range, the others as they are. */
static void
test_knob_ends(gconstpointer data)
{
  const SgMethodClass *method = data;
  enum { N = 2 * RATE };
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, 2, N);
  for (gsize i = 0; i < 2 * method->n_knobs; i++) {
    double knobs[SG_MAX_KNOBS];
    for (gsize k = 0; k < method->n_knobs; k++)
      knobs[k] = method->knobs[k].standard;
    knobs[i / 2] = i % 2 == 0 ? method->knobs[i / 2].minimum : method->knobs[i / 2].maximum;
    g_autoptr(SgSeparation) separation = NULL;
    test_assert_ok(sg_separation_new(pcm, method, knobs, NULL, &separation, NULL));
    test_assert_ok(sg_separation_run(separation, 2, NULL, NULL, NULL));
    assert_masks(separation);

    knobs[i / 2] = i % 2 == 0 ? method->knobs[i / 2].minimum - 1.0 : method->knobs[i / 2].maximum + 1.0;
    SgSeparation *refused;
    SgError error;
    test_assert_status(sg_separation_new(pcm, method, knobs, NULL, &refused, &error), SG_BAD_ARGUMENT);
    g_assert_null(refused);
    g_assert_cmpstr(error.detail, ==, method->knobs[i / 2].id);
  }
}

/* inspect() names finite values of cells of the chunk that was processed, and of no others. */
static void
test_inspect(gconstpointer data)
{
  const SgMethodClass *class = data;
  enum { N_CHANNELS = 2, N_FRAMES = 40 };
  SgMethodSetup setup = { .rate_hz = RATE, .n_channels = N_CHANNELS, .n_frames = N_FRAMES };
  setup.stft = sg_stft_size_for_rate(RATE);
  gsize n_bins = setup.stft.n_bins, n_samples = (N_FRAMES - 1) * setup.stft.hop + setup.stft.window;
  SgMethod *method;
  test_assert_ok(class->create(&setup, &method, NULL));
  SgMethodWork *work = class->work_new(method);
  g_autofree float *samples = test_band_new(RATE, 1, N_CHANNELS * (gint64)n_samples, 4);
  g_autofree SgComplex *spectra = g_new0(SgComplex, N_CHANNELS * N_FRAMES * n_bins);
  SgStft *stft = sg_stft_new(setup.stft);
  SgStftWork *stft_work = sg_stft_work_new(stft);
  const float *channels[N_CHANNELS];
  for (gsize c = 0; c < N_CHANNELS; c++) {
    channels[c] = samples + c * n_samples;
    sg_stft_analyse(stft, stft_work, channels[c], N_FRAMES, spectra + c * N_FRAMES * n_bins);
  }
  g_autofree float *masks = g_new(float, N_FRAMES *SG_MAX_SOURCES *N_CHANNELS *n_bins);
  atomic_bool cancelled = false;
  SgMethodInput input = { .spectra = spectra,
                          .samples = channels,
                          .n_frames = N_FRAMES,
                          .chunk_first = 0,
                          .chunk_n = N_FRAMES,
                          .cancelled = &cancelled };
  test_assert_ok(class->process(method, work, &input, masks, NULL));
  SgInspectValue values[SG_INSPECT_MAX_VALUES];
  gsize n_named = class->inspect(method, work, 0, 0, 0, values, SG_INSPECT_MAX_VALUES);
  for (gint64 t = 0; t < N_FRAMES; t++)
    for (guint c = 0; c < N_CHANNELS; c++)
      for (guint k = 0; k < n_bins; k += 5) {
        g_assert_cmpuint(class->inspect(method, work, t, c, k, values, SG_INSPECT_MAX_VALUES), ==, n_named);
        for (gsize i = 0; i < n_named; i++)
          g_assert_true(values[i].id != NULL && isfinite(values[i].value));
      }
  g_assert_cmpuint(class->inspect(method, work, -1, 0, 0, values, SG_INSPECT_MAX_VALUES), ==, 0);
  g_assert_cmpuint(class->inspect(method, work, N_FRAMES, 0, 0, values, SG_INSPECT_MAX_VALUES), ==, 0);
  g_assert_cmpuint(class->inspect(method, work, 0, N_CHANNELS, 0, values, SG_INSPECT_MAX_VALUES), ==, 0);
  g_assert_cmpuint(class->inspect(method, work, 0, 0, (guint)n_bins, values, SG_INSPECT_MAX_VALUES), ==, 0);
  g_assert_cmpuint(class->inspect(method, work, 0, 0, 0, values, 0), ==, 0);
  sg_stft_work_free(stft_work);
  sg_stft_free(stft);
  class->work_free(work);
  class->work_free(NULL);
  class->free(method);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  const struct {
    const char *name;
    GTestDataFunc function;
  } tests[] = { { "same-everywhere", test_same_everywhere },
                { "stems-null", test_stems_null },
                { "silence", test_silence },
                { "knob-ends", test_knob_ends },
                { "inspect", test_inspect } };
  for (const SgMethodClass *const *method = sg_methods(); *method != NULL; method++)
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
      g_autofree char *path = g_strdup_printf("/methods/%s/%s", (*method)->id, tests[i].name);
      g_test_add_data_func(path, *method, tests[i].function);
    }
  return g_test_run();
}
