#include "core/plot/spectrogram-painter.h"

#include <math.h>

#include "core/base/memory.h"

/* One pixel row: the loudest of bins first … last where there are any, else the point between two bins. */
typedef struct {
  uint32_t first, last; /* last < first: interpolate between `last` and `first` */
  float share;          /* how far from `last` to `first` */
} Row;

struct SgSpectrogramPainter {
  uint32_t n_bins;
  uint32_t height;
  Row *rows;
};

static Row
row_of_stretch(const SgFrequencyAxis *axis, uint32_t n_bins, double bin_hz, double y)
{
  double top = sg_frequency_axis_hz(axis, y) / bin_hz;
  double middle = sg_frequency_axis_hz(axis, y + 0.5) / bin_hz;
  double bottom = sg_frequency_axis_hz(axis, y + 1.0) / bin_hz;
  double limit = (double)n_bins - 1.0;
  double first = fmin(ceil(bottom), limit), last = fmin(ceil(top) - 1.0, limit);
  if (last >= first)
    return (Row){ .first = (uint32_t)first, .last = (uint32_t)last };
  double below = fmin(floor(middle), limit);
  double above = fmin(below + 1.0, limit);
  return (Row){ .first = (uint32_t)above, .last = (uint32_t)below, .share = (float)(middle - below) };
}

SgSpectrogramPainter *
sg_spectrogram_painter_new(const SgFrequencyAxis *axis, uint32_t n_bins, double bin_hz)
{
  SgSpectrogramPainter *painter = SG_NEW(SgSpectrogramPainter, 1);
  if (painter == NULL)
    return NULL;
  painter->n_bins = n_bins;
  painter->height = (uint32_t)axis->height;
  painter->rows = SG_NEW(Row, painter->height);
  if (painter->rows == NULL) {
    sg_spectrogram_painter_free(painter);
    return NULL;
  }
  for (uint32_t y = 0; y < painter->height; y++)
    painter->rows[y] = row_of_stretch(axis, n_bins, bin_hz, y);
  return painter;
}

void
sg_spectrogram_painter_free(SgSpectrogramPainter *painter)
{
  if (painter == NULL)
    return;
  sg_free(painter->rows);
  sg_free(painter);
}

/* The point on the axis that a pixel shows: between bins `bin` and `next`, `share` of the way. */
typedef struct {
  uint32_t bin, next;
  float share;
} Place;

static Place
place_of_row(const Row *row, const float *levels_db)
{
  if (row->last < row->first)
    return (Place){ .bin = row->last, .next = row->first, .share = row->share };
  uint32_t loudest = row->first;
  for (uint32_t k = row->first + 1; k <= row->last; k++)
    loudest = levels_db[k] > levels_db[loudest] ? k : loudest;
  return (Place){ .bin = loudest, .next = loudest };
}

static float
value_at(Place place, const float *values)
{
  return values[place.bin] + place.share * (values[place.next] - values[place.bin]);
}

static uint8_t
code_of(float code)
{
  return code <= 0.0f ? 0 : code >= 255.0f ? 255 : (uint8_t)(code + 0.5f);
}

static void
put(const SgSpectrogramImage *image, uint32_t column, uint32_t y, uint32_t colour, uint8_t code)
{
  size_t at = (size_t)y * image->width + column;
  image->pixels[at] = colour;
  if (image->codes != NULL)
    image->codes[at] = code;
}

void
sg_spectrogram_painter_paint(const SgSpectrogramPainter *painter, const float *levels_db, uint32_t n_columns,
                             float floor_db, float ceiling_db, const uint32_t *colours,
                             const SgSpectrogramImage *image, uint32_t first)
{
  float scale = 255.0f / (ceiling_db - floor_db);
  for (uint32_t i = 0; i < n_columns; i++) {
    const float *column = levels_db + (size_t)i * painter->n_bins;
    for (uint32_t y = 0; y < painter->height; y++) {
      float level = value_at(place_of_row(&painter->rows[y], column), column);
      uint8_t code = code_of((level - floor_db) * scale);
      put(image, first + i, y, colours[code], code);
    }
  }
}

void
sg_spectrogram_painter_paint_mask(const SgSpectrogramPainter *painter, const float *levels_db,
                                  const float *shares, const uint32_t *colours,
                                  const SgSpectrogramImage *image, uint32_t column)
{
  for (uint32_t y = 0; y < painter->height; y++) {
    uint8_t code = code_of(255.0f * value_at(place_of_row(&painter->rows[y], levels_db), shares));
    put(image, column, y, colours[code], code);
  }
}

void
sg_spectrogram_painter_paint_sources(const SgSpectrogramPainter *painter, const float *levels_db,
                                     const float *shares, uint32_t n_sources, const uint32_t *source_colours,
                                     float floor_db, float ceiling_db, const SgSpectrogramImage *image,
                                     uint32_t column)
{
  float scale = 255.0f / (ceiling_db - floor_db);
  for (uint32_t y = 0; y < painter->height; y++) {
    Place place = place_of_row(&painter->rows[y], levels_db);
    uint8_t code = code_of((value_at(place, levels_db) - floor_db) * scale);
    /* Lifted, as a plain proportion leaves music in the dark. */
    float share = (float)code / 255.0f, brightness = share * (1.7f - 0.7f * share);
    float red = 0.0f, green = 0.0f, blue = 0.0f;
    for (uint32_t j = 0; j < n_sources; j++) {
      float weight = value_at(place, shares + (size_t)j * painter->n_bins) * brightness;
      red += weight * (float)(source_colours[j] >> 16 & 0xff);
      green += weight * (float)(source_colours[j] >> 8 & 0xff);
      blue += weight * (float)(source_colours[j] & 0xff);
    }
    uint32_t colour = (uint32_t)code_of(red) << 16 | (uint32_t)code_of(green) << 8 | code_of(blue);
    put(image, column, y, 0xff000000u | colour, code);
  }
}

void
sg_power_to_db(float *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    values[i] = 10.0f * log10f(values[i] + 1e-20f);
}
