#include "core/base/json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
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

void
sg_json_append_number(SgJson *array, double number)
{
  json_t *value = isfinite(number) ? json_real(number) : json_null();
  if (array == NULL)
    json_decref(value);
  else if (json_array_append_new(array->value, value) != 0)
    array->failed = true;
}

void
sg_json_append_integer(SgJson *array, int64_t integer)
{
  if (array != NULL && json_array_append_new(array->value, json_integer(integer)) != 0)
    array->failed = true;
}

char *
sg_json_dup_text(const SgJson *json, bool indented)
{
  if (json == NULL || json->failed)
    return NULL;
  return json_dumps(json->value, (indented ? JSON_INDENT(2) : JSON_COMPACT) | JSON_REAL_PRECISION(9));
}

bool
sg_json_has_failed(const SgJson *json)
{
  return json == NULL || json->failed;
}

SgStatus
sg_json_parse(const char *text, size_t n, SgJson **out_json, SgError *error)
{
  *out_json = NULL;
  json_error_t why;
  json_t *value = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
  if (value == NULL) {
    if (json_error_code(&why) == json_error_out_of_memory)
      return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    char detail[SG_ERROR_DETAIL_SIZE];
    snprintf(detail, sizeof detail, "line %d: %s", why.line, why.text);
    sg_error_set(error, SG_BAD_JSON, NULL, detail);
    if (error != NULL)
      error->position = why.position;
    return SG_BAD_JSON;
  }
  *out_json = wrap(value);
  return *out_json != NULL ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
}

static json_t *
unwrap(const SgJsonValue *value)
{
  return (json_t *)value;
}

static const SgJsonValue *
borrow(const json_t *value)
{
  return (const SgJsonValue *)value;
}

const SgJsonValue *
sg_json_root(const SgJson *json)
{
  return json != NULL ? borrow(json->value) : NULL;
}

SgJson *
sg_json_share(const SgJsonValue *value)
{
  return value != NULL ? wrap(json_incref(unwrap(value))) : NULL;
}

SgJsonKind
sg_json_kind(const SgJsonValue *value)
{
  if (value == NULL)
    return SG_JSON_MISSING;
  switch (json_typeof(unwrap(value))) {
  case JSON_OBJECT:
    return SG_JSON_OBJECT;
  case JSON_ARRAY:
    return SG_JSON_ARRAY;
  case JSON_STRING:
    return SG_JSON_TEXT;
  case JSON_INTEGER:
  case JSON_REAL:
    return SG_JSON_NUMBER;
  case JSON_TRUE:
  case JSON_FALSE:
    return SG_JSON_BOOL;
  default:
    return SG_JSON_NULL;
  }
}

size_t
sg_json_size(const SgJsonValue *value)
{
  return sg_json_kind(value) == SG_JSON_OBJECT ? json_object_size(unwrap(value))
                                               : json_array_size(unwrap(value));
}

const SgJsonValue *
sg_json_get(const SgJsonValue *object, const char *name)
{
  return borrow(json_object_get(unwrap(object), name));
}

const SgJsonValue *
sg_json_at(const SgJsonValue *array, size_t index)
{
  return borrow(json_array_get(unwrap(array), index));
}

const char *
sg_json_next_name(const SgJsonValue *object, const char *after)
{
  json_t *value = unwrap(object);
  void *at = after == NULL ? json_object_iter(value)
                           : json_object_iter_next(value, json_object_iter_at(value, after));
  return at != NULL ? json_object_iter_key(at) : NULL;
}

const char *
sg_json_text(const SgJsonValue *value)
{
  return json_string_value(unwrap(value));
}

bool
sg_json_read_bool(const SgJsonValue *value, bool *out_truth)
{
  if (sg_json_kind(value) != SG_JSON_BOOL)
    return false;
  *out_truth = json_is_true(unwrap(value));
  return true;
}

bool
sg_json_read_number(const SgJsonValue *value, double *out_number)
{
  if (sg_json_kind(value) != SG_JSON_NUMBER)
    return false;
  *out_number = json_number_value(unwrap(value));
  return true;
}

bool
sg_json_read_integer(const SgJsonValue *value, int64_t minimum, int64_t maximum, int64_t *out_integer)
{
  if (sg_json_kind(value) != SG_JSON_NUMBER)
    return false;
  int64_t integer = json_integer_value(unwrap(value));
  if (json_is_real(unwrap(value))) {
    double number = json_real_value(unwrap(value));
    if (number != floor(number) || fabs(number) > 0x1p53)
      return false;
    integer = (int64_t)number;
  }
  if (integer < minimum || integer > maximum)
    return false;
  *out_integer = integer;
  return true;
}
