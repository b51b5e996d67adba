/* stemglass-cli eval: known answers, the forms of its output, what it refuses, plots, and being stopped. */
#include <math.h>
#include <signal.h>
#include <string.h>

#include <glib/gstdio.h>
#include <sys/wait.h>

#include "tests/support-cli.h"
#include "tests/support.h"

enum { RATE = 8000, SECONDS = 3, N = RATE * SECONDS };

typedef struct {
  TestFolder *folder;
  char *cache, *references, *estimates, *others;
} Fixture;

/* Noise of unit power in every second and channel: [N × n_channels]. */
static float *
noise_new(guint n_channels, guint64 seed)
{
  float *noise = g_new(float, N *n_channels);
  SgRandom random = sg_random_seeded(seed);
  for (guint i = 0; i < N * n_channels; i++)
    noise[i] = (float)(sg_random_unit(&random) - 0.5);
  for (guint second = 0; second < SECONDS; second++)
    for (guint c = 0; c < n_channels; c++) {
      double power = 0.0;
      for (guint i = second * RATE; i < (second + 1) * RATE; i++)
        power += (double)noise[i * n_channels + c] * noise[i * n_channels + c];
      for (guint i = second * RATE; i < (second + 1) * RATE; i++)
        noise[i * n_channels + c] *= (float)sqrt(RATE / power);
    }
  return noise;
}

/* What is left of noise without its part along `along`, second by second. */
static void
make_orthogonal(float *noise, const float *along, guint n_channels)
{
  gsize n = RATE * n_channels;
  for (guint second = 0; second < SECONDS; second++) {
    const float *a = along + second * n;
    float *b = noise + second * n;
    double ab = 0.0, aa = 0.0, bb = 0.0;
    for (gsize i = 0; i < n; i++) {
      ab += (double)a[i] * b[i];
      aa += (double)a[i] * a[i];
    }
    for (gsize i = 0; i < n; i++)
      b[i] -= (float)(ab / aa) * a[i];
    for (gsize i = 0; i < n; i++)
      bb += (double)b[i] * b[i];
    for (gsize i = 0; i < n; i++)
      b[i] *= (float)sqrt((double)n / bb);
  }
}

static char *
path_of(const char *folder, const char *track, const char *name)
{
  char *parent = track != NULL ? g_build_filename(folder, track, NULL) : g_strdup(folder);
  char *path = g_build_filename(parent, name, NULL);
  g_assert_cmpint(g_mkdir_with_parents(parent, 0777), ==, 0);
  g_free(parent);
  return path;
}

static void
write_sound(const char *folder, const char *track, const char *name, guint rate_hz, guint n_channels,
            const float *samples, gint64 n)
{
  g_autofree char *path = path_of(folder, track, name);
  test_sound_write(path, g_str_has_suffix(name, ".flac") ? "flac24" : "wav32f", rate_hz, n_channels, samples,
                   n);
}

/* 0.1 · (a + gain · b), which stays below full scale. */
static float *
mix_new(const float *a, const float *b, double gain, gsize n)
{
  float *sum = g_new(float, n);
  for (gsize i = 0; i < n; i++)
    sum[i] = (float)(0.1 * (a[i] + gain * b[i]));
  return sum;
}

/* A track of drums (power 1) and vocals (power ¼) as references; the estimates of drums are `snr_db` away
 * from them, those of vocals 6 dB less, the errors being orthogonal to the source. */
static void
make_track_of(const Fixture *f, const char *track, const char *estimates, guint n_channels, double snr_db,
              guint64 seed, gint64 length)
{
  gsize n = N * n_channels;
  g_autofree float *drums = noise_new(n_channels, seed), *vocals = noise_new(n_channels, seed + 1);
  g_autofree float *error = noise_new(n_channels, seed + 2), *silence = g_new0(float, n);
  make_orthogonal(vocals, drums, n_channels);
  g_autofree float *half = mix_new(silence, vocals, 0.5, n), *whole = mix_new(drums, silence, 0.0, n);
  write_sound(f->references, track, "drums.wav", RATE, n_channels, whole, length);
  write_sound(f->references, track, "vocals.wav", RATE, n_channels, half, length);
  make_orthogonal(error, drums, n_channels);
  g_autofree float *drums_estimate = mix_new(drums, error, pow(10.0, -snr_db / 20.0), n);
  write_sound(estimates, track, "drums.wav", RATE, n_channels, drums_estimate, length);
  make_orthogonal(error, vocals, n_channels);
  for (gsize i = 0; i < n; i++)
    vocals[i] *= 0.5f;
  g_autofree float *vocals_estimate = mix_new(vocals, error, 0.5 * pow(10.0, (6.0 - snr_db) / 20.0), n);
  write_sound(estimates, track, "vocals.flac", RATE, n_channels, vocals_estimate, length);
}

static void
make_track(const Fixture *f, const char *track, const char *estimates, guint n_channels, double snr_db,
           guint64 seed)
{
  make_track_of(f, track, estimates, n_channels, snr_db, seed, N);
}

