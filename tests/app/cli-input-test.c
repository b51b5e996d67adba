/* stemglass-cli and input of every kind: what is wrong gets one clear sentence that names the file and leaves
 * nothing, what is merely odd works. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/io/decoder.h"
#include "tests/support-cli.h"
#include "tests/support.h"

enum { RATE = 8000, N = 20000 };

typedef struct {
  TestFolder *folder;
  char *cache, *scratch, *out;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
  fixture->folder = test_folder_new();
  fixture->cache = g_build_filename(fixture->folder, "cache", NULL);
  fixture->scratch = g_build_filename(fixture->cache, "stemglass", NULL);
  fixture->out = g_build_filename(fixture->folder, "out", NULL);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  g_free(fixture->cache);
  g_free(fixture->scratch);
  g_free(fixture->out);
  test_folder_remove(fixture->folder);
}

typedef struct Input Input;

typedef enum {
  REFUSED, /* "separate" and "info" say the sentence and fail */
  CUT,     /* both work on what is there and say the sentence; --strict refuses */
  FINE,    /* both work without a word, and the stems sum to the song */
} Outcome;

struct Input {
  const char *name;
  Outcome outcome;
  const char *sentence;
  void (*make)(const Input *input, const char *path);
  const char *format; /* as of test_sound_write, for those that begin as a sound */
  gint64 n;           /* samples */
  guint rate_hz, n_channels;
  void (*spoil)(float *interleaved, gsize n_floats);
};

static void
make_nothing(const Input *input, const char *path)
{
}

static void
make_folder(const Input *input, const char *path)
{
  g_assert_cmpint(g_mkdir(path, 0777), ==, 0);
}

static void
make_empty(const Input *input, const char *path)
{
  test_file_write(path, "", 0);
}

static void
make_text(const Input *input, const char *path)
{
  test_file_write(path, "a letter\n", 9);
}

static void
make_pipe(const Input *input, const char *path)
{
  g_assert_cmpint(mkfifo(path, 0666), ==, 0);
}

static void
make_sound(const Input *input, const char *path)
{
  g_autofree float *band = test_band_new(input->rate_hz, input->n_channels, input->n, 1);
  if (input->spoil != NULL)
    input->spoil(band, (gsize)(input->n * input->n_channels));
  test_sound_write(path, input->format, input->rate_hz, input->n_channels, band, input->n);
}

static void
make_cut(const Input *input, const char *path)
{
  make_sound(input, path);
  g_autoptr(GBytes) content = test_file_read(path);
  test_file_cut(path, (gint64)g_bytes_get_size(content) * 6 / 10);
}

/* The header, which announces N samples, and nothing else. */
static void
make_header(const Input *input, const char *path)
{
  make_sound(input, path);
  test_file_cut(path, g_str_equal(input->format, "wav16") ? 44 : 42);
}

/* Of the file that the name has behind a dash, among those that other programs made, `n` percent. */
static void
make_part(const Input *input, const char *path)
{
  g_autofree char *whole =
      g_test_build_filename(G_TEST_DIST, "golden", "io", strchr(input->name, '-') + 1, NULL);
  g_autoptr(GBytes) content = test_file_read(whole);
  gsize n = g_bytes_get_size(content) * (gsize)input->n / 100;
  test_file_write(path, g_bytes_get_data(content, NULL), n);
}

static void
poke(const char *path, gint64 at, const void *bytes, gsize n)
{
  int fd = g_open(path, O_WRONLY);
  g_assert_cmpint(pwrite(fd, bytes, n, at), ==, n);
  close(fd);
}

/* 2⁴⁰ samples of stereo 16-bit sound in the chunk that RF64 keeps sizes in (EBU Tech 3306: size of the data
 * chunk, then the number of samples). */
static void
make_endless_rf64(const Input *input, const char *path)
{
  guint64 sizes[] = { GUINT64_TO_LE(G_GUINT64_CONSTANT(4) << 40),
                      GUINT64_TO_LE(G_GUINT64_CONSTANT(1) << 40) };
  make_sound(input, path);
  poke(path, 28, sizes, sizeof sizes);
}

