/* Runs the command line program of this build (SG_TEST_CLI) as a child, its scratch in a folder of the
 * test's. */
#pragma once

#include <glib.h>

#include "tests/support.h"

typedef struct {
  int code; /* exit code; 128 + number when a signal ended it */
  char *out, *err;
} CliRun;

/* Runs to the end; arguments end with NULL. `cache` becomes XDG_CACHE_HOME. */
CliRun test_cli_run(const char *cache, const char *first, ...) G_GNUC_NULL_TERMINATED;
/* The same; code −1 when it cannot be started. */
CliRun test_cli_try(const char *cache, const char *first, ...) G_GNUC_NULL_TERMINATED;
void test_cli_clear(CliRun *run);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliRun, test_cli_clear)

/* An option for every "separate", before those of the test: normally "--method=hpss", the quickest, since
 * most tests are about something else. NULL: none, so that the program chooses. */
void test_cli_set_method_option(const char *option);

/* Called in every child that test_cli_run and test_cli_try start, just before the program; NULL: nothing. */
void test_cli_set_child_setup(GSpawnChildSetupFunc setup);

/* The same, but `signal_number` comes after `seconds`; *out_passed is what it then took to end. */
CliRun test_cli_run_and_signal(const char *cache, int signal_number, double seconds, TestTime *out_passed,
                               const char *first, ...) G_GNUC_NULL_TERMINATED;

/* Starts it, silently; the exit code of one that was started, as in CliRun. */
GPid test_cli_start(const char *cache, const char *first, ...) G_GNUC_NULL_TERMINATED;
int test_cli_wait(GPid child);

/* What a run took: time on the clock and of the processors, and its peak resident memory. That can be no
 * lower than the peak of this process, which should be small. */
typedef struct {
  double seconds, cpu_seconds, peak_mb;
} CliUse;

/* Runs to the end, silently, and tells what it took. */
CliRun test_cli_run_measured(const char *cache, CliUse *out_use, const char *first,
                             ...) G_GNUC_NULL_TERMINATED;

/* What it takes to separate a generated stereo song of so many minutes at 44.1 kHz, file to files. */
CliUse test_cli_separate_long(guint minutes);

/* Whether the text is one JSON value and nothing else. */
gboolean test_is_json(const char *text);
