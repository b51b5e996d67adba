#include "core/corpus/midi-file.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/corpus/file-bytes.h"

/* No piece of music has more; a larger file is not one. */
enum { MAX_BYTES = 16 << 20 };

enum { NOTE_OFF = 0x80, NOTE_ON = 0x90, PROGRAM = 0xc0, CHANNEL_PRESSURE = 0xd0, META = 0xff };
enum { META_TRACK_NAME = 0x03, META_END = 0x2f, META_TEMPO = 0x51 };

static const double STANDARD_US_PER_BEAT = 500000.0;

/* A note, program change or tempo, in ticks. */
typedef struct {
  uint64_t tick;
  uint32_t order; /* as read, so that equal ticks keep their order */
  uint16_t track;
  uint8_t status; /* NOTE_ON and NOTE_OFF and PROGRAM with the channel, or META for a tempo */
  uint8_t key, velocity;
  uint32_t us_per_beat;
} Event;

typedef struct {
  const uint8_t *bytes;
  size_t n_bytes, at;
  const char *path;
  SgError *error;
  unsigned ticks_per_beat;
  Event *events;
  size_t n_events, capacity;
  SgMidi *midi;
} Reader;

static SgStatus
bad(const Reader *reader, const char *detail)
{
  sg_error_set(reader->error, SG_BAD_FORMAT, reader->path, detail);
  if (reader->error != NULL)
    reader->error->position = (int64_t)reader->at;
  return SG_BAD_FORMAT;
}

static uint32_t
big_endian(const uint8_t *bytes, unsigned n)
{
  uint32_t value = 0;
  for (unsigned i = 0; i < n; i++)
    value = value << 8 | bytes[i];
  return value;
}

/* A quantity of up to four bytes with seven bits each; false at the end of the track. */
static bool
read_variable(Reader *reader, size_t end, uint32_t *out_value)
{
  uint32_t value = 0;
  for (int i = 0; i < 4 && reader->at < end; i++) {
    uint8_t byte = reader->bytes[reader->at++];
    value = value << 7 | (byte & 127);
    if (byte < 128) {
      *out_value = value;
      return true;
    }
  }
  return false;
}

static bool
add_event(Reader *reader, Event event)
{
  if (reader->n_events == reader->capacity) {
    size_t capacity = reader->capacity > 0 ? 2 * reader->capacity : 1024;
    Event *grown = SG_NEW(Event, capacity);
    if (grown == NULL)
      return false;
    if (reader->n_events > 0)
      memcpy(grown, reader->events, reader->n_events * sizeof *grown);
    sg_free(reader->events);
    reader->events = grown;
    reader->capacity = capacity;
  }
  event.order = (uint32_t)reader->n_events;
  reader->events[reader->n_events++] = event;
  return true;
}

/* The body of a meta event at `at`; false when memory is out. */
static bool
read_meta(Reader *reader, uint16_t track, uint64_t tick, uint8_t type, uint32_t length)
{
  const uint8_t *body = reader->bytes + reader->at;
  if (type == META_TRACK_NAME) {
    size_t n = length < SG_MIDI_NAME_SIZE - 1 ? length : SG_MIDI_NAME_SIZE - 1;
    memcpy(reader->midi->track_names[track], body, n);
    reader->midi->track_names[track][n] = '\0';
  }
  if (type == META_TEMPO && length == 3 && big_endian(body, 3) > 0)
    return add_event(
        reader, (Event){ .tick = tick, .track = track, .status = META, .us_per_beat = big_endian(body, 3) });
  return true;
}

/* Two data bytes, or one for program and pressure. */
static SgStatus
read_channel_event(Reader *reader, size_t end, uint16_t track, uint64_t tick, uint8_t status)
{
  uint8_t kind = status & 0xf0;
  size_t n_data = kind == PROGRAM || kind == CHANNEL_PRESSURE ? 1 : 2;
  if (end - reader->at < n_data)
    return bad(reader, "an event runs over the end of its track");
  uint8_t first = reader->bytes[reader->at] & 127;
  uint8_t second = n_data == 2 ? reader->bytes[reader->at + 1] & 127 : 0;
  reader->at += n_data;
  if (kind == NOTE_ON && second == 0)
    status = NOTE_OFF | (status & 15);
  kind = status & 0xf0;
  if (kind != NOTE_ON && kind != NOTE_OFF && kind != PROGRAM)
    return SG_OK;
  Event event = { .tick = tick, .track = track, .status = status, .key = first, .velocity = second };
  return add_event(reader, event) ? SG_OK : sg_error_set(reader->error, SG_NO_MEMORY, reader->path, NULL);
}