/* The same as the size of the last chunk of a W64 file, which counts its own 24 bytes. */
static void
make_endless_w64(const Input *input, const char *path)
{
  make_sound(input, path);
  g_autoptr(GBytes) content = test_file_read(path);
  guint64 size = GUINT64_TO_LE((G_GUINT64_CONSTANT(4) << 40) + 24);
  poke(path, (gint64)g_bytes_get_size(content) - input->n * 4 - 8, &size, sizeof size);
}

/* FLAC has 36 bits for the number of samples (RFC 9639 §8.2), the last four bytes and a half before the
 * checksum. */
static void
make_endless_flac(const Input *input, const char *path)
{
  make_sound(input, path);
  g_autoptr(GBytes) content = test_file_read(path);
  guint8 bytes[5];
  memcpy(bytes, (const guint8 *)g_bytes_get_data(content, NULL) + 21, sizeof bytes);
  bytes[0] |= 0x0f;
  memset(bytes + 1, 0xff, 4);
  poke(path, 21, bytes, sizeof bytes);
}

static void
spoil_nan(float *interleaved, gsize n)
{
  interleaved[2 * 777 + 1] = NAN;
}

static void
spoil_infinite(float *interleaved, gsize n)
{
  interleaved[n - 1] = -INFINITY;
}

static void
spoil_silence(float *interleaved, gsize n)
{
  memset(interleaved, 0, n * sizeof *interleaved);
}

static void
spoil_constant(float *interleaved, gsize n)
{
  for (gsize i = 0; i < n; i++)
    interleaved[i] = 0.5f;
}

static void
spoil_clipped(float *interleaved, gsize n)
{
  for (gsize i = 0; i < n; i++)
    interleaved[i] = CLAMP(20.0f * interleaved[i], -1.0f, 1.0f);
}

#define OTHER(name_, sentence_, make_)                                                                       \
  {                                                                                                          \
    .name = name_, .outcome = REFUSED, .sentence = sentence_, .make = make_                                  \
  }
#define SOUND(name_, outcome_, sentence_, make_, format_, n_, rate_, channels_, spoil_)                      \
  {                                                                                                          \
    .name = name_, .outcome = outcome_, .sentence = sentence_, .make = make_, .format = format_, .n = n_,    \
    .rate_hz = rate_, .n_channels = channels_, .spoil = spoil_                                               \
  }
#define PART(name_, outcome_, sentence_, percent_)                                                           \
  {                                                                                                          \
    .name = name_, .outcome = outcome_, .sentence = sentence_, .make = make_part, .n = percent_              \
  }

