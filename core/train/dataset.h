/* Datasets of songs with their stems, found by their layout.
 *
 * Layouts (ROOT is the folder that is opened):
 *   musdb18: ROOT/{train,test}/NAME.stem.mp4, streams mixture, drums, bass, other, vocals
 *   musdb18-hq: ROOT/{train,test}/NAME/{mixture,drums,bass,other,vocals}.wav
 *   dsd100: ROOT/Mixtures/{Dev,Test}/NAME/mixture.wav,
 *     ROOT/Sources/{Dev,Test}/NAME/{bass,drums,other,vocals}.wav
 *   mir1k, ikala: ROOT/Wavfile/SONG_PART.wav: left accompaniment, right vocals, both mono; clips of a SONG
 *     stay together
 *   ensemble: ROOT/NAME/AuSep_<n>_<instrument>_*.wav and AuMix_*.wav (URMP), or the same in
 *     ROOT/{train,valid,test}; a second part of an instrument is "<instrument>-2"
 *   folders: ROOT/NAME/STEM.EXT or ROOT/{train,valid,test}/NAME/STEM.EXT; any stems, any format that is
 *     decoded; "mixture" (or "mix") is the mixture
 * Without a mixture file the mixture is the sum of the stems. A stem that a track of the layouts ensemble and
 * folders lacks is absent, which is not the same as silent, unless `missing_is_silent`; in the others it is a
 * fault.
 *
 * sg_dataset_open looks at every file's header and, when asked, listens to all of it. What is wrong is kept,
 * fault by fault; it does not make the call fail. sg_dataset_require then says whether the dataset may be
 * used.
 *
 * Ownership: free with sg_dataset_free (NULL ignored); all that is got is borrowed. Threads: immutable after
 * open, any number may read. Audio callback: never.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/base/status.h"

typedef enum {
  SG_LAYOUT_ANY, /* find out which */
  SG_LAYOUT_MUSDB18,
  SG_LAYOUT_MUSDB18_HQ,
  SG_LAYOUT_DSD100,
  SG_LAYOUT_MIR1K,
  SG_LAYOUT_IKALA,
  SG_LAYOUT_ENSEMBLE,
  SG_LAYOUT_FOLDERS,
  SG_N_LAYOUTS
} SgDatasetLayout;

typedef enum { SG_SPLIT_TRAIN, SG_SPLIT_VALID, SG_SPLIT_TEST, SG_N_SPLITS } SgSplit;

/* Where the sound of one stem is. */
typedef struct {
  char *path;                   /* NULL: the track has no such stem */
  int stream;                   /* of a .stem.mp4, else −1 */
  int channel;                  /* the one to take, −1: all */
  uint32_t rate_hz, n_channels; /* as read; 0 when the file could not be */
  int64_t n_samples;            /* as the header or, once listened to, the sound says */
} SgDatasetPart;

typedef struct {
  char *name;
  char *song; /* what must not be cut apart by a split; mostly the name */
  SgSplit split;
  bool is_usable;        /* no fault of it is an error */
  SgDatasetPart mixture; /* path NULL: the sum of the stems */
  SgDatasetPart *stems;  /* [n_sources] in the order of the dataset's sources */
  uint32_t rate_hz;
  int64_t n_samples; /* the longest part's */
} SgDatasetTrack;

typedef enum {
  SG_FAULT_UNREADABLE,        /* path: `status` and `detail` say why */
  SG_FAULT_EMPTY,             /* path has no samples, or all of the track is silent */
  SG_FAULT_MISSING_STEM,      /* the track has no stem `detail` */
  SG_FAULT_NO_STEMS,          /* the folder path holds no stems */
  SG_FAULT_TWO_FILES,         /* path would be a second file for stem `detail` */
  SG_FAULT_LENGTHS_DIFFER,    /* path has `actual` samples, the track `expected`; an error from 50 ms on */
  SG_FAULT_MIXED_RATES,       /* path has `actual` Hz, the track `expected` */
  SG_FAULT_OTHER_RATE,        /* the track has `actual` Hz, most tracks `expected` */
  SG_FAULT_CHANNELS,          /* path has `actual` channels, more than 2 */
  SG_FAULT_MIXTURE_DIFFERS,   /* mixture − Σ stems is at `level_db` relative to the mixture */
  SG_FAULT_IN_TRAIN_BY_NAME,  /* the song is also in the valid or test split, there called `detail` */
  SG_FAULT_IN_TRAIN_BY_SOUND, /* the same, told by its sound */
  SG_FAULT_UNKNOWN_SONG,      /* a list names `detail`, which is not there */
  SG_FAULT_IGNORED_FOLDER,    /* the folder path belongs to no split */
  SG_N_FAULTS
} SgFaultKind;

