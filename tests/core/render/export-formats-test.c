#include "core/render/export.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/dsp/resample.h"
#include "core/io/decoder.h"
#include "core/io/stem-mp4.h"
#include "core/render/fold.h"
#include "tests/support.h"

enum { RATE = 44100, N = 3 * RATE / 2 + 5, N_SOURCES = 4 };

/* A method that divides every cell among four sources, by the bin. */

struct SgMethod {
  SgMethodPlan plan;
  SgMethodSetup setup;
};

struct SgMethodWork {
  int unused;
};

static const char *const sources[N_SOURCES] = { "drums", "bass", "vocals", "other" };

static SgStatus
quarter_create(const SgMethodSetup *setup, SgMethod **out_method, SgError *error)
{
  SgMethod *method = *out_method = SG_NEW(SgMethod, 1);
  if (method == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  method->setup = *setup;
  method->plan = (SgMethodPlan){ .n_sources = N_SOURCES, .sources = sources, .chunk_frames = 32 };
  return SG_OK;
}

static void
quarter_free(SgMethod *method)
{
  sg_free(method);
}

static const SgMethodPlan *
quarter_plan(const SgMethod *method)
{
  return &method->plan;
}

static SgMethodWork *
quarter_work_new(const SgMethod *method)
{
  return SG_NEW(SgMethodWork, 1);
}

static void
quarter_work_free(SgMethodWork *work)
{
  sg_free(work);
}

static SgStatus
quarter_process(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, float *out_masks,
                SgError *error)
{
  guint n_bins = method->setup.stft.n_bins, n_channels = method->setup.n_channels;
  for (gint64 t = 0; t < input->chunk_n; t++)
    for (guint j = 0; j < N_SOURCES; j++)
      for (guint c = 0; c < n_channels; c++)
        for (guint k = 0; k < n_bins; k++)
          *out_masks++ = (k / 8) % N_SOURCES == j ? 1.0f : 0.0f;
  return SG_OK;
}

static const SgMethodClass quarter = { .id = "quarter",
                                       .create = quarter_create,
                                       .free = quarter_free,
                                       .plan = quarter_plan,
                                       .work_new = quarter_work_new,
                                       .work_free = quarter_work_free,
                                       .process = quarter_process };

typedef struct {
  TestFolder *folder;
  char *out;
  SgPcm *pcm;
  SgSeparation *separation;
  SgExportOptions options;
} Fixture;

static void
prepare(Fixture *fixture, guint rate_hz, guint n_channels, float gain)
{
  g_clear_pointer(&fixture->separation, sg_separation_free);
  g_clear_pointer(&fixture->pcm, sg_pcm_free);
  g_autofree float *band = test_band_new(rate_hz, n_channels, N, 1);
  for (gsize i = 0; i < (gsize)N * n_channels; i++)
    band[i] *= gain;
  fixture->pcm = test_pcm_new(rate_hz, n_channels, N, band);
  test_assert_ok(sg_separation_new(fixture->pcm, &quarter, NULL, NULL, &fixture->separation, NULL));
  test_assert_ok(sg_separation_run(fixture->separation, 2, NULL, NULL, NULL));
}

static void
set_up(Fixture *fixture, gconstpointer data)
{
  fixture->folder = test_folder_new();
  fixture->out = g_build_filename(fixture->folder, "Song", NULL);
  fixture->options = (SgExportOptions){ .folder = fixture->out,
                                        .container = SG_CONTAINER_WAV,
                                        .bits = SG_BITS_32F,
                                        .overwrite = true,
                                        .settings = SG_RENDER_SETTINGS_NATURAL };
  prepare(fixture, RATE, 2, 1.0f);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  sg_separation_free(fixture->separation);
  sg_pcm_free(fixture->pcm);
  g_free(fixture->out);
  test_folder_remove(fixture->folder);
}

static SgExportReport
export_all(Fixture *fixture)
{
  SgExportReport report;
  SgError error;
  SgStatus status = sg_export_stems(fixture->separation, &fixture->options, NULL, NULL, &report, &error);
  if (status != SG_OK)
    g_error("%s: %s %s", sg_container_id(fixture->options.container), sg_status_id(status), error.detail);
  return report;
}

static SgPcm *
read_stem(const Fixture *fixture, const char *source)
{
  g_autofree char *name = g_strdup_printf("%s.%s", source, sg_container_id(fixture->options.container));
  g_autofree char *path = g_build_filename(fixture->out, name, NULL);
  SgPcm *pcm;
  test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, NULL, NULL));
  return pcm;
}

