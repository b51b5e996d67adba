/* Remembers, in the folder of the cache, which datasets were listened to and had no errors, so that only the
 * first run on one listens to all of it.
 *
 * What is remembered is the dataset with every track's split and every file's path, size and time: one song
 * more, a file that changed or a test song that was not one before make it another dataset.
 *
 * Ownership: as core/train/dataset.h. Threads: no shared state; the file that remembers appears whole. Audio
 * callback: never.
 */
#pragma once

#include "core/train/dataset.h"

/* sg_dataset_open which listens unless the dataset is remembered in `cache_folder` (as
 * SgCacheSettings.folder); `options->listen` is not looked at. When all is well it remembers; that it cannot
 * is no error. */
SgStatus sg_dataset_open_heard(const char *folder, const SgDatasetOptions *options, const char *cache_folder,
                               SgProgress progress, void *user, SgDataset **out_dataset, SgError *error);
