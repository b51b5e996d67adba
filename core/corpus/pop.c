#include "core/corpus/pop.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/memory.h"

enum { MAX_TRIALS = 8, LANE_PIANO = 0, LANE_BRIDGE = 1 };

SgStatus
sg_file_list_read(const char *folder, const char *word, SgFileList **out_list, SgError *error)
{
  struct dirent **entries = NULL;
  *out_list = NULL;
  int n = scandir(folder, &entries, NULL, alphasort);
  if (n < 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, folder);
  SgFileList *list = SG_NEW(SgFileList, 1);
  bool fine = list != NULL && (list->paths = SG_NEW(char *, (size_t)n + 1)) != NULL;
  for (int i = 0; i < n; i++) {
    const char *name = entries[i]->d_name, *dot = strrchr(name, '.');
    if (fine && dot != NULL && strcasecmp(dot, ".mid") == 0 && strstr(name, word) != NULL)
      fine = asprintf(&list->paths[list->n], "%s/%s", folder, name) >= 0 && ++list->n > 0;
    free(entries[i]);
  }
  free(entries);
  if (!fine || list->n == 0) {
    sg_file_list_free(list);
    return fine ? sg_error_set(error, SG_NOT_FOUND, folder, "MIDI files")
                : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  *out_list = list;
  return SG_OK;
}

void
sg_file_list_free(SgFileList *list)
{
  if (list == NULL)
    return;
  for (size_t i = 0; i < list->n; i++)
    free(list->paths[i]);
  sg_free(list->paths);
  sg_free(list);
}

static const char *
file_name(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash != NULL ? slash + 1 : path;
}

/* The track of this name, −1 without one. */
static int
find_track(const SgMidi *midi, const char *name)
{
  for (size_t t = 0; t < midi->n_tracks; t++)
    if (strncasecmp(midi->track_names[t], name, strlen(name)) == 0)
      return (int)t;
  return -1;
}

/* Adds a track's notes that start in [from_s, until_s), moved to start at 0, on `lane`. */
static bool
take_track(const SgMidi *midi, int track, double from_s, double until_s, unsigned lane, SgNotes *notes)
{
  for (size_t i = 0; i < midi->n_notes; i++) {
    SgMidiNote note = midi->notes[i];
    if (note.track != track || note.start_s < from_s || note.start_s >= until_s)
      continue;
    note.start_s -= from_s;
    note.track = (uint16_t)lane;
    if (!sg_notes_add(notes, note))
      return false;
  }
  return true;
}

/* On each beat the lowest piano note that starts within it, between E1 and Eb3, held until the next. */
static bool
make_bass(const SgNotes *piano, double beat_s, double duration_s, SgNotes *bass)
{
  size_t next = 0;
  for (double start_s = 0.0; start_s < duration_s; start_s += beat_s) {
    const SgMidiNote *lowest = NULL;
    for (; next < piano->n && piano->items[next].start_s < start_s + beat_s; next++)
      if (lowest == NULL || piano->items[next].key < lowest->key)
        lowest = &piano->items[next];
    if (lowest == NULL || lowest->key > 60)
      continue;
    SgMidiNote note = *lowest;
    while (note.key > 51)
      note.key -= 12;
    while (note.key < 28)
      note.key += 12;
    note.duration_s = fmin(fmax(note.duration_s, 0.5 * beat_s), 2.0 * beat_s);
    if (bass->n > 0) { /* one note at a time */
      SgMidiNote *last = &bass->items[bass->n - 1];
      last->duration_s = fmin(last->duration_s, 0.98 * (note.start_s - last->start_s));
    }
    if (!sg_notes_add(bass, note))
      return false;
  }
  return true;
}

/* Drumming from drawn files, each brought from its own tempo to the song's, one after the other in whole
 * bars. */
static SgStatus
make_drums(const SgFileList *drumming, double beats_per_minute, double duration_s, SgRandom *random,
           SgArrangement *arrangement, SgError *error)
{
  double at_s = 0.0;
  while (at_s < duration_s) {
    const char *path = drumming->paths[sg_random_below(random, drumming->n)];
    SgMidi *midi = NULL;
    SgStatus status = sg_midi_read(path, &midi, error);
    if (status != SG_OK)
      return status;
    double scale = midi->tempi[0].beats_per_minute / beats_per_minute;
    /* Half or double time keeps the hits where a drummer would play them. */
    scale *= scale > 1.5 ? 0.5 : scale < 0.66 ? 2.0 : 1.0;
    bool fine = true;
    for (size_t i = 0; i < midi->n_notes && fine; i++) {
      SgMidiNote note = midi->notes[i];
      note.start_s = at_s + scale * note.start_s;
      note.track = 0;
      fine = note.start_s >= duration_s || sg_notes_add(&arrangement->parts[SG_ROLE_DRUMS], note);
    }
    double bar_s = 240.0 / beats_per_minute;
    at_s += bar_s * fmax(1.0, round(scale * midi->duration_s / bar_s));
    sg_midi_free(midi);
    if (!fine)
      return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  sg_notes_sort(&arrangement->parts[SG_ROLE_DRUMS]);
  return SG_OK;
}

SgStatus
sg_arrange_pop(const char *song_path, const SgFileList *drumming, double duration_s, SgRandom *random,
               SgArrangement *out_arrangement, SgError *error)
{
  SgMidi *midi = NULL;
  *out_arrangement = (SgArrangement){ 0 };
  SgStatus status = sg_midi_read(song_path, &midi, error);
  if (status != SG_OK)
    return status;
  int melody = find_track(midi, "MELODY"), piano = find_track(midi, "PIANO"),
      bridge = find_track(midi, "BRIDGE");
  if (melody < 0 || piano < 0) {
    sg_midi_free(midi);
    return sg_error_set(error, SG_BAD_FORMAT, song_path, "no tracks MELODY and PIANO");
  }
  double from_s = fmax(0.0, midi->duration_s - duration_s) * sg_random_unit(random);
  SgArrangement *song = out_arrangement;
  song->duration_s = fmin(duration_s, midi->duration_s);
  song->beats_per_minute = sg_midi_tempo_at(midi, from_s + 1.0);
  song->n_lanes = 2;
  song->electronic = sg_random_unit(random) < 0.4;
  double until_s = from_s + song->duration_s;
  bool fine = take_track(midi, melody, from_s, until_s, 0, &song->parts[SG_ROLE_VOCALS]) &&
              take_track(midi, piano, from_s, until_s, LANE_PIANO, &song->parts[SG_ROLE_OTHER]);
  if (fine)
    fine = make_bass(&song->parts[SG_ROLE_OTHER], 60.0 / song->beats_per_minute, song->duration_s,
                     &song->parts[SG_ROLE_BASS]);
  if (fine && bridge >= 0)
    fine = take_track(midi, bridge, from_s, until_s, LANE_BRIDGE, &song->parts[SG_ROLE_OTHER]);
  sg_notes_sort(&song->parts[SG_ROLE_OTHER]);
  snprintf(song->origin, sizeof song->origin, "song %s from %.1f s", file_name(song_path), from_s);
  sg_midi_free(midi);
  status = fine ? make_drums(drumming, song->beats_per_minute, song->duration_s, random, song, error)
                : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status != SG_OK)
    sg_arrangement_clear(out_arrangement);
  return status;
}