/* clang-format off */
static const Input inputs[] = {
  OTHER("missing.wav", "there is no such file or folder", make_nothing),
  OTHER("folder.wav", "folder", make_folder),
  OTHER("empty.flac", "the file is empty", make_empty),
  OTHER("text.wav", "not a sound file", make_text),
  OTHER("pipe.wav", "not a sound file", make_pipe),
  SOUND("nan.wav", REFUSED, "sample 777 of channel 2 is NaN", make_sound, "wav32f", N, RATE, 2, spoil_nan),
  SOUND("inf.wav", REFUSED, "sample 19999 of channel 2 is infinite", make_sound, "wav64f", N, RATE, 2, spoil_infinite),
  SOUND("0-samples.wav", REFUSED, "no sound in it", make_sound, "wav16", 0, RATE, 2, NULL),
  SOUND("header.wav", REFUSED, "no sound in it", make_header, "wav16", N, RATE, 2, NULL),
  SOUND("header.flac", REFUSED, "no sound in it", make_header, "flac16", N, RATE, 2, NULL),
  SOUND("9-channels.wav", REFUSED, "9 channels", make_sound, "wav16", N, RATE, 9, NULL),
  SOUND("cut.wav", CUT, "ends early: 11995 samples of the announced 20000", make_cut, "wav16", N, RATE, 2, NULL),
  SOUND("cut.aiff", CUT, "ends early: ", make_cut, "aiff16", N, RATE, 2, NULL),
  SOUND("cut.flac", CUT, "of the announced 20000", make_cut, "flac16", N, RATE, 2, NULL),
  SOUND("cut.ogg", CUT, "ends early: ", make_cut, "ogg", N, RATE, 2, NULL),
  SOUND("cut.opus", CUT, "ends early: ", make_cut, "opus", N, RATE, 2, NULL),
  SOUND("cut.mp3", CUT, "ends early: ", make_cut, "mp3", N, RATE, 2, NULL),
  PART("cut-aac.m4a", REFUSED, "ends before the index", 60),
  PART("cut-aac-index-first.m4a", CUT, "of the announced 30011", 95),
  PART("cut-opus.webm", CUT, "ends early: ", 60),
  PART("cut-adts.aac", CUT, "ends early: ", 60),
  PART("cut-wavpack.wv", CUT, "of the announced 30011", 60),
  SOUND("2^40-samples.wav", CUT, "of the announced 1099511627776", make_endless_rf64, "rf64", N, RATE, 2, NULL),
  SOUND("2^40-samples.w64", CUT, "of the announced 1099511627776", make_endless_w64, "w64", N, RATE, 2, NULL),
  SOUND("2^36-samples.flac", CUT, "of the announced 68719476735", make_endless_flac, "flac16", N, RATE, 2, NULL),
  SOUND("1-sample.wav", FINE, NULL, make_sound, "wav32f", 1, RATE, 1, NULL),
  SOUND("8-channels.wav", FINE, NULL, make_sound, "wav16", N, RATE, 8, NULL),
  SOUND("silence.flac", FINE, NULL, make_sound, "flac16", N, RATE, 2, spoil_silence),
  SOUND("dc.wav", FINE, NULL, make_sound, "wav16", N, RATE, 1, spoil_constant),
  SOUND("clipped.wav", FINE, NULL, make_sound, "wav16", N, RATE, 2, spoil_clipped),
  SOUND("192-khz.flac", FINE, NULL, make_sound, "flac24", 5 * N, 192000, 2, NULL),
  SOUND("24-bit.wav", FINE, NULL, make_sound, "wav24", N, 44100, 1, NULL),
};
/* clang-format on */

static void
assert_nothing_left(const Fixture *fixture, const char *out)
{
  g_assert_false(g_file_test(out, G_FILE_TEST_EXISTS));
  g_assert_cmpuint(test_folder_count(fixture->scratch), ==, 0);
}

/* What the program itself says: the MP3 decoder below libsndfile talks to standard error too. */
static char *
dup_own_words(const char *printed)
{
  g_autoptr(GString) own = g_string_new(NULL);
  g_auto(GStrv) lines = g_strsplit(printed, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (**line != '\0' && !g_str_has_prefix(*line, "Warning: ") && !g_str_has_prefix(*line, "Note: "))
      g_string_append_printf(own, "%s\n", *line);
  return g_string_free(g_steal_pointer(&own), FALSE);
}

/* One line that names the file and says the sentence. */
static void
assert_says(const CliRun *run, int code, const char *path, const char *sentence)
{
  g_autofree char *own = dup_own_words(run->err);
  gboolean is_one_line = own[0] != '\0' && strchr(own, '\n') == own + strlen(own) - 1;
  if (run->code != code || strstr(own, path) == NULL || strstr(own, sentence) == NULL || !is_one_line ||
      !g_str_has_prefix(own, "stemglass-cli: "))
    g_error("%s: code %d, not %d; “%s” lacks “%s”", path, run->code, code, run->err, sentence);
}

static void
assert_refused(const Fixture *fixture, const char *path, const char *out, const char *sentence,
               const char *option)
{
  g_auto(CliRun) separate = test_cli_run(fixture->cache, "separate", path, "-o", out, option, NULL);
  g_auto(CliRun) json = test_cli_run(fixture->cache, "separate", "--json", path, "-o", out, option, NULL);
  assert_says(&separate, 1, path, sentence);
  g_assert_cmpstr(separate.out, ==, "");
  assert_says(&json, 1, path, sentence);
  g_assert_true(test_is_json(json.out));
  g_assert_nonnull(strstr(json.out, "\"error\""));
  assert_nothing_left(fixture, out);
}

static SgPcm *
decode(const char *path)
{
  SgPcm *pcm;
  test_assert_ok(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, NULL, NULL));
  return pcm;
}

