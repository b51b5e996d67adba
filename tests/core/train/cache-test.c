#include "core/train/cache.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/dsp/resample.h"
#include "tests/core/train/songs.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgDataset, sg_dataset_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgCache, sg_cache_free)

/* More than two blocks of the cache. */
enum { RATE = 8000, N = 70000 };

/* Two songs in train (one without drums), one in test; all stereo. */
typedef struct {
  TestFolder *songs, *cached;
  SgDataset *dataset;
} World;

static SgDataset *
open_songs(const char *folder, gboolean skip_bad)
{
  SgDataset *dataset;
  SgDatasetOptions options = { .skip_bad = skip_bad };
  test_assert_ok(sg_dataset_open(folder, &options, NULL, NULL, &dataset, NULL));
  return dataset;
}

static World
world_new(void)
{
  World world = { .songs = test_folder_new(), .cached = test_folder_new() };
  songs_write(world.songs, "train/a/drums.wav", "wav16", RATE, 2, N, 1);
  songs_write(world.songs, "train/a/vocals.wav", "wav32f", RATE, 2, N - 5, 2);
  songs_write(world.songs, "train/b/vocals.wav", "wav32f", RATE, 1, 2000, 3);
  songs_write(world.songs, "test/c/vocals.wav", "wav32f", RATE, 2, 2000, 4);
  world.dataset = open_songs(world.songs, FALSE);
  return world;
}

static void
world_clear(World *world)
{
  sg_dataset_free(world->dataset);
  test_folder_remove(world->songs);
  test_folder_remove(world->cached);
}

static SgCacheSettings
settings_of(const World *world)
{
  return (SgCacheSettings){ .folder = world->cached, .rate_hz = RATE, .n_channels = 2, .n_threads = 2 };
}

static SgCache *
open_cache(const World *world, SgCacheSettings settings)
{
  SgCache *cache;
  SgError error = { 0 };
  SgStatus status = sg_cache_open(world->dataset, &settings, NULL, NULL, &cache, &error);
  if (status != SG_OK)
    g_error("%s: %s %s", sg_status_id(status), error.path, error.detail);
  return cache;
}

static gsize
index_of(const SgCache *cache, const char *name)
{
  for (gsize i = 0; i < sg_cache_n_tracks(cache); i++)
    if (g_str_equal(sg_cache_track(cache, i)->name, name))
      return i;
  g_error("no track %s", name);
}

/* What drums or vocals of a song should be, interleaved; zero beyond its end. */
static void
assert_samples(const SgCache *cache, const char *name, gsize source, gint64 start, gint64 n,
               const float *wanted, gint64 n_wanted, guint wanted_channels, float tolerance)
{
  g_autofree float *left = g_new(float, (gsize)n), *right = g_new(float, (gsize)n);
  float *channels[2] = { left, right };
  test_assert_ok(sg_cache_read(cache, index_of(cache, name), source, start, n, channels, NULL));
  for (gint64 i = 0; i < n; i++)
    for (guint c = 0; c < 2; c++) {
      gint64 at = start + i;
      gboolean inside = at >= 0 && at < n_wanted;
      float expected = inside ? wanted[at * wanted_channels + (wanted_channels == 2 ? c : 0)] : 0.0f;
      if (!(fabsf(channels[c][i] - expected) <= tolerance))
        g_error("%s: sample %d of channel %u is %g, not %g", name, (int)at, c, channels[c][i], expected);
    }
}

static void
assert_report(const SgCache *cache, gsize n_found, gsize n_built, gsize n_replaced)
{
  const SgCacheReport *report = sg_cache_report(cache);
  g_assert_cmpuint(report->n_found, ==, n_found);
  g_assert_cmpuint(report->n_built, ==, n_built);
  g_assert_cmpuint(report->n_replaced, ==, n_replaced);
}

