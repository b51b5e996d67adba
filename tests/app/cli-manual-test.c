/* The manual page and the completion of stemglass-cli: each knows the commands and options that the program
 * has, and no other. */
#include <string.h>
#include <sys/wait.h>

#include "tests/support-cli.h"
#include "tests/support.h"

static char *
data_path(const char *name)
{
  return g_build_filename(g_getenv("STEMGLASS_DATA_DIR"), name, NULL);
}

/* Of strings such as "-o, --output=DIR", as --help and headings of the manual have them. */
static GHashTable *
string_set_new(void)
{
  return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static char *
program_help(const char *command)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_auto(CliRun) run =
      command != NULL ? test_cli_run(folder, command, "--help", NULL) : test_cli_run(folder, "--help", NULL);
  g_assert_cmpint(run.code, ==, 0);
  return g_steal_pointer(&run.out);
}

static const char COMMAND[] = "^  ([a-z][a-z-]*)  ", OPTION[] = "^  (-.*?)(  .*)?$";

/* What `pattern` finds first in the lines of a help. */
static GHashTable *
help_column(const char *help, const char *pattern)
{
  GHashTable *words = string_set_new();
  g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);
  g_autoptr(GMatchInfo) match = NULL;
  for (g_regex_match(regex, help, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL))
    g_hash_table_add(words, g_match_info_fetch(match, 1));
  return words;
}

/* What a line of the manual looks like when it is read. */
static char *
dup_plain(const char *line)
{
  g_autoptr(GRegex) font = g_regex_new("\\\\f[BIRP]", 0, 0, NULL);
  g_autofree char *without = g_regex_replace_literal(font, line, -1, 0, "", 0, NULL);
  g_auto(GStrv) parts = g_strsplit(without, "\\-", -1);
  return g_strjoinv("-", parts);
}

/* Headings of options by section: .SH OPTIONS is "", .SS separate is "separate". */
static GHashTable *
manual_options(void)
{
  g_autofree char *path = data_path("stemglass-cli.1");
  g_autoptr(GBytes) bytes = test_file_read(path);
  g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  GHashTable *sections =
      g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
  GHashTable *section = NULL;
  for (char **line = lines; *line != NULL; line++) {
    if (g_str_has_prefix(*line, ".SS ") || g_str_equal(*line, ".SH OPTIONS")) {
      section = string_set_new();
      g_hash_table_insert(sections, g_strdup((*line)[2] == 'S' ? *line + 4 : ""), section);
    } else if (g_str_has_prefix(*line, ".SH "))
      section = NULL;
    if (section != NULL && g_str_equal(*line, ".TP"))
      g_hash_table_add(section, dup_plain(line[1]));
  }
  return sections;
}

static void
assert_all_in(GHashTable *wanted, GHashTable *there, GHashTable *or_there, const char *command,
              const char *where)
{
  GHashTableIter iter;
  gpointer word;
  g_hash_table_iter_init(&iter, wanted);
  while (g_hash_table_iter_next(&iter, &word, NULL))
    if (!g_hash_table_contains(there, word) && (or_there == NULL || !g_hash_table_contains(or_there, word)))
      g_error("%s: “%s” is not in %s", command, (char *)word, where);
}

static void
test_manual(void)
{
  g_autofree char *help = program_help(NULL);
  g_autoptr(GHashTable) commands = help_column(help, COMMAND), sections = manual_options();
  GHashTable *common = g_hash_table_lookup(sections, "");
  g_assert_cmpuint(g_hash_table_size(commands), >=, 3);
  /* Not every build has all commands of the manual. */
  if (!g_hash_table_contains(commands, "corpus"))
    g_hash_table_remove(sections, "corpus");
  g_assert_cmpuint(g_hash_table_size(sections), ==, g_hash_table_size(commands) + 1);
  GHashTableIter iter;
  gpointer command;
  g_hash_table_iter_init(&iter, commands);
  while (g_hash_table_iter_next(&iter, &command, NULL)) {
    GHashTable *section = g_hash_table_lookup(sections, command);
    if (section == NULL)
      g_error("the manual has no section “%s”", (char *)command);
    g_autofree char *command_help = program_help(command);
    g_autoptr(GHashTable) options = help_column(command_help, OPTION);
    g_assert_true(g_hash_table_contains(options, "-h, --help"));
    assert_all_in(options, section, common, command, "the manual");
    assert_all_in(section, options, NULL, command, "--help");
  }
}

/* It is laid out without a complaint, where there is a program that does that. */
static void
test_layout(void)
{
  g_autofree char *groff = g_find_program_in_path("groff"), *path = data_path("stemglass-cli.1");
  if (groff == NULL) {
    g_test_skip("groff is not installed");
    return;
  }
  const char *command[] = { groff, "-man", "-Kutf8", "-Tutf8", "-ww", path, NULL };
  g_autofree char *out = NULL, *complaints = NULL;
  int status;
  g_autoptr(GError) error = NULL;
  g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, &complaints, &status, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(complaints, ==, "");
  g_assert_nonnull(strstr(out, "Forty seconds of a song"));
}

