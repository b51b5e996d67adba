#include "core/session/method-text.h"

#include <glib/gi18n-lib.h>

typedef struct {
  const char *id, *name, *sentence;
} Text;

static const Text sources[] = {
  { "drums", N_("Drums"), NULL }, { "bass", N_("Bass"), NULL }, { "vocals", N_("Vocals"), NULL },
  { "other", N_("Other"), NULL }, { "rest", N_("Rest"), NULL },
};

static const Text methods[] = {
  { "hpss", N_("Drums and rest"),
    N_("Tells drum hits from held notes by running medians along frequency and time (FitzGerald 2010); "
       "quick, "
       "needs no training.") },
};

static const Text *
find(const Text *texts, gsize n, const char *id)
{
  for (gsize i = 0; i < n; i++)
    if (g_str_equal(texts[i].id, id))
      return &texts[i];
  return NULL;
}

const char *
sg_source_name(const char *source_id)
{
  const Text *text = find(sources, G_N_ELEMENTS(sources), source_id);
  return text != NULL ? _(text->name) : source_id;
}

const char *
sg_method_name(const char *method_id)
{
  const Text *text = find(methods, G_N_ELEMENTS(methods), method_id);
  return text != NULL ? _(text->name) : method_id;
}

const char *
sg_method_sentence(const char *method_id)
{
  const Text *text = find(methods, G_N_ELEMENTS(methods), method_id);
  return text != NULL ? _(text->sentence) : "";
}
