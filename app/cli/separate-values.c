#include "app/cli/separate-values.h"

#include <math.h>
#include <string.h>

/* No song is longer; further on seconds and samples would not be told apart. */
static const double MAX_SECONDS = 1e7;

gboolean
separate_parse_time(const char *text, double *out_seconds)
{
  double seconds = 0.0;
  for (int field = 0; field < 3; field++) {
    gsize n_digits = strspn(text, "0123456789");
    if (n_digits == 0 || n_digits > (field == 0 ? 8 : 2))
      return FALSE;
    char *end;
    gboolean is_last = text[n_digits] != ':';
    double value = is_last ? g_ascii_strtod(text, &end) : (double)g_ascii_strtoull(text, &end, 10);
    gsize n_fraction = text[n_digits] == '.' ? 1 + strspn(text + n_digits + 1, "0123456789") : 0;
    /* Other spellings of numbers, such as 1e3 and 0x10, are not times. */
    if (end != text + n_digits + n_fraction || n_fraction == 1 || (field > 0 && value >= 60.0))
      return FALSE;
    seconds = 60.0 * seconds + value;
    if (is_last) {
      *out_seconds = seconds;
      return *end == '\0' && seconds <= MAX_SECONDS;
    }
    text = end + 1;
  }
  return FALSE;
}

gboolean
separate_parse_shard(const char *text, guint *out_index, guint *out_count)
{
  enum { MAX_DIGITS = 6 };
  gsize n_index = strspn(text, "0123456789");
  if (n_index == 0 || n_index > MAX_DIGITS || text[n_index] != '/')
    return FALSE;
  const char *count = text + n_index + 1;
  gsize n_count = strspn(count, "0123456789");
  if (n_count == 0 || n_count > MAX_DIGITS || count[n_count] != '\0')
    return FALSE;
  *out_index = (guint)g_ascii_strtoull(text, NULL, 10);
  *out_count = (guint)g_ascii_strtoull(count, NULL, 10);
  return *out_index >= 1 && *out_index <= *out_count;
}

gboolean
separate_is_part(const SeparateRange *range)
{
  return range->from_s > 0.0 || range->to_s >= 0.0;
}

SgStatus
separate_range_samples(const SeparateRange *range, const char *path, guint rate_hz, gint64 n_samples,
                       gint64 *out_start, gint64 *out_n, SgError *error)
{
  gint64 start = (gint64)rint(range->from_s * rate_hz);
  gint64 end = range->to_s < 0.0 ? n_samples : (gint64)rint(range->to_s * rate_hz);
  *out_start = start;
  *out_n = end - start;
  if (start < n_samples && end <= n_samples && *out_n > 0)
    return SG_OK;
  double asked_s = start >= n_samples ? range->from_s : range->to_s;
  sg_error_set(error, SG_OUTSIDE_SONG, path, NULL);
  if (error != NULL) {
    error->expected = (gint64)rint(1000.0 * asked_s);
    error->actual = n_samples * 1000 / rate_hz;
  }
  return SG_OUTSIDE_SONG;
}
