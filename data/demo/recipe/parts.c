#include "parts.h"

#include <fluidsynth.h>
#include <math.h>
#include <stdlib.h>

enum { MELODIC_CHANNEL = 0, DRUM_CHANNEL = 9, DRUM_BANK = 128, MAX_EVENTS = 2 * DEMO_MAX_NOTES };

typedef struct {
  size_t frame;
  int key;
  int velocity; /* 0 lets the key go */
} Event;

static int
compare_events(const void *a, const void *b)
{
  const Event *x = a;
  const Event *y = b;
  if (x->frame != y->frame)
    return x->frame < y->frame ? -1 : 1;
  if (x->velocity != y->velocity) /* let go before striking again */
    return x->velocity < y->velocity ? -1 : 1;
  return x->key - y->key;
}

/* A key struck while it still sounds is let go first, or the later release would end the new note. */
static double
release_time(const DemoNotes *notes, size_t index)
{
  const DemoNote *note = &notes->notes[index];
  for (size_t i = index + 1; i < notes->n && notes->notes[i].start_s < note->end_s; i++)
    if (notes->notes[i].key == note->key)
      return notes->notes[i].start_s;
  return note->end_s;
}

static size_t
list_events(const DemoNotes *notes, Event *events)
{
  size_t n = 0;
  for (size_t i = 0; i < notes->n; i++) {
    const DemoNote *note = &notes->notes[i];
    events[n++] = (Event){ (size_t)(note->start_s * DEMO_RATE_HZ), note->key, note->velocity };
    events[n++] = (Event){ (size_t)(release_time(notes, i) * DEMO_RATE_HZ), note->key, 0 };
  }
  qsort(events, n, sizeof *events, compare_events);
  return n;
}

static void
render(fluid_synth_t *synth, int channel, const Event *events, size_t n_events, DemoTrack *track)
{
  size_t at = 0;
  for (size_t i = 0; i <= n_events && at < track->n_frames; i++) {
    size_t until = i < n_events ? events[i].frame : track->n_frames;
    until = until < track->n_frames ? until : track->n_frames;
    if (until > at)
      fluid_synth_write_float(synth, (int)(until - at), track->left, (int)at, 1, track->right, (int)at, 1);
    at = until > at ? until : at;
    if (i == n_events)
      break;
    if (events[i].velocity > 0)
      fluid_synth_noteon(synth, channel, events[i].key, events[i].velocity);
    else
      fluid_synth_noteoff(synth, channel, events[i].key);
  }
}

static fluid_settings_t *
new_settings(void)
{
  fluid_settings_t *settings = new_fluid_settings();
  if (settings == NULL)
    return NULL;
  fluid_settings_setnum(settings, "synth.sample-rate", DEMO_RATE_HZ);
  fluid_settings_setnum(settings, "synth.gain", 0.5);
  fluid_settings_setint(settings, "synth.polyphony", 512);
  fluid_settings_setint(settings, "synth.reverb.active", 0);
  fluid_settings_setint(settings, "synth.chorus.active", 0);
  fluid_settings_setint(settings, "synth.dynamic-sample-loading", 1);
  return settings;
}

static bool
play_events(fluid_synth_t *synth, const DemoInstrument *instrument, const DemoNotes *notes, DemoTrack *track)
{
  int channel = instrument->drums ? DRUM_CHANNEL : MELODIC_CHANNEL;
  int bank = instrument->drums ? DRUM_BANK : instrument->bank;
  int font = fluid_synth_sfload(synth, instrument->font_path, 1);
  if (font == FLUID_FAILED)
    return false;
  if (fluid_synth_program_select(synth, channel, font, bank, instrument->program) != FLUID_OK)
    return false;
  fluid_synth_set_interp_method(synth, -1, FLUID_INTERP_7THORDER);
  Event *events = calloc(MAX_EVENTS, sizeof *events);
  if (events == NULL)
    return false;
  size_t n_events = list_events(notes, events);
  render(synth, channel, events, n_events, track);
  free(events);
  return true;
}

bool
demo_part_play(const DemoInstrument *instrument, const DemoNotes *notes, DemoTrack *track)
{
  bool done = false;
  fluid_synth_t *synth = NULL;
  fluid_settings_t *settings = new_settings();
  if (settings != NULL)
    synth = new_fluid_synth(settings);
  if (synth != NULL)
    done = play_events(synth, instrument, notes, track);
  if (synth != NULL)
    delete_fluid_synth(synth);
  if (settings != NULL)
    delete_fluid_settings(settings);
  return done;
}
