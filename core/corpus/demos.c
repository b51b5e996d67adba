#include "core/corpus/demos.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/corpus/child.h"

#define PROJECTS "/usr/share/lmms/projects/"
#define PACKAGE "lmms-common"

/* A track of which so much lies below this frequency is bass. */
static const double BASS_HZ = 220.0, BASS_SHARE = 0.75, FULL_SCALE = 0.95;

typedef struct {
  const char *path, *licence;
} Project;

static const Project projects[] = {
  { "demos/Alf42red-Mauiwowi.mmpz", "CC-BY-SA-3.0" },
  { "demos/CapDan/CapDan-ReggaeTry.mmpz", "Artistic-2.0" },
  { "demos/CapDan/CapDan-ReggaetonTry.mmpz", "Artistic-2.0" },
  { "demos/CapDan/CapDan-TwilightArea-OriginalByAlf42red.mmpz", "CC-BY-SA-3.0" },
  { "demos/CapDan/CapDan-ZeroSumGame-OriginalByZakarra.mmpz", "Artistic-2.0" },
  { "demos/EsoXLB-CPU.mmpz", "Artistic-2.0" },
  { "demos/Impulslogik-Zen.mmpz", "Artistic-2.0" },
  { "demos/Jousboxx-BuzzerBeater.mmpz", "CC-BY-SA-4.0" },
  { "demos/Momo64-esp.mmpz", "Artistic-2.0" },
  { "demos/Oglsdl-Dr8v2.mmpz", "Artistic-2.0" },
  { "demos/Oglsdl-PpTrip.mmpz", "Artistic-2.0" },
  { "demos/Saber-FinalStep.mmpz", "BSD-2-Clause" },
  { "demos/Settel-InnerRecreation.mmpz", "Artistic-2.0" },
  { "demos/Skiessi/Skiessi-C64.mmpz", "CC-BY-SA-4.0" },
  { "demos/Skiessi/Skiessi-Onion.mmpz", "CC-BY-SA-4.0" },
  { "demos/Socceroos-Progress.mmpz", "Artistic-2.0" },
  { "demos/TameAnderson-MakeMe.mmpz", "Artistic-2.0" },
  { "demos/Thomasso-AxeFromThe80s.mmpz", "Artistic-2.0" },
};

enum { N_PROJECTS = sizeof projects / sizeof *projects };

/* Beginnings of words; drum synth presets end in ".ds". "bassdrum" comes before "bass". */
static const struct {
  const char *word;
  SgRole role;
} words[] = {
  { "bassdrum", SG_ROLE_DRUMS }, { "bass", SG_ROLE_BASS },       { "sub", SG_ROLE_BASS },
  { "lb 302", SG_ROLE_BASS },    { "kick", SG_ROLE_DRUMS },      { "kik", SG_ROLE_DRUMS },
  { "bd", SG_ROLE_DRUMS },       { "sna", SG_ROLE_DRUMS },       { "snr", SG_ROLE_DRUMS },
  { "hat", SG_ROLE_DRUMS },      { "hihat", SG_ROLE_DRUMS },     { "hh", SG_ROLE_DRUMS },
  { "hihhat", SG_ROLE_DRUMS },   { "handclap", SG_ROLE_DRUMS },  { "clap", SG_ROLE_DRUMS },
  { "crash", SG_ROLE_DRUMS },    { "ride", SG_ROLE_DRUMS },      { "cymbal", SG_ROLE_DRUMS },
  { "drum", SG_ROLE_DRUMS },     { "tom", SG_ROLE_DRUMS },       { "shak", SG_ROLE_DRUMS },
  { "rim", SG_ROLE_DRUMS },      { "perc", SG_ROLE_DRUMS },      { "timbale", SG_ROLE_DRUMS },
  { "tamb", SG_ROLE_DRUMS },     { "sidestick", SG_ROLE_DRUMS }, { "ds", SG_ROLE_DRUMS },
};

