#include "app/cli/json-list.h"

#include <stdio.h>
#include <stdlib.h>

void
json_list_init(JsonList *list, const char *opening)
{
  *list = (JsonList){ .opening = opening };
  g_mutex_init(&list->lock);
}

static void
open_document(JsonList *list)
{
  if (!list->is_open)
    fputs(list->opening, stdout);
  list->is_open = TRUE;
}

void
json_list_append(JsonList *list, SgJson *element)
{
  char *text = sg_json_dup_text(element, true);
  sg_json_free(element);
  g_mutex_lock(&list->lock);
  fputs(list->is_open ? ",\n" : "", stdout);
  open_document(list);
  fputs(text != NULL ? text : "null", stdout);
  fflush(stdout);
  list->failed |= text == NULL;
  g_mutex_unlock(&list->lock);
  free(text);
}

gboolean
json_list_end(JsonList *list)
{
  open_document(list);
  fputs("\n]}\n", stdout);
  g_mutex_clear(&list->lock);
  return !list->failed;
}
