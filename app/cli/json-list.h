/* A JSON document that is a list, printed while it grows: machines can read along, and an interrupted run
 * leaves a whole document too.
 *
 * Threads: append from any. */
#pragma once

#include <glib.h>

#include "core/base/json.h"

typedef struct {
  const char *opening; /* the document up to the first element */
  GMutex lock;
  gboolean is_open;
  gboolean failed; /* an element could not be made */
} JsonList;

void json_list_init(JsonList *list, const char *opening);
/* Prints an element and frees it. */
void json_list_append(JsonList *list, SgJson *element);
/* Ends the document, also one without elements. FALSE when memory ran out on the way. */
gboolean json_list_end(JsonList *list);
