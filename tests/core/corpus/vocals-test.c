#include "core/corpus/vocals.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "core/corpus/speaker.h"
#include "core/dsp/voice-stretch.h"
#include "tests/core/corpus/pitch.h"
#include "tests/support.h"

/* A spoken vowel in a file: silence, a second of harmonics of pitch_hz, silence, at a level of 0.3. */
static void
write_vowel(const char *path, double pitch_hz, double seconds)
{
  SgClip *clip = sg_clip_new((int64_t)((seconds + 0.6) * SG_CORPUS_RATE_HZ));
  for (int64_t i = 0; i < (int64_t)(seconds * SG_CORPUS_RATE_HZ); i++)
    for (int c = 0; c < 2; c++)
      for (int h = 1; h <= 30; h++)
        clip->channels[c][i + 3 * SG_CORPUS_RATE_HZ / 10] +=
            (float)(0.1 * exp(-fabs(h * pitch_hz - 700.0) / 500.0) *
                    sin(2.0 * M_PI * pitch_hz * h * (double)i / SG_CORPUS_RATE_HZ));
  sg_clip_scale(clip, 0.3f / sg_clip_peak(clip));
  g_remove(path);
  test_assert_ok(sg_clip_save(clip, path, NULL));
  sg_clip_free(clip);
}

/* A take is cut to its speech, with silent ends and peak 1, and knows its pitch; what is too short is none,
 * and a click in the middle of it is gone. */
static void
test_take(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "a.flac", NULL);
  SgTake *take = NULL;
  write_vowel(path, 180.0, 0.8);
  test_assert_ok(sg_take_load(path, &take, NULL));
  g_assert_cmpfloat_with_epsilon((double)take->n / SG_CORPUS_RATE_HZ, 0.84, 0.03);
  g_assert_cmpfloat(fabsf(take->samples[0]) + fabsf(take->samples[take->n - 1]), <, 1e-3f);
  g_assert_cmpfloat_with_epsilon(take->middle_hz, 180.0, 3.0);
  for (int64_t i = 0; i < take->n; i++)
    g_assert_cmpfloat(fabsf(take->samples[i]), <=, 1.0f);
  sg_take_free(take);
  write_vowel(path, 180.0, 0.1);
  test_assert_status(sg_take_load(path, &take, NULL), SG_NO_SAMPLES);

  SgClip *clicked = NULL;
  write_vowel(path, 180.0, 0.8);
  test_assert_ok(sg_clip_load(path, 3.0, &clicked, NULL));
  clicked->channels[0][30000] = clicked->channels[1][30000] = 0.9f;
  g_remove(path);
  test_assert_ok(sg_clip_save(clicked, path, NULL));
  test_assert_ok(sg_take_load(path, &take, NULL));
  float jump = 0.0f;
  for (int64_t i = 4410; i + 4410 < take->n; i++)
    jump = fmaxf(jump, fabsf(take->samples[i] - 0.5f * (take->samples[i - 1] + take->samples[i + 1])));
  g_assert_cmpfloat(jump, <, 0.1f);
  sg_take_free(take);
  sg_clip_free(clicked);
}

/* A shelf of one speaker with a dozen vowels. */
static SgRecordings *
recordings_new(const char *folder)
{
  const char *const shelves[] = { "/nowhere/at/all", folder, NULL };
  g_autofree char *speaker = g_build_filename(folder, "xx", NULL);
  SgRecordings *recordings = NULL;
  g_assert_cmpint(g_mkdir(speaker, 0777), ==, 0);
  for (int i = 0; i < 12; i++) {
    g_autofree char *path = g_strdup_printf("%s/%02d.flac", speaker, i);
    write_vowel(path, 140.0 + i, 0.5);
  }
  test_assert_ok(sg_recordings_new(shelves, &recordings, NULL));
  g_assert_cmpuint(sg_recordings_n_speakers(recordings), ==, 1);
  g_assert_true(g_str_has_suffix(sg_recordings_speaker(recordings, 0), " xx"));
  return recordings;
}

/* A recorded speaker sings the note's pitch class for as long as it lasts and no longer, the same from the
 * same seed; spoken, the voice keeps near its own pitch. No folder, no recordings, no error. */