static void
test_same_samples(void)
{
  World world = world_new();
  g_autoptr(SgCache) cache = open_cache(&world, settings_of(&world));
  g_autofree float *a = songs_samples_new(2, N - 5, 2), *b = songs_samples_new(1, 2000, 3);
  g_autofree float *drums = songs_samples_new(2, N, 1);
  assert_report(cache, 0, 2, 0);
  g_assert_cmpuint(sg_cache_n_tracks(cache), ==, 2);
  g_assert_cmpstr(sg_cache_source(cache, 0), ==, "drums");
  g_assert_cmpint(sg_cache_track(cache, index_of(cache, "a"))->n_samples, ==, N);
  g_assert_true(sg_cache_has(cache, index_of(cache, "a"), 0));
  g_assert_false(sg_cache_has(cache, index_of(cache, "b"), 0));
  assert_samples(cache, "a", 1, 0, N, a, N - 5, 2, 0.0f);
  assert_samples(cache, "a", 1, -100, 200, a, N - 5, 2, 0.0f);
  assert_samples(cache, "a", 1, N - 50, 100, a, N - 5, 2, 0.0f);
  assert_samples(cache, "a", 1, 32000, 2000, a, N - 5, 2, 0.0f);
  assert_samples(cache, "a", 1, 5 * N, 10, a, N - 5, 2, 0.0f);
  assert_samples(cache, "b", 1, 0, 2100, b, 2000, 1, 0.0f);
  assert_samples(cache, "b", 0, 0, 100, b, 0, 1, 0.0f);
  assert_samples(cache, "a", 0, 0, N, drums, N, 2, 0x1p-15f);
  double sum = 0.0;
  for (gint64 i = 0; i < 2000; i++)
    sum += (double)b[i] * b[i];
  g_assert_cmpfloat_with_epsilon(sg_cache_rms(cache, index_of(cache, "b"), 1), sqrt(sum / 2000), 1e-9);
  SgCacheSettings with_test = settings_of(&world);
  with_test.with_test = true;
  g_autoptr(SgCache) more = open_cache(&world, with_test);
  assert_report(more, 2, 1, 0);
  g_assert_cmpint(sg_cache_track(more, index_of(more, "c"))->split, ==, SG_SPLIT_TEST);
  world_clear(&world);
}

static void
test_second_run(void)
{
  World world = world_new();
  SgCacheSettings settings = settings_of(&world);
  sg_cache_free(open_cache(&world, settings));
  g_autoptr(SgCache) again = open_cache(&world, settings);
  assert_report(again, 2, 0, 0);
  g_assert_cmpuint(test_folder_count(world.cached), ==, 2);
  /* Other settings are other files; the old ones stay. */
  settings.format = SG_CACHE_16;
  g_autoptr(SgCache) integers = open_cache(&world, settings);
  assert_report(integers, 0, 2, 0);
  g_assert_cmpuint(test_folder_count(world.cached), ==, 4);
  g_assert_cmpuint(sg_cache_report(integers)->n_bytes, <, sg_cache_report(again)->n_bytes * 6 / 10);
  /* A changed song is made anew, the others are kept. */
  songs_write(world.songs, "train/b/vocals.wav", "wav32f", RATE, 1, 2001, 3);
  sg_dataset_free(world.dataset);
  world.dataset = open_songs(world.songs, FALSE);
  settings.format = SG_CACHE_FLOAT;
  g_autoptr(SgCache) changed = open_cache(&world, settings);
  assert_report(changed, 1, 1, 0);
  g_assert_cmpint(sg_cache_track(changed, index_of(changed, "b"))->n_samples, ==, 2001);
  world_clear(&world);
}

/* Long songs are cut to their beginning, short ones are as they were, and the files serve both. */
static void
test_crop(void)
{
  World world = world_new();
  SgCacheSettings settings = settings_of(&world);
  sg_cache_free(open_cache(&world, settings));
  settings.crop_s = 1.5;
  g_autoptr(SgCache) cropped = open_cache(&world, settings);
  assert_report(cropped, 2, 0, 0);
  g_assert_cmpint(sg_cache_track(cropped, index_of(cropped, "a"))->n_samples, ==, 3 * RATE / 2);
  g_assert_cmpint(sg_cache_track(cropped, index_of(cropped, "b"))->n_samples, ==, 2000);
  world_clear(&world);
}

/* What came from 16 bits is kept to the bit; more than full scale is limited and counted. */
static void
test_16_bits(void)
{
  World world = world_new();
  float loud[100] = { 0.0f };
  for (int i = 0; i < 100; i++)
    loud[i] = i < 3 ? 1.5f : -0.5f;
  g_autofree char *path = songs_path(world.songs, "train/b/vocals.wav");
  test_sound_write(path, "wav32f", RATE, 1, loud, 100);
  sg_dataset_free(world.dataset);
  world.dataset = open_songs(world.songs, FALSE);
  SgCacheSettings settings = settings_of(&world);
  g_autoptr(SgCache) exact = open_cache(&world, settings);
  settings.format = SG_CACHE_16;
  g_autoptr(SgCache) cache = open_cache(&world, settings);
  g_autofree float *left = g_new(float, N), *right = g_new(float, N), *drums = g_new(float, 2 * N);
  float *channels[2] = { left, right };
  test_assert_ok(sg_cache_read(exact, index_of(exact, "a"), 0, 0, N, channels, NULL));
  for (int i = 0; i < N; i++) {
    drums[2 * i] = left[i];
    drums[2 * i + 1] = right[i];
  }
  assert_samples(cache, "a", 0, 0, N, drums, N, 2, 0.0f);
  g_assert_cmpint(sg_cache_report(cache)->n_clipped, ==, 6);
  test_assert_ok(sg_cache_read(cache, index_of(cache, "b"), 1, 0, 5, channels, NULL));
  g_assert_cmpfloat(left[0], ==, 32767.0f / 32768.0f);
  g_assert_cmpfloat(right[4], ==, -0.5f);
  world_clear(&world);
}

