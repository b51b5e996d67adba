#include <stdio.h>
#include <string.h>

#include "core/plot/figure-private.h"

enum { MAX_LINE = 1024 };

typedef struct {
  double size, line;
  cairo_font_weight_t weight;
} Style;

static const Style styles[SG_N_TEXT_STYLES] = {
  [SG_TEXT_TITLE] = { 17.0, 24.0, CAIRO_FONT_WEIGHT_BOLD },
  [SG_TEXT_HEADING] = { 13.0, 18.0, CAIRO_FONT_WEIGHT_BOLD },
  [SG_TEXT_LABEL] = { 12.5, 17.0, CAIRO_FONT_WEIGHT_NORMAL },
};

/* Without hinting a text is as wide in every format and at every scale. */
static void
choose_font(cairo_t *cr, SgTextStyle style)
{
  cairo_font_options_t *options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_set_font_options(cr, options);
  cairo_font_options_destroy(options);
  cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, styles[style].weight);
  cairo_set_font_size(cr, styles[style].size);
}

double
sg_text_line(SgTextStyle style)
{
  return styles[style].line;
}

static double
advance_of(cairo_t *cr, const char *text)
{
  cairo_text_extents_t extents = { 0 };
  cairo_text_extents(cr, text, &extents);
  return extents.x_advance;
}

double
sg_text_width(cairo_t *cr, SgTextStyle style, const char *text)
{
  choose_font(cr, style);
  return text != NULL ? advance_of(cr, text) : 0.0;
}

/* The start of the character before `at`, in UTF-8. */
static size_t
step_back(const char *text, size_t at)
{
  do
    at--;
  while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80);
  return at;
}

/* The first `n` bytes of `text` in at most `max_width` of the chosen font. */
static void
fit(cairo_t *cr, const char *text, size_t n, double max_width, char *out, size_t size)
{
  size_t kept = n, most = size - sizeof "…";
  if (kept > most)
    kept = step_back(text, most + 1);
  for (;;) {
    snprintf(out, size, "%.*s%s", (int)kept, text, kept < n ? "…" : "");
    if (kept == 0 || advance_of(cr, out) <= max_width)
      return;
    do
      kept = step_back(text, kept);
    while (kept > 0 && text[kept - 1] == ' ');
  }
}

static void
show(cairo_t *cr, SgTextStyle style, const SgColour *colour, const char *text, double x, double y)
{
  sg_set_colour(cr, colour, 1.0);
  cairo_move_to(cr, x, y + 0.5 * styles[style].line + 0.36 * styles[style].size);
  cairo_show_text(cr, text);
  cairo_new_path(cr);
}

double
sg_text_draw(cairo_t *cr, SgTextStyle style, const SgColour *colour, const char *text, double x, double y,
             double align, double max_width)
{
  if (text == NULL)
    return 0.0;
  char line[MAX_LINE];
  choose_font(cr, style);
  fit(cr, text, strlen(text), max_width, line, sizeof line);
  double width = advance_of(cr, line);
  show(cr, style, colour, line, x - align * width, y);
  return width;
}

/* How many bytes of `text` fit into `width`, up to the end of a word; at least the first word. */
static size_t
line_length(cairo_t *cr, const char *text, double width)
{
  char line[MAX_LINE];
  size_t best = 0, at = 0;
  while (text[at] != '\0' && text[at] != '\n') {
    at += strspn(text + at, " ");
    at += strcspn(text + at, " \n");
    if (at >= sizeof line)
      break;
    snprintf(line, sizeof line, "%.*s", (int)at, text);
    if (best > 0 && advance_of(cr, line) > width)
      break;
    best = at;
  }
  return best > 0 ? best : strcspn(text, " \n");
}

double
sg_text_draw_lines(cairo_t *cr, SgTextStyle style, const SgColour *colour, const char *text, double x,
                   double y, double width, int max_lines)
{
  if (text == NULL)
    return 0.0;
  int n_lines = 0;
  choose_font(cr, style);
  for (; *text != '\0' && n_lines < max_lines; n_lines++) {
    size_t n = n_lines + 1 < max_lines ? line_length(cr, text, width) : strcspn(text, "\n");
    if (colour != NULL) {
      char line[MAX_LINE];
      fit(cr, text, n, width, line, sizeof line);
      show(cr, style, colour, line, x, y + n_lines * styles[style].line);
    }
    text += n;
    text += strspn(text, " ");
    text += *text == '\n';
  }
  return n_lines * styles[style].line;
}
