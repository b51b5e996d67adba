#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/cli/terminal.h"
#include "core/corpus/build.h"
#include "core/corpus/ensemble.h"

typedef struct {
  int n_songs;
  double song_s;
  gint64 seed;
  char *songs_folder, *drumming_folder, *kinds;
  gboolean no_voices, demos, subsets;
  int n_pieces;
  char *parts;
  int n_threads;
} Options;

static void
options_clear(Options *options)
{
  g_free(options->songs_folder);
  g_free(options->drumming_folder);
  g_free(options->kinds);
  g_free(options->parts);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* "bands,composed": all others are not wanted. */
static gboolean
parse_kinds(const char *text, bool without[SG_N_KINDS])
{
  g_auto(GStrv) words = g_strsplit(text, ",", -1);
  for (SgSongKind kind = 0; kind < SG_N_KINDS; kind++)
    without[kind] = !g_strv_contains((const char *const *)words, sg_song_kind_id(kind));
  for (gsize i = 0; words[i] != NULL; i++) {
    gboolean is_known = FALSE;
    for (SgSongKind kind = 0; kind < SG_N_KINDS; kind++)
      is_known = is_known || g_str_equal(words[i], sg_song_kind_id(kind));
    if (!is_known)
      return FALSE;
  }
  return words[0] != NULL;
}

static int
build(const Options *options, const char *folder)
{
  SgCorpusOptions chosen = {
    .folder = folder,
    .seed = (guint64)options->seed,
    .n_songs = (size_t)options->n_songs,
    .song_s = options->song_s,
    .n_threads = (unsigned)options->n_threads,
    .songs_folder = options->songs_folder,
    .drumming_folder = options->drumming_folder,
    .voices = !options->no_voices,
    .demos = options->demos,
  };
  if (options->kinds != NULL && !parse_kinds(options->kinds, chosen.without))
    return cli_usage_error(_("--kinds %s: expected bands, pop, patterns or composed, with commas between"),
                           options->kinds);
  Terminal terminal = { .title = folder };
  SgCorpusReport report;
  SgError error;
  terminal_catch_signals();
  SgStatus status = sg_corpus_build(&chosen, terminal_progress, &terminal, &report, &error);
  terminal_clear();
  if (status != SG_OK)
    return cli_fail(&error, FALSE);
  if (isatty(STDOUT_FILENO))
    printf(_("%zu songs rendered, %zu were there already; %.1f minutes of music in %.1f minutes (%.0f × real "
             "time)\n"),
           report.n_made, report.n_kept, report.made_s / 60.0, report.seconds / 60.0,
           report.seconds > 0.0 ? report.made_s / report.seconds : 0.0);
  return CLI_DONE;
}

/* "2-5" or "3". */
static gboolean
parse_parts(const char *text, SgEnsembleOptions *chosen)
{
  char *end = NULL;
  chosen->min_parts = chosen->max_parts = (gsize)g_ascii_strtoull(text, &end, 10);
  if (end != text && *end == '-') {
    text = end + 1;
    chosen->max_parts = (gsize)g_ascii_strtoull(text, &end, 10);
  }
  return end != text && *end == '\0' && chosen->min_parts >= SG_ENSEMBLE_MIN_PARTS &&
         chosen->min_parts <= chosen->max_parts && chosen->max_parts <= SG_ENSEMBLE_MAX_PARTS;
}

static int
build_ensemble(const Options *options, const char *folder)
{
  SgEnsembleOptions chosen = { .folder = folder,
                               .seed = (guint64)options->seed,
                               .n_pieces = (size_t)options->n_pieces,
                               .piece_s = options->song_s,
                               .min_parts = SG_ENSEMBLE_MIN_PARTS,
                               .max_parts = SG_ENSEMBLE_MAX_PARTS,
                               .subsets = options->subsets,
                               .n_threads = (unsigned)options->n_threads };
  if (options->n_pieces < 1 || options->n_pieces > 99999)
    return cli_usage_error(_("--pieces %d: expected 1 to 99999"), options->n_pieces);
  if (options->parts != NULL && !parse_parts(options->parts, &chosen))
    return cli_usage_error(_("--parts %s: expected a number of parts, %d to %d, or two with a dash between"),
                           options->parts, SG_ENSEMBLE_MIN_PARTS, SG_ENSEMBLE_MAX_PARTS);
  Terminal terminal = { .title = folder };
  SgCorpusReport report;
  SgError error;
  terminal_catch_signals();
  SgStatus status = sg_ensemble_build(&chosen, terminal_progress, &terminal, &report, &error);
  terminal_clear();
  if (status != SG_OK)
    return cli_fail(&error, FALSE);
  if (isatty(STDOUT_FILENO))
    printf(_("%zu pieces rendered, %zu were there already; %.1f minutes of music in %.1f minutes\n"),
           report.n_made, report.n_kept, report.made_s / 60.0, report.seconds / 60.0);
  return CLI_DONE;
}

int
cli_corpus(int argc, char **argv)
{
  g_auto(Options) options = { .n_songs = 300, .n_pieces = 100, .song_s = 60.0, .seed = 1 };
  const GOptionEntry entries[] = {
    { "songs", 0, 0, G_OPTION_ARG_INT, &options.n_songs, N_("How many songs (300)"), N_("N") },
    { "pieces", 0, 0, G_OPTION_ARG_INT, &options.n_pieces, N_("How many pieces of chamber music (100)"),
      N_("N") },
    { "parts", 0, 0, G_OPTION_ARG_STRING, &options.parts, N_("How many instruments play one (2-5)"),
      N_("N-M") },
    { "subsets", 0, 0, G_OPTION_ARG_NONE, &options.subsets,
      N_("Every two and more of a piece's instruments too, as pieces of their own"), NULL },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &options.song_s, N_("How long a song or piece is, about (60)"),
      N_("S") },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options.seed, N_("Another seed, other songs (1)"), N_("N") },
    { "pop-scores", 0, 0, G_OPTION_ARG_FILENAME, &options.songs_folder,
      N_("Folder of MIDI files with the tracks MELODY, BRIDGE and PIANO (POP909)"), N_("FOLDER") },
    { "drum-scores", 0, 0, G_OPTION_ARG_FILENAME, &options.drumming_folder,
      N_("Folder of drummed MIDI files (Groove MIDI Dataset)"), N_("FOLDER") },
    { "kinds", 0, 0, G_OPTION_ARG_STRING, &options.kinds,
      N_("Only songs of these kinds: bands, pop, patterns, composed (all)"), N_("KINDS") },
    { "no-voices", 0, 0, G_OPTION_ARG_NONE, &options.no_voices, N_("Nobody sings"), NULL },
    { "demos", 0, 0, G_OPTION_ARG_NONE, &options.demos,
      N_("Besides, the demo projects of LMMS, where it is installed"), NULL },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options.n_threads, N_("Worker threads (one a processor)"),
      N_("N") },
    G_OPTION_ENTRY_NULL,
  };
  int code;
  g_auto(GStrv) rest =
      cli_parse(argc, argv, entries, _("build|ensemble FOLDER"),
                _("Renders songs with their stems (“build”), or chamber music for two to five instruments "
                  "(“ensemble”), to train networks on. A build that was stopped goes on where it was when "
                  "it is started again."),
                &code);
  if (rest == NULL)
    return code;
  gboolean ensemble = rest[0] != NULL && g_str_equal(rest[0], "ensemble");
  if (g_strv_length(rest) != 2 || (!ensemble && !g_str_equal(rest[0], "build")))
    return cli_usage_error(_("expected “corpus build FOLDER” or “corpus ensemble FOLDER”"));
  if (options.n_songs < 1 || options.n_songs > 99999)
    return cli_usage_error(_("--songs %d: expected 1 to 99999"), options.n_songs);
  if (!(options.song_s >= 10.0 && options.song_s <= 600.0))
    return cli_usage_error(_("--seconds %g: expected 10 to 600"), options.song_s);
  if (options.n_threads < 0)
    return cli_usage_error(_("--threads %d: expected 0 or more"), options.n_threads);
  return ensemble ? build_ensemble(&options, rest[1]) : build(&options, rest[1]);
}
