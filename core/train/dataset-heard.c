#include "core/train/dataset-heard.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/train/cache.h"

/* Two 64-bit FNV-1a hashes from two beginnings. */
typedef struct {
  uint64_t first, second;
} Hash;

static void
add_bytes(Hash *hash, const void *bytes, size_t n)
{
  const unsigned char *at = bytes;
  for (size_t i = 0; i < n; i++) {
    hash->first = (hash->first ^ at[i]) * 0x100000001b3u;
    hash->second = (hash->second ^ at[i]) * 0x100000001b3u;
  }
}

static void
add_text(Hash *hash, const char *text)
{
  add_bytes(hash, text, strlen(text) + 1);
}

static void
add_integer(Hash *hash, int64_t integer)
{
  add_bytes(hash, &integer, sizeof integer);
}

/* False when the file is gone meanwhile. */
static bool
add_part(Hash *hash, const SgDatasetPart *part)
{
  struct stat file;
  add_text(hash, part->path != NULL ? part->path : "");
  if (part->path == NULL)
    return true;
  if (stat(part->path, &file) != 0)
    return false;
  add_integer(hash, file.st_size);
  add_integer(hash, file.st_mtim.tv_sec);
  add_integer(hash, file.st_mtim.tv_nsec);
  add_integer(hash, part->stream);
  add_integer(hash, part->channel);
  return true;
}

static bool
hash_dataset(const SgDataset *dataset, Hash *out_hash)
{
  *out_hash = (Hash){ 0xcbf29ce484222325u, 0x84222325cbf29ce4u };
  add_text(out_hash, sg_layout_id(sg_dataset_layout(dataset)));
  for (size_t i = 0; i < sg_dataset_n_tracks(dataset); i++) {
    const SgDatasetTrack *track = sg_dataset_track(dataset, i);
    add_text(out_hash, track->name);
    add_text(out_hash, sg_split_id(track->split));
    for (size_t j = 0; j <= sg_dataset_n_sources(dataset); j++)
      if (!add_part(out_hash, j < sg_dataset_n_sources(dataset) ? &track->stems[j] : &track->mixture))
        return false;
  }
  return true;
}

static bool
has_errors(const SgDataset *dataset)
{
  for (size_t i = 0; i < sg_dataset_n_faults(dataset); i++)
    if (sg_dataset_fault(dataset, i)->is_error)
      return true;
  return false;
}

/* The file that remembers the dataset; false when there can be none. */
static bool
find_note(const SgDataset *dataset, const char *cache_folder, char out_path[PATH_MAX])
{
  char folder[SG_CACHE_FOLDER_SIZE];
  Hash hash;
  if (sg_cache_find_folder(cache_folder, folder, NULL) != SG_OK || !hash_dataset(dataset, &hash))
    return false;
  snprintf(out_path, PATH_MAX, "%s/%016llx%016llx.heard", folder, (unsigned long long)hash.first,
           (unsigned long long)hash.second);
  return true;
}

SgStatus
sg_dataset_open_heard(const char *folder, const SgDatasetOptions *options, const char *cache_folder,
                      SgProgress progress, void *user, SgDataset **out_dataset, SgError *error)
{
  SgDatasetOptions chosen = *options;
  char path[PATH_MAX];
  struct stat file;
  chosen.listen = false;
  SgStatus status = sg_dataset_open(folder, &chosen, progress, user, out_dataset, error);
  if (status != SG_OK ||
      (!has_errors(*out_dataset) && find_note(*out_dataset, cache_folder, path) && stat(path, &file) == 0))
    return status;
  sg_dataset_free(*out_dataset);
  chosen.listen = true;
  status = sg_dataset_open(folder, &chosen, progress, user, out_dataset, error);
  if (status == SG_OK && !has_errors(*out_dataset) && find_note(*out_dataset, cache_folder, path)) {
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    if (fd >= 0)
      close(fd);
  }
  return status;
}