static void
set_up(Fixture *f, gconstpointer data)
{
  f->folder = test_folder_new();
  f->cache = g_build_filename(f->folder, "cache", NULL);
  f->references = g_build_filename(f->folder, "true", NULL);
  f->estimates = g_build_filename(f->folder, "system", NULL);
  f->others = g_build_filename(f->folder, "other", NULL);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  g_free(f->cache);
  g_free(f->references);
  g_free(f->estimates);
  g_free(f->others);
  test_folder_remove(f->folder);
}

/* The number that follows the keys, each found after the one before; NaN for null. */
static double
number_after(const char *text, const char *first, ...)
{
  va_list rest;
  va_start(rest, first);
  for (const char *key = first; key != NULL; key = va_arg(rest, const char *)) {
    const char *at = strstr(text, key);
    if (at == NULL)
      g_error("“%s” is not in %s", key, text);
    text = at + strlen(key);
  }
  va_end(rest);
  text += strspn(text, ": ");
  return g_str_has_prefix(text, "null") ? NAN : g_ascii_strtod(text, NULL);
}

static void
assert_has(const char *text, const char *part)
{
  if (strstr(text, part) == NULL)
    g_error("“%s” is not in: %s", part, text);
}

static void
assert_lacks(const char *text, const char *part)
{
  if (strstr(text, part) != NULL)
    g_error("“%s” is in: %s", part, text);
}

/* An estimate whose error has a known power, and the mixture of two sources of known powers. */
static void
test_known_answers(Fixture *f, gconstpointer channels)
{
  guint n_channels = GPOINTER_TO_UINT(channels);
  make_track(f, NULL, f->estimates, n_channels, 17.0, 1);
  g_auto(CliRun) run = test_cli_run(f->cache, "eval", "--references", f->references, "--estimates",
                                    f->estimates, "--measure", "all", "--json", NULL);
  g_assert_cmpstr(run.err, ==, "");
  g_assert_cmpint(run.code, ==, 0);
  g_assert_true(test_is_json(run.out));
  const char *drums = strstr(run.out, "\"source\": \"drums\""),
             *vocals = strstr(run.out, "\"source\": \"vocals\"");
  g_assert_true(drums != NULL && vocals != NULL && drums < vocals);
  double mixture_db = 20.0 * log10(2.0); /* drums over vocals */
  g_assert_cmpfloat_with_epsilon(number_after(drums, "\"sdr\"", NULL), 17.0, 0.01);
  g_assert_cmpfloat_with_epsilon(number_after(drums, "\"bss4_global\"", "\"sdr\"", NULL), 17.0, 0.01);
  g_assert_cmpfloat_with_epsilon(number_after(drums, "\"si_sdr\"", NULL), 17.0, 0.01);
  g_assert_cmpfloat_with_epsilon(number_after(drums, "\"mdx_sdr\"", NULL), 17.0, 0.01);
  g_assert_cmpfloat_with_epsilon(number_after(vocals, "\"sdr\"", NULL), 11.0, 0.01);
  g_assert_cmpfloat_with_epsilon(number_after(vocals, "\"si_sdr\"", NULL), 11.0, 0.01);
  g_assert_cmpfloat_with_epsilon(number_after(drums, "\"mixture\"", "\"sdr\"", NULL), mixture_db, 0.02);
  g_assert_cmpfloat_with_epsilon(number_after(vocals, "\"mixture\"", "\"sdr\"", NULL), -mixture_db, 0.02);
  g_assert_cmpfloat_with_epsilon(number_after(vocals, "\"silence\"", "\"sdr\"", NULL), 0.0, 1e-9);
  /* of orthogonal sources the best gain is s²/(s² + r²), and leaves s²·r²/(s² + r²) */
  g_assert_cmpfloat_with_epsilon(number_after(vocals, "\"gain\"", "\"sdr\"", NULL),
                                 10.0 * log10((1.0 + 0.25) / 1.0), 0.02);
  assert_has(vocals, "\"is\": \"gain\"");
  g_assert_cmpfloat(number_after(drums, "\"sir\"", NULL), >, 20.0);
  g_assert_cmpint(n_channels > 1, ==, !isnan(number_after(drums, "\"bss3\"", "\"isr\"", NULL)));
}

