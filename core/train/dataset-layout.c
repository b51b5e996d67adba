#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/io/decoder.h"
#include "core/train/dataset-files.h"
#include "core/train/dataset-private.h"

/* Whether a folder has a file that `test` likes. */
static bool
any_file(const char *folder, bool (*test)(const char *name))
{
  SgFolderListing files = sg_folder_list(folder);
  bool any = false;
  for (int i = 0; i < files.n && !any; i++)
    any = test(files.entries[i]->d_name);
  sg_folder_listing_free(&files);
  return any;
}

static bool
is_stem_mp4(const char *name)
{
  return sg_ends_with(name, SG_STEM_MP4_ENDING);
}

static bool
is_ensemble_part(const char *name)
{
  return strncmp(name, "AuSep_", 6) == 0 && sg_is_sound_name(name);
}

/* The five WAV files of MUSDB18-HQ. */
static bool
is_hq_track(const char *folder)
{
  const char *const *sources = sg_layout_sources(SG_LAYOUT_MUSDB18_HQ);
  bool all = true;
  for (int i = 0; i < 5; i++) {
    char name[32], path[PATH_MAX];
    struct stat status;
    snprintf(name, sizeof name, "%s.wav", i < 4 ? sources[i] : "mixture");
    sg_path_join(path, folder, name);
    all &= stat(path, &status) == 0;
  }
  return all;
}

static bool
any_folder(const char *folder, bool (*test)(const char *path))
{
  SgFolderListing folders = sg_folder_list(folder);
  bool any = false;
  for (int i = 0; i < folders.n && !any; i++) {
    char path[PATH_MAX];
    sg_path_join(path, folder, folders.entries[i]->d_name);
    any = sg_is_folder(path) && test(path);
  }
  sg_folder_listing_free(&folders);
  return any;
}

static bool
is_ensemble_track(const char *folder)
{
  return any_file(folder, is_ensemble_part);
}

/* MIR-1K and iKala differ only in their rates. */
static SgDatasetLayout
two_channel_layout(const char *folder)
{
  SgFolderListing files = sg_folder_list(folder);
  uint32_t rate_hz = 0;
  for (int i = 0; i < files.n && rate_hz == 0; i++) {
    char path[PATH_MAX];
    SgDecoder *decoder;
    sg_path_join(path, folder, files.entries[i]->d_name);
    if (sg_is_sound_name(files.entries[i]->d_name) && sg_decoder_open(path, &decoder, NULL) == SG_OK) {
      rate_hz = sg_decoder_info(decoder)->rate_hz;
      sg_decoder_free(decoder);
    }
  }
  sg_folder_listing_free(&files);
  return rate_hz == 44100 ? SG_LAYOUT_IKALA : SG_LAYOUT_MIR1K;
}

SgDatasetLayout
sg_dataset_find_layout(const char *folder)
{
  char train[PATH_MAX], test[PATH_MAX], wavfile[PATH_MAX];
  sg_path_join(train, folder, "train");
  sg_path_join(test, folder, "test");
  sg_path_join(wavfile, folder, "Wavfile");
  if (sg_has_folder(folder, "Sources") && sg_has_folder(folder, "Mixtures"))
    return SG_LAYOUT_DSD100;
  if (sg_is_folder(wavfile))
    return two_channel_layout(wavfile);
  if (any_file(folder, is_stem_mp4) || any_file(train, is_stem_mp4) ||
      any_file(test, is_stem_mp4))
    return SG_LAYOUT_MUSDB18;
  if (any_folder(folder, is_ensemble_track) || any_folder(train, is_ensemble_track))
    return SG_LAYOUT_ENSEMBLE;
  if (any_folder(train, is_hq_track) && any_folder(test, is_hq_track))
    return SG_LAYOUT_MUSDB18_HQ;
  return SG_LAYOUT_FOLDERS;
}
