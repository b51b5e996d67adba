#include <math.h>
#include <string.h>

#include "core/plot/figure-private.h"

enum { TITLE_LINES = 2, CAPTION_LINES = 6 };

static const double MARGIN = 18.0;
static const double GAP = 8.0; /* between title, legend, plot, caption */
static const double PANEL_GAP = 14.0;
static const double LEGEND_MARK = 14.0;
static const double LEGEND_GAP = 18.0; /* between entries */
static const double LABEL_GAP = 6.0;   /* between an axis and its labels */
const double SG_VALUE_GAP = 30.0;

void
sg_set_colour(cairo_t *cr, const SgColour *colour, double opacity)
{
  cairo_set_source_rgba(cr, colour->red, colour->green, colour->blue, opacity);
}

const SgColour *
sg_series_colour(const SgTheme *theme, int index)
{
  return index < 0 ? &theme->muted : &theme->series[index % SG_N_SERIES_COLOURS];
}

void
sg_set_series_dash(cairo_t *cr, int index)
{
  static const double dashes[][2] = { { 6.0, 3.0 }, { 2.0, 2.5 } };
  int round = index < 0 ? 0 : index / SG_N_SERIES_COLOURS;
  if (round == 0)
    cairo_set_dash(cr, NULL, 0, 0.0);
  else
    cairo_set_dash(cr, dashes[(round - 1) % 2], 2, 0.0);
}

static void
draw_mark(cairo_t *cr, const SgTheme *theme, int index, bool lines, double x, double y)
{
  double middle = y + 0.5 * sg_text_line(SG_TEXT_LABEL);
  sg_set_colour(cr, sg_series_colour(theme, index), 1.0);
  if (lines) {
    cairo_set_line_width(cr, 2.5);
    sg_set_series_dash(cr, index);
    cairo_move_to(cr, x, middle);
    cairo_line_to(cr, x + LEGEND_MARK, middle);
    cairo_stroke(cr);
    cairo_set_dash(cr, NULL, 0, 0.0);
  } else {
    cairo_rectangle(cr, x + 1.0, middle - 5.5, LEGEND_MARK - 3.0, 11.0);
    cairo_fill(cr);
  }
}

/* Returns its height. */
static double
draw_legend(cairo_t *cr, const SgTheme *theme, const SgLegendEntry *legend, size_t n, bool lines, double left,
            double top, double width)
{
  size_t n_named = 0;
  for (size_t i = 0; i < n; i++)
    n_named += legend[i].name != NULL;
  if (n_named < 2)
    return 0.0;
  double x = left, y = top;
  for (size_t i = 0; i < n; i++) {
    if (legend[i].name == NULL)
      continue;
    double most = width - LEGEND_MARK - LABEL_GAP;
    double wanted = fmin(sg_text_width(cr, SG_TEXT_LABEL, legend[i].name), most);
    if (x > left && x + LEGEND_MARK + LABEL_GAP + wanted > left + width) {
      x = left;
      y += sg_text_line(SG_TEXT_LABEL) + 2.0;
    }
    draw_mark(cr, theme, legend[i].colour, lines, x, y);
    x += LEGEND_MARK + LABEL_GAP;
    x += sg_text_draw(cr, SG_TEXT_LABEL, &theme->text, legend[i].name, x, y, 0.0, most) + LEGEND_GAP;
  }
  return y - top + sg_text_line(SG_TEXT_LABEL);
}

SgRect
sg_figure_draw_frame(cairo_t *cr, const SgFigureFrame *frame, const SgLegendEntry *legend, size_t n_legend,
                     bool lines)
{
  const SgTheme *theme = sg_theme(frame->theme);
  double width = frame->width - 2.0 * MARGIN;
  double top = MARGIN - 4.0, bottom = frame->height - MARGIN + 4.0;
  sg_set_colour(cr, &theme->background, 1.0);
  cairo_rectangle(cr, 0.0, 0.0, frame->width, frame->height);
  cairo_fill(cr);
  double title =
      sg_text_draw_lines(cr, SG_TEXT_TITLE, &theme->text, frame->title, MARGIN, top, width, TITLE_LINES);
  top += title > 0.0 ? title + GAP / 2.0 : 0.0;
  double entries = draw_legend(cr, theme, legend, n_legend, lines, MARGIN, top, width);
  top += entries > 0.0 ? entries + GAP : 0.0;
  double caption =
      sg_text_draw_lines(cr, SG_TEXT_LABEL, NULL, frame->caption, MARGIN, 0.0, width, CAPTION_LINES);
  sg_text_draw_lines(cr, SG_TEXT_LABEL, &theme->muted, frame->caption, MARGIN, bottom - caption, width,
                     CAPTION_LINES);
  bottom -= caption > 0.0 ? caption + GAP : 0.0;
  if (frame->x_label != NULL) {
    bottom -= sg_text_line(SG_TEXT_LABEL);
    sg_text_draw(cr, SG_TEXT_LABEL, &theme->muted, frame->x_label, MARGIN + width, bottom, 1.0, width);
  }
  return (SgRect){ MARGIN, top, width, fmax(bottom - top, 0.0) };
}

