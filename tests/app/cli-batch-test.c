/* stemglass-cli and many songs: folders, several at once, parts of a catalogue, parts of a song, what is
 * there already. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/io/decoder.h"
#include "tests/support-cli.h"
#include "tests/support.h"

enum { RATE = 8000, N = 3 * RATE + 11 };

typedef struct {
  TestFolder *folder;
  char *cache, *in, *out;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
  fixture->folder = test_folder_new();
  fixture->cache = g_build_filename(fixture->folder, "cache", NULL);
  fixture->in = g_build_filename(fixture->folder, "in", NULL);
  fixture->out = g_build_filename(fixture->folder, "out", NULL);
  g_assert_cmpint(g_mkdir(fixture->in, 0777), ==, 0);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  g_free(fixture->cache);
  g_free(fixture->in);
  g_free(fixture->out);
  test_folder_remove(fixture->folder);
}

/* A song of its own below `in`; `name` may have folders. */
static char *
write_song(const Fixture *fixture, const char *name, const char *format)
{
  static guint64 seed;
  char *path = g_build_filename(fixture->in, name, NULL);
  g_autofree char *folder = g_path_get_dirname(path);
  g_autofree float *band = test_band_new(RATE, 1, N, ++seed);
  g_assert_cmpint(g_mkdir_with_parents(folder, 0777), ==, 0);
  test_sound_write(path, format, RATE, 1, band, N);
  return path;
}

static void
write_songs(const Fixture *fixture, const char *const *names)
{
  for (; *names != NULL; names++)
    g_free(write_song(fixture, *names, "wav16"));
}

static gboolean
has_stem(const char *out, const char *name)
{
  g_autofree char *path = g_build_filename(out, name, NULL);
  return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static float *
read_stem(const char *out, const char *name, gint64 *out_n)
{
  g_autofree char *path = g_build_filename(out, name, NULL);
  g_autoptr(SgPcm) pcm = NULL;
  test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, NULL, NULL));
  *out_n = sg_pcm_n_samples(pcm);
  return test_pcm_dup(pcm);
}

/* A folder stands for the files in it; what is no sound is named and costs only the exit code. */
static void
test_folder(Fixture *fixture, gconstpointer data)
{
  const char *songs[] = { "b.wav", "a.wav", "below/c.wav", ".hidden.wav", NULL };
  write_songs(fixture, songs);
  g_auto(CliRun) clean = test_cli_run(fixture->cache, "separate", fixture->in, "-o", fixture->out, NULL);
  g_assert_cmpstr(clean.err, ==, "");
  g_assert_cmpint(clean.code, ==, 0);
  g_assert_true(has_stem(fixture->out, "a/drums.wav") && has_stem(fixture->out, "b/rest.wav"));
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 6);

  g_autofree char *text = g_build_filename(fixture->in, "a.txt", NULL);
  g_autofree char *other = g_build_filename(fixture->folder, "other", NULL);
  test_file_write(text, "the words of the song\n", 22);
  g_auto(CliRun) mixed = test_cli_run(fixture->cache, "separate", fixture->in, "-o", other, NULL);
  g_assert_cmpint(mixed.code, ==, 1);
  g_assert_nonnull(strstr(mixed.err, "a.txt”: this is not a sound file"));
  g_assert_nonnull(strstr(mixed.err, "1 of 3 failed"));
  g_assert_cmpuint(test_folder_count(other), ==, 6);
}

