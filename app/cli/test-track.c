#include <math.h>
#include <string.h>

#include "app/cli/test.h"
#include "core/io/pcm.h"
#include "core/metrics/evaluation.h"
#include "core/render/renderer.h"

static const char REST[] = "rest";

/* Everything of the track that is being scored. */
typedef struct {
  const Test *test;
  const TestTrack *track;
  gint64 n;
  guint n_channels;
  gsize n_sources;
  SgPcm *references[SG_MODEL_MAX_SOURCES], *estimates[SG_MODEL_MAX_SOURCES], *mixture;
  SgSeparation *separation;
} Song;

static gboolean
is_named(const SgModelFacts *facts, const char *source)
{
  for (gsize j = 0; j < facts->n_sources; j++)
    if (strcmp(facts->sources[j], source) == 0)
      return TRUE;
  return FALSE;
}

/* The stem of the source's name; for "rest" the sum of those that the model does not name. */
static SgStatus
read_source(const Song *song, const char *source, float *out_interleaved, SgError *error)
{
  const SgCache *cache = song->test->cache;
  gsize n_values = (gsize)song->n * song->n_channels;
  g_autofree float *planar = g_new(float, n_values);
  float *channels[2] = { planar, planar + song->n };
  memset(out_interleaved, 0, n_values * sizeof *out_interleaved);
  for (gsize s = 0; s < sg_cache_n_sources(cache); s++) {
    const char *stem = sg_cache_source(cache, s);
    gboolean belongs =
        strcmp(source, REST) == 0 ? !is_named(song->test->facts, stem) : strcmp(source, stem) == 0;
    if (!belongs || !sg_cache_has(cache, song->track->number, s))
      continue;
    SgStatus status = sg_cache_read(cache, song->track->number, s, 0, song->n, channels, error);
    if (status != SG_OK)
      return status;
    for (gint64 i = 0; i < song->n; i++)
      for (guint c = 0; c < song->n_channels; c++)
        out_interleaved[i * song->n_channels + c] += channels[c][i];
  }
  return SG_OK;
}

static void
bring_to_level(float *values, gsize n, double level_db)
{
  double sum = 0.0;
  for (gsize i = 0; i < n; i++)
    sum += (double)values[i] * values[i];
  double scale = sum > 0.0 ? pow(10.0, level_db / 20.0) / sqrt(sum / (double)n) : 1.0;
  for (gsize i = 0; i < n; i++)
    values[i] = (float)(scale * values[i]);
}

static SgStatus
make_pcm(const Song *song, const float *interleaved, SgPcm **out_pcm, SgError *error)
{
  SgStatus status = sg_pcm_new(sg_cache_rate(song->test->cache), song->n_channels, SG_PCM_FLOAT, song->n,
                               NULL, out_pcm, error);
  return status == SG_OK ? sg_pcm_append(*out_pcm, interleaved, song->n, error) : status;
}

/* The true sources at their levels, and their sum. */
static SgStatus
mix(Song *song, const char *const *sources, SgError *error)
{
  gsize n_values = (gsize)song->n * song->n_channels;
  g_autofree float *source = g_new(float, n_values), *sum = g_new0(float, n_values);
  SgStatus status = SG_OK;
  for (gsize j = 0; status == SG_OK && j < song->n_sources; j++) {
    status = read_source(song, sources[j], source, error);
    if (status == SG_OK && song->test->levels)
      bring_to_level(source, n_values, song->test->level_db);
    for (gsize i = 0; i < n_values; i++)
      sum[i] += source[i];
    if (status == SG_OK)
      status = make_pcm(song, source, &song->references[j], error);
  }
  return status == SG_OK ? make_pcm(song, sum, &song->mixture, error) : status;
}

