#include "core/session/training-figure.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/plot/curve-plot.h"
#include "core/session/error.h"
#include "core/session/figure-file.h"
#include "core/train/curves.h"

static const double WIDTH = 900.0, PANEL_HEIGHT = 240.0, FRAME_HEIGHT = 160.0;

/* The columns behind step and seconds. */
enum { FIRST_COLUMN = 2 };

typedef struct {
  const SgCurveTable *table;
  gsize n_curves, n_panels;
  double *steps;  /* [n_rows] */
  double *values; /* [n_curves][n_rows] */
  SgCurve *curves;
  SgCurvePanel *panels;
} Figure;

static void
figure_clear(Figure *figure)
{
  g_free(figure->steps);
  g_free(figure->values);
  g_free(figure->curves);
  g_free(figure->panels);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Figure, figure_clear)

/* "loss" of "loss/train" is its panel, "train" its curve. */
static gsize
kind_length(const char *column)
{
  return strcspn(column, "/");
}

static gboolean
same_kind(const char *a, const char *b)
{
  return kind_length(a) == kind_length(b) && strncmp(a, b, kind_length(a)) == 0;
}

static const char *
panel_heading(const char *column)
{
  return g_str_has_prefix(column, "sdr/")    ? _("SDR in dB")
         : g_str_has_prefix(column, "loss/") ? _("loss")
                                             : column;
}

static const char *
curve_name(const char *column)
{
  const char *set = column + kind_length(column) + (column[kind_length(column)] == '/');
  return g_str_equal(set, "train")   ? _("training songs")
         : g_str_equal(set, "valid") ? _("validation songs")
                                     : set;
}

/* Losses fall by powers of ten. */
static gboolean
is_logarithmic(const SgCurvePanel *panel)
{
  double least = INFINITY, most = -INFINITY;
  for (gsize c = 0; c < panel->n_curves; c++)
    for (gsize i = 0; i < panel->curves[c].n; i++)
      if (isfinite(panel->curves[c].y[i])) {
        least = MIN(least, panel->curves[c].y[i]);
        most = MAX(most, panel->curves[c].y[i]);
      }
  return least > 0.0 && most > 10.0 * least;
}

static gboolean
is_empty(const double *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (isfinite(values[i]))
      return FALSE;
  return TRUE;
}

/* A curve for each column that has values; those of one kind follow one another and share a panel. */
static void
fill_figure(Figure *figure)
{
  const SgCurveTable *table = figure->table;
  gsize n_rows = table->n_rows, last = 0;
  for (gsize i = 0; i < n_rows; i++)
    figure->steps[i] = table->values[i * table->n_columns];
  for (gsize c = FIRST_COLUMN; c < table->n_columns; c++) {
    const char *column = table->names[c];
    double *y = figure->values + figure->n_curves * n_rows;
    for (gsize i = 0; i < n_rows; i++)
      y[i] = table->values[i * table->n_columns + c];
    if (is_empty(y, n_rows))
      continue;
    SgCurve *curve = &figure->curves[figure->n_curves++];
    *curve = (SgCurve){ .name = curve_name(column),
                        .colour = g_str_has_suffix(column, "/valid") ? 1 : 0,
                        .x = figure->steps,
                        .y = y,
                        .n = n_rows };
    if (figure->n_panels == 0 || !same_kind(table->names[last], column))
      figure->panels[figure->n_panels++] =
          (SgCurvePanel){ panel_heading(column), curve, 0, g_str_has_prefix(column, "loss/") };
    figure->panels[figure->n_panels - 1].n_curves++;
    last = c;
  }
  for (gsize p = 0; p < figure->n_panels; p++)
    figure->panels[p].y_logarithmic &= is_logarithmic(&figure->panels[p]);
}

static SgStatus
draw_curve_plot(const void *plot, cairo_t *cr, SgError *error)
{
  return sg_curve_plot_draw(plot, cr, error);
}

gboolean
sg_training_figure_write(const char *csv_path, const char *path, gboolean overwrite, SgThemeId theme,
                         GError **error)
{
  SgCurveTable *table = NULL;
  SgError engine_error;
  if (sg_curve_table_read(csv_path, &table, &engine_error) != SG_OK) {
    sg_error_propagate(error, &engine_error);
    return FALSE;
  }
  g_auto(Figure) figure = { .table = table };
  gsize n_most = table->n_columns;
  figure.steps = g_new(double, table->n_rows + 1);
  figure.values = g_new(double, n_most * table->n_rows + 1);
  figure.curves = g_new0(SgCurve, n_most);
  figure.panels = g_new0(SgCurvePanel, n_most);
  fill_figure(&figure);
  g_autofree char *name = g_path_get_basename(csv_path), *shown = g_filename_display_name(name);
  g_autofree char *title = g_strdup_printf(_("Training of %.*s"), (int)strcspn(shown, "."), shown);
  const SgCurvePlot plot = { .frame = { .width = WIDTH,
                                        .height =
                                            FRAME_HEIGHT + PANEL_HEIGHT * (double)MAX(figure.n_panels, 1),
                                        .theme = theme,
                                        .title = title,
                                        .x_label = _("steps"),
                                        .empty = _("There are no values yet.") },
                             .panels = figure.panels,
                             .n_panels = figure.n_panels };
  gboolean good = sg_figure_file_write(path, overwrite, &plot.frame, draw_curve_plot, &plot, error);
  sg_curve_table_free(table);
  return good;
}
