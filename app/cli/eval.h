/* stemglass-cli eval: what its parts share. The way of the data: eval.c reads the options, eval-files.c finds
 * which file belongs to which source of which track, eval-run.c works through the tracks, eval-load.c decodes
 * one and checks it, eval-track.c scores it; eval-results.c looks results up, and eval-table.c, eval-json.c,
 * eval-csv.c and eval-plot.c tell them. */
#pragma once

#include <gio/gio.h>

#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/io/pcm.h"
#include "core/metrics/evaluation.h"
#include "core/metrics/oracles.h"
#include "core/metrics/score-set.h"
#include "core/plot/theme.h"

/* A folder of estimates and the name it goes by. */
typedef struct {
  char *name, *folder;
} EvalSystem;

/* Sources that are scored as one: their sum takes their place under this name. */
typedef struct {
  char *name;
  GStrv parts;
} EvalGroup;

typedef struct {
  char *references;
  GPtrArray *systems; /* EvalSystem */
  GPtrArray *groups;  /* EvalGroup */
  char *mixture;      /* a file, or NULL */
  GStrv tracks;       /* only these, or NULL */
  guint32 measures;   /* SG_MEASURE_… */
  gboolean oracles, strict, overwrite, json, csv;
  gint64 trim; /* samples that lengths may differ by */
  guint n_threads, n_jobs;
  char *plot, *plot_time; /* files, or NULL */
  SgThemeId theme;
} EvalOptions;

/* One source's file. */
typedef struct {
  char *source, *path;
} EvalFile;

/* The files of one track. */
typedef struct {
  char *name;       /* of the track */
  char *path;       /* of the folder */
  GPtrArray *files; /* EvalFile, in the order to show them */
  char *mixture;    /* the file called mixture.*, or NULL */
  GError *error;    /* why the folder cannot be used, else NULL */
} EvalFolder;

/* One track: first its files, then its results. */
typedef struct {
  char *name;
  const EvalFolder *references;
  const EvalFolder **estimates; /* [n_systems], NULL where a system lacks the track */

  GError *error;       /* why it could not be scored, else NULL */
  GPtrArray *warnings; /* char *, sentences */
  guint rate_hz, n_channels;
  gint64 n_samples;
  gint64 n_trimmed; /* samples that the longest file lost by --trim */
  gsize n_sources;
  char **sources;        /* [n_sources] */
  SgScore *scores;       /* [n_rows][n_sources]: systems, then oracles */
  SgBaseline *baselines; /* [n_sources] */
  gint64 n_windows;
} EvalTrack;

/* Systems and oracles alike: what gets a row of scores. */
typedef struct {
  const char *name;
  gboolean is_oracle;
  SgOracle oracle;
} EvalRow;

typedef struct {
  const EvalOptions *options;
  GPtrArray *folders; /* EvalFolder: all of them, owned here */
  GPtrArray *tracks;  /* EvalTrack */
  EvalRow *rows;
  gsize n_rows;
  GPtrArray *sources;  /* char *, of all tracks in the order to show them */
  GPtrArray *warnings; /* char *, of no single track */
} Eval;

/* A set of values that belong together: a table of their own. */
typedef struct {
  guint32 measure;    /* SG_MEASURE_… that gives them */
  const char *id;     /* in JSON; NULL: its values stand at the level above */
  const char *title;  /* for people, to be translated */
  SgScoreValue first; /* its values; the first ranks it */
  gsize n_values;
  const char *const *ids;   /* [n_values] in JSON, or NULL: the set is one number called `id` */
  const char *const *names; /* [n_values] for people */
  gboolean in_table;        /* for people too, not only for machines */
} EvalMeasure;

extern const EvalMeasure eval_measures[];
extern const gsize eval_n_measures;

/* eval-files.c: pairs the folders up, fills folders, tracks and warnings. FALSE with `error` when nothing is
 * left or the folders cannot be understood. */
gboolean eval_find_tracks(Eval *eval, GError **error);
/* Drums, bass, vocals, other, then the rest by name: a GCompareFunc of strings. */
int eval_compare_sources(const char *a, const char *b);

/* eval-load.c: one track's sounds, decoded and alike. */
typedef struct {
  GStrv sources; /* as many as there are references */
  gsize n_sources;
  SgPcm **references; /* [n_sources] */
  SgPcm **estimates;  /* [n_systems][n_sources], NULL where there is none */
  SgPcm *mixture;     /* NULL: the sum of the references */
} EvalSounds;

/* FALSE with `error` set when the track's sounds cannot be scored together. */
gboolean eval_load_track(const Eval *eval, EvalTrack *track, SgProgress progress, gpointer user,
                         EvalSounds *out_sounds, GError **error);
void eval_sounds_clear(EvalSounds *sounds, gsize n_systems);
G_GNUC_PRINTF(2, 3) void eval_warn(GPtrArray *warnings, const char *format, ...);

/* eval-track.c: fills the track's results, or its error. `n_threads` ≥ 1. */
void eval_score_track(const Eval *eval, EvalTrack *track, guint n_threads, SgProgress progress,
                      gpointer user);
void eval_track_clear_results(EvalTrack *track, gsize n_rows);

/* eval-run.c: scores all tracks, some at once, and collects their sources; FALSE with `error` when
 * interrupted. */
gboolean eval_run(Eval *eval, GError **error);

/* eval-results.c. Where a source stands in a track, −1 when it has none of this name. */
int eval_find_source(const EvalTrack *track, const char *source);
/* A value of one source in one row of one track, NaN where there is none. */
double eval_value(const EvalTrack *track, const char *source, gsize row, SgScoreValue value);
/* The baselines of a source, or NULL. */
const SgBaseline *eval_baseline(const EvalTrack *track, const char *source);

/* Where a value comes from: a row's score, or a baseline. */
typedef enum {
  EVAL_COLUMN_ROW,
  EVAL_COLUMN_MIXTURE,
  EVAL_COLUMN_SILENCE,
  EVAL_COLUMN_GAIN,
  EVAL_COLUMN_BASELINE, /* the best of the three */
} EvalColumn;

double eval_column_value(const EvalTrack *track, const char *source, EvalColumn column, gsize row,
                         SgScoreValue value);
/* Over all tracks; FALSE when memory is out. */
gboolean eval_summarise(const Eval *eval, const char *source, EvalColumn column, gsize row,
                        SgScoreValue value, SgScoreSummary *out_summary);
/* What papers on voice and accompaniment report: means over the tracks weighted by their length of BSS Eval
 * v3's SDR less that of the mixture (GNSDR), SIR (GSIR) and SAR (GSAR). FALSE when memory is out. */
typedef struct {
  double gnsdr, gsir, gsar;
} EvalGlobal;
gboolean eval_global(const Eval *eval, const char *source, gsize row, EvalGlobal *out_global);
/* Of row a less row b over the tracks that have both, with its interval. FALSE when memory is out. */
gboolean eval_difference(const Eval *eval, const char *source, gsize a, gsize b, SgScoreValue value,
                         SgPairedDifference *out_difference);

/* The results, told. */
void eval_print_table(const Eval *eval);
int eval_print_json(const Eval *eval);
SgJson *eval_error_json(const GError *error);
void eval_print_csv(const Eval *eval);

/* eval-plot.c: refuses what cannot be written before the work, and writes after it. */
gboolean eval_check_plots(const Eval *eval, GError **error);
gboolean eval_write_plots(const Eval *eval, GError **error);
