/* What a corpus says of itself: JSON beside the sound. */
#pragma once

#include "core/base/json.h"

/* Writes the document, indented; it appears whole and replaces one that is there. SG_NO_MEMORY,
 * SG_WRITE_FAILED, SG_NO_SPACE, SG_NO_PERMISSION. */
SgStatus sg_corpus_write_json(const char *path, const SgJson *json, SgError *error);
