/* Paints columns of a spectrogram: levels of the bins → pixels of a tile.
 *
 * Each pixel row covers a stretch of the frequency axis. Where one or more bins fall into it their
 * loudest is shown, so that no line is lost between pixels; where a bin is wider than a pixel the levels are
 * interpolated between bin centres. Levels are in dB; `floor_db` and below is the map's first colour,
 * `ceiling_db` and above its last.
 *
 * Ownership: free with sg_spectrogram_painter_free (NULL ignored); immutable. Threads: any number on one
 * painter. Audio callback: no. Errors: new returns NULL when memory is out.
 */
#pragma once

#include "core/plot/axis.h"
#include "core/plot/colormap.h"

typedef struct SgSpectrogramPainter SgSpectrogramPainter;

/* Bin k lies at k · bin_hz; the axis' height is the number of pixel rows. */
SgSpectrogramPainter *sg_spectrogram_painter_new(const SgFrequencyAxis *axis, uint32_t n_bins, double bin_hz);
void sg_spectrogram_painter_free(SgSpectrogramPainter *painter);

/* A tile in memory, row 0 at the top. */
typedef struct {
  uint32_t width, height;
  uint32_t *pixels; /* [height][width], ARGB32, 0 (transparent) where nothing was painted */
  uint8_t
      *codes; /* [height][width], level as (code/255) of the way from floor to ceiling; NULL: not wanted */
} SgSpectrogramImage;

/* levels_db[n_columns][n_bins] → columns first … first+n_columns−1 of `image`. */
void sg_spectrogram_painter_paint(const SgSpectrogramPainter *painter, const float *levels_db,
                                  uint32_t n_columns, float floor_db, float ceiling_db,
                                  const uint32_t *colours, const SgSpectrogramImage *image, uint32_t first);

/* As above, one column, but what is shown is shares[n_bins] (0 … 1: the map's first and last colour) of the
 * bin that levels_db[n_bins] says is the loudest of the pixel. Codes are shares of 255. */
void sg_spectrogram_painter_paint_mask(const SgSpectrogramPainter *painter, const float *levels_db,
                                       const float *shares, const uint32_t *colours,
                                       const SgSpectrogramImage *image, uint32_t column);

/* One column in the colours of its sources: the level l (0 … 1 between floor and ceiling) is the
 * brightness, l · (1.7 − 0.7 l), from black to the colours
 * source_colours[n_sources] (0xAARRGGBB) mixed by shares[n_sources][n_bins] of the loudest bin of the pixel.
 */
void sg_spectrogram_painter_paint_sources(const SgSpectrogramPainter *painter, const float *levels_db,
                                          const float *shares, uint32_t n_sources,
                                          const uint32_t *source_colours, float floor_db, float ceiling_db,
                                          const SgSpectrogramImage *image, uint32_t column);

/* Power → dB in place, values[n]; zero becomes −200 dB. */
void sg_power_to_db(float *values, size_t n);
