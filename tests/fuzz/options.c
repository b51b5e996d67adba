/* The options of "separate", one a line of the input. */
#include <string.h>

#include "app/cli/separate.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_ARGUMENTS = 32, MAX_BYTES = 2000 };

void
fuzz_target(const uint8_t *bytes, size_t n)
{
  char text[MAX_BYTES + 1], command[] = "separate", *arguments[MAX_ARGUMENTS + 1] = { command };
  int n_arguments = 1, code = -1;
  if (n > MAX_BYTES)
    return;
  memcpy(text, bytes, n);
  text[n] = '\0';
  for (char *rest = text, *line; n_arguments < MAX_ARGUMENTS && (line = strsep(&rest, "\n")) != NULL;)
    arguments[n_arguments++] = line;
  g_auto(SeparateOptions) options = SEPARATE_OPTIONS_USUAL;
  SeparateOrder order = { 0 };
  g_auto(GStrv) files = separate_parse(n_arguments, arguments, &options, &order, &code);
  if (files == NULL) {
    fuzz_check(code >= 0 && code <= 2, "help, a model that cannot be used, or wrong usage");
    return;
  }
  fuzz_check(files[0] != NULL && order.folder != NULL && order.method != NULL, "there is something to do");
  fuzz_check(order.n_shards == 0 || (order.shard_index >= 1 && order.shard_index <= order.n_shards),
             "a shard exists");
  fuzz_check(order.range.to_s < 0.0 || order.range.from_s < order.range.to_s, "a range is not empty");
  for (int j = 0; j < SG_MAX_SOURCES; j++)
    fuzz_check(order.settings.strength[j] >= SG_STRENGTH_MIN && order.settings.strength[j] <= SG_STRENGTH_MAX,
               "strengths are within bounds");
}
