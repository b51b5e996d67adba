#pragma once

/* The settings of the desk, one strip for each part and each voice. */

#include "arrange.h"
#include "dynamics.h"
#include "filter.h"
#include "mix.h"
#include "plan.h"
#include "reverb.h"

enum { DEMO_BANDS = 5 };

#define DEMO_OFF_DB -200.0

/* What all strips have; a compressor of ratio 0 is out, and so is a drive of 0. */
typedef struct {
  DemoBand bands[DEMO_BANDS];
  DemoCompressor compressor;
  double drive_db;
  double width;
  double pan;
  double gain_db;
  double room_db; /* sends */
  double echo_db;
} DemoChannel;

typedef struct {
  DemoStemId stem;
  DemoPartId part;
  DemoFontId font;
  bool drums;
  int program;
  DemoChannel channel;
} DemoStrip;

typedef struct {
  DemoVoice voice;
  DemoChannel channel;
} DemoVoiceStrip;

typedef struct {
  DemoCompressor compressor;
  DemoReverb room;
  double room_db;
  double echo_s;
  double echo_feedback;
} DemoBus;

extern const DemoStrip demo_strips[];
extern const size_t demo_n_strips;
extern const DemoVoiceStrip demo_voices[];
extern const size_t demo_n_voices;
extern const DemoBus demo_buses[DEMO_N_STEMS];