/* What is worse than doing nothing is said to be no separation, for people and for machines. */
static void
test_no_separation(Fixture *f, gconstpointer data)
{
  make_track(f, "good", f->estimates, 1, 9.0, 1);
  make_track(f, "bad", f->estimates, 1, 3.0,
             4); /* vocals at −3 dB: worse than silence; drums than the mixture */
  g_auto(CliRun) json =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "--json", NULL);
  g_assert_cmpint(json.code, ==, 0);
  const char *bad = strstr(json.out, "\"bad\""), *good = strstr(json.out, "\"good\"");
  const char *verdict = strstr(strstr(good, "\"vocals\""), "\"separates\"");
  g_assert_true(g_str_has_prefix(verdict, "\"separates\": true"));
  verdict = strstr(strstr(bad, "\"vocals\""), "\"separates\"");
  g_assert_true(g_str_has_prefix(verdict, "\"separates\": false"));
  g_auto(CliRun) table = test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, NULL);
  g_assert_cmpint(table.code, ==, 0);
  g_assert_cmpstr(table.err, ==, "");
  g_auto(GStrv) lines = g_strsplit(table.out, "\n", -1);
  guint n_marked = 0;
  const char *track = "";
  for (char **line = lines; *line != NULL; line++) {
    g_assert_cmpint(g_utf8_strlen(*line, -1), <=, 100);
    if ((*line)[0] != ' ')
      track = *line;
    else if (strstr(*line, "no separation") != NULL && g_str_equal(track, "bad")) {
      assert_has(*line, strstr(*line, "vocals") != NULL ? "-3.00" : " 3.00");
      n_marked++;
    } else if (g_str_equal(track, "good"))
      assert_lacks(*line, "no separation");
  }
  g_assert_cmpuint(n_marked, ==, 2);
  assert_has(table.out, "Median over tracks");
  assert_has(table.out, "Mean over tracks");
  /* the mean over tracks of 9 and 3 dB; so is the median of two */
  g_assert_cmpfloat_with_epsilon(
      number_after(json.out, "\"summary\"", "\"drums\"", "\"median\"", "\"sdr\"", NULL), 6.0, 0.01);
  g_assert_cmpfloat_with_epsilon(
      number_after(json.out, "\"summary\"", "\"drums\"", "\"mean\"", "\"sdr\"", NULL), 6.0, 0.01);
}

/* What has no value is null, and a score that is infinite is named beside it. */
static void
test_undefined(Fixture *f, gconstpointer data)
{
  make_track(f, NULL, f->estimates, 2, 10.0, 1);
  g_autofree char *vocals = path_of(f->estimates, NULL, "vocals.flac");
  g_autofree char *drums = path_of(f->estimates, NULL, "drums.wav");
  g_autofree char *truth = path_of(f->references, NULL, "drums.wav");
  g_autoptr(GBytes) bytes = test_file_read(truth);
  g_assert_cmpint(g_remove(vocals), ==, 0);
  test_file_write(drums, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_auto(CliRun) run =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "-m", "si-sdr", "--json", NULL);
  g_assert_cmpint(run.code, ==, 0);
  g_assert_true(test_is_json(run.out));
  assert_has(run.err, "no estimate of “vocals”");
  const char *of_vocals = strstr(run.out, "\"source\": \"vocals\"");
  g_assert_true(isnan(number_after(of_vocals, "\"si_sdr\"", NULL)));
  assert_has(of_vocals, "\"no-estimate\"");
  assert_lacks(run.out, "\"sdr\"");
  const char *infinite = strstr(run.out, "\"infinite\"");
  g_assert_true(infinite != NULL && infinite < of_vocals);
  g_auto(CliRun) csv =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "-m", "si-sdr", "--csv", NULL);
  assert_has(csv.out, "true,drums,estimate,system,inf,");
  assert_has(csv.out, "true,vocals,estimate,system,,no-estimate");
}

static void
test_csv(Fixture *f, gconstpointer data)
{
  make_track(f, "a, \"b\"", f->estimates, 1, 12.0, 1);
  make_track(f, "c", f->estimates, 1, 12.0, 4);
  g_auto(CliRun) run = test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "-m",
                                    "bss4,mdx", "--csv", NULL);
  g_assert_cmpint(run.code, ==, 0);
  g_auto(GStrv) lines = g_strsplit(run.out, "\n", -1);
  g_assert_cmpuint(g_strv_length(lines), ==, 1 + 2 * 2 * 4 + 1);
  g_assert_cmpstr(
      lines[0], ==,
      "track,source,kind,name,bss4-sdr,bss4-isr,bss4-sir,bss4-sar,bss4-global-sdr,bss4-global-isr,"
      "bss4-global-sir,bss4-global-sar,mdx-sdr,flags");
  g_assert_true(g_str_has_prefix(lines[1], "\"a, \"\"b\"\"\",drums,estimate,system,"));
  const char *value = lines[1] + strlen("\"a, \"\"b\"\"\",drums,estimate,system,");
  g_assert_cmpfloat_with_epsilon(g_ascii_strtod(value, NULL), 12.0, 0.01);
  guint n_fields = 1;
  for (const char *at = lines[9]; *at != '\0'; at++)
    n_fields += *at == ',';
  g_assert_cmpuint(n_fields, ==, 14);
  g_assert_true(g_str_has_prefix(lines[9], "c,drums,estimate,system,"));
  g_assert_true(g_str_has_prefix(lines[10], "c,drums,baseline,mixture,"));
}

/* Two systems that are 2 dB apart on every track: so is the difference, wherever the tracks are drawn from.
 */
