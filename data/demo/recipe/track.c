#include "track.h"

#include <math.h>
#include <stdlib.h>

DemoTrack *
demo_track_new(size_t n_frames)
{
  DemoTrack *track = calloc(1, sizeof *track);
  if (track == NULL)
    return NULL;
  track->n_frames = n_frames;
  track->left = calloc(n_frames, sizeof *track->left);
  track->right = calloc(n_frames, sizeof *track->right);
  if (track->left == NULL || track->right == NULL) {
    demo_track_free(track);
    return NULL;
  }
  return track;
}

void
demo_track_free(DemoTrack *track)
{
  if (track == NULL)
    return;
  free(track->left);
  free(track->right);
  free(track);
}

void
demo_track_add(DemoTrack *to, const DemoTrack *from, double gain_db)
{
  float gain = (float)demo_db_to_gain(gain_db);
  for (size_t i = 0; i < to->n_frames; i++) {
    to->left[i] += gain * from->left[i];
    to->right[i] += gain * from->right[i];
  }
}

void
demo_track_set_width(DemoTrack *track, double width)
{
  for (size_t i = 0; i < track->n_frames; i++) {
    float mid = 0.5f * (track->left[i] + track->right[i]);
    float side = 0.5f * (float)width * (track->left[i] - track->right[i]);
    track->left[i] = mid + side;
    track->right[i] = mid - side;
  }
}

void
demo_track_pan(DemoTrack *track, double pan)
{
  double angle = 0.25 * M_PI * (1.0 + pan);
  float left = (float)(M_SQRT2 * cos(angle));
  float right = (float)(M_SQRT2 * sin(angle));
  for (size_t i = 0; i < track->n_frames; i++) {
    track->left[i] *= left;
    track->right[i] *= right;
  }
}

double
demo_db_to_gain(double db)
{
  return pow(10.0, db / 20.0);
}
