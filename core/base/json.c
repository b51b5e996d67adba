#include "core/base/json.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

struct SgJson {
  json_t *value;
  bool failed;
};

static SgJson *
wrap(json_t *value)
{
  SgJson *json = SG_NEW(SgJson, 1);
  if (json == NULL || value == NULL) {
    json_decref(value);
    sg_free(json);
    return NULL;
  }
  json->value = value;
  return json;
}

SgJson *
sg_json_object_new(void)
{
  return wrap(json_object());
}

SgJson *
sg_json_array_new(void)
{
  return wrap(json_array());
}

void
sg_json_free(SgJson *json)
{
  if (json == NULL)
    return;
  json_decref(json->value);
  sg_free(json);
}

/* Bytes of the UTF-8 sequence at `text`, or 0 when it is not one. */
static size_t
sequence_length(const char *text)
{
  unsigned char lead = (unsigned char)text[0];
  size_t n = lead < 0x80                   ? 1
             : lead >= 0xc2 && lead < 0xe0 ? 2
             : lead >= 0xe0 && lead < 0xf0 ? 3
             : lead >= 0xf0 && lead < 0xf5 ? 4
                                           : 0;
  for (size_t i = 1; i < n; i++)
    if (((unsigned char)text[i] & 0xc0) != 0x80)
      return 0;
  json_t *checked = n > 0 ? json_stringn(text, n) : NULL;
  json_decref(checked);
  return checked != NULL ? n : 0;
}

static json_t *
text_value(const char *text)
{
  json_t *value = json_string(text);
  if (value != NULL)
    return value;
  static const char replacement[] = "\xef\xbf\xbd";
  char *valid = malloc(3 * strlen(text) + 1);
  if (valid == NULL)
    return NULL;
  char *to = valid;
  while (*text != '\0') {
    size_t n = sequence_length(text);
    memcpy(to, n > 0 ? text : replacement, n > 0 ? n : 3);
    to += n > 0 ? n : 3;
    text += n > 0 ? n : 1;
  }
  *to = '\0';
  value = json_string(valid);
  free(valid);
  return value;
}

static void
set_value(SgJson *object, const char *name, json_t *value)
{
  if (object == NULL)
    json_decref(value);
  else if (json_object_set_new(object->value, name, value) != 0)
    object->failed = true;
}

void
sg_json_set(SgJson *object, const char *name, SgJson *value)
{
  if (object != NULL && (value == NULL || value->failed))
    object->failed = true;
  else if (object != NULL)
    set_value(object, name, json_incref(value->value));
  sg_json_free(value);
}

void
sg_json_set_text(SgJson *object, const char *name, const char *text)
{
  set_value(object, name, text_value(text));
}

void
sg_json_set_number(SgJson *object, const char *name, double number)
{
  set_value(object, name, isfinite(number) ? json_real(number) : json_null());
}

void
sg_json_set_integer(SgJson *object, const char *name, int64_t integer)
{
  set_value(object, name, json_integer(integer));
}

void
sg_json_set_bool(SgJson *object, const char *name, bool truth)
{
  set_value(object, name, json_boolean(truth));
}

void
sg_json_append(SgJson *array, SgJson *value)
{
  if (array != NULL && (value == NULL || value->failed || json_array_append(array->value, value->value) != 0))
    array->failed = true;
  sg_json_free(value);
}

void
sg_json_append_text(SgJson *array, const char *text)
{
  if (array != NULL && json_array_append_new(array->value, text_value(text)) != 0)
    array->failed = true;
}

char *
sg_json_dup_text(const SgJson *json, bool indented)
{
  if (json == NULL || json->failed)
    return NULL;
  return json_dumps(json->value, (indented ? JSON_INDENT(2) : JSON_COMPACT) | JSON_REAL_PRECISION(9));
}
