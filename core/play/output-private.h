/* What an output is inside. A kind embeds SgOutput as its first member and fills in the class. */
#pragma once

#include "core/play/output.h"

typedef struct {
  /* Sets output->rate_hz, and output->latency_s where it is not 0; callback and user are set already. */
  SgStatus (*open)(SgOutput *output, uint32_t wanted_rate_hz, SgError *error);
  void (*close)(SgOutput *output); /* called only when open and stopped */
  SgStatus (*start)(SgOutput *output, SgError *error);
  void (*stop)(SgOutput *output);
  SgStatus (*check)(SgOutput *output, SgError *error); /* while started */
  void (*free)(SgOutput *output);                      /* called when closed */
} SgOutputClass;

struct SgOutput {
  const SgOutputClass *class;
  SgOutputCallback callback;
  void *user;
  uint32_t rate_hz; /* 0: not open */
  char name[SG_OUTPUT_NAME_SIZE];
  double latency_s;
  bool started;
};
