/* stemglass-cli where its output cannot go: a sentence, the right code, and nothing left. */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/support-cli.h"
#include "tests/support.h"

enum { RATE = 8000, N = 40000, CHANNELS = 2 };

typedef struct {
  TestFolder *folder;
  char *cache, *scratch, *out, *song;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
  g_autofree float *band = test_band_new(RATE, CHANNELS, N, 1);
  fixture->folder = test_folder_new();
  fixture->cache = g_build_filename(fixture->folder, "cache", NULL);
  fixture->scratch = g_build_filename(fixture->cache, "stemglass", NULL);
  fixture->out = g_build_filename(fixture->folder, "out", NULL);
  fixture->song = g_build_filename(fixture->folder, "a.wav", NULL);
  test_sound_write(fixture->song, "wav16", RATE, CHANNELS, band, N);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  g_free(fixture->cache);
  g_free(fixture->scratch);
  g_free(fixture->out);
  g_free(fixture->song);
  test_folder_remove(fixture->folder);
}

/* Where nothing can be written: a sentence, and nothing begun. */
static void
test_bad_output(Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename(fixture->folder, "file", NULL);
  test_file_write(file, "x", 1);
  g_autofree char *below = g_build_filename(file, "below", NULL);
  const char *outs[] = { file, below, "/proc/nothing", "/dev/null" };
  for (gsize i = 0; i < G_N_ELEMENTS(outs); i++) {
    g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", fixture->song, "-o", outs[i], NULL);
    if (run.code != 1 || strstr(run.err, outs[i]) == NULL)
      g_error("-o %s: code %d, “%s”", outs[i], run.code, run.err);
  }
  g_autoptr(GBytes) kept = test_file_read(file);
  g_assert_cmpuint(g_bytes_get_size(kept), ==, 1);
}

/* A folder where a stem should be is not replaced, and the stem before it neither. */
static void
test_folder_in_the_way(Fixture *fixture, gconstpointer data)
{
  g_autofree char *drums = g_build_filename(fixture->out, "a", "drums.wav", NULL);
  g_autofree char *rest = g_build_filename(fixture->out, "a", "rest.wav", NULL);
  g_assert_cmpint(g_mkdir_with_parents(rest, 0777), ==, 0);
  test_file_write(drums, "precious", 8);
  g_auto(CliRun) run =
      test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out, "--overwrite", NULL);
  g_assert_cmpint(run.code, ==, 1);
  g_assert_nonnull(strstr(run.err, "rest.wav”: "));
  g_autoptr(GBytes) kept = test_file_read(drums);
  g_assert_cmpuint(g_bytes_get_size(kept), ==, 8);
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 3);
}

/* The disk fills up or breaks, at its every use. PCM takes 160 kB of scratch, the masks about twice that, and
 * each stem 320 kB. */
static const struct {
  const char *call;
  gint64 after; /* bytes of what is written, else calls */
  int error;
  const char *sentence, *names;
} faults[] = {
  { "posix_fallocate", 0, ENOSPC, "not enough free disk space (160.", "cache/stemglass" },
  { "posix_fallocate", 1, ENOSPC, "not enough free disk space (", "cache/stemglass" },
  { "posix_fallocate", 0, EIO, "writing failed", "cache/stemglass" },
  { "write-scratch", 0, ENOSPC, "not enough free disk space", "cache/stemglass" },
  { "write-scratch", 100001, ENOSPC, "not enough free disk space", "cache/stemglass" },
  { "write-scratch", 250000, EDQUOT, "not enough free disk space", "cache/stemglass" },
  { "write-scratch", 250000, EIO, "writing failed (Input/output error)", "cache/stemglass" },
  { "write-stem", 0, ENOSPC, "not enough free disk space", "out/a/drums." },
  { "write-stem", 30, ENOSPC, "not enough free disk space", "out/a/drums." },
  { "write-stem", 200001, ENOSPC, "not enough free disk space", "out/a/" },
  { "write-stem", 200001, EIO, "writing failed (Input/output error)", "out/a/" },
  { "fsync", 0, ENOSPC, "not enough free disk space", "out/a/" },
  { "fsync", 1, EIO, "writing failed", "out/a/" },
  { "linkat", 0, ENOSPC, "not enough free disk space", "out/a/drums." },
  { "linkat", 1, ENOSPC, "not enough free disk space", "out/a/rest." },
  { "open", 0, EMFILE, "writing failed (Too many open files)", "cache/stemglass" },
  { "open", 2, ENOSPC, "not enough free disk space", "out/a/drums." },
};

static void
assert_fault(const Fixture *fixture, gsize i, const char *format, const char *jobs)
{
  g_autofree char *fault =
      g_strdup_printf("%s:%" G_GINT64_FORMAT ":%d", faults[i].call, faults[i].after, faults[i].error);
  g_setenv("SG_TEST_FAULT", fault, TRUE);
  g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out, format,
                                    "--threads=1", jobs, NULL);
  g_unsetenv("SG_TEST_FAULT");
  if (run.code != 1 || strstr(run.err, faults[i].sentence) == NULL ||
      strstr(run.err, faults[i].names) == NULL)
    g_error("%s %s: code %d, “%s” lacks “%s” or “%s”", fault, format, run.code, run.err, faults[i].sentence,
            faults[i].names);
  g_assert_true(strchr(run.err, '\n') == run.err + strlen(run.err) - 1);
  g_assert_cmpuint(test_folder_count(fixture->scratch), ==, 0);
  guint n_left = test_folder_count(fixture->out);
  if (n_left > 0)
    g_error("%s %s: %u files or folders are left", fault, format, n_left);
}