typedef struct {
  SgFaultKind kind;
  bool is_error; /* else a warning: the track is used all the same */
  size_t track;  /* SIZE_MAX: of no track */
  SgStatus status;
  int64_t position; /* of an unreadable file's bad sample, else −1 or 0 */
  int64_t expected, actual;
  double level_db;
  char *path, *detail; /* "" when there is none */
} SgDatasetFault;

typedef struct {
  SgDatasetLayout layout;
  bool skip_bad;          /* use what is usable when other tracks have errors */
  bool missing_is_silent; /* a missing stem counts as silence */
  bool listen; /* decode everything: exact lengths, cut files, NaN, silence, mixture = sum, songs that are in
                  two splits under other names */
  unsigned n_threads; /* that listen; 0: as many as there are processors */
  /* Shares of the songs, drawn with `seed`, that go to a split which the layout leaves empty. A song's lot
   * does not depend on which others are there but for rounding. */
  double valid_share, test_share;
  uint64_t seed;
  /* Songs (or tracks) by name; they go before layout and draw. Once a test list is given, nothing is drawn
   * for it. */
  const char *const *valid_songs;
  size_t n_valid_songs;
  const char *const *test_songs;
  size_t n_test_songs;
  /* [n_valid_songs], [n_test_songs]: set where a name was found, else left. NULL: a name that is not found is
   * a fault; several datasets may share their lists. */
  bool *valid_found, *test_found;
} SgDatasetOptions;

typedef struct SgDataset SgDataset;

/* "musdb18", "ikala", … ; "train", "valid", "test"; "missing-stem", … */
const char *sg_layout_id(SgDatasetLayout layout);
bool sg_layout_find(const char *id, SgDatasetLayout *out_layout);
const char *sg_split_id(SgSplit split);
const char *sg_fault_id(SgFaultKind kind);

/* `options` NULL: all zero. Stages "scan" and "listen". SG_NOT_FOUND, SG_NO_PERMISSION, SG_BAD_DATASET (no
 * track at all), SG_BAD_ARGUMENT (shares that are negative or leave nothing to train on), SG_CANCELLED,
 * SG_NO_MEMORY. */
SgStatus sg_dataset_open(const char *folder, const SgDatasetOptions *options, SgProgress progress, void *user,
                         SgDataset **out_dataset, SgError *error);
void sg_dataset_free(SgDataset *dataset);

/* SG_OK when it may be used: no errors, or skip_bad and at least one usable track. Else SG_BAD_DATASET. */
SgStatus sg_dataset_require(const SgDataset *dataset, SgError *error);

const char *sg_dataset_folder(const SgDataset *dataset);
SgDatasetLayout sg_dataset_layout(const SgDataset *dataset);
bool sg_dataset_skips_bad(const SgDataset *dataset);
bool sg_dataset_missing_is_silent(const SgDataset *dataset);
size_t sg_dataset_n_sources(const SgDataset *dataset);
const char *sg_dataset_source(const SgDataset *dataset, size_t index);
size_t sg_dataset_n_tracks(const SgDataset *dataset);
const SgDatasetTrack *sg_dataset_track(const SgDataset *dataset, size_t index);
size_t sg_dataset_n_faults(const SgDataset *dataset);
const SgDatasetFault *sg_dataset_fault(const SgDataset *dataset, size_t index);

/* The report: {"folder", "layout", "sources": [{"source", "tracks", "hours"}], "splits": {"train": {"tracks",
 * "songs", "hours"}, …}, "rates": [{"rate_hz", "tracks"}], "errors", "warnings", "faults": [{"fault",
 * "severity", "track", "path", …}]}. Hours are those of usable tracks. Owned by the caller. */
SgJson *sg_dataset_report(const SgDataset *dataset);