static void
test_recursive(Fixture *fixture, gconstpointer data)
{
  const char *songs[] = { "one/a.wav", "two/a.wav", "two/deep/er/b.wav", "c.wav", NULL };
  write_songs(fixture, songs);
  g_autofree char *link = g_build_filename(fixture->in, "two", "deep", "loop", NULL);
  g_assert_cmpint(symlink(fixture->in, link), ==, 0);
  /* The stems lie among the songs: a second run must not take them for songs. */
  g_autofree char *out = g_build_filename(fixture->in, "stems", NULL);
  for (int round = 0; round < 2; round++) {
    g_auto(CliRun) run =
        test_cli_run(fixture->cache, "separate", "-r", fixture->in, "-o", out, "--overwrite", NULL);
    g_assert_cmpstr(run.err, ==, "");
    g_assert_cmpint(run.code, ==, 0);
    const char *stems[] = { "one/a/drums.wav", "two/a/rest.wav", "two/deep/er/b/drums.wav", "c/rest.wav" };
    for (gsize i = 0; i < G_N_ELEMENTS(stems); i++)
      g_assert_true(has_stem(out, stems[i]));
    g_assert_cmpuint(test_folder_count(out), ==, 8 + 8);
  }
  g_auto(CliRun) among = test_cli_run(fixture->cache, "separate", "-r", fixture->in, "-o", fixture->in, NULL);
  g_assert_cmpint(among.code, ==, 2);
  g_assert_nonnull(strstr(among.err, "--recursive"));
}

static void
test_empty_folder(Fixture *fixture, gconstpointer data)
{
  g_free(write_song(fixture, "below/a.wav", "wav16"));
  g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", fixture->in, "-o", fixture->out, NULL);
  g_assert_cmpint(run.code, ==, 1);
  g_assert_nonnull(strstr(run.err, fixture->in));
  g_assert_nonnull(strstr(run.err, "no files in the folder"));
  g_assert_nonnull(strstr(run.err, "--recursive"));
  g_assert_false(g_file_test(fixture->out, G_FILE_TEST_EXISTS));
}

/* Songs that would land in one folder are refused, both named, before anything is written. */
static void
test_one_name(Fixture *fixture, gconstpointer data)
{
  const char *songs[] = { "a.wav", "one/b.wav", "two/b.wav", NULL };
  write_songs(fixture, songs);
  g_free(write_song(fixture, "a.flac", "flac16"));
  g_autofree char *one = g_build_filename(fixture->in, "one", NULL);
  g_autofree char *two = g_build_filename(fixture->in, "two", NULL);
  g_autofree char *wav = g_build_filename(fixture->in, "a.wav", NULL);
  const char *const cases[][4] = { { fixture->in, NULL, "a.flac", "a.wav" },
                                   { one, two, "one/b.wav", "two/b.wav" },
                                   { wav, wav, "a.wav", "a.wav" } };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_auto(CliRun) run =
        test_cli_run(fixture->cache, "separate", "-o", fixture->out, cases[i][0], cases[i][1], NULL);
    g_assert_cmpint(run.code, ==, 2);
    g_assert_nonnull(strstr(run.err, cases[i][2]));
    g_assert_nonnull(strstr(run.err, cases[i][3]));
    g_assert_false(g_file_test(fixture->out, G_FILE_TEST_EXISTS));
  }
  /* A picture of the same name is none of these. */
  g_autofree char *picture = g_build_filename(one, "b.jpg", NULL);
  test_file_write(picture, "\xff\xd8\xff\xe0", 4);
  g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", "-o", fixture->out, one, NULL);
  g_assert_cmpint(run.code, ==, 1);
  g_assert_true(has_stem(fixture->out, "b/drums.wav"));
}

/* However many songs at once: the same files. */
static void
test_jobs(Fixture *fixture, gconstpointer data)
{
  const char *songs[] = { "a.wav", "b.wav", "c.wav", "d.wav", "e.wav", NULL };
  write_songs(fixture, songs);
  g_autofree char *bad = g_build_filename(fixture->in, "bad.wav", NULL);
  test_file_write(bad, "RIFF", 4);
  const char *jobs[] = { "--jobs=1", "--jobs=2", "--jobs=7" };
  for (gsize i = 0; i < G_N_ELEMENTS(jobs); i++) {
    g_autofree char *out = g_strdup_printf("%s%zu", fixture->out, i);
    g_autofree char *first = g_strdup_printf("%s0", fixture->out);
    g_auto(CliRun) run =
        test_cli_run(fixture->cache, "separate", fixture->in, "-o", out, jobs[i], "--json", NULL);
    g_assert_cmpint(run.code, ==, 1);
    g_assert_true(test_is_json(run.out));
    g_assert_nonnull(strstr(run.out, "\"status\": \"not-audio\""));
    g_assert_cmpuint(test_folder_count(out), ==, 15);
    for (gsize j = 0; songs[j] != NULL; j++) {
      g_autofree char *name = g_strdup_printf("%c/drums.wav", songs[j][0]);
      g_autofree char *a = g_build_filename(first, name, NULL), *b = g_build_filename(out, name, NULL);
      g_assert_true(test_file_equal(a, b));
      g_assert_nonnull(strstr(run.out, songs[j]));
    }
  }
}