static void
test_faulty_disk(Fixture *fixture, gconstpointer data)
{
  g_autofree char *sound = g_strdup(g_getenv("SG_TEST_CLI"));
  g_setenv("SG_TEST_CLI", g_getenv("SG_TEST_FAULTY_CLI"), TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
    assert_fault(fixture, i, "--format=wav", "--jobs=1");
    if (!g_str_equal(faults[i].call, "write-stem") || faults[i].after < 100000)
      assert_fault(fixture, i, "--format=flac", "--jobs=2");
  }
  /* Without a fault it is the usual program. */
  g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out, NULL);
  g_assert_cmpint(run.code, ==, 0);
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 3);
  g_setenv("SG_TEST_CLI", sound, TRUE);
}

/* On a file system without nameless files the stems are the same, and nothing is left beside them. */
static void
test_no_nameless_files(Fixture *fixture, gconstpointer data)
{
  g_autofree char *sound = g_strdup(g_getenv("SG_TEST_CLI"));
  g_autofree char *other = g_build_filename(fixture->folder, "other", NULL);
  g_autofree char *fault = g_strdup_printf("open:0:%d", EOPNOTSUPP);
  g_auto(CliRun) reference = test_cli_run(fixture->cache, "separate", fixture->song, "-o", other, NULL);
  g_assert_cmpint(reference.code, ==, 0);
  g_setenv("SG_TEST_CLI", g_getenv("SG_TEST_FAULTY_CLI"), TRUE);
  g_setenv("SG_TEST_FAULT", fault, TRUE);
  const char *overwrite[] = { NULL, "--overwrite" };
  for (int round = 0; round < 2; round++) {
    g_auto(CliRun) run =
        test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out, overwrite[round], NULL);
    g_assert_cmpint(run.code, ==, 0);
    g_autofree char *a = g_build_filename(fixture->out, "a", "drums.wav", NULL);
    g_autofree char *b = g_build_filename(other, "a", "drums.wav", NULL);
    g_assert_true(test_file_equal(a, b));
    g_assert_cmpuint(test_folder_count(fixture->out), ==, 3);
    g_assert_cmpuint(test_folder_count(fixture->scratch), ==, 0);
  }
  g_unsetenv("SG_TEST_FAULT");
  g_setenv("SG_TEST_CLI", sound, TRUE);
}

static void
limit_files(gpointer data)
{
  const struct rlimit limit = { (rlim_t)GPOINTER_TO_SIZE(data), (rlim_t)GPOINTER_TO_SIZE(data) };
  setrlimit(RLIMIT_FSIZE, &limit);
}

static void
limit_to_1000(gpointer data)
{
  limit_files(GSIZE_TO_POINTER(1000));
}

/* Enough for the PCM, not for the masks. */
static void
limit_to_200000(gpointer data)
{
  limit_files(GSIZE_TO_POINTER(200000));
}

static void
test_file_size_limit(Fixture *fixture, gconstpointer data)
{
  const GSpawnChildSetupFunc limits[] = { limit_to_1000, limit_to_200000 };
  for (gsize i = 0; i < G_N_ELEMENTS(limits); i++) {
    test_cli_set_child_setup(limits[i]);
    g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out, NULL);
    test_cli_set_child_setup(NULL);
    g_assert_cmpint(run.code, ==, 1);
    g_assert_nonnull(strstr(run.err, "not enough free disk space"));
    g_assert_false(g_file_test(fixture->out, G_FILE_TEST_EXISTS));
    g_assert_cmpuint(test_folder_count(fixture->scratch), ==, 0);
  }
}

static void
test_over_full_scale(Fixture *fixture, gconstpointer data)
{
  g_autofree float *band = test_band_new(RATE, 1, N, 1);
  g_autofree char *song = g_build_filename(fixture->folder, "loud.wav", NULL);
  for (int i = 0; i < N; i++)
    band[i] *= 4.0f;
  test_sound_write(song, "wav32f", RATE, 1, band, N);
  g_auto(CliRun) limited =
      test_cli_run(fixture->cache, "separate", song, "-o", fixture->out, "--bits=24", NULL);
  g_assert_cmpint(limited.code, ==, 0);
  g_assert_nonnull(strstr(limited.err, "over full scale"));
  g_auto(CliRun) kept =
      test_cli_run(fixture->cache, "separate", song, "-o", fixture->out, "--bits=32f", "--overwrite", NULL);
  g_assert_cmpint(kept.code, ==, 0);
  g_assert_cmpstr(kept.err, ==, "");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/cli-output/" name, Fixture, NULL, set_up, test, tear_down)
  ADD("bad-output", test_bad_output);
  ADD("folder-in-the-way", test_folder_in_the_way);
  ADD("faulty-disk", test_faulty_disk);
  ADD("no-nameless-files", test_no_nameless_files);
  ADD("file-size-limit", test_file_size_limit);
  ADD("over-full-scale", test_over_full_scale);
  return g_test_run();
}
