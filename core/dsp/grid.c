#include "core/dsp/grid.h"

#include <math.h>

#include "core/dsp/median.h"

void
sg_grid_magnitude(const SgComplex *spectra, size_t n, float *out)
{
  for (size_t i = 0; i < n; i++) {
    float re = crealf(spectra[i]), im = cimagf(spectra[i]);
    out[i] = sqrtf(re * re + im * im);
  }
}

/* In square tiles that stay in the cache. */
void
sg_grid_transpose(const float *in, size_t n_rows, size_t n_columns, float *out)
{
  enum { TILE = 16 };
  for (size_t r0 = 0; r0 < n_rows; r0 += TILE)
    for (size_t c0 = 0; c0 < n_columns; c0 += TILE)
      for (size_t r = r0; r < n_rows && r < r0 + TILE; r++)
        for (size_t c = c0; c < n_columns && c < c0 + TILE; c++)
          out[c * n_rows + r] = in[r * n_columns + c];
}

void
sg_grid_median_frequency(const float *in, size_t n_frames, size_t n_bins, size_t radius, float *work,
                         float *out)
{
  float *transposed = work, *medians = work + n_frames * n_bins;
  sg_grid_transpose(in, n_frames, n_bins, transposed);
  sg_running_median(transposed, n_bins, n_frames, radius, 0, n_bins, medians);
  sg_grid_transpose(medians, n_bins, n_frames, out);
}
