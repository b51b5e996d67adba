#include "core/corpus/band.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/corpus/child.h"
#include "core/corpus/chart.h"

static const char DEBIAN_FOLDER[] = "/usr/share/mma/lib/stdlib";

enum { MAX_STYLES = 512, MAX_GROOVES = 32, NAME_SIZE = 48, MAX_TRIALS = 20 };

typedef struct {
  char file[NAME_SIZE];
  char grooves[MAX_GROOVES][NAME_SIZE];
  size_t n_grooves;
} Style;

struct SgGrooves {
  Style *styles; /* [n_styles], by file name */
  size_t n_styles;
};

/* Takes the names behind "DefGroove" in a style file. */
static void
read_style(const char *folder, const char *name, Style *style)
{
  char path[SG_ERROR_PATH_SIZE], line[512], groove[NAME_SIZE];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "re");
  snprintf(style->file, sizeof style->file, "%.47s", name);
  while (file != NULL && style->n_grooves < MAX_GROOVES && fgets(line, sizeof line, file) != NULL)
    if (sscanf(line, " DefGroove %47s", groove) == 1)
      memcpy(style->grooves[style->n_grooves++], groove, sizeof groove);
  if (file != NULL)
    fclose(file);
}

SgStatus
sg_grooves_new(const char *folder, SgGrooves **out_grooves, SgError *error)
{
  struct dirent **entries = NULL;
  folder = folder != NULL ? folder : DEBIAN_FOLDER;
  *out_grooves = NULL;
  int n = scandir(folder, &entries, NULL, alphasort);
  if (n < 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, folder);
  SgGrooves *grooves = SG_NEW(SgGrooves, 1);
  if (grooves != NULL)
    grooves->styles = SG_NEW(Style, MAX_STYLES);
  bool fine = grooves != NULL && grooves->styles != NULL;
  for (int i = 0; i < n; i++) {
    const char *dot = strrchr(entries[i]->d_name, '.');
    if (fine && dot != NULL && strcmp(dot, ".mma") == 0 && grooves->n_styles < MAX_STYLES) {
      read_style(folder, entries[i]->d_name, &grooves->styles[grooves->n_styles]);
      grooves->n_styles += grooves->styles[grooves->n_styles].n_grooves > 0;
    }
    free(entries[i]);
  }
  free(entries);
  if (!fine || grooves->n_styles == 0) {
    sg_grooves_free(grooves);
    return fine ? sg_error_set(error, SG_NOT_FOUND, folder, "MMA's styles")
                : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  *out_grooves = grooves;
  return SG_OK;
}

void
sg_grooves_free(SgGrooves *grooves)
{
  if (grooves == NULL)
    return;
  sg_free(grooves->styles);
  sg_free(grooves);
}

/* The chart as MMA reads it: a seed for what it draws by itself, a tempo, a groove each eight bars, a
 * numbered line a bar. */
static bool
write_chart(const SgChart *chart, const char *const grooves[2], unsigned seed, const char *path)
{
  FILE *file = fopen(path, "we");
  if (file == NULL)
    return false;
  fprintf(file, "RndSeed %u\n", seed);
  fprintf(file, "Tempo %d\n", (int)chart->beats_per_minute);
  for (int bar = 0; bar < chart->n_bars; bar++) {
    char name[16];
    if (bar % 8 == 0)
      fprintf(file, "Groove %s\n", grooves[bar / 8 % 2]);
    sg_chord_name(chart->bars[bar], name, sizeof name);
    fprintf(file, "%d %s\n", bar + 1, name);
  }
  return fclose(file) == 0;
}

static bool
starts_with(const char *name, const char *start)
{
  return strncasecmp(name, start, strlen(start)) == 0;
}

static SgRole
role_of(const SgMidi *midi, const SgMidiNote *note)
{
  const char *name = midi->track_names[note->track];
  if (note->channel == SG_MIDI_PERCUSSION_CHANNEL || starts_with(name, "drum"))
    return SG_ROLE_DRUMS;
  return starts_with(name, "bass") || starts_with(name, "walk") ? SG_ROLE_BASS : SG_ROLE_OTHER;
}

/* Deals MMA's tracks out to the stems; each accompanying track becomes a lane, as far as there are lanes. */
static bool
deal(const SgMidi *midi, SgArrangement *arrangement)
{
  int lanes[SG_MIDI_MAX_TRACKS];
  for (int t = 0; t < SG_MIDI_MAX_TRACKS; t++)
    lanes[t] = -1;
  for (size_t i = 0; i < midi->n_notes; i++) {
    SgMidiNote note = midi->notes[i];
    SgRole role = role_of(midi, &note);
    if (role == SG_ROLE_OTHER && lanes[note.track] < 0) {
      lanes[note.track] = (int)(arrangement->n_lanes % SG_ARRANGEMENT_MAX_LANES);
      arrangement->lane_programs[lanes[note.track]] = note.program;
      arrangement->n_lanes += arrangement->n_lanes < SG_ARRANGEMENT_MAX_LANES;
    }
    note.track = (uint16_t)(role == SG_ROLE_OTHER ? lanes[note.track] : 0);
    if (!sg_notes_add(&arrangement->parts[role], note))
      return false;
  }
  arrangement->duration_s = midi->duration_s;
  return true;
}

/* One try: draws a style, two of its grooves and a chart. SG_READ_FAILED when MMA does not like them
 * together. */
static SgStatus
try_band(const SgGrooves *grooves, double duration_s, const char *work_folder, SgRandom *random,
         SgArrangement *arrangement, SgError *error)
{
  const Style *style = &grooves->styles[sg_random_below(random, grooves->n_styles)];
  const char *names[2] = { style->grooves[sg_random_below(random, style->n_grooves)],
                           style->grooves[sg_random_below(random, style->n_grooves)] };
  SgChart chart = sg_chart_draw(duration_s, random);
  chart.beats_per_minute = (int)chart.beats_per_minute;
  unsigned seed = (unsigned)sg_random_below(random, 1000000);
  char chart_path[SG_ERROR_PATH_SIZE], midi_path[SG_ERROR_PATH_SIZE];
  snprintf(chart_path, sizeof chart_path, "%s/chart-%016llx.mma", work_folder,
           (unsigned long long)random->state);
  snprintf(midi_path, sizeof midi_path, "%s/chart-%016llx.mid", work_folder,
           (unsigned long long)random->state);
  SgMidi *midi = NULL;
  SgStatus status = SG_OK;
  if (!write_chart(&chart, names, seed, chart_path))
    status = sg_error_set_errno(error, errno, SG_WRITE_FAILED, chart_path);
  else if (!sg_child_run((char *[]){ (char *)"mma", (char *)"-f", midi_path, chart_path, NULL }))
    status = sg_error_set(error, SG_READ_FAILED, chart_path, "mma");
  else
    status = sg_midi_read(midi_path, &midi, error);
  unlink(chart_path);
  unlink(midi_path);
  if (status == SG_OK && (!deal(midi, arrangement) ||
                          !sg_chart_melody(&chart, 52, 74, random, &arrangement->parts[SG_ROLE_VOCALS])))
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  sg_midi_free(midi);
  arrangement->beats_per_minute = chart.beats_per_minute;
  snprintf(arrangement->origin, sizeof arrangement->origin, "MMA %s: %s, %s", style->file, names[0],
           names[1]);
  return status;
}

SgStatus
sg_arrange_band(const SgGrooves *grooves, double duration_s, const char *work_folder, SgRandom *random,
                SgArrangement *out_arrangement, SgError *error)
{
  SgStatus status = SG_READ_FAILED;
  for (int trial = 0; trial < MAX_TRIALS; trial++) {
    *out_arrangement = (SgArrangement){ 0 };
    status = try_band(grooves, duration_s, work_folder, random, out_arrangement, error);
    bool full = out_arrangement->parts[SG_ROLE_DRUMS].n > 20 && out_arrangement->parts[SG_ROLE_BASS].n > 8;
    if (status == SG_OK && full)
      return SG_OK;
    sg_arrangement_clear(out_arrangement);
    if (status != SG_OK && status != SG_READ_FAILED && status != SG_BAD_FORMAT && status != SG_NOT_FOUND)
      return status;
  }
  return status != SG_OK ? status
                         : sg_error_set(error, SG_READ_FAILED, NULL, "mma: no groove with drums and bass");
}