/* At another rate, mono: what the resampler gives of the mean of both channels. */
static void
test_resampled_mono(void)
{
  World world = world_new();
  SgCacheSettings settings = settings_of(&world);
  settings.rate_hz = 11025;
  settings.n_channels = 1;
  g_autoptr(SgCache) cache = open_cache(&world, settings);
  gint64 n = sg_resampled_length(N - 5, RATE, 11025);
  g_assert_cmpint(sg_cache_track(cache, index_of(cache, "a"))->n_samples, ==,
                  sg_resampled_length(N, RATE, 11025));
  g_autofree float *stereo = songs_samples_new(2, N - 5, 2), *mono = g_new(float, N);
  g_autofree float *wanted = g_new(float, (gsize)n + 10), *got = g_new(float, (gsize)n);
  for (int i = 0; i < N - 5; i++)
    mono[i] = 0.5f * (stereo[2 * i] + stereo[2 * i + 1]);
  SgResampler *resampler;
  gsize taken, made, more = 1;
  test_assert_ok(sg_resampler_new(RATE, 11025, 1, &resampler, NULL));
  test_assert_ok(sg_resampler_process(resampler, mono, N - 5, &taken, wanted, (gsize)n, &made, NULL));
  g_assert_cmpuint(taken, ==, N - 5);
  for (; more > 0; made += more)
    test_assert_ok(sg_resampler_drain(resampler, wanted + made, (gsize)n + 10 - made, &more, NULL));
  g_assert_cmpuint(made, ==, n);
  sg_resampler_free(resampler);
  test_assert_ok(sg_cache_read(cache, index_of(cache, "a"), 1, 0, n, &got, NULL));
  for (gint64 i = 0; i < n; i++)
    g_assert_cmpfloat(got[i], ==, wanted[i]);
  world_clear(&world);
}

/* The path of the biggest file in the cache. */
static char *
dup_biggest(const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  const char *name;
  char *biggest = NULL;
  goffset most = -1;
  while ((name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    GStatBuf info;
    g_stat(path, &info);
    if (info.st_size > most) {
      most = info.st_size;
      g_free(biggest);
      biggest = g_steal_pointer(&path);
    }
  }
  return biggest;
}

static void
change_byte(const char *path, goffset at)
{
  g_autoptr(GBytes) bytes = test_file_read(path);
  gsize n;
  g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(bytes, &n), g_bytes_get_size(bytes));
  copy[at < 0 ? (goffset)n + at : at] ^= 0x10;
  test_file_write(path, copy, n);
}

/* Damage anywhere in header or tail, a cut, another file under its name: found when it is opened, and made
 * again. */
static void
test_damaged(void)
{
  World world = world_new();
  SgCacheSettings settings = settings_of(&world);
  g_autofree float *wanted = songs_samples_new(2, N - 5, 2);
  sg_cache_free(open_cache(&world, settings));
  g_autofree char *path = dup_biggest(world.cached);
  g_autoptr(GBytes) good = test_file_read(path);
  gint64 n_bytes = (gint64)g_bytes_get_size(good);
  for (int damage = 0; damage < 40; damage++) {
    if (damage < 12)
      change_byte(path, damage * 7 + 1); /* the header has 88 bytes */
    else if (damage < 28)
      change_byte(path, -1 - 17 * (damage - 12));
    else if (damage < 36)
      test_file_cut(path, n_bytes * (damage - 28) / 8);
    else if (damage < 38)
      test_file_write(path, "something else", 14);
    else
      test_file_cut(path, n_bytes - 1);
    g_autoptr(SgCache) cache = open_cache(&world, settings);
    assert_report(cache, 1, 1, 1);
    g_autoptr(GBytes) again = test_file_read(path);
    g_assert_true(g_bytes_equal(again, good));
  }
  g_autoptr(SgCache) cache = open_cache(&world, settings);
  assert_report(cache, 2, 0, 0);
  assert_samples(cache, "a", 1, 0, N, wanted, N - 5, 2, 0.0f);
  world_clear(&world);
}

