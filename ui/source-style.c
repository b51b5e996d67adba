#include "ui/source-style.h"

const char *
sg_source_css_class(const char *source_id, guint index)
{
  static const struct {
    const char *id, *css_class;
  } known[] = {
    { "drums", "source-orange" }, { "bass", "source-blue" },  { "vocals", "source-purple" },
    { "other", "source-green" },  { "rest", "source-green" },
  };
  static const char *const by_place[] = { "source-teal", "source-pink",   "source-yellow",
                                          "source-blue", "source-orange", "source-purple" };
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
    if (g_strcmp0(known[i].id, source_id) == 0)
      return known[i].css_class;
  return by_place[index % G_N_ELEMENTS(by_place)];
}