static void
assert_stems_sum(const char *path, const char *out)
{
  const char *names[] = { "drums.wav", "rest.wav" };
  g_autofree char *track = g_path_get_basename(path);
  *strrchr(track, '.') = '\0';
  g_autoptr(SgPcm) song = decode(path);
  g_autofree float *left = test_pcm_dup(song);
  gint64 n_floats = sg_pcm_n_samples(song) * sg_pcm_n_channels(song);
  for (gsize j = 0; j < 2; j++) {
    g_autofree char *stem_path = g_build_filename(out, track, names[j], NULL);
    g_autoptr(SgPcm) pcm = decode(stem_path);
    g_autofree float *stem = test_pcm_dup(pcm);
    g_assert_cmpint(sg_pcm_n_samples(pcm), ==, sg_pcm_n_samples(song));
    g_assert_cmpuint(sg_pcm_n_channels(pcm), ==, sg_pcm_n_channels(song));
    g_assert_cmpuint(sg_pcm_rate(pcm), ==, sg_pcm_rate(song));
    for (gint64 i = 0; i < n_floats; i++)
      left[i] -= stem[i];
  }
  for (gint64 i = 0; i < n_floats; i++)
    g_assert_cmpfloat(fabsf(left[i]), <, 3e-5f); /* −90 dBFS */
}

static void
check_input(const Fixture *fixture, const Input *input, const char *path)
{
  g_autofree char *out = g_strdup_printf("%s-%s", fixture->out, input->name);
  g_auto(CliRun) info = test_cli_run(fixture->cache, "info", path, NULL);
  if (input->outcome == REFUSED) {
    assert_refused(fixture, path, out, input->sentence, NULL);
    assert_says(&info, 1, path, input->sentence);
    return;
  }
  if (input->outcome == CUT) {
    assert_refused(fixture, path, out, "the file ends early (", "--strict");
    g_assert_nonnull(strstr(info.out, "the file ends early"));
  }
  g_assert_cmpint(info.code, ==, 0);
  double started_s = test_seconds();
  g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", path, "-o", out, NULL);
  g_assert_cmpfloat(test_seconds() - started_s, <, 20.0);
  if (input->outcome == CUT)
    assert_says(&run, 0, path, input->sentence);
  else
    g_assert_cmpstr(run.err, ==, "");
  g_assert_cmpint(run.code, ==, 0);
  g_assert_cmpuint(test_folder_count(out), ==, 3);
  g_assert_cmpuint(test_folder_count(fixture->scratch), ==, 0);
  assert_stems_sum(path, out);
}

static void
test_inputs(Fixture *fixture, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS(inputs); i++) {
    g_autofree char *path = g_build_filename(fixture->folder, inputs[i].name, NULL);
    g_test_message("%s", inputs[i].name);
    if (inputs[i].make == make_part && !sg_decoder_has_ffmpeg())
      continue;
    inputs[i].make(&inputs[i], path);
    check_input(fixture, &inputs[i], path);
  }
}

static char *
write_song(const Fixture *fixture, const char *name, const char *format)
{
  g_autofree float *band = test_band_new(RATE, 2, N, 1);
  char *path = g_build_filename(fixture->folder, name, NULL);
  test_sound_write(path, format, RATE, 2, band, N);
  return path;
}

