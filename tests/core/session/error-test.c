#include "core/session/error.h"

#include <gio/gio.h>
#include <string.h>

#include "tests/support.h"

static void
test_every_status_has_a_text(void)
{
  for (int a = 0; a < SG_N_STATUS; a++) {
    const char *text = sg_status_text((SgStatus)a);
    g_assert_nonnull(text);
    g_assert_cmpuint(strlen(text), >, 3);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    g_assert_false(g_str_has_suffix(text, "."));
    for (int b = 0; b < a; b++)
      g_assert_cmpstr(text, !=, sg_status_text((SgStatus)b));
  }
}

/* One sentence that names the file. */
static void
test_every_sentence_names_the_file(void)
{
  for (int status = 1; status < SG_N_STATUS; status++) {
    SgError error;
    sg_error_set(&error, (SgStatus)status, "/songs/Über uns.wav", "because");
    g_autofree char *sentence = sg_error_dup_sentence(&error);
    g_assert_nonnull(strstr(sentence, "/songs/Über uns.wav"));
    g_assert_nonnull(strstr(sentence, sg_status_text((SgStatus)status)));
    g_assert_true(g_str_has_suffix(sentence, "."));
    g_assert_null(strchr(sentence, '\n'));
  }
}

static void
assert_sentence_has(SgError error, const char *a, const char *b)
{
  g_autofree char *sentence = sg_error_dup_sentence(&error);
  if (strstr(sentence, a) == NULL || strstr(sentence, b) == NULL)
    g_error("“%s” lacks “%s” or “%s”", sentence, a, b);
}

static void
test_numbers(void)
{
  SgError error = { .status = SG_TRUNCATED, .path = "a.wav", .expected = 1000, .actual = 77 };
  assert_sentence_has(error, "1000", "77");
  error.expected = 0;
  assert_sentence_has(error, "77", "samples");
  error =
      (SgError){ .status = SG_BAD_SAMPLE, .path = "a.wav", .detail = "NaN", .position = 12345, .actual = 1 };
  assert_sentence_has(error, "12345", "channel 2");
  assert_sentence_has(error, "NaN", "a.wav");
  error = (SgError){ .status = SG_NO_SPACE, .path = "/tmp", .expected = 5000000000, .actual = 1000000 };
  assert_sentence_has(error, "5.0", "1.0");
  error = (SgError){ .status = SG_BAD_MODEL, .path = "a", .detail = "fc1.weight: cut", .position = 4242 };
  assert_sentence_has(error, "4242", "fc1.weight");
}

static void
test_odd_paths(void)
{
  SgError error;
  sg_error_set(&error, SG_NOT_FOUND, "bad \xff name", NULL);
  g_autofree char *sentence = sg_error_dup_sentence(&error);
  g_assert_true(g_utf8_validate(sentence, -1, NULL));
  sg_error_set(&error, SG_NO_MEMORY, NULL, NULL);
  g_autofree char *bare = sg_error_dup_sentence(&error);
  g_assert_null(strstr(bare, "“"));
}

static void
test_propagate(void)
{
  for (int status = 1; status < SG_N_STATUS; status++) {
    SgError engine_error;
    g_autoptr(GError) error = NULL;
    sg_error_set(&engine_error, (SgStatus)status, "x.wav", NULL);
    sg_error_propagate(&error, &engine_error);
    g_autofree char *sentence = sg_error_dup_sentence(&engine_error);
    g_assert_cmpstr(error->message, ==, sentence);
    if (status == SG_CANCELLED)
      g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    else
      g_assert_error(error, SG_ENGINE_ERROR, status);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/error/every-status-has-a-text", test_every_status_has_a_text);
  g_test_add_func("/error/every-sentence-names-the-file", test_every_sentence_names_the_file);
  g_test_add_func("/error/numbers", test_numbers);
  g_test_add_func("/error/odd-paths", test_odd_paths);
  g_test_add_func("/error/propagate", test_propagate);
  return g_test_run();
}