/* The rendered source, folded and resampled in one go. */
static float *
convert_dup(const Fixture *fixture, guint source, guint out_rate_hz, guint out_channels, gint64 *out_n)
{
  guint n_channels = sg_pcm_n_channels(fixture->pcm), rate_hz = sg_pcm_rate(fixture->pcm);
  g_autofree float *all = test_render_dup(fixture->separation, &fixture->options.settings, 5000);
  const float *stem = all + (gsize)source * N * n_channels;
  g_autofree float *folded = g_new(float, N *out_channels);
  if (out_channels != n_channels)
    sg_fold(stem, n_channels, N, folded, 1);
  else
    memcpy(folded, stem, sizeof *folded * N * n_channels);
  *out_n = sg_resampled_length(N, rate_hz, out_rate_hz);
  float *out = g_new(float, (gsize)*out_n *out_channels);
  SgResampler *resampler;
  test_assert_ok(sg_resampler_new(rate_hz, out_rate_hz, out_channels, &resampler, NULL));
  gsize taken = 0, made = 0, n_taken, n_made;
  while (taken < N) {
    test_assert_ok(sg_resampler_process(resampler, folded + taken * out_channels, N - taken, &n_taken,
                                        out + made * out_channels, (gsize)*out_n - made, &n_made, NULL));
    taken += n_taken;
    made += n_made;
  }
  test_assert_ok(
      sg_resampler_drain(resampler, out + made * out_channels, (gsize)*out_n - made, &n_made, NULL));
  g_assert_cmpint((gint64)(made + n_made), ==, *out_n);
  sg_resampler_free(resampler);
  return out;
}

static void
test_converts(Fixture *fixture, gconstpointer data)
{
  static const struct {
    guint in_rate_hz, in_channels, out_rate_hz, out_channels;
  } cases[] = {
    { 44100, 2, 48000, 2 }, { 48000, 6, 48000, 2 }, { 44100, 6, 22050, 2 }, { 22050, 1, 48000, 1 }
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    prepare(fixture, cases[i].in_rate_hz, cases[i].in_channels, 0.5f);
    fixture->options.rate_hz = cases[i].out_rate_hz;
    fixture->options.fold_to_stereo = true;
    export_all(fixture);
    for (guint j = 0; j < N_SOURCES; j++) {
      gint64 n;
      g_autofree float *wanted = convert_dup(fixture, j, cases[i].out_rate_hz, cases[i].out_channels, &n);
      g_autoptr(SgPcm) pcm = read_stem(fixture, sources[j]);
      g_assert_cmpuint(sg_pcm_rate(pcm), ==, cases[i].out_rate_hz);
      g_assert_cmpuint(sg_pcm_n_channels(pcm), ==, cases[i].out_channels);
      g_assert_cmpint(sg_pcm_n_samples(pcm), ==, n);
      g_autofree float *got = test_pcm_dup(pcm);
      gsize n_bytes = (gsize)n * cases[i].out_channels * sizeof *got;
      g_assert_cmpmem(got, n_bytes, wanted, n_bytes);
    }
  }
}

