#include "core/corpus/ensemble.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/corpus/ensemble-piece.h"
#include "core/corpus/jobs.h"
#include "core/corpus/manifest.h"
#include "core/corpus/materials.h"
#include "core/io/encoder.h"

enum { NAME_SIZE = 160, BLOCK = 4800, PIECES_A_ROUND = 5 };

typedef struct {
  const SgEnsembleOptions *options;
  SgInstruments instruments;
  atomic_size_t n_made, n_kept;
  atomic_llong made_samples;
} Build;

/* A piece on its way to its folders. */
typedef struct {
  const Build *build;
  size_t number;
  const char *split;
  char id[NAME_SIZE / 2]; /* SEED-NNNNN */
  char name[NAME_SIZE];   /* with the instruments */
  char making[SG_ERROR_PATH_SIZE];
  SgEnsemblePiece piece;
} Work;

static SgRandom
random_of(uint64_t seed, uint64_t number, uint64_t purpose)
{
  SgRandom random = sg_random_seeded(seed * 0x9e3779b97f4a7c15u + number + (purpose << 48));
  return sg_random_seeded(sg_random_bits(&random));
}

/* Three, one and one of every five, in an order drawn for these five. */
static const char *
split_of(uint64_t seed, size_t number)
{
  const char *splits[PIECES_A_ROUND] = { "train", "train", "train", "valid", "test" };
  SgRandom random = random_of(seed, number / PIECES_A_ROUND, 1);
  for (size_t i = PIECES_A_ROUND - 1; i > 0; i--) {
    size_t j = sg_random_below(&random, i + 1);
    const char *kept = splits[i];
    splits[i] = splits[j];
    splits[j] = kept;
  }
  return splits[number % PIECES_A_ROUND];
}

/* Where the folder of some of the parts goes; all of them have no list of parts in their name. */
static void
place_of(const Work *work, unsigned subset, char out_path[SG_ERROR_PATH_SIZE])
{
  unsigned all = (1u << work->piece.score.n_parts) - 1;
  int n = snprintf(out_path, SG_ERROR_PATH_SIZE, "%s/%s/%s", work->build->options->folder, work->split,
                   work->name);
  if (subset == all || n < 0 || n + SG_ENSEMBLE_MAX_PARTS + 2 > SG_ERROR_PATH_SIZE)
    return;
  out_path[n++] = '_';
  for (unsigned p = 0; p < work->piece.score.n_parts; p++)
    if ((subset & (1u << p)) != 0)
      out_path[n++] = (char)('1' + p);
  out_path[n] = '\0';
}

static bool
is_wanted(const Work *work, unsigned subset)
{
  unsigned all = (1u << work->piece.score.n_parts) - 1;
  return subset == all || (work->build->options->subsets && __builtin_popcount(subset) >= 2);
}

static bool
is_there(const Work *work)
{
  char path[SG_ERROR_PATH_SIZE];
  for (unsigned subset = 1; subset < 1u << work->piece.score.n_parts; subset++) {
    place_of(work, subset, path);
    if (is_wanted(work, subset) && access(path, F_OK) != 0)
      return false;
  }
  return true;
}

static void
part_path(const Work *work, const char *folder, size_t part, char out_path[SG_ERROR_PATH_SIZE])
{
  snprintf(out_path, SG_ERROR_PATH_SIZE, "%.900s/AuSep_%zu_%s_%s.wav", folder, part + 1,
           work->piece.score.instruments[part]->name, work->id);
}

/* Removes the files that a folder in the making may have, and the folder. */
static void
remove_making(const Work *work)
{
  char path[SG_ERROR_PATH_SIZE];
  for (size_t p = 0; p < work->piece.score.n_parts; p++) {
    part_path(work, work->making, p, path);
    unlink(path);
  }
  snprintf(path, sizeof path, "%.900s/AuMix_%s.wav", work->making, work->id);
  unlink(path);
  snprintf(path, sizeof path, "%.900s/piece.json", work->making);
  unlink(path);
  rmdir(work->making);
}

