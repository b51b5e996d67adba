#include <glib/gi18n.h>
#include <math.h>

#include "app/cli/eval.h"

static const char *const bss_ids[] = { "sdr", "isr", "sir", "sar" };
static const char *const bss_names[] = { "SDR", "ISR", "SIR", "SAR" };
static const char *const si_sdr_names[] = { "SI-SDR" };
static const char *const mdx_names[] = { "SDR" };

const EvalMeasure eval_measures[] = {
  { SG_MEASURE_BSS4, NULL, N_("BSS Eval v4, median over windows of 1 s, in dB"), SG_BSS4_SDR, 4, bss_ids,
    bss_names, TRUE },
  { SG_MEASURE_BSS4, "bss4_global", N_("BSS Eval v4, the track as one window, in dB"), SG_BSS4_GLOBAL_SDR, 4,
    bss_ids, bss_names, FALSE },
  { SG_MEASURE_BSS3, "bss3", N_("BSS Eval v3, whole track, in dB"), SG_BSS3_SDR, 4, bss_ids, bss_names,
    TRUE },
  { SG_MEASURE_SI_SDR, "si_sdr", N_("Scale-invariant SDR, whole track, in dB"), SG_SI_SDR, 1, NULL,
    si_sdr_names, TRUE },
  { SG_MEASURE_MDX, "mdx_sdr", N_("SDR of the Music Demixing Challenge, whole track, in dB"), SG_MDX_SDR, 1,
    NULL, mdx_names, TRUE },
};
const gsize eval_n_measures = G_N_ELEMENTS(eval_measures);

int
eval_find_source(const EvalTrack *track, const char *source)
{
  for (gsize j = 0; j < track->n_sources; j++)
    if (g_str_equal(track->sources[j], source))
      return (int)j;
  return -1;
}

double
eval_value(const EvalTrack *track, const char *source, gsize row, SgScoreValue value)
{
  int j = eval_find_source(track, source);
  return j >= 0 ? track->scores[row * track->n_sources + (gsize)j].values[value] : NAN;
}

const SgBaseline *
eval_baseline(const EvalTrack *track, const char *source)
{
  int j = eval_find_source(track, source);
  return j >= 0 ? &track->baselines[j] : NULL;
}

double
eval_column_value(const EvalTrack *track, const char *source, EvalColumn column, gsize row,
                  SgScoreValue value)
{
  const SgBaseline *baseline = eval_baseline(track, source);
  if (baseline == NULL)
    return NAN;
  switch (column) {
  case EVAL_COLUMN_MIXTURE:
    return baseline->mixture.values[value];
  case EVAL_COLUMN_SILENCE:
    return baseline->silence.values[value];
  case EVAL_COLUMN_GAIN:
    return baseline->gain.values[value];
  case EVAL_COLUMN_BASELINE:
    return sg_baseline_best(baseline, value, NULL);
  default:
    return eval_value(track, source, row, value);
  }
}

gboolean
eval_summarise(const Eval *eval, const char *source, EvalColumn column, gsize row, SgScoreValue value,
               SgScoreSummary *out_summary)
{
  g_autofree double *values = g_new(double, eval->tracks->len);
  for (guint t = 0; t < eval->tracks->len; t++)
    values[t] = eval_column_value(eval->tracks->pdata[t], source, column, row, value);
  return sg_score_summary(values, NULL, eval->tracks->len, out_summary, NULL) == SG_OK;
}

gboolean
eval_global(const Eval *eval, const char *source, gsize row, EvalGlobal *out_global)
{
  static const SgScoreValue scores[] = { SG_BSS3_SDR, SG_BSS3_SIR, SG_BSS3_SAR };
  double *const means[] = { &out_global->gnsdr, &out_global->gsir, &out_global->gsar };
  guint n = eval->tracks->len;
  g_autofree double *values = g_new(double, n), *lengths_s = g_new(double, n);
  for (gsize i = 0; i < G_N_ELEMENTS(scores); i++) {
    for (guint t = 0; t < n; t++) {
      const EvalTrack *track = eval->tracks->pdata[t];
      values[t] = eval_value(track, source, row, scores[i]);
      if (scores[i] == SG_BSS3_SDR) /* NSDR */
        values[t] -= eval_column_value(track, source, EVAL_COLUMN_MIXTURE, row, SG_BSS3_SDR);
      lengths_s[t] = track->error == NULL ? (double)track->n_samples / track->rate_hz : 0.0;
    }
    SgScoreSummary summary;
    if (sg_score_summary(values, lengths_s, n, &summary, NULL) != SG_OK)
      return FALSE;
    *means[i] = summary.weighted_mean;
  }
  return TRUE;
}

gboolean
eval_difference(const Eval *eval, const char *source, gsize a, gsize b, SgScoreValue value,
                SgPairedDifference *out_difference)
{
  guint n = eval->tracks->len;
  g_autofree double *values_a = g_new(double, n), *values_b = g_new(double, n);
  for (guint t = 0; t < n; t++) {
    values_a[t] = eval_value(eval->tracks->pdata[t], source, a, value);
    values_b[t] = eval_value(eval->tracks->pdata[t], source, b, value);
  }
  return sg_paired_difference(values_a, values_b, n, SG_STATISTIC_MEAN, SG_BOOTSTRAP_RESAMPLES, 1,
                              out_difference, NULL) == SG_OK;
}
