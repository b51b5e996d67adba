/* File names for people. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The path as valid UTF-8 in one line: bytes that are no UTF-8 become U+FFFD and control characters their
 * pictures (U+2400 …), so that a name can neither break a line nor steer a terminal. Free with g_free. */
char *sg_dup_display_name(const char *path);

G_END_DECLS
