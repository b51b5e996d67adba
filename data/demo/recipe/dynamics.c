#include "dynamics.h"

#include <math.h>
#include <stdlib.h>

#define KNEE_DB 6.0

enum { LOOK_AHEAD = 96 };

static double
reduction_db(const DemoCompressor *compressor, double level_db)
{
  double over_db = level_db - compressor->threshold_db;
  double slope = 1.0 - 1.0 / compressor->ratio;
  if (over_db <= -0.5 * KNEE_DB)
    return 0.0;
  if (over_db >= 0.5 * KNEE_DB)
    return slope * over_db;
  double in_knee_db = over_db + 0.5 * KNEE_DB;
  return slope * in_knee_db * in_knee_db / (2.0 * KNEE_DB);
}

static double
loudest(const DemoTrack *track, size_t i)
{
  return fmax(fabs((double)track->left[i]), fabs((double)track->right[i]));
}

void
demo_compressor_gains(const DemoCompressor *compressor, const DemoTrack *key, float *out_gains)
{
  double rise = 1.0 - exp(-1.0 / (compressor->attack_s * DEMO_RATE_HZ));
  double fall = 1.0 - exp(-1.0 / (compressor->release_s * DEMO_RATE_HZ));
  double now_db = 0.0;
  for (size_t i = 0; i < key->n_frames; i++) {
    double wanted_db = reduction_db(compressor, 20.0 * log10(loudest(key, i) + 1e-9));
    now_db += (wanted_db > now_db ? rise : fall) * (wanted_db - now_db);
    out_gains[i] = (float)demo_db_to_gain(compressor->makeup_db - now_db);
  }
}

/* The least gain wanted within the look-ahead, smoothed over as much again: the mean of minima that all cover
 * a peak is never above what the peak needs. */
bool
demo_limiter_gains(double ceiling_db, const DemoTrack *key, float *out_gains)
{
  size_t n = key->n_frames;
  double ceiling = demo_db_to_gain(ceiling_db);
  double *least = malloc(n * sizeof *least);
  if (least == NULL)
    return false;
  for (size_t i = 0; i < n; i++) {
    least[i] = 1.0;
    size_t from = i > LOOK_AHEAD ? i - LOOK_AHEAD : 0;
    for (size_t k = from; k < n && k <= i + LOOK_AHEAD; k++)
      least[i] = fmin(least[i], ceiling / fmax(loudest(key, k), ceiling));
  }
  for (size_t i = 0; i < n; i++) {
    double sum = 0.0, weights = 0.0;
    for (int k = -LOOK_AHEAD; k <= LOOK_AHEAD; k++) {
      double weight = 1.0 + cos(M_PI * k / (LOOK_AHEAD + 1.0));
      size_t at = k < 0 && (size_t)-k > i ? 0 : i + (size_t)k;
      sum += weight * least[at < n ? at : n - 1];
      weights += weight;
    }
    out_gains[i] = (float)(sum / weights);
  }
  free(least);
  return true;
}

void
demo_apply_gains(DemoTrack *track, const float *gains)
{
  for (size_t i = 0; i < track->n_frames; i++) {
    track->left[i] *= gains[i];
    track->right[i] *= gains[i];
  }
}

bool
demo_compress(DemoTrack *track, const DemoCompressor *compressor)
{
  float *gains = malloc(track->n_frames * sizeof *gains);
  if (gains == NULL)
    return false;
  demo_compressor_gains(compressor, track, gains);
  demo_apply_gains(track, gains);
  free(gains);
  return true;
}

void
demo_saturate(DemoTrack *track, double drive_db)
{
  double drive = demo_db_to_gain(drive_db);
  for (size_t i = 0; i < track->n_frames; i++) {
    track->left[i] = (float)(tanh(drive * track->left[i]) / drive);
    track->right[i] = (float)(tanh(drive * track->right[i]) / drive);
  }
}
