#include "core/base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support.h"

/* The document in one line, which is freed. */
static void
assert_prints(SgJson *json, const char *expected)
{
  char *text = sg_json_dup_text(json, false);
  g_assert_cmpstr(text, ==, expected);
  free(text);
  sg_json_free(json);
}

static void
test_values(void)
{
  SgJson *object = sg_json_object_new(), *array = sg_json_array_new(), *inner = sg_json_object_new();
  sg_json_set_text(object, "text", "a \"b\"\n\\");
  sg_json_set_number(object, "number", 0.5);
  sg_json_set_integer(object, "integer", INT64_MAX);
  sg_json_set_bool(object, "yes", true);
  sg_json_set_bool(inner, "no", false);
  sg_json_append_text(array, "x");
  sg_json_append(array, inner);
  sg_json_set(object, "array", array);
  assert_prints(
      object, "{\"text\":\"a \\\"b\\\"\\n\\\\\",\"number\":0.5,\"integer\":9223372036854775807,\"yes\":true,"
              "\"array\":[\"x\",{\"no\":false}]}");
}

static void
test_numbers_that_are_none(void)
{
  SgJson *object = sg_json_object_new();
  sg_json_set_number(object, "a", NAN);
  sg_json_set_number(object, "b", -INFINITY);
  sg_json_set_number(object, "c", INFINITY);
  assert_prints(object, "{\"a\":null,\"b\":null,\"c\":null}");
}

