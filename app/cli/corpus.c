#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/cli/terminal.h"
#include "core/corpus/build.h"

typedef struct {
  int n_songs;
  double song_s;
  gint64 seed;
  char *songs_folder, *drumming_folder;
  gboolean no_voices, demos;
  int n_threads;
} Options;

static void
options_clear(Options *options)
{
  g_free(options->songs_folder);
  g_free(options->drumming_folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static int
build(const Options *options, const char *folder)
{
  const SgCorpusOptions chosen = {
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

int
cli_corpus(int argc, char **argv)
{
  g_auto(Options) options = { .n_songs = 300, .song_s = 60.0, .seed = 1 };
  const GOptionEntry entries[] = {
    { "songs", 0, 0, G_OPTION_ARG_INT, &options.n_songs, N_("How many songs (300)"), N_("N") },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &options.song_s, N_("How long a song is, about (60)"), N_("S") },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options.seed, N_("Another seed, other songs (1)"), N_("N") },
    { "pop-scores", 0, 0, G_OPTION_ARG_FILENAME, &options.songs_folder,
      N_("Folder of MIDI files with the tracks MELODY, BRIDGE and PIANO (POP909)"), N_("FOLDER") },
    { "drum-scores", 0, 0, G_OPTION_ARG_FILENAME, &options.drumming_folder,
      N_("Folder of drummed MIDI files (Groove MIDI Dataset)"), N_("FOLDER") },
    { "no-voices", 0, 0, G_OPTION_ARG_NONE, &options.no_voices, N_("Nobody sings"), NULL },
    { "demos", 0, 0, G_OPTION_ARG_NONE, &options.demos,
      N_("Besides, the demo projects of LMMS, where it is installed"), NULL },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options.n_threads, N_("Worker threads (one a processor)"),
      N_("N") },
    G_OPTION_ENTRY_NULL,
  };
  int code;
  g_auto(GStrv) rest =
      cli_parse(argc, argv, entries, _("build FOLDER"),
                _("Renders songs with their stems, to train networks on. A build that was stopped goes "
                  "on where it was when it is started again."),
                &code);
  if (rest == NULL)
    return code;
  if (g_strv_length(rest) != 2 || !g_str_equal(rest[0], "build"))
    return cli_usage_error(_("expected “corpus build FOLDER”"));
  if (options.n_songs < 1 || options.n_songs > 99999)
    return cli_usage_error(_("--songs %d: expected 1 to 99999"), options.n_songs);
  if (!(options.song_s >= 10.0 && options.song_s <= 600.0))
    return cli_usage_error(_("--seconds %g: expected 10 to 600"), options.song_s);
  if (options.n_threads < 0)
    return cli_usage_error(_("--threads %d: expected 0 or more"), options.n_threads);
  return build(&options, rest[1]);
}