/* A file that is good in itself, under another's name, is not believed. */
static void
test_foreign(void)
{
  World world = world_new();
  SgCacheSettings settings = settings_of(&world);
  sg_cache_free(open_cache(&world, settings));
  g_autofree char *path = dup_biggest(world.cached);
  g_autoptr(GBytes) bytes = test_file_read(path);
  g_autoptr(GDir) dir = g_dir_open(world.cached, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *each = g_build_filename(world.cached, name, NULL);
    test_file_write(each, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  }
  g_autoptr(SgCache) cache = open_cache(&world, settings);
  assert_report(cache, 1, 1, 1);
  g_assert_cmpint(sg_cache_track(cache, index_of(cache, "b"))->n_samples, ==, 2000);
  world_clear(&world);
}

/* Samples that changed on disk are noticed when they are read, not before; the next run makes them again. */
static void
test_damaged_samples(void)
{
  World world = world_new();
  SgCacheSettings settings = settings_of(&world);
  g_autofree float *wanted = songs_samples_new(2, N - 5, 2);
  for (int verify = 0; verify < 2; verify++) {
    sg_cache_free(open_cache(&world, settings));
    g_autofree char *path = dup_biggest(world.cached);
    change_byte(path, 4096 + 8 * (N + 40000));
    settings.verify = verify == 1;
    g_autoptr(SgCache) cache = open_cache(&world, settings);
    if (verify == 1) {
      assert_report(cache, 1, 1, 1);
    } else {
      g_autofree float *left = g_new(float, N), *right = g_new(float, N);
      float *channels[2] = { left, right };
      SgError error;
      assert_report(cache, 2, 0, 0);
      gsize a = index_of(cache, "a");
      test_assert_ok(sg_cache_read(cache, a, 1, 0, 32768, channels, &error));
      test_assert_status(sg_cache_read(cache, a, 1, 35000, 10, channels, &error), SG_READ_FAILED);
      g_assert_cmpstr(error.detail, ==, "checksum");
      g_assert_cmpstr(error.path, ==, path);
      g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    }
  }
  g_autoptr(SgCache) cache = open_cache(&world, settings);
  assert_samples(cache, "a", 1, 0, N, wanted, N - 5, 2, 0.0f);
  world_clear(&world);
}

typedef struct {
  int n_calls, stop_at;
  TestTime stopped;
} Stop;

static bool
stop_there(double fraction, const char *stage, void *user)
{
  Stop *stop = user;
  if (++stop->n_calls < stop->stop_at)
    return true;
  stop->stopped = test_time();
  return false;
}

/* Cancelled, it ends soon and leaves only whole tracks, with which the next run goes on. */
static void
test_cancelled_and_resumed(void)
{
  g_autoptr(TestFolder) songs = test_folder_new(), cached = test_folder_new();
  enum { N_SONGS = 60, LONG = 200000 };
  songs_write(songs, "song 00/x.ogg", "ogg", 44100, 2, LONG, 0);
  g_autofree char *first = songs_path(songs, "song 00/x.ogg");
  g_autoptr(GBytes) bytes = test_file_read(first);
  for (int i = 1; i < N_SONGS; i++) {
    g_autofree char *name = g_strdup_printf("song %02d/x.ogg", i);
    g_autofree char *path = songs_path(songs, name);
    test_file_write(path, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  }
  g_autoptr(SgDataset) dataset = open_songs(songs, FALSE);
  SgCacheSettings settings = { .folder = cached, .rate_hz = 22050, .n_channels = 1, .n_threads = 2 };
  SgCache *cache;
  Stop stop = { .stop_at = 4 };
  test_assert_status(sg_cache_open(dataset, &settings, stop_there, &stop, &cache, NULL), SG_CANCELLED);
  test_assert_soon(test_time_since(stop.stopped), 0.2);
  guint n_there = test_folder_count(cached);
  g_test_message("cancelled with %u of %d tracks", n_there, N_SONGS);
  g_assert_cmpuint(n_there, <, N_SONGS);
  test_assert_ok(sg_cache_open(dataset, &settings, NULL, NULL, &cache, NULL));
  assert_report(cache, n_there, N_SONGS - n_there, 0);
  g_assert_cmpuint(test_folder_count(cached), ==, N_SONGS);
  sg_cache_free(cache);
}

/* Cancelled in the middle of a long song, it does not go on to its end. */
static void
test_cancelled_within_a_song(void)
{
  g_autoptr(TestFolder) songs = test_folder_new(), cached = test_folder_new();
  g_autofree char *path = songs_path(songs, "song/x.wav");
  test_long_song_write(path, 44100, 1, 8);
  g_autoptr(SgDataset) dataset = open_songs(songs, FALSE);
  SgCacheSettings settings = { .folder = cached, .rate_hz = 22050, .n_channels = 2, .n_threads = 1 };
  SgCache *cache;
  Stop stop = { .stop_at = 2 };
  test_assert_status(sg_cache_open(dataset, &settings, stop_there, &stop, &cache, NULL), SG_CANCELLED);
  test_assert_soon(test_time_since(stop.stopped), 0.2);
  g_assert_cmpuint(test_folder_count(cached), ==, 0);
}

/* A song that goes bad after the dataset was looked at. */
static void
test_bad_song(void)
{
  World world = world_new();
  SgCacheSettings settings = settings_of(&world);
  SgCache *cache;
  SgError error;
  g_autofree char *path = songs_path(world.songs, "train/b/vocals.wav");
  g_autoptr(SgDataset) skipping = open_songs(world.songs, TRUE);
  test_file_cut(path, 4000);
  test_assert_status(sg_cache_open(world.dataset, &settings, NULL, NULL, &cache, &error), SG_TRUNCATED);
  g_assert_cmpstr(error.path, ==, path);
  g_assert_null(cache);
  test_assert_ok(sg_cache_open(skipping, &settings, NULL, NULL, &cache, NULL));
  g_assert_cmpuint(sg_cache_report(cache)->n_skipped, ==, 1);
  g_assert_cmpuint(sg_cache_n_tracks(cache), ==, 1);
  g_assert_cmpstr(sg_cache_track(cache, 0)->name, ==, "a");
  sg_cache_free(cache);
  world_clear(&world);
}

static void
test_refusals(void)
{
  World world = world_new();
  SgCacheSettings settings = settings_of(&world);
  SgCache *cache;
  SgError error;
  /* In memory. */
  settings.folder = "/dev/shm/stemglass-test";
  test_assert_status(sg_cache_open(world.dataset, &settings, NULL, NULL, &cache, &error), SG_BAD_ARGUMENT);
  g_assert_cmpstr(error.detail, ==, "tmpfs");
  g_rmdir(settings.folder);
  settings.folder = "/proc/x";
  test_assert_status(sg_cache_open(world.dataset, &settings, NULL, NULL, &cache, &error), SG_NOT_FOUND);
  settings = settings_of(&world);
  settings.n_channels = 3;
  test_assert_status(sg_cache_open(world.dataset, &settings, NULL, NULL, &cache, &error), SG_BAD_ARGUMENT);
  /* A rate that makes petabytes of it: refused with both numbers before anything is written. */
  settings = settings_of(&world);
  settings.rate_hz = 4000000000;
  test_assert_status(sg_cache_open(world.dataset, &settings, NULL, NULL, &cache, &error), SG_NO_SPACE);
  g_assert_cmpint(error.expected, >, error.actual);
  g_assert_cmpint(error.actual, >, 0);
  g_assert_cmpuint(test_folder_count(world.cached), ==, 0);
  /* Faults of the dataset. */
  songs_write(world.songs, "train/a/drums.wav", "wav16", 11025, 2, N, 1);
  g_autoptr(SgDataset) faulty = open_songs(world.songs, FALSE);
  test_assert_status(sg_cache_open(faulty, &settings, NULL, NULL, &cache, &error), SG_BAD_DATASET);
  sg_cache_free(NULL);
  world_clear(&world);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/train/cache/same-samples", test_same_samples);
  g_test_add_func("/train/cache/second-run", test_second_run);
  g_test_add_func("/train/cache/crop", test_crop);
  g_test_add_func("/train/cache/16-bits", test_16_bits);
  g_test_add_func("/train/cache/resampled-mono", test_resampled_mono);
  g_test_add_func("/train/cache/damaged", test_damaged);
  g_test_add_func("/train/cache/foreign", test_foreign);
  g_test_add_func("/train/cache/damaged-samples", test_damaged_samples);
  g_test_add_func("/train/cache/cancelled-and-resumed", test_cancelled_and_resumed);
  g_test_add_func("/train/cache/cancelled-within-a-song", test_cancelled_within_a_song);
  g_test_add_func("/train/cache/bad-song", test_bad_song);
  g_test_add_func("/train/cache/refusals", test_refusals);
  return g_test_run();
}
