#include <string.h>

#include "core/base/memory.h"
#include "core/io/encoder.h"
#include "core/play/output-paced.h"

typedef struct {
  SgPacedOutput paced;
  char path[SG_ERROR_PATH_SIZE];
  uint32_t rate_hz; /* 0: as wanted */
  SgEncoder *encoder;
  atomic_bool failed;
  SgError failure; /* written once, before `failed` */
} FileOutput;

static void
file_sink(SgOutput *output, const float *stereo)
{
  FileOutput *file = (FileOutput *)output;
  if (atomic_load(&file->failed))
    return;
  if (sg_encoder_write(file->encoder, stereo, SG_PACED_BLOCK, &file->failure) != SG_OK)
    atomic_store(&file->failed, true);
}

static SgStatus
file_open(SgOutput *output, uint32_t wanted_rate_hz, SgError *error)
{
  FileOutput *file = (FileOutput *)output;
  SgEncoderFormat format = { .container = SG_CONTAINER_WAV,
                             .bits = SG_BITS_32F,
                             .rate_hz = file->rate_hz != 0 ? file->rate_hz : wanted_rate_hz,
                             .n_channels = 2 };
  SgStatus status = sg_encoder_new(file->path, format, true, &file->encoder, error);
  if (status != SG_OK)
    return status;
  atomic_store(&file->failed, false);
  output->rate_hz = format.rate_hz;
  return SG_OK;
}

static void
file_close(SgOutput *output)
{
  FileOutput *file = (FileOutput *)output;
  if (!atomic_load(&file->failed))
    sg_encoder_finish(file->encoder, NULL);
  sg_encoder_free(file->encoder);
  file->encoder = NULL;
}

static SgStatus
file_check(SgOutput *output, SgError *error)
{
  const FileOutput *file = (const FileOutput *)output;
  if (!atomic_load(&file->failed))
    return SG_OK;
  if (error != NULL)
    *error = file->failure;
  return file->failure.status;
}

static void
file_free(SgOutput *output)
{
  sg_free(output);
}

SgOutput *
sg_output_file_new(const char *path, uint32_t rate_hz)
{
  static const SgOutputClass class = { .open = file_open,
                                       .close = file_close,
                                       .start = sg_paced_start,
                                       .stop = sg_paced_stop,
                                       .check = file_check,
                                       .free = file_free };
  FileOutput *file = strlen(path) < SG_ERROR_PATH_SIZE ? SG_NEW(FileOutput, 1) : NULL;
  if (file == NULL)
    return NULL;
  file->paced.output.class = &class;
  file->paced.sink = file_sink;
  memcpy(file->path, path, strlen(path));
  file->rate_hz = rate_hz;
  return &file->paced.output;
}
