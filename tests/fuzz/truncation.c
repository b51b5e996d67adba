/* The parsers that look for the end of a file. First bytes: the channels, what the decoder called the format,
 * and how many samples it read and was promised. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/io/truncation.h"
#include "tests/fuzz/fuzz.h"

void
fuzz_target(const uint8_t *bytes, size_t n)
{
  static const char *const containers[] = { "WAV", "Ogg", "AIFF", "FLAC" };
  static const char *const encodings[] = { "16-bit PCM", "32-bit float", "Vorbis", "8-bit PCM" };
  char path[32];
  if (n < 4)
    return;
  SgAudioInfo info = { .rate_hz = 44100,
                       .n_channels = 1u + bytes[0] % SG_MAX_CHANNELS,
                       .n_samples = bytes[2] };
  snprintf(info.container, sizeof info.container, "%s", containers[bytes[1] % 4]);
  snprintf(info.encoding, sizeof info.encoding, "%s", encodings[bytes[1] / 4 % 4]);
  int fd = fuzz_file(bytes + 4, n - 4, path);
  int64_t n_expected = -1;
  bool is_truncated = sg_is_truncated(path, &info, bytes[3], &n_expected);
  fuzz_check(n_expected >= 0, "the announced length is not negative");
  fuzz_check(is_truncated || bytes[3] >= bytes[2], "fewer samples than announced are an early end");
  fuzz_check(!is_truncated || n_expected == 0 || n_expected > bytes[3], "an early end lacks samples");
  int64_t field_at, base, n_announced = sg_announced_bytes(fd, &field_at, &base);
  fuzz_check(n_announced >= 0 && field_at >= -1, "announced bytes are not negative");
  close(fd);
}
