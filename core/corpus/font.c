#include "core/corpus/font.h"

#include <fluidsynth.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/memory.h"

enum { BLOCK = 64, MAX_VOICES = 256, PERCUSSION_BANK = 128 };
enum { CONTROL_VOLUME = 7, CONTROL_PAN = 10, CONTROL_REVERB = 91, CONTROL_CHORUS = 93 };

struct SgFont {
  fluid_settings_t *settings;
  fluid_synth_t *home;  /* owns the sound font between renderings */
  fluid_synth_t *synth; /* of the rendering that runs: a fresh one each, as reverb and chorus keep a state */
  int id;
};

static void
ignore_log(int level, const char *message, void *data)
{
}

/* The first synthesiser of a process fills what all share, and one that another thread makes meanwhile does
 * not wait for it and sounds otherwise (FluidSynth 2.3). */
static void
make_first_synth(void)
{
  fluid_settings_t *settings = new_fluid_settings();
  if (settings != NULL)
    delete_fluid_synth(new_fluid_synth(settings));
  delete_fluid_settings(settings);
}

SgStatus
sg_font_open(const char *path, SgFont **out_font, SgError *error)
{
  *out_font = NULL;
  if (access(path, R_OK) != 0)
    return sg_error_set(error, SG_NOT_FOUND, path, NULL);
  for (int level = 0; level < LAST_LOG_LEVEL; level++)
    fluid_set_log_function(level, ignore_log, NULL);
  static pthread_once_t first = PTHREAD_ONCE_INIT;
  pthread_once(&first, make_first_synth);
  SgFont *font = SG_NEW(SgFont, 1);
  if (font == NULL || (font->settings = new_fluid_settings()) == NULL) {
    sg_font_free(font);
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  }
  fluid_settings_setnum(font->settings, "synth.sample-rate", SG_CORPUS_RATE_HZ);
  fluid_settings_setnum(font->settings, "synth.gain", 0.3);
  fluid_settings_setint(font->settings, "synth.polyphony", MAX_VOICES);
  fluid_settings_setint(font->settings, "synth.threadsafe-api", 0);
  /* Only the samples of the instruments that play are read. */
  fluid_settings_setint(font->settings, "synth.dynamic-sample-loading", 1);
  font->home = new_fluid_synth(font->settings);
  font->id = font->home != NULL ? fluid_synth_sfload(font->home, path, 1) : FLUID_FAILED;
  if (font->id == FLUID_FAILED) {
    SgStatus status = font->home == NULL ? SG_NO_MEMORY : SG_NOT_AUDIO;
    sg_font_free(font);
    return sg_error_set(error, status, path, NULL);
  }
  *out_font = font;
  return SG_OK;
}

void
sg_font_free(SgFont *font)
{
  if (font == NULL)
    return;
  delete_fluid_synth(font->home);
  delete_fluid_settings(font->settings);
  sg_free(font);
}

/* A note's beginning or end, in samples. */
typedef struct {
  int64_t pos;
  const SgMidiNote *note;
  bool on;
} Event;

/* In time; at equal times ends come before beginnings, so that a repeated key sounds again. */
static int
by_position(const void *a, const void *b)
{
  const Event *x = a, *y = b;
  if (x->pos != y->pos)
    return x->pos < y->pos ? -1 : 1;
  if (x->on != y->on)
    return x->on ? 1 : -1;
  return (x->note > y->note) - (x->note < y->note);
}

static Event *
events_new(const SgMidiNote *notes, size_t n_notes)
{
  Event *events = SG_NEW(Event, 2 * n_notes);
  for (size_t i = 0; events != NULL && i < n_notes; i++) {
    double end_s = notes[i].start_s + notes[i].duration_s;
    events[2 * i] = (Event){ llround(notes[i].start_s * SG_CORPUS_RATE_HZ), &notes[i], true };
    events[2 * i + 1] = (Event){ llround(end_s * SG_CORPUS_RATE_HZ), &notes[i], false };
  }
  if (events != NULL && n_notes > 0)
    qsort(events, 2 * n_notes, sizeof *events, by_position);
  return events;
}

