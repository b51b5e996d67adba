/* The values of separate's options that are more than a word: times, ranges, shards. */
#pragma once

#include <glib.h>

#include "core/base/status.h"

/* "90", "1:30", "1:02:03.5" → seconds: below the first, fields have one or two digits and are under 60; only
 * the seconds have a fraction. FALSE when it is anything else. */
gboolean separate_parse_time(const char *text, double *out_seconds);

/* "2/8" → 2 and 8, 1 ≤ index ≤ count. */
gboolean separate_parse_shard(const char *text, guint *out_index, guint *out_count);

/* A part of a song in seconds; a negative end means the song's. */
typedef struct {
  double from_s, to_s;
} SeparateRange;

/* Whether it is less than a whole song. */
gboolean separate_is_part(const SeparateRange *range);

/* The samples of the range, at least one. SG_OUTSIDE_SONG with the song's length. */
SgStatus separate_range_samples(const SeparateRange *range, const char *path, guint rate_hz, gint64 n_samples,
                                gint64 *out_start, gint64 *out_n, SgError *error);
