#include "tests/support-cli.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

static const char *method_option = "--method=hpss";

void
test_cli_set_method_option(const char *option)
{
  method_option = option;
}

static GStrv
arguments_of(const char *first, va_list rest)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  const char *program = g_getenv("SG_TEST_CLI");
  if (program == NULL)
    g_error("SG_TEST_CLI does not name the program");
  g_strv_builder_add(builder, program);
  for (const char *argument = first; argument != NULL; argument = va_arg(rest, const char *)) {
    g_strv_builder_add(builder, argument);
    if (argument == first && g_str_equal(first, "separate") && method_option != NULL)
      g_strv_builder_add(builder, method_option);
  }
  return g_strv_builder_end(builder);
}

static GStrv
environment_of(const char *cache)
{
  GStrv environment = g_get_environ();
  environment = g_environ_setenv(environment, "LC_ALL", "C.UTF-8", TRUE);
  return g_environ_setenv(environment, "XDG_CACHE_HOME", cache, TRUE);
}

static GSpawnChildSetupFunc child_setup;

void
test_cli_set_child_setup(GSpawnChildSetupFunc setup)
{
  child_setup = setup;
}

static int
code_of(int wait_status)
{
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

static CliRun
run_to_end(const char *cache, const char *first, va_list rest, GError **error)
{
  CliRun run = { .code = -1 };
  g_auto(GStrv) environment = environment_of(cache);
  g_auto(GStrv) arguments = arguments_of(first, rest);
  int wait_status;
  if (g_spawn_sync(NULL, arguments, environment, G_SPAWN_DEFAULT, child_setup, NULL, &run.out, &run.err,
                   &wait_status, error))
    run.code = code_of(wait_status);
  return run;
}

CliRun
test_cli_run(const char *cache, const char *first, ...)
{
  g_autoptr(GError) error = NULL;
  va_list rest;
  va_start(rest, first);
  CliRun run = run_to_end(cache, first, rest, &error);
  va_end(rest);
  g_assert_no_error(error);
  return run;
}

CliRun
test_cli_try(const char *cache, const char *first, ...)
{
  va_list rest;
  va_start(rest, first);
  CliRun run = run_to_end(cache, first, rest, NULL);
  va_end(rest);
  return run;
}

void
test_cli_clear(CliRun *run)
{
  g_clear_pointer(&run->out, g_free);
  g_clear_pointer(&run->err, g_free);
}

static GPid
spawn_silently(const char *cache, const char *first, va_list rest)
{
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) environment = environment_of(cache);
  g_auto(GStrv) arguments = arguments_of(first, rest);
  GPid child;
  g_spawn_async(NULL, arguments, environment,
                G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                NULL, &child, &error);
  g_assert_no_error(error);
  return child;
}

GPid
test_cli_start(const char *cache, const char *first, ...)
{
  va_list rest;
  va_start(rest, first);
  GPid child = spawn_silently(cache, first, rest);
  va_end(rest);
  return child;
}

int
test_cli_wait(GPid child)
{
  int wait_status;
  g_assert_cmpint(waitpid(child, &wait_status, 0), ==, child);
  return code_of(wait_status);
}

static double
seconds_of(struct timeval time)
{
  return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

CliRun
test_cli_run_and_signal(const char *cache, int signal_number, double seconds, TestTime *out_passed,
                        const char *first, ...)
{
  va_list rest;
  va_start(rest, first);
  GPid child = spawn_silently(cache, first, rest);
  va_end(rest);
  g_usleep((gulong)(seconds * 1e6));
  double signalled_s = test_seconds(), worked_s = test_worked_seconds(child);
  kill(child, signal_number);
  int wait_status;
  struct rusage usage;
  g_assert_cmpint(wait4(child, &wait_status, 0, &usage), ==, child);
  *out_passed = (TestTime){ .clock_s = test_seconds() - signalled_s,
                            .worked_s = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime) - worked_s };
  return (CliRun){ .code = code_of(wait_status) };
}

CliRun
test_cli_run_measured(const char *cache, CliUse *out_use, const char *first, ...)
{
  double started_s = test_seconds();
  va_list rest;
  va_start(rest, first);
  GPid child = spawn_silently(cache, first, rest);
  va_end(rest);
  int wait_status;
  struct rusage usage;
  g_assert_cmpint(wait4(child, &wait_status, 0, &usage), ==, child);
  *out_use = (CliUse){ .seconds = test_seconds() - started_s,
                       .cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
                       .peak_mb = (double)usage.ru_maxrss / 1024.0 };
  return (CliRun){ .code = code_of(wait_status) };
}

CliUse
test_cli_separate_long(guint minutes)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *song = g_build_filename(folder, "song.wav", NULL);
  g_autofree char *out = g_build_filename(folder, "out", NULL);
  CliUse use;
  test_long_song_write(song, 44100, 2, minutes);
  g_auto(CliRun) run = test_cli_run_measured(folder, &use, "separate", song, "-o", out, NULL);
  g_assert_cmpint(run.code, ==, 0);
  return use;
}

static const char *skip_value(const char *at);

static const char *
skip_space(const char *at)
{
  return at + strspn(at, " \t\r\n");
}

static const char *
skip_string(const char *at)
{
  if (*at++ != '"')
    return NULL;
  for (; *at != '"'; at++) {
    if ((guchar)*at < 0x20 || (*at == '\\' && strchr("\"\\/bfnrtu", *++at) == NULL))
      return NULL;
  }
  return at + 1;
}

/* What stands between the brackets: values, in an object each behind a name. */
static const char *
skip_members(const char *at, char closing)
{
  at = skip_space(at + 1);
  if (*at == closing)
    return at + 1;
  for (;;) {
    if (closing == '}') {
      at = skip_string(skip_space(at));
      if (at == NULL || *(at = skip_space(at)) != ':')
        return NULL;
      at++;
    }
    at = skip_value(at);
    if (at == NULL)
      return NULL;
    at = skip_space(at);
    if (*at == closing)
      return at + 1;
    if (*at++ != ',')
      return NULL;
  }
}

static const char *
skip_value(const char *at)
{
  static const char *const words[] = { "true", "false", "null" };
  at = skip_space(at);
  if (*at == '{')
    return skip_members(at, '}');
  if (*at == '[')
    return skip_members(at, ']');
  if (*at == '"')
    return skip_string(at);
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    if (g_str_has_prefix(at, words[i]))
      return at + strlen(words[i]);
  char *end;
  if (!g_ascii_isdigit(*at) && *at != '-')
    return NULL;
  g_ascii_strtod(at, &end);
  return end == at ? NULL : end;
}

gboolean
test_is_json(const char *text)
{
  const char *end = g_utf8_validate(text, -1, NULL) ? skip_value(text) : NULL;
  return end != NULL && *skip_space(end) == '\0';
}