static void
test_recorded_voice(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  SgRecordings *recordings = recordings_new(folder), *none = NULL;
  test_assert_ok(sg_recordings_new((const char *const[]){ "/nowhere/at/all", NULL }, &none, NULL));
  g_assert_null(none);
  SgRandom random = test_random();
  SgSpeaker speaker;
  test_assert_ok(sg_recordings_open(recordings, 0, SG_SPEAKER_MAX_TAKES, &random, &speaker, NULL));
  g_assert_cmpuint(speaker.n, ==, 12);
  const SgMidiNote note = { .start_s = 0.5, .duration_s = 1.5, .key = 57, .velocity = 100 };
  SgClip *sung[2], *spoken = sg_clip_new(3 * SG_CORPUS_RATE_HZ);
  guint64 seed = sg_random_bits(&random);
  for (int run = 0; run < 2; run++) {
    SgRandom again = sg_random_seeded(seed);
    sung[run] = sg_clip_new(3 * SG_CORPUS_RATE_HZ);
    test_assert_ok(sg_speaker_sing(&speaker, &note, 1, &again, sung[run], NULL));
  }
  for (int c = 0; c < 2; c++)
    g_assert_cmpmem(sung[0]->channels[c], (gsize)sung[0]->n * sizeof(float), sung[1]->channels[c],
                    (gsize)sung[1]->n * sizeof(float));
  double heard_hz = test_pitch_hz(sung[0]->channels[0] + 44100, 16000, 80.0, 500.0);
  double octaves = log2(heard_hz / 220.0);
  g_assert_cmpfloat_with_epsilon(octaves, round(octaves), 0.06); /* vibrato and drift */
  float before = 0.0f, held = 0.0f, after = 0.0f;
  for (int64_t i = 0; i < sung[0]->n; i++) {
    float x = fabsf(sung[0]->channels[0][i]);
    before = i < 21000 ? fmaxf(before, x) : before;
    held = i > 70000 && i < 80000 ? fmaxf(held, x) : held;
    after = i > 96000 ? fmaxf(after, x) : after;
  }
  g_assert_cmpfloat(before, ==, 0.0f);
  g_assert_cmpfloat(held, >, 0.1f);
  g_assert_cmpfloat(after, ==, 0.0f);

  test_assert_ok(sg_speaker_rap(&speaker, &note, 1, 120.0, &random, spoken, NULL));
  heard_hz = test_pitch_hz(spoken->channels[0] + 26000, 8000, 80.0, 300.0);
  g_assert_cmpfloat(heard_hz, >, 120.0);
  g_assert_cmpfloat(heard_hz, <, 180.0);
  for (int run = 0; run < 2; run++)
    sg_clip_free(sung[run]);
  sg_clip_free(spoken);
  sg_speaker_clear(&speaker);
  sg_recordings_free(recordings);
}

/* Whatever manners are drawn, phrases sound where notes are and the credit names who performs them. */
static void
test_vocals(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  SgRecordings *recordings = recordings_new(folder);
  SgCast cast = { .recordings = recordings };
  SgRandom random = test_random();
  for (int trial = 0; trial < 4; trial++) {
    SgNotes notes = { 0 };
    for (int i = 0; i < 6; i++)
      g_assert_true(sg_notes_add(
          &notes,
          (SgMidiNote){ .start_s = 0.5 + i, .duration_s = 0.45, .key = (uint8_t)(57 + i), .velocity = 100 }));
    SgClip *clip = sg_clip_new(8 * SG_CORPUS_RATE_HZ);
    char text[SG_VOCALS_CREDIT_SIZE];
    test_assert_ok(sg_vocals_render(&cast, &notes, 120.0, &random, clip, text, NULL));
    g_assert_nonnull(strstr(text, " xx"));
    for (int i = 0; i < 6; i++) {
      float peak = 0.0f;
      for (int64_t k = (int64_t)((0.5 + i) * SG_CORPUS_RATE_HZ); k < (int64_t)((0.9 + i) * SG_CORPUS_RATE_HZ);
           k++)
        peak = fmaxf(peak, fabsf(clip->channels[0][k]));
      g_assert_cmpfloat(peak, >, 0.02f);
    }
    sg_clip_free(clip);
    sg_notes_clear(&notes);
  }
  sg_recordings_free(recordings);
}

/* Twice as slow and four semitones up, then eight: as long and as high as asked for. */
static void
test_stretch(void)
{
  enum { N_STEPS = 100, N = N_STEPS * SG_VOICE_STEP };
  SgVoiceStep steps[N_STEPS];
  float *voice = g_new0(float, N), *out = g_new0(float, 4 * N);
  for (int i = 0; i < N; i++)
    for (int h = 1; h <= 10; h++)
      voice[i] += (float)(0.2 / h * sin(2.0 * M_PI * 150.0 * h * i / SG_CORPUS_RATE_HZ));
  for (int i = 0; i < N_STEPS; i++)
    steps[i] = (SgVoiceStep){ 0.5, i < N_STEPS / 2 ? 4.0 : 8.0 };
  size_t n = sg_voice_stretch(SG_CORPUS_RATE_HZ, voice, steps, N_STEPS, out, 4 * N);
  g_assert_cmpfloat_with_epsilon((double)n / N, 2.0, 0.15);
  g_assert_cmpfloat_with_epsilon(test_pitch_hz(out + N / 2, 12000, 100.0, 400.0), 150.0 * exp2(4 / 12.0),
                                 4.0);
  g_assert_cmpfloat_with_epsilon(test_pitch_hz(out + 3 * N / 2, 12000, 100.0, 400.0), 150.0 * exp2(8 / 12.0),
                                 5.0);
  g_assert_cmpuint(sg_voice_stretch(SG_CORPUS_RATE_HZ, voice, steps, N_STEPS, out, 1000), ==, 1000);
  g_free(voice);
  g_free(out);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/vocals/stretch", test_stretch);
  g_test_add_func("/vocals/take", test_take);
  g_test_add_func("/vocals/recorded-voice", test_recorded_voice);
  g_test_add_func("/vocals/manners", test_vocals);
  return g_test_run();
}