/* Every song is in exactly one shard, whatever the order of the arguments, and a shard may be empty. */
static void
test_shards(Fixture *fixture, gconstpointer data)
{
  const char *songs[] = { "a.wav", "b.wav", "c.wav", "d.wav", "e.wav", NULL };
  write_songs(fixture, songs);
  g_autofree char *a = g_build_filename(fixture->in, "a.wav", NULL);
  g_autofree char *e = g_build_filename(fixture->in, "e.wav", NULL);
  for (guint count = 2; count <= 7; count += 5) {
    g_autofree char *out = g_strdup_printf("%s%u", fixture->out, count);
    for (guint index = 1; index <= count; index++) {
      g_autofree char *shard = g_strdup_printf("--shard=%u/%u", index, count);
      g_auto(CliRun) run =
          test_cli_run(fixture->cache, "separate", fixture->in, "-o", out, shard, "--json", NULL);
      /* Had a song been in an earlier shard already, its files would stand in the way. */
      g_assert_cmpstr(run.err, ==, "");
      g_assert_cmpint(run.code, ==, 0);
      g_assert_true(test_is_json(run.out));
    }
    g_assert_cmpuint(test_folder_count(out), ==, 15);
  }
  for (int round = 0; round < 2; round++) {
    g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", "--overwrite", "-o", fixture->out,
                                      "--shard=1/2", round == 0 ? a : e, round == 0 ? e : a, NULL);
    g_assert_cmpint(run.code, ==, 0);
    g_assert_cmpuint(test_folder_count(fixture->out), ==, 3);
    g_assert_true(has_stem(fixture->out, "a/drums.wav"));
  }
}

static void
test_minus(Fixture *fixture, gconstpointer data)
{
  g_autofree char *song = write_song(fixture, "a.wav", "wav32f");
  g_auto(CliRun) alone =
      test_cli_run(fixture->cache, "separate", song, "-o", fixture->out, "--minus=drums", "--json", NULL);
  g_assert_cmpint(alone.code, ==, 0);
  g_assert_nonnull(strstr(alone.out, "\"minus-drums\""));
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 2);
  g_auto(CliRun) both = test_cli_run(fixture->cache, "separate", song, "-o", fixture->out,
                                     "--minus=rest,drums", "--stems=drums,rest", NULL);
  g_assert_cmpint(both.code, ==, 0);
  gint64 n[5];
  g_autofree float *mixture = read_stem(fixture->in, "a.wav", &n[0]);
  g_autofree float *drums = read_stem(fixture->out, "a/drums.wav", &n[1]);
  g_autofree float *rest = read_stem(fixture->out, "a/rest.wav", &n[2]);
  g_autofree float *minus = read_stem(fixture->out, "a/minus-drums.wav", &n[3]);
  g_autofree float *minus_both = read_stem(fixture->out, "a/minus-drums-rest.wav", &n[4]);
  for (int i = 0; i < 5; i++)
    g_assert_cmpint(n[i], ==, N);
  for (int i = 0; i < N; i++) {
    g_assert_cmpfloat(minus[i], ==, mixture[i] - drums[i]);
    g_assert_cmpfloat(minus_both[i], ==, mixture[i] - drums[i] - rest[i]);
  }
}

