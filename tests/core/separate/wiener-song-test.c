/* Multichannel Wiener filtering on real music, where there is some: STEMGLASS_TEST_SONGS names a folder with
 * dev/NAME/{drums,…}.ogg. First estimates are masks as a fair separator might give them: the true stems'
 * magnitudes, smeared over neighbouring frames and bins and mixed with equal shares. */
#include <math.h>
#include <string.h>

#include "core/io/decoder.h"
#include "tests/support.h"

enum { MAX_STEMS = 4, N_SECONDS = 10, SMEAR_FRAMES = 2, SMEAR_BINS = 6, CHUNK_FRAMES = 100 };

static const char *const stem_names[] = { "drums", "bass", "vocals", "other" };

/* The song at hand; the method reads the true stems from here. */
static struct {
  const char *sources[MAX_STEMS];
  float *samples[MAX_STEMS]; /* interleaved */
  SgPcm *stems[MAX_STEMS];
  gsize n_stems;
  guint rate_hz, n_channels;
  gint64 n;
} song;

struct SgMethod {
  SgMethodPlan plan;
  SgMethodSetup setup;
  SgStft *stft;
};

struct SgMethodWork {
  SgStftWork *stft;
  float *samples[SG_MAX_CHANNELS];
  SgComplex *bins;
  float *power; /* [stem][frame with smear][bin] */
};

static SgStatus
oracle_create(const SgMethodSetup *setup, SgMethod **out_method, SgError *error)
{
  *out_method = g_new0(SgMethod, 1);
  **out_method = (SgMethod){
    .plan = { .n_sources = song.n_stems, .sources = song.sources, .chunk_frames = CHUNK_FRAMES },
    .setup = *setup,
    .stft = sg_stft_new(setup->stft)
  };
  return SG_OK;
}

static void
oracle_free(SgMethod *method)
{
  sg_stft_free(method->stft);
  g_free(method);
}

static const SgMethodPlan *
oracle_plan(const SgMethod *method)
{
  return &method->plan;
}

static SgMethodWork *
oracle_work_new(const SgMethod *method)
{
  SgMethodWork *work = g_new0(SgMethodWork, 1);
  gsize n_frames = CHUNK_FRAMES + 2 * SMEAR_FRAMES, n_bins = method->setup.stft.n_bins;
  work->stft = sg_stft_work_new(method->stft);
  for (guint c = 0; c < song.n_channels; c++)
    work->samples[c] = g_new(float, (n_frames - 1) * method->setup.stft.hop + method->setup.stft.window);
  work->bins = g_new(SgComplex, n_frames * n_bins);
  work->power = g_new(float, song.n_stems *n_frames *n_bins);
  return work;
}

static void
oracle_work_free(SgMethodWork *work)
{
  sg_stft_work_free(work->stft);
  for (guint c = 0; c < song.n_channels; c++)
    g_free(work->samples[c]);
  g_free(work->bins);
  g_free(work->power);
  g_free(work);
}

/* Mean power of a stem around a cell. */
static double
smeared(const float *power, gsize t, gsize k, gsize n_bins)
{
  double sum = 0.0;
  gsize from = k > SMEAR_BINS ? k - SMEAR_BINS : 0, to = MIN(k + SMEAR_BINS, n_bins - 1);
  for (gsize s = t; s <= t + 2 * SMEAR_FRAMES; s++)
    for (gsize b = from; b <= to; b++)
      sum += (double)power[s * n_bins + b];
  return sum;
}

static SgStatus
oracle_process(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, float *out_masks,
               SgError *error)
{
  SgStftSize size = method->setup.stft;
  gsize n_bins = size.n_bins, n_frames = CHUNK_FRAMES + 2 * SMEAR_FRAMES, n_stems = song.n_stems;
  gint64 start = sg_stft_frame_start(size, input->chunk_first - SMEAR_FRAMES);
  for (guint c = 0; c < song.n_channels; c++) {
    for (gsize j = 0; j < n_stems; j++) {
      test_assert_ok(sg_pcm_read(song.stems[j], start, (gint64)(n_frames - 1) * size.hop + size.window,
                                 work->samples, NULL));
      sg_stft_analyse(method->stft, work->stft, work->samples[c], (gint64)n_frames, work->bins);
      for (gsize i = 0; i < n_frames * n_bins; i++) {
        float magnitude = cabsf(work->bins[i]);
        work->power[j * n_frames * n_bins + i] = magnitude * magnitude;
      }
    }
    for (gsize t = 0; t < (gsize)input->chunk_n; t++)
      for (gsize k = 0; k < n_bins; k++) {
        double sum = 1e-20, powers[MAX_STEMS];
        for (gsize j = 0; j < n_stems; j++)
          sum += powers[j] = smeared(work->power + j * n_frames * n_bins, t, k, n_bins);
        for (gsize j = 0; j < n_stems; j++)
          out_masks[((t * n_stems + j) * song.n_channels + c) * n_bins + k] =
              (float)(0.9 * powers[j] / sum + 0.1 / (double)n_stems);
      }
  }
  return SG_OK;
}

