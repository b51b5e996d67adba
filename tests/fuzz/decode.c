/* The whole way of a file into scratch. First byte: bit 0 strict. */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/io/decoder.h"
#include "tests/fuzz/fuzz.h"

enum { BLOCK = 1000 };

static void
check_samples(const SgPcm *pcm)
{
  static float samples[SG_MAX_CHANNELS][BLOCK];
  float *channels[SG_MAX_CHANNELS];
  for (int c = 0; c < SG_MAX_CHANNELS; c++)
    channels[c] = samples[c];
  fuzz_check(sg_pcm_n_samples(pcm) > 0, "a song has samples");
  for (int64_t at = 0; at < sg_pcm_n_samples(pcm); at += BLOCK) {
    fuzz_check(sg_pcm_read(pcm, at, BLOCK, channels, NULL) == SG_OK, "what was written can be read");
    for (uint32_t c = 0; c < sg_pcm_n_channels(pcm); c++)
      for (int i = 0; i < BLOCK; i++)
        fuzz_check(isfinite(samples[c][i]), "all samples are finite");
  }
}

void
fuzz_target(const uint8_t *bytes, size_t n)
{
  char path[32];
  if (n < 1)
    return;
  int fd = fuzz_file(bytes + 1, n - 1, path);
  SgPcm *pcm;
  SgDecodeReport report;
  SgError error;
  SgStatus status = sg_decode_file(path, bytes[0] & 1, NULL, NULL, NULL, &pcm, &report, &error);
  if (status == SG_OK) {
    check_samples(pcm);
    fuzz_check(report.info.n_samples == sg_pcm_n_samples(pcm), "the length is that which was read");
    fuzz_check(!report.truncated || (bytes[0] & 1) == 0, "strict refuses files that end early");
  } else
    fuzz_check(pcm == NULL && error.status == status, "a failure gives no song but a reason");
  sg_pcm_free(pcm);
  close(fd);
}
