#include "core/train/fingerprint.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/dsp/resample.h"
#include "core/io/decoder.h"
#include "tests/support.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgFingerprint, sg_fingerprint_free)

/* A piece for the ear: notes and bursts at drawn moments, others with every seed. */
static float *
piece_new(guint rate_hz, double seconds, guint64 seed)
{
  gint64 n = (gint64)(seconds * rate_hz);
  float *samples = g_new0(float, (gsize)n);
  SgRandom random = sg_random_seeded(seed);
  for (double at = 0.0; at < seconds; at += 0.05 + 0.4 * sg_random_unit(&random)) {
    double freq_hz = 110.0 * pow(2.0, 5.0 * sg_random_unit(&random)),
           decay_s = 0.05 + 0.4 * sg_random_unit(&random);
    double level = 0.05 + 0.2 * sg_random_unit(&random);
    gint64 from = (gint64)(at * rate_hz);
    for (gint64 i = from; i < n && i < from + (gint64)(4.0 * decay_s * rate_hz); i++) {
      double t = (double)(i - from) / rate_hz;
      samples[i] += (float)(level * exp(-t / decay_s) * sin(2.0 * M_PI * freq_hz * t));
    }
  }
  return samples;
}

static SgFingerprint *
fingerprint_of(const float *samples, gint64 n, guint rate_hz)
{
  SgFingerprint *fingerprint = sg_fingerprint_new(rate_hz);
  /* In pieces, which must not matter. */
  for (gint64 at = 0; at < n; at += 4999)
    g_assert_true(sg_fingerprint_add(fingerprint, samples + at, MIN(4999, n - at)));
  return fingerprint;
}

static void
assert_same(const SgFingerprint *a, const SgFingerprint *b, gboolean same, const char *what)
{
  double difference = sg_fingerprint_difference(a, b);
  g_test_message("%s: %.3f", what, difference);
  if (sg_fingerprint_is_same(a, b) != same || sg_fingerprint_is_same(b, a) != same)
    g_error("%s: %.3f", what, difference);
}

enum { RATE = 22050, SECONDS = 20, N = RATE * SECONDS };

static void
test_same_under_another_guise(void)
{
  g_autofree float *piece = piece_new(RATE, SECONDS, 1);
  g_autofree float *changed = g_new(float, N);
  g_autoptr(SgFingerprint) original = fingerprint_of(piece, N, RATE);
  SgRandom random = test_random();
  for (int i = 0; i < N; i++)
    changed[i] = -0.2f * piece[i] + 0.002f * (float)(sg_random_unit(&random) - 0.5);
  g_autoptr(SgFingerprint) quiet = fingerprint_of(changed, N, RATE);
  assert_same(original, quiet, TRUE, "quiet, inverted, noisy");

  for (int i = 0; i < N; i++)
    changed[i] = rintf(piece[i] * 100.0f) / 100.0f;
  g_autoptr(SgFingerprint) coarse = fingerprint_of(changed, N, RATE);
  assert_same(original, coarse, TRUE, "rounded to 8 bits");

  const double shifts_s[] = { 1.0, 1.06, 3.3 };
  for (gsize i = 0; i < G_N_ELEMENTS(shifts_s); i++) {
    gint64 shift = (gint64)(shifts_s[i] * RATE);
    g_autoptr(SgFingerprint) excerpt = fingerprint_of(piece + shift, N - shift, RATE);
    assert_same(original, excerpt, TRUE, "an excerpt");
  }
}

static void
test_same_at_another_rate(void)
{
  g_autofree float *piece = piece_new(RATE, SECONDS, 2);
  gint64 n = sg_resampled_length(N, RATE, 16000);
  g_autofree float *resampled = g_new(float, (gsize)n + 1);
  SgResampler *resampler;
  gsize taken, made, more = 1;
  test_assert_ok(sg_resampler_new(RATE, 16000, 1, &resampler, NULL));
  test_assert_ok(sg_resampler_process(resampler, piece, N, &taken, resampled, (gsize)n + 1, &made, NULL));
  while (made < (gsize)n && more > 0) {
    test_assert_ok(sg_resampler_drain(resampler, resampled + made, (gsize)n - made, &more, NULL));
    made += more;
  }
  g_assert_cmpuint(made, ==, n);
  sg_resampler_free(resampler);
  g_autoptr(SgFingerprint) original = fingerprint_of(piece, N, RATE);
  g_autoptr(SgFingerprint) other = fingerprint_of(resampled, n, 16000);
  assert_same(original, other, TRUE, "at 16 kHz");
}