/* Nothing asked for, nothing converted: what does not fit is refused before work. */
static void
test_refuses(Fixture *fixture, gconstpointer data)
{
  fixture->options.container = SG_CONTAINER_OPUS;
  fixture->options.bits = SG_BITS_LOSSY;
  g_assert_cmpint(sg_encoder_misfit(sg_export_format(fixture->pcm, &fixture->options)), ==, SG_MISFIT_RATE);
  test_assert_status(sg_export_check(fixture->separation, &fixture->options, NULL), SG_BAD_FORMAT);
  fixture->options.rate_hz = 48000;
  test_assert_ok(sg_export_check(fixture->separation, &fixture->options, NULL));
  prepare(fixture, RATE, 6, 0.5f);
  fixture->options.container = SG_CONTAINER_MP3;
  g_assert_cmpint(sg_encoder_misfit(sg_export_format(fixture->pcm, &fixture->options)), ==,
                  SG_MISFIT_CHANNELS);
  fixture->options.fold_to_stereo = true;
  test_assert_ok(sg_export_check(fixture->separation, &fixture->options, NULL));
}

/* Every format that loses gives stems of the right length that are near what was rendered. */
static void
test_lossy(Fixture *fixture, gconstpointer data)
{
  const SgContainer containers[] = { SG_CONTAINER_OGG, SG_CONTAINER_OPUS, SG_CONTAINER_MP3 };
  fixture->options.bits = SG_BITS_LOSSY;
  for (gsize i = 0; i < G_N_ELEMENTS(containers); i++) {
    fixture->options.container = containers[i];
    fixture->options.rate_hz = sg_encoder_nearest_rate(containers[i], RATE);
    export_all(fixture);
    gint64 n;
    g_autofree float *wanted = convert_dup(fixture, 1, fixture->options.rate_hz, 2, &n);
    g_autoptr(SgPcm) pcm = read_stem(fixture, "bass");
    g_assert_cmpint(sg_pcm_n_samples(pcm), ==, n);
    g_autofree float *got = test_pcm_dup(pcm);
    double sdr = test_sdr(wanted, got, n * 2);
    g_test_message("%s: %.1f dB", sg_container_id(containers[i]), sdr);
    g_assert_cmpfloat(sdr, >, 4.0);
  }
}

/* Sum of all exported stems against the mixture, in dBFS. */
static double
null_dbfs(const Fixture *fixture, float gain)
{
  g_autofree float *mixture = test_pcm_dup(fixture->pcm);
  double peak = 0.0;
  g_autofree double *sum = g_new0(double, N * 2);
  for (guint j = 0; j < N_SOURCES; j++) {
    g_autoptr(SgPcm) pcm = read_stem(fixture, sources[j]);
    g_autofree float *stem = test_pcm_dup(pcm);
    for (gsize i = 0; i < N * 2; i++)
      sum[i] += (double)stem[i];
  }
  for (gsize i = 0; i < N * 2; i++)
    peak = MAX(peak, fabs(sum[i] - (double)gain * mixture[i]));
  return test_dbfs(peak);
}

/* As the limits say: 32f and 24 bits null, 16 bits do not quite. */
static void
test_nulls(Fixture *fixture, gconstpointer data)
{
  prepare(fixture, RATE, 2, 0.5f);
  for (guint bits = SG_BITS_16; bits <= SG_BITS_32F; bits++) {
    fixture->options.bits = (SgBits)bits;
    SgExportReport report = export_all(fixture);
    for (guint j = 0; j < N_SOURCES; j++)
      g_assert_cmpint(report.n_over[j], ==, 0);
    double null = null_dbfs(fixture, 1.0f);
    g_test_message("bits %u: %.1f dBFS", bits, null);
    g_assert_cmpint(null < -90.0, ==, sg_format_nulling((SgBits)bits) != SG_NULLS_NOT);
    g_assert_cmpfloat(null, <, -70.0);
  }
}