/* As root nothing is unreadable: the program then runs as nobody. */
static void
become_nobody(gpointer data)
{
  enum { NOBODY = 65534 };
  if (getuid() == 0 && (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
    _exit(99);
}

static gboolean
nobody_can_run_the_program(const Fixture *fixture)
{
  g_assert_cmpint(
      g_chmod(fixture->folder, 0755) + g_mkdir(fixture->cache, 0777) + g_chmod(fixture->cache, 0777), ==, 0);
  test_cli_set_child_setup(become_nobody);
  g_auto(CliRun) run = test_cli_try(fixture->cache, "--version", NULL);
  return run.code == 0;
}

static void
test_permissions(Fixture *fixture, gconstpointer data)
{
  g_autofree char *song = write_song(fixture, "a.wav", "wav16"),
                  *secret = write_song(fixture, "b.wav", "wav16");
  g_autofree char *secret_folder = g_build_filename(fixture->folder, "secret", NULL);
  g_autofree char *read_only = g_build_filename(fixture->folder, "read-only", NULL);
  g_autofree char *below = g_build_filename(read_only, "out", NULL);
  g_assert_cmpint(g_chmod(secret, 0) + g_mkdir(secret_folder, 0) + g_mkdir(read_only, 0555), ==, 0);
  if (nobody_can_run_the_program(fixture)) {
    assert_refused(fixture, secret, fixture->out, "permission is missing", NULL);
    assert_refused(fixture, secret_folder, fixture->out, "permission is missing", NULL);
    g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", song, "-o", below, NULL);
    assert_says(&run, 1, below, "permission is missing");
    assert_nothing_left(fixture, below);
  } else
    g_test_skip("another user cannot run the program where it was built");
  test_cli_set_child_setup(NULL);
}

static void
test_names(Fixture *fixture, gconstpointer data)
{
  g_autofree char *long_name = g_strnfill(250, 'n');
  const char *names[] = { "two words.wav",  "🥁 café.wav", "new\nline.wav", "%s%n.wav", "-dash.wav",
                          "latin \xe9.wav", "no-extension",   ".wav",          long_name };
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *song = write_song(fixture, names[i], "wav16");
    g_autofree char *out = g_strdup_printf("%s%zu", fixture->out, i);
    g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", song, "-o", out, "--json", NULL);
    g_assert_cmpstr(run.err, ==, "");
    g_assert_cmpint(run.code, ==, 0);
    g_assert_true(test_is_json(run.out));
    g_assert_cmpuint(test_folder_count(out), ==, 3);
    /* A sentence stays one line, whatever the name is. */
    g_auto(CliRun) again = test_cli_run(fixture->cache, "separate", song, "-o", out, NULL);
    assert_says(&again, 1, "drums.wav", "exists already");
  }
}

/* Behind "--" a name may look like an option. */
static void
test_dash(Fixture *fixture, gconstpointer data)
{
  g_autofree char *song = write_song(fixture, "--json", "wav16");
  g_autofree char *here = g_get_current_dir();
  g_assert_cmpint(g_chdir(fixture->folder), ==, 0);
  g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", "-o", fixture->out, "--", "--json", NULL);
  g_auto(CliRun) info = test_cli_run(fixture->cache, "info", "--", "--json", NULL);
  g_assert_cmpint(g_chdir(here), ==, 0);
  g_assert_cmpstr(run.err, ==, "");
  g_assert_cmpint(run.code + info.code, ==, 0);
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 3);
  g_assert_true(g_str_has_prefix(info.out, "--json\n"));
}

/* A name that is nothing but dots and an extension must not lead out of the output folder. */
static void
test_dots(Fixture *fixture, gconstpointer data)
{
  const char *names[] = { "..wav", "...wav", "....wav" };
  g_autofree char *out = g_build_filename(fixture->out, "deep", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *song = write_song(fixture, names[i], "wav16");
    guint before = test_folder_count(out);
    g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", song, "-o", out, NULL);
    g_assert_cmpint(run.code, ==, 0);
    g_assert_cmpuint(test_folder_count(out), ==, before + 3);
    g_assert_cmpuint(test_folder_count(fixture->out), ==, before + 4);
  }
}

/* One bad file among good ones costs only itself, and is named again at the end. */
static void
test_many_files(Fixture *fixture, gconstpointer data)
{
  g_autofree char *a = write_song(fixture, "a.wav", "wav16"), *b = write_song(fixture, "b.flac", "flac16");
  g_auto(CliRun) run =
      test_cli_run(fixture->cache, "separate", a, "gone.wav", b, "-o", fixture->out, "--json", NULL);
  g_assert_cmpint(run.code, ==, 1);
  g_assert_nonnull(strstr(run.err, "gone.wav"));
  g_assert_nonnull(strstr(run.err, "1 of 3 failed:\n  “gone.wav”"));
  g_assert_true(test_is_json(run.out));
  g_assert_nonnull(strstr(run.out, "a.wav"));
  g_assert_nonnull(strstr(run.out, "b.flac"));
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 6);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/cli-input/" name, Fixture, NULL, set_up, test, tear_down)
  ADD("inputs", test_inputs);
  ADD("permissions", test_permissions);
  ADD("names", test_names);
  ADD("dash", test_dash);
  ADD("dots", test_dots);
  ADD("many-files", test_many_files);
  return g_test_run();
}
