#include "core/corpus/build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/corpus/demos.h"
#include "core/corpus/electronic.h"
#include "core/corpus/jobs.h"
#include "core/corpus/manifest.h"
#include "core/corpus/materials.h"
#include "core/corpus/pop.h"

static const double MAX_DEMO_S = 240.0;

/* All that the workers share. */
typedef struct {
  const SgCorpusOptions *options;
  SgMaterials *materials;
  SgFileList *songs, *drumming; /* NULL: none */
  size_t n_songs;               /* those asked for, then the demos */
  atomic_size_t n_made, n_kept;
  atomic_llong made_samples;
} Build;

static void
song_folder(const SgCorpusOptions *options, size_t number, const char *prefix, char *out_path)
{
  snprintf(out_path, SG_ERROR_PATH_SIZE, "%s/%s%llu-%05zu", options->folder, prefix,
           (unsigned long long)options->seed, number);
}

/* The state of song `number`: far from that of its neighbours. */
static SgRandom
song_random(uint64_t seed, size_t number)
{
  SgRandom random = sg_random_seeded(seed * 0x9e3779b97f4a7c15u + number);
  return sg_random_seeded(sg_random_bits(&random));
}

const char *
sg_song_kind_id(SgSongKind kind)
{
  static const char *const ids[] = { "bands", "pop", "patterns", "composed" };
  return ids[kind];
}

/* How often each kind is drawn: 0 where it is not wanted or what it needs is not there. */
static void
weigh_kinds(const Build *build, double out_weights[SG_N_KINDS])
{
  const double usual[] = { 0.28, 0.23, 0.19, 0.30 };
  const bool is_there[] = { build->materials->grooves != NULL,
                            build->songs != NULL && build->drumming != NULL, true,
                            build->materials->scores != NULL };
  for (SgSongKind kind = 0; kind < SG_N_KINDS; kind++)
    out_weights[kind] = is_there[kind] && !build->options->without[kind] ? usual[kind] : 0.0;
}

static SgSongKind
draw_kind(const Build *build, SgRandom *random)
{
  double weights[SG_N_KINDS], total = 0.0;
  weigh_kinds(build, weights);
  for (SgSongKind kind = 0; kind < SG_N_KINDS; kind++)
    total += weights[kind];
  double draw = total * sg_random_unit(random);
  SgSongKind kind = 0;
  while (kind + 1 < SG_N_KINDS && (draw >= weights[kind] || weights[kind] == 0.0))
    draw -= weights[kind++];
  return kind;
}

static SgStatus
arrange(const Build *build, const char *work_folder, SgRandom *random, SgArrangement *arrangement,
        SgError *error)
{
  double duration_s = build->options->song_s * (0.7 + 0.6 * sg_random_unit(random));
  switch (draw_kind(build, random)) {
  case SG_KIND_BAND:
    return sg_arrange_band(build->materials->grooves, duration_s, work_folder, random, arrangement, error);
  case SG_KIND_POP:
    return sg_arrange_pop(build->songs->paths[sg_random_below(random, build->songs->n)], build->drumming,
                          duration_s, random, arrangement, error);
  case SG_KIND_COMPOSED:
    return sg_arrange_composed(build->materials->scores, duration_s, random, arrangement, error);
  default:
    return sg_arrange_electronic(duration_s, random, arrangement, error);
  }
}

/* Whether there is anything to render of the kinds wanted. */
static SgStatus
check_kinds(const Build *build, SgError *error)
{
  static const char *const needs[] = { "mma", "scores of songs and drumming", "", "scores of games" };
  double weights[SG_N_KINDS];
  const char *missing = NULL;
  weigh_kinds(build, weights);
  for (SgSongKind kind = 0; kind < SG_N_KINDS; kind++) {
    if (weights[kind] > 0.0)
      return SG_OK;
    if (!build->options->without[kind])
      missing = needs[kind];
  }
  return sg_error_set(error, SG_NOT_FOUND, missing, NULL);
}

