#include "core/session/display-name.h"

char *
sg_dup_display_name(const char *path)
{
  g_autofree char *valid = g_filename_display_name(path);
  GString *name = g_string_new(NULL);
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (c < 0x20)
      c += 0x2400;
    else if (c == 0x7f)
      c = 0x2421;
    else if (g_unichar_iscntrl(c))
      c = 0xfffd;
    g_string_append_unichar(name, c);
  }
  return g_string_free(name, FALSE);
}
