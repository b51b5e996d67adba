/* Sentences for people about datasets and their faults. Threads: any. */
#pragma once

#include <glib.h>

#include "core/train/dataset.h"

/* One line: what is wrong, in which file. Free with g_free. */
char *sg_dataset_fault_dup_sentence(const SgDataset *dataset, const SgDatasetFault *fault);

/* What was found, several lines: tracks, sources, hours, splits. Free with g_free. */
char *sg_dataset_dup_summary(const SgDataset *dataset);