static SgStatus
read_track(Reader *reader, size_t end, uint16_t track)
{
  uint64_t tick = 0;
  uint8_t running = 0;
  while (reader->at < end) {
    uint32_t delta = 0, length = 0;
    if (!read_variable(reader, end, &delta) || reader->at >= end)
      return bad(reader, "an event runs over the end of its track");
    tick += delta;
    uint8_t status = reader->bytes[reader->at];
    if (status < 0x80 && running == 0)
      return bad(reader, "a data byte where an event is expected");
    if (status < 0xf0) {
      running = status >= 0x80 ? status : running;
      reader->at += status >= 0x80;
      SgStatus result = read_channel_event(reader, end, track, tick, running);
      if (result != SG_OK)
        return result;
      continue;
    }
    uint8_t type = status == META && end - reader->at > 1 ? reader->bytes[reader->at + 1] : 0;
    reader->at += status == META ? 2 : 1;
    if (reader->at > end || !read_variable(reader, end, &length) || length > end - reader->at)
      return bad(reader, "an event runs over the end of its track");
    if (status == META && type == META_END)
      break;
    if (status == META && !read_meta(reader, track, tick, type, length))
      return sg_error_set(reader->error, SG_NO_MEMORY, reader->path, NULL);
    reader->at += length;
  }
  reader->at = end;
  return SG_OK;
}

static SgStatus
read_chunks(Reader *reader)
{
  if (reader->n_bytes < 14 || memcmp(reader->bytes, "MThd", 4) != 0 || big_endian(reader->bytes + 4, 4) < 6)
    return bad(reader, "not a MIDI file");
  uint32_t division = big_endian(reader->bytes + 12, 2);
  if (division == 0 || division >= 0x8000)
    return bad(reader, "its times are not in ticks per quarter note");
  if (big_endian(reader->bytes + 8, 2) > 1)
    return bad(reader, "its tracks are separate pieces (format 2)");
  reader->ticks_per_beat = division;
  size_t header = big_endian(reader->bytes + 4, 4);
  reader->at = header < reader->n_bytes - 8 ? 8 + header : reader->n_bytes;
  SgStatus status = SG_OK;
  while (status == SG_OK && reader->n_bytes - reader->at >= 8 &&
         reader->midi->n_tracks < SG_MIDI_MAX_TRACKS) {
    size_t length = big_endian(reader->bytes + reader->at + 4, 4);
    bool is_track = memcmp(reader->bytes + reader->at, "MTrk", 4) == 0;
    reader->at += 8;
    bool cut = length > reader->n_bytes - reader->at;
    size_t end = cut ? reader->n_bytes : reader->at + length;
    if (is_track)
      status = read_track(reader, end, (uint16_t)reader->midi->n_tracks++);
    reader->at = end;
    if (cut && status == SG_BAD_FORMAT)
      status = SG_OK;
  }
  return status;
}