SgRect
sg_figure_draw_panel(cairo_t *cr, const SgFigureFrame *frame, const SgRect *area, size_t index, size_t n,
                     const char *heading)
{
  const SgTheme *theme = sg_theme(frame->theme);
  double labels = LABEL_GAP + sg_text_line(SG_TEXT_LABEL);
  double height = fmax((area->height - labels) / (double)n, 1.0);
  SgRect plot = { area->x, area->y + (double)index * height, area->width, height };
  bool has_words = heading != NULL || (frame->y_label != NULL && index == 0);
  double x = area->x;
  if (heading != NULL)
    x += sg_text_draw(cr, SG_TEXT_HEADING, &theme->text, heading, x, plot.y, 0.0, 0.6 * area->width) + GAP;
  if (index == 0)
    sg_text_draw(cr, SG_TEXT_LABEL, &theme->muted, frame->y_label, x, plot.y, 0.0, area->x + area->width - x);
  double head = (has_words || n > 1 ? sg_text_line(SG_TEXT_HEADING) : 0.0) + GAP;
  plot.y += head;
  plot.height = fmax(plot.height - head - (index + 1 < n ? PANEL_GAP : 0.0), 1.0);
  return plot;
}

enum { MAX_TICKS = 128, LABEL_SIZE = 64 };

double
sg_value_labels_width(cairo_t *cr, const SgValueAxis *axis, double height)
{
  SgTick ticks[MAX_TICKS];
  size_t n = sg_value_axis_ticks(axis, height, SG_VALUE_GAP, ticks, MAX_TICKS);
  double widest = 0.0;
  for (size_t i = 0; i < n; i++) {
    char label[LABEL_SIZE];
    sg_value_axis_label(axis, height, SG_VALUE_GAP, ticks[i].value, label, sizeof label);
    widest = fmax(widest, sg_text_width(cr, SG_TEXT_LABEL, label));
  }
  return widest + LABEL_GAP;
}

/* Half a pixel of the figure off the grid of pixels would blur a thin line. */
static double
crisp(double at)
{
  return floor(at) + 0.5;
}

void
sg_figure_draw_y_axis(cairo_t *cr, const SgTheme *theme, const SgValueAxis *axis, const SgRect *plot)
{
  SgTick ticks[MAX_TICKS];
  size_t n = sg_value_axis_ticks(axis, plot->height, SG_VALUE_GAP, ticks, MAX_TICKS);
  cairo_set_line_width(cr, 1.0);
  for (size_t i = 0; i < n; i++) {
    double y = plot->y + plot->height - ticks[i].position;
    char label[LABEL_SIZE];
    sg_value_axis_label(axis, plot->height, SG_VALUE_GAP, ticks[i].value, label, sizeof label);
    sg_text_draw(cr, SG_TEXT_LABEL, &theme->muted, label, plot->x - LABEL_GAP,
                 y - 0.5 * sg_text_line(SG_TEXT_LABEL), 1.0, plot->x);
    bool is_zero = ticks[i].value == 0.0 && !axis->logarithmic;
    sg_set_colour(cr, is_zero ? &theme->muted : &theme->grid, 1.0);
    cairo_move_to(cr, plot->x, crisp(y));
    cairo_line_to(cr, plot->x + plot->width, crisp(y));
    cairo_stroke(cr);
  }
}

void
sg_figure_draw_x_label(cairo_t *cr, const SgTheme *theme, const SgRect *plot, double x, double room,
                       const char *text)
{
  sg_text_draw(cr, SG_TEXT_LABEL, &theme->text, text, x, plot->y + plot->height + LABEL_GAP, 0.5, room);
}

void
sg_figure_draw_empty(cairo_t *cr, const SgFigureFrame *frame, const SgRect *plot)
{
  sg_text_draw(cr, SG_TEXT_HEADING, &sg_theme(frame->theme)->muted, frame->empty, plot->x + plot->width / 2.0,
               plot->y + (plot->height - sg_text_line(SG_TEXT_HEADING)) / 2.0, 0.5, plot->width);
}
