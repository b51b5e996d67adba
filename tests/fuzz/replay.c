/* Runs a fuzz target over its corpus: replay FOLDER. Every input as it is, and then with each of its first
 * allocations failing in turn. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/fuzz/fuzz.h"

/* An input that asks for more is run with these only: the suite has to end. */
enum { MAX_FAILING = 400, MAX_BYTES = 1 << 20, MAX_PEAK_KB = 1 << 20 };

static size_t
read_input(const char *path, uint8_t *bytes)
{
  FILE *file = fopen(path, "rbe");
  fuzz_check(file != NULL, path);
  size_t n = fread(bytes, 1, MAX_BYTES, file);
  fclose(file);
  return n;
}

int
main(int argc, char **argv)
{
  fuzz_check(argc == 2, "usage: replay FOLDER");
  struct dirent **entries;
  int n_entries = scandir(argv[1], &entries, NULL, alphasort), n_inputs = 0;
  size_t n_failed = 0;
  uint8_t *bytes = malloc(MAX_BYTES);
  fuzz_check(n_entries >= 0 && bytes != NULL, argv[1]);
  for (int i = 0; i < n_entries; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
    if (entries[i]->d_name[0] != '.') {
      size_t n = read_input(path, bytes);
      n_inputs++;
      if (n > 0)
        fuzz_run(bytes, n - 1, bytes[n - 1]);
      size_t n_asked = n > 0 ? fuzz_run(bytes, n - 1, 0) : 0;
      for (size_t failing = 1; failing <= n_asked && failing <= MAX_FAILING; failing++, n_failed++)
        fuzz_run(bytes, n - 1, failing);
    }
    free(entries[i]);
  }
  free(entries);
  free(bytes);
  fuzz_check(n_inputs > 0, "there are inputs");
  struct rusage usage;
  fuzz_check(getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_maxrss < MAX_PEAK_KB,
             "small inputs take little memory");
  printf("%d inputs, %zu failing allocations\n", n_inputs, n_failed);
  return 0;
}