/* Writes the sum of the parts in `subset`. */
static SgStatus
write_sum(const Work *work, unsigned subset, const char *path, SgError *error)
{
  const SgEnsemblePiece *piece = &work->piece;
  const SgEncoderFormat format = { .container = SG_CONTAINER_WAV,
                                   .bits = SG_BITS_24,
                                   .rate_hz = SG_ENSEMBLE_RATE_HZ,
                                   .n_channels = 1,
                                   .n_samples = piece->n };
  SgEncoder *encoder = NULL;
  float block[BLOCK];
  SgStatus status = sg_encoder_new(path, format, false, &encoder, error);
  for (int64_t at = 0; status == SG_OK && at < piece->n; at += BLOCK) {
    int64_t n = piece->n - at < BLOCK ? piece->n - at : BLOCK;
    memset(block, 0, sizeof block);
    for (size_t p = 0; p < piece->score.n_parts; p++)
      for (int64_t i = 0; (subset & (1u << p)) != 0 && i < n; i++)
        block[i] += piece->parts[p][at + i];
    status = sg_encoder_write(encoder, block, n, error);
  }
  if (status == SG_OK)
    status = sg_encoder_finish(encoder, error);
  sg_encoder_free(encoder);
  return status;
}

static SgStatus
write_description(const Work *work, unsigned subset, SgError *error)
{
  const SgEnsemblePiece *piece = &work->piece;
  SgJson *json = sg_json_object_new(), *parts = sg_json_array_new();
  char path[SG_ERROR_PATH_SIZE];
  for (size_t p = 0; p < piece->score.n_parts; p++) {
    if ((subset & (1u << p)) == 0)
      continue;
    SgJson *part = sg_json_object_new();
    sg_json_set_text(part, "instrument", piece->score.instruments[p]->name);
    sg_json_set_integer(part, "program", piece->score.instruments[p]->program);
    sg_json_set_integer(part, "notes", (int64_t)piece->score.parts[p].n);
    sg_json_set_text(part, "font", piece->fonts[p]);
    sg_json_append(parts, part);
  }
  sg_json_set_text(json, "piece", work->id);
  sg_json_set_number(json, "beats per minute", piece->score.beats_per_minute);
  sg_json_set(json, "parts", parts);
  snprintf(path, sizeof path, "%.900s/piece.json", work->making);
  SgStatus status = sg_corpus_write_json(path, json, error);
  sg_json_free(json);
  return status;
}

/* Puts the folder of a subset together beside its place and moves it there. The files of parts that `linked`
 * (NULL: none) has are linked, where the file system can. */
static SgStatus
make_folder(Work *work, unsigned subset, const char *linked, SgError *error)
{
  char path[SG_ERROR_PATH_SIZE], from[SG_ERROR_PATH_SIZE], place[SG_ERROR_PATH_SIZE];
  SgStatus status = SG_OK;
  place_of(work, subset, place);
  if (access(place, F_OK) == 0)
    return SG_OK;
  remove_making(work);
  if (mkdir(work->making, 0777) != 0)
    return sg_error_set_errno(error, errno, SG_WRITE_FAILED, work->making);
  for (size_t p = 0; p < work->piece.score.n_parts && status == SG_OK; p++) {
    if ((subset & (1u << p)) == 0)
      continue;
    part_path(work, work->making, p, path);
    if (linked != NULL)
      part_path(work, linked, p, from);
    if (linked == NULL || link(from, path) != 0)
      status = write_sum(work, 1u << p, path, error);
  }
  snprintf(path, sizeof path, "%.900s/AuMix_%s.wav", work->making, work->id);
  if (status == SG_OK)
    status = write_sum(work, subset, path, error);
  if (status == SG_OK)
    status = write_description(work, subset, error);
  if (status == SG_OK && rename(work->making, place) != 0)
    status = sg_error_set_errno(error, errno, SG_WRITE_FAILED, place);
  if (status != SG_OK)
    remove_making(work);
  return status;
}

/* All of the parts first: the others are linked to its files. */
static SgStatus
make_folders(Work *work, const atomic_bool *stop, SgError *error)
{
  unsigned all = (1u << work->piece.score.n_parts) - 1;
  char whole[SG_ERROR_PATH_SIZE];
  place_of(work, all, whole);
  SgStatus status = make_folder(work, all, NULL, error);
  for (unsigned subset = 1; subset < all && status == SG_OK; subset++) {
    if (is_wanted(work, subset))
      status = make_folder(work, subset, whole, error);
    if (status == SG_OK && atomic_load(stop))
      status = sg_error_set(error, SG_CANCELLED, NULL, NULL);
  }
  return status;
}