static void
test_several_systems(Fixture *f, gconstpointer data)
{
  const char *const tracks[] = { "one", "two", "three" };
  for (gsize t = 0; t < G_N_ELEMENTS(tracks); t++) {
    make_track(f, tracks[t], f->estimates, 1, 10.0 + (double)t, 10 * t);
    make_track(f, tracks[t], f->others, 1, 8.0 + (double)t, 10 * t);
  }
  g_autofree char *first = g_strdup_printf("first=%s", f->estimates);
  g_autofree char *second = g_strdup_printf("second=%s", f->others);
  g_auto(CliRun) json =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", first, "-e", second, "--json", NULL);
  g_assert_cmpint(json.code, ==, 0);
  g_assert_true(test_is_json(json.out));
  const char *differences = strstr(strstr(json.out, "\"summary\""), "\"differences\"");
  g_assert_nonnull(differences);
  assert_has(differences, "\"a\": \"first\"");
  assert_has(differences, "\"b\": \"second\"");
  g_assert_cmpfloat(number_after(differences, "\"tracks\"", NULL), ==, 3.0);
  g_assert_cmpfloat_with_epsilon(number_after(differences, "\"mean\"", NULL), 2.0, 0.01);
  g_assert_cmpfloat_with_epsilon(number_after(differences, "\"low\"", NULL), 2.0, 0.01);
  g_assert_cmpfloat_with_epsilon(number_after(differences, "\"high\"", NULL), 2.0, 0.01);
  const char *systems = strstr(json.out, "\"systems\"");
  g_assert_cmpfloat_with_epsilon(number_after(systems, "\"second\"", "\"sdr\"", NULL), 8.0, 0.01 + 2.0);
  g_auto(CliRun) table = test_cli_run(f->cache, "eval", "-r", f->references, "-e", first, "-e", second, NULL);
  assert_has(table.out, "first − second");
  assert_has(table.out, "they differ");
  /* with one track there is nothing to draw from */
  g_auto(CliRun) one =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", first, "-e", second, "--track", "two", NULL);
  g_assert_cmpint(one.code, ==, 0);
  assert_lacks(one.out, "they differ");
  assert_lacks(one.out, "three");
}

/* GNSDR and the like weigh a track by its length: one three times as long as the other counts three times.
 * The mixture's own SDR, drums over vocals, is 6 dB. */
static void
test_global(Fixture *f, gconstpointer data)
{
  make_track_of(f, "long", f->estimates, 1, 20.0, 1, 3 * RATE);
  make_track_of(f, "short", f->estimates, 1, 12.0, 11, RATE);
  g_auto(CliRun) json =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "-m", "bss3", "--json", NULL);
  g_assert_cmpint(json.code, ==, 0);
  const char *drums = strstr(strstr(json.out, "\"summary\""), "\"drums\"");
  g_assert_cmpfloat_with_epsilon(number_after(drums, "\"gnsdr\"", NULL), (3.0 * 20.0 + 12.0) / 4.0 - 6.0,
                                 0.7);
  g_auto(CliRun) table =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "-m", "bss3", NULL);
  assert_has(table.out, "GNSDR");
  g_auto(CliRun) other = test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, NULL);
  assert_lacks(other.out, "GNSDR");
}

/* The same bytes with one thread or two, one track at a time or three. */
static void
test_jobs(Fixture *f, gconstpointer data)
{
  const char *const tracks[] = { "one", "two", "three" };
  for (gsize t = 0; t < G_N_ELEMENTS(tracks); t++)
    make_track(f, tracks[t], f->estimates, 1, 10.0 + (double)t, 10 * t);
  g_auto(CliRun) one =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "--json", "--threads=1", NULL);
  g_auto(CliRun) many = test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "--json",
                                     "--threads=4", "--jobs=3", NULL);
  g_assert_cmpint(one.code + many.code, ==, 0);
  g_assert_cmpstr(one.out, ==, many.out);
  g_assert_cmpuint(strlen(one.out), >, 1000);
}

static void
test_oracles(Fixture *f, gconstpointer data)
{
  enum { N_BAND = 4 * 44100 };
  g_autofree float *band = test_band_new(44100, 2, N_BAND, 1), *hum = g_new(float, 2 * N_BAND);
  for (gsize i = 0; i < 2 * N_BAND; i++)
    hum[i] = 0.2f * sinf(0.05f * (float)(i / 2)) * (i % 2 == 0 ? 1.0f : 0.4f);
  write_sound(f->references, NULL, "drums.wav", 44100, 2, band, N_BAND);
  write_sound(f->references, NULL, "bass.wav", 44100, 2, hum, N_BAND);
  g_auto(CliRun) run = test_cli_run(f->cache, "eval", "-r", f->references, "--oracles", "--json", NULL);
  g_assert_cmpstr(run.err, ==, "");
  g_assert_cmpint(run.code, ==, 0);
  const char *const oracles[] = { "\"ibm\"", "\"irm1\"", "\"irm2\"", "\"mwf\"" };
  const char *bass = strstr(run.out, "\"source\": \"bass\"");
  double mixture_db = number_after(bass, "\"mixture\"", "\"sdr\"", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(oracles); i++)
    g_assert_cmpfloat(number_after(bass, "\"oracles\"", oracles[i], "\"sdr\"", NULL), >, mixture_db + 5.0);
  g_auto(CliRun) table = test_cli_run(f->cache, "eval", "-r", f->references, "--oracles", "-m", "mdx", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(oracles); i++) {
    g_autofree char *name = g_strndup(oracles[i] + 1, strlen(oracles[i]) - 2);
    assert_has(table.out, name);
  }
}

