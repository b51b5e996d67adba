/* What people do at the mixer while a song plays, as a sound server gets it: heard soon enough, cross-faded,
 * and but for that the exact mix before and after. */
#include "core/session/session.h"

#include <math.h>

#include "tests/support-jack.h"
#include "tests/support.h"

enum {
  RATE = TEST_JACK_RATE,
  SECONDS = 4,
  FADE = RATE / 100 + 1, /* frames of a cross-fade */
  N_STEMS = 2,
  N_ATTEMPTS = 5,
  ASKED_AFTER = RATE / 2, /* frames heard before a change */
  HEARD_AFTER = RATE / 2  /* and after it */
};

/* Each frame of a fade adds a step to the gain, and rounds. */
#define MOST_ERROR 1e-6
#define MOST_FADE_ERROR 2e-6

/* Gains of each stem's sides, and whether the masks are the hardened ones. */
typedef struct {
  double gains[N_STEMS][2];
  gboolean hard;
} Mix;

typedef struct {
  const char *name;
  void (*apply)(SgStem *const stems[N_STEMS]);
  Mix after;
  double limit_s; /* from being asked for to the end of the cross-fade */
} Change;

typedef struct {
  TestFolder *folder;
  SgSession *session;
  SgStem *stems[N_STEMS];
  float *rendered[2]; /* natural, hard: [stem][2 · n] */
  gint64 n;
  TestRecorder *recorder;
} Stage;

static void
on_opened(GObject *source, GAsyncResult *result, gpointer done)
{
  g_autoptr(GError) error = NULL;
  sg_session_open_finish(SG_SESSION(source), result, &error);
  g_assert_no_error(error);
  *(gboolean *)done = TRUE;
}

static void
on_separated(GObject *source, GAsyncResult *result, gpointer done)
{
  g_autoptr(GError) error = NULL;
  sg_session_separate_finish(SG_SESSION(source), result, &error);
  g_assert_no_error(error);
  *(gboolean *)done = TRUE;
}

static void
wait_until(const gboolean *done)
{
  while (!*done)
    g_main_context_iteration(NULL, TRUE);
}

/* Lets the main loop work until so many frames have been recorded. */
static void
wait_for_frames(const Stage *stage, gint64 n)
{
  gint64 give_up = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
  while (test_recorder_n_frames(stage->recorder) < n) {
    g_assert_cmpint(g_get_monotonic_time(), <, give_up);
    if (!g_main_context_iteration(NULL, FALSE))
      g_usleep(1000);
  }
}

static void
open_and_separate(Stage *stage)
{
  g_autofree char *path = g_build_filename(stage->folder, "song.wav", NULL);
  g_autofree float *band = test_band_new(RATE, 2, stage->n, 5);
  g_autoptr(GFile) file = g_file_new_for_path(path);
  gboolean opened = FALSE, separated = FALSE;
  test_sound_write(path, "wav32f", RATE, 2, band, stage->n);
  sg_session_open_async(stage->session, file, on_opened, &opened);
  wait_until(&opened);
  sg_session_separate_async(stage->session, "hpss", on_separated, &separated);
  wait_until(&separated);
  g_assert_cmpuint(g_list_model_get_n_items(sg_session_get_stems(stage->session)), ==, N_STEMS);
}

static void
render(Stage *stage)
{
  SgSeparation *separation = sg_mask_set_get_separation(sg_session_get_mask_set(stage->session));
  SgRenderSettings hard = SG_RENDER_SETTINGS_NATURAL;
  hard.strength[0] = SG_STEM_STRENGTH_MAX;
  stage->rendered[0] = test_render_dup(separation, &SG_RENDER_SETTINGS_NATURAL, 8192);
  stage->rendered[1] = test_render_dup(separation, &hard, 8192);
}

/* The output is opened by playing, and only then are there ports to record. */
static void
open_output(Stage *stage)
{
  SgPlayer *player = sg_session_get_player(stage->session);
  sg_player_play(player);
  stage->recorder = test_recorder_new();
  sg_player_pause(player);
}

static void
stage_init(Stage *stage)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SgPlayer) player = sg_player_new(sg_output_portaudio_new(), &error);
  g_assert_no_error(error);
  *stage = (Stage){ .folder = test_folder_new(), .session = sg_session_new(player), .n = SECONDS * RATE };
  open_and_separate(stage);
  for (guint j = 0; j < N_STEMS; j++)
    stage->stems[j] = g_list_model_get_item(sg_session_get_stems(stage->session), j);
  render(stage);
  open_output(stage);
}

