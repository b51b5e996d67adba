#include "core/corpus/song.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/corpus/amp.h"
#include "core/corpus/chart.h"
#include "core/corpus/child.h"
#include "core/corpus/demos.h"
#include "core/corpus/drummer.h"
#include "core/corpus/effects.h"
#include "core/corpus/electronic.h"
#include "core/corpus/guitar.h"
#include "core/corpus/speaker.h"
#include "core/corpus/sweeps.h"
#include "core/corpus/synth.h"
#include "core/corpus/vocoder.h"
#include "tests/support.h"

/* Tracks of the demo projects, as LMMS names their files. */
static void
test_demo_roles(void)
{
  static const struct {
    const char *file_name;
    int role;
  } cases[] = {
    { "4_Dirty World BD.wav", SG_ROLE_DRUMS },
    { "7_Open HiHat 02.wav", SG_ROLE_DRUMS },
    { "26_hihat_closed05.ogg.wav", SG_ROLE_DRUMS },
    { "9_bassdrum04.ogg.wav", SG_ROLE_DRUMS },
    { "3_Snarre roll 01.wav", SG_ROLE_DRUMS },
    { "12_old_kik.ds.wav", SG_ROLE_DRUMS },
    { "12_type_noise.ds.wav", SG_ROLE_DRUMS },
    { "2_Mute Bass.wav", SG_ROLE_BASS },
    { "20_sub low pass.wav", SG_ROLE_BASS },
    { "3_rave_bass01.ogg.wav", SG_ROLE_BASS },
    { "1_E-Piano.wav", -1 },
    { "3_Trumpet.wav", -1 },
    { "5_Default preset.wav", -1 },
    { "8_Strings (low).wav", -1 },
    { "8_Bottom strings.wav", -1 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    g_assert_cmpint(sg_demo_role(cases[i].file_name), ==, cases[i].role);
}

/* A program ends by itself, well or not, or soon after it is told to. */
static void
test_child(void)
{
  atomic_bool stop = false;
  g_assert_true(sg_child_run_until((char *[]){ (char *)"true", NULL }, &stop));
  g_assert_false(sg_child_run_until((char *[]){ (char *)"false", NULL }, &stop));
  g_assert_false(sg_child_run((char *[]){ (char *)"no-such-program-anywhere", NULL }));
  double start = test_seconds();
  stop = true;
  g_assert_false(sg_child_run_until((char *[]){ (char *)"sleep", (char *)"60", NULL }, &stop));
  g_assert_cmpfloat(test_seconds() - start, <, 20.0);
}

/* The period of the strongest autocorrelation between `low_hz` and `high_hz`, as a frequency. */
static double
pitch_hz(const float *samples, int64_t n, double low_hz, double high_hz)
{
  int best = 0;
  double best_sum = -1.0;
  for (int lag = (int)(SG_CORPUS_RATE_HZ / high_hz); lag <= (int)(SG_CORPUS_RATE_HZ / low_hz); lag++) {
    double sum = 0.0, power = 1e-12;
    for (int64_t i = 0; i + lag < n; i++) {
      sum += (double)samples[i] * samples[i + lag];
      power += (double)samples[i + lag] * samples[i + lag];
    }
    if (sum / sqrt(power) > best_sum) {
      best_sum = sum / sqrt(power);
      best = lag;
    }
  }
  return (double)SG_CORPUS_RATE_HZ / best;
}

/* Whatever patch is drawn, a note sounds at its key, while it is held and not after its release. */
static void
test_synth(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < 12; trial++) {
    SgPatch patch = sg_patch_draw(SG_PATCH_BASS, &random);
    patch.sustain = fmax(patch.sustain, 0.3);
    uint8_t key = (uint8_t)(33 + sg_random_below(&random, 12));
    SgMidiNote note = { .start_s = 0.5, .duration_s = 0.8, .key = key, .velocity = 100 };
    SgClip *clip = sg_clip_new(2 * SG_CORPUS_RATE_HZ);
    g_assert_cmpint(sg_patch_render(&patch, &note, 1, &random, clip, NULL), ==, SG_OK);
    double wanted_hz = 440.0 * exp2((key + 12 * patch.octave - 69) / 12.0);
    while (wanted_hz < 32.0)
      wanted_hz *= 2.0;
    double heard_hz = pitch_hz(clip->channels[0] + SG_CORPUS_RATE_HZ * 6 / 10, 16000, 25.0, 300.0);
    /* A wave without a fundamental may repeat sooner: allow its harmonics, nothing between. */
    double ratio = heard_hz / wanted_hz;
    g_assert_cmpfloat(fabs(ratio - round(ratio)), <, 0.02 * ratio);
    for (int64_t i = 0; i < clip->n; i++)
      if (i < SG_CORPUS_RATE_HZ / 2 || i > (int64_t)((1.3 + patch.release_s) * SG_CORPUS_RATE_HZ) + 1)
        g_assert_cmpfloat(clip->channels[0][i], ==, 0.0f);
    sg_clip_free(clip);
  }
}

/* Each stroke begins at its note, louder ones are louder, and a closed hi-hat stops the open one. */
static void
test_drums(void)
{
  SgRandom random = test_random();
  SgKit *kit = sg_kit_synthesise(&random);
  g_assert_true(sg_kit_is_complete(kit));
  const SgKit *kits[] = { kit };
  SgDrumSetup setup = sg_drum_setup_draw(kits, 1, &random);
  setup.dynamics = 1.0;
  const SgMidiNote notes[] = { { .start_s = 0.25, .key = 36, .velocity = 100 },
                               { .start_s = 3.0, .key = 46, .velocity = 100 },
                               { .start_s = 3.05, .key = 42, .velocity = 1 } };
  SgClip *choked = sg_clip_new(4 * SG_CORPUS_RATE_HZ), *open = sg_clip_new(4 * SG_CORPUS_RATE_HZ);
  sg_drum_setup_render(&setup, notes, 3, &random, choked);
  sg_drum_setup_render(&setup, notes, 2, &random, open);
  int64_t start = SG_CORPUS_RATE_HZ / 4, late = (int64_t)(3.09 * SG_CORPUS_RATE_HZ);
  float before = 0.0f, after = 0.0f, rings = 0.0f, stopped = 0.0f;
  for (int64_t i = 0; i < start; i++)
    before = fmaxf(before, fabsf(choked->channels[0][i]));
  for (int64_t i = start; i < start + 4410; i++)
    after = fmaxf(after, fabsf(choked->channels[0][i]));
  for (int64_t i = late; i < late + 2000; i++) {
    rings = fmaxf(rings, fabsf(open->channels[0][i]));
    stopped = fmaxf(stopped, fabsf(choked->channels[0][i]));
  }
  g_assert_cmpfloat(before, ==, 0.0f);
  g_assert_cmpfloat(after, >, 0.1f);
  g_assert_cmpfloat(stopped, <, 0.2f * rings);
  sg_clip_free(open);
  sg_clip_free(choked);
  sg_kit_free(kit);
}

static void
test_names(void)
{
  static const struct {
    const char *name;
    SgDrum drum;
  } cases[] = {
    { "Kick", SG_DRUM_KICK },
    { "bd_808.flac", SG_DRUM_KICK },
    { "g3 - bass drum 3", SG_DRUM_KICK },
    { "Snare Rimshot (Pearl Free Floating Maple 14x3.5)", SG_DRUM_SNARE },
    { "Closed HH", SG_DRUM_HAT_CLOSED },
    { "a#3 - hi-hat open", SG_DRUM_HAT_OPEN },
    { "VariBreaks Hat 1 Pd", SG_DRUM_HAT_PEDAL },
    { "drum_cymbal_soft.flac", SG_DRUM_CRASH },
    { "Tom Low (Tama Superstar 16\")", SG_DRUM_TOM_LOW },
    { "drum_tom_hi_soft.flac", SG_DRUM_TOM_HIGH },
    { "Ride Jazz", SG_DRUM_RIDE },
    { "Cowbell", SG_DRUM_PERCUSSION },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    g_assert_cmpint(sg_drum_from_name(cases[i].name), ==, cases[i].drum);
  g_assert_cmpint(sg_drum_from_key(36), ==, SG_DRUM_KICK);
  g_assert_cmpint(sg_drum_from_key(81), ==, SG_DRUM_PERCUSSION);
}

/* Melodies stay in their range and in time, one note at a time, on chord tones where the bar is strong. */
static void
test_melody(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < 50; trial++) {
    SgChart chart = sg_chart_draw(40.0, &random);
    SgNotes notes = { 0 };
    g_assert_true(sg_chart_melody(&chart, 52, 74, &random, &notes));
    double bar_s = sg_chart_bar_s(&chart);
    for (gsize i = 0; i < notes.n; i++) {
      const SgMidiNote *note = &notes.items[i];
      g_assert_cmpuint(note->key, >=, 52);
      g_assert_cmpuint(note->key, <=, 74);
      g_assert_cmpfloat(note->start_s + note->duration_s, <=, chart.n_bars * bar_s + 1e-9);
      if (i > 0)
        g_assert_cmpfloat(note->start_s, >=, note[-1].start_s + note[-1].duration_s);
    }
    sg_notes_clear(&notes);
  }
}

/* A buzz at 200 Hz is heard as voiced with its formant, and speaks again at the pitch that is asked for. */
static void
test_vocoder(void)
{
  SgClip *vowel = sg_clip_new(SG_CORPUS_RATE_HZ / 2);
  for (int64_t i = 0; i < vowel->n; i++)
    for (int h = 1; h <= 20; h++) /* a formant at 800 Hz */
      vowel->channels[0][i] += (float)(0.1 * exp(-fabs(h - 4.0) / 2.0) *
                                       sin(2.0 * M_PI * 200.0 * h * (double)i / SG_CORPUS_RATE_HZ));
  SgSpeech *speech = NULL;
  g_assert_cmpint(sg_speech_analyse(vowel, &speech, NULL), ==, SG_OK);
  const SgVoiceFrame *middle = &speech->frames[speech->n_frames / 2];
  g_assert_cmpfloat(middle->voicing, >, 0.9f);
  int loudest = 0;
  for (int b = 0; b < SG_VOCODER_BANDS; b++)
    loudest = middle->envelope[b] > middle->envelope[loudest] ? b : loudest;
  double top_mel = 2595.0 * log10(1.0 + SG_CORPUS_RATE_HZ / 1400.0),
         mel = top_mel * (loudest + 0.5) / SG_VOCODER_BANDS;
  g_assert_cmpfloat_with_epsilon(700.0 * (pow(10.0, mel / 2595.0) - 1.0), 800.0, 150.0);

  SgRandom random = test_random();
  enum { N = 60 };
  SgVoiceFrame *frames = SG_NEW(SgVoiceFrame, N);
  float f0_hz[N];
  for (int f = 0; f < N; f++) {
    frames[f] = *middle;
    f0_hz[f] = 310.0f;
  }
  SgClip *sung = sg_clip_new(N * SG_VOCODER_HOP);
  g_assert_cmpint(
      sg_vocoder_speak(frames, f0_hz, N, (SgVoiceManner){ 0.02, 1.0 }, 1.0f, 1.0f, &random, sung, NULL), ==,
      SG_OK);
  g_assert_cmpfloat_with_epsilon(pitch_hz(sung->channels[0] + 6000, 12000, 150.0, 450.0), 310.0, 5.0);
  sg_clip_free(sung);
  sg_free(frames);
  sg_speech_free(speech);
  SgClip *too_short = sg_clip_new(100);
  g_assert_cmpint(sg_speech_analyse(too_short, &speech, NULL), ==, SG_NO_SAMPLES);
  sg_clip_free(too_short);
  sg_clip_free(vowel);
}

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
  test_assert_ok(sg_recordings_open(recordings, 0, &random, &speaker, NULL));
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
  double heard_hz = pitch_hz(sung[0]->channels[0] + 44100, 16000, 80.0, 500.0);
  double octaves = log2(heard_hz / 220.0);
  g_assert_cmpfloat_with_epsilon(octaves, round(octaves), 0.06); /* vibrato and drift */
  float before = 0.0f, held = 0.0f, after = 0.0f;
  for (int64_t i = 0; i < sung[0]->n; i++) {
    float x = fabsf(sung[0]->channels[0][i]);
    before = i < 21000 ? fmaxf(before, x) : before;
    held = i > 70000 && i < 80000 ? fmaxf(held, x) : held;
    after = i > 93000 ? fmaxf(after, x) : after;
  }
  g_assert_cmpfloat(before, ==, 0.0f);
  g_assert_cmpfloat(held, >, 0.1f);
  g_assert_cmpfloat(after, ==, 0.0f);

  test_assert_ok(sg_speaker_rap(&speaker, &note, 1, 120.0, &random, spoken, NULL));
  heard_hz = pitch_hz(spoken->channels[0] + 26000, 8000, 80.0, 300.0);
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

/* The treble that is asked for is what comes out, within what the shelf's slope lets through. */
static void
test_treble(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < 4; trial++) {
    SgClip *clip = sg_clip_new(2 * SG_CORPUS_RATE_HZ);
    double low = 0.0;
    for (int64_t i = 0; i < clip->n; i++) {
      double white = 2.0 * sg_random_unit(&random) - 1.0;
      low += 0.05 * (white - low);
      clip->channels[0][i] = clip->channels[1][i] = (float)low;
    }
    SgEffects effects = { .ratio = 1.0, .width = 1.0, .treble_db = -10.0 - 4.0 * trial };
    test_assert_ok(sg_effects_apply(&effects, clip, NULL));
    g_assert_cmpfloat_with_epsilon(sg_treble_db(clip), effects.treble_db, 2.0);
    sg_clip_free(clip);
  }
}

