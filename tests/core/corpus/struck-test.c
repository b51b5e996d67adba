#include "core/corpus/struck.h"

#include <math.h>
#include <string.h>

#include "tests/core/corpus/pitch.h"
#include "tests/support.h"

enum { RATE = SG_CORPUS_RATE_HZ };

static SgClip *
play(const SgStruck *struck, const SgMidiNote *note, uint64_t seed)
{
  SgRandom random = sg_random_seeded(seed);
  SgClip *clip = sg_clip_new(5 * RATE);
  test_assert_ok(sg_struck_render(struck, note, 1, &random, clip, NULL));
  return clip;
}

static double
level_between(const SgClip *clip, double from_s, double to_s)
{
  double sum = 0.0;
  int64_t from = (int64_t)(from_s * RATE), to = (int64_t)(to_s * RATE);
  for (int64_t i = from; i < to; i++)
    sum += (double)clip->channels[0][i] * clip->channels[0][i];
  return sqrt(sum / (double)(to - from));
}

/* Whatever is drawn begins with its note, is as loud as other notes are, dies away, and is the same again. */
static void
test_notes(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < 25; trial++) {
    SgStruck struck = sg_struck_draw(&random);
    SgMidiNote note = { .start_s = 0.5, .duration_s = 0.2, .key = (uint8_t)(48 + trial), .velocity = 127 };
    g_autofree char *seed = g_strdup_printf("%s, key %u", struck.name, note.key);
    g_test_message("%s", seed);
    SgClip *clip = play(&struck, &note, 7), *again = play(&struck, &note, 7);
    for (int64_t i = 0; i < RATE / 2; i++)
      g_assert_cmpfloat(clip->channels[0][i], ==, 0.0f);
    float peak = sg_clip_peak(clip);
    g_assert_cmpfloat(peak, >, 0.3);
    g_assert_cmpfloat(peak, <, 0.36 * (struck.echo_s > 0.0 ? 1.6 : 1.0));
    g_assert_cmpfloat(level_between(clip, 4.5, 5.0), <, 1e-2 * level_between(clip, 0.5, 0.7));
    g_assert_cmpmem(clip->channels[1], (gsize)clip->n * sizeof(float), again->channels[1],
                    (gsize)again->n * sizeof(float));
    sg_clip_free(clip);
    sg_clip_free(again);
  }
}

/* A mode lies where its ratio says and falls to 1/e in its decay. */
static void
test_mode(void)
{
  SgStruck struck = {
    .n_modes = 1, .ratios = { 2.0 }, .levels = { 1.0 }, .decays_s = { 0.2 }, .noise_s = 0.001
  };
  SgMidiNote note = { .duration_s = 0.1, .key = 57, .velocity = 127 };
  SgClip *clip = play(&struck, &note, 1);
  g_assert_cmpfloat_with_epsilon(test_pitch_hz(clip->channels[0] + 1000, 16000, 100.0, 900.0), 440.0, 2.0);
  double fall = level_between(clip, 0.3, 0.35) / level_between(clip, 0.1, 0.15);
  g_assert_cmpfloat_with_epsilon(fall, exp(-1.0), 0.02);
  sg_clip_free(clip);
}

static void
test_stopped(void)
{
  SgRandom random = sg_random_seeded(1);
  SgStruck struck = sg_struck_draw(&random);
  SgMidiNote note = { .duration_s = 0.1, .key = 57, .velocity = 127 };
  atomic_bool stop = true;
  SgClip *clip = sg_clip_new(RATE);
  clip->stop = &stop;
  g_assert_cmpint(sg_struck_render(&struck, &note, 1, &random, clip, NULL), ==, SG_CANCELLED);
  g_assert_cmpfloat(sg_clip_peak(clip), ==, 0.0f);
  sg_clip_free(clip);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/struck/notes", test_notes);
  g_test_add_func("/struck/mode", test_mode);
  g_test_add_func("/struck/stopped", test_stopped);
  return g_test_run();
}