static void
stage_clear(Stage *stage)
{
  test_recorder_free(stage->recorder);
  for (guint j = 0; j < N_STEMS; j++)
    g_object_unref(stage->stems[j]);
  g_object_unref(stage->session);
  for (guint i = 0; i < 2; i++)
    g_free(stage->rendered[i]);
  test_folder_remove(stage->folder);
}

/* How the mixer stands before each change. */
static const Mix before = { .gains = { { 0.5, 0.25 }, { 0.6, 0.8 } } };

static void
set_before(SgStem *const stems[N_STEMS])
{
  sg_stem_set_gain_db(stems[0], 20.0 * log10(0.5));
  sg_stem_set_pan(stems[0], -0.5);
  sg_stem_set_gain_db(stems[1], 20.0 * log10(0.8));
  sg_stem_set_pan(stems[1], 0.25);
  for (guint j = 0; j < N_STEMS; j++) {
    sg_stem_set_muted(stems[j], FALSE);
    sg_stem_set_soloed(stems[j], FALSE);
    sg_stem_set_strength(stems[j], 1.0);
  }
}

static double
mix_sample(const Stage *stage, const Mix *mix, gint64 frame, int side)
{
  const float *stems = stage->rendered[mix->hard];
  double sum = 0.0;
  for (int j = 0; j < N_STEMS; j++)
    sum += mix->gains[j][side] * (double)stems[2 * (j * stage->n + frame) + side];
  return sum;
}

/* The largest error of the frames from `first` up to `end`, when the fade to `after` begins at `fade`. */
static double
largest_error(const Stage *stage, const float *heard, const Mix *after, gint64 fade, gint64 first, gint64 end)
{
  double largest = 0.0;
  for (gint64 i = first; i < end; i++) {
    double weight = CLAMP((double)(i - fade) / FADE, 0.0, 1.0);
    for (int side = 0; side < 2; side++) {
      double wanted =
          (1.0 - weight) * mix_sample(stage, &before, i, side) + weight * mix_sample(stage, after, i, side);
      largest = fmax(largest, fabs((double)heard[2 * i + side] - wanted));
    }
  }
  return largest;
}

/* The frame where the fade begins: at the first that is not what it was or, as stems may be near silence,
 * up to a fade before it. */
static gint64
find_fade(const Stage *stage, const float *heard, const Mix *after, gint64 end)
{
  gint64 left = 0, found;
  double least = INFINITY;
  while (left < end && largest_error(stage, heard, &before, left, left, left + 1) <= MOST_FADE_ERROR)
    left++;
  g_assert_cmpint(left, <, end - FADE); /* heard at all */
  found = left;
  for (gint64 fade = MAX(left - FADE, 0); fade <= left; fade++) {
    double error = largest_error(stage, heard, after, fade, fade, fade + FADE);
    if (error < least) {
      least = error;
      found = fade;
    }
  }
  return found;
}

/* Pausing fades, and a seek cross-fades from what still sounds. */
static void
wait_for_silence(const Stage *stage)
{
  enum { LENGTH = 4 * TEST_JACK_BLOCK };
  const float *heard = test_recorder_stereo(stage->recorder);
  gint64 give_up = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
  gboolean silent = FALSE;
  while (!silent) {
    g_assert_cmpint(g_get_monotonic_time(), <, give_up);
    test_recorder_begin(stage->recorder);
    wait_for_frames(stage, LENGTH);
    silent = TRUE;
    for (gint64 i = 0; i < 2 * LENGTH; i++)
      silent = silent && heard[i] == 0.0f;
  }
}

/* Plays from the start, makes the change in the middle. `out_asked` is the frame recorded last then. */
static void
play_change(Stage *stage, const Change *change, gint64 *out_asked)
{
  SgPlayer *player = sg_session_get_player(stage->session);
  set_before(stage->stems);
  wait_for_silence(stage);
  sg_player_seek(player, 0);
  test_recorder_begin(stage->recorder);
  sg_player_play(player);
  const float *heard = test_recorder_stereo(stage->recorder);
  gint64 first = 0, n;
  do {
    n = first + TEST_JACK_BLOCK;
    wait_for_frames(stage, n);
    while (first < n && heard[2 * first] == 0.0f && heard[2 * first + 1] == 0.0f)
      first++;
  } while (first == n);
  wait_for_frames(stage, first + ASKED_AFTER);
  *out_asked = test_recorder_n_frames(stage->recorder);
  change->apply(stage->stems);
  wait_for_frames(stage, *out_asked + HEARD_AFTER);
  sg_player_pause(player);
}

