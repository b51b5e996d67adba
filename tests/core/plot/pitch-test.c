#include "core/plot/pitch.h"

#include <glib.h>
#include <math.h>

static void
test_known(void)
{
  static const struct {
    double hz;
    int note, cents;
  } known[] = {
    { 440.0, 69, 0 }, { 261.6256, 60, 0 }, { 27.5, 21, 0 }, { 452.8929841, 69, 50 }, { 427.47, 68, 50 }
  };
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
    SgPitch pitch = sg_pitch_of_frequency(known[i].hz);
    g_assert_cmpint(100 * pitch.note + pitch.cents, ==, 100 * known[i].note + known[i].cents);
  }
}

static void
test_round_trip(void)
{
  for (int note = 0; note < 128; note++)
    for (int cents = -49; cents <= 49; cents += 7) {
      SgPitch pitch = sg_pitch_of_frequency(sg_pitch_frequency(note) * exp2(cents / 1200.0));
      g_assert_cmpint(pitch.note, ==, note);
      g_assert_cmpint(pitch.cents, ==, cents);
    }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/plot/pitch/known", test_known);
  g_test_add_func("/plot/pitch/round-trip", test_round_trip);
  return g_test_run();
}
