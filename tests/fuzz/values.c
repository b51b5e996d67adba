/* The values of separate's options. First byte: which. */
#include <string.h>

#include "app/cli/separate-values.h"
#include "tests/fuzz/fuzz.h"

void
fuzz_target(const uint8_t *bytes, size_t n)
{
  char text[256];
  double seconds;
  guint index, count;
  if (n < 1 || n >= sizeof text)
    return;
  memcpy(text, bytes + 1, n - 1);
  text[n - 1] = '\0';
  if (separate_parse_shard(text, &index, &count))
    fuzz_check(index >= 1 && index <= count && strchr(text, '/') != NULL, "a shard is one of its count");
  if (!separate_parse_time(text, &seconds))
    return;
  fuzz_check(seconds >= 0.0 && seconds <= 1e7, "a time is within bounds");
  SeparateRange range = bytes[0] & 1 ? (SeparateRange){ seconds, -1.0 } : (SeparateRange){ 0.0, seconds };
  gint64 start, n_samples;
  if (separate_range_samples(&range, "song", 44100, 1000000, &start, &n_samples, NULL) == SG_OK)
    fuzz_check(start >= 0 && n_samples >= 1 && start + n_samples <= 1000000, "a range lies inside the song");
}