/* An echo comes when it is due, from the other side. */
static void
test_echo(void)
{
  SgClip *clip = sg_clip_new(SG_CORPUS_RATE_HZ);
  clip->channels[0][1000] = 1.0f;
  SgEffects effects = { .ratio = 1.0, .width = 1.0, .echo_wet = 0.5, .echo_s = 0.1, .echo_feedback = 0.5 };
  test_assert_ok(sg_effects_apply(&effects, clip, NULL));
  g_assert_cmpfloat(fabsf(clip->channels[0][1000 + 4410]), >, 0.4f);
  g_assert_cmpfloat(fabsf(clip->channels[1][1000 + 8820]), >, 0.02f);
  g_assert_cmpfloat(fabsf(clip->channels[0][1000 + 2205]), <, 0.05f);
  sg_clip_free(clip);
}

/* Crushed samples come in runs of equal values on few steps. */
static void
test_crush(void)
{
  SgClip *clip = sg_clip_new(SG_CORPUS_RATE_HZ);
  for (int64_t i = 0; i < clip->n; i++)
    clip->channels[0][i] = clip->channels[1][i] = (float)sin(0.05 * (double)i);
  SgEffects effects = { .ratio = 1.0, .width = 1.0, .crush_hold = 4, .crush_bits = 5 };
  test_assert_ok(sg_effects_apply(&effects, clip, NULL));
  int n_jumps = 0; /* block_dc moves held values a little, jumps stay jumps */
  for (int64_t i = 1; i < clip->n; i++)
    n_jumps += fabsf(clip->channels[0][i] - clip->channels[0][i - 1]) > 0.03f;
  g_assert_cmpint(n_jumps, >, 2000);
  g_assert_cmpint(n_jumps, <=, SG_CORPUS_RATE_HZ / 4);
  sg_clip_free(clip);
}

