#include "core/corpus/effects.h"

#include <math.h>

#include "core/corpus/amp.h"
#include "core/corpus/guitar.h"
#include "core/corpus/sweeps.h"
#include "tests/core/corpus/pitch.h"
#include "tests/support.h"

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
    double heard_hz = test_pitch_hz(clip->channels[0] + 22050, 16000, 0.7 * wanted_hz, 1.4 * wanted_hz);
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
  test_assert_ok(sg_sweeps_add(240.0, 0.1f, &random, clip, NULL));
  g_assert_cmpfloat(sg_clip_peak(clip), >, 0.01f);
  g_assert_cmpfloat(sg_clip_peak(clip), <, 1.0f);
  sg_clip_free(clip);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/effects/treble", test_treble);
  g_test_add_func("/effects/echo", test_echo);
  g_test_add_func("/effects/crush", test_crush);
  g_test_add_func("/effects/guitar", test_guitar);
  g_test_add_func("/effects/guitar-part", test_guitar_part);
  g_test_add_func("/effects/sweeps", test_sweeps);
  return g_test_run();
}
