#include "tests/core/train/songs.h"

#include "core/dsp/signals.h"

char *
songs_path(const char *folder, const char *name)
{
  char *path = g_build_filename(folder, name, NULL);
  g_autofree char *above = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(above, 0777), ==, 0);
  return path;
}

float *
songs_samples_new(guint n_channels, gint64 n, guint64 seed)
{
  SgRandom random = sg_random_seeded(seed * 7919 + 1);
  float *samples = g_new(float, (gsize)(n * n_channels));
  sg_signal_noise(samples, n * n_channels, 0.1f, &random);
  for (int burst = 0; burst < 5; burst++) {
    gint64 at = (gint64)sg_random_below(&random, (guint64)n);
    for (gint64 i = at; i < n && i < at + 200; i++)
      for (guint c = 0; c < n_channels; c++)
        samples[i * n_channels + c] *= 2.0f;
  }
  return samples;
}

void
songs_write(const char *folder, const char *name, const char *format, guint rate_hz, guint n_channels,
            gint64 n, guint64 seed)
{
  g_autofree char *path = songs_path(folder, name);
  g_autofree float *samples = songs_samples_new(n_channels, n, seed);
  test_sound_write(path, format, rate_hz, n_channels, samples, n);
}

void
songs_write_sum(const char *folder, const char *name, guint rate_hz, guint n_channels, gint64 n,
                guint64 first, guint n_stems, float gain)
{
  g_autofree char *path = songs_path(folder, name);
  g_autofree float *sum = g_new0(float, (gsize)(n * n_channels));
  for (guint stem = 0; stem < n_stems; stem++) {
    g_autofree float *samples = songs_samples_new(n_channels, n, first + stem);
    for (gint64 i = 0; i < n * n_channels; i++)
      sum[i] += gain * samples[i];
  }
  test_sound_write(path, "wav32f", rate_hz, n_channels, sum, n);
}
