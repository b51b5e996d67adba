/* Documents from any bytes: what is printed is text in UTF-8 in one line. */
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "tests/fuzz/fuzz.h"

/* Whether the text is well-formed UTF-8 (RFC 3629 §4) without control characters. */
static bool
is_plain_utf8(const unsigned char *text)
{
  while (*text != '\0') {
    unsigned lead = *text, n_more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (lead < 0x20 || (lead >= 0x80 && lead < 0xc2) || lead > 0xf4)
      return false;
    for (unsigned i = 1; i <= n_more; i++)
      if ((text[i] & 0xc0) != 0x80)
        return false;
    if ((lead == 0xe0 && text[1] < 0xa0) || (lead == 0xed && text[1] > 0x9f) ||
        (lead == 0xf0 && text[1] < 0x90) || (lead == 0xf4 && text[1] > 0x8f))
      return false;
    text += n_more + 1;
  }
  return true;
}

void
fuzz_target(const uint8_t *bytes, size_t n)
{
  static char text[4096];
  double number = 0.0;
  size_t length = n < sizeof text ? n : sizeof text - 1;
  memcpy(text, bytes, length);
  text[length] = '\0';
  memcpy(&number, bytes, n < sizeof number ? n : sizeof number);
  SgJson *object = sg_json_object_new(), *array = sg_json_array_new(), *inner = sg_json_object_new();
  sg_json_append_text(array, text);
  sg_json_set_text(inner, "text", text + length / 2);
  sg_json_set_number(inner, "number", number);
  sg_json_append(array, inner);
  sg_json_set(object, "array", array);
  char *document = sg_json_dup_text(object, false);
  if (document != NULL)
    fuzz_check(document[0] == '{' && is_plain_utf8((const unsigned char *)document), "the document is UTF-8");
  free(document);
  sg_json_free(object);
}
