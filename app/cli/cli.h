/* stemglass-cli: what its sub-commands share. Each sub-command is a file beside this one. */
#pragma once

#include <glib.h>

#include "core/base/json.h"
#include "core/base/status.h"
#include "core/separate/method.h"

/* Exit codes, as the manual promises them. */
enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_INTERRUPTED = 130 };

typedef struct {
  const char *name;
  const char *summary;
  int (*run)(int argc, char **argv); /* argv[0] is the sub-command's name */
} CliCommand;

int cli_separate(int argc, char **argv);
int cli_eval(int argc, char **argv);
int cli_info(int argc, char **argv);
int cli_methods(int argc, char **argv);
int cli_models(int argc, char **argv);
int cli_corpus(int argc, char **argv);
int cli_train(int argc, char **argv);
int cli_test(int argc, char **argv);

/* Parses `argv` by `entries`; the positional part of the usage line is `parameters`. Returns the arguments
 * that are left, or NULL after saying what is wrong (*out_code then is the exit code, also for --help). */
GStrv cli_parse(int argc, char **argv, const GOptionEntry *entries, const char *parameters,
                const char *summary, int *out_code);
/* The same with a text below the options in --help (may be NULL). */
GStrv cli_parse_described(int argc, char **argv, const GOptionEntry *entries, const char *parameters,
                          const char *summary, const char *description, int *out_code);

/* Says what went wrong on standard error, with --json as a document on standard output too, and returns the
 * exit code. */
int cli_fail(const SgError *error, gboolean json);
/* The exit code alone. */
int cli_code(SgStatus status);
/* The same as the document's {"error": …}, for a list of files. */
SgJson *cli_error_json(const SgError *error);
int cli_usage_error(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* A method made for a stereo song of no importance, to ask it for its sources; free it through its class.
 * `knobs` and `model_path` as in SgMethodSetup. */
SgStatus cli_make_method(const SgMethodClass *class, const double *knobs, const char *model_path,
                         SgMethod **out_method, SgError *error);
/* NAME=VALUE settings (NULL: none) of a method into knobs[n_knobs], standard values for the others; a choice
 * is given by its name. SG_BAD_ARGUMENT with what is wrong as detail. */
SgStatus cli_choose_knobs(char **settings, const SgMethodClass *class, double *out_knobs, SgError *error);

/* Prints the document and frees it. */
int cli_print_json(SgJson *json);
