#include <glib/gi18n.h>
#include <math.h>

#include "app/cli/eval.h"
#include "core/io/atomic-file.h"
#include "core/plot/box-plot.h"
#include "core/plot/curve-plot.h"
#include "core/session/error.h"
#include "core/session/figure-file.h"

/* In a passage that is all but silent a score falls without end, and would flatten all others. */
static const double LEAST_DB = -30.0, MOST_DB = 60.0;
static const double WIDTH = 900.0, BOX_HEIGHT = 540.0, PANEL_HEIGHT = 165.0, FRAME_HEIGHT = 160.0;

/* A series of a figure: the mixture, in grey, then the rows. */
static gsize
n_series_of(const Eval *eval)
{
  return 1 + eval->n_rows;
}

static const char *
series_name(const Eval *eval, gsize series)
{
  return series == 0 ? _("mixture") : eval->rows[series - 1].name;
}

static int
series_colour(gsize series)
{
  return series == 0 ? SG_COLOUR_MUTED : (int)series - 1;
}

static const SgScore *
score_of(const EvalTrack *track, const char *source, gsize series)
{
  int j = eval_find_source(track, source);
  if (j < 0)
    return NULL;
  return series == 0 ? &track->baselines[j].mixture
                     : &track->scores[(series - 1) * track->n_sources + (gsize)j];
}

static const EvalMeasure *
first_measure(const Eval *eval)
{
  for (gsize m = 0; m < eval_n_measures; m++)
    if ((eval->options->measures & eval_measures[m].measure) != 0)
      return &eval_measures[m];
  return &eval_measures[0];
}

/* The only track, when it is one and its windows were scored. */
static const EvalTrack *
track_with_windows(const Eval *eval)
{
  if (eval->tracks->len != 1 || (eval->options->measures & SG_MEASURE_BSS4) == 0)
    return NULL;
  return eval->tracks->pdata[0];
}

static SgStatus
draw_box_plot(const void *plot, cairo_t *cr, SgError *error)
{
  return sg_box_plot_draw(plot, cr, error);
}

static SgStatus
draw_curve_plot(const void *plot, cairo_t *cr, SgError *error)
{
  return sg_curve_plot_draw(plot, cr, error);
}

static char *
dup_box_title(const Eval *eval, const EvalTrack *windows)
{
  guint n = eval->tracks->len;
  const char *value = first_measure(eval)->names[0];
  if (windows != NULL)
    return g_strdup_printf(_("%s: %s in windows of 1 s"), windows->name, value);
  if (n == 1)
    return g_strdup_printf("%s: %s", ((const EvalTrack *)eval->tracks->pdata[0])->name, value);
  return g_strdup_printf(ngettext("%s of %u track", "%s of %u tracks", n), value, n);
}

static char *
dup_box_caption(const Eval *eval, const EvalTrack *windows)
{
  g_autoptr(GString) caption = g_string_new(NULL);
  if (windows != NULL)
    g_string_append(caption, _("BSS Eval v4; every value is a window of 1 s."));
  else
    g_string_append_printf(caption, _("%s; every value is a track."), _(first_measure(eval)->title));
  if (windows == NULL && eval->tracks->len < SG_BOX_LEAST_VALUES)
    g_string_append(caption, _(" Points are the values, lines their medians."));
  else
    g_string_append(caption,
                    _(" Boxes reach from the first to the third quartile, the line is the median; "
                      "whiskers end at the farthest values within 1.5 box heights, points are values "
                      "beyond (or all, up to 20), arrows count those outside the picture."));
  return g_string_free(g_steal_pointer(&caption), FALSE);
}

/* The values of one box: a source's windows in one track, or its score in every track (into `storage`). */
static SgBoxValues
box_values(const Eval *eval, const EvalTrack *windows, const char *source, gsize series, double *storage)
{
  if (windows != NULL) {
    const SgScore *score = score_of(windows, source, series);
    if (score == NULL || score->curves[SG_CURVE_SDR] == NULL)
      return (SgBoxValues){ NULL, 0 };
    return (SgBoxValues){ score->curves[SG_CURVE_SDR], (gsize)score->n_windows };
  }
  for (guint t = 0; t < eval->tracks->len; t++) {
    const SgScore *score = score_of(eval->tracks->pdata[t], source, series);
    storage[t] = score != NULL ? score->values[first_measure(eval)->first] : NAN;
  }
  return (SgBoxValues){ storage, eval->tracks->len };
}

