/* Documents that are read: what is taken is printed to what is taken again. */
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "tests/fuzz/fuzz.h"

/* Looks at everything; returns how many values there are. */
static size_t
walk(const SgJsonValue *value)
{
  size_t n = 1;
  bool truth;
  double number;
  int64_t integer;
  sg_json_read_bool(value, &truth);
  if (sg_json_read_integer(value, -1000, 1000, &integer))
    fuzz_check(integer >= -1000 && integer <= 1000 && sg_json_read_number(value, &number),
               "an integer is a number");
  fuzz_check((sg_json_text(value) != NULL) == (sg_json_kind(value) == SG_JSON_TEXT), "a text is one");
  if (sg_json_kind(value) == SG_JSON_ARRAY)
    for (size_t i = 0; i < sg_json_size(value); i++)
      n += walk(sg_json_at(value, i));
  if (sg_json_kind(value) == SG_JSON_OBJECT)
    for (const char *name = sg_json_next_name(value, NULL); name != NULL;
         name = sg_json_next_name(value, name))
      n += walk(sg_json_get(value, name));
  return n;
}

void
fuzz_target(const uint8_t *bytes, size_t n)
{
  SgJson *json, *again;
  SgError error;
  SgStatus status = sg_json_parse((const char *)bytes, n, &json, &error);
  if (status != SG_OK) {
    fuzz_check(json == NULL && error.status == status, "a failure gives no document but a reason");
    return;
  }
  size_t n_values = walk(sg_json_root(json));
  char *text = sg_json_dup_text(json, false);
  if (text != NULL) {
    status = sg_json_parse(text, strlen(text), &again, &error);
    fuzz_check(status == SG_OK || status == SG_NO_MEMORY, "what is printed can be read");
    fuzz_check(status != SG_OK || walk(sg_json_root(again)) == n_values, "no value is lost");
    sg_json_free(again);
  }
  free(text);
  sg_json_free(json);
}