static void
test_range(Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *from, *to;
    gint64 start, n;
  } cases[] = {
    { "--from=0", "--to=0:1.5", 0, 12000 },
    { "--from=1.25", "--to=2", 10000, 6000 },
    { "--from=0:02.000125", "--threads=1", 16001, N - 16001 },
  };
  g_autofree char *song = write_song(fixture, "a.wav", "wav16");
  g_auto(CliRun) whole =
      test_cli_run(fixture->cache, "separate", song, "-o", fixture->out, "--strength=drums=3", NULL);
  g_assert_cmpint(whole.code, ==, 0);
  gint64 n_whole, n_part;
  g_autofree float *all = read_stem(fixture->out, "a/rest.wav", &n_whole);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", song, "-o", fixture->out, "--overwrite",
                                      "--strength=drums=3", cases[i].from, cases[i].to, NULL);
    g_assert_cmpstr(run.err, ==, "");
    g_assert_cmpint(run.code, ==, 0);
    g_autofree float *part = read_stem(fixture->out, "a/rest.wav", &n_part);
    g_assert_cmpmem(part, (gsize)n_part * sizeof *part, all + cases[i].start,
                    (gsize)cases[i].n * sizeof *all);
  }
  const char *outside[] = { "--from=0:04", "--to=3.01" };
  for (gsize i = 0; i < G_N_ELEMENTS(outside); i++) {
    g_autofree char *other = g_build_filename(fixture->folder, "other", NULL);
    g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", song, "-o", other, outside[i], NULL);
    g_assert_cmpint(run.code, ==, 1);
    g_assert_nonnull(strstr(run.err, "a.wav”"));
    g_assert_nonnull(strstr(run.err, "0:03.001 long"));
    g_assert_false(g_file_test(other, G_FILE_TEST_EXISTS));
  }
}

/* A catalogue is taken up where it was left: what is there is not even read. */
static void
test_skip_existing(Fixture *fixture, gconstpointer data)
{
  const char *songs[] = { "a.wav", "b.wav", NULL };
  write_songs(fixture, songs);
  g_autofree char *a = g_build_filename(fixture->in, "a.wav", NULL);
  g_auto(CliRun) first = test_cli_run(fixture->cache, "separate", fixture->in, "-o", fixture->out, NULL);
  g_assert_cmpint(first.code, ==, 0);
  g_autofree char *missing = g_build_filename(fixture->out, "b", "rest.wav", NULL);
  g_autofree char *kept = g_build_filename(fixture->out, "a", "rest.wav", NULL);
  g_autoptr(GBytes) before = test_file_read(missing);
  g_assert_cmpint(g_unlink(missing), ==, 0);
  test_file_write(kept, "precious", 8);
  test_file_write(a, "no sound", 8);
  g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", fixture->in, "-o", fixture->out,
                                    "--skip-existing", "--json", NULL);
  g_assert_cmpstr(run.err, ==, "");
  g_assert_cmpint(run.code, ==, 0);
  g_assert_true(test_is_json(run.out));
  g_assert_nonnull(strstr(run.out, "\"skipped\": true"));
  g_autoptr(GBytes) after = test_file_read(missing), precious = test_file_read(kept);
  g_assert_true(g_bytes_equal(before, after));
  g_assert_cmpuint(g_bytes_get_size(precious), ==, 8);
}

/* Two runs into one folder: every song's stems come from one of them, whether they replace or not. */
static void
test_two_runs(Fixture *fixture, gconstpointer data)
{
  const char *songs[] = { "a.wav", "b.wav", "c.wav", "d.wav", NULL };
  const char *strengths[] = { "--strength=drums=1", "--strength=drums=4" };
  write_songs(fixture, songs);
  for (int i = 0; i < 2; i++) {
    g_autofree char *out = g_strdup_printf("%s%d", fixture->out, i);
    g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", fixture->in, "-o", out, strengths[i], NULL);
    g_assert_cmpint(run.code, ==, 0);
  }
  for (int round = 0; round < 6; round++) {
    const char *overwrite = round % 2 == 0 ? "--overwrite" : NULL;
    g_autofree char *out = g_strdup_printf("%s-both-%d", fixture->out, round);
    GPid runs[2];
    for (int i = 0; i < 2; i++)
      runs[i] =
          test_cli_start(fixture->cache, "separate", fixture->in, "-o", out, strengths[i], overwrite, NULL);
    int codes[] = { test_cli_wait(runs[0]), test_cli_wait(runs[1]) };
    g_assert_cmpint(MAX(codes[0], codes[1]), <=, overwrite != NULL ? 0 : 1);
    g_assert_cmpuint(test_folder_count(out), ==, 12);
    for (gsize j = 0; songs[j] != NULL; j++) {
      gboolean from[2] = { TRUE, TRUE };
      for (int i = 0; i < 4; i++) {
        g_autofree char *name = g_strdup_printf("%c/%s.wav", songs[j][0], i % 2 == 0 ? "drums" : "rest");
        g_autofree char *expected = g_strdup_printf("%s%d/%s", fixture->out, i / 2, name);
        g_autofree char *path = g_build_filename(out, name, NULL);
        from[i / 2] &= test_file_equal(path, expected);
      }
      g_assert_true(from[0] != from[1]);
    }
  }
}

