/* A song of a few thousand samples through separation and export, above all for memory that runs out on the
 * way. First bytes: rate, channels, method, format; then its samples, 16-bit, repeated to its length. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/render/export.h"
#include "tests/fuzz/fuzz.h"

enum { HEAD = 6, MAX_SAMPLES = 3000 };

static SgPcm *
make_song(const uint8_t *bytes, size_t n)
{
  static const uint32_t rates[] = { 1000, 8000, 11025, 500 };
  static float block[MAX_SAMPLES * 2];
  uint32_t n_channels = 1 + bytes[1] % 2;
  int64_t n_samples = 1 + (bytes[4] | bytes[5] << 8) % MAX_SAMPLES;
  for (int64_t i = 0; i < n_samples * n_channels; i++) {
    size_t at = HEAD + (n > HEAD + 1 ? (size_t)i * 2 % (n - HEAD - 1) : 0);
    block[i] = n > HEAD + 1 ? (float)(int16_t)(bytes[at] | bytes[at + 1] << 8) / 32768.0f : 0.0f;
  }
  SgPcm *pcm;
  if (sg_pcm_new(rates[bytes[0] % 4], n_channels, SG_PCM_16, n_samples, NULL, &pcm, NULL) != SG_OK)
    return NULL;
  if (sg_pcm_append(pcm, block, n_samples, NULL) != SG_OK) {
    sg_pcm_free(pcm);
    return NULL;
  }
  return pcm;
}

static const SgMethodClass *
choose_method(uint8_t number)
{
  size_t n_methods = 0;
  while (sg_methods()[n_methods] != NULL)
    n_methods++;
  return sg_methods()[number % n_methods];
}

/* Removes what was written and tells how many files that were. */
static unsigned
remove_written(const SgMethodPlan *plan, const SgExportOptions *options)
{
  unsigned n = 0;
  char path[PATH_MAX];
  for (uint32_t i = 0; i < SG_EXPORT_MAX_OUTPUTS; i++)
    if (sg_export_is_wanted(plan, options, i) && sg_export_path(plan, options, i, path, NULL) == SG_OK)
      n += unlink(path) == 0;
  return n;
}

static void
separate(const SgPcm *pcm, const uint8_t *bytes, const char *folder)
{
  SgSeparation *separation;
  if (sg_separation_new(pcm, choose_method(bytes[2]), NULL, NULL, &separation, NULL) != SG_OK)
    return;
  const SgMethodPlan *plan = sg_separation_plan(separation);
  bool first_only[SG_MAX_SOURCES] = { true };
  SgExportOptions options = { .folder = folder,
                              .container = bytes[3] & 1 ? SG_CONTAINER_FLAC : SG_CONTAINER_WAV,
                              .bits = bytes[3] & 1 ? SG_BITS_16 : SG_BITS_32F,
                              .settings = SG_RENDER_SETTINGS_NATURAL,
                              .minus = bytes[3] & 2 ? first_only : NULL,
                              .n_threads = 1 };
  SgError error;
  SgStatus status = sg_separation_run(separation, 1, NULL, NULL, &error);
  if (status == SG_OK)
    status = sg_export_stems(separation, &options, NULL, NULL, NULL, &error);
  fuzz_check(status == SG_OK || error.status == status, "a failure has a reason");
  unsigned n_expected = status == SG_OK ? (unsigned)plan->n_sources + (options.minus != NULL) : 0;
  fuzz_check(remove_written(plan, &options) == n_expected, "all files are written or none");
  sg_separation_free(separation);
}

void
fuzz_target(const uint8_t *bytes, size_t n)
{
  const char *parent = getenv("TMPDIR");
  char folder[PATH_MAX];
  if (n < HEAD)
    return;
  snprintf(folder, sizeof folder, "%s/stemglass-fuzz-XXXXXX", parent != NULL ? parent : "/var/tmp");
  fuzz_check(mkdtemp(folder) != NULL, "a folder");
  SgPcm *pcm = make_song(bytes, n);
  if (pcm != NULL)
    separate(pcm, bytes, folder);
  sg_pcm_free(pcm);
  fuzz_check(rmdir(folder) == 0, "nothing is left in the folder");
}
