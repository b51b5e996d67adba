#include "write.h"

#include <math.h>
#include <sndfile.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "score.h"

enum { N_CHANNELS = 2 };

#define FULL_SCALE 32766.0f
#define STEP 2.0f

static bool
write_file(const char *path, const char *title, const short *samples, size_t n_frames)
{
  SF_INFO info = { .samplerate = (int)DEMO_RATE_HZ, .channels = N_CHANNELS };
  info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
  SNDFILE *file = sf_open(path, SFM_WRITE, &info);
  if (file == NULL)
    return false;
  double compression = 1.0;
  sf_command(file, SFC_SET_COMPRESSION_LEVEL, &compression, sizeof compression);
  sf_set_string(file, SF_STR_TITLE, title);
  sf_set_string(file, SF_STR_ARTIST, DEMO_ARTIST);
  sf_set_string(file, SF_STR_LICENSE, DEMO_LICENSE);
  bool done = sf_writef_short(file, samples, (sf_count_t)n_frames) == (sf_count_t)n_frames;
  return sf_close(file) == 0 && done;
}

static short
round_sample(float sample)
{
  float even = STEP * rintf(FULL_SCALE / STEP * sample);
  return (short)fminf(fmaxf(even, -FULL_SCALE), FULL_SCALE);
}

static void
round_track(const DemoTrack *track, short *out)
{
  for (size_t i = 0; i < track->n_frames; i++) {
    out[N_CHANNELS * i] = round_sample(track->left[i]);
    out[N_CHANNELS * i + 1] = round_sample(track->right[i]);
  }
}

/* False if the sum leaves the range of 16 bit. */
static bool
add_samples(short *sum, const short *samples, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    int value = sum[i] + samples[i];
    if (value < INT16_MIN || value > INT16_MAX)
      return false;
    sum[i] = (short)value;
  }
  return true;
}

bool
demo_write_song(DemoTrack *const stems[DEMO_N_STEMS], const char *folder, char *path, size_t size)
{
  size_t n_frames = stems[0]->n_frames;
  short *samples = calloc(n_frames, N_CHANNELS * sizeof *samples);
  short *sum = calloc(n_frames, N_CHANNELS * sizeof *sum);
  bool done = samples != NULL && sum != NULL;
  for (int stem = 0; done && stem < DEMO_N_STEMS; stem++) {
    char title[64];
    snprintf(path, size, "%s/%s.flac", folder, demo_stem_names[stem]);
    snprintf(title, sizeof title, "%s (%s)", DEMO_TITLE, demo_stem_names[stem]);
    round_track(stems[stem], samples);
    done = write_file(path, title, samples, n_frames) && add_samples(sum, samples, N_CHANNELS * n_frames);
  }
  if (done) {
    snprintf(path, size, "%s/mixture.flac", folder);
    done = write_file(path, DEMO_TITLE, sum, n_frames);
  }
  free(samples);
  free(sum);
  return done;
}
