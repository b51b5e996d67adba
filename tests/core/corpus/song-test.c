#include "core/corpus/song.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/corpus/chart.h"
#include "core/corpus/child.h"
#include "core/corpus/demos.h"
#include "core/corpus/drummer.h"
#include "core/corpus/electronic.h"
#include "core/corpus/synth.h"
#include "core/corpus/vocoder.h"
#include "tests/core/corpus/pitch.h"
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
    double heard_hz = test_pitch_hz(clip->channels[0] + SG_CORPUS_RATE_HZ * 6 / 10, 16000, 25.0, 300.0);
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
  g_assert_cmpfloat_with_epsilon(test_pitch_hz(sung->channels[0] + 6000, 12000, 150.0, 450.0), 310.0, 5.0);
  sg_clip_free(sung);
  sg_free(frames);
  sg_speech_free(speech);
  SgClip *too_short = sg_clip_new(100);
  g_assert_cmpint(sg_speech_analyse(too_short, &speech, NULL), ==, SG_NO_SAMPLES);
  sg_clip_free(too_short);
  sg_clip_free(vowel);
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
  g_test_add_func("/song/whole", test_song);
  g_test_add_func("/corpus/demo-roles", test_demo_roles);
  g_test_add_func("/corpus/child", test_child);
  return g_test_run();
}
