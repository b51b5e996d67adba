/* Writing figures: the formats, failing writers, texts of all kinds. */
#include "core/plot/figure.h"

#include <string.h>

#include "core/plot/curve-plot.h"
#include "tests/core/plot/figure-support.h"

static const double values[] = { 1.0, 3.0, 2.0 };

typedef struct {
  GByteArray *bytes;
  gsize limit; /* fails when it would hold more */
  guint n_failed;
} Store;

static SgStatus
store(const void *bytes, size_t n, void *user, SgError *error)
{
  Store *into = user;
  if (into->bytes->len + n > into->limit) {
    into->n_failed++;
    return sg_error_set(error, SG_NO_SPACE, "figure", NULL);
  }
  g_byte_array_append(into->bytes, bytes, (guint)n);
  return SG_OK;
}

static SgStatus
render(SgFigureFrame frame, SgFigureFormat format, Store *into, SgError *error)
{
  const SgCurve curve = { .name = "a", .y = values, .n = G_N_ELEMENTS(values) };
  const SgCurvePanel panel = { .curves = &curve, .n_curves = 1 };
  const SgCurvePlot plot = { .frame = frame, .panels = &panel, .n_panels = 1 };
  return sg_curve_plot_render(&plot, format, store, into, error);
}

static const SgFigureFrame plain = {
  .width = 300.0, .height = 200.0, .title = "Title", .caption = "Caption"
};

static cairo_status_t
read_bytes(void *closure, unsigned char *out, unsigned int n)
{
  GByteArray *bytes = closure;
  if (bytes->len < n)
    return CAIRO_STATUS_READ_ERROR;
  memcpy(out, bytes->data, n);
  g_byte_array_remove_range(bytes, 0, n);
  return CAIRO_STATUS_SUCCESS;
}

static void
test_formats(void)
{
  static const struct {
    SgFigureFormat format;
    const char *path, *begins, *ends;
  } cases[] = { { SG_FIGURE_PNG, "a/b.PNG", "\x89PNG\r\n\x1a\n", "IEND\xae\x42\x60\x82" },
                { SG_FIGURE_SVG, "b.svg", "<?xml", "</svg>\n" },
                { SG_FIGURE_PDF, ".x.pdf", "%PDF-1.", "%%EOF\n" } };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    SgFigureFormat format;
    g_assert_true(sg_figure_format_find(cases[i].path, &format));
    g_assert_cmpint(format, ==, cases[i].format);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    Store into = { bytes, G_MAXSIZE, 0 };
    g_assert_cmpint(render(plain, format, &into, NULL), ==, SG_OK);
    gsize n_begins = strlen(cases[i].begins), n_ends = strlen(cases[i].ends);
    g_assert_cmpuint(bytes->len, >, 1000);
    g_assert_cmpmem(bytes->data, n_begins, cases[i].begins, n_begins);
    g_assert_cmpmem(bytes->data + bytes->len - n_ends, n_ends, cases[i].ends, n_ends);
    if (format != SG_FIGURE_PNG)
      continue;
    cairo_surface_t *surface = cairo_image_surface_create_from_png_stream(read_bytes, bytes);
    g_assert_cmpint(cairo_surface_status(surface), ==, CAIRO_STATUS_SUCCESS);
    g_assert_cmpint(cairo_image_surface_get_width(surface), ==, 600);
    g_assert_cmpint(cairo_image_surface_get_height(surface), ==, 400);
    cairo_surface_destroy(surface);
  }
  SgFigureFormat format;
  const char *const others[] = { "", "png", ".png", "a.jpg", "a.png/b", "a.pngx", "svg.a" };
  for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
    g_assert_false(sg_figure_format_find(others[i], &format));
}