/* The mixture: a file beside the references, else that of the option, else the references' sum. */
static void
test_mixture(Fixture *f, gconstpointer data)
{
  make_track(f, NULL, f->estimates, 1, 10.0, 1);
  g_autofree float *silence = g_new0(float, N), *noise = noise_new(1, 9),
                   *low = mix_new(noise, silence, 0.0, N);
  g_autofree char *file = path_of(f->folder, NULL, "loud.wav");
  test_sound_write(file, "wav32f", RATE, 1, low, N);
  g_auto(CliRun) sum =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "-m", "mdx", "--json", NULL);
  g_assert_cmpfloat_with_epsilon(number_after(sum.out, "\"mixture\"", "\"mdx_sdr\"", NULL), 6.02, 0.02);
  g_auto(CliRun) option = test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "-m", "mdx",
                                       "--json", "--mixture", file, NULL);
  g_assert_cmpfloat_with_epsilon(number_after(option.out, "\"mixture\"", "\"mdx_sdr\"", NULL), -3.0, 0.2);
  write_sound(f->references, NULL, "mixture.flac", RATE, 1, low, N);
  g_auto(CliRun) beside =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "-m", "mdx", "--json", NULL);
  g_assert_cmpfloat_with_epsilon(number_after(beside.out, "\"mixture\"", "\"mdx_sdr\"", NULL), -3.0, 0.2);
  g_assert_cmpint(sum.code + option.code + beside.code, ==, 0);
  assert_lacks(beside.out, "\"source\": \"mixture\"");
}

static void
test_group(Fixture *f, gconstpointer data)
{
  make_track(f, NULL, f->estimates, 1, 10.0, 1);
  g_auto(CliRun) sum = test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "-m", "mdx",
                                    "--group", "all=drums,vocals,piano", "--csv", NULL);
  g_assert_cmpint(sum.code, ==, 0);
  g_assert_cmpstr(sum.err, ==, "");
  assert_has(sum.out, "true,all,estimate,system,");
  assert_lacks(sum.out, "drums");
  /* Both errors are one noise, of amplitudes 10^(−10/20) and ½ · 10^(−4/20), and the sum has the power 1 + ¼.
   */
  double amplitude = pow(10.0, -10.0 / 20.0) + 0.5 * pow(10.0, -4.0 / 20.0);
  g_assert_cmpfloat_with_epsilon(number_after(sum.out, "estimate,system,", NULL),
                                 10.0 * log10(1.25 / (amplitude * amplitude)), 0.2);
  g_autofree char *vocals = path_of(f->estimates, NULL, "vocals.flac");
  g_assert_cmpint(g_remove(vocals), ==, 0); /* half of a sum is another thing */
  g_auto(CliRun) half = test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "-m", "mdx",
                                     "--group", "all=drums,vocals", "--csv", NULL);
  g_assert_cmpint(half.code, ==, 1);
  assert_has(half.err, "no estimate of “all”");
  g_auto(CliRun) own = test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "-m", "mdx",
                                    "--group", "drums=vocals", "--csv", NULL);
  g_assert_cmpint(own.code, ==, 0); /* a file of the group's name is the group */
}

static void
test_trim(Fixture *f, gconstpointer data)
{
  make_track(f, NULL, f->estimates, 1, 10.0, 1);
  g_autofree float *noise = noise_new(1, 1), *zero = g_new0(float, N), *drums = mix_new(noise, zero, 0.0, N);
  write_sound(f->estimates, NULL, "drums.wav", RATE, 1, drums, N - 7);
  g_auto(CliRun) refused = test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, NULL);
  g_assert_cmpint(refused.code, ==, 1);
  assert_has(refused.err, "24000");
  assert_has(refused.err, "23993");
  assert_has(refused.err, "system/drums.wav");
  assert_has(refused.err, "true/");
  assert_has(refused.err, "--trim 7");
  g_auto(CliRun) less =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "--trim", "6", NULL);
  g_assert_cmpint(less.code, ==, 1);
  g_auto(CliRun) trimmed =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "--trim", "7", "--json", NULL);
  g_assert_cmpint(trimmed.code, ==, 0);
  assert_has(trimmed.err, "cut to the 23993 samples");
  assert_has(trimmed.out, "\"samples\": 23993");
  assert_has(trimmed.out, "\"trimmed\": 7");
}

