#include "core/plot/figure.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <string.h>
#include <strings.h>

/* Pixels of a PNG for one of the figure's. */
static const double PNG_SCALE = 2.0;
static const double POINTS_PER_PIXEL = 72.0 / 96.0;

typedef struct {
  SgFigureWrite write;
  void *user;
  SgStatus status;
  SgError *error;
} Sink;

bool
sg_figure_format_find(const char *path, SgFigureFormat *out_format)
{
  static const char *const endings[] = { ".png", ".svg", ".pdf" };
  size_t length = strlen(path);
  for (int i = 0; i < 3; i++)
    if (length > 4 && strcasecmp(path + length - 4, endings[i]) == 0) {
      *out_format = (SgFigureFormat)i;
      return true;
    }
  return false;
}

static cairo_status_t
take_bytes(void *closure, const unsigned char *bytes, unsigned int n)
{
  Sink *sink = closure;
  sink->status = sink->write(bytes, n, sink->user, sink->error);
  return sink->status == SG_OK ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

/* What the writer said comes first: Cairo only knows that it failed. */
static SgStatus
status_of(const Sink *sink, cairo_status_t status)
{
  SgError *error = sink->error;
  if (sink->status != SG_OK)
    return sink->status;
  switch (status) {
  case CAIRO_STATUS_SUCCESS:
    return SG_OK;
  case CAIRO_STATUS_NO_MEMORY:
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  case CAIRO_STATUS_INVALID_STRING:
  case CAIRO_STATUS_INVALID_SIZE:
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, cairo_status_to_string(status));
  default:
    return sg_error_set(error, SG_WRITE_FAILED, NULL, cairo_status_to_string(status));
  }
}

static cairo_surface_t *
make_surface(const SgFigureFrame *frame, SgFigureFormat format, Sink *sink)
{
  switch (format) {
  case SG_FIGURE_SVG: {
    cairo_surface_t *surface =
        cairo_svg_surface_create_for_stream(take_bytes, sink, frame->width, frame->height);
    cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
    return surface;
  }
  case SG_FIGURE_PDF: {
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(
        take_bytes, sink, frame->width * POINTS_PER_PIXEL, frame->height * POINTS_PER_PIXEL);
    if (frame->title != NULL)
      cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, frame->title);
    return surface;
  }
  default:
    return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(frame->width * PNG_SCALE),
                                      (int)(frame->height * PNG_SCALE));
  }
}

static SgStatus
draw_on(cairo_surface_t *surface, SgFigureDraw draw, const void *plot, SgFigureFormat format,
        const Sink *sink)
{
  cairo_t *cr = cairo_create(surface);
  double scale = format == SG_FIGURE_PNG ? PNG_SCALE : format == SG_FIGURE_PDF ? POINTS_PER_PIXEL : 1.0;
  cairo_scale(cr, scale, scale);
  SgStatus status = draw(plot, cr, sink->error);
  if (status == SG_OK)
    status = status_of(sink, cairo_status(cr));
  cairo_destroy(cr);
  return status;
}

static bool
is_drawable(double size)
{
  return size >= SG_FIGURE_LEAST_SIZE && size <= SG_FIGURE_LARGEST_SIZE;
}

SgStatus
sg_figure_render(const SgFigureFrame *frame, SgFigureDraw draw, const void *plot, SgFigureFormat format,
                 SgFigureWrite write, void *user, SgError *error)
{
  if (!is_drawable(frame->width) || !is_drawable(frame->height))
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "figure size");
  Sink sink = { .write = write, .user = user, .error = error };
  cairo_surface_t *surface = make_surface(frame, format, &sink);
  SgStatus status = draw_on(surface, draw, plot, format, &sink);
  if (status == SG_OK && format == SG_FIGURE_PNG)
    status = status_of(&sink, cairo_surface_write_to_png_stream(surface, take_bytes, &sink));
  cairo_surface_finish(surface);
  if (status == SG_OK)
    status = status_of(&sink, cairo_surface_status(surface));
  cairo_surface_destroy(surface);
  return status;
}
