#include "core/base/memory.h"
#include "core/play/output-paced.h"

typedef struct {
  SgPacedOutput paced;
  uint32_t rate_hz; /* 0: as wanted */
} NullOutput;

static SgStatus
null_open(SgOutput *output, uint32_t wanted_rate_hz, SgError *error)
{
  const NullOutput *null = (const NullOutput *)output;
  output->rate_hz = null->rate_hz != 0 ? null->rate_hz : wanted_rate_hz;
  return SG_OK;
}

static void
null_close(SgOutput *output)
{
}

static SgStatus
null_check(SgOutput *output, SgError *error)
{
  return SG_OK;
}

static void
null_free(SgOutput *output)
{
  sg_free(output);
}

SgOutput *
sg_output_null_new(uint32_t rate_hz)
{
  static const SgOutputClass class = { .open = null_open,
                                       .close = null_close,
                                       .start = sg_paced_start,
                                       .stop = sg_paced_stop,
                                       .check = null_check,
                                       .free = null_free };
  NullOutput *null = SG_NEW(NullOutput, 1);
  if (null == NULL)
    return NULL;
  null->paced.output.class = &class;
  null->rate_hz = rate_hz;
  return &null->paced.output;
}
