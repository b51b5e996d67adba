#include "core/nn/weights.h"

#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"

const SgWeight *
sg_weight_table_find(const SgWeightTable *table, const char *name)
{
  for (size_t i = 0; i < table->n_rows; i++)
    if (strcmp(table->rows[i].name, name) == 0)
      return &table->rows[i];
  return NULL;
}

bool
sg_weight_table_equal(const SgWeightTable *a, const SgWeightTable *b)
{
  if (a->n_rows != b->n_rows)
    return false;
  for (size_t i = 0; i < a->n_rows; i++)
    if (strcmp(a->rows[i].name, b->rows[i].name) != 0 || a->rows[i].is_state != b->rows[i].is_state ||
        !sg_shape_equal(&a->rows[i].shape, &b->rows[i].shape))
      return false;
  return true;
}

/* FNV-1a. */
static uint64_t
hash_name(const char *name)
{
  uint64_t hash = 0xcbf29ce484222325u;
  for (; *name != '\0'; name++)
    hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
  return hash;
}

void
sg_weight_table_draw(const SgWeightTable *table, uint64_t seed, float *weights, float *states)
{
  memset(weights, 0, table->n_weights * sizeof *weights);
  memset(states, 0, table->n_states * sizeof *states);
  for (size_t i = 0; i < table->n_rows; i++) {
    const SgWeight *row = &table->rows[i];
    float *values = (row->is_state ? states : weights) + row->offset;
    SgRandom random = sg_random_seeded(seed ^ hash_name(row->name));
    for (size_t k = 0; k < row->count; k++)
      values[k] = (float)(row->initial + row->bound * (2.0 * sg_random_unit(&random) - 1.0));
  }
}

static bool
grow(SgWeightTable *table)
{
  if (table->n_rows < table->capacity)
    return true;
  size_t capacity = table->capacity > 0 ? 2 * table->capacity : 32;
  SgWeight *rows = SG_NEW(SgWeight, capacity);
  if (rows == NULL)
    return false;
  if (table->n_rows > 0)
    memcpy(rows, table->rows, table->n_rows * sizeof *rows);
  sg_free(table->rows);
  table->rows = rows;
  table->capacity = capacity;
  return true;
}

SgStatus
sg_weight_table_add(SgWeightTable *table, const SgWeight *weight, size_t *out_row, SgError *error)
{
  const SgWeight *there = sg_weight_table_find(table, weight->name);
  if (there != NULL) {
    *out_row = (size_t)(there - table->rows);
    if (sg_shape_equal(&there->shape, &weight->shape) && there->is_state == weight->is_state)
      return SG_OK;
    char detail[SG_ERROR_DETAIL_SIZE], a[SG_SHAPE_TEXT_SIZE], b[SG_SHAPE_TEXT_SIZE];
    snprintf(detail, sizeof detail, "%.60s: shared by nodes that need %.30s and %.30s", weight->name,
             sg_shape_text(&there->shape, a), sg_shape_text(&weight->shape, b));
    return sg_error_set(error, SG_BAD_GRAPH, NULL, detail);
  }
  if (!grow(table))
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  SgWeight *row = &table->rows[table->n_rows];
  *row = *weight;
  size_t *end = row->is_state ? &table->n_states : &table->n_weights;
  row->count = (size_t)sg_shape_count(&row->shape);
  row->offset = *end;
  *end += (row->count + SG_WEIGHT_GRAIN - 1) / SG_WEIGHT_GRAIN * SG_WEIGHT_GRAIN;
  *out_row = table->n_rows++;
  return SG_OK;
}

void
sg_weight_table_clear(SgWeightTable *table)
{
  sg_free(table->rows);
  memset(table, 0, sizeof *table);
}
