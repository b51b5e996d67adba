#include "reverb.h"

#include <math.h>
#include <stdlib.h>

#include "filter.h"

enum { N_LINES = 8, N_DIFFUSERS = 4, N_SIDES = 2 };

static const double line_s[N_LINES] = { 0.0371, 0.0411, 0.0437, 0.0483, 0.0531, 0.0577, 0.0617, 0.0683 };
static const double diffuser_s[N_SIDES][N_DIFFUSERS] = { { 0.00431, 0.00677, 0.00941, 0.01273 },
                                                         { 0.00467, 0.00641, 0.00983, 0.01229 } };
/* Signs with which the lines are heard on either side: half of them differ. */
static const double side_signs[N_SIDES][N_LINES] = { { 1, 1, -1, -1, 1, -1, 1, -1 },
                                                     { 1, -1, -1, 1, 1, 1, -1, -1 } };

typedef struct {
  float *samples;
  size_t length;
  size_t at;
} Line;

typedef struct {
  Line predelay[N_SIDES];
  Line diffusers[N_SIDES][N_DIFFUSERS];
  Line lines[N_LINES];
  DemoFilter low_cut[N_SIDES];
  double gains[N_LINES];
  double damped[N_LINES];
  double damping;
} Network;

static bool
line_init(Line *line, double length_s)
{
  line->length = (size_t)(length_s * DEMO_RATE_HZ) + 1;
  line->samples = calloc(line->length, sizeof *line->samples);
  return line->samples != NULL;
}

static double
line_read(const Line *line)
{
  return line->samples[line->at];
}

static void
line_write(Line *line, double x)
{
  line->samples[line->at] = (float)x;
  line->at = line->at + 1 == line->length ? 0 : line->at + 1;
}

static bool
network_init(Network *network, const DemoReverb *reverb)
{
  bool done = true;
  for (int side = 0; side < N_SIDES; side++) {
    done = line_init(&network->predelay[side], reverb->predelay_s) && done;
    for (int i = 0; i < N_DIFFUSERS; i++)
      done = line_init(&network->diffusers[side][i], diffuser_s[side][i]) && done;
    demo_filter_set(&network->low_cut[side], &(DemoBand){ DEMO_HIGH_PASS, reverb->low_cut_hz, 0.7, 0.0 });
  }
  for (int i = 0; i < N_LINES; i++) {
    double length_s = line_s[i] * reverb->size;
    done = line_init(&network->lines[i], length_s) && done;
    network->gains[i] = pow(10.0, -3.0 * length_s / reverb->decay_s);
  }
  network->damping = 1.0 - exp(-2.0 * M_PI * reverb->damping_hz / DEMO_RATE_HZ);
  return done;
}

static void
network_clear(Network *network)
{
  for (int side = 0; side < N_SIDES; side++) {
    free(network->predelay[side].samples);
    for (int i = 0; i < N_DIFFUSERS; i++)
      free(network->diffusers[side][i].samples);
  }
  for (int i = 0; i < N_LINES; i++)
    free(network->lines[i].samples);
}

/* Predelay, then all-pass diffusers that blur what enters the lines. */
static double
enter(Network *network, int side, double x)
{
  double y = line_read(&network->predelay[side]);
  line_write(&network->predelay[side], demo_filter_next(&network->low_cut[side], x));
  for (int i = 0; i < N_DIFFUSERS; i++) {
    Line *diffuser = &network->diffusers[side][i];
    double delayed = line_read(diffuser);
    double inner = y + 0.62 * delayed;
    line_write(diffuser, inner);
    y = delayed - 0.62 * inner;
  }
  return y;
}

static void
network_next(Network *network, const double in[N_SIDES], double out[N_SIDES])
{
  double sum = 0.0;
  double heard[N_LINES];
  for (int i = 0; i < N_LINES; i++) {
    heard[i] = line_read(&network->lines[i]);
    network->damped[i] += network->damping * (heard[i] - network->damped[i]);
    sum += network->gains[i] * network->damped[i];
  }
  out[0] = out[1] = 0.0;
  for (int i = 0; i < N_LINES; i++) {
    double back = network->gains[i] * network->damped[i] - 2.0 / N_LINES * sum; /* Householder's matrix */
    line_write(&network->lines[i], back + in[i % N_SIDES]);
    out[0] += side_signs[0][i] * heard[i];
    out[1] += side_signs[1][i] * heard[i];
  }
}

bool
demo_reverb_add(const DemoReverb *reverb, const DemoTrack *send, double gain_db, DemoTrack *to)
{
  Network network = { 0 };
  bool done = network_init(&network, reverb);
  double gain = 0.35 * demo_db_to_gain(gain_db);
  for (size_t i = 0; done && i < to->n_frames; i++) {
    double out[N_SIDES];
    double in[N_SIDES] = { enter(&network, 0, send->left[i]), enter(&network, 1, send->right[i]) };
    network_next(&network, in, out);
    to->left[i] += (float)(gain * out[0]);
    to->right[i] += (float)(gain * out[1]);
  }
  network_clear(&network);
  return done;
}

bool
demo_echo_add(double time_s, double feedback, const DemoTrack *send, double gain_db, DemoTrack *to)
{
  Line left = { 0 };
  Line right = { 0 };
  DemoFilter dull[N_SIDES] = { 0 };
  DemoFilter thin[N_SIDES] = { 0 };
  bool done = line_init(&left, time_s);
  done = line_init(&right, time_s) && done;
  for (int side = 0; side < N_SIDES; side++) {
    demo_filter_set(&dull[side], &(DemoBand){ DEMO_LOW_PASS, 4200.0, 0.7, 0.0 });
    demo_filter_set(&thin[side], &(DemoBand){ DEMO_HIGH_PASS, 350.0, 0.7, 0.0 });
  }
  double gain = demo_db_to_gain(gain_db);
  for (size_t i = 0; done && i < to->n_frames; i++) {
    double a = demo_filter_next(&thin[0], demo_filter_next(&dull[0], line_read(&left)));
    double b = demo_filter_next(&thin[1], demo_filter_next(&dull[1], line_read(&right)));
    line_write(&left, 0.5 * (send->left[i] + send->right[i]) + feedback * b);
    line_write(&right, feedback * a);
    to->left[i] += (float)(gain * a);
    to->right[i] += (float)(gain * b);
  }
  free(left.samples);
  free(right.samples);
  return done;
}