/* Every one is refused with a sentence that names the files and the values. */
static void
test_refused(Fixture *f, gconstpointer data)
{
  make_track(f, "one", f->estimates, 2, 10.0, 1);
  make_track(f, "two", f->estimates, 2, 10.0, 4);
  g_autofree char *r = g_build_filename(f->references, "one", NULL);
  g_autofree char *e = g_build_filename(f->estimates, "one", NULL);
  g_autofree char *mono = path_of(f->folder, "mono", ""), *rate = path_of(f->folder, "rate", "");
  g_autofree char *twice = path_of(f->folder, "twice", ""), *empty = path_of(f->folder, "empty", "");
  g_autofree char *broken = path_of(f->folder, "broken", ""), *others = path_of(f->folder, "strange", "");
  g_autofree float *noise = noise_new(2, 1), *zero = g_new0(float, 2 * N),
                   *low = mix_new(noise, zero, 0, 2 * N);
  write_sound(mono, NULL, "drums.wav", RATE, 1, low, N);
  write_sound(rate, NULL, "drums.wav", 2 * RATE, 2, low, N);
  write_sound(twice, NULL, "drums.wav", RATE, 2, low, N);
  write_sound(twice, NULL, "drums.flac", RATE, 2, low, N);
  write_sound(others, NULL, "piano.wav", RATE, 2, low, N);
  g_autofree char *text = path_of(broken, NULL, "drums.wav"), *readme = path_of(empty, NULL, "README.txt");
  test_file_write(text, "this is no sound", 16);
  test_file_write(readme, "nor is this", 11);
  const struct {
    const char *references, *estimates, *option;
    int code;
    const char *says, *too;
  } cases[] = {
    { r, mono, NULL, 1, "has 2 channels", "has 1 channel;" },
    { r, mono, NULL, 1, "one/drums.wav”", "mono/drums.wav”" },
    { r, rate, NULL, 1, "has 8000 Hz", "has 16000 Hz" },
    { r, rate, NULL, 1, "one/drums.wav”", "rate/drums.wav”" },
    { r, twice, NULL, 1, "twice/drums.flac”", "twice/drums.wav”" },
    { twice, e, NULL, 1, "twice/drums.flac”", "the same source" },
    { r, empty, NULL, 1, "empty", "no sound files" },
    { empty, e, NULL, 1, "empty", "no sound files" },
    { r, broken, NULL, 1, "broken/drums.wav”", "not a sound file" },
    { r, others, NULL, 1, "no reference for “piano”", "no source has a reference and an estimate" },
    { r, "gone", NULL, 1, "“gone”", "no such file or folder" },
    { "gone", e, NULL, 1, "“gone”", "no such file or folder" },
    { r, text, NULL, 1, "drums.wav", "" },
    { f->references, e, NULL, 2, "holds the sound files of one track", "one" },
    { f->references, f->estimates, "--track=three", 1, "no track “three”", "true" },
    { f->references, f->estimates, "--mixture=x.wav", 2, "--mixture", "2" },
    { f->references, f->estimates, "--plot-time=x.png", 2, "--plot-time", "--track" },
    { r, e, "--mixture=gone.wav", 1, "gone.wav", "no such file" },
    { r, e, "--measure=bss5", 2, "bss5", "si-sdr" },
    { r, e, "--measure=", 2, "--measure", "bss4" },
    { r, e, "--plot=x.jpg", 2, "x.jpg", ".svg" },
    { r, e, "--plot-time=x", 2, "--plot-time", ".pdf" },
    { r, e, "--theme=blue", 2, "blue", "dark" },
    { r, e, "--trim=-1", 2, "-1", "" },
    { r, e, "--threads=-1", 2, "-1", "" },
    { r, e, "--jobs=1000", 2, "1000", "" },
    { r, e, "--group=rest", 2, "--group rest", "NAME=SOURCE" },
    { r, e, "--csv", 2, "--json", "--csv" },
    { r, e, "strange", 2, "takes no arguments", "strange" },
    { NULL, e, NULL, 2, "--references", "" },
    { r, NULL, NULL, 2, "--estimates", "--oracles" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *references = g_strdup_printf("--references=%s", cases[i].references);
    g_autofree char *estimates = g_strdup_printf("--estimates=%s", cases[i].estimates);
    const char *arguments[4] = { NULL };
    gsize n = 0;
    if (cases[i].references != NULL)
      arguments[n++] = references;
    if (cases[i].estimates != NULL)
      arguments[n++] = estimates;
    if (cases[i].option != NULL)
      arguments[n++] = cases[i].option;
    gboolean both = g_strcmp0(cases[i].option, "--csv") == 0;
    g_auto(CliRun) run = test_cli_run(f->cache, "eval", both ? "--json" : "--overwrite", arguments[0],
                                      arguments[1], arguments[2], NULL);
    if (run.code != cases[i].code || strstr(run.err, cases[i].says) == NULL ||
        strstr(run.err, cases[i].too) == NULL)
      g_error("case %zu: code %d, not %d, or “%s” and “%s” are not both in: %s", i, run.code, cases[i].code,
              cases[i].says, cases[i].too, run.err);
    g_assert_cmpstr(run.out, ==, "");
  }
}

/* What has no counterpart is named and left out, the rest is scored; a track that fails does not hide the
 * others. */
static void
test_incomplete(Fixture *f, gconstpointer data)
{
  const char *const tracks[] = { "one", "two", "three" };
  for (gsize t = 0; t < G_N_ELEMENTS(tracks); t++)
    make_track(f, tracks[t], f->estimates, 1, 10.0, 10 * t);
  g_autofree float *noise = noise_new(1, 1), *zero = g_new0(float, N), *low = mix_new(noise, zero, 0.0, N);
  write_sound(f->references, "unestimated", "drums.wav", RATE, 1, low, N);
  write_sound(f->estimates, "stranger", "drums.wav", RATE, 1, low, N);
  write_sound(f->estimates, "one", "piano.wav", RATE, 1, low, N);
  write_sound(f->estimates, "three", "drums.wav", RATE, 2, low, N / 2);
  g_auto(CliRun) run =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "--json", NULL);
  g_assert_cmpint(run.code, ==, 1);
  g_assert_true(test_is_json(run.out));
  assert_has(run.err, "“unestimated”: there are no estimates of this track");
  assert_has(run.err, "stranger”: there are no references for this track");
  assert_has(run.err, "“one”: there is no reference for “piano”");
  assert_has(run.err, "three/drums.wav” has 2 channels");
  assert_has(run.out, "\"status\": \"bad-format\"");
  assert_has(run.out, "unestimated"); /* among the warnings */
  g_assert_cmpfloat_with_epsilon(number_after(run.out, "\"two\"", "\"drums\"", "\"sdr\"", NULL), 10.0, 0.01);
  g_assert_cmpfloat(number_after(run.out, "\"summary\"", "\"drums\"", "\"tracks\"", NULL), ==, 2.0);
  g_auto(CliRun) two =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "--track", "two", NULL);
  g_assert_cmpint(two.code, ==, 0);
  g_assert_cmpstr(two.err, ==, "");
}

