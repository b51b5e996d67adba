/* Opening a file and its first samples: quicker than the whole way, so that more headers are tried. */
#include <string.h>
#include <unistd.h>

#include "core/io/decoder.h"
#include "tests/fuzz/fuzz.h"

enum { BLOCK = 64 };

static bool
ends(const char *text, size_t size)
{
  return memchr(text, '\0', size) != NULL;
}

void
fuzz_target(const uint8_t *bytes, size_t n)
{
  char path[32];
  int fd = fuzz_file(bytes, n, path);
  SgDecoder *decoder;
  if (sg_decoder_open(path, &decoder, NULL) == SG_OK) {
    const SgAudioInfo *info = sg_decoder_info(decoder);
    float block[BLOCK * SG_MAX_CHANNELS];
    int64_t n_read;
    fuzz_check(info->n_channels >= 1 && info->n_channels <= SG_MAX_CHANNELS, "channels are within bounds");
    fuzz_check(info->rate_hz >= 1 && info->rate_hz <= SG_MAX_RATE_HZ, "the rate is within bounds");
    fuzz_check(info->n_samples >= 0, "the length is not negative");
    fuzz_check(ends(info->container, sizeof info->container) && ends(info->encoding, sizeof info->encoding) &&
                   ends(info->title, sizeof info->title) && ends(info->artist, sizeof info->artist),
               "texts end");
    if (sg_decoder_read(decoder, block, BLOCK, &n_read, NULL) == SG_OK)
      fuzz_check(n_read >= 0 && n_read <= BLOCK, "no more samples than asked for");
  }
  sg_decoder_free(decoder);
  close(fd);
}
