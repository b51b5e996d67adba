#include "tests/core/train/coded.h"

#include <math.h>

#include "tests/core/train/songs.h"

static void
write_stem(const char *folder, const char *name, guint song, guint stem, gint64 n)
{
  g_autofree char *path = songs_path(folder, name);
  g_autofree float *samples = g_new(float, (gsize)(2 * n));
  for (gint64 i = 0; i < n; i++) {
    samples[2 * i] = (float)((4 * song + stem) * CODED_SONG + i) * 0x1p-22f;
    samples[2 * i + 1] = -samples[2 * i];
  }
  test_sound_write(path, "wav32f", CODED_RATE, 2, samples, n);
}

Coded
coded_new(guint n_songs, const gint64 *lengths_samples, const char *const *stems, const char *splits,
          gboolean missing_is_silent)
{
  Coded coded = { .songs = test_folder_new(), .cached = test_folder_new() };
  for (guint k = 0; k < n_songs; k++)
    for (const char *stem = stems[k]; *stem != '\0'; stem++) {
      const char *split = splits[k] == 't' ? "train" : splits[k] == 'v' ? "valid" : "test";
      g_autofree char *name = g_strdup_printf("%s/%u/%c.wav", split, k, *stem);
      write_stem(coded.songs, name, k, (guint)(*stem - 'a'), lengths_samples[k]);
    }
  SgDatasetOptions options = { .missing_is_silent = missing_is_silent };
  SgCacheSettings settings = {
    .folder = coded.cached, .rate_hz = CODED_RATE, .n_channels = 2, .with_test = true, .n_threads = 1
  };
  test_assert_ok(sg_dataset_open(coded.songs, &options, NULL, NULL, &coded.dataset, NULL));
  test_assert_ok(sg_cache_open(coded.dataset, &settings, NULL, NULL, &coded.cache, NULL));
  return coded;
}

void
coded_clear(Coded *coded)
{
  sg_cache_free(coded->cache);
  sg_dataset_free(coded->dataset);
  test_folder_remove(coded->songs);
  test_folder_remove(coded->cached);
}

gboolean
coded_read(float sample, guint *out_song, guint *out_stem, gint64 *out_position)
{
  gint64 code = (gint64)llrintf(sample * 0x1p22f);
  *out_song = (guint)(code / CODED_SONG / 4);
  *out_stem = (guint)(code / CODED_SONG % 4);
  *out_position = code % CODED_SONG;
  return code != 0;
}
