#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "tests/support-cli.h"
#include "tests/support.h"

typedef struct {
  char *folder;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  fixture->folder = g_dir_make_tmp("corpus-XXXXXX", &error);
  g_assert_no_error(error);
}

static void
remove_tree(const char *path)
{
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    remove_tree(child);
  }
  g_remove(path);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  remove_tree(fixture->folder);
  g_free(fixture->folder);
}

/* Every file below with its bytes' checksum, sorted, as one text. */
static void
list_into(const char *path, const char *prefix, GPtrArray *lines)
{
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
    g_autofree char *child = g_build_filename(path, name, NULL),
                    *label = g_strconcat(prefix, "/", name, NULL);
    g_autofree char *bytes = NULL;
    gsize n = 0;
    if (g_file_test(child, G_FILE_TEST_IS_DIR)) {
      list_into(child, label, lines);
    } else if (g_file_get_contents(child, &bytes, &n, NULL)) {
      g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA1, (const guchar *)bytes, n);
      g_ptr_array_add(lines, g_strconcat(label, " ", sum, NULL));
    }
  }
}

static int
compare_lines(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *
dup_list(const char *path)
{
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
  list_into(path, "", lines);
  g_ptr_array_sort(lines, compare_lines);
  g_ptr_array_add(lines, NULL);
  return g_strjoinv("\n", (char **)lines->pdata);
}

/* One thread, two threads, and a build that was interrupted and started again make the same files. */
static void
test_same(Fixture *fixture, gconstpointer data)
{
  g_autofree char *one = g_build_filename(fixture->folder, "one", NULL);
  g_autofree char *two = g_build_filename(fixture->folder, "two", NULL);
  g_auto(CliRun) first = test_cli_run(fixture->folder, "corpus", "build", one, "--songs", "2", "--seconds",
                                      "10", "--no-voices", "--threads", "1", NULL);
  g_assert_cmpint(first.code, ==, 0);
  TestTime passed;
  g_auto(CliRun) stopped =
      test_cli_run_and_signal(fixture->folder, SIGINT, 1.0, &passed, "corpus", "build", two, "--songs", "2",
                              "--seconds", "10", "--no-voices", NULL);
  g_assert_true(stopped.code == 130 || stopped.code == 0);
  g_autofree char *left = dup_list(two);
  g_assert_null(strstr(left, ".making"));
  g_auto(CliRun) second = test_cli_run(fixture->folder, "corpus", "build", two, "--songs", "2", "--seconds",
                                       "10", "--no-voices", NULL);
  g_assert_cmpint(second.code, ==, 0);
  g_autofree char *list_one = dup_list(one), *list_two = dup_list(two);
  g_assert_cmpstr(list_one, ==, list_two);
  g_assert_nonnull(strstr(list_one, "/1-00001/drums.flac "));
  g_assert_nonnull(strstr(list_one, "/corpus-1.json "));
}

static void
test_usage(Fixture *fixture, gconstpointer data)
{
  g_auto(CliRun) none = test_cli_run(fixture->folder, "corpus", NULL);
  g_assert_cmpint(none.code, ==, 2);
  g_auto(CliRun) few = test_cli_run(fixture->folder, "corpus", "build", "x", "--songs", "0", NULL);
  g_assert_cmpint(few.code, ==, 2);
  g_assert_nonnull(strstr(few.err, "--songs 0"));
  g_auto(CliRun) missing = test_cli_run(fixture->folder, "corpus", "build", fixture->folder, "--no-voices",
                                        "--pop-scores", "/nowhere", NULL);
  g_assert_cmpint(missing.code, ==, 1);
  g_assert_nonnull(strstr(missing.err, "/nowhere"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/cli-corpus/same", Fixture, NULL, set_up, test_same, tear_down);
  g_test_add("/cli-corpus/usage", Fixture, NULL, set_up, test_usage, tear_down);
  return g_test_run();
}