/* Plucked strings sound at their pitch; an amplifier fills a pure tone with harmonics below its cabinet's end
 * and keeps the level. */
static void
test_guitar(void)
{
  SgRandom random = test_random();
  static const uint8_t keys[] = { 40, 52, 64, 76 };
  for (gsize k = 0; k < G_N_ELEMENTS(keys); k++) {
    SgNotes notes = { 0 };
    SgClip *clip = sg_clip_new(2 * SG_CORPUS_RATE_HZ);
    g_assert_true(sg_notes_add(&notes, (SgMidiNote){ .duration_s = 1.5, .key = keys[k], .velocity = 100 }));
    test_assert_ok(sg_guitar_pluck(&notes, &random, clip, NULL));
    double wanted_hz = 440.0 * exp2((keys[k] - 69) / 12.0);
    double heard_hz = pitch_hz(clip->channels[0] + 22050, 16000, 0.7 * wanted_hz, 1.4 * wanted_hz);
    g_assert_cmpfloat_with_epsilon(heard_hz / wanted_hz, 1.0, 0.02);
    sg_clip_free(clip);
    sg_notes_clear(&notes);
  }
  SgClip *tone = sg_clip_new(SG_CORPUS_RATE_HZ);
  for (int64_t i = 0; i < tone->n; i++)
    tone->channels[0][i] = tone->channels[1][i] =
        (float)(0.3 * sin(2.0 * M_PI * 300.0 * (double)i / 44100.0));
  float level = sg_clip_level(tone);
  double before_db = sg_treble_db(tone);
  SgAmp amp = { 80.0, 20.0, 0.2, 3000.0, 3.0, 0.0, 5000.0 };
  sg_amp_apply(&amp, tone);
  g_assert_cmpfloat_with_epsilon(sg_clip_level(tone) / level, 1.0, 0.05);
  g_assert_cmpfloat(sg_treble_db(tone), >, before_db + 10.0);
  g_assert_cmpfloat(sg_treble_db(tone), <, -15.0);
  sg_clip_free(tone);
}

