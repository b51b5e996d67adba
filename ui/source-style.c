#include "ui/source-style.h"

#include <glib/gi18n.h>

static const SgSourceColour colours[] = {
  { "orange", N_("Orange"), "source-orange", 0xffe69f00 },
  { "sky", N_("Sky blue"), "source-sky", 0xff56b4e9 },
  { "green", N_("Green"), "source-green", 0xff009e73 },
  { "yellow", N_("Yellow"), "source-yellow", 0xfff0e442 },
  { "blue", N_("Blue"), "source-blue", 0xff0072b2 },
  { "vermilion", N_("Vermilion"), "source-vermilion", 0xffd55e00 },
  { "purple", N_("Purple"), "source-purple", 0xffcc79a7 },
  { "white", N_("White"), "source-white", 0xffe6e6e6 },
};

const SgSourceColour *
sg_source_colours(guint *out_n)
{
  *out_n = G_N_ELEMENTS(colours);
  return colours;
}

static const SgSourceColour *
find_colour(const char *id)
{
  for (gsize i = 0; i < G_N_ELEMENTS(colours); i++)
    if (g_strcmp0(colours[i].id, id) == 0)
      return &colours[i];
  return NULL;
}

const SgSourceColour *
sg_source_colour(const char *source_id, guint index)
{
  static const struct {
    const char *id, *colour;
  } known[] = {
    { "drums", "orange" }, { "bass", "sky" },   { "vocals", "purple" },
    { "other", "green" },  { "rest", "green" },
  };
  static const char *const by_place[] = { "vermilion", "yellow", "blue", "sky", "orange", "purple", "white" };
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
    if (g_strcmp0(known[i].id, source_id) == 0)
      return find_colour(known[i].colour);
  return find_colour(by_place[index % G_N_ELEMENTS(by_place)]);
}

const char *
sg_source_css_class(const char *source_id, guint index)
{
  return sg_source_colour(source_id, index)->css_class;
}

const SgSourceColour *
sg_source_colour_of_stem(SgStem *stem)
{
  const SgSourceColour *chosen = find_colour(sg_stem_get_colour(stem));
  return chosen != NULL ? chosen : sg_source_colour(sg_stem_get_id(stem), sg_stem_get_index(stem));
}
