/* The settings of a method as the command line takes them: --knob NAME=VALUE. */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/cli/cli.h"
#include "core/separate/knobs.h"

static const SgMethodKnob *
find_knob(const SgMethodClass *class, const char *name, gsize length)
{
  for (gsize i = 0; i < class->n_knobs; i++)
    if (strlen(class->knobs[i].id) == length && strncmp(class->knobs[i].id, name, length) == 0)
      return &class->knobs[i];
  return NULL;
}

static SgStatus
unknown_knob(const SgMethodClass *class, const char *setting, SgError *error)
{
  g_autoptr(GString) detail = g_string_new(NULL);
  g_string_append_printf(detail, _("--knob %s: “%s” has"), setting, class->id);
  for (gsize i = 0; i < class->n_knobs; i++)
    g_string_append_printf(detail, " %s", class->knobs[i].id);
  if (class->n_knobs == 0)
    g_string_append(detail, _(" no settings"));
  return sg_error_set(error, SG_BAD_ARGUMENT, NULL, detail->str);
}

/* The value that `text` stands for, NAN when it stands for none. */
static double
parse(const SgMethodKnob *knob, const char *text)
{
  for (int i = 0; knob->choices != NULL && i <= (int)(knob->maximum - knob->minimum); i++)
    if (g_str_equal(knob->choices[i], text))
      return knob->minimum + i;
  char *end;
  double value = g_ascii_strtod(text, &end);
  return knob->choices == NULL && end != text && *end == '\0' ? value : NAN;
}

static SgStatus
bad_value(const SgMethodKnob *knob, const char *setting, SgError *error)
{
  g_autoptr(GString) detail = g_string_new(NULL);
  g_string_append_printf(detail, _("--knob %s: expected"), setting);
  if (knob->choices != NULL)
    for (int i = 0; i <= (int)(knob->maximum - knob->minimum); i++)
      g_string_append_printf(detail, " %s", knob->choices[i]);
  else if (knob->step != 0.0)
    g_string_append_printf(detail, _(" %g to %g in steps of %g"), knob->minimum, knob->maximum, knob->step);
  else
    g_string_append_printf(detail, _(" %g to %g"), knob->minimum, knob->maximum);
  return sg_error_set(error, SG_BAD_ARGUMENT, NULL, detail->str);
}

SgStatus
cli_choose_knobs(char **settings, const SgMethodClass *class, double *out_knobs, SgError *error)
{
  for (gsize i = 0; i < class->n_knobs; i++)
    out_knobs[i] = class->knobs[i].standard;
  for (char **setting = settings; setting != NULL && *setting != NULL; setting++) {
    const char *equals = strchr(*setting, '=');
    gsize length = equals != NULL ? (gsize)(equals - *setting) : strlen(*setting);
    const SgMethodKnob *knob = find_knob(class, *setting, length);
    if (knob == NULL)
      return unknown_knob(class, *setting, error);
    double value = equals != NULL ? parse(knob, equals + 1) : NAN;
    if (!sg_knob_allows(knob, value))
      return bad_value(knob, *setting, error);
    out_knobs[knob - class->knobs] = value;
  }
  return SG_OK;
}