/* Rhythm guitars strike chords on the bass line's roots, and rest where there is no bass. */
static void
test_guitar_part(void)
{
  SgRandom random = test_random();
  SgArrangement arrangement = { .duration_s = 40.0, .beats_per_minute = 120.0, .n_lanes = 1 };
  SgNotes notes = { 0 };
  g_assert_true(sg_guitar_arrange(&arrangement, SG_GUITAR_RHYTHM, &random, &notes));
  g_assert_cmpuint(notes.n, ==, 0);
  for (int bar = 0; bar < 20; bar++)
    g_assert_true(
        sg_notes_add(&arrangement.parts[SG_ROLE_BASS],
                     (SgMidiNote){ .start_s = 2.0 * bar, .duration_s = 1.9, .key = 33, .velocity = 90 }));
  while (notes.n == 0) /* it may sit out */
    g_assert_true(sg_guitar_arrange(&arrangement, SG_GUITAR_RHYTHM, &random, &notes));
  for (gsize i = 0; i < notes.n; i++) {
    g_assert_true(notes.items[i].key % 12 == 9 || notes.items[i].key % 12 == 4); /* A and its fifth */
    g_assert_cmpfloat(notes.items[i].start_s, <, 40.1);
  }
  sg_notes_clear(&notes);
  sg_arrangement_clear(&arrangement);
}