static bool
begins_with(const char *text, const char *word)
{
  for (; *word != '\0'; text++, word++)
    if (tolower((unsigned char)*text) != *word)
      return false;
  return true;
}

int
sg_demo_role(const char *file_name)
{
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    for (const char *at = file_name; *at != '\0'; at++)
      if ((at == file_name || !isalpha((unsigned char)at[-1])) && begins_with(at, words[i].word))
        return (int)words[i].role;
  /* "dub bass", but also "LongBass" */
  return strstr(file_name, "Bass") != NULL ? SG_ROLE_BASS : -1;
}

/* The share of a clip's power below BASS_HZ, by a first-order low-pass run twice. */
static double
low_share(const SgClip *clip)
{
  float a = (float)(1.0 - exp(-2.0 * M_PI * BASS_HZ / SG_CORPUS_RATE_HZ)), once = 0.0f, twice = 0.0f;
  double low = 0.0, all = 1e-12;
  for (int64_t i = 0; i < clip->n; i++) {
    float x = clip->channels[0][i] + clip->channels[1][i];
    once += a * (x - once);
    twice += a * (once - twice);
    low += (double)twice * twice;
    all += (double)x * x;
  }
  return low / all;
}

static SgRole
role_of(const char *file_name, const SgClip *clip)
{
  int role = sg_demo_role(file_name);
  if (role >= 0)
    return (SgRole)role;
  return low_share(clip) > BASS_SHARE ? SG_ROLE_BASS : SG_ROLE_OTHER;
}

static bool
has_lmms(void)
{
  return sg_child_run((char *[]){ (char *)"sh", (char *)"-c", (char *)"command -v lmms", NULL });
}

size_t
sg_demos_count(void)
{
  return access(PROJECTS, R_OK) == 0 && has_lmms() ? N_PROJECTS : 0;
}

static int
remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
  return remove(path);
}

/* All tracks of the project as files in `folder`, which is LMMS's home as well: it writes settings there. */
static SgStatus
render_tracks(const Project *project, const char *folder, const atomic_bool *stop, SgError *error)
{
  char path[SG_ERROR_PATH_SIZE], home[SG_ERROR_PATH_SIZE + 8];
  char *arguments[16];
  size_t n = 0;
  snprintf(path, sizeof path, PROJECTS "%s", project->path);
  snprintf(home, sizeof home, "HOME=%s", folder);
  arguments[n++] = (char *)"env";
  arguments[n++] = home;
  arguments[n++] = (char *)"QT_QPA_PLATFORM=offscreen";
  arguments[n++] = (char *)"lmms";
  if (geteuid() == 0)
    arguments[n++] = (char *)"--allowroot";
  arguments[n++] = (char *)"rendertracks";
  arguments[n++] = path;
  arguments[n++] = (char *)"--output";
  arguments[n++] = (char *)folder;
  arguments[n++] = (char *)"--format";
  arguments[n++] = (char *)"wav";
  arguments[n] = NULL;
  if (sg_child_run_until(arguments, stop))
    return SG_OK;
  if (stop != NULL && atomic_load(stop))
    return sg_error_set(error, SG_CANCELLED, NULL, NULL);
  return sg_error_set(error, SG_NOT_FOUND, path, NULL);
}

