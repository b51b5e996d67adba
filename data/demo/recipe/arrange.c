#include "arrange.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "score.h"

#define STEP_S (15.0 / DEMO_TEMPO_BPM)

typedef struct {
  DemoNotes *notes;
  DemoRandom random;
  double timing_s; /* deviation of a start */
  double velocity; /* deviation of a velocity */
  double late_s;   /* how far the player sits behind the beat */
} Player;

static void
play(Player *player, double start_s, double end_s, int key, double velocity)
{
  DemoNotes *notes = player->notes;
  if (notes->n == DEMO_MAX_NOTES)
    return;
  start_s += player->late_s + player->timing_s * demo_random_normal(&player->random);
  velocity += player->velocity * demo_random_normal(&player->random);
  velocity = fmin(fmax(velocity, 1.0), 127.0);
  DemoNote note = { fmax(start_s, 0.0), fmax(end_s, start_s + 0.03), key, (int)lrint(velocity) };
  size_t at = notes->n++;
  for (; at > 0 && notes->notes[at - 1].start_s > note.start_s; at--)
    notes->notes[at] = notes->notes[at - 1];
  notes->notes[at] = note;
}

static DemoPartId
part_of_drum(int key)
{
  switch (key) {
  case DEMO_KICK:
    return DEMO_PART_KICK;
  case DEMO_SNARE:
  case DEMO_STICK:
    return DEMO_PART_SNARE;
  case DEMO_HAT:
  case DEMO_OPEN_HAT:
  case DEMO_PEDAL:
    return DEMO_PART_HATS;
  case DEMO_LOW_TOM:
  case DEMO_MID_TOM:
  case DEMO_HIGH_TOM:
    return DEMO_PART_TOMS;
  case DEMO_TAMBOURINE:
    return DEMO_PART_TAMBOURINE;
  default:
    return DEMO_PART_CYMBALS;
  }
}

static double
drum_velocity(char mark)
{
  switch (mark) {
  case 'X':
    return 116.0;
  case 'x':
    return 96.0;
  case 'o':
    return 70.0;
  default:
    return 38.0;
  }
}

static void
play_lane(Player *player, const DemoLane *lane, int bar)
{
  double dynamics = demo_bars[bar].dynamics;
  for (int step = 0; lane->steps[step] != '\0'; step++) {
    if (lane->steps[step] == '.')
      continue;
    double start_s = demo_score_time(bar, step);
    /* A cymbal rings on; a released drum sample would be cut. */
    double end_s = start_s + (part_of_drum(lane->key) == DEMO_PART_CYMBALS ? 6.0 : 1.5);
    play(player, start_s, end_s, lane->key, dynamics * drum_velocity(lane->steps[step]));
  }
}

static void
arrange_drums(Player *player, DemoPartId part)
{
  for (size_t bar = 0; bar < demo_n_bars; bar++) {
    const DemoLane *lanes = demo_bars[bar].pattern->drums;
    for (int i = 0; i < DEMO_DRUM_LANES && lanes[i].steps != NULL; i++)
      if (part_of_drum(lanes[i].key) == part)
        play_lane(player, &lanes[i], (int)bar);
  }
}

/* The end of what starts at STEP: the dashes after it belong to it. */
static double
held_until(const char *steps, int bar, int step)
{
  int end = step + 1;
  while (steps[end] == '-')
    end++;
  return demo_score_time(bar, end);
}

/* The note of F major below KEY. */
static int
scale_below(int key)
{
  int interval = key % 12 == 5 || key % 12 == 0 ? 1 : 2;
  return key - interval;
}

static int
bass_key(const DemoBar *bar, const DemoBar *next, char mark)
{
  switch (mark) {
  case '5':
    return bar->bass >= 36 ? bar->bass - 5 : bar->bass + 7;
  case '8':
    return bar->bass + 12;
  case 'A':
    return scale_below(next->bass);
  default:
    return bar->bass;
  }
}

