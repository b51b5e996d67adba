#include "score.h"

#include <math.h>

#define LEAD_IN_S 0.12
#define SWING 0.11 /* of a sixteenth */

static const DemoPattern intro = {
  .drums = { { DEMO_KICK, "X.........x....." },
             { DEMO_STICK, "....x.......x..." },
             { DEMO_HAT, "x.o.x.o.x.o.x.og" } },
  .bass = "R---------5---A-",
  .keys = "X---------x-----",
  .guitar = "0.2.3.5.3.6.5.3.",
};

static const DemoPattern intro_fill = {
  .drums = { { DEMO_KICK, "X.........x....X" },
             { DEMO_STICK, "....x..........." },
             { DEMO_SNARE, "........g.x.gxxX" },
             { DEMO_MID_TOM, ".............x.." },
             { DEMO_HAT, "x.o.x.o.x...o..." } },
  .bass = "R---------R-5-A-",
  .keys = "X---------x-x---",
  .guitar = "0.2.3.5.3.6.7---",
};

static const DemoPattern verse_a = {
  .drums = { { DEMO_KICK, "X.....x...X....." },
             { DEMO_SNARE, "....X..g.g..X..." },
             { DEMO_HAT, "x.o.xgo.x.o.x.og" } },
  .bass = "R----.R---R--.A-",
  .keys = "X-----x---....x-",
  .guitar = "..3.5.3...2.5.6.",
};

static const DemoPattern verse_b = {
  .drums = { { DEMO_KICK, "X.....x..xX...x." },
             { DEMO_SNARE, "....X..g....X.g." },
             { DEMO_HAT, "x.o.x.o.xgo.x..." },
             { DEMO_OPEN_HAT, "..............o." } },
  .bass = "R----.R--RR-8-A-",
  .keys = "X-----x-------x-",
  .guitar = "..3.5.6...7.6.5.",
};

static const DemoPattern lift_a = {
  .drums = { { DEMO_KICK, "X...x...X...x..." },
             { DEMO_SNARE, "....X.......X..." },
             { DEMO_LOW_TOM, "..o...o...o...x." },
             { DEMO_HAT, "x.x.x.x.x.x.x.x." } },
  .bass = "R-R-R-R-R-R-R-A-",
  .keys = "X-------X-----x-",
  .guitar = "0.2.3.5.2.3.5.6.",
};

static const DemoPattern lift_fill = {
  .drums = { { DEMO_KICK, "X...x...X...X..." },
             { DEMO_SNARE, "....X...xoxX..xX" },
             { DEMO_HIGH_TOM, "...........xX..." },
             { DEMO_MID_TOM, "............xx.." },
             { DEMO_LOW_TOM, "..............XX" },
             { DEMO_HAT, "x.x.x...o...o..." },
             { DEMO_OPEN_HAT, "......x........." } },
  .bass = "R-R-R-R-R-R-5-A-",
  .keys = "X-------X-------",
  .guitar = "0.2.3.5.2.3.5.7.",
};

static const DemoPattern chorus_a = {
  .drums = { { DEMO_KICK, "X.....x.X.x....." },
             { DEMO_SNARE, "....X.......X..g" },
             { DEMO_CRASH, "X..............." },
             { DEMO_RIDE, "....x...x...x..." },
             { DEMO_HAT, "..x...x...x...xg" },
             { DEMO_TAMBOURINE, "..o.x.o...o.x.o." } },
  .bass = "R--.R-R-R-R.5-A-",
  .keys = "X-----x---x-----",
  .guitar = "0.3.5.3.6.5.3.5.",
};

static const DemoPattern chorus_b = {
  .drums = { { DEMO_KICK, "X.....x.x.x..x.." },
             { DEMO_SNARE, "....X..g....X..." },
             { DEMO_RIDE, "x...x...x...x..." },
             { DEMO_HAT, "..x...xg..x...x." },
             { DEMO_TAMBOURINE, "..o.x.o...o.x.o." } },
  .bass = "R--.R-R-R-R.8-A-",
  .keys = "X-----x---x---x-",
  .guitar = "0.3.5.3.7.5.6.5.",
};

