#include "core/train/loader.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "core/base/memory.h"
#include "core/base/workers.h"

typedef enum { SLOT_FREE, SLOT_FILLING, SLOT_READY, SLOT_HELD } SlotState;

/* Batch `step` is in slot step mod n_slots. */
typedef struct {
  SgBatch batch;
  SlotState state;
  SgStatus status;
  SgError error;
} Slot;

struct SgLoader {
  const SgSampler *sampler;
  SgSamplerWork **works; /* [n_threads] */
  unsigned n_threads;
  Slot *slots;
  size_t n_slots;
  SgWorkers *workers;
  atomic_bool cancelled;
  pthread_mutex_t lock; /* of all below and of the slots' states */
  pthread_cond_t changed;
  int64_t first_step, next_to_fill, next_to_give;
  double waited_s;
  int64_t n_waits;
};

static double
now_s(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static Slot *
slot_of(SgLoader *loader, int64_t step)
{
  return &loader->slots[(size_t)(step - loader->first_step) % loader->n_slots];
}

/* Waits for a slot to fill; NULL when it is over. */
static Slot *
take_slot(SgLoader *loader)
{
  Slot *slot;
  pthread_mutex_lock(&loader->lock);
  while ((slot = slot_of(loader, loader->next_to_fill))->state != SLOT_FREE &&
         !atomic_load(&loader->cancelled))
    pthread_cond_wait(&loader->changed, &loader->lock);
  if (atomic_load(&loader->cancelled)) {
    slot = NULL;
  } else {
    slot->state = SLOT_FILLING;
    slot->batch.step = loader->next_to_fill++;
  }
  pthread_mutex_unlock(&loader->lock);
  return slot;
}

static void
fill(SgLoader *loader, SgSamplerWork *work, Slot *slot)
{
  size_t n_targets = sg_sampler_target_floats(loader->sampler),
         n_mixture = sg_sampler_mixture_floats(loader->sampler);
  slot->status = SG_OK;
  for (size_t i = 0; slot->status == SG_OK && i < sg_sampler_batch_size(loader->sampler); i++)
    slot->status =
        sg_sampler_draw(loader->sampler, work, slot->batch.step, i, slot->batch.targets + i * n_targets,
                        slot->batch.mixtures + i * n_mixture, NULL, &slot->error);
  pthread_mutex_lock(&loader->lock);
  slot->state = SLOT_READY;
  pthread_cond_broadcast(&loader->changed);
  pthread_mutex_unlock(&loader->lock);
}

static void
load(unsigned index, void *user)
{
  SgLoader *loader = user;
  Slot *slot;
  while ((slot = take_slot(loader)) != NULL)
    fill(loader, loader->works[index], slot);
}

SgStatus
sg_loader_new(const SgSampler *sampler, int64_t first_step, unsigned n_threads, size_t n_ready,
              SgLoader **out_loader, SgError *error)
{
  *out_loader = NULL;
  if (n_ready < 1 || first_step < 0)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, n_ready < 1 ? "ready" : "step");
  SgLoader *loader = SG_NEW(SgLoader, 1);
  if (loader == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  pthread_mutex_init(&loader->lock, NULL);
  pthread_cond_init(&loader->changed, NULL);
  loader->sampler = sampler;
  loader->first_step = loader->next_to_fill = loader->next_to_give = first_step;
  loader->n_threads = n_threads > 0 ? n_threads : 1;
  loader->n_slots = n_ready + 1;
  loader->slots = SG_NEW(Slot, loader->n_slots);
  loader->works = SG_NEW(SgSamplerWork *, loader->n_threads);
  bool complete = loader->slots != NULL && loader->works != NULL;
  const size_t batch_size = sg_sampler_batch_size(sampler);
  for (size_t i = 0; complete && i < loader->n_slots; i++) {
    SgBatch *batch = &loader->slots[i].batch;
    batch->targets = sg_alloc(batch_size, sg_sampler_target_floats(sampler) * sizeof(float));
    batch->mixtures = sg_alloc(batch_size, sg_sampler_mixture_floats(sampler) * sizeof(float));
    complete = batch->targets != NULL && batch->mixtures != NULL;
  }
  for (unsigned i = 0; complete && i < loader->n_threads; i++) {
    loader->works[i] = sg_sampler_work_new(sampler, &loader->cancelled);
    complete = loader->works[i] != NULL;
  }
  if (complete)
    loader->workers = sg_workers_start(loader->n_threads, load, loader);
  if (loader->workers == NULL) {
    sg_loader_free(loader);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  *out_loader = loader;
  return SG_OK;
}

void
sg_loader_free(SgLoader *loader)
{
  if (loader == NULL)
    return;
  sg_loader_cancel(loader);
  sg_workers_join(loader->workers);
  for (unsigned i = 0; loader->works != NULL && i < loader->n_threads; i++)
    sg_sampler_work_free(loader->works[i]);
  for (size_t i = 0; loader->slots != NULL && i < loader->n_slots; i++) {
    sg_free(loader->slots[i].batch.targets);
    sg_free(loader->slots[i].batch.mixtures);
  }
  pthread_cond_destroy(&loader->changed);
  pthread_mutex_destroy(&loader->lock);
  sg_free(loader->works);
  sg_free(loader->slots);
  sg_free(loader);
}

SgStatus
sg_loader_next(SgLoader *loader, const SgBatch **out_batch, SgError *error)
{
  SgStatus status = SG_OK;
  *out_batch = NULL;
  pthread_mutex_lock(&loader->lock);
  Slot *slot = slot_of(loader, loader->next_to_give);
  if (slot->state != SLOT_READY && !atomic_load(&loader->cancelled)) {
    double from_s = now_s();
    loader->n_waits++;
    while (slot->state != SLOT_READY && !atomic_load(&loader->cancelled))
      pthread_cond_wait(&loader->changed, &loader->lock);
    loader->waited_s += now_s() - from_s;
  }
  if (atomic_load(&loader->cancelled)) {
    status = sg_error_set(error, SG_CANCELLED, NULL, NULL);
  } else if (slot->status != SG_OK) {
    /* It stays where it is, so that asking again says the same. */
    status = slot->status;
    if (error != NULL)
      *error = slot->error;
  } else {
    slot->state = SLOT_HELD;
    loader->next_to_give++;
    *out_batch = &slot->batch;
  }
  pthread_mutex_unlock(&loader->lock);
  return status;
}

void
sg_loader_give_back(SgLoader *loader, const SgBatch *batch)
{
  pthread_mutex_lock(&loader->lock);
  slot_of(loader, batch->step)->state = SLOT_FREE;
  pthread_cond_broadcast(&loader->changed);
  pthread_mutex_unlock(&loader->lock);
}

void
sg_loader_cancel(SgLoader *loader)
{
  pthread_mutex_lock(&loader->lock);
  atomic_store(&loader->cancelled, true);
  pthread_cond_broadcast(&loader->changed);
  pthread_mutex_unlock(&loader->lock);
}

double
sg_loader_waited_seconds(const SgLoader *loader)
{
  return loader->waited_s;
}

int64_t
sg_loader_n_waits(const SgLoader *loader)
{
  return loader->n_waits;
}
