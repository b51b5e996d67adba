/* JSON documents for machines, built and printed, and read (on Jansson).
 *
 * Building: a value is owned by whoever made it until it is put into another, which takes it. Putting NULL
 * (memory was out) into a value drops it, and sg_json_dup_text then returns NULL, so only the end need be
 * checked. Reading: a document is parsed whole and then looked into through borrowed values, which live as
 * long as the document. NULL stands for a value that is not there; every function takes it and says "no".
 * Threads: one document, one thread. Audio callback: never.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

typedef struct SgJson SgJson;

SgJson *sg_json_object_new(void);
SgJson *sg_json_array_new(void);
void sg_json_free(SgJson *json);

/* Members of an object. Text that is not valid UTF-8 is written with U+FFFD in place of the bad bytes; a
 * number that is not finite as null. */
void sg_json_set(SgJson *object, const char *name, SgJson *value);
void sg_json_set_text(SgJson *object, const char *name, const char *text);
void sg_json_set_number(SgJson *object, const char *name, double number);
void sg_json_set_integer(SgJson *object, const char *name, int64_t integer);
void sg_json_set_bool(SgJson *object, const char *name, bool truth);

/* Elements of an array. */
void sg_json_append(SgJson *array, SgJson *value);
void sg_json_append_text(SgJson *array, const char *text);
void sg_json_append_number(SgJson *array, double number);
void sg_json_append_integer(SgJson *array, int64_t integer);

/* The document as text, one line or indented; free with free(). NULL when memory ran out on the way. */
char *sg_json_dup_text(const SgJson *json, bool indented);

/* Whether memory ran out while it was built; true of NULL. */
bool sg_json_has_failed(const SgJson *json);

/* A value within a parsed document; borrowed. */
typedef struct SgJsonValue SgJsonValue;

typedef enum {
  SG_JSON_MISSING, /* of NULL */
  SG_JSON_NULL,
  SG_JSON_BOOL,
  SG_JSON_NUMBER,
  SG_JSON_TEXT,
  SG_JSON_ARRAY,
  SG_JSON_OBJECT,
} SgJsonKind;

/* Parses `n` bytes, which need no end mark. Refused with SG_BAD_JSON: what is not JSON (RFC 8259) in UTF-8,
 * bytes behind the document, a name twice in an object, a NUL in a text, numbers out of range, nesting
 * deeper than 2048. SG_NO_MEMORY. */
SgStatus sg_json_parse(const char *text, size_t n, SgJson **out_json, SgError *error);
const SgJsonValue *sg_json_root(const SgJson *json);
/* A value of a document made a document of its own, which shares the value; NULL when memory is out. */
SgJson *sg_json_share(const SgJsonValue *value);

SgJsonKind sg_json_kind(const SgJsonValue *value);
/* Members of an object, elements of an array, 0 of anything else. */
size_t sg_json_size(const SgJsonValue *value);
const SgJsonValue *sg_json_get(const SgJsonValue *object, const char *name);
const SgJsonValue *sg_json_at(const SgJsonValue *array, size_t index);
/* The name of the member behind the one called `after` (NULL: of the first), or NULL at the end. */
const char *sg_json_next_name(const SgJsonValue *object, const char *after);

/* The text, or NULL when it is none. */
const char *sg_json_text(const SgJsonValue *value);
/* False, and nothing written, when the value is of another kind or outside the bounds. An integer may be
 * written as 2.0. */
bool sg_json_read_bool(const SgJsonValue *value, bool *out_truth);
bool sg_json_read_number(const SgJsonValue *value, double *out_number);
bool sg_json_read_integer(const SgJsonValue *value, int64_t minimum, int64_t maximum, int64_t *out_integer);
