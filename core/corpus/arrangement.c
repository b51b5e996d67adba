#include "core/corpus/arrangement.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

bool
sg_notes_add(SgNotes *notes, SgMidiNote note)
{
  if (notes->n == notes->capacity) {
    size_t capacity = notes->capacity > 0 ? 2 * notes->capacity : 256;
    SgMidiNote *grown = SG_NEW(SgMidiNote, capacity);
    if (grown == NULL)
      return false;
    if (notes->n > 0)
      memcpy(grown, notes->items, notes->n * sizeof *grown);
    sg_free(notes->items);
    notes->items = grown;
    notes->capacity = capacity;
  }
  notes->items[notes->n++] = note;
  return true;
}

void
sg_notes_clear(SgNotes *notes)
{
  sg_free(notes->items);
  *notes = (SgNotes){ NULL, 0, 0 };
}

static int
by_start(const void *a, const void *b)
{
  const SgMidiNote *x = a, *y = b;
  if (x->start_s != y->start_s)
    return x->start_s < y->start_s ? -1 : 1;
  if (x->track != y->track)
    return x->track < y->track ? -1 : 1;
  return (x->key > y->key) - (x->key < y->key);
}

void
sg_notes_sort(SgNotes *notes)
{
  if (notes->n > 0)
    qsort(notes->items, notes->n, sizeof *notes->items, by_start);
}

void
sg_arrangement_clear(SgArrangement *arrangement)
{
  for (int role = 0; role < SG_N_ROLES; role++)
    sg_notes_clear(&arrangement->parts[role]);
}