/* Wherever the writer fails its error is what comes back, and it is not asked again. */
static void
test_failing_writer(void)
{
  for (int format = 0; format < 3; format++) {
    g_autoptr(GByteArray) whole = g_byte_array_new();
    Store into = { whole, G_MAXSIZE, 0 };
    g_assert_cmpint(render(plain, (SgFigureFormat)format, &into, NULL), ==, SG_OK);
    for (gsize limit = 0; limit < whole->len - 8; limit += whole->len / 7) {
      g_autoptr(GByteArray) bytes = g_byte_array_new();
      Store small = { bytes, limit, 0 };
      SgError error;
      g_assert_cmpint(render(plain, (SgFigureFormat)format, &small, &error), ==, SG_NO_SPACE);
      g_assert_cmpint(error.status, ==, SG_NO_SPACE);
      g_assert_cmpstr(error.path, ==, "figure");
      g_assert_cmpuint(small.n_failed, ==, 1);
    }
  }
}

static void
test_refused(void)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  Store into = { bytes, G_MAXSIZE, 0 };
  const double sizes[] = { 0.0, -5.0, 119.0, 10001.0, NAN, INFINITY };
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    SgFigureFrame frame = plain;
    *(i % 2 == 0 ? &frame.width : &frame.height) = sizes[i];
    g_assert_cmpint(render(frame, SG_FIGURE_PNG, &into, NULL), ==, SG_BAD_ARGUMENT);
  }
  SgFigureFrame frame = plain;
  frame.title = "\xff\xfe";
  g_assert_cmpint(render(frame, SG_FIGURE_PNG, &into, NULL), ==, SG_BAD_ARGUMENT);
  g_assert_cmpuint(bytes->len, ==, 0);
}

static SgStatus
draw_curve(const void *plot, cairo_t *cr, SgError *error)
{
  return sg_curve_plot_draw(plot, cr, error);
}

/* Whatever the texts, none reaches into the margins, and the curve is still there. */
static void
test_texts_fit(void)
{
  g_autoptr(GString) words = g_string_new(NULL), word = g_string_new(NULL);
  for (int i = 0; i < 60; i++) {
    g_string_append(words, "Überlänge und mehr ");
    g_string_append(word, "ÄÖÜßé…–");
  }
  for (int i = 0; i < 10; i++)
    g_string_append(word, word->str); /* longer than any line */
  const char *const texts[] = { NULL, "", " ", "kurz", "\n\n", words->str, word->str };
  const SgCurve curves[] = { { .name = words->str, .colour = 1, .y = values, .n = 3 },
                             { .name = word->str, .colour = 2, .y = values, .n = 3 } };
  const SgCurvePanel panel = { .heading = word->str, .curves = curves, .n_curves = 2 };
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    SgFigureFrame frame = { .width = 420.0,
                            .height = 900.0,
                            .title = texts[i],
                            .caption = texts[i],
                            .x_label = texts[i],
                            .y_label = texts[i],
                            .empty = texts[i] };
    const SgCurvePlot plot = { .frame = frame, .panels = &panel, .n_panels = 1 };
    g_auto(Picture) picture = picture_of(&frame, draw_curve, &plot);
    const SgTheme *theme = sg_theme(SG_THEME_LIGHT);
    for (int y = 0; y < picture.height; y++)
      for (int x = 0; x < 8; x++) {
        g_assert_cmpfloat(colour_at(&picture, x, y).green, ==, 1.0);
        g_assert_cmpfloat(colour_at(&picture, picture.width - 1 - x, y).green, ==, 1.0);
      }
    /* The legend's stroke is short, the curve long. */
    Extent extent = extent_of(&picture, theme, &theme->series[2], 0.6, 0, picture.width);
    g_assert_cmpint(extent.right - extent.left, >, 300);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/plot/figure/formats", test_formats);
  g_test_add_func("/plot/figure/failing-writer", test_failing_writer);
  g_test_add_func("/plot/figure/refused", test_refused);
  g_test_add_func("/plot/figure/texts-fit", test_texts_fit);
  return g_test_run();
}
