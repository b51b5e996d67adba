/* JSON documents for machines, built and printed (on Jansson).
 *
 * A value is owned by whoever made it until it is put into another, which takes it. Putting NULL (memory was
 * out) into a value drops it, and sg_json_dup_text then returns NULL, so only the end need be checked.
 * Threads: one document, one thread. Audio callback: never.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

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

/* The document as text, one line or indented; free with free(). NULL when memory ran out on the way. */
char *sg_json_dup_text(const SgJson *json, bool indented);
