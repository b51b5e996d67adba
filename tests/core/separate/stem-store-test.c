#include "core/separate/stem-store.h"

#include <string.h>

#include "tests/support.h"

enum { CHUNK_FRAMES = 3, N_FRAMES = 11, N_SOURCES = 2, N_CHANNELS = 3, N_CHUNKS = 4 };

static const SgMaskShape shape = { .n_frames = N_FRAMES,
                                   .n_sources = N_SOURCES,
                                   .n_channels = N_CHANNELS,
                                   .n_bins = 33,
                                   .chunk_frames = CHUNK_FRAMES };
static const SgStftSize size = { .window = 64, .hop = 16, .n_bins = 33 };

/* What the piece holds: a whole number that tells its place, so that sums are exact. */
static float
sample_of(gint64 chunk, guint row, gint64 i)
{
  return (float)(chunk * 10000 + row * 1000 + i);
}

static void
write_chunk(SgStemStore *store, gint64 chunk)
{
  gint64 start, n = sg_stem_store_piece(store, chunk, &start);
  g_assert_cmpint(start, ==, chunk * CHUNK_FRAMES * 16 - 32);
  g_assert_cmpint(n, ==, chunk < N_CHUNKS - 1 ? 2 * 16 + 64 : 16 + 64);
  g_autofree float *samples = g_new(float, (gsize)n *N_SOURCES *N_CHANNELS);
  for (guint row = 0; row < N_SOURCES * N_CHANNELS; row++)
    for (gint64 i = 0; i < n; i++)
      samples[row * n + i] = sample_of(chunk, row, i);
  test_assert_ok(sg_stem_store_write_chunk(store, chunk, samples, NULL));
}

/* Chunks written in any order are read as their sum, whatever range is asked for. */
static void
test_sums(void)
{
  SgRandom random = test_random();
  SgStemStore *store;
  test_assert_ok(sg_stem_store_new(shape, size, NULL, &store, NULL));
  const gint64 order[N_CHUNKS] = { 2, 0, 3, 1 };
  for (int i = 0; i < N_CHUNKS; i++)
    write_chunk(store, order[i]);
  for (int round = 0; round < 200; round++) {
    gint64 start = (gint64)sg_random_below(&random, 260) - 50, n = 1 + (gint64)sg_random_below(&random, 90);
    guint row = (guint)sg_random_below(&random, N_SOURCES * N_CHANNELS);
    float got[90], wanted[90], room[90];
    for (gint64 i = 0; i < n; i++)
      got[i] = wanted[i] = 0.5f;
    for (gint64 chunk = 0; chunk < N_CHUNKS; chunk++) {
      test_assert_ok(sg_stem_store_add_chunk(store, chunk, row / N_CHANNELS, row % N_CHANNELS, start, n, room,
                                             got, NULL));
      gint64 piece_start, n_piece = sg_stem_store_piece(store, chunk, &piece_start);
      for (gint64 i = 0; i < n; i++)
        if (start + i >= piece_start && start + i < piece_start + n_piece)
          wanted[i] += sample_of(chunk, row, start + i - piece_start);
    }
    g_assert_cmpmem(got, (gsize)n * sizeof *got, wanted, (gsize)n * sizeof *wanted);
  }
  sg_stem_store_free(store);
}

static void
test_space(void)
{
  g_assert_cmpuint(sg_stem_store_bytes(shape, size), ==,
                   (3 * 96 + 80) * N_SOURCES * N_CHANNELS * sizeof(float));
  SgMaskShape hour = { .n_sources = 4, .n_channels = 2, .n_bins = 2049, .chunk_frames = 300 };
  SgStftSize real = sg_stft_size_for_rate(44100);
  hour.n_frames = sg_stft_n_frames(real, 3600 * 44100);
  g_assert_cmpfloat((double)sg_stem_store_bytes(hour, real), <, 5.14e9);
  g_assert_cmpfloat((double)sg_stem_store_bytes(hour, real), >, 3600.0 * 44100 * 4 * 2 * sizeof(float));
  SgStemStore *store;
  hour.n_frames *= 1000 * 1000;
  SgError error;
  test_assert_status(sg_stem_store_new(hour, real, NULL, &store, &error), SG_NO_SPACE);
  g_assert_null(store);
  g_assert_cmpint(error.expected, >, 5000000000000000);
  g_assert_cmpint(error.actual, >, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/stem-store/sums", test_sums);
  g_test_add_func("/stem-store/space", test_space);
  return g_test_run();
}