static gboolean
write_box_plot(const Eval *eval, GError **error)
{
  const EvalTrack *windows = track_with_windows(eval);
  gsize n_series = n_series_of(eval), n_groups = eval->sources->len;
  g_autofree char *title = dup_box_title(eval, windows), *caption = dup_box_caption(eval, windows);
  g_autofree char *y_label = g_strdup_printf(_("%s in dB"), first_measure(eval)->names[0]);
  g_autofree SgBoxSeries *series = g_new(SgBoxSeries, n_series);
  g_autofree SgBoxValues *values = g_new(SgBoxValues, n_groups * n_series + 1);
  g_autofree double *storage = g_new(double, n_groups *n_series * eval->tracks->len + 1);
  for (gsize s = 0; s < n_series; s++)
    series[s] = (SgBoxSeries){ series_name(eval, s), series_colour(s) };
  for (gsize i = 0; i < n_groups * n_series; i++)
    values[i] = box_values(eval, windows, eval->sources->pdata[i / n_series], i % n_series,
                           storage + i * eval->tracks->len);
  const SgBoxPlot plot = { .frame = { .width = WIDTH,
                                      .height = BOX_HEIGHT,
                                      .theme = eval->options->theme,
                                      .title = title,
                                      .caption = caption,
                                      .y_label = y_label,
                                      .empty = _("There are no scores.") },
                           .n_groups = n_groups,
                           .n_series = n_series,
                           .groups = (const char *const *)eval->sources->pdata,
                           .series = series,
                           .values = values };
  return sg_figure_file_write(eval->options->plot, eval->options->overwrite, &plot.frame, draw_box_plot,
                              &plot, error);
}

static gboolean
write_time_plot(const Eval *eval, GError **error)
{
  const EvalTrack *track = eval->tracks->pdata[0];
  gsize n_series = n_series_of(eval), n_panels = track->n_sources;
  g_autofree SgCurve *curves = g_new0(SgCurve, n_panels * n_series + 1);
  g_autofree SgCurvePanel *panels = g_new0(SgCurvePanel, n_panels + 1);
  g_autofree double *seconds = g_new(double, track->n_windows + 1);
  g_autofree char *title = g_strdup_printf(_("%s: SDR along time"), track->name);
  for (gint64 i = 0; i < track->n_windows; i++)
    seconds[i] = (double)i;
  for (gsize p = 0; p < n_panels; p++) {
    for (gsize s = 0; s < n_series; s++) {
      const SgScore *score = score_of(track, track->sources[p], s);
      const double *y = score != NULL ? score->curves[SG_CURVE_SDR] : NULL;
      curves[p * n_series + s] = (SgCurve){ .name = series_name(eval, s),
                                            .colour = series_colour(s),
                                            .x = seconds,
                                            .y = y,
                                            .n = y != NULL ? (gsize)score->n_windows : 0 };
    }
    panels[p] = (SgCurvePanel){ track->sources[p], curves + p * n_series, n_series, FALSE };
  }
  const SgCurvePlot plot = {
    .frame = { .width = WIDTH,
               .height = FRAME_HEIGHT + PANEL_HEIGHT * (double)n_panels,
               .theme = eval->options->theme,
               .title = title,
               .caption = _("BSS Eval v4 in windows of 1 s, drawn at their beginnings. There are gaps where "
                            "a source or an "
                            "estimate is silent; below −30 dB and above 60 dB curves leave the picture."),
               .x_label = _("time"),
               .y_label = _("SDR in dB"),
               .empty = _("There are no scores.") },
    .panels = panels,
    .n_panels = n_panels,
    .x_is_time = true,
    .y_limited = true,
    .y_least = LEAST_DB,
    .y_most = MOST_DB,
  };
  return sg_figure_file_write(eval->options->plot_time, eval->options->overwrite, &plot.frame,
                              draw_curve_plot, &plot, error);
}

gboolean
eval_check_plots(const Eval *eval, GError **error)
{
  const char *const paths[] = { eval->options->plot, eval->options->plot_time };
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
    SgError engine_error;
    SgAtomicFile *file = NULL;
    if (paths[i] != NULL &&
        sg_atomic_file_new(paths[i], eval->options->overwrite, &file, &engine_error) != SG_OK) {
      sg_error_propagate(error, &engine_error);
      return FALSE;
    }
    sg_atomic_file_free(file);
  }
  if (eval->options->plot_time != NULL && eval->tracks->len > 1) {
    g_set_error(error, SG_ENGINE_ERROR, SG_BAD_ARGUMENT,
                _("--plot-time draws one track and there are %u; choose one by --track NAME."),
                eval->tracks->len);
    return FALSE;
  }
  return TRUE;
}

gboolean
eval_write_plots(const Eval *eval, GError **error)
{
  return (eval->options->plot == NULL || write_box_plot(eval, error)) &&
         (eval->options->plot_time == NULL || write_time_plot(eval, error));
}