static const DemoPattern chorus_fill = {
  .drums = { { DEMO_KICK, "X.....x.X...x..." },
             { DEMO_SNARE, "....X...X.x....." },
             { DEMO_HIGH_TOM, "...........x...." },
             { DEMO_MID_TOM, "............Xx.." },
             { DEMO_LOW_TOM, "..............xX" },
             { DEMO_RIDE, "x...x..........." },
             { DEMO_HAT, "..x...x.o...o..." },
             { DEMO_TAMBOURINE, "..o.x.o........." } },
  .bass = "R--.R-R-R---5-A-",
  .keys = "X-----x---x---x-",
  .guitar = "0.3.5.3.7.5.6.7.",
};

static const DemoPattern ending = {
  .drums = { { DEMO_KICK, "X..............." },
             { DEMO_CRASH, "X..............." },
             { DEMO_CRASH_2, "x..............." } },
  .bass = "R---------------",
  .keys = "X---------------",
  .guitar = "0.2.3.5.6.7-----",
};

const DemoBar demo_bars[] = {
  { "Dm9", &intro, 0.78, 38, { 53, 57, 60, 64 }, { 0 } },
  { "Bbmaj7", &intro_fill, 0.82, 34, { 50, 57, 60, 65 }, { 0 } },

  { "Dm9", &verse_a, 0.86, 38, { 53, 57, 60, 64 }, { 0 } },
  { "Bbmaj7", &verse_b, 0.87, 34, { 50, 57, 60, 65 }, { 0 } },
  { "Gm7", &verse_a, 0.89, 31, { 53, 58, 62, 65 }, { 0, 0, 0, 74 } },
  { "Am7", &verse_b, 0.91, 33, { 55, 60, 64, 67 }, { 0, 0, 0, 72 } },

  { "Bb", &lift_a, 0.93, 34, { 53, 58, 62, 65 }, { 53, 58, 65, 70 } },
  { "C", &lift_fill, 0.99, 36, { 55, 60, 62, 67 }, { 55, 60, 67, 72 } },

  { "F", &chorus_a, 1.04, 41, { 53, 57, 60, 67 }, { 53, 60, 69, 77 } },
  { "C/E", &chorus_b, 1.02, 40, { 55, 60, 64, 67 }, { 55, 60, 67, 76 } },
  { "Dm7", &chorus_b, 1.02, 38, { 53, 57, 60, 65 }, { 53, 62, 69, 74 } },
  { "Bbadd9", &chorus_b, 1.03, 34, { 58, 60, 62, 65 }, { 53, 62, 70, 74 } },
  { "F", &chorus_a, 1.07, 41, { 57, 60, 65, 69 }, { 57, 65, 72, 81 } },
  { "C/E", &chorus_b, 1.06, 40, { 55, 60, 64, 67 }, { 55, 64, 72, 79 } },
  { "Bbmaj7", &chorus_b, 1.06, 34, { 57, 58, 62, 65 }, { 58, 65, 74, 77 } },
  { "C", &chorus_fill, 1.08, 36, { 55, 60, 62, 67 }, { 55, 64, 72, 76 } },

  { "Fadd9", &ending, 1.02, 29, { 53, 57, 60, 67 }, { 53, 60, 69, 77 } },
};

const size_t demo_n_bars = sizeof demo_bars / sizeof demo_bars[0];

double
demo_score_time(int bar, double step)
{
  double steps = bar * (double)DEMO_STEPS + step;
  double off_beat = fmod(steps, 2.0);
  /* A triangle: nothing at whole eighths, the full delay at the sixteenth between them. */
  double swing = SWING * (1.0 - fabs(off_beat - 1.0));
  return LEAD_IN_S + (steps + swing) * 15.0 / DEMO_TEMPO_BPM;
}
