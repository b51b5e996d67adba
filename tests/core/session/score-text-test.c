#include "core/session/score-text.h"

#include <string.h>

static void
check(const char *text)
{
  g_assert_nonnull(text);
  g_assert_cmpuint(strlen(text), >, 8);
  g_assert_true(g_utf8_validate(text, -1, NULL));
  g_assert_false(g_str_has_suffix(text, "."));
}

static void
test_every_flag_has_a_text(void)
{
  for (guint a = 0; a < SG_N_SCORE_FLAGS; a++) {
    check(sg_score_flag_text(a));
    for (guint b = 0; b < a; b++)
      g_assert_cmpstr(sg_score_flag_text(a), !=, sg_score_flag_text(b));
  }
  g_assert_null(sg_score_flag_text(SG_N_SCORE_FLAGS));
}

/* The texts are in the order of the flags. */
static void
test_flags_say_what_they_are(void)
{
  static const struct {
    guint32 flag;
    const char *word;
  } cases[] = { { SG_SCORE_NO_ESTIMATE, "no estimate" },
                { SG_SCORE_REFERENCE_SILENT, "the reference is silent" },
                { SG_SCORE_ESTIMATE_SILENT, "the estimate is silent" },
                { SG_SCORE_SET_REDUCED, "another source" },
                { SG_SCORE_WINDOWS_SILENT, "left out" },
                { SG_SCORE_NO_WINDOW, "no value along time" },
                { SG_SCORE_SHORT, "shorter than a second" },
                { SG_SCORE_SINGULAR, "depend on one another" },
                { SG_SCORE_CUT, "was cut" },
                { SG_SCORE_PADDED, "filled with silence" } };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    g_assert_nonnull(strstr(sg_score_flag_text((guint)g_bit_nth_lsf(cases[i].flag, -1)), cases[i].word));
}

static void
test_every_oracle_has_a_text(void)
{
  for (int a = 0; a < SG_N_ORACLES; a++) {
    check(sg_oracle_text((SgOracle)a));
    for (int b = 0; b < a; b++)
      g_assert_cmpstr(sg_oracle_text((SgOracle)a), !=, sg_oracle_text((SgOracle)b));
  }
  g_assert_null(sg_oracle_text(SG_N_ORACLES));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/session/score-text/every-flag-has-a-text", test_every_flag_has_a_text);
  g_test_add_func("/session/score-text/flags-say-what-they-are", test_flags_say_what_they_are);
  g_test_add_func("/session/score-text/every-oracle-has-a-text", test_every_oracle_has_a_text);
  return g_test_run();
}
