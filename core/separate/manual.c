#include "core/separate/manual.h"

#include "core/base/memory.h"

enum { CHUNK_FRAMES = 512 };

static const char *const sources[] = { "rest" };

struct SgMethod {
  SgMethodPlan plan;
  size_t frame_cells; /* channels × bins */
};

struct SgMethodWork {
  char unused;
};

static SgStatus
manual_create(const SgMethodSetup *setup, SgMethod **out_method, SgError *error)
{
  SgMethod *method = *out_method = SG_NEW(SgMethod, 1);
  if (method == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  method->plan = (SgMethodPlan){ .n_sources = 1, .sources = sources, .chunk_frames = CHUNK_FRAMES };
  method->frame_cells = (size_t)setup->n_channels * setup->stft.n_bins;
  return SG_OK;
}

static void
manual_free(SgMethod *method)
{
  sg_free(method);
}

static const SgMethodPlan *
manual_plan(const SgMethod *method)
{
  return &method->plan;
}

static SgMethodWork *
manual_work_new(const SgMethod *method)
{
  return SG_NEW(SgMethodWork, 1);
}

static void
manual_work_free(SgMethodWork *work)
{
  sg_free(work);
}

static SgStatus
manual_process(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, float *out_masks,
               SgError *error)
{
  for (size_t i = 0; i < (size_t)input->chunk_n * method->frame_cells; i++)
    out_masks[i] = 1.0f;
  return SG_OK;
}

static size_t
manual_inspect(const SgMethod *method, const SgMethodWork *work, int64_t frame, uint32_t channel,
               uint32_t bin, SgInspectValue *out_values, size_t n_values)
{
  return 0;
}

const SgMethodClass sg_manual_class = {
  .id = "manual",
  .create = manual_create,
  .free = manual_free,
  .plan = manual_plan,
  .work_new = manual_work_new,
  .work_free = manual_work_free,
  .process = manual_process,
  .inspect = manual_inspect,
};