/* What bash offers for the last of `words`, one a line, as it splits and completes them. */
static char *
complete(const char *folder, const char *words)
{
  g_autofree char *path = data_path("completions/stemglass-cli");
  g_autofree char *script = g_strdup_printf(
      "set -u; . '%s' || exit 3; cd '%s'; COMP_WORDS=(\"$SG_TEST_CLI\" %s); "
      "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
      "_stemglass_cli \"$SG_TEST_CLI\" \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"; "
      "printf '%%s\\n' \"${COMPREPLY[@]}\"",
      path, folder, words);
  const char *command[] = { "bash", "--norc", "-c", script, NULL };
  char *out = NULL;
  g_autofree char *complaints = NULL;
  int status;
  g_autoptr(GError) error = NULL;
  g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &complaints, &status,
               &error);
  g_assert_no_error(error);
  g_assert_cmpstr(complaints, ==, "");
  g_assert_cmpint(WEXITSTATUS(status), ==, 0);
  return out;
}

static void
test_completion(void)
{
  static const struct {
    const char *words, *offered;
  } cases[] = {
    { "se", "separate\n" },
    { "inf", "info\n" },
    { "--v", "--version\n" },
    { "separate --skip", "--skip-existing\n" },
    { "separate --o", "--output\n--overwrite\n" },
    { "info --", "--json\n--help\n" },
    { "separate a.wav --method hp", "hpss\n" },
    { "separate a.wav -m hp", "hpss\n" },
    { "separate a.wav --method = hp", "hpss\n" },
    { "separate -m hpss --stems ''", "drums\nrest\n" },
    { "separate --stems = drums,re", "drums,rest\n" },
    { "separate -m hpss --minus dr", "drums\n" },
    { "separate --strength dr", "drums=\n" },
    { "separate --format f", "flac\n" },
    { "separate -b 3", "32f\n" },
    { "separate -o sub", "subfolder\n" },
    { "separate so", "song one.wav\n" },
    { "separate --jobs ''", "\n" },
  };
  g_autofree char *bash = g_find_program_in_path("bash");
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *song = g_build_filename(folder, "song one.wav", NULL);
  g_autofree char *below = g_build_filename(folder, "subfolder", NULL);
  test_file_write(song, "x", 1);
  g_assert_cmpint(g_mkdir_with_parents(below, 0777), ==, 0);
  if (bash == NULL) {
    g_test_skip("bash is not installed");
    return;
  }
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *offered = complete(folder, cases[i].words);
    if (!g_str_equal(offered, cases[i].offered))
      g_error("“%s” is completed to “%s”, not to “%s”", cases[i].words, offered, cases[i].offered);
  }
}

/* All commands, all options of each, all methods: whatever the program has. */
static void
test_completion_is_complete(void)
{
  g_autofree char *bash = g_find_program_in_path("bash"), *help = program_help(NULL);
  if (bash == NULL) {
    g_test_skip("bash is not installed");
    return;
  }
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *commands_offered = complete(folder, "''");
  g_autoptr(GHashTable) commands = help_column(help, COMMAND);
  GHashTableIter iter, option_iter;
  gpointer command, option;
  g_hash_table_iter_init(&iter, commands);
  while (g_hash_table_iter_next(&iter, &command, NULL)) {
    g_assert_nonnull(strstr(commands_offered, command));
    g_autofree char *words = g_strdup_printf("%s -", (char *)command);
    g_autofree char *lines = complete(folder, words), *offered = g_strconcat("\n", lines, NULL);
    g_autofree char *command_help = program_help(command);
    g_autoptr(GHashTable) options = help_column(command_help, OPTION);
    g_hash_table_iter_init(&option_iter, options);
    while (g_hash_table_iter_next(&option_iter, &option, NULL)) {
      g_auto(GStrv) parts = g_strsplit_set(option, ",= ", -1);
      for (char **part = parts; *part != NULL; part++) {
        g_autofree char *line = g_strdup_printf("\n%s\n", *part);
        if (**part == '-' && strstr(offered, line) == NULL)
          g_error("%s: “%s” is not offered", (char *)command, *part);
      }
    }
  }
}

int
main(int argc, char **argv)
{
  g_setenv("LC_ALL", "C.UTF-8", TRUE);
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cli-manual/manual", test_manual);
  g_test_add_func("/cli-manual/layout", test_layout);
  g_test_add_func("/cli-manual/completion", test_completion);
  g_test_add_func("/cli-manual/completion-is-complete", test_completion_is_complete);
  return g_test_run();
}
