#include "core/train/curves.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgCurves, sg_curves_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgCurveTable, sg_curve_table_free)

static const char *const columns[] = { "loss/train", "loss/valid", "sdr/valid" };

static SgCurves *
curves_open(const char *stem, gint64 resume_step)
{
  SgCurves *curves;
  test_assert_ok(sg_curves_open(stem, columns, G_N_ELEMENTS(columns), resume_step, &curves, NULL));
  return curves;
}

static void
append(SgCurves *curves, gint64 step)
{
  double values[] = { 1.0 / (double)(step + 1), step % 2 == 0 ? NAN : 0.5, -3.25 };
  test_assert_ok(sg_curves_append(curves, step, 0.5 * (double)step, values, NULL));
}

static void
assert_content(const char *path, const char *expected)
{
  g_autoptr(GBytes) bytes = test_file_read(path);
  g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_assert_cmpstr(text, ==, expected);
}

static void
test_rows(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *stem = g_build_filename(folder, "curves", NULL);
  g_autofree char *csv = g_strconcat(stem, ".csv", NULL), *json = g_strconcat(stem, ".jsonl", NULL);
  g_autoptr(SgCurves) curves = curves_open(stem, 0);
  append(curves, 0);
  append(curves, 3);
  assert_content(csv, "step,seconds,loss/train,loss/valid,sdr/valid\n0,0,1,,-3.25\n3,1.5,0.25,0.5,-3.25\n");
  assert_content(json,
                 "{\"step\":0,\"seconds\":0.0,\"loss/train\":1.0,\"loss/valid\":null,\"sdr/valid\":-3.25}\n"
                 "{\"step\":3,\"seconds\":1.5,\"loss/train\":0.25,\"loss/valid\":0.5,\"sdr/valid\":-3.25}\n");
  g_autoptr(SgCurveTable) table = NULL;
  test_assert_ok(sg_curve_table_read(csv, &table, NULL));
  g_assert_cmpuint(table->n_columns, ==, 5);
  g_assert_cmpuint(table->n_rows, ==, 2);
  g_assert_cmpstr(table->names[0], ==, "step");
  g_assert_cmpstr(table->names[4], ==, "sdr/valid");
  g_assert_true(isnan(table->values[3]));
  g_assert_cmpfloat(table->values[5 + 2], ==, 0.25);
}

/* A decimal comma in the program's locale changes nothing. */
static void
test_locale(void)
{
  const char *const with_comma[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "fr_FR.utf8" };
  const char *found = NULL;
  for (gsize i = 0; found == NULL && i < G_N_ELEMENTS(with_comma); i++)
    found = setlocale(LC_NUMERIC, with_comma[i]);
  if (found == NULL) {
    g_test_skip("no locale with a decimal comma is installed");
    return;
  }
  test_rows();
  setlocale(LC_NUMERIC, "C");
}

/* Cut anywhere, as by kill −9, both files are repaired, and what is written again is as it was. */
static void
test_cut_and_resumed(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *stem = g_build_filename(folder, "curves", NULL);
  g_autofree char *csv = g_strconcat(stem, ".csv", NULL), *json = g_strconcat(stem, ".jsonl", NULL);
  SgCurves *whole = curves_open(stem, 0);
  for (gint64 step = 0; step < 5; step++)
    append(whole, step);
  sg_curves_free(whole);
  g_autoptr(GBytes) csv_bytes = test_file_read(csv), json_bytes = test_file_read(json);
  gsize n_csv = g_bytes_get_size(csv_bytes), n_json = g_bytes_get_size(json_bytes);
  for (gsize n = 0; n <= MAX(n_csv, n_json); n += 3) {
    test_file_write(csv, g_bytes_get_data(csv_bytes, NULL), MIN(n, n_csv));
    test_file_write(json, g_bytes_get_data(json_bytes, NULL), MIN(n, n_json));
    g_autoptr(SgCurveTable) table = NULL;
    SgCurves *resumed = curves_open(stem, 4);
    test_assert_ok(sg_curve_table_read(csv, &table, NULL));
    g_assert_cmpuint(table->n_rows, <=, 4);
    for (gint64 step = (gint64)table->n_rows; step < 5; step++)
      append(resumed, step);
    sg_curves_free(resumed);
    g_autoptr(GBytes) again = test_file_read(csv);
    g_assert_true(g_bytes_equal(again, csv_bytes));
  }
}

