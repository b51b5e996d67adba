/* What a session has on its time axis, as SgTimeMarks: its loop, beats and markers. Main thread only. */
#pragma once

#include "core/session/session.h"
#include "core/session/time-marks.h"

G_BEGIN_DECLS

/* From now on `marks` show what the session has, and a stretch that is selected on them becomes its loop and
 * is switched on. Ends with either of them. */
void sg_session_bind_marks(SgSession *session, SgTimeMarks *marks);

G_END_DECLS