static SgStatus
compose(Work *work, SgRandom *random, SgError *error)
{
  const SgEnsembleOptions *options = work->build->options;
  size_t n_parts = options->min_parts + sg_random_below(random, options->max_parts - options->min_parts + 1);
  double duration_s = options->piece_s * (0.8 + 0.4 * sg_random_unit(random));
  if (!sg_ensemble_compose(n_parts, duration_s, random, &work->piece.score))
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  snprintf(work->id, sizeof work->id, "%llu-%05zu", (unsigned long long)options->seed, work->number);
  size_t n = (size_t)snprintf(work->name, sizeof work->name, "%s", work->id);
  for (size_t p = 0; p < n_parts; p++)
    n += (size_t)snprintf(work->name + n, sizeof work->name - n, "_%s",
                          work->piece.score.instruments[p]->name);
  snprintf(work->making, sizeof work->making, "%.900s/.making-%s", options->folder, work->id);
  return SG_OK;
}

static SgStatus
make_piece(void *user, void *bank, size_t number, const atomic_bool *stop, SgError *error)
{
  Build *build = user;
  Work work = { .build = build, .number = number, .split = split_of(build->options->seed, number) };
  SgRandom random = random_of(build->options->seed, number, 0);
  SgStatus status = compose(&work, &random, error);
  if (status == SG_OK && is_there(&work)) {
    atomic_fetch_add(&build->n_kept, 1);
  } else if (status == SG_OK) {
    status = sg_ensemble_piece_render(&work.piece, &build->instruments, bank, &random, stop, error);
    if (status == SG_OK)
      status = make_folders(&work, stop, error);
    if (status == SG_OK) {
      atomic_fetch_add(&build->n_made, 1);
      atomic_fetch_add(&build->made_samples, work.piece.n);
    }
  }
  sg_ensemble_piece_clear(&work.piece);
  return status;
}

static void *
begin(void *user)
{
  return sg_font_bank_new(&((Build *)user)->instruments);
}

static void
end(void *state)
{
  sg_font_bank_free(state);
}

static SgStatus
prepare(const Build *build, SgError *error)
{
  static const char *const below[] = { "", "/train", "/valid", "/test" };
  const SgEnsembleOptions *options = build->options;
  char path[SG_ERROR_PATH_SIZE];
  for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
    snprintf(path, sizeof path, "%.1000s%s", options->folder, below[i]);
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
      return sg_error_set_errno(error, errno, SG_WRITE_FAILED, path);
  }
  SgJson *json = sg_json_object_new();
  sg_json_set_integer(json, "seed", (int64_t)options->seed);
  sg_json_set_integer(json, "pieces", (int64_t)options->n_pieces);
  sg_json_set_number(json, "seconds a piece", options->piece_s);
  sg_json_set_integer(json, "parts at least", (int64_t)options->min_parts);
  sg_json_set_integer(json, "parts at most", (int64_t)options->max_parts);
  sg_json_set_bool(json, "subsets", options->subsets);
  sg_json_set(json, "sources", sg_materials_describe_fonts());
  snprintf(path, sizeof path, "%.980s/ensemble-%llu.json", options->folder,
           (unsigned long long)options->seed);
  SgStatus status = sg_corpus_write_json(path, json, error);
  sg_json_free(json);
  return status;
}

SgStatus
sg_ensemble_build(const SgEnsembleOptions *options, SgProgress progress, void *user,
                  SgCorpusReport *out_report, SgError *error)
{
  Build build = { .options = options };
  const SgCorpusJobs jobs = { .n = options->n_pieces,
                              .n_threads = options->n_threads,
                              .begin = begin,
                              .end = end,
                              .make = make_piece,
                              .user = &build };
  struct timespec start, finish;
  *out_report = (SgCorpusReport){ 0 };
  sg_materials_find_fonts(&build.instruments);
  clock_gettime(CLOCK_MONOTONIC, &start);
  SgStatus status = prepare(&build, error);
  if (status == SG_OK)
    status = sg_corpus_jobs_run(&jobs, progress, user, error);
  clock_gettime(CLOCK_MONOTONIC, &finish);
  out_report->n_made = atomic_load(&build.n_made);
  out_report->n_kept = atomic_load(&build.n_kept);
  out_report->made_s = (double)atomic_load(&build.made_samples) / SG_ENSEMBLE_RATE_HZ;
  out_report->seconds =
      (double)(finish.tv_sec - start.tv_sec) + 1e-9 * (double)(finish.tv_nsec - start.tv_nsec);
  return status;
}
