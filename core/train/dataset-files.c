#include "core/train/dataset-files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const extensions[] = { "wav",  "flac", "ogg", "oga", "opus", "mp3", "aif", "aiff",
                                          "aifc", "caf",  "w64", "au",  "m4a",  "mp4", "aac", "wma" };

static int
is_visible(const struct dirent *entry)
{
  return entry->d_name[0] != '.';
}

static int
compare_entries(const struct dirent **a, const struct dirent **b)
{
  return strcmp((*a)->d_name, (*b)->d_name);
}

SgFolderListing
sg_folder_list(const char *folder)
{
  SgFolderListing listing = { 0 };
  listing.n = scandir(folder, &listing.entries, is_visible, compare_entries);
  return listing;
}

void
sg_folder_listing_free(SgFolderListing *listing)
{
  for (int i = 0; i < listing->n; i++)
    free(listing->entries[i]);
  if (listing->n >= 0)
    free(listing->entries);
}

void
sg_path_join(char out_path[PATH_MAX], const char *folder, const char *name)
{
  snprintf(out_path, PATH_MAX, "%.*s/%.*s", PATH_MAX - NAME_MAX - 3, folder, NAME_MAX, name);
}

bool
sg_is_folder(const char *path)
{
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool
sg_has_folder(const char *folder, const char *name)
{
  char path[PATH_MAX];
  sg_path_join(path, folder, name);
  return sg_is_folder(path);
}

bool
sg_ends_with(const char *name, const char *end)
{
  size_t n = strlen(name), n_end = strlen(end);
  return n > n_end && strcasecmp(name + n - n_end, end) == 0;
}

bool
sg_is_sound_name(const char *name)
{
  const char *dot = strrchr(name, '.');
  for (size_t i = 0; dot != NULL && i < sizeof extensions / sizeof *extensions; i++)
    if (strcasecmp(dot + 1, extensions[i]) == 0)
      return !sg_ends_with(name, SG_STEM_MP4_ENDING);
  return false;
}

void
sg_name_stem(const char *name, char out_stem[NAME_MAX + 1])
{
  const char *dot = strrchr(name, '.');
  snprintf(out_stem, NAME_MAX + 1, "%.*s", dot != NULL ? (int)(dot - name) : NAME_MAX, name);
}
