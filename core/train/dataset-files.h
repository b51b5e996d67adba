/* Looking through the folders of a dataset; only core/train/dataset*.c take it. */
#pragma once

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>

#define SG_STEM_MP4_ENDING ".stem.mp4"

/* The visible entries of a folder in the order of their bytes, whatever the locale. */
typedef struct {
  struct dirent **entries;
  int n;
} SgFolderListing;

SgFolderListing sg_folder_list(const char *folder);
void sg_folder_listing_free(SgFolderListing *listing);

/* A path that is too long is cut and then not found, which is told. */
void sg_path_join(char out_path[PATH_MAX], const char *folder, const char *name);
bool sg_is_folder(const char *path);
bool sg_has_folder(const char *folder, const char *name);
bool sg_ends_with(const char *name, const char *end);
/* Whether it may be sound by its name, and no stem file; whether it can be decoded shows when it is opened.
 */
bool sg_is_sound_name(const char *name);
/* The name without its extension. */
void sg_name_stem(const char *name, char out_stem[NAME_MAX + 1]);
