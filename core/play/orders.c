#include "core/play/orders.h"

#include <math.h>
#include <time.h>

#include "core/base/memory.h"

SgOrders *
sg_orders_new(void)
{
  SgOrders *orders = SG_NEW(SgOrders, 1);
  if (orders == NULL)
    return NULL;
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&orders->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  pthread_mutex_init(&orders->lock, NULL);
  orders->jump_serial = 1; /* decks that do not exist have serial 0 */
  orders->output_error.position = -1;
  orders->style = (SgPlayStyle){ .settings = SG_RENDER_SETTINGS_NATURAL, .speed = 1.0 };
  return orders;
}

void
sg_orders_free(SgOrders *orders)
{
  if (orders == NULL)
    return;
  sg_orders_unref(orders, orders->source);
  sg_beat_grid_unref(orders->style.grid);
  sg_output_free(orders->next_output);
  sg_orders_release_sources(orders);
  pthread_cond_destroy(&orders->changed);
  pthread_mutex_destroy(&orders->lock);
  sg_free(orders);
}

void
sg_orders_tell(SgOrders *orders)
{
  orders->n_changes++;
  pthread_cond_signal(&orders->changed);
}

void
sg_orders_jump(SgOrders *orders, int64_t position)
{
  orders->jump = true;
  orders->jump_to = position;
  orders->jump_serial++;
  orders->lead = false;
}

void
sg_orders_fill_gains(SgOrders *orders)
{
  for (int j = 0; j < SG_MAX_SOURCES; j++) {
    orders->style.gains[j][0] = orders->gains[j] * fminf(1.0f, 1.0f - orders->pans[j]);
    orders->style.gains[j][1] = orders->gains[j] * fminf(1.0f, 1.0f + orders->pans[j]);
  }
}

void
sg_orders_unref(SgOrders *orders, SgPlaySource *source)
{
  if (!sg_play_source_unref(source))
    return;
  source->next = orders->unreferenced;
  orders->unreferenced = source;
}

void
sg_orders_release_sources(SgOrders *orders)
{
  pthread_mutex_lock(&orders->lock);
  SgPlaySource *source = orders->unreferenced;
  orders->unreferenced = NULL;
  pthread_mutex_unlock(&orders->lock);
  while (source != NULL) {
    SgPlaySource *next = source->next;
    sg_play_source_release(source);
    source = next;
  }
}
