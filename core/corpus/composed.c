#include "core/corpus/composed.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/corpus/file-bytes.h"
#include "core/corpus/pop.h"

enum { MIN_NOTES = 20, N_CHANNELS = 16, NAME_SIZE = 64, MAX_BYTES = 256 << 20 };

static const double P_SUNG = 0.5, P_ELECTRONIC = 0.25;

/* Files or folders, the packages that install them, and the licences as their copyright files state them. */
static const struct {
  const char *path, *package, *licence;
} sources[] = {
  { "/usr/share/games/doom/freedoom1.wad", "freedoom", "BSD-3-Clause" },
  { "/usr/share/games/doom/freedoom2.wad", "freedoom", "BSD-3-Clause" },
  { "/usr/share/games/openttd/baseset/openmsx", "openttd-openmsx", "GPL-2" },
};
enum { N_SOURCES = sizeof sources / sizeof *sources };

typedef struct {
  char name[NAME_SIZE];
  SgMidi *midi;
} Score;

struct SgScores {
  Score *items;
  size_t n, capacity;
};

static SgRole
role_of(const SgMidiNote *note)
{
  if (note->channel == SG_MIDI_PERCUSSION_CHANNEL)
    return SG_ROLE_DRUMS;
  return note->program >= 32 && note->program <= 39 ? SG_ROLE_BASS : SG_ROLE_OTHER;
}

static bool
is_whole_band(const SgMidi *midi)
{
  size_t n[SG_N_ROLES] = { 0 };
  for (size_t i = 0; i < midi->n_notes; i++)
    n[role_of(&midi->notes[i])]++;
  return n[SG_ROLE_DRUMS] >= MIN_NOTES && n[SG_ROLE_BASS] + n[SG_ROLE_OTHER] >= MIN_NOTES;
}

/* Keeps the score when it is one for a band. */
static SgStatus
add_score(SgScores *scores, const char *name, const uint8_t *bytes, size_t n_bytes, SgError *error)
{
  SgMidi *midi = NULL;
  SgStatus status = sg_midi_parse(bytes, n_bytes, name, &midi, error);
  if (status != SG_OK)
    return status == SG_NO_MEMORY ? status : SG_OK;
  if (!is_whole_band(midi)) {
    sg_midi_free(midi);
    return SG_OK;
  }
  if (scores->n == scores->capacity) {
    size_t capacity = scores->capacity > 0 ? 2 * scores->capacity : 64;
    Score *grown = SG_NEW(Score, capacity);
    if (grown == NULL) {
      sg_midi_free(midi);
      return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    }
    if (scores->n > 0)
      memcpy(grown, scores->items, scores->n * sizeof *grown);
    sg_free(scores->items);
    scores->items = grown;
    scores->capacity = capacity;
  }
  Score *score = &scores->items[scores->n++];
  snprintf(score->name, NAME_SIZE, "%s", name);
  score->midi = midi;
  return SG_OK;
}