static SgStatus
render(Song *song, SgError *error)
{
  SgRenderer *renderer = sg_renderer_new(song->separation);
  SgRenderWork *work = renderer != NULL ? sg_render_work_new(renderer) : NULL;
  gsize n_block = (gsize)SG_RENDER_MAX_SAMPLES * song->n_channels;
  g_autofree float *blocks = g_new(float, n_block * song->n_sources);
  float *stems[SG_MODEL_MAX_SOURCES + 1];
  for (gsize j = 0; j < song->n_sources; j++)
    stems[j] = blocks + j * n_block;
  SgRenderSettings natural = SG_RENDER_SETTINGS_NATURAL;
  SgStatus status = work != NULL ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (gsize j = 0; status == SG_OK && j < song->n_sources; j++)
    status = sg_pcm_new(sg_pcm_rate(song->mixture), song->n_channels, SG_PCM_FLOAT, song->n, NULL,
                        &song->estimates[j], error);
  for (gint64 at = 0; status == SG_OK && at < song->n; at += SG_RENDER_MAX_SAMPLES) {
    gint64 n = MIN(SG_RENDER_MAX_SAMPLES, song->n - at);
    status = sg_renderer_render(renderer, work, &natural, at, n, stems, error);
    for (gsize j = 0; status == SG_OK && j < song->n_sources; j++)
      status = sg_pcm_append(song->estimates[j], stems[j], n, error);
  }
  sg_render_work_free(work);
  sg_renderer_free(renderer);
  return status;
}

static SgStatus
score(Song *song, TestScore *out_scores, SgProgress progress, gpointer user, SgError *error)
{
  const SgPcm *mixtures[SG_MODEL_MAX_SOURCES];
  SgScore scores[SG_MODEL_MAX_SOURCES] = { 0 }, of_mixture[SG_MODEL_MAX_SOURCES] = { 0 };
  SgEvaluation *evaluation = NULL;
  const SgEvaluationSetup setup = { .sources = (const SgPcm *const *)song->references,
                                    .n_sources = song->n_sources,
                                    .mixture = song->mixture,
                                    .measures = SG_MEASURE_BSS3 | SG_MEASURE_SI_SDR,
                                    .n_threads = 1 };
  for (gsize j = 0; j < song->n_sources; j++)
    mixtures[j] = song->mixture;
  SgStatus status = sg_evaluation_new(&setup, progress, user, &evaluation, error);
  if (status == SG_OK)
    status =
        sg_evaluation_score(evaluation, (const SgPcm *const *)song->estimates, progress, user, scores, error);
  if (status == SG_OK)
    status = sg_evaluation_score(evaluation, mixtures, progress, user, of_mixture, error);
  for (gsize j = 0; status == SG_OK && j < song->n_sources; j++)
    out_scores[j] = (TestScore){ .sdr = scores[j].values[SG_BSS3_SDR],
                                 .sir = scores[j].values[SG_BSS3_SIR],
                                 .sar = scores[j].values[SG_BSS3_SAR],
                                 .mixture_sdr = of_mixture[j].values[SG_BSS3_SDR],
                                 .si_sdr = scores[j].values[SG_SI_SDR],
                                 .mixture_si_sdr = of_mixture[j].values[SG_SI_SDR] };
  for (gsize j = 0; j < song->n_sources; j++) {
    sg_score_clear(&scores[j]);
    sg_score_clear(&of_mixture[j]);
  }
  sg_evaluation_free(evaluation);
  return status;
}

static SgStatus
separate_and_score(Song *song, TestScore *out_scores, SgProgress progress, gpointer user, SgError *error)
{
  const SgModelFacts *facts = song->test->facts;
  const char *sources[SG_MODEL_MAX_SOURCES];
  for (gsize j = 0; j < facts->n_sources; j++)
    sources[j] = facts->sources[j];
  song->n_sources = facts->n_sources;
  if (facts->n_sources == 1)
    sources[song->n_sources++] = REST;
  SgStatus status = mix(song, sources, error);
  const SgSeparationSetup setup = { .method = sg_method_find("model"), .model_path = song->test->model_path };
  if (status == SG_OK)
    status = sg_separation_new_with(song->mixture, &setup, &song->separation, error);
  if (status == SG_OK)
    status = sg_separation_run(song->separation, 1, progress, user, error);
  if (status == SG_OK)
    status = render(song, error);
  return status == SG_OK ? score(song, out_scores, progress, user, error) : status;
}

void
test_score_track(const Test *test, TestTrack *track, SgProgress progress, gpointer user)
{
  Song song = {
    .test = test, .track = track, .n = track->track->n_samples, .n_channels = sg_cache_n_channels(test->cache)
  };
  track->status = separate_and_score(&song, track->scores, progress, user, &track->error);
  sg_separation_free(song.separation);
  for (gsize j = 0; j < song.n_sources; j++) {
    sg_pcm_free(song.references[j]);
    sg_pcm_free(song.estimates[j]);
  }
  sg_pcm_free(song.mixture);
}
