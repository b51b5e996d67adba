/* The engine's errors as sentences for people, and as GError. The one place where they are worded. */
#pragma once

#include <glib.h>

#include "core/base/status.h"

G_BEGIN_DECLS

/* Codes are SgStatus, but SG_CANCELLED which becomes G_IO_ERROR_CANCELLED. */
#define SG_ENGINE_ERROR (sg_engine_error_quark())
GQuark sg_engine_error_quark(void);

/* What a status means in general, a phrase without a full stop; never NULL for a valid status. */
const char *sg_status_text(SgStatus status);

/* One sentence that names the file, what happened and what was expected. Free with g_free. */
char *sg_error_dup_sentence(const SgError *error);

/* Sets *error from the engine's error. */
void sg_error_propagate(GError **error, const SgError *engine_error);

G_END_DECLS
