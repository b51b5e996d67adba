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

static float
level_of_row(const Row *row, const float *levels_db)
{
  if (row->last < row->first)
    return levels_db[row->last] + row->share * (levels_db[row->first] - levels_db[row->last]);
  float loudest = levels_db[row->first];
  for (uint32_t k = row->first + 1; k <= row->last; k++)
    loudest = levels_db[k] > loudest ? levels_db[k] : loudest;
  return loudest;
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
      float code = (level_of_row(&painter->rows[y], column) - floor_db) * scale;
      uint8_t rounded = code <= 0.0f ? 0 : code >= 255.0f ? 255 : (uint8_t)(code + 0.5f);
      size_t at = (size_t)y * image->width + first + i;
      image->pixels[at] = colours[rounded];
      if (image->codes != NULL)
        image->codes[at] = rounded;
    }
  }
}

void
sg_power_to_db(float *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    values[i] = 10.0f * log10f(values[i] + 1e-20f);
}
