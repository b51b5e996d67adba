#include "mix.h"

#include <stdlib.h>

#include "glottis.h"
#include "parts.h"
#include "score.h"
#include "singer.h"
#include "strips.h"

#define MASTER_GAIN_DB -1.2
#define CEILING_DB -1.0
#define FADE_S 1.2

const char *const demo_stem_names[DEMO_N_STEMS] = { "drums", "bass", "other", "vocals" };

static const DemoCompressor glue = { -16, 1.8, 0.025, 0.18, 0 };

/* A Butterworth filter of the sixth order: what lies above is hardly missed, but would make the files big. */
static const DemoBand top[] = { { DEMO_LOW_PASS, 15500, 0.518, 0 },
                                { DEMO_LOW_PASS, 15500, 0.707, 0 },
                                { DEMO_LOW_PASS, 15500, 1.932, 0 } };

/* A stem while it is mixed: what is heard directly and what goes to the two effects. */
typedef struct {
  DemoTrack *dry;
  DemoTrack *room;
  DemoTrack *echo;
} Bus;

static size_t
song_frames(void)
{
  return (size_t)(DEMO_LENGTH_S * DEMO_RATE_HZ);
}

static bool
send_channel(const DemoChannel *channel, DemoTrack *track, Bus *bus)
{
  size_t n_bands = 0;
  while (n_bands < DEMO_BANDS && channel->bands[n_bands].hz > 0.0)
    n_bands++;
  demo_equalise(track, channel->bands, n_bands);
  if (channel->compressor.ratio > 0.0 && !demo_compress(track, &channel->compressor))
    return false;
  if (channel->drive_db > 0.0)
    demo_saturate(track, channel->drive_db);
  demo_track_set_width(track, channel->width);
  demo_track_pan(track, channel->pan);
  demo_track_add(bus->dry, track, channel->gain_db);
  demo_track_add(bus->room, track, channel->gain_db + channel->room_db);
  demo_track_add(bus->echo, track, channel->gain_db + channel->echo_db);
  return true;
}

static bool
mix_strip(const DemoStrip *strip, const DemoFonts *fonts, Bus *bus)
{
  DemoInstrument instrument = { fonts->font_paths[strip->font], strip->drums, 0, strip->program };
  DemoNotes *notes = malloc(sizeof *notes);
  DemoTrack *track = demo_track_new(song_frames());
  bool done = notes != NULL && track != NULL;
  if (done) {
    demo_arrange(strip->part, notes);
    done = demo_part_play(&instrument, notes, track) && send_channel(&strip->channel, track, bus);
  }
  demo_track_free(track);
  free(notes);
  return done;
}

static bool
mix_voice(const DemoVoiceStrip *strip, const DemoGlottisTables *tables, Bus *bus)
{
  DemoTrack *track = demo_track_new(song_frames());
  bool done =
      track != NULL && demo_sing(&strip->voice, tables, track) && send_channel(&strip->channel, track, bus);
  demo_track_free(track);
  return done;
}

static bool
mix_voices(Bus *bus)
{
  DemoGlottisTables *tables = demo_glottis_tables_new();
  bool done = tables != NULL;
  for (size_t i = 0; done && i < demo_n_voices; i++)
    done = mix_voice(&demo_voices[i], tables, bus);
  demo_glottis_tables_free(tables);
  return done;
}

static bool
finish_bus(DemoStemId stem, Bus *bus)
{
  const DemoBus *settings = &demo_buses[stem];
  if (settings->compressor.ratio > 0.0 && !demo_compress(bus->dry, &settings->compressor))
    return false;
  if (!demo_echo_add(settings->echo_s, settings->echo_feedback, bus->echo, 0.0, bus->dry))
    return false;
  return demo_reverb_add(&settings->room, bus->room, settings->room_db, bus->dry);
}

DemoTrack *
demo_mix_stem(DemoStemId stem, const DemoFonts *fonts)
{
  Bus bus = { demo_track_new(song_frames()), demo_track_new(song_frames()), demo_track_new(song_frames()) };
  bool done = bus.dry != NULL && bus.room != NULL && bus.echo != NULL;
  for (size_t i = 0; done && i < demo_n_strips; i++)
    if (demo_strips[i].stem == stem)
      done = mix_strip(&demo_strips[i], fonts, &bus);
  if (done && stem == DEMO_STEM_VOCALS)
    done = mix_voices(&bus);
  done = done && finish_bus(stem, &bus);
  demo_track_free(bus.room);
  demo_track_free(bus.echo);
  if (done)
    return bus.dry;
  demo_track_free(bus.dry);
  return NULL;
}

static void
add_up(DemoTrack *stems[DEMO_N_STEMS], DemoTrack *sum)
{
  for (size_t i = 0; i < sum->n_frames; i++)
    sum->left[i] = sum->right[i] = 0.0f;
  for (int stem = 0; stem < DEMO_N_STEMS; stem++)
    demo_track_add(sum, stems[stem], 0.0);
}

static void
fade_out(float *gains, size_t n)
{
  size_t length = (size_t)(FADE_S * DEMO_RATE_HZ);
  for (size_t i = 0; i < length; i++) {
    float left = (float)i / (float)length;
    gains[n - 1 - i] *= left * left * (3.0f - 2.0f * left);
  }
}

bool
demo_master(DemoTrack *stems[DEMO_N_STEMS])
{
  DemoTrack *sum = demo_track_new(song_frames());
  float *gains = malloc(song_frames() * sizeof *gains);
  bool done = sum != NULL && gains != NULL;
  if (done) {
    for (int stem = 0; stem < DEMO_N_STEMS; stem++)
      demo_equalise(stems[stem], top, sizeof top / sizeof top[0]);
    add_up(stems, sum);
    demo_compressor_gains(&glue, sum, gains);
    for (size_t i = 0; i < sum->n_frames; i++)
      gains[i] *= (float)demo_db_to_gain(MASTER_GAIN_DB);
    for (int stem = 0; stem < DEMO_N_STEMS; stem++)
      demo_apply_gains(stems[stem], gains);
    add_up(stems, sum);
    done = demo_limiter_gains(CEILING_DB, sum, gains);
  }
  if (done) {
    fade_out(gains, sum->n_frames);
    for (int stem = 0; stem < DEMO_N_STEMS; stem++)
      demo_apply_gains(stems[stem], gains);
  }
  demo_track_free(sum);
  free(gains);
  return done;
}