/* Too loud for integers: limited and told; with the common gain nothing is, and the stems null again. */
static void
test_common_gain(Fixture *fixture, gconstpointer data)
{
  prepare(fixture, RATE, 2, 4.0f);
  fixture->options.bits = SG_BITS_24;
  SgExportReport report = export_all(fixture);
  float peak = 0.0f;
  for (guint j = 0; j < N_SOURCES; j++)
    peak = MAX(peak, report.peak[j]);
  g_assert_cmpfloat(peak, >, 1.0f);
  g_assert_cmpfloat(report.gain, ==, 1.0f);
  g_assert_cmpfloat(null_dbfs(fixture, 1.0f), >, -60.0);

  fixture->options.common_gain = true;
  report = export_all(fixture);
  g_test_message("gain %.2f dB for a peak of %.2f", test_dbfs((double)report.gain), (double)peak);
  g_assert_cmpfloat_with_epsilon(report.gain, 1.0f / peak, 1e-3f);
  for (guint j = 0; j < N_SOURCES; j++) {
    g_assert_cmpint(report.n_over[j], ==, 0);
    g_assert_cmpfloat(report.peak[j], <=, 1.0f);
  }
  g_assert_cmpfloat(null_dbfs(fixture, report.gain), <, -110.0);

  /* What fits is not touched. */
  prepare(fixture, RATE, 2, 0.25f);
  fixture->options.bits = SG_BITS_32F;
  report = export_all(fixture);
  g_assert_cmpfloat(report.gain, ==, 1.0f);
  g_assert_cmpfloat(null_dbfs(fixture, 1.0f), <, -120.0);
}

static void
test_dither(Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = g_build_filename(fixture->out, "drums.wav", NULL);
  g_autofree char *kept = g_build_filename(fixture->folder, "kept", NULL);
  fixture->options.bits = SG_BITS_16;
  export_all(fixture);
  g_autoptr(GBytes) dithered = test_file_read(first);
  test_file_write(kept, g_bytes_get_data(dithered, NULL), g_bytes_get_size(dithered));
  fixture->options.n_threads = 1;
  export_all(fixture);
  g_assert_true(test_file_equal(first, kept));
  fixture->options.no_dither = true;
  export_all(fixture);
  g_assert_false(test_file_equal(first, kept));
}

static void
test_tags(Fixture *fixture, gconstpointer data)
{
  SgTags tags = { .title = "Lärm", .artist = "Band" };
  fixture->options.tags = &tags;
  fixture->options.container = SG_CONTAINER_FLAC;
  fixture->options.bits = SG_BITS_16;
  export_all(fixture);
  for (guint j = 0; j < N_SOURCES; j++) {
    g_autofree char *path = g_strdup_printf("%s/%s.flac", fixture->out, sources[j]);
    g_autofree char *title = g_strdup_printf("Lärm (%s)", sources[j]);
    SgTags *back;
    test_assert_ok(sg_tags_read(path, &back, NULL));
    g_assert_cmpstr(back->title, ==, title);
    g_assert_cmpstr(back->artist, ==, "Band");
    sg_tags_free(back);
  }
}