static uint32_t
little_32(const uint8_t *bytes)
{
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* WAD: magic, number of lumps, place of the directory; there for each lump its place, size and name[8]. */
static SgStatus
add_wad(SgScores *scores, const uint8_t *bytes, size_t n_bytes, SgError *error)
{
  enum { HEADER = 12, ENTRY = 16 };
  SgStatus status = SG_OK;
  size_t n_lumps = n_bytes >= HEADER ? little_32(bytes + 4) : 0,
         directory = n_bytes >= HEADER ? little_32(bytes + 8) : 0;
  if (directory > n_bytes || n_lumps > (n_bytes - directory) / ENTRY)
    return SG_OK;
  for (size_t i = 0; i < n_lumps && status == SG_OK; i++) {
    const uint8_t *entry = bytes + directory + i * ENTRY;
    size_t at = little_32(entry), size = little_32(entry + 4);
    if (memcmp(entry + 8, "D_", 2) != 0 || at > n_bytes || size > n_bytes - at)
      continue;
    char name[9] = { 0 };
    memcpy(name, entry + 8, 8);
    status = add_score(scores, name, bytes + at, size, error);
  }
  return status;
}

SgStatus
sg_scores_add_file(SgScores **scores, const char *path, SgError *error)
{
  if (*scores == NULL && (*scores = SG_NEW(SgScores, 1)) == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  uint8_t *bytes = NULL;
  size_t n = 0;
  SgStatus status = sg_file_bytes(path, MAX_BYTES, &bytes, &n, error);
  const char *slash = strrchr(path, '/');
  if (status == SG_OK)
    status = n > 4 && memcmp(bytes + 1, "WAD", 3) == 0
                 ? add_wad(*scores, bytes, n, error)
                 : add_score(*scores, slash != NULL ? slash + 1 : path, bytes, n, error);
  sg_free(bytes);
  return status;
}

/* A folder's MIDI files, by name. */
static SgStatus
add_folder(SgScores **scores, const char *folder, SgError *error)
{
  SgFileList *files = NULL;
  SgStatus status = sg_file_list_read(folder, "", &files, error);
  for (size_t i = 0; status == SG_OK && i < files->n; i++)
    status = sg_scores_add_file(scores, files->paths[i], error);
  sg_file_list_free(files);
  return status;
}

SgStatus
sg_scores_new(SgScores **out_scores, SgError *error)
{
  SgScores *scores = NULL;
  SgStatus status = SG_OK;
  *out_scores = NULL;
  for (size_t i = 0; i < N_SOURCES && status == SG_OK; i++) {
    const char *path = sources[i].path, *dot = strrchr(path, '.');
    if (access(path, R_OK) == 0)
      status = dot != NULL ? sg_scores_add_file(&scores, path, error) : add_folder(&scores, path, error);
  }
  if (status == SG_OK && (scores == NULL || scores->n == 0))
    status = sg_error_set(error, SG_NOT_FOUND, NULL, "scores");
  if (status != SG_OK) {
    sg_scores_free(scores);
    return status;
  }
  *out_scores = scores;
  return SG_OK;
}

void
sg_scores_free(SgScores *scores)
{
  if (scores == NULL)
    return;
  for (size_t i = 0; i < scores->n; i++)
    sg_midi_free(scores->items[i].midi);
  sg_free(scores->items);
  sg_free(scores);
}

size_t
sg_scores_count(const SgScores *scores)
{
  return scores->n;
}

/* The channel that sounds most like a tune: one note at a time, in the range of voices, neither sparse nor
 * hurried; −1 when none does. */
static int
find_melody(const SgNotes *notes)
{
  struct {
    double start_s, end_s, sounding_s, keys;
    size_t n, n_overlaps;
  } channels[N_CHANNELS] = { 0 };
  for (size_t i = 0; i < notes->n; i++) {
    const SgMidiNote *note = &notes->items[i];
    const int c = note->channel;
    channels[c].n_overlaps += channels[c].n > 0 && note->start_s < channels[c].end_s - 0.05;
    if (channels[c].n++ == 0)
      channels[c].start_s = note->start_s;
    channels[c].end_s = fmax(channels[c].end_s, note->start_s + note->duration_s);
    channels[c].sounding_s += note->duration_s;
    channels[c].keys += note->key;
  }
  int melody = -1;
  for (int c = 0; c < N_CHANNELS; c++) {
    double n = (double)channels[c].n, key = channels[c].keys / n,
           a_second = n / (channels[c].end_s - channels[c].start_s);
    bool sings = channels[c].n >= MIN_NOTES && (double)channels[c].n_overlaps < 0.1 * n && key >= 52.0 &&
                 key <= 84.0 && a_second > 0.4 && a_second < 5.0;
    if (sings && (melody < 0 || channels[c].sounding_s > channels[melody].sounding_s))
      melody = c;
  }
  return melody;
}

/* Gives the notes of channel `melody` to the voice; the others stay, in lanes by channel. */
static bool
share_out(SgArrangement *song, int melody)
{
  int lanes[N_CHANNELS];
  for (int c = 0; c < N_CHANNELS; c++)
    lanes[c] = -1;
  SgNotes *other = &song->parts[SG_ROLE_OTHER];
  size_t n_kept = 0;
  for (size_t i = 0; i < other->n; i++) {
    SgMidiNote note = other->items[i];
    int c = note.channel;
    if (c == melody) {
      note.track = 0;
      if (!sg_notes_add(&song->parts[SG_ROLE_VOCALS], note))
        return false;
      continue;
    }
    if (lanes[c] < 0) {
      lanes[c] = (int)(song->n_lanes % SG_ARRANGEMENT_MAX_LANES);
      song->lane_programs[lanes[c]] = note.program;
      song->n_lanes += song->n_lanes < SG_ARRANGEMENT_MAX_LANES;
    }
    note.track = (uint16_t)lanes[c];
    other->items[n_kept++] = note;
  }
  other->n = n_kept;
  return true;
}

/* The notes that start within [from_s, until_s), moved to start at 0. */
static bool
take_excerpt(const SgMidi *midi, double from_s, double until_s, SgArrangement *song)
{
  for (size_t i = 0; i < midi->n_notes; i++) {
    SgMidiNote note = midi->notes[i];
    if (note.start_s < from_s || note.start_s >= until_s)
      continue;
    note.start_s -= from_s;
    note.duration_s = fmin(note.duration_s, until_s - from_s - note.start_s);
    if (!sg_notes_add(&song->parts[role_of(&note)], note))
      return false;
  }
  return true;
}

SgStatus
sg_arrange_composed(const SgScores *scores, double duration_s, SgRandom *random,
                    SgArrangement *out_arrangement, SgError *error)
{
  const Score *score = &scores->items[sg_random_below(random, scores->n)];
  const SgMidi *midi = score->midi;
  double from_s = fmax(0.0, midi->duration_s - duration_s) * sg_random_unit(random);
  SgArrangement *song = out_arrangement;
  *song = (SgArrangement){ .duration_s = fmin(duration_s, midi->duration_s),
                           .beats_per_minute = sg_midi_tempo_at(midi, from_s + 1.0),
                           .electronic = sg_random_unit(random) < P_ELECTRONIC,
                           .is_composed = true };
  bool is_sung = sg_random_unit(random) < P_SUNG;
  snprintf(song->origin, sizeof song->origin, "score %s from %.1f s", score->name, from_s);
  if (take_excerpt(midi, from_s, from_s + song->duration_s, song) &&
      share_out(song, is_sung ? find_melody(&song->parts[SG_ROLE_OTHER]) : -1))
    return SG_OK;
  sg_arrangement_clear(song);
  return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
}

void
sg_scores_describe(SgJson *json)
{
  for (size_t i = 0; i < N_SOURCES; i++) {
    if (access(sources[i].path, R_OK) != 0)
      continue;
    SgJson *source = sg_json_object_new();
    sg_json_set_text(source, "path", sources[i].path);
    sg_json_set_text(source, "package", sources[i].package);
    sg_json_set_text(source, "licence", sources[i].licence);
    sg_json_append(json, source);
  }
}
