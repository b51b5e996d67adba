/* Small generated datasets for the tests of core/train. */
#pragma once

#include "tests/support.h"

/* FOLDER/NAME, with the folders above it. */
char *songs_path(const char *folder, const char *name);

/* A sound file FOLDER/NAME of seeded noise with a few bursts; `format` as in test_sound_write. */
void songs_write(const char *folder, const char *name, const char *format, guint rate_hz, guint n_channels,
                 gint64 n, guint64 seed);

/* The samples that songs_write puts there (before they are rounded to the format), interleaved. */
float *songs_samples_new(guint n_channels, gint64 n, guint64 seed);

/* FOLDER/NAME as the sum of stems of the seeds first … first+n_stems−1, each times `gain`, in 32-bit float.
 */
void songs_write_sum(const char *folder, const char *name, guint rate_hz, guint n_channels, gint64 n,
                     guint64 first, guint n_stems, float gain);