static void
assert_begins(const char *path, const char *magic)
{
  g_autoptr(GBytes) bytes = test_file_read(path);
  g_assert_cmpuint(g_bytes_get_size(bytes), >, 2000);
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), strlen(magic), magic, strlen(magic));
}

static void
test_plots(Fixture *f, gconstpointer data)
{
  make_track(f, "one", f->estimates, 1, 10.0, 1);
  make_track(f, "two", f->estimates, 1, 12.0, 4);
  g_autofree char *folder = path_of(f->folder, "plots", "");
  g_autofree char *png = g_build_filename(folder, "a.png", NULL),
                  *svg = g_build_filename(folder, "b.svg", NULL);
  g_autofree char *pdf = g_build_filename(folder, "c.PDF", NULL);
  g_auto(CliRun) all =
      test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "--plot", png, NULL);
  g_auto(CliRun) one = test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "--track",
                                    "one", "--plot", svg, "--plot-time", pdf, "--theme", "dark", NULL);
  g_assert_cmpint(all.code + one.code, ==, 0);
  g_assert_cmpuint(test_folder_count(folder), ==, 3);
  assert_begins(png, "\x89PNG");
  assert_begins(svg, "<?xml");
  assert_begins(pdf, "%PDF-");
  g_autoptr(GBytes) before = test_file_read(png);
  g_auto(CliRun) kept = test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "--plot", png,
                                     "-t", "two", NULL);
  g_assert_cmpint(kept.code, ==, 1);
  assert_has(kept.err, "a.png");
  g_assert_cmpstr(kept.out, ==, "");
  g_autoptr(GBytes) after = test_file_read(png);
  g_assert_true(g_bytes_equal(before, after));
  g_auto(CliRun) asked = test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "--plot",
                                      png, "-t", "two", "--overwrite", NULL);
  g_assert_cmpint(asked.code, ==, 0);
  g_autoptr(GBytes) replaced = test_file_read(png);
  g_assert_false(g_bytes_equal(before, replaced));
  g_assert_cmpuint(test_folder_count(folder), ==, 3);
}