static void
test_stem_file(Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "Drums", "Bass", "Vocals", "Other" };
  SgTags tags = { .title = "Song" };
  g_autofree char *path = g_build_filename(fixture->out, "Song.stem.mp4", NULL);
  fixture->options.container = SG_CONTAINER_STEM_MP4;
  fixture->options.bits = SG_BITS_LOSSY;
  fixture->options.tags = &tags;
  fixture->options.names = names;
  if (!sg_decoder_has_ffmpeg()) {
    test_assert_status(sg_export_check(fixture->separation, &fixture->options, NULL), SG_NEEDS_FFMPEG);
    return;
  }
  const guint rates[] = { 44100, 32000 };
  for (gsize r = 0; r < G_N_ELEMENTS(rates); r++) {
    prepare(fixture, rates[r], r == 0 ? 2 : 1, 0.5f);
    fixture->options.rate_hz = 44100;
    SgExportReport report = export_all(fixture);
    g_assert_cmpuint(test_folder_count(fixture->out), ==, 1);
    SgStemMp4Info info;
    test_assert_ok(sg_stem_mp4_read_info(path, &info, NULL));
    g_autofree float *sum = NULL;
    gint64 n = sg_resampled_length(N, rates[r], 44100);
    for (guint k = SG_STEM_MP4_STREAMS; k-- > 0;) {
      g_autoptr(SgPcm) pcm = NULL;
      test_assert_ok(sg_stem_mp4_decode(path, k, true, NULL, NULL, NULL, &pcm, NULL, NULL));
      g_assert_cmpint(sg_pcm_n_samples(pcm), ==, n);
      g_autofree float *got = test_pcm_dup(pcm);
      if (k > 0) {
        g_assert_cmpstr(info.stems[k - 1].name, ==, names[k - 1]);
        g_assert_cmpfloat(report.peak[k - 1], >, 0.0f);
        if (r == 0) {
          gint64 n_wanted;
          g_autofree float *wanted = convert_dup(fixture, k - 1, 44100, 2, &n_wanted);
          g_assert_cmpfloat(test_sdr(wanted, got, n * 2), >, 4.0);
        }
      }
      if (sum == NULL)
        sum = g_new0(float, (gsize)n * 2);
      for (gsize i = 0; i < (gsize)n * 2 && k > 0; i++)
        sum[i] += got[i];
      if (k == 0) {
        double sdr = test_sdr(got, sum, n * 2);
        g_test_message("at %u Hz the stems sum to the mix to %.1f dB", rates[r], sdr);
        g_assert_cmpfloat(sdr, >, 15.0);
      }
    }
    g_assert_cmpfloat(report.peak[SG_EXPORT_STEM_FILE], >, 0.1f);
  }
  SgTags *back;
  test_assert_ok(sg_tags_read(path, &back, NULL));
  g_assert_cmpstr(back->title, ==, "Song");
  sg_tags_free(back);
}

/* Four stems, no more, no less, and nothing else with them. */
static void
test_stem_file_refuses(Fixture *fixture, gconstpointer data)
{
  const bool three[N_SOURCES] = { true, true, false, true }, minus[N_SOURCES] = { true };
  SgError error;
  fixture->options.container = SG_CONTAINER_STEM_MP4;
  fixture->options.bits = SG_BITS_LOSSY;
  fixture->options.wanted = three;
  test_assert_status(sg_export_check(fixture->separation, &fixture->options, &error), SG_N_STEMS);
  g_assert_cmpint(error.expected, ==, 4);
  g_assert_cmpint(error.actual, ==, 3);
  fixture->options.wanted = NULL;
  fixture->options.minus = minus;
  test_assert_status(sg_export_check(fixture->separation, &fixture->options, &error), SG_N_STEMS);
  g_assert_cmpint(error.actual, ==, 5);
  g_assert_cmpuint(test_folder_count(fixture->folder), ==, 0);
}

static bool
stop_soon(double fraction, const char *stage, void *user)
{
  g_assert_cmpstr(stage, ==, "export");
  g_assert_true(fraction >= *(double *)user && fraction <= 1.0);
  *(double *)user = fraction;
  return fraction < 0.3;
}

static void
test_cancel(Fixture *fixture, gconstpointer data)
{
  const SgContainer containers[] = { SG_CONTAINER_MP3, SG_CONTAINER_STEM_MP4 };
  fixture->options.bits = SG_BITS_LOSSY;
  fixture->options.common_gain = true;
  for (gsize i = 0; i < (sg_decoder_has_ffmpeg() ? 2 : 1); i++) {
    double last = 0.0;
    fixture->options.container = containers[i];
    test_assert_status(sg_export_stems(fixture->separation, &fixture->options, stop_soon, &last, NULL, NULL),
                       SG_CANCELLED);
    g_assert_cmpuint(test_folder_count(fixture->folder), ==, 0);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/export-formats/" name, Fixture, NULL, set_up, test, tear_down)
  ADD("converts", test_converts);
  ADD("refuses", test_refuses);
  ADD("lossy", test_lossy);
  ADD("nulls", test_nulls);
  ADD("common-gain", test_common_gain);
  ADD("dither", test_dither);
  ADD("tags", test_tags);
  ADD("stem-file", test_stem_file);
  ADD("stem-file-refuses", test_stem_file_refuses);
  ADD("cancel", test_cancel);
  return g_test_run();
}