static const SgMethodClass oracle_class = {
  .id = "test-oracle",
  .create = oracle_create,
  .free = oracle_free,
  .plan = oracle_plan,
  .work_new = oracle_work_new,
  .work_free = oracle_work_free,
  .process = oracle_process,
};

static void
load_song(const char *folder)
{
  song.n_stems = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(stem_names); i++) {
    g_autofree char *path = g_strdup_printf("%s/%s.ogg", folder, stem_names[i]);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
      continue;
    g_autoptr(SgPcm) pcm = NULL;
    test_assert_ok(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, NULL, NULL));
    song.rate_hz = sg_pcm_rate(pcm);
    song.n_channels = sg_pcm_n_channels(pcm);
    gint64 n = MIN(sg_pcm_n_samples(pcm), N_SECONDS * (gint64)song.rate_hz);
    song.n = song.n_stems == 0 ? n : MIN(n, song.n);
    song.sources[song.n_stems] = stem_names[i];
    song.samples[song.n_stems++] = test_pcm_dup(pcm);
  }
  for (gsize j = 0; j < song.n_stems; j++)
    song.stems[j] = test_pcm_new(song.rate_hz, song.n_channels, song.n, song.samples[j]);
}

static void
drop_song(void)
{
  for (gsize j = 0; j < song.n_stems; j++) {
    g_free(song.samples[j]);
    sg_pcm_free(song.stems[j]);
  }
}

/* One iteration sharpens; a second one may take some of that back. */
static const double least_gain_db[] = { 0.0, 0.2, 0.0 };

/* Means over the stems of their SDR, without and with filtering. */
static void
check_song(const char *name)
{
  gint64 n = song.n * song.n_channels;
  g_autofree float *mixture = g_new0(float, n);
  for (gsize j = 0; j < song.n_stems; j++)
    for (gint64 i = 0; i < n; i++)
      mixture[i] += song.samples[j][i];
  g_autoptr(SgPcm) pcm = test_pcm_new(song.rate_hz, song.n_channels, song.n, mixture);
  SgRenderSettings natural = SG_RENDER_SETTINGS_NATURAL;
  double plain_db = 0.0;
  for (guint n_iterations = 0; n_iterations <= 2; n_iterations++) {
    g_autoptr(SgSeparation) separation = test_separation_new(pcm, &oracle_class, n_iterations, 2);
    g_autofree float *stems = test_render_dup(separation, &natural, SG_RENDER_MAX_SAMPLES);
    g_autoptr(GString) each = g_string_new(NULL);
    double mean_db = 0.0;
    for (gsize j = 0; j < song.n_stems; j++) {
      double sdr_db = test_sdr(song.samples[j], stems + (gint64)j * n, n);
      g_string_append_printf(each, " %s %.2f", song.sources[j], sdr_db);
      mean_db += sdr_db / (double)song.n_stems;
    }
    g_test_message("%s, %u iterations: SDR%s, mean %.2f dB", name, n_iterations, each->str, mean_db);
    g_assert_cmpfloat(test_dbfs(test_null_peak(separation, mixture, &natural, 30000)), <, -90.0);
    if (n_iterations == 0)
      plain_db = mean_db;
    g_assert_cmpfloat(mean_db, >=, plain_db + least_gain_db[n_iterations]);
  }
}

static void
test_songs(void)
{
  const char *songs = g_getenv("STEMGLASS_TEST_SONGS");
  if (songs == NULL) {
    g_test_skip("STEMGLASS_TEST_SONGS is not set");
    return;
  }
  g_autofree char *dev = g_build_filename(songs, "dev", NULL);
  GDir *dir = g_dir_open(dev, 0, NULL);
  g_assert_nonnull(dir);
  const char *name;
  while ((name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *folder = g_build_filename(dev, name, NULL);
    load_song(folder);
    g_assert_cmpuint(song.n_stems, >, 1);
    check_song(name);
    drop_song();
  }
  g_dir_close(dir);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/wiener-song/songs", test_songs);
  return g_test_run();
}