static int
by_tick(const void *a, const void *b)
{
  const Event *x = a, *y = b;
  if (x->tick != y->tick)
    return x->tick < y->tick ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

static int
by_start(const void *a, const void *b)
{
  const SgMidiNote *x = a, *y = b;
  if (x->start_s != y->start_s)
    return x->start_s < y->start_s ? -1 : 1;
  return (x->track > y->track) - (x->track < y->track);
}

/* The notes that are on, first in first out: next[i] is the following one of note i on the same key. */
typedef struct {
  int64_t first[16][128], last[16][128];
  int64_t *next;
} Sounding;

static void
end_first(SgMidi *midi, Sounding *sounding, uint8_t channel, uint8_t key, double now_s)
{
  int64_t note = sounding->first[channel][key];
  if (note < 0)
    return;
  midi->notes[note].duration_s = now_s - midi->notes[note].start_s;
  sounding->first[channel][key] = sounding->next[note];
}

static void
start_note(SgMidi *midi, Sounding *sounding, const Event *event, uint8_t program, double now_s)
{
  uint8_t channel = event->status & 15;
  int64_t note = (int64_t)midi->n_notes++;
  midi->notes[note] = (SgMidiNote){ .start_s = now_s,
                                    .duration_s = -1.0,
                                    .track = event->track,
                                    .channel = channel,
                                    .key = event->key,
                                    .velocity = event->velocity,
                                    .program = program };
  sounding->next[note] = -1;
  if (sounding->first[channel][event->key] < 0)
    sounding->first[channel][event->key] = note;
  else
    sounding->next[sounding->last[channel][event->key]] = note;
  sounding->last[channel][event->key] = note;
}

/* Walks the events in time, from ticks to seconds: s = s₀ + (tick − tick₀)·(µs per beat)/(10⁶·ticks per
 * beat). */
static void
walk(const Reader *reader, Sounding *sounding)
{
  SgMidi *midi = reader->midi;
  uint8_t programs[16] = { 0 };
  double now_s = 0.0, us_per_beat = STANDARD_US_PER_BEAT;
  uint64_t now_tick = 0;
  midi->tempi[midi->n_tempi++] = (SgMidiTempo){ 0.0, 6e7 / us_per_beat };
  for (size_t i = 0; i < reader->n_events; i++) {
    const Event *event = &reader->events[i];
    now_s += (double)(event->tick - now_tick) * us_per_beat * 1e-6 / reader->ticks_per_beat;
    now_tick = event->tick;
    uint8_t channel = event->status & 15;
    if (event->status == META) {
      us_per_beat = event->us_per_beat;
      midi->n_tempi -= midi->tempi[midi->n_tempi - 1].start_s == now_s;
      midi->tempi[midi->n_tempi++] = (SgMidiTempo){ now_s, 6e7 / us_per_beat };
    } else if ((event->status & 0xf0) == PROGRAM) {
      programs[channel] = event->key;
    } else if ((event->status & 0xf0) == NOTE_ON) {
      start_note(midi, sounding, event, programs[channel], now_s);
    } else {
      end_first(midi, sounding, channel, event->key, now_s);
    }
  }
  for (size_t i = 0; i < midi->n_notes; i++) {
    SgMidiNote *note = &midi->notes[i];
    note->duration_s = note->duration_s < 0.0 ? now_s - note->start_s : note->duration_s;
    double end_s = note->start_s + note->duration_s;
    midi->duration_s = end_s > midi->duration_s ? end_s : midi->duration_s;
  }
  qsort(midi->notes, midi->n_notes, sizeof *midi->notes, by_start);
}

static SgStatus
collect(Reader *reader)
{
  SgMidi *midi = reader->midi;
  if (reader->n_events > 0)
    qsort(reader->events, reader->n_events, sizeof *reader->events, by_tick);
  Sounding *sounding = SG_NEW(Sounding, 1);
  int64_t *next = SG_NEW(int64_t, reader->n_events);
  midi->notes = SG_NEW(SgMidiNote, reader->n_events);
  midi->tempi = SG_NEW(SgMidiTempo, reader->n_events + 1);
  bool fine = sounding != NULL && next != NULL && midi->notes != NULL && midi->tempi != NULL;
  if (fine) {
    memset(sounding, 0xff, sizeof *sounding); /* −1: no note */
    sounding->next = next;
    walk(reader, sounding);
  }
  sg_free(next);
  sg_free(sounding);
  return fine ? SG_OK : sg_error_set(reader->error, SG_NO_MEMORY, reader->path, NULL);
}

SgStatus
sg_midi_parse(const uint8_t *bytes, size_t n_bytes, const char *path, SgMidi **out_midi, SgError *error)
{
  Reader reader = { .bytes = bytes, .n_bytes = n_bytes, .path = path, .error = error };
  SgStatus status = SG_NO_MEMORY;
  *out_midi = NULL;
  reader.midi = SG_NEW(SgMidi, 1);
  if (reader.midi != NULL)
    reader.midi->track_names = sg_alloc(SG_MIDI_MAX_TRACKS, sizeof *reader.midi->track_names);
  if (reader.midi == NULL || reader.midi->track_names == NULL) {
    sg_error_set(error, SG_NO_MEMORY, path, NULL);
    goto out;
  }
  status = read_chunks(&reader);
  if (status == SG_OK)
    status = collect(&reader);
out:
  sg_free(reader.events);
  if (status != SG_OK) {
    sg_midi_free(reader.midi);
    return status;
  }
  *out_midi = reader.midi;
  return SG_OK;
}

SgStatus
sg_midi_read(const char *path, SgMidi **out_midi, SgError *error)
{
  uint8_t *bytes = NULL;
  size_t n = 0;
  *out_midi = NULL;
  SgStatus status = sg_file_bytes(path, MAX_BYTES, &bytes, &n, error);
  if (status == SG_OK)
    status = sg_midi_parse(bytes, n, path, out_midi, error);
  sg_free(bytes);
  return status;
}

double
sg_midi_tempo_at(const SgMidi *midi, double at_s)
{
  double tempo = midi->tempi[0].beats_per_minute;
  for (size_t i = 0; i < midi->n_tempi && midi->tempi[i].start_s <= at_s; i++)
    tempo = midi->tempi[i].beats_per_minute;
  return fmin(fmax(tempo, 40.0), 240.0);
}

void
sg_midi_free(SgMidi *midi)
{
  if (midi == NULL)
    return;
  sg_free(midi->notes);
  sg_free(midi->tempi);
  sg_free(midi->track_names);
  sg_free(midi);
}