/* The frame of the recording that is the song's first: both have their first sound at the same sample. */
static gint64
find_start(const Stage *stage, const float *heard)
{
  const double least = 1e-3;
  gint64 in_song = 0, in_heard = 0;
  while (fabs(mix_sample(stage, &before, in_song, 0)) < least)
    in_song++;
  while (fabsf(heard[2 * in_heard]) < least)
    in_heard++;
  g_assert_cmpint(in_heard, >=, in_song);
  return in_heard - in_song;
}

/* Whether it was heard in time. That it is heard as it should be is asserted, unless the machine was so busy
 * that our own ring ran empty. */
static gboolean
is_heard_in_time(Stage *stage, const Change *change)
{
  gint64 asked;
  guint64 n_underruns = sg_player_get_n_underruns(sg_session_get_player(stage->session));
  play_change(stage, change, &asked);
  if (sg_player_get_n_underruns(sg_session_get_player(stage->session)) != n_underruns)
    return FALSE;
  const float *heard = test_recorder_stereo(stage->recorder);
  gint64 start = find_start(stage, heard), end = asked + HEARD_AFTER - start;
  heard += 2 * start;
  gint64 fade = find_fade(stage, heard, &change->after, end);
  double error = fmax(largest_error(stage, heard, &change->after, fade, 0, fade),
                      largest_error(stage, heard, &change->after, fade, fade + FADE, end));
  double fade_error = largest_error(stage, heard, &change->after, fade, fade, fade + FADE);
  double heard_s = (double)(start + fade + FADE - asked) / RATE;
  g_test_message("whole after %.1f ms; error %.1f dB, in the fade %.1f dB", 1000.0 * heard_s,
                 test_dbfs(error), test_dbfs(fade_error));
  g_assert_cmpint(start + fade, >=, asked);
  g_assert_cmpfloat(error, <=, MOST_ERROR);
  g_assert_cmpfloat(fade_error, <=, MOST_FADE_ERROR);
  return heard_s <= change->limit_s;
}

static void
test_change(Stage *stage, const Change *change)
{
  int n_attempts = 1;
  while (!is_heard_in_time(stage, change) && n_attempts <= N_ATTEMPTS)
    n_attempts++;
  g_assert_cmpint(n_attempts, <=, N_ATTEMPTS);
}

static void
turn_down(SgStem *const stems[N_STEMS])
{
  sg_stem_set_gain_db(stems[1], 20.0 * log10(0.2));
}

static void
pan(SgStem *const stems[N_STEMS])
{
  sg_stem_set_pan(stems[0], 0.75);
}

static void
mute(SgStem *const stems[N_STEMS])
{
  sg_stem_set_muted(stems[0], TRUE);
}

static void
solo(SgStem *const stems[N_STEMS])
{
  sg_stem_set_soloed(stems[0], TRUE);
}

static void
harden(SgStem *const stems[N_STEMS])
{
  sg_stem_set_strength(stems[0], SG_STEM_STRENGTH_MAX);
}

static const Change changes[] = {
  { "gain", turn_down, { .gains = { { 0.5, 0.25 }, { 0.15, 0.2 } } }, 0.02 },
  { "pan", pan, { .gains = { { 0.125, 0.5 }, { 0.6, 0.8 } } }, 0.02 },
  { "mute", mute, { .gains = { { 0.0, 0.0 }, { 0.6, 0.8 } } }, 0.02 },
  { "solo", solo, { .gains = { { 0.5, 0.25 }, { 0.0, 0.0 } } }, 0.02 },
  { "strength", harden, { .gains = { { 0.5, 0.25 }, { 0.6, 0.8 } }, .hard = TRUE }, 0.1 },
};

static void
test_changes(void)
{
  if (!test_jack_start())
    return;
  Stage stage;
  stage_init(&stage);
  for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
    g_test_message("%s", changes[i].name);
    test_change(&stage, &changes[i]);
  }
  stage_clear(&stage);
  test_jack_stop();
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/session-jack/changes", test_changes);
  return g_test_run();
}
