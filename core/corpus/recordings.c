#include "core/corpus/recordings.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/memory.h"
#include "core/dsp/biquad.h"

enum { MAX_SPEAKERS = 96, MIN_FILES = 10, NAME_SIZE = 64 };

typedef struct {
  char name[NAME_SIZE];
  char **paths; /* [n_paths] */
  size_t n_paths;
} Person;

struct SgRecordings {
  Person people[MAX_SPEAKERS];
  size_t n_people;
};

static bool
is_sound(const char *name)
{
  static const char *const endings[] = { ".ogg", ".wav", ".flac", ".opus", ".mp3" };
  const char *dot = strrchr(name, '.');
  for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof *endings; i++)
    if (strcasecmp(dot, endings[i]) == 0)
      return true;
  return false;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
  return strcmp((*a)->d_name, (*b)->d_name);
}

/* Adds the sound files in the folder and `depth` levels below, by name. False when memory is out. */
static bool
add_files(const char *folder, int depth, Person *person)
{
  struct dirent **entries = NULL;
  int n = scandir(folder, &entries, NULL, by_name);
  bool fine = true;
  for (int i = 0; i < n; i++) {
    char path[SG_ERROR_PATH_SIZE];
    const char *name = entries[i]->d_name;
    bool fits = snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path;
    if (fine && fits && is_sound(name)) {
      char **grown = realloc(person->paths, (person->n_paths + 1) * sizeof *grown);
      fine = grown != NULL;
      if (fine) {
        person->paths = grown;
        fine = (grown[person->n_paths] = strdup(path)) != NULL;
        person->n_paths += fine;
      }
    } else if (fine && fits && depth > 0 && name[0] != '.') {
      fine = add_files(path, depth - 1, person);
    }
    free(entries[i]);
  }
  free(entries);
  return fine;
}

static void
clear_person(Person *person)
{
  for (size_t i = 0; i < person->n_paths; i++)
    free(person->paths[i]);
  free(person->paths);
  *person = (Person){ 0 };
}

/* ".../klettres" → "klettres", ".../ktuberling/sounds" → "ktuberling". */
static void
shelf_name(const char *folder, char out_name[NAME_SIZE])
{
  const char *end = folder + strlen(folder), *plain = strstr(folder, "/sounds");
  end = plain != NULL ? plain : end;
  const char *start = end;
  while (start > folder && start[-1] != '/')
    start--;
  snprintf(out_name, NAME_SIZE, "%.*s", (int)(end - start), start);
}

static bool
add_shelf(const char *folder, SgRecordings *recordings)
{
  struct dirent **entries = NULL;
  char shelf[NAME_SIZE];
  int n = scandir(folder, &entries, NULL, by_name);
  bool fine = true;
  shelf_name(folder, shelf);
  for (int i = 0; i < n; i++) {
    char path[SG_ERROR_PATH_SIZE];
    const char *name = entries[i]->d_name;
    if (fine && name[0] != '.' && !is_sound(name) && recordings->n_people < MAX_SPEAKERS) {
      Person *person = &recordings->people[recordings->n_people];
      snprintf(path, sizeof path, "%s/%s", folder, name);
      snprintf(person->name, sizeof person->name, "%.30s %.30s", shelf, name);
      fine = add_files(path, 1, person);
      if (fine && person->n_paths >= MIN_FILES)
        recordings->n_people++;
      else
        clear_person(person);
    }
    free(entries[i]);
  }
  free(entries);
  return fine;
}

SgStatus
sg_recordings_new(const char *const *folders, SgRecordings **out_recordings, SgError *error)
{
  SgRecordings *recordings = SG_NEW(SgRecordings, 1);
  bool fine = recordings != NULL;
  *out_recordings = NULL;
  for (; fine && *folders != NULL; folders++)
    fine = add_shelf(*folders, recordings);
  if (!fine || recordings->n_people == 0) {
    sg_recordings_free(recordings);
    return fine ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  *out_recordings = recordings;
  return SG_OK;
}

void
sg_recordings_free(SgRecordings *recordings)
{
  if (recordings == NULL)
    return;
  for (size_t i = 0; i < recordings->n_people; i++)
    clear_person(&recordings->people[i]);
  sg_free(recordings);
}

size_t
sg_recordings_n_speakers(const SgRecordings *recordings)
{
  return recordings->n_people;
}

const char *
sg_recordings_speaker(const SgRecordings *recordings, size_t speaker)
{
  return recordings->people[speaker].name;
}

static int
by_pitch(const void *a, const void *b)
{
  double x = (*(SgTake *const *)a)->middle_hz, y = (*(SgTake *const *)b)->middle_hz;
  return (x > y) - (x < y);
}

static double
treble(const SgSpeaker *speaker)
{
  const SgBiquad filter = sg_biquad(SG_BIQUAD_HIGH_PASS, SG_CORPUS_RATE_HZ, 5500.0, M_SQRT1_2, 0.0);
  double all = 1e-12, high = 1e-12;
  for (size_t t = 0; t < speaker->n; t++) {
    const SgTake *take = speaker->takes[t];
    SgBiquadState states[2] = { 0 };
    for (int64_t i = 0; i < take->n; i++) {
      double y = sg_biquad_next(&filter, &states[1], sg_biquad_next(&filter, &states[0], take->samples[i]));
      all += (double)take->samples[i] * take->samples[i];
      high += y * y;
    }
  }
  return 10.0 * log10(high / all);
}

SgStatus
sg_recordings_open(const SgRecordings *recordings, size_t speaker, size_t max_takes, SgRandom *random,
                   SgSpeaker *out_speaker, SgError *error)
{
  const Person *person = &recordings->people[speaker];
  *out_speaker = (SgSpeaker){ 0 };
  /* Every k-th file from a drawn one on, so that letters, syllables and words are all among them. */
  size_t n_wanted = person->n_paths < max_takes ? person->n_paths : max_takes;
  size_t first = sg_random_below(random, person->n_paths);
  for (size_t i = 0; i < n_wanted; i++) {
    const char *path = person->paths[(first + i * person->n_paths / n_wanted) % person->n_paths];
    SgStatus status = sg_take_load(path, &out_speaker->takes[out_speaker->n], NULL);
    out_speaker->n += status == SG_OK;
    if (status == SG_NO_MEMORY) {
      sg_speaker_clear(out_speaker);
      return sg_error_set(error, SG_NO_MEMORY, path, NULL);
    }
  }
  if (out_speaker->n == 0)
    return sg_error_set(error, SG_NOT_FOUND, person->name, NULL);
  SgTake *sorted[SG_SPEAKER_MAX_TAKES];
  memcpy(sorted, out_speaker->takes, sizeof sorted);
  qsort(sorted, out_speaker->n, sizeof *sorted, by_pitch);
  out_speaker->treble_db = treble(out_speaker);
  out_speaker->middle_hz = sorted[out_speaker->n / 2]->middle_hz;
  return SG_OK;
}

void
sg_speaker_clear(SgSpeaker *speaker)
{
  for (size_t i = 0; i < speaker->n; i++)
    sg_take_free(speaker->takes[i]);
  speaker->n = 0;
}