/* Sweeps are there, and no louder than asked for. */
static void
test_sweeps(void)
{
  SgRandom random = test_random();
  SgClip *clip = sg_clip_new(60 * SG_CORPUS_RATE_HZ);
  test_assert_ok(sg_sweeps_add(120.0, 0.1f, &random, clip, NULL));
  g_assert_cmpfloat(sg_clip_peak(clip), >, 0.01f);
  g_assert_cmpfloat(sg_clip_peak(clip), <, 1.0f);
  sg_clip_free(clip);
}

/* A whole song on synthesised instruments: the same from the same seed, within full scale as stems and as
 * mixture. */
static void
test_song(void)
{
  SgRandom kit_random = test_random();
  SgKit *kit = sg_kit_synthesise(&kit_random);
  SgInstruments instruments = { .electronic_kits = { kit }, .n_electronic_kits = 1 };
  guint64 seed = sg_random_bits(&kit_random);
  SgSong songs[2];
  for (int run = 0; run < 2; run++) {
    SgRandom random = sg_random_seeded(seed);
    SgArrangement arrangement = { 0 };
    SgFontBank *bank = sg_font_bank_new(&instruments);
    g_assert_cmpint(sg_arrange_electronic(12.0, &random, &arrangement, NULL), ==, SG_OK);
    g_assert_cmpint(sg_song_render(&arrangement, &instruments, bank, &random, NULL, &songs[run], NULL), ==,
                    SG_OK);
    sg_font_bank_free(bank);
    sg_arrangement_clear(&arrangement);
  }
  g_assert_null(songs[0].stems[SG_ROLE_VOCALS]); /* nobody sings */
  for (int64_t i = 0; i < songs[0].stems[SG_ROLE_DRUMS]->n; i++) {
    float sum = 0.0f;
    for (SgRole role = SG_ROLE_DRUMS; role <= SG_ROLE_OTHER; role++)
      sum += songs[0].stems[role]->channels[0][i];
    g_assert_cmpfloat(fabsf(sum), <=, 1.0f);
  }
  for (SgRole role = SG_ROLE_DRUMS; role <= SG_ROLE_OTHER; role++) {
    g_assert_cmpfloat(sg_clip_level(songs[0].stems[role]), >, 0.01f);
    g_assert_cmpfloat(sg_clip_peak(songs[0].stems[role]), <=, 1.0f);
    for (int c = 0; c < 2; c++)
      g_assert_cmpmem(songs[0].stems[role]->channels[c], (gsize)songs[0].stems[role]->n * sizeof(float),
                      songs[1].stems[role]->channels[c], (gsize)songs[1].stems[role]->n * sizeof(float));
  }
  sg_song_clear(&songs[0]);
  sg_song_clear(&songs[1]);
  sg_kit_free(kit);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/song/synth", test_synth);
  g_test_add_func("/song/drums", test_drums);
  g_test_add_func("/song/names", test_names);
  g_test_add_func("/song/melody", test_melody);
  g_test_add_func("/song/vocoder", test_vocoder);
  g_test_add_func("/song/take", test_take);
  g_test_add_func("/song/recorded-voice", test_recorded_voice);
  g_test_add_func("/song/vocals", test_vocals);
  g_test_add_func("/song/treble", test_treble);
  g_test_add_func("/song/echo", test_echo);
  g_test_add_func("/song/crush", test_crush);
  g_test_add_func("/song/guitar", test_guitar);
  g_test_add_func("/song/guitar-part", test_guitar_part);
  g_test_add_func("/song/sweeps", test_sweeps);
  g_test_add_func("/song/whole", test_song);
  g_test_add_func("/corpus/demo-roles", test_demo_roles);
  g_test_add_func("/corpus/child", test_child);
  return g_test_run();
}
