#include "core/play/playhead.h"

#include <glib.h>
#include <math.h>

#include "tests/support.h"

enum { RATE = 44100, BLOCK = 1024 };
#define LATENCY_S 0.05

/* Callbacks in blocks and views that look at any time: the playhead keeps to where the ear is, and runs
 * evenly. */
static void
test_even(void)
{
  SgRandom random = test_random();
  SgPlayhead playhead;
  sg_playhead_reset(&playhead, 0, 0.0);
  double now_s = 0.0;
  int64_t before = 0;
  while (now_s < 10.0) {
    double step_s = 0.002 + 0.03 * sg_random_unit(&random);
    now_s += step_s;
    int64_t mixed = ((int64_t)floor(now_s * RATE / BLOCK) + 1) * BLOCK;
    int64_t position = sg_playhead_move(&playhead, now_s, RATE, mixed, LATENCY_S, (double)BLOCK / RATE, true);
    g_assert_cmpint(position, >=, before);
    double ear = fmax(0.0, (now_s - LATENCY_S) * RATE);
    g_assert_cmpfloat(fabs((double)position - ear), <=, BLOCK + 1);
    if (now_s > 1.0) /* settled */
      g_assert_cmpfloat(fabs((double)(position - before) - step_s * RATE), <=, BLOCK / 8);
    before = position;
  }
}

static void
test_pause_runs_out(void)
{
  SgPlayhead playhead;
  sg_playhead_reset(&playhead, 0, 0.0);
  for (int i = 1; i <= 100; i++)
    sg_playhead_move(&playhead, i * 0.01, RATE, i * 441, LATENCY_S, 0.01, true);
  g_assert_cmpint(sg_playhead_move(&playhead, 1.0, RATE, RATE, LATENCY_S, 0.01, true), <=, RATE - 1764);
  /* What is under way is still heard, then it rests. */
  sg_playhead_move(&playhead, 1.02, RATE, RATE, LATENCY_S, 0.01, false);
  g_assert_cmpint(sg_playhead_move(&playhead, 1.1, RATE, RATE, LATENCY_S, 0.01, false), ==, RATE);
  g_assert_cmpint(sg_playhead_move(&playhead, 9.0, RATE, RATE, LATENCY_S, 0.01, false), ==, RATE);
  /* It does not go back when playing goes on, though the ear is not there yet. */
  g_assert_cmpint(sg_playhead_move(&playhead, 9.01, RATE, RATE + 441, LATENCY_S, 0.01, true), ==, RATE);
}

static void
test_reset(void)
{
  SgPlayhead playhead;
  sg_playhead_reset(&playhead, 5000, 0.0);
  sg_playhead_reset(&playhead, 100, 1.0);
  g_assert_cmpint(sg_playhead_move(&playhead, 1.0, RATE, 100, LATENCY_S, 0.01, true), ==, 100);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/playhead/even", test_even);
  g_test_add_func("/playhead/pause-runs-out", test_pause_runs_out);
  g_test_add_func("/playhead/reset", test_reset);
  return g_test_run();
}
