#include "core/base/status.h"

#include <errno.h>
#include <string.h>

#include "tests/support.h"

static void
test_every_status_has_an_id(void)
{
  for (int a = 0; a < SG_N_STATUS; a++) {
    g_assert_nonnull(sg_status_id((SgStatus)a));
    g_assert_cmpuint(strlen(sg_status_id((SgStatus)a)), >, 0);
    for (int b = 0; b < a; b++)
      g_assert_cmpstr(sg_status_id((SgStatus)a), !=, sg_status_id((SgStatus)b));
  }
  g_assert_null(sg_status_id(SG_N_STATUS));
  g_assert_null(sg_status_id((SgStatus)-1));
}

static void
test_set(void)
{
  SgError error;
  memset(&error, 0x55, sizeof error);
  test_assert_status(sg_error_set(&error, SG_NOT_AUDIO, "a/b.wav", "why"), SG_NOT_AUDIO);
  test_assert_status(error.status, SG_NOT_AUDIO);
  g_assert_cmpstr(error.path, ==, "a/b.wav");
  g_assert_cmpstr(error.detail, ==, "why");
  g_assert_cmpint(error.position, ==, -1);
  g_assert_cmpint(error.expected, ==, 0);
  g_assert_cmpint(error.actual, ==, 0);
  test_assert_status(sg_error_set(NULL, SG_EXISTS, "a", NULL), SG_EXISTS);
  sg_error_set(&error, SG_EXISTS, NULL, NULL);
  g_assert_cmpstr(error.path, ==, "");
  g_assert_cmpstr(error.detail, ==, "");
}

static void
test_long_texts_are_cut(void)
{
  g_autofree char *text = g_strnfill(5000, 'x');
  SgError error;
  sg_error_set(&error, SG_NOT_FOUND, text, text);
  g_assert_cmpuint(strlen(error.path), ==, SG_ERROR_PATH_SIZE - 1);
  g_assert_cmpuint(strlen(error.detail), ==, SG_ERROR_DETAIL_SIZE - 1);
}

static void
test_errno(void)
{
  static const struct {
    int errno_value;
    SgStatus status;
  } cases[] = {
    { ENOENT, SG_NOT_FOUND },    { EACCES, SG_NO_PERMISSION },
    { EPERM, SG_NO_PERMISSION }, { EISDIR, SG_IS_FOLDER },
    { ENOSPC, SG_NO_SPACE },     { EDQUOT, SG_NO_SPACE },
    { EEXIST, SG_EXISTS },       { ENOMEM, SG_NO_MEMORY },
    { EIO, SG_READ_FAILED },     { ENAMETOOLONG, SG_READ_FAILED },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    SgError error;
    test_assert_status(sg_error_set_errno(&error, cases[i].errno_value, SG_READ_FAILED, "p"),
                       cases[i].status);
    test_assert_status(error.status, cases[i].status);
    g_assert_cmpstr(error.path, ==, "p");
    g_assert_cmpstr(error.detail, ==, strerror(cases[i].errno_value));
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/status/every-status-has-an-id", test_every_status_has_an_id);
  g_test_add_func("/status/set", test_set);
  g_test_add_func("/status/long-texts-are-cut", test_long_texts_are_cut);
  g_test_add_func("/status/errno", test_errno);
  return g_test_run();
}