/* Adds a track's sound to the stem it belongs to. */
static SgStatus
add_track(const char *folder, const char *file_name, double max_s, SgSong *song, SgError *error)
{
  char path[SG_ERROR_PATH_SIZE + 264];
  SgClip *clip = NULL;
  snprintf(path, sizeof path, "%s/%s", folder, file_name);
  SgStatus status = sg_clip_load(path, max_s, &clip, error);
  if (status == SG_NO_MEMORY)
    return status;
  if (status != SG_OK || clip->n == 0 || sg_clip_peak(clip) == 0.0f) {
    sg_clip_free(clip); /* a track that never plays */
    return SG_OK;
  }
  SgRole role = role_of(file_name, clip);
  if (song->stems[role] == NULL)
    song->stems[role] = sg_clip_new((int64_t)(max_s * SG_CORPUS_RATE_HZ));
  if (song->stems[role] == NULL) {
    sg_clip_free(clip);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  sg_clip_add(song->stems[role], 0, clip, 1.0f, 1.0f);
  size_t used = strlen(song->credits[role]);
  snprintf(song->credits[role] + used, SG_CREDIT_SIZE - used, "%s%s", used > 0 ? "; " : "", file_name);
  sg_clip_free(clip);
  return SG_OK;
}

/* The last sample of any stem that is heard, and the peak of stems and mixture. */
static void
measure(const SgSong *song, int64_t n, int64_t *out_end, float *out_peak)
{
  *out_end = 0;
  *out_peak = 0.0f;
  for (int64_t i = 0; i < n; i++)
    for (int c = 0; c < 2; c++) {
      float sum = 0.0f;
      for (SgRole role = 0; role < SG_N_ROLES; role++) {
        float x = song->stems[role] != NULL ? song->stems[role]->channels[c][i] : 0.0f;
        *out_peak = fmaxf(*out_peak, fabsf(x));
        *out_end = fabsf(x) > 1e-4f ? i + 1 : *out_end;
        sum += x;
      }
      *out_peak = fmaxf(*out_peak, fabsf(sum));
    }
}

static SgStatus
collect(const char *folder, double max_s, SgSong *song, int64_t *out_n, SgError *error)
{
  struct dirent **entries = NULL;
  int n = scandir(folder, &entries, NULL, alphasort);
  SgStatus status = SG_OK;
  for (int i = 0; i < n; i++) {
    size_t length = strlen(entries[i]->d_name);
    if (status == SG_OK && length > 4 && strcmp(entries[i]->d_name + length - 4, ".wav") == 0)
      status = add_track(folder, entries[i]->d_name, max_s, song, error);
    free(entries[i]);
  }
  free(entries);
  float peak = 0.0f;
  *out_n = 0;
  if (status == SG_OK)
    measure(song, (int64_t)(max_s * SG_CORPUS_RATE_HZ), out_n, &peak);
  for (SgRole role = 0; role < SG_N_ROLES && status == SG_OK; role++) {
    if (song->stems[role] == NULL)
      continue;
    song->stems[role]->n = *out_n;
    if (peak > FULL_SCALE)
      sg_clip_scale(song->stems[role], (float)FULL_SCALE / peak);
  }
  return status;
}

SgStatus
sg_demo_render(size_t index, const char *folder, double max_s, const atomic_bool *stop,
               SgArrangement *out_arrangement, SgSong *out_song, SgError *error)
{
  const Project *project = &projects[index];
  int64_t n = 0;
  *out_song = (SgSong){ 0 };
  *out_arrangement = (SgArrangement){ 0 };
  if (mkdir(folder, 0777) != 0)
    return sg_error_set_errno(error, errno, SG_WRITE_FAILED, folder);
  SgStatus status = render_tracks(project, folder, stop, error);
  if (status == SG_OK)
    status = collect(folder, max_s, out_song, &n, error);
  if (status == SG_OK && n == 0)
    status = sg_error_set(error, SG_NOT_FOUND, project->path, NULL);
  nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  if (status != SG_OK) {
    sg_song_clear(out_song);
    return status;
  }
  out_arrangement->duration_s = (double)n / SG_CORPUS_RATE_HZ;
  snprintf(out_arrangement->origin, sizeof out_arrangement->origin, "LMMS %s (%s)", project->path,
           project->licence);
  return SG_OK;
}

void
sg_demos_describe(SgJson *sources)
{
  for (size_t i = 0; i < N_PROJECTS; i++) {
    char path[SG_ERROR_PATH_SIZE];
    SgJson *json = sg_json_object_new();
    snprintf(path, sizeof path, PROJECTS "%s", projects[i].path);
    sg_json_set_text(json, "path", path);
    sg_json_set_text(json, "package", PACKAGE);
    sg_json_set_text(json, "licence", projects[i].licence);
    sg_json_append(sources, json);
  }
}