static void
arrange_bass(Player *player)
{
  for (size_t i = 0; i < demo_n_bars; i++) {
    const DemoBar *bar = &demo_bars[i];
    const DemoBar *next = &demo_bars[i + 1 < demo_n_bars ? i + 1 : i];
    const char *steps = bar->pattern->bass;
    for (int step = 0; steps[step] != '\0'; step++) {
      if (steps[step] == '.' || steps[step] == '-')
        continue;
      double accent = step == 0 ? 108.0 : step % 4 == 0 ? 100.0 : 92.0;
      play(player, demo_score_time((int)i, step), held_until(steps, (int)i, step) - 0.02,
           bass_key(bar, next, steps[step]), bar->dynamics * accent);
    }
  }
}

static void
arrange_keys(Player *player)
{
  for (size_t i = 0; i < demo_n_bars; i++) {
    const DemoBar *bar = &demo_bars[i];
    const char *steps = bar->pattern->keys;
    for (int step = 0; steps[step] != '\0'; step++) {
      if (steps[step] != 'X' && steps[step] != 'x')
        continue;
      double end_s = held_until(steps, (int)i, step);
      for (int k = 0; k < DEMO_CHORD_NOTES; k++)
        play(player, demo_score_time((int)i, step) + 0.006 * k, end_s - 0.03, bar->keys[k],
             bar->dynamics * (steps[step] == 'X' ? 88.0 : 70.0));
    }
  }
}

/* Notes ring into each other till the chord changes. */
static void
arrange_guitar(Player *player)
{
  for (size_t i = 0; i < demo_n_bars; i++) {
    const DemoBar *bar = &demo_bars[i];
    const char *steps = bar->pattern->guitar;
    bool last_bar = i + 1 == demo_n_bars;
    for (int step = 0; steps[step] != '\0'; step++) {
      if (steps[step] < '0' || steps[step] >= '0' + DEMO_GUITAR_REACH)
        continue;
      int degree = steps[step] - '0';
      int key = bar->keys[degree % DEMO_CHORD_NOTES] + (degree >= DEMO_CHORD_NOTES ? 12 : 0);
      double start_s = demo_score_time((int)i, step);
      double end_s = fmin(start_s + 6.0 * STEP_S, demo_score_time((int)i + 1, 0) - 0.02);
      play(player, start_s, last_bar ? start_s + 5.0 : end_s, key,
           bar->dynamics * (step % 4 == 0 ? 92.0 : 80.0));
    }
  }
}

static void
arrange_strings(Player *player)
{
  for (size_t i = 0; i < demo_n_bars; i++) {
    const DemoBar *bar = &demo_bars[i];
    bool last_bar = i + 1 == demo_n_bars;
    double end_s = last_bar ? DEMO_LENGTH_S - 1.4 : demo_score_time((int)i + 1, 0) + 0.05;
    for (int k = 0; k < DEMO_CHORD_NOTES; k++)
      if (bar->strings[k] != 0)
        play(player, demo_score_time((int)i, 0) - 0.05, end_s, bar->strings[k],
             bar->dynamics * (k == DEMO_CHORD_NOTES - 1 ? 88.0 : 74.0));
  }
}

void
demo_arrange(DemoPartId part, DemoNotes *out_notes)
{
  memset(out_notes, 0, sizeof *out_notes);
  Player player = { out_notes, { 0x5105u + 977u * (uint64_t)part }, 0.004, 4.0, 0.0 };
  switch (part) {
  case DEMO_PART_BASS:
    player.late_s = 0.004;
    arrange_bass(&player);
    break;
  case DEMO_PART_KEYS:
    player.timing_s = 0.006;
    player.late_s = 0.006;
    arrange_keys(&player);
    break;
  case DEMO_PART_GUITAR:
    player.timing_s = 0.006;
    arrange_guitar(&player);
    break;
  case DEMO_PART_STRINGS:
    player.timing_s = 0.01;
    arrange_strings(&player);
    break;
  case DEMO_PART_SNARE:
    player.late_s = 0.005;
    arrange_drums(&player, part);
    break;
  default:
    player.timing_s = 0.003;
    arrange_drums(&player, part);
    break;
  }
}
