#include "core/session/display-name.h"

static void
test_names(void)
{
  static const struct {
    const char *path, *shown;
  } cases[] = {
    { "/a/song.wav", "/a/song.wav" },
    { "🥁 café", "🥁 café" },
    { "two\nlines\t", "two␊lines␉" },
    { "\033[2Jx\177", "␛[2Jx␡" },
    { "c1\xc2\x9b"
      "31m",
      "c1\xef\xbf\xbd"
      "31m" },
    { "latin \xe9", "latin \xef\xbf\xbd" },
    { "", "" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *shown = sg_dup_display_name(cases[i].path);
    g_assert_cmpstr(shown, ==, cases[i].shown);
  }
}

int
main(int argc, char **argv)
{
  g_setenv("LC_ALL", "C.UTF-8", TRUE);
  g_setenv("G_FILENAME_ENCODING", "UTF-8", TRUE);
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/display-name/names", test_names);
  return g_test_run();
}
