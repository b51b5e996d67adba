#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>

#include "app/cli/cli.h"

static const CliCommand commands[] = {
  { "separate", N_("pull songs apart into stems and write them as files"), cli_separate },
  { "eval", N_("score estimated sources against the true ones"), cli_eval },
  { "info", N_("tell what a sound file holds"), cli_info },
  { "methods", N_("list the separation methods, their sources and settings"), cli_methods },
  { "models", N_("list the trained networks that are there"), cli_models },
  { "train", N_("train a network to separate"), cli_train },
  { "test", N_("score a trained model on the test tracks of its dataset"), cli_test },
#ifdef SG_WITH_CORPUS
  { "corpus", N_("render songs to train networks on"), cli_corpus },
#endif
};

static void
print_help(FILE *to)
{
  fprintf(to, "%s\n\n%s\n  stemglass-cli %s\n\n%s\n",
          _("Pulls songs apart into their drums, bass, vocals and the rest."), _("Usage:"),
          _("COMMAND [OPTION…] [ARGUMENT…]"), _("Commands:"));
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
    fprintf(to, "  %-10s  %s\n", commands[i].name, _(commands[i].summary));
  fprintf(to, "\n%s\n  -h, --help  %s\n  --version   %s\n", _("Options:"), _("Show this help"),
          _("Show the version"));
  fprintf(to, "\n%s\n%s\n", _("“stemglass-cli COMMAND --help” tells the options of a command."),
          _("Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."));
}

/* What was printed has to arrive: a full disk is a failure too. */
static int
flushed(int code)
{
  if (fflush(stdout) == 0 && !ferror(stdout))
    return code;
  fprintf(stderr, "stemglass-cli: %s\n", _("the output could not be written"));
  return code == CLI_DONE ? CLI_FAILED : code;
}

int
main(int argc, char **argv)
{
  setlocale(LC_ALL, "");
  setlocale(LC_NUMERIC, "C");
  textdomain(GETTEXT_PACKAGE);
  if (argc < 2) {
    print_help(stderr);
    return CLI_USAGE;
  }
  if (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h") || g_str_equal(argv[1], "help")) {
    print_help(stdout);
    return CLI_DONE;
  }
  if (g_str_equal(argv[1], "--version")) {
    puts("stemglass " SG_VERSION);
    return CLI_DONE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
    if (g_str_equal(argv[1], commands[i].name))
      return flushed(commands[i].run(argc - 1, argv + 1));
  return cli_usage_error(_("there is no command “%s”"), argv[1]);
}