static void
test_bad_utf8(void)
{
  static const struct {
    const char *text, *expected;
  } cases[] = {
    { "caf\xc3\xa9 \xf0\x9f\xa5\x81", "[\"caf\xc3\xa9 \xf0\x9f\xa5\x81\"]" },
    { "a\xff"
      "b",
      "[\"a\xef\xbf\xbd"
      "b\"]" },
    { "\xc3", "[\"\xef\xbf\xbd\"]" },
    { "\xe2\x82", "[\"\xef\xbf\xbd\xef\xbf\xbd\"]" },
    { "\xf0\x9f\xa5", "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]" },
    { "\xc0\xaf!", "[\"\xef\xbf\xbd\xef\xbf\xbd!\"]" },               /* overlong */
    { "\xed\xa0\x80", "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]" }, /* a surrogate */
    { "\xf5\x80\x80\x80", "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]" },
    { "\xc3\xa9\xe2\x82\xac\xf0\x9f\xa5\x81\xff", "[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\xa5\x81\xef\xbf\xbd\"]" },
    { "", "[\"\"]" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    SgJson *array = sg_json_array_new();
    sg_json_append_text(array, cases[i].text);
    assert_prints(array, cases[i].expected);
  }
}

/* Whatever bytes come, what is printed is valid UTF-8. */
static void
test_random_bytes(void)
{
  SgRandom random = test_random();
  for (int round = 0; round < 2000; round++) {
    char bytes[12] = "";
    gsize n = sg_random_below(&random, 11);
    for (gsize i = 0; i < n; i++)
      bytes[i] = (char)(sg_random_below(&random, 3) > 0 ? 128 + sg_random_below(&random, 128)
                                                        : 1 + sg_random_below(&random, 127));
    SgJson *object = sg_json_object_new();
    sg_json_set_text(object, "t", bytes);
    char *text = sg_json_dup_text(object, round % 2 == 0);
    g_assert_nonnull(text);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    free(text);
    sg_json_free(object);
  }
}

/* A part that could not be made spoils the whole, and nothing before that crashes. */
static void
test_nothing(void)
{
  SgJson *object = sg_json_object_new();
  sg_json_set(object, "missing", NULL);
  g_assert_null(sg_json_dup_text(object, false));
  SgJson *array = sg_json_array_new();
  sg_json_append(array, object);
  g_assert_null(sg_json_dup_text(array, false));
  sg_json_free(array);
  sg_json_set(NULL, "a", sg_json_array_new());
  sg_json_set_text(NULL, "a", "b");
  sg_json_append(NULL, NULL);
  sg_json_append_text(NULL, "a");
  g_assert_null(sg_json_dup_text(NULL, true));
  sg_json_free(NULL);
}

static SgJson *
parsed(const char *text)
{
  SgJson *json;
  test_assert_ok(sg_json_parse(text, strlen(text), &json, NULL));
  return json;
}

static void
test_read(void)
{
  SgJson *json = parsed("{\"a\":[1,2.5,\"x\",true,null,{\"b\":-3.0}],\"c\":9223372036854775807}");
  const SgJsonValue *root = sg_json_root(json), *a = sg_json_get(root, "a");
  g_assert_cmpint(sg_json_kind(root), ==, SG_JSON_OBJECT);
  g_assert_cmpuint(sg_json_size(root), ==, 2);
  g_assert_cmpuint(sg_json_size(a), ==, 6);
  static const SgJsonKind kinds[] = { SG_JSON_NUMBER, SG_JSON_NUMBER, SG_JSON_TEXT,
                                      SG_JSON_BOOL,   SG_JSON_NULL,   SG_JSON_OBJECT };
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    g_assert_cmpint(sg_json_kind(sg_json_at(a, i)), ==, kinds[i]);
  int64_t integer = 7;
  double number;
  bool truth;
  g_assert_true(sg_json_read_integer(sg_json_at(a, 0), 1, 1, &integer));
  g_assert_cmpint(integer, ==, 1);
  g_assert_false(sg_json_read_integer(sg_json_at(a, 0), 2, 3, &integer));
  g_assert_false(sg_json_read_integer(sg_json_at(a, 1), 0, 9, &integer));
  g_assert_true(sg_json_read_integer(sg_json_get(sg_json_at(a, 5), "b"), -9, 9, &integer));
  g_assert_cmpint(integer, ==, -3);
  g_assert_true(sg_json_read_integer(sg_json_get(root, "c"), 0, INT64_MAX, &integer));
  g_assert_true(sg_json_read_number(sg_json_at(a, 1), &number) && number == 2.5);
  g_assert_true(sg_json_read_bool(sg_json_at(a, 3), &truth) && truth);
  g_assert_cmpstr(sg_json_text(sg_json_at(a, 2)), ==, "x");
  g_assert_cmpstr(sg_json_next_name(root, NULL), ==, "a");
  g_assert_cmpstr(sg_json_next_name(root, "a"), ==, "c");
  g_assert_null(sg_json_next_name(root, "c"));
  SgJson *shared = sg_json_share(a);
  sg_json_free(json);
  assert_prints(shared, "[1,2.5,\"x\",true,null,{\"b\":-3.0}]");
}

static void
test_read_nothing(void)
{
  SgJson *json = parsed("[]");
  const SgJsonValue *values[] = { NULL, sg_json_root(json), sg_json_get(sg_json_root(json), "a") };
  for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
    int64_t integer;
    double number;
    bool truth;
    g_assert_null(sg_json_get(values[i], "a"));
    g_assert_null(sg_json_at(values[i], 0));
    g_assert_null(sg_json_next_name(values[i], NULL));
    g_assert_null(sg_json_next_name(values[i], "a"));
    g_assert_null(sg_json_text(values[i]));
    g_assert_cmpuint(sg_json_size(values[i]), ==, 0);
    g_assert_false(sg_json_read_integer(values[i], 0, 1, &integer));
    g_assert_false(sg_json_read_number(values[i], &number));
    g_assert_false(sg_json_read_bool(values[i], &truth));
  }
  g_assert_null(sg_json_root(NULL));
  g_assert_null(sg_json_share(NULL));
  sg_json_free(json);
}

static void
test_parse_refuses(void)
{
  static const char *const texts[] = {
    "",   "{", "[1] 2", "{\"a\":1,\"a\":2}", "[\"\\u0000\"]", "\"\xff\"", "[1e999]", "[99999999999999999999]",
    "nan"
  };
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    SgJson *json;
    SgError error;
    test_assert_status(sg_json_parse(texts[i], strlen(texts[i]), &json, &error), SG_BAD_JSON);
    g_assert_null(json);
    g_assert_nonnull(strstr(error.detail, "line 1"));
    g_assert_cmpint(error.position, >=, 0);
  }
  g_autofree char *deep = g_strnfill(100000, '[');
  SgJson *json;
  test_assert_status(sg_json_parse(deep, 100000, &json, NULL), SG_BAD_JSON);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json/values", test_values);
  g_test_add_func("/json/numbers-that-are-none", test_numbers_that_are_none);
  g_test_add_func("/json/bad-utf8", test_bad_utf8);
  g_test_add_func("/json/random-bytes", test_random_bytes);
  g_test_add_func("/json/nothing", test_nothing);
  g_test_add_func("/json/read", test_read);
  g_test_add_func("/json/read-nothing", test_read_nothing);
  g_test_add_func("/json/parse-refuses", test_parse_refuses);
  return g_test_run();
}
