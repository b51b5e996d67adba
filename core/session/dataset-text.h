/* What is wrong in a dataset, for people. */
#pragma once

#include <glib.h>

#include "core/train/dataset.h"

G_BEGIN_DECLS

/* One translated sentence that names the file or track. */
char *sg_dataset_fault_dup_sentence(const SgDataset *dataset, const SgDatasetFault *fault);

G_END_DECLS