static SgStatus
write_song(const SgArrangement *arrangement, const SgSong *song, const char *folder, SgError *error)
{
  SgStatus status = SG_OK;
  SgJson *json = sg_json_object_new(), *stems = sg_json_object_new();
  char path[SG_ERROR_PATH_SIZE + 16];
  for (SgRole role = 0; role < SG_N_ROLES && status == SG_OK; role++) {
    if (song->stems[role] == NULL)
      continue;
    snprintf(path, sizeof path, "%s/%s.flac", folder, sg_role_id(role));
    status = sg_clip_save(song->stems[role], path, error);
    sg_json_set_text(stems, sg_role_id(role), song->credits[role]);
  }
  sg_json_set_text(json, "made from", arrangement->origin);
  sg_json_set_number(json, "beats per minute", arrangement->beats_per_minute);
  sg_json_set(json, "stems", stems);
  snprintf(path, sizeof path, "%s/song.json", folder);
  if (status == SG_OK)
    status = sg_corpus_write_json(path, json, error);
  sg_json_free(json);
  return status;
}

/* Removes the files that write_song makes and the folder. */
static void
remove_song(const char *folder)
{
  char path[SG_ERROR_PATH_SIZE + 16];
  for (SgRole role = 0; role < SG_N_ROLES; role++) {
    snprintf(path, sizeof path, "%s/%s.flac", folder, sg_role_id(role));
    unlink(path);
  }
  snprintf(path, sizeof path, "%s/song.json", folder);
  unlink(path);
  rmdir(folder);
}

/* Arranges and plays song `number`; those behind the songs asked for are demos. */
static SgStatus
play(Build *build, SgFontBank *bank, size_t number, const char *folder, const atomic_bool *stop,
     SgArrangement *arrangement, SgSong *song, SgError *error)
{
  char tracks[SG_ERROR_PATH_SIZE + 8];
  snprintf(tracks, sizeof tracks, "%s/tracks", folder);
  if (number >= build->options->n_songs)
    return sg_demo_render(number - build->options->n_songs, tracks, MAX_DEMO_S, stop, arrangement, song,
                          error);
  SgRandom random = song_random(build->options->seed, number);
  SgStatus status = arrange(build, folder, &random, arrangement, error);
  return status == SG_OK
             ? sg_song_render(arrangement, &build->materials->instruments, bank, &random, stop, song, error)
             : status;
}

/* Renders song `number` beside its place and moves it there when it is complete. */
static SgStatus
make_song(void *user, void *bank, size_t number, const atomic_bool *stop, SgError *error)
{
  Build *build = user;
  char place[SG_ERROR_PATH_SIZE], making[SG_ERROR_PATH_SIZE];
  song_folder(build->options, number, "", place);
  song_folder(build->options, number, ".making-", making);
  if (access(place, F_OK) == 0) {
    atomic_fetch_add(&build->n_kept, 1);
    return SG_OK;
  }
  remove_song(making); /* what a killed build left */
  if (mkdir(making, 0777) != 0)
    return sg_error_set_errno(error, errno, SG_WRITE_FAILED, making);
  SgArrangement arrangement = { 0 };
  SgSong song = { 0 };
  SgStatus status = play(build, bank, number, making, stop, &arrangement, &song, error);
  if (status == SG_NOT_FOUND && number >= build->options->n_songs) {
    remove_song(making); /* a demo that this LMMS cannot play is left out */
    return SG_OK;
  }
  if (status == SG_OK)
    status = write_song(&arrangement, &song, making, error);
  if (status == SG_OK && rename(making, place) != 0)
    status = sg_error_set_errno(error, errno, SG_WRITE_FAILED, place);
  if (status == SG_OK) {
    atomic_fetch_add(&build->n_made, 1);
    atomic_fetch_add(&build->made_samples, (long long)(arrangement.duration_s * SG_CORPUS_RATE_HZ));
  } else {
    remove_song(making);
  }
  sg_song_clear(&song);
  sg_arrangement_clear(&arrangement);
  return status;
}

static void *
begin(void *user)
{
  return sg_font_bank_new(&((Build *)user)->materials->instruments);
}

static void
end(void *state)
{
  sg_font_bank_free(state);
}