/* A picture that cannot be written whole: no half file, the scores all the same, and 1. */
static void
test_plot_that_cannot_be_written(Fixture *f, gconstpointer data)
{
  enum { N_SHORT = 1000 }; /* its scratch is smaller than the picture */
  g_autofree float *noise = noise_new(1, 1), *zero = g_new0(float, N), *low = mix_new(noise, zero, 0.0, N);
  write_sound(f->references, NULL, "drums.wav", RATE, 1, low, N_SHORT);
  write_sound(f->estimates, NULL, "drums.wav", RATE, 1, low, N_SHORT);
  g_autofree char *folder = path_of(f->folder, "plots", ""), *png = g_build_filename(folder, "a.png", NULL);
  g_autofree char *program = g_shell_quote(g_getenv("SG_TEST_CLI"));
  g_autofree char *line =
      g_strdup_printf("ulimit -f 16; exec %s eval -r '%s' -e '%s' -m mdx --csv --plot '%s'", program,
                      f->references, f->estimates, png);
  const char *command[] = { "/bin/sh", "-c", line, NULL };
  g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "XDG_CACHE_HOME", f->cache, TRUE);
  g_autofree char *out = NULL, *err = NULL;
  g_autoptr(GError) error = NULL;
  int status;
  g_spawn_sync(NULL, (char **)command, environment, G_SPAWN_DEFAULT, NULL, NULL, &out, &err, &status, &error);
  g_assert_no_error(error);
  g_assert_true(WIFEXITED(status));
  g_assert_cmpint(WEXITSTATUS(status), ==, 1);
  assert_has(err, "a.png");
  assert_has(out, "true,drums,estimate,system,");
  g_assert_cmpuint(test_folder_count(folder), ==, 0);
}

static gboolean
interrupt(const Fixture *f, int signal_number, double after_s)
{
  g_autofree char *plot = g_build_filename(f->folder, "plot.png", NULL);
  g_autofree char *scratch = g_build_filename(f->cache, "stemglass", NULL);
  TestTime passed;
  g_auto(CliRun) run = test_cli_run_and_signal(f->cache, signal_number, after_s, &passed, "eval", "-r",
                                               f->references, "-e", f->estimates, "--measure", "all",
                                               "--oracles", "--plot", plot, "--overwrite", NULL);
  g_test_message("signal %d after %.2f s: ended with %d", signal_number, after_s, run.code);
  g_assert_cmpuint(test_folder_count(scratch), ==, 0);
  test_assert_soon(passed, 1.0);
  if (run.code == 0)
    return FALSE;
  g_assert_cmpint(run.code, ==, 130);
  g_assert_false(g_file_test(plot, G_FILE_TEST_EXISTS));
  return TRUE;
}

/* At every stage it ends at once and leaves nothing. */
static void
test_interrupt(Fixture *f, gconstpointer data)
{
  enum { N_LONG = 10 * 44100 };
  const char *const sources[] = { "drums.flac", "bass.flac" };
  for (guint i = 0; i < G_N_ELEMENTS(sources); i++) {
    g_autofree char *reference = path_of(f->references, NULL, sources[i]);
    g_autofree char *estimate = path_of(f->estimates, NULL, sources[i]);
    g_autofree float *band = test_band_new(44100, 2, N_LONG, i);
    test_sound_write(reference, "flac16", 44100, 2, band, N_LONG);
    test_sound_write(estimate, "flac16", 44100, 2, band, N_LONG);
  }
  double started_s = test_seconds();
  g_auto(CliRun) whole = test_cli_run(f->cache, "eval", "-r", f->references, "-e", f->estimates, "--measure",
                                      "all", "--oracles", NULL);
  double whole_s = test_seconds() - started_s;
  g_assert_cmpint(whole.code, ==, 0);
  const double moments[] = { 0.1, 0.4, 0.7 };
  guint n_interrupted = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(moments); i++)
    n_interrupted += interrupt(f, i % 2 == 0 ? SIGINT : SIGTERM, moments[i] * whole_s);
  g_assert_cmpuint(n_interrupted, >=, 2);
}

static void
test_help(Fixture *f, gconstpointer data)
{
  g_auto(CliRun) run = test_cli_run(f->cache, "eval", "--help", NULL);
  g_assert_cmpint(run.code, ==, 0);
  const char *const options[] = { "--references", "--estimates", "--mixture", "--measure", "--oracles",
                                  "--group",      "--track",     "--trim",    "--plot",    "--plot-time",
                                  "--theme",      "--overwrite", "--jobs",    "--threads", "--json",
                                  "--csv",        "mixture.wav", "museval" };
  for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
    assert_has(run.out, options[i]);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, data, test) g_test_add("/cli-eval/" name, Fixture, data, set_up, test, tear_down)
  ADD("known-answers/mono", GUINT_TO_POINTER(1), test_known_answers);
  ADD("known-answers/stereo", GUINT_TO_POINTER(2), test_known_answers);
  ADD("no-separation", NULL, test_no_separation);
  ADD("undefined", NULL, test_undefined);
  ADD("csv", NULL, test_csv);
  ADD("several-systems", NULL, test_several_systems);
  ADD("global", NULL, test_global);
  ADD("jobs", NULL, test_jobs);
  ADD("oracles", NULL, test_oracles);
  ADD("mixture", NULL, test_mixture);
  ADD("group", NULL, test_group);
  ADD("trim", NULL, test_trim);
  ADD("refused", NULL, test_refused);
  ADD("incomplete", NULL, test_incomplete);
  ADD("plots", NULL, test_plots);
  ADD("plot-that-cannot-be-written", NULL, test_plot_that_cannot_be_written);
  ADD("interrupt", NULL, test_interrupt);
  ADD("help", NULL, test_help);
  return g_test_run();
}