/* What a run prints on a terminal of 60 columns. */
static char *
run_on_terminal(const Fixture *fixture)
{
  GString *printed = g_string_new(NULL);
  g_autoptr(GError) error = NULL;
  int master = posix_openpt(O_RDWR | O_NOCTTY);
  g_assert_cmpint(grantpt(master) + unlockpt(master), ==, 0);
  int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
  const struct winsize size = { .ws_row = 20, .ws_col = 60 };
  g_assert_cmpint(ioctl(terminal, TIOCSWINSZ, &size), ==, 0);
  const char *command[] = { g_getenv("SG_TEST_CLI"), "separate", fixture->in, "-o", fixture->out, NULL };
  g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "XDG_CACHE_HOME", fixture->cache, TRUE);
  environment = g_environ_setenv(environment, "LC_ALL", "C.UTF-8", TRUE);
  GPid child;
  g_spawn_async_with_fds(NULL, (char **)command, environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &child,
                         -1, terminal, terminal, &error);
  g_assert_no_error(error);
  close(terminal);
  char bytes[4096];
  ssize_t n;
  while ((n = read(master, bytes, sizeof bytes)) > 0)
    g_string_append_len(printed, bytes, n);
  close(master);
  g_assert_cmpint(test_cli_wait(child), ==, 1);
  return g_string_free(printed, FALSE);
}

/* One line that says which song of how many; a name too long for it is cut; messages get lines of their own.
 */
static void
test_terminal(Fixture *fixture, gconstpointer data)
{
  enum { LONG_RATE = 44100, SECONDS = 12 };
  g_autofree char *long_name = g_strnfill(100, 'n');
  g_autofree char *song = g_strdup_printf("%s/%s.flac", fixture->in, long_name);
  g_autofree char *bad = g_build_filename(fixture->in, "zz.txt", NULL);
  g_autofree float *band = test_band_new(LONG_RATE, 2, SECONDS * LONG_RATE, 1);
  test_sound_write(song, "flac16", LONG_RATE, 2, band, SECONDS * LONG_RATE);
  test_file_write(bad, "x", 1);
  g_autofree char *printed = run_on_terminal(fixture);
  g_autofree char *cut = g_strdup_printf("\r\033[K1/2 %.20s", long_name);
  g_assert_nonnull(strstr(printed, cut));
  g_assert_nonnull(strstr(printed, "n…: "));
  g_assert_nonnull(strstr(printed, " %"));
  const char *message = strstr(printed, "stemglass-cli: “");
  g_assert_true(message != NULL && message > printed);
  g_assert_true(message[-1] == '\n' || message[-1] == 'K'); /* of the line's removal */
  g_assert_nonnull(strstr(printed, "drums.wav"));
  g_auto(GStrv) lines = g_strsplit(printed, "\r\033[K", -1);
  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix(*line, "1/2 "))
      g_assert_cmpint(g_utf8_strlen(*line, -1), <, 60);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/cli-batch/" name, Fixture, NULL, set_up, test, tear_down)
  ADD("folder", test_folder);
  ADD("recursive", test_recursive);
  ADD("empty-folder", test_empty_folder);
  ADD("one-name", test_one_name);
  ADD("jobs", test_jobs);
  ADD("shards", test_shards);
  ADD("minus", test_minus);
  ADD("range", test_range);
  ADD("skip-existing", test_skip_existing);
  ADD("two-runs", test_two_runs);
  ADD("terminal", test_terminal);
  return g_test_run();
}