static SgStatus
write_manifest(const Build *build, SgError *error)
{
  const SgCorpusOptions *options = build->options;
  char path[SG_ERROR_PATH_SIZE];
  SgJson *json = sg_json_object_new(), *sources = sg_materials_describe(build->materials),
         *speakers = sg_json_array_new();
  const SgVoices *voices = build->materials->instruments.cast.voices;
  const SgRecordings *recordings = build->materials->recordings;
  for (size_t i = 0; voices != NULL && i < sg_voices_n_speakers(voices); i++)
    sg_json_append_text(speakers, sg_voices_speaker(voices, i));
  for (size_t i = 0; options->voices && recordings != NULL && i < sg_recordings_n_speakers(recordings); i++)
    sg_json_append_text(speakers, sg_recordings_speaker(recordings, i));
  sg_json_set_integer(json, "seed", (int64_t)options->seed);
  sg_json_set_integer(json, "songs", (int64_t)options->n_songs);
  sg_json_set_number(json, "seconds a song", options->song_s);
  sg_json_set_integer(json, "song scores", build->songs != NULL ? (int64_t)build->songs->n : 0);
  sg_json_set_integer(json, "drummed scores", build->drumming != NULL ? (int64_t)build->drumming->n : 0);
  if (build->n_songs > options->n_songs)
    sg_demos_describe(sources);
  sg_json_set(json, "sources", sources);
  sg_json_set(json, "speakers", speakers);
  snprintf(path, sizeof path, "%s/corpus-%llu.json", options->folder, (unsigned long long)options->seed);
  SgStatus status = sg_corpus_write_json(path, json, error);
  sg_json_free(json);
  return status;
}

/* Synthesised voices may be missing where recorded ones are there. */
static SgStatus
find_voices(Build *build, SgProgress progress, void *user, SgError *error)
{
  SgVoices *voices = NULL;
  SgStatus status = sg_voices_new(build->options->folder, progress, user, &voices, error);
  build->materials->instruments.cast.voices = voices;
  return status == SG_NOT_FOUND && build->materials->recordings != NULL ? SG_OK : status;
}

static SgStatus
prepare(Build *build, SgProgress progress, void *user, SgError *error)
{
  const SgCorpusOptions *options = build->options;
  SgRandom random = sg_random_seeded(options->seed);
  if (mkdir(options->folder, 0777) != 0 && errno != EEXIST)
    return sg_error_set_errno(error, errno, SG_WRITE_FAILED, options->folder);
  SgStatus status = sg_materials_new(&random, progress, user, &build->materials, error);
  if (status == SG_OK && options->songs_folder != NULL)
    status = sg_file_list_read(options->songs_folder, "", &build->songs, error);
  if (status == SG_OK && options->drumming_folder != NULL)
    status = sg_file_list_read(options->drumming_folder, "_beat_", &build->drumming, error);
  if (status == SG_OK && options->voices)
    status = find_voices(build, progress, user, error);
  else if (status == SG_OK)
    build->materials->instruments.cast = (SgCast){ 0 };
  return status == SG_OK ? check_kinds(build, error) : status;
}

SgStatus
sg_corpus_build(const SgCorpusOptions *options, SgProgress progress, void *user, SgCorpusReport *out_report,
                SgError *error)
{
  const size_t n_songs = options->n_songs + (options->demos ? sg_demos_count() : 0);
  Build build = { .options = options, .n_songs = n_songs };
  const SgCorpusJobs jobs = { .n = n_songs,
                              .n_threads = options->n_threads,
                              .begin = begin,
                              .end = end,
                              .make = make_song,
                              .user = &build };
  struct timespec start, end;
  *out_report = (SgCorpusReport){ 0 };
  clock_gettime(CLOCK_MONOTONIC, &start);
  SgStatus status = prepare(&build, progress, user, error);
  if (status == SG_OK)
    status = write_manifest(&build, error);
  clock_gettime(CLOCK_MONOTONIC, &start);
  if (status == SG_OK)
    status = sg_corpus_jobs_run(&jobs, progress, user, error);
  clock_gettime(CLOCK_MONOTONIC, &end);
  out_report->n_made = atomic_load(&build.n_made);
  out_report->n_kept = atomic_load(&build.n_kept);
  out_report->made_s = (double)atomic_load(&build.made_samples) / SG_CORPUS_RATE_HZ;
  out_report->seconds = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
  if (build.materials != NULL)
    sg_voices_free((SgVoices *)build.materials->instruments.cast.voices);
  sg_materials_free(build.materials);
  sg_file_list_free(build.songs);
  sg_file_list_free(build.drumming);
  return status;
}
