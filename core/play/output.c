#include "core/play/output-private.h"

void
sg_output_free(SgOutput *output)
{
  if (output == NULL)
    return;
  sg_output_close(output);
  output->class->free(output);
}

SgStatus
sg_output_open(SgOutput *output, uint32_t wanted_rate_hz, SgOutputCallback callback, void *user,
               SgError *error)
{
  if (output->rate_hz != 0)
    return SG_OK;
  output->callback = callback;
  output->user = user;
  return output->class->open(output, wanted_rate_hz, error);
}

void
sg_output_close(SgOutput *output)
{
  sg_output_stop(output);
  if (output->rate_hz != 0)
    output->class->close(output);
  output->rate_hz = 0;
  output->name[0] = '\0';
}

const char *
sg_output_name(const SgOutput *output)
{
  return output->name;
}

uint32_t
sg_output_rate(const SgOutput *output)
{
  return output->rate_hz;
}

double
sg_output_latency_s(const SgOutput *output)
{
  return output->latency_s;
}

SgStatus
sg_output_start(SgOutput *output, SgError *error)
{
  if (output->started)
    return SG_OK;
  SgStatus status = output->class->start(output, error);
  output->started = status == SG_OK;
  return status;
}

void
sg_output_stop(SgOutput *output)
{
  if (output->started)
    output->class->stop(output);
  output->started = false;
}

SgStatus
sg_output_check(SgOutput *output, SgError *error)
{
  return output->started ? output->class->check(output, error) : SG_OK;
}