static void
test_others_differ(void)
{
  enum { N_PIECES = 40 };
  SgFingerprint *all[N_PIECES];
  double closest = 1.0;
  for (guint i = 0; i < N_PIECES; i++) {
    g_autofree float *piece = piece_new(8000, 15.0, 100 + i);
    all[i] = fingerprint_of(piece, 15 * 8000, 8000);
    for (guint j = 0; j < i; j++) {
      closest = MIN(closest, sg_fingerprint_difference(all[i], all[j]));
      g_assert_false(sg_fingerprint_is_same(all[i], all[j]));
    }
  }
  g_test_message("the closest two of %d differ by %.3f", N_PIECES, closest);
  for (guint i = 0; i < N_PIECES; i++)
    sg_fingerprint_free(all[i]);
}

/* Short clips: the same only when they begin together; silence is like nothing. */
static void
test_short_and_silent(void)
{
  g_autofree float *piece = piece_new(RATE, SECONDS, 3);
  g_autofree float *silence = g_new0(float, N);
  g_autoptr(SgFingerprint) clip = fingerprint_of(piece, 5 * RATE, RATE);
  g_autoptr(SgFingerprint) again = fingerprint_of(piece, 5 * RATE, RATE);
  g_autoptr(SgFingerprint) later = fingerprint_of(piece + RATE, 5 * RATE, RATE);
  g_autoptr(SgFingerprint) tiny = fingerprint_of(piece, 2 * RATE, RATE);
  g_autoptr(SgFingerprint) quiet = fingerprint_of(silence, N, RATE);
  g_autoptr(SgFingerprint) nothing = sg_fingerprint_new(RATE);
  assert_same(clip, again, TRUE, "a clip and itself");
  assert_same(clip, later, FALSE, "a clip and a later one");
  assert_same(tiny, tiny, FALSE, "too short to tell");
  assert_same(quiet, quiet, FALSE, "silence");
  assert_same(nothing, clip, FALSE, "nothing");
  assert_same(nothing, nothing, FALSE, "nothing twice");
}

/* The song that comes with the program: coded as Ogg it is still the same, its stems are not it. */
static void
test_demo_song(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *coded = g_build_filename(folder, "mixture.ogg", NULL);
  const char *const names[] = { "mixture.flac", "vocals.flac", "drums.flac" };
  SgFingerprint *prints[4];
  for (gsize i = 0; i < 4; i++) {
    g_autofree char *path =
        i < 3 ? g_build_filename(g_getenv("STEMGLASS_DATA_DIR"), "demo", names[i], NULL) : g_strdup(coded);
    g_autoptr(SgPcm) pcm = NULL;
    test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, NULL, NULL));
    g_autofree float *samples = test_pcm_dup(pcm);
    gint64 n = MIN(sg_pcm_n_samples(pcm), 15 * (gint64)sg_pcm_rate(pcm));
    if (i == 0)
      test_sound_write(coded, "ogg", sg_pcm_rate(pcm), sg_pcm_n_channels(pcm), samples, n);
    for (gint64 s = 0; s < n; s++)
      samples[s] = 0.5f * (samples[2 * s] + samples[2 * s + 1]);
    prints[i] = fingerprint_of(samples, n, sg_pcm_rate(pcm));
  }
  assert_same(prints[0], prints[3], TRUE, "the demo song as Ogg");
  assert_same(prints[0], prints[1], FALSE, "its voice");
  assert_same(prints[0], prints[2], FALSE, "its drums");
  for (gsize i = 0; i < 4; i++)
    sg_fingerprint_free(prints[i]);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/train/fingerprint/same-under-another-guise", test_same_under_another_guise);
  g_test_add_func("/train/fingerprint/same-at-another-rate", test_same_at_another_rate);
  g_test_add_func("/train/fingerprint/others-differ", test_others_differ);
  g_test_add_func("/train/fingerprint/short-and-silent", test_short_and_silent);
  g_test_add_func("/train/fingerprint/demo-song", test_demo_song);
  return g_test_run();
}