/* Rows of steps that the resumed run makes again go; earlier ones stay. */
static void
test_resume_step(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *stem = g_build_filename(folder, "curves", NULL);
  g_autofree char *csv = g_strconcat(stem, ".csv", NULL), *json = g_strconcat(stem, ".jsonl", NULL);
  SgCurves *curves = curves_open(stem, 0);
  for (gint64 step = 0; step < 100; step += 10)
    append(curves, step);
  sg_curves_free(curves);
  sg_curves_free(curves_open(stem, 41));
  g_autoptr(SgCurveTable) table = NULL;
  test_assert_ok(sg_curve_table_read(csv, &table, NULL));
  g_assert_cmpuint(table->n_rows, ==, 5);
  g_assert_cmpfloat(table->values[4 * 5], ==, 40.0);
  g_autoptr(GBytes) bytes = test_file_read(json);
  g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_assert_nonnull(strstr(text, "{\"step\":40,"));
  g_assert_null(strstr(text, "{\"step\":50,"));
  sg_curves_free(curves_open(stem, 0));
  assert_content(csv, "step,seconds,loss/train,loss/valid,sdr/valid\n");
  assert_content(json, "");
}

/* A child that writes as fast as it can is killed; whatever stands there then is whole but for its last line.
 */
static void
test_killed(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *stem = g_build_filename(folder, "curves", NULL);
  g_autofree char *csv = g_strconcat(stem, ".csv", NULL);
  for (int round = 0; round < 3; round++) {
    struct stat status;
    g_unlink(csv);
    pid_t child = fork();
    if (child == 0) {
      SgCurves *curves = curves_open(stem, 0);
      for (gint64 step = 0;; step++)
        append(curves, step);
    }
    while (stat(csv, &status) != 0 || status.st_size < 1000)
      g_usleep(1000);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    g_autoptr(SgCurves) curves = curves_open(stem, G_MAXINT64);
    g_autoptr(SgCurveTable) table = NULL;
    test_assert_ok(sg_curve_table_read(csv, &table, NULL));
    g_assert_cmpuint(table->n_rows, >, 0);
    for (gsize i = 0; i < table->n_rows; i++)
      g_assert_cmpfloat(table->values[i * 5], ==, (double)i);
  }
}

static void
test_refusals(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *stem = g_build_filename(folder, "curves", NULL);
  g_autofree char *csv = g_strconcat(stem, ".csv", NULL), *json = g_strconcat(stem, ".jsonl", NULL);
  SgCurves *curves;
  SgError error;
  const char *const bad[] = { "a,b", "a\"", "", "line\nbreak" };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
    test_assert_status(sg_curves_open(stem, &bad[i], 1, 0, &curves, &error), SG_BAD_ARGUMENT);
  sg_curves_free(curves_open(stem, 0));
  test_assert_status(sg_curves_open(stem, columns, 2, 0, &curves, &error), SG_BAD_ARGUMENT);
  g_assert_cmpstr(error.path, ==, csv);
  g_assert_null(curves);
  /* Somebody's own notes are left alone. */
  test_file_write(json, "notes\n", 6);
  test_assert_status(sg_curves_open(stem, columns, 3, 0, &curves, &error), SG_BAD_ARGUMENT);
  assert_content(json, "notes\n");
  SgCurveTable *table;
  test_file_write(csv, "step,seconds,a\n1,2,3\n1,x,3\n", 27);
  test_assert_status(sg_curve_table_read(csv, &table, &error), SG_BAD_FORMAT);
  g_assert_cmpint(error.position, ==, 3);
  test_assert_status(sg_curve_table_read(stem, &table, &error), SG_NOT_FOUND);
  test_assert_status(sg_curves_open("/nonexistent/x", columns, 3, 0, &curves, &error), SG_NOT_FOUND);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/train/curves/rows", test_rows);
  g_test_add_func("/train/curves/locale", test_locale);
  g_test_add_func("/train/curves/cut-and-resumed", test_cut_and_resumed);
  g_test_add_func("/train/curves/resume-step", test_resume_step);
  g_test_add_func("/train/curves/killed", test_killed);
  g_test_add_func("/train/curves/refusals", test_refusals);
  return g_test_run();
}