static int
to_controller(float value)
{
  long scaled = lrintf(127.0f * value);
  return scaled < 0 ? 0 : scaled > 127 ? 127 : (int)scaled;
}

/* Not every font has every kit, and a font of a single kit may keep it among the instruments. */
static void
select_program(SgFont *font, int channel, int program)
{
  int bank = channel == SG_MIDI_PERCUSSION_CHANNEL ? PERCUSSION_BANK : 0;
  if (fluid_synth_program_select(font->synth, channel, font->id, bank, program) == FLUID_FAILED &&
      fluid_synth_program_select(font->synth, channel, font->id, bank, 0) == FLUID_FAILED)
    fluid_synth_program_select(font->synth, channel, font->id, 0, 0);
}

static void
set_up_channels(SgFont *font, const SgFontChannel channels[16])
{
  for (int c = 0; c < 16; c++) {
    select_program(font, c, channels[c].program);
    fluid_synth_cc(font->synth, c, CONTROL_VOLUME, to_controller(channels[c].gain));
    fluid_synth_cc(font->synth, c, CONTROL_PAN, to_controller(0.5f * (channels[c].pan + 1.0f)));
    fluid_synth_cc(font->synth, c, CONTROL_REVERB, to_controller(channels[c].reverb));
    fluid_synth_cc(font->synth, c, CONTROL_CHORUS, to_controller(channels[c].chorus));
  }
}

static void
send(SgFont *font, const Event *event)
{
  if (event->on)
    fluid_synth_noteon(font->synth, event->note->channel, event->note->key, event->note->velocity);
  else
    fluid_synth_noteoff(font->synth, event->note->channel, event->note->key);
}

/* The sound font goes to a fresh synthesiser for the rendering, and home again. */
static bool
begin(SgFont *font)
{
  font->synth = new_fluid_synth(font->settings);
  if (font->synth == NULL)
    return false;
  fluid_sfont_t *sfont = fluid_synth_get_sfont_by_id(font->home, font->id);
  fluid_synth_remove_sfont(font->home, sfont);
  font->id = fluid_synth_add_sfont(font->synth, sfont);
  return font->id != FLUID_FAILED;
}

static void
end(SgFont *font)
{
  fluid_sfont_t *sfont = font->synth != NULL ? fluid_synth_get_sfont_by_id(font->synth, font->id) : NULL;
  if (sfont != NULL) {
    fluid_synth_all_sounds_off(font->synth, -1);
    fluid_synth_remove_sfont(font->synth, sfont);
    font->id = fluid_synth_add_sfont(font->home, sfont);
  }
  delete_fluid_synth(font->synth);
  font->synth = NULL;
}

static void
play(SgFont *font, const Event *events, size_t n_events, SgClip *clip)
{
  size_t next = 0;
  float left[BLOCK], right[BLOCK];
  for (int64_t at = 0; at < clip->n && !sg_clip_is_stopped(clip);) {
    while (next < n_events && events[next].pos <= at)
      send(font, &events[next++]);
    int64_t until = next < n_events && events[next].pos < clip->n ? events[next].pos : clip->n;
    int n = (int)(until - at < BLOCK ? until - at : BLOCK);
    fluid_synth_write_float(font->synth, n, left, 0, 1, right, 0, 1);
    for (int i = 0; i < n; i++) {
      clip->channels[0][at + i] += left[i];
      clip->channels[1][at + i] += right[i];
    }
    at += n;
  }
}

SgStatus
sg_font_render(SgFont *font, const SgFontChannel channels[16], const SgMidiNote *notes, size_t n_notes,
               SgClip *clip, SgError *error)
{
  Event *events = events_new(notes, n_notes);
  bool fine = events != NULL && begin(font);
  if (fine) {
    set_up_channels(font, channels);
    play(font, events, 2 * n_notes, clip);
  }
  end(font);
  sg_free(events);
  if (!fine)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  return sg_clip_is_stopped(clip) ? sg_error_set(error, SG_CANCELLED, NULL, NULL) : SG_OK;
}
